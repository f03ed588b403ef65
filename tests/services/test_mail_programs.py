"""Whose mail programs count: those that are asked for, else the document's, else the shop's."""

from dataclasses import replace

import pytest

from restock_desk.domain.document.tree import freeze
from restock_desk.domain.mail_programs import TARGETS
from restock_desk.domain.templates import Draft
from restock_desk.errors import WrongUse
from restock_desk.services import composing, mail_programs, templates
from restock_desk.services import shop as shop_
from restock_desk.services.desk import Desk
from tests.rendering.lint.cases import html
from tests.rendering.samples import SHOP
from tests.ui.composing import letter

PICTURE = html('<img src="https://x.example/a.avif" alt="A shirt" width="30" height="20">')


def refusing(desk: Desk, draft: Draft = PICTURE, targets: tuple[str, ...] = ()) -> str:
    found = templates.check(desk, draft, deep=True, targets=targets)
    return " ".join(problem.message for problem in found if problem.rule == "compat.image-avif")


def test_the_shops_choice_counts_unless_another_is_asked_for(desk: Desk) -> None:
    usual = refusing(desk)
    assert "Outlook" in usual
    shop_.save(desk, replace(SHOP, mail_programs="thunderbird.macos"))
    assert refusing(desk) != usual
    assert refusing(desk, targets=TARGETS) == usual


def test_a_documents_own_choice_goes_before_the_shops(desk: Desk) -> None:
    document = letter()
    shop_.save(desk, replace(SHOP, mail_programs="gmx.*"))
    assert mail_programs.targets(desk, composing.draft_of(document)) == ("gmx.*",)
    settings = freeze({"targets": ["hey.*"]})
    own = composing.draft_of(replace(document, settings=settings))  # type: ignore[arg-type]  # an object stays one
    assert mail_programs.targets(desk, own) == ("hey.*",)


def test_every_mail_program_has_a_name_and_the_usual_ones_come_first() -> None:
    families = mail_programs.families()
    assert {family.name for family in families[:4]} == {"Gmail", "Apple Mail", "Outlook", "Yahoo! Mail"}
    assert all(kinds for kinds in (family.kinds for family in families))
    assert sum(len(family.kinds) for family in families) == 48


def test_a_pattern_that_means_nothing_is_refused() -> None:
    assert mail_programs.checked("gmail.*, outlook.windows gmail.*") == "gmail.* outlook.windows"
    assert mail_programs.checked("") == " ".join(TARGETS)
    with pytest.raises(WrongUse, match="called “pegasus"):
        mail_programs.checked("pegasus.*")
