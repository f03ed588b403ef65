"""One mail for one person: values are escaped, holes are named, links are counted, the same gives the same."""

from dataclasses import replace

import pytest

from restock_desk.domain.tokens import read
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault
from tests.rendering.samples import ANA, KEY, SHOP, column, context, event, html, identity, mjml, seen, sent

DIRECT = replace(SHOP, public_url="")


def test_hostile_text_is_shown_and_not_run() -> None:
    title = "<script>alert(1)</script>\"'&"
    mail = sent(html('<p title="{{ product.title }}">{{ product.title }}</p>'), context(event(title=title)))
    assert "<script" not in mail.html
    assert mail.html.count("&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;") == 2
    assert title in mail.text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " JaVaScRiPt:x", "java\nscript:x", "data:text/html,x", "vbscript:x"]
)
def test_an_address_that_is_no_web_address_leads_nowhere(url: str) -> None:
    data = context()
    data["product"] = {**data["product"], "url": url}
    for words in (
        '<a href="{{ product.url }}">x</a><img src="{{ product.url }}">',
        '<A HREF="{{ product.url }}">x</A>',
    ):
        mail = seen(html(words), data)
        assert mail.html.count('"#"') == words.count("{{")
        assert [problem.rule for problem in mail.problems] == ["url.scheme"]


def test_an_empty_address_is_told_at_the_line_its_value_begins_on() -> None:
    data = context()
    data["product"] = {**data["product"], "url": ""}
    mail = seen(html("<p>x</p>\n<a href='{{ product.url\n|default(None)\n|default(None) }}'>x</a>"), data)
    assert [(p.rule, p.line) for p in mail.problems] == [("link.empty", 2)]


def test_a_name_that_does_not_exist_is_marked_where_it_stands() -> None:
    mail = seen(html("<p>\n{{ product.colour }}</p>", subject="{{ produkt.title }} is back"))
    assert "⟦product.colour?⟧" in mail.html
    assert mail.subject == "⟦produkt.title?⟧ is back"
    assert [(p.rule, p.where, p.line) for p in mail.problems] == [
        ("var.undefined", "subject", 1),
        ("var.undefined", "source", 2),
    ]
    assert "product.colour" in mail.problems[1].message


def test_a_send_refuses_a_name_that_does_not_exist_without_naming_a_person() -> None:
    with pytest.raises(TemplateFault) as caught:
        sent(html("a\nb {{ product.colour }}"))
    assert (caught.value.rule, caught.value.line) == ("var.undefined", 2)
    assert "ana" not in str(caught.value).lower()


@pytest.mark.parametrize(
    "use",
    [
        "{% for x in product.colours %}{{ x }}{% endfor %}", "{% if product.colour %}x{% endif %}",
        "{{ product.colour|upper }}", "{{ 'a' ~ product.colour }}", "{{ product.colour == 'red' }}",
        "{{ product.colour.dark }}", "{{ product.colour < 3 }}", "{{ 'a' in product.colour }}", "{{ -product.stock }}",
        "{{ product.stock + 1 }}", "{{ items[9].product.title }}",
    ],
)  # fmt: skip
def test_no_use_of_a_missing_name_goes_unnoticed(use: str) -> None:
    with pytest.raises(TemplateFault):
        sent(html(use))


def test_an_attribute_only_some_people_have_may_be_asked_for() -> None:
    source = "{% if subscriber.attributes.vip %}VIP{% endif %}{{ subscriber.attributes.vip|default('none') }}"
    assert "none" in sent(html(source)).html


def test_a_known_but_empty_value_prints_nothing_and_is_told() -> None:
    mail = seen(html("<p>Dear\n{{ subscriber.last_name }}!</p>{{ subscriber.last_name ~ 'x' }}"))
    assert "None" not in mail.html
    assert {(p.rule, p.line) for p in mail.problems} == {("var.empty", 2)}
    assert "Friend" in seen(html("{{ subscriber.last_name|default('Friend') }}")).html
    assert seen(html("{% if subscriber.last_name %}{{ subscriber.last_name }}{% endif %}")).problems == ()


def test_prices_and_dates_print_for_the_reader() -> None:
    source = (
        "{{ variant.price }} {{ event.occurred_at }} {{ event.occurred_at|time('short') }} {{ variant.stock|number }}"
    )
    assert seen(html(source)).text == "1.234,50\u00a0€ 1. März 2026 13:00 5\n"
    american = replace(ANA, locale="en-US", timezone="America/New_York")
    assert seen(html(source), context(person=american)).text == "€1,234.50 March 1, 2026 7:00\u202fAM 5\n"


def test_every_web_link_is_counted_and_special_ones_are_not() -> None:
    source = (
        '<a href="https://a.example/?x=1&amp;y=2">a</a> <a href="{{ links.product }}">b</a>'
        '<a href="{{ links.unsubscribe }}">u</a><a href="mailto:x@a.example">m</a><a href="#top">t</a>'
        '<a href="https://b.example/{{ variant.sku }}?p={{ variant.price.amount }}">c</a>'
    )
    compiled = compile_template(html(source))
    mail = compiled.render(context(), identity())
    tokens = [part.split('"')[0] for part in mail.html.split("https://mail.example/c/")[1:]]
    assert [read(KEY, "click", token) for token in tokens] == [(42, 0), (42, 1), (42, 2)]
    targets = [compiled.link_target(number, context()) for number in range(4)]
    assert targets == [
        "https://a.example/?x=1&y=2",
        "https://shop.example/tee",
        "https://b.example/TEE-1?p=1234.50",
        None,
    ]
    assert 'href="https://mail.example/u/' in mail.html
    assert 'href="mailto:x@a.example"' in mail.html
    assert [compiled.link_name(n) for n in (0, 1, 256)] == [
        "https://a.example/?x=1&y=2",
        "links.product",
        "https://a.example/?x=1&y=2",
    ]


def test_links_in_a_loop_lead_each_to_their_own_product() -> None:
    events = [event(n, url=f"https://shop.example/{n}") for n in (1, 2, 3)]
    draft = mjml(
        "{% for item in items %}" + column('<mj-button href="{{ item.links.product }}">Go</mj-button>') + "{% endfor %}"
    )
    compiled, data = compile_template(draft), context(*events)
    mail = compiled.render(data, identity())
    numbers = [read(KEY, "click", part.split('"')[0]) for part in mail.html.split("https://mail.example/c/")[1:]]
    assert numbers == [(42, 0), (42, 256), (42, 512)]
    assert [compiled.link_target(n, data) for n in (0, 256, 512, 768)] == [
        *(f"https://shop.example/{n}" for n in (1, 2, 3)), None,
    ]  # fmt: skip
    assert [line for line in mail.text.splitlines() if "/c/" in line] == [
        f"Go ({part})" for part in (line.split('"')[0] for line in mail.html.split('href="')[1:]) if "/c/" in part
    ]


def test_without_a_web_service_links_are_direct_and_nothing_is_counted() -> None:
    mail = sent(
        html('<body><a href="{{ links.product }}">b</a> <a href="{{ links.unsubscribe }}">u</a></body>'), shop=DIRECT
    )
    assert 'href="https://shop.example/tee"' in mail.html
    assert 'href="mailto:leave@shop.example?subject=unsubscribe%20' in mail.html
    assert "<img" not in mail.html
    assert "List-Unsubscribe-Post" not in dict(mail.headers)


def test_the_open_pixel_is_the_last_thing_in_the_body() -> None:
    mail = sent(html("<html><body><p>x</p></body></html>"))
    assert mail.html.rstrip().endswith('border:0"></body></html>')
    token = mail.html.split("/o/")[1].split(".gif")[0]
    assert read(KEY, "open", token) == (42, 0)


def test_a_frozen_template_gives_the_same_bytes_later() -> None:
    draft = mjml(
        column("<mj-text>{% for i in items %}{{ i.product.title }}{% endfor %}</mj-text>"),
        "{{ product.title }}",
        preheader="{{ variant.sku }}",
    )
    compiled = compile_template(draft)
    thawed = CompiledTemplate.from_json(compiled.to_json())
    first, second = (each.render(context(), identity()) for each in (compiled, thawed))
    assert first.message == second.message
    assert thawed.digest == compiled.digest


def test_a_preview_is_the_send_without_a_delivery() -> None:
    draft = mjml(column("<mj-text>{{ product.title }} {{ variant.price }}</mj-text>"), "{{ product.title }}")
    assert seen(draft) == sent(draft)


def test_the_preheader_is_hidden_in_front_and_stays_out_of_the_text() -> None:
    mail = sent(html("<html><body><p>Hello</p></body></html>", preheader="Look: {{ product.title }} < 3"))
    assert mail.html.index("Look: T-shirt &lt; 3") < mail.html.index("Hello")
    assert mail.preheader == "Look: T-shirt < 3"
    assert mail.text == "Hello\n"


def test_a_fault_while_rendering_names_the_line() -> None:
    mail = seen(html("a\nb\n{{ variant.stock / 0 }}"))
    assert [(p.rule, p.line) for p in mail.problems] == [("tpl.fault", 3)]
    mail = seen(html("a\n{% for x in product.title %}x{% endfor %}"))
    assert [(p.rule, p.line) for p in mail.problems] == [("tpl.loop", 2)]


def test_an_own_text_part_is_taken_as_written() -> None:
    mail = sent(html("<p>x</p>", text="Dear {{ subscriber.first_name }},\n\n{{ product.title }} < & is back."))
    assert mail.text == "Dear Ana,\n\nT-shirt < & is back.\n"
