"""The press makes the same mails as the plain way, for everybody, and nobody's mail holds anything of another's."""

import email
import re
from dataclasses import replace
from email import policy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restock_desk.domain.audience import Interest, Subscriber
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Draft
from restock_desk.rendering import encoding
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.press import Plate, Press
from restock_desk.rendering.starters import starters
from restock_desk.services import context as context_
from tests.rendering.samples import ANA, NOW, SHOP, event, html, identity

EVENTS = (event(1), event(2, title="Wäsche & Co", variant={"stock": None, "price": "9.90"}))
BEN = replace(ANA, id=8, email="ben@example.com", email_key="ben@example.com", first_name="Ben", custom_id="C-8")
NOBODY = Subscriber(9, "x@example.com", "x@example.com", locale="de-DE", timezone="Europe/Berlin")
PEOPLE = (ANA, BEN, NOBODY)
SNIPPETS = (
    "<p>{{ product.title }}</p>",
    "{{ subscriber.first_name|default('you') }}",
    "{{ subscriber.email }}",
    "{% if subscriber.first_name %}<b>Hi {{ subscriber.first_name }},</b>{% else %}Hello.{% endif %}",
    "{% for item in items %}<li>{{ item.product.title }} {{ item.variant.price }}</li>{% endfor %}",
    "{% for item in items %}{{ loop.index }}{{ item.interest.source|default('nowhere') }}{% endfor %}",
    "{% for item in items %}<a href=\"{{ item.links.product }}\">{{ item.variant.sku }}</a>{% endfor %}",
    '<a href="{{ links.product }}">See it</a>',
    '<a href="{{ links.unsubscribe }}">Leave</a>',
    "{% if links.browser %}<a href='{{ links.browser }}'>Look</a>{% endif %}",
    "{{ links.unsubscribe|length }}",
    "{{ event.occurred_at|date }} {{ items|length }}",
    "{{ subscriber.attributes.size|default('none') }}",
    "{% if variant.stock and variant.stock < 9 %}Only {{ variant.stock }}{% endif %}",
    "{{ interest.created_at|default('-') }}",
    "\n.\n..dots at a line's start\n",
    "x=3D &amp; ünïcödé 🎉 " + "long" * 40,
    "{{ items[0].product.title|upper }}{{ shop.name }}",
    "\t \n\n\n  blanks  \n",
)  # fmt: skip


def builder(person: Subscriber, shop: Shop = SHOP) -> Any:
    interests = [Interest(person.id, person.id, 1, NOW, f"page {person.id}")]
    return lambda who: context_.build(shop, person, EVENTS, interests, who)


def who(person: Subscriber, shop: Shop = SHOP) -> Identity:
    return identity(shop, key=f"campaign/1/{person.id}", delivery_id=40 + person.id)


def plate_of(draft: Draft, shop: Shop = SHOP) -> Plate:
    reader = Subscriber(0, "", "", locale=ANA.locale, timezone=ANA.timezone)
    press = Press.of(compile_template(draft))
    return press.plate(lambda blank: context_.build(shop, reader, EVENTS, [], blank), who(ANA, shop))


def struck(plate: Plate, person: Subscriber, shop: Shop = SHOP) -> bytes:
    whole = builder(person, shop)(who(person, shop))
    return plate.strike(who(person, shop), person.email, whole, lambda: whole)[0]


def plain(draft: Draft, person: Subscriber, shop: Shop = SHOP) -> bytes:
    return compile_template(draft).render(builder(person, shop)(who(person, shop)), who(person, shop)).message


def read(message: bytes) -> tuple[list[tuple[str, Any]], list[bytes]]:
    mail = email.message_from_bytes(message, policy=policy.default)
    return list(mail.raw_items()), [bytes(part.get_payload(decode=True) or b"") for part in mail.iter_parts()]


def lines_are_legal(message: bytes) -> bool:
    body = message.split(b"\r\n\r\n", 1)[1]
    lines = body.split(b"\r\n")
    return body.isascii() and all(
        len(line) <= 76 and not line.startswith(b".") and b"\n" not in line and b"\r" not in line for line in lines
    )


def same_for_all(draft: Draft, shop: Shop = SHOP) -> None:
    plate = plate_of(draft, shop)
    for person in PEOPLE:
        message = struck(plate, person, shop)
        assert read(message) == read(plain(draft, person, shop))
        assert lines_are_legal(message)


@pytest.mark.parametrize(("name", "draft"), starters(), ids=[name for name, _ in starters()])
def test_every_starter_comes_out_the_same(name: str, draft: Draft) -> None:
    same_for_all(draft)
    same_for_all(draft, replace(SHOP, public_url=""))


@settings(max_examples=60)
@given(st.lists(st.sampled_from(SNIPPETS), min_size=1, max_size=8), st.booleans())
def test_any_mixture_of_shared_and_personal_pieces_comes_out_the_same(parts: list[str], served: bool) -> None:
    shop = SHOP if served else replace(SHOP, public_url="")
    draft = html(f"<html><body>{''.join(parts)}</body></html>", "{{ product.title }} for {{ subscriber.email }}")
    same_for_all(draft, shop)


@settings(max_examples=60)
@given(st.text(max_size=200), st.text(max_size=90))
def test_hostile_values_and_texts_come_out_the_same(value: str, own: str) -> None:
    person = replace(ANA, first_name=value, attributes={"size": own})
    draft = html(
        "<p>{{ subscriber.first_name|default('x') }}{{ subscriber.attributes.size }}</p>"
        "{% if subscriber.first_name %}.{{ subscriber.first_name }}.{% endif %}",
        text="Hi {{ subscriber.first_name|default('x') }}\n.{{ subscriber.attributes.size|default('y') }}\n",
    )
    message = struck(plate_of(draft), person)
    assert read(message) == read(plain(draft, person))
    assert lines_are_legal(message)


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=120), max_size=6))
def test_parts_joined_by_soft_breaks_read_back_as_their_texts_joined(texts: list[str]) -> None:
    body = encoding.BREAK.join(map(encoding.value, texts)).encode("ascii")
    assert lines_are_legal(b"\r\n\r\n" + body)
    mail = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + body
    read_back = email.message_from_bytes(mail, policy=policy.default).get_payload(decode=True)
    assert isinstance(read_back, bytes)
    assert read_back.decode().replace("\r\n", "\n") == "".join(texts)


def test_one_persons_plate_holds_nothing_of_that_person() -> None:
    draft = html(f"<html><body>{''.join(SNIPPETS)}</body></html>", "For {{ subscriber.first_name|default('you') }}")
    plate = plate_of(draft)
    first = struck(plate, ANA)
    second = struck(plate, BEN)
    assert b"ana@example.com" in first
    assert not re.search(rb"\bana\b", second, re.IGNORECASE)
    assert b"47." not in second  # Ana's delivery
    assert read(second) == read(plain(draft, BEN))


def test_what_cannot_be_rendered_for_one_person_is_told_with_its_line() -> None:
    draft = html("<p>Hi</p>\n<p>{{ subscriber.attributes.size }}</p>")
    plate = plate_of(draft)
    assert b"M" in struck(plate, ANA)
    with pytest.raises(TemplateFault) as told:
        struck(plate, replace(BEN, attributes={}))
    assert told.value.line == 2


def test_the_same_expression_at_several_places_is_worked_out_once() -> None:
    press = Press.of(compile_template(html("<p>{{ subscriber.email }}</p>" * 5 + "<p>{{ subscriber.locale }}</p>")))
    assert len({turn for turn in press.html.turns if turn is not None}) == 2
