"""Mails as a campaign makes them: one template, rendered for so many people, with all that providers ask for."""

from dataclasses import replace

from restock_desk.domain.audience import Subscriber
from restock_desk.domain.handover import Envelope, Parts
from restock_desk.domain.restocks import RestockEvent
from restock_desk.domain.templates import Draft
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.services import contents
from tests.rendering.samples import ANA, context, event, html, identity

DRAFT = html(
    "<html><body><h1>Good news, {{ subscriber.first_name }} &amp; friends</h1>"
    "{% if subscriber.first_name == 'P1' %}<p>You were first.</p>{% endif %}"
    '<ul>{% for item in items %}<li><a href="{{ item.product.url }}">{{ item.product.title }}</a>'
    " {{ item.variant.price }}</li>{% endfor %}</ul>"
    f"<p>{'Soft cotton, knitted in the mill behind the house. ' * 60}</p>"
    '<p><a href="{{ links.unsubscribe }}">Leave</a></p></body></html>',
    "{{ product.title }} is back, {{ subscriber.first_name }}",
)


def person(number: int, **changes: object) -> Subscriber:
    address = f"p{number}@example.com"
    made = replace(
        ANA,
        id=number,
        email=address,
        email_key=address,
        custom_id=f"c{number}",
        first_name=f"P{number}",
        locale="fr-FR",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # whichever fields a test names


def letter(
    who: Subscriber, draft: Draft | CompiledTemplate = DRAFT, events: tuple[RestockEvent, ...] = (), key: str = ""
) -> Envelope:
    """One person's mail."""
    compiled = draft if isinstance(draft, CompiledTemplate) else compile_template(draft)
    mark = identity(key=f"1|{who.id}", delivery_id=who.id)
    data = context(*(events or (event(),)), person=who)
    mail = compiled.render(data, mark)
    of = contents.Contents(lambda: (compiled, data, mark, mail))
    return Envelope("hello@shop.example", who.email, mail.message, key or mark.digest("handover"), of)


def letters(n: int, draft: Draft = DRAFT, events: tuple[RestockEvent, ...] = ()) -> list[Envelope]:
    compiled = compile_template(draft)
    return [letter(person(number), compiled, events) for number in range(n)]


def parts(envelope: Envelope) -> Parts:
    assert envelope.contents is not None
    return envelope.contents.parts()
