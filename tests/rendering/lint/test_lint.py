"""What the checks say about a draft: each rule has a document that triggers it and one that does not."""

import pytest

from restock_desk.domain.templates import Draft, Severity
from restock_desk.rendering import pieces
from restock_desk.rendering.lint import check, variables
from tests.rendering.lint.cases import CASES, Case
from tests.rendering.samples import html

GOOD = (
    '<html lang="en"><head><title>Back</title><meta name="color-scheme" content="light dark"></head><body>'
    '<h1>Hello {{ subscriber.first_name|default("you") }}</h1>'
    '<img src="https://x.example/a.png" alt="A" width="300" height="200">'
    "<p>What you waited for is here again, as new.</p>"
    '<a href="{{ links.product|default(shop.url) }}">See it</a><a href="{{ links.unsubscribe }}">Leave</a>'
    "{{ shop.address|default('') }}</body></html>"
)
PREHEADER = "You asked us to tell you when it is here"


def rules(draft: Draft) -> dict[str, int]:
    return {problem.rule: problem.line for problem in check(draft)}


def test_a_good_mail_has_no_problem() -> None:
    assert check(html(GOOD, "{{ product.title }} is back", preheader=PREHEADER)) == ()


@pytest.mark.parametrize(
    ("source", "rule", "line"),
    [
        ("\n{{ product.titel }}", "var.undefined", 2),
        ("\n{% for item in items %}\n{{ item.product.colour }}{% endfor %}", "var.undefined", 3),
        ("\n{{ subscriber.first_name }}", "var.nofallback", 2),
        ("\n{% for c in product.title %}{% endfor %}", "tpl.loop", 2),
        ("\n<img src='https://x.example/a.png' width='1%' height='9'>", "img.alt", 2),
        ("\n<a href='#'>x</a>", "link.empty", 2),
        ("\n<a href='javascript:x'>x</a>", "link.scheme", 2),
        ("\n<script>x</script>", "html.active", 2),
        ("\n<p onclick='x'>x</p>", "html.active", 2),
        ("\n*|FNAME|*", "tpl.foreign", 2),
        ("\n<p style='color:{{ product.title }}'>x</p>", "tpl.style", 2),
        ("x" * 110_000, "size.clip", 0),
    ],
)
def test_a_rule_finds_what_it_is_for(source: str, rule: str, line: int) -> None:
    found = rules(html(GOOD + source, "{{ product.title }} is back", preheader=PREHEADER))
    assert found == {rule: line}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"subject": " "}, "subj.empty"),
        ({"subject": "x" * 90}, "subj.long"),
        ({"preheader": ""}, "pre.missing"),
        ({"text": "Hello, {{ links.product|default(shop.url) }}"}, "unsub.text"),
        ({"subject": "{{ produkt }}"}, "var.undefined"),
    ],
)
def test_every_field_is_looked_at(changes: dict[str, str], rule: str) -> None:
    assert list(rules(html(GOOD, **{"subject": "s", "preheader": PREHEADER, **changes}))) == [rule]


def test_words_in_quotes_are_no_script() -> None:
    source = GOOD.replace('alt="A"', 'alt="Two for one = good, on = off"')
    assert check(html(source, "s", preheader=PREHEADER)) == ()


def test_missing_parts_of_the_mail_are_told() -> None:
    assert set(rules(html("<html><p>x</p></html>", preheader=PREHEADER))) == {
        "unsub.body", "legal.address", "a11y.lang", "a11y.title", "dark.none"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("product.titel", "product.title"),
        ("produkt.title", "product"),
        ("first_name", "subscriber.first_name"),
        ("subscriber.name", "subscriber.first_name"),
    ],
)
def test_a_typing_mistake_gets_a_guess(name: str, meant: str) -> None:
    problem = next(p for p in check(html("{{ " + name + " }}")) if p.rule == "var.undefined")
    assert problem.severity is Severity.ERROR
    assert meant in problem.fix


def test_what_a_condition_asks_for_needs_no_fallback() -> None:
    source = "{% if links.cart and variant.price %}{{ links.cart }} {{ variant.price }}{% endif %}{{ product.vendor }}"
    assert [p.message for p in check(html(source)) if p.rule == "var.nofallback"] == [
        "“product.vendor” may be empty for some people."
    ]


def test_problems_come_gravest_first() -> None:
    ranks = [("error", "warning", "info").index(p.severity.value) for p in check(html("{{ x }}{{ product.vendor }}"))]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("case", [case for case in CASES if "{" in case.bad.source], ids=lambda case: case.rule)
def test_what_is_judged_part_by_part_is_what_is_judged_as_a_whole(case: Case) -> None:
    part, wrong = pieces.cut(case.bad.source, "source")
    whole = () if wrong else variables._judged(part, "source") or ()
    found = [each for each in variables._parsed(part, case.bad.source, "source") if each.rule != "var.leftover"]
    assert {(p.rule, p.line, p.message) for p in variables._once(found)} == {(p.rule, p.line, p.message) for p in whole}
