"""Templates as people use them: versions, names, checks, the preview of anybody, files and tests to oneself."""

import email
import email.policy
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.domain.handover import Handed
from restock_desk.domain.templates import CONTEXT_FIELDS, Draft, Severity, TemplateKind
from restock_desk.errors import DeskError
from restock_desk.services import shop as shop_
from restock_desk.services import templates, trials
from restock_desk.services.desk import Desk
from restock_desk.store import shop as stored_shop
from restock_desk.store import staff
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.rendering.samples import SHOP

DRAFT = Draft(
    TemplateKind.HTML, '<p>{{ product.title }}</p><a href="{{ links.product }}">x</a>', "{{ product.title }} is back"
)


@pytest.fixture
def ready(desk: Desk) -> tuple[Desk, int, tuple[int, ...]]:
    """A desk with a shop, a person who waits, and a restock."""
    shop_.save(desk, SHOP)
    variant = add_product(desk.store)
    person = add_subscriber(desk.store)
    add_interest(desk.store, person.id, variant.id)
    return desk, person.id, (restock(desk.store).id,)


def test_every_save_is_kept_and_can_be_taken_back(any_desk: Desk) -> None:
    made = templates.create(any_desk, "  Letter  one ", DRAFT)
    second = templates.save(any_desk, made.id, replace(DRAFT, subject="New"), "shorter")
    third = templates.restore(any_desk, made.version_id)
    found = templates.by_name(any_desk, "Letter one")
    assert [v.number for v in templates.versions(any_desk, made.id)] == [3, 2, 1]
    assert (found.version, found.version_id) == (3, third.id)
    assert third.draft == DRAFT
    assert third.label == "Restored from version 1"
    assert templates.version(any_desk, second.id).draft.subject == "New"


def test_two_templates_never_share_a_name(any_desk: Desk) -> None:
    first, second = (templates.create(any_desk, name, DRAFT) for name in ("A", "B"))
    with pytest.raises(DeskError, match="already"):
        templates.create(any_desk, "A", DRAFT)
    with pytest.raises(DeskError, match="already"):
        templates.rename(any_desk, second.id, " A ")
    assert templates.rename(any_desk, first.id, "A").name == "A"
    templates.archive(any_desk, first.id)
    with pytest.raises(DeskError, match="archived"):
        templates.create(any_desk, "A", DRAFT)
    assert [t.name for t in templates.templates(any_desk)] == ["B"]


def test_what_is_not_there_is_said_in_a_sentence(desk: Desk) -> None:
    for asked in (
        lambda: templates.by_name(desk, "x"), lambda: templates.version(desk, 9),
        lambda: templates.save(desk, 9, DRAFT),
        lambda: templates.create(desk, " ", DRAFT), lambda: templates.preview(desk, DRAFT, 9, ()),
        lambda: templates.preview(desk, DRAFT, None, (9,)),
    ):  # fmt: skip
        with pytest.raises(DeskError) as caught:
            asked()
        assert caught.value.hint


def test_comparing_shows_what_changed_field_by_field(desk: Desk) -> None:
    made = templates.create(desk, "A", DRAFT)
    newer = templates.save(desk, made.id, replace(DRAFT, subject="New", source=DRAFT.source + "\n<p>more</p>"))
    lines = templates.compare(desk, made.version_id, newer.id)
    assert [line for tag, line in lines if tag == "field"] == ["subject", "source"]
    assert ("+", "New") in lines
    assert ("-", "{{ product.title }} is back") in lines
    assert ("+", "<p>more</p>") in lines
    assert templates.compare(desk, newer.id, newer.id) == []


def test_a_preview_is_what_is_sent(ready: tuple[Desk, int, tuple[int, ...]]) -> None:
    desk, person, events = ready
    mail = templates.preview(desk, DRAFT, person, events)
    assert mail.subject == "Product TEE-M is back"
    assert mail.problems == ()
    parsed = email.message_from_bytes(mail.message, policy=email.policy.default)
    assert (parsed["To"], parsed["Subject"]) == ("ana@example.com", mail.subject)
    assert templates.preview(desk, DRAFT, person, events) == mail


def test_a_preview_of_a_broken_draft_says_what_is_wrong(ready: tuple[Desk, int, tuple[int, ...]]) -> None:
    desk, person, events = ready
    with pytest.raises(DeskError, match="endif"):
        templates.preview(desk, replace(DRAFT, source="{% if x %}"), person, events)
    assert any(
        problem.severity is Severity.ERROR for problem in templates.check(desk, replace(DRAFT, source="{% if x %}"))
    )


def test_an_empty_shop_previews_with_stand_ins(desk: Desk) -> None:
    mail = templates.preview(desk, DRAFT, None, ())
    assert mail.subject == "Sample product is back"


def test_live_fields_show_every_path_with_its_value(ready: tuple[Desk, int, tuple[int, ...]]) -> None:
    desk, person, events = ready
    shown = {field.path: text for field, text in templates.live_fields(desk, person, events)}
    assert list(shown) == [field.path for field in CONTEXT_FIELDS]
    assert shown["product.title"] == "Product TEE-M"
    assert shown["variant.price"] == "€19.90"
    assert shown["items"] == "1 item"
    assert shown["interest.created_at"].startswith("2026-03-01 12:00")


def test_a_mail_can_be_kept_as_a_file(ready: tuple[Desk, int, tuple[int, ...]], tmp_path: Path) -> None:
    desk, person, events = ready
    target = tmp_path / "mail.eml"
    templates.save_eml(desk, DRAFT, person, events, target)
    assert target.read_bytes() == templates.preview(desk, DRAFT, person, events).message
    assert target.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if "mail.eml" in path.name] == ["mail.eml"]
    with pytest.raises(DeskError, match="cannot be written"):
        templates.save_eml(desk, DRAFT, person, events, tmp_path / "no" / "mail.eml")


def test_a_test_mail_is_marked_and_goes_to_the_given_address_only(ready: tuple[Desk, int, tuple[int, ...]]) -> None:
    desk, person, events = ready
    receipt = trials.send_test(desk, DRAFT, person, events, "me@example.com")
    assert receipt.handed is Handed.SENT
    written = list(Path(desk.transport.removeprefix("outbox:")).rglob("*.eml"))
    assert len(written) == 1
    parsed = email.message_from_bytes(written[0].read_bytes(), policy=email.policy.default)
    assert parsed["Subject"] == "[TEST] Product TEE-M is back"
    assert parsed["To"] == "me@example.com"
    assert parsed["X-RD-Test"] == "1"
    with desk.store.reading() as u:
        assert staff.entries(u)[0].action == "test mail sent"


def test_a_test_mail_refuses_what_no_send_would_do(ready: tuple[Desk, int, tuple[int, ...]]) -> None:
    desk, person, events = ready
    with pytest.raises(DeskError, match="no e-mail address"):
        trials.send_test(desk, DRAFT, person, events, "me@example.com\r\nBcc: x@example.com")
    with pytest.raises(DeskError, match="does not exist"):
        trials.send_test(desk, replace(DRAFT, source="{{ product.colour }}"), person, events, "me@example.com")
    with desk.store.unit() as u:
        stored_shop.mark_sample(u)
        u.commit()
    with pytest.raises(DeskError, match="sample shop"):
        trials.send_test(replace(desk, transport="smtp://mail.example"), DRAFT, person, events, "me@example.com")


def test_the_starters_are_templates_like_any_other(desk: Desk) -> None:
    for name, draft in templates.starters():
        templates.create(desk, name, draft)
        assert [p for p in templates.check(desk, draft) if p.severity is not Severity.INFO] == []
    assert len(templates.templates(desk)) == len(templates.gallery()) >= 11
