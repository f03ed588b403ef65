"""A condition inside a mail: it compiles wherever it stands, with any words in it, and asks the mail's own time."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restock_desk.domain import conditions
from restock_desk.domain.document.rich import FILTERS as KNOWN
from restock_desk.domain.templates import Severity
from restock_desk.rendering import folding, lint, pieces, programs
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.conditions import expression, literal, path
from restock_desk.rendering.filters import FILTERS
from tests.documents import Maker
from tests.rendering.samples import NOW, column, context, html, identity, mjml, sent

PATHS = ("subscriber.first_name", "subscriber.last_name", "variant.stock", "variant.price", "interest.created_at")


def when(tree: Any) -> str:
    return expression(conditions.checked(tree))


@settings(max_examples=60)
@given(seed=st.integers(0, 2**40))
def test_every_condition_decides_in_a_mail_as_it_does_in_words(seed: int) -> None:
    tree = conditions.checked(Maker(seed).tree(PATHS))
    mail = sent(html(f"<p>{{% if {expression(tree)} %}}shown{{% else %}}hidden{{% endif %}}</p>"))
    word = "shown" if conditions.holds(tree, context(), NOW) else "hidden"
    assert f"<p>{word}</p>" in mail.html


@given(st.text(max_size=30).filter(lambda words: "\0" not in words and words.isprintable()))
@settings(max_examples=60)
def test_no_words_of_a_condition_break_out_of_it(words: str) -> None:
    tree = {"any": [{"var": "product.title", "op": "eq", "value": words}, {"var": "shop.name", "op": "set"}]}
    draft = mjml(column(f"<mj-text>{{% if {when(tree)} %}}shown{{% endif %}}</mj-text>"))
    assert [p for p in compile_template(draft).problems if p.severity is Severity.ERROR] == []
    assert ">shown<" in sent(draft).html


def test_a_name_that_does_not_exist_is_found_before_anything_is_sent() -> None:
    draft = html(f"{{% if {when({'var': 'variant.sise', 'op': 'set'})} %}}x{{% endif %}}")
    assert ("var.undefined", Severity.ERROR) in [(problem.rule, problem.severity) for problem in lint.check(draft)]


def test_a_condition_that_asks_the_time_is_never_the_same_for_all() -> None:
    old = {"var": "event.occurred_at", "op": "lt", "value": {"ago_s": 3600}}
    draft = html(f"{{% if {when(old)} %}}late{{% else %}}early{{% endif %}}")
    later = identity(date=NOW + timedelta(hours=2))
    compiled = compile_template(draft)
    assert "early" in compiled.render(context(), identity()).html
    assert "late" in compiled.render(context(), later).html
    fixed = {"var": "event.occurred_at", "op": "lt", "value": {"at": "2026-03-02T00:00:00Z"}}
    for tree, shared in ((old, False), (fixed, True)):
        found, _ = pieces.cut(f"{{% if {when(tree)} %}}x{{% endif %}}", "source")
        [unit] = folding.units(programs.parse(found, "source"))
        assert unit.shared is shared


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("items.0.product.title", "items[0].product.title"),
        ("subscriber.attributes.Shoe size", "subscriber.attributes['Shoe size']"),
        ("subscriber.attributes.größe", "subscriber.attributes['gr\\xf6\\xdfe']"),
    ],
)
def test_a_path_is_written_as_an_author_would(words: str, made: str) -> None:
    assert path(words) == made


def test_a_literal_holds_nothing_that_a_scanner_could_take_for_its_own() -> None:
    assert literal("a'b\"}}%}<&\\é") == "'a\\x27b\\x22\\x7d\\x7d\\x25\\x7d\\x3c\\x26\\x5c\\xe9'"


@pytest.mark.parametrize(
    "argument", ["'is', 1", "'lt'", "'in', json='[['", "'in', json='" + "[" * 3000 + "'", "'eq', x"]
)
def test_a_wrong_comparison_is_a_sentence(argument: str) -> None:
    draft = html("{% if variant.stock|holds(" + argument + ") %}x{% endif %}")
    compiled = compile_template(draft)
    mail = compiled.render(context(), identity(), strict=False)
    rules = {problem.rule for problem in (*compiled.problems, *mail.problems)}
    assert rules & {"tpl.filter", "var.undefined"}


def test_every_filter_of_a_variable_exists_in_the_sandbox() -> None:
    assert KNOWN.keys() <= FILTERS.keys()
