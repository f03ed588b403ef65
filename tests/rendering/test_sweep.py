"""A sweep finds for each person what their own preview would find, and knows which way the template went."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restock_desk.domain.audience import Subscriber
from restock_desk.domain.preflight import cover
from restock_desk.domain.templates import Draft, Problem
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.marked import Marked
from restock_desk.rendering.starters import starters
from restock_desk.rendering.sweep import Sweep
from restock_desk.services import context as context_
from tests.rendering.samples import ANA, NOW, SHOP, event, html, identity, seen

EVENTS = (event(1), event(2, title="", image_url="", variant={"price": None, "currency": ""}))
NOT_IN_A_PREVIEW = {"var.leftover", "price.currency", "size.clip", "subj.empty", "subj.long", "header.unsafe",
                    "header.address", "html.active"}  # fmt: skip
PARTS = (
    "{{ subscriber.first_name }}", "{{ subscriber.first_name|default('friend') }}", "{{ product.title }}",
    "{{ product.description }}", "{{ subscriber.attributes.size }}", "{{ variant.compare_at_price }}", "{{ nothing }}",
    "{% if subscriber.locale == 'de' %}{{ subscriber.last_name }}{% else %}{{ product.vendor }}{% endif %}",
    "{% for item in items %}{{ item.product.title }}{{ item.interest.source }}{% else %}none{% endfor %}",
    "{% for item in items %}<a href=\"{{ item.links.product }}\">{{ item.variant.price }}</a>{% endfor %}",
    '<a href="{{ links.cart }}">x</a>', '<img alt="" src="{{ product.image_url }}">',
    "{{ 'a' if subscriber.email else 'b' }}", "{{ interest.created_at|date }}",
    "{% if variant.stock < 10 and subscriber.attributes.size is defined %}few{% endif %}",
    "{% set who = subscriber.last_name %}{{ who }}", '<a href="{{ subscriber.attributes.page }}">y</a>',
)  # fmt: skip


def swept(draft: Draft, person: Subscriber, waits: tuple[Any, ...] = (None, None)) -> tuple[set[Problem], int, Sweep]:
    sweep = Sweep.of(compile_template(draft))
    blank = Marked.of(identity())
    reader = Subscriber(0, "", "", locale=person.locale, timezone=person.timezone)
    common = sweep.common(context_.build(SHOP, reader, EVENTS, [], blank), blank)
    told = [context_.interest(wait) for wait in waits]
    own, taken = sweep.person(common, context_.person(person), told, blank)
    return {*common.problems, *own}, taken, sweep


def previewed(draft: Draft, person: Subscriber) -> set[Problem]:
    return set(seen(draft, context_.build(SHOP, person, EVENTS, [], identity())).problems)


@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=6),
    st.sampled_from(["", "Ana"]), st.sampled_from(["", "de", "en-GB"]),
    st.sampled_from([{}, {"size": "M"}, {"page": "javascript:1"}, {"page": "https://a.example", "size": None}]),
)  # fmt: skip
@settings(max_examples=60)
def test_what_a_sweep_finds_is_what_each_preview_finds(
    parts: list[str], name: str, locale: str, attributes: dict[str, Any]
) -> None:
    person = Subscriber(7, "a@b.example", "a@b.example", "", name, "", locale, "", attributes)
    draft = html("\n".join(parts), "{{ product.title }} {{ subscriber.first_name|default('') }}")
    found, _, _ = swept(draft, person)
    assert {p for p in found if p.rule not in NOT_IN_A_PREVIEW} == {
        p for p in previewed(draft, person) if p.rule not in NOT_IN_A_PREVIEW
    }


@pytest.mark.parametrize(("name", "draft"), starters(), ids=lambda part: part if isinstance(part, str) else "")
def test_the_templates_that_come_with_it_are_clean_for_a_whole_person(name: str, draft: Draft) -> None:
    errors = [p for p in swept(draft, ANA)[0] if p.severity == "error"]
    assert errors == []


@pytest.mark.parametrize(("source", "subject", "rule"), [
    ("{{ subscriber.first_name }}", "x", "var.empty"),
    ("{{ subscriber.nmae }}", "x", "var.undefined"),
    ('<a href="{{ subscriber.attributes.page|default(\'\') }}">x</a>', "x", "link.empty"),
    ("{{ items[1].variant.price|default('x') }}{{ subscriber.attributes.odd }}", "x", "var.leftover"),
    ("x", "{{ subscriber.first_name|default('') }}", "subj.empty"),
    ("x", "{{ subscriber.last_name * 2 }}", "tpl.sandbox"),
    ("x", "{{ subscriber.attributes.long }}", "subj.long"),
    ("x", "{{ subscriber.attributes.braces }}", "var.leftover"),
    ("{% for i in items %}" + "y" * 45_000 + "{{ subscriber.email }}{% endfor %}", "x", "size.clip"),
    ("{% for i in items %}" + "y" * 55_000 + "{{ subscriber.email }}{% endfor %}", "x", "size.clip"),
])  # fmt: skip
def test_what_is_wrong_with_one_persons_mail_has_a_rule(source: str, subject: str, rule: str) -> None:
    attributes = {"odd": "null", "long": "w " * 60, "braces": "Hello {{ name }}"}
    person = Subscriber(7, "a@b.example", "a@b.example", "", "", "Z", "", "", attributes)
    assert rule in {problem.rule for problem in swept(html(source, subject), person)[0]}


def test_a_price_without_a_currency_is_told() -> None:
    shop = replace(SHOP, currency="")
    sweep = Sweep.of(compile_template(html("{{ variant.price }}")))
    blank = Marked.of(identity())
    bare = event(1, variant={"currency": ""})
    common = sweep.common(context_.build(shop, ANA, [bare], [], blank), blank)
    assert [problem.rule for problem in common.problems] == ["price.currency"]


@pytest.mark.parametrize("address", ["", "no address", "a@b@c", "a@b.example\r\nBcc: x@y.example"])
def test_an_address_that_no_mail_can_go_to_is_told(address: str) -> None:
    person = Subscriber(7, address, address)
    assert "header.address" in {problem.rule for problem in swept(html("x"), person)[0]}


def test_branches_are_told_by_who_takes_them() -> None:
    source = (
        "{% if subscriber.first_name %}a{% elif subscriber.last_name %}b{% endif %}\n"
        "{% for item in items if item.variant.price %}c{% endfor %}\n{{ subscriber.locale|default('en') }}\n"
        "{{ 'd' if interest.source else 'e' }}"
    )
    ana, bo = Subscriber(1, "a@b.example", "", "", "Ana"), Subscriber(2, "b@b.example", "", "", "", "", "de")
    _, first, sweep = swept(html(source), ana)
    _, second, _ = swept(html(source), bo)
    words = {b.words: n for n, b in enumerate(sweep.book.outcomes)}
    assert all(branch.line in (1, 2, 3, 4) for branch in sweep.book.outcomes)
    assert first >> words["if subscriber.first_name"] & 1
    assert not first >> words["if subscriber.last_name"] & 1
    assert second >> words["unless subscriber.last_name"] & 1
    assert second >> words["subscriber.locale is known"] & 1
    assert first >> words["subscriber.locale is missing, the fallback shows"] & 1
    assert first >> words["with items"] & 1
    assert first >> words["unless interest.source"] & 1


def test_what_was_asked_for_reaches_the_mail() -> None:
    from restock_desk.domain.audience import Interest

    wait = Interest(1, 7, 1, NOW, "wish list")
    draft = html("{{ interest.source }}{% for item in items %}{{ item.interest.source }}{% endfor %}")
    problems, _, sweep = swept(draft, ANA, (wait, wait))
    assert sweep.needs >= {"interest", "items"}
    assert problems == set()


@given(st.dictionaries(st.integers(1, 255), st.integers(1, 1000), max_size=30))
@settings(max_examples=60)
def test_a_cover_takes_all_that_anybody_takes_and_nobody_in_it_for_nothing(masks: dict[int, int]) -> None:
    chosen = cover(masks)
    by_person = {person: mask for mask, person in masks.items()}
    wanted, seen_ = 0, 0
    for mask in masks:
        wanted |= mask
    for _, added in chosen:
        assert added & ~seen_ == added
        assert added
        seen_ |= added
    assert seen_ == wanted
    if len(by_person) == len(masks):
        assert all(by_person[person] & added == added for person, added in chosen)
