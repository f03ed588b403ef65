"""Merge tags of other systems become variables and conditions of ours; the rest is named with its line."""

import pytest

from restock_desk.domain.document.imported import Outcome
from restock_desk.rendering.imports import names
from restock_desk.rendering.imports.expressions import condition
from restock_desk.rendering.imports.tags import translate_tags
from restock_desk.rendering.pieces import cut, foreign_tags
from restock_desk.rendering.programs import parse

NAME, ITEM = "{{ subscriber.first_name }}", "{% for item in items %}"
DIALECTS = [
    ("*|FNAME|*", NAME),
    ("*|IF:FNAME|*a*|ELSE:|*b*|END:IF|*", "{% if subscriber.first_name %}a{% else %}b{% endif %}"),
    ("*|IFNOT:FNAME|*a*|END:IF|*", "{% if not subscriber.first_name %}a{% endif %}"),
    ("*|IF:STOCK<5|*a*|ELSEIF:STOCK=9|*b*|END:IF|*",
     "{% if variant.stock < 5 %}a{% elif variant.stock == 9 %}b{% endif %}"),
    ("*|UNSUB|* *|LIST:COMPANY|*", "{{ links.unsubscribe }} {{ shop.name }}"),
    ("{{name}}", NAME),
    ("{{{ first_name }}}", NAME),
    ("{{#if name}}a{{else}}b{{/if}}", "{% if subscriber.first_name %}a{% else %}b{% endif %}"),
    ("{{#unless name}}a{{/unless}}", "{% if not subscriber.first_name %}a{% endif %}"),
    ("{{^name}}a{{/name}}", "{% if not subscriber.first_name %}a{% endif %}"),
    ("{{#each items}}{{title}} {{this.price}}{{/each}}",
     ITEM + "{{ item.product.title }} {{ item.variant.price }}{% endfor %}"),
    ("{{#products}}{{url}}{{/products}}", ITEM + "{{ item.links.product }}{% endfor %}"),
    ("{{#each items as |it|}}{{it.name}}{{/each}}", "{% for it in items %}{{ it.product.title }}{% endfor %}"),
    ("{{!-- gone --}}a{{! gone }}", "a"),
    ("{firstname} {$name} {!Contact.FirstName} %FIRSTNAME% [[First Name]]", " ".join([NAME] * 5)),
    ("<%asm_group_unsubscribe_raw_url%> [Sender_Name] *|HTML:LIST_ADDRESS_HTML|*",
     "{{ links.unsubscribe }} {{ shop.name }} {{ shop.address }}"),
    ("[firstname,fallback=friend]", "{{ subscriber.first_name|default('friend') }}"),
    ("<webversion>Web</webversion> <unsubscribe>Leave</unsubscribe>",
     '<a href="{{ links.browser }}">Web</a> <a href="{{ links.unsubscribe }}">Leave</a>'),
    ("{{#greaterThan stock 5}}a{{/greaterThan}}", "{% if variant.stock > 5 %}a{% endif %}"),
    ("{{#equals size 'L'}}a{{/equals}}", "{% if variant.title == 'L' %}a{% endif %}"),
    ("{{#if (and name (gt stock 2))}}a{{/if}}", "{% if (subscriber.first_name) and (variant.stock > 2) %}a{% endif %}"),
    ('{{insert name "default=Customer"}}', "{{ subscriber.first_name|default('Customer') }}"),
    ("{{ person.first_name|default:'friend' }}", "{{ subscriber.first_name|default('friend') }}"),
    ('{{ first_name|default:"" }}', "{{ subscriber.first_name|default('') }}"),
    ("{% unsubscribe 'Leave' %}", '<a href="{{ links.unsubscribe }}">Leave</a>'),
    ("{{ customer.first_name | upcase }}", "{{ subscriber.first_name|upper }}"),
    ("{{ product.price | money }}", "{{ variant.price }}"),
    ("{% if customer.first_name != blank %}a{% elsif stock > 3 %}b{% endif %}",
     "{% if subscriber.first_name != '' %}a{% elif variant.stock > 3 %}b{% endif %}"),
    ("{% unless stock > 3 %}a{% endunless %}", "{% if not (variant.stock > 3) %}a{% endif %}"),
    ("{% for product in line_items limit:4 %}{{ product.title }}{% endfor %}",
     "{% for product in items[:4] %}{{ product.product.title }}{% endfor %}"),
    ("{% if product.title contains 'boot' %}a{% endif %}", "{% if 'boot' in product.title %}a{% endif %}"),
    ("{% comment %}a{% endcomment %}", "a"),
    ("%%first_name%% %recipient.email%", NAME + " {{ subscriber.email }}"),
    ("[[name]]", NAME),
]  # fmt: skip
NATIVE = [
    "{{ subscriber.first_name|default('there') }}",
    "{% for item in items[:12] %}{{ item.product.title }}{{ item.links.cart|default(shop.url) }}{% endfor %}",
    "{% if variant.stock|holds('lt', 5) and not (shop.url|holds('set')) %}a{% endif %}",
    "{% for lead in items[1:5] %}{% if loop.index0 is divisibleby(2) %}a{% endif %}{% endfor %}",
    "{{ variant.compare_at_price }}{{ subscriber.attributes['Shoe size'] }}",
]


@pytest.mark.parametrize(("foreign", "ours"), DIALECTS, ids=[foreign[:30] for foreign, _ in DIALECTS])
def test_each_dialect_is_said_our_way(foreign: str, ours: str) -> None:
    made, _ = translate_tags(foreign)
    assert made == ours
    pieces, problems = cut(made, "source")
    assert not problems
    parse(pieces, "source")


@pytest.mark.parametrize("source", NATIVE)
def test_what_is_ours_already_stays_as_it_is_and_is_not_told(source: str) -> None:
    assert translate_tags(source) == (source, ())


def test_translating_twice_changes_nothing_more() -> None:
    for foreign, _ in DIALECTS:
        once, _ = translate_tags(foreign)
        assert translate_tags(once)[0] == once


def test_names_nobody_knows_are_listed_with_their_lines() -> None:
    source = (
        "Hello *|FNAME|*\n\n*|WARRANTY|* {{ moon_phase }}\n%%weather%% [[HEADLINE]] <%= secret %> ${x}\n*|WARRANTY|*"
    )
    made, notes = translate_tags(source)
    assert made.splitlines()[4] == "*|WARRANTY|*"
    kept = {note.what: (note.line, note.count) for note in notes if note.outcome is Outcome.KEPT}
    assert kept == {
        "*|WARRANTY|*": (3, 2), "{{ moon_phase }}": (3, 1), "%%weather%%": (4, 1), "[[HEADLINE]]": (4, 1),
        "<%= secret %>": (4, 1), "${x}": (4, 1),
    }  # fmt: skip


def test_lines_stay_where_they_are() -> None:
    source = "a\n{{!-- one\ntwo\nthree --}}\n{{#if\n name}}b\n{{/if}}\nc *|NOBODY|*"
    made, notes = translate_tags(source)
    assert made.count("\n") == source.count("\n")
    assert [note.line for note in notes if note.outcome is Outcome.KEPT] == [8]


def test_blocks_that_are_torn_are_mended_and_told() -> None:
    made, notes = translate_tags("{{#if name}}a {{/each}} {{/unless}} {{#each items}}b")
    assert made == "{% if subscriber.first_name %}a {% endif %}  {% for item in items %}b{% endfor %}"
    assert {note.what for note in notes if note.outcome is Outcome.LOST} == {"{{/unless}}", "{{#each items}}"}


def test_what_the_checker_calls_foreign_is_translated_or_told() -> None:
    for foreign, _ in DIALECTS:
        made, notes = translate_tags(foreign)
        assert notes or made != foreign
        assert not foreign_tags(made, "source")


def test_the_table_of_names_holds_only_paths_that_exist() -> None:
    assert all(names.ours(path) or path == "items" for path in names.TABLE)
    assert names.known("Person.First_Name") == "subscriber.first_name"
    assert names.known("nobody") == ""


def test_tests_of_a_translation_are_conditions_of_a_document() -> None:
    made, _ = translate_tags("{% if stock < 5 and customer.first_name != blank %}a{% endif %}")
    assert condition(made[6:-15].strip()) == {
        "all": (
            {"var": "variant.stock", "op": "lt", "value": 5},
            {"var": "subscriber.first_name", "op": "truthy"},
        )
    }


@pytest.mark.parametrize(
    "tag",
    ["*|FOO|*", "*|foo:BAR|*", "[[HEADLINE]]", "%FOO_BAR%", "{webview_text}", "%%=v(@foo)=%%", "<% foo %>", "${foo}",
     "[foo,fallback=x]", "%recipient.foo%"],
)  # fmt: skip
def test_a_tag_of_nobody_here_is_named_with_its_line(tag: str) -> None:
    made, notes = translate_tags(f"a\n\n{tag} b")
    assert made == f"a\n\n{tag} b"
    assert [(note.what, note.line, note.outcome) for note in notes] == [(tag, 3, Outcome.KEPT)]
    assert [problem.line for problem in foreign_tags(f"a\n\n{tag} b", "source")] == [3]


def test_what_only_looks_like_a_tag_is_left_alone() -> None:
    text = "<style>p{margin:0} .a {color:red}</style> 100% OFF% [1] %C3%A9 a{b}c {} { x } [x] ${ "
    assert translate_tags(text) == (text, ())
    assert foreign_tags(text, "source") == ()


def test_an_order_has_a_name_of_its_own() -> None:
    assert translate_tags("{{ order.name }}")[0] == "{{ order.name }}"
    assert translate_tags("{{ customer.name }}")[0] == NAME
