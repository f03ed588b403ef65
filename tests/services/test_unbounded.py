"""A send whose template may cost anything: its mails are made in processes that may be killed, and are the same."""

import pytest
from sqlalchemy import update

from restock_desk.domain.campaigns import DeliveryState
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.jobs import CancelToken
from restock_desk.rendering import processes
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.services import campaigns, delivery, sent_links, templates
from restock_desk.services import shop as shop_
from restock_desk.services.desk import Desk
from restock_desk.store import schema
from tests.campaigning import Scripted, waiting_shop
from tests.rendering.samples import SHOP

LOOPS = "{% for a in subscriber.attributes.many|default([]) %}" * 3 + "x" + "{% endfor %}" * 3
SOURCE = f'<p>Hi {{{{ subscriber.first_name }}}}, {{{{ 2 * 3 }}}} {LOOPS}</p><a href="{{{{ links.product }}}}">See</a>'
DRAFT = Draft(TemplateKind.HTML, SOURCE, "{{ product.title }} is back", sender_email="alerts@shop.example")


def sent(desk: Desk, monkeypatch: pytest.MonkeyPatch, poison: bool) -> tuple[Scripted, int]:
    """A campaign of three delivered; nothing is rendered in this process. With `poison`, P1's mail never ends."""
    shop_.save(desk, SHOP)
    event_id = waiting_shop(desk.store, 3)
    if poison:
        s = schema.subscriber
        with desk.store.unit() as u:
            many = {"many": list(range(200))}
            u.connection.execute(update(s).where(s.c.first_name == "P1").values(attributes=many))
            u.commit()
    made = templates.create(desk, "Wild", DRAFT)
    campaign = campaigns.launch(desk, campaigns.review(desk, (event_id,), made.id), settled=False)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("rendered in the process that sends")

    monkeypatch.setattr(CompiledTemplate, "render", never)
    transport = Scripted()
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    return transport, campaign.id


def test_each_mail_comes_from_a_renderer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    transport, campaign_id = sent(desk, monkeypatch, poison=False)
    assert campaigns.tally(desk, campaign_id).states[DeliveryState.SENT] == 3
    mail = transport.taken[0].message.decode()
    assert "Hi P0, 6" in mail
    assert "https://mail.example/c/" in mail.replace("=\r\n", "")
    assert "rd" + "n0000z" not in mail


def test_a_mail_that_never_ends_fails_alone_and_says_why(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, campaign_id = sent(desk, monkeypatch, poison=True)
    states = campaigns.tally(desk, campaign_id).states
    assert (states[DeliveryState.SENT], states[DeliveryState.FAILED]) == (2, 1)
    (cause,) = campaigns.causes(desk, campaign_id)
    assert "too long" in cause.words


def test_a_click_on_such_a_mail_finds_its_way_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(desk, monkeypatch, poison=False)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("rendered in the process that answers the web")

    monkeypatch.setattr(CompiledTemplate, "link_target", never)
    assert sent_links.target(desk, 1, 0) == "https://shop.example/products/tee-m"
    assert sent_links.target(desk, 1, 7) is None
    assert processes.check(DRAFT)
