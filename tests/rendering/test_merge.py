"""What is the template's and what is one person's: cut apart and put together again, it is the mail's HTML."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.handover import Merge
from restock_desk.domain.templates import Draft
from restock_desk.rendering import starters
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.merge import merged
from tests.rendering.samples import ANA, context, event, html, identity

LONG = "<p>" + "Words that are the same for everybody. " * 40 + "</p>"


NAMED = compile_template(
    html("<p>{{ subscriber.first_name }}{% if product.title %}<b>{{ product.title }}</b>{% endif %}</p>" + LONG)
)


def cut(draft: Draft | CompiledTemplate, name: str = "Ana", **product: Any) -> tuple[Merge | None, str]:
    compiled = draft if isinstance(draft, CompiledTemplate) else compile_template(draft)
    data = context(event(**product), event(2), person=replace(ANA, first_name=name))
    mail = compiled.render(data, identity())
    return merged(compiled, data, identity(), mail.html), mail.html


def whole(merge: Merge) -> str:
    values = [*merge.values, ""]
    return "".join(literal + value for literal, value in zip(merge.literals, values, strict=True))


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("<p>{{ subscriber.first_name }}</p>", ["Ana"]),
        ("{{ subscriber.first_name }}{{ product.title }}", ["AnaT-shirt"]),
        ("<b>{% if subscriber.first_name == 'Ana' %}A<i>B</i>{% else %}C{% endif %}</b>", ["A<i>B</i>"]),
        ("<ul>{% for item in items %}<li>{{ item.variant.sku }}</li>{% endfor %}</ul>", None),
        ("{% set name = subscriber.first_name %}<p>{{ name }}</p>", ["", "Ana"]),
        ("{% with n = product.title %}<p>{{ n }}</p>{% endwith %}", None),
        ("<p>{%- if true -%}  x  {%- endif -%}  y</p>", ["x"]),
        ("<p>no values at all</p>", []),
    ],
)
def test_only_what_stands_outside_of_blocks_is_the_templates(source: str, values: list[str] | None) -> None:
    merge, made = cut(html(f"<html><body>{source}{LONG}</body></html>"))
    assert merge is not None
    assert whole(merge) == made
    if values is not None:
        assert [value for value in merge.values if "/o/" not in value] == values


def test_the_template_is_the_same_for_everybody_and_escaped_values_stay_escaped() -> None:
    draft = html(f"<p>{{{{ subscriber.first_name }}}}</p>{LONG}")
    (first, _), (second, made) = cut(draft, "Ana"), cut(draft, "<b>&\x1f")
    assert first is not None
    assert second is not None
    assert first.literals == second.literals
    assert "&lt;b&gt;&amp;" in made
    assert whole(second) == made


def test_a_name_that_holds_the_mark_of_the_cut_is_not_merged() -> None:
    merge, made = cut(html(f"<p>{{{{ subscriber.first_name }}}}</p>{LONG}"), "a\x1eb")
    assert merge is None or whole(merge) == made


def test_where_nearly_all_is_one_persons_nothing_is_merged() -> None:
    merge, _ = cut(html("{% for item in items %}" + LONG + "{{ item.variant.sku }}{% endfor %}"))
    assert merge is None


@pytest.mark.parametrize("name", [name for name, _ in starters.starters()])
def test_every_starter_template_comes_out_as_it_went_in(name: str) -> None:
    merge, made = cut(dict(starters.starters())[name])
    if merge is not None:
        assert whole(merge) == made
        assert len("".join(merge.values)) <= len(made) / 2


@given(name=st.text(max_size=30), title=st.text(max_size=30))
def test_whatever_names_hold(name: str, title: str) -> None:
    merge, made = cut(NAMED, name, title=title)
    assert merge is None or whole(merge) == made
