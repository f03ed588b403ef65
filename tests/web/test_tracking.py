"""From a mail that was really sent back to the shop: links, pixel, unsubscribe and browser view of its own HTML."""

import email
import re
from dataclasses import replace
from email.policy import default as modern

import httpx
import pytest

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, ReportQuestion
from restock_desk.domain.handover import Envelope
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, feedback, sent_links, shop, templates
from restock_desk.services.desk import Desk
from tests.campaigning import Scripted, waiting_shop
from tests.fakes import FixedClock
from tests.ledger_rows import measured

DRAFT = Draft(
    TemplateKind.HTML,
    """<html><body><p>{{ product.title }} is back.</p>
    <a href="{{ links.product }}">See it</a> <a href="https://shop.example/sale?a=1&amp;b=ü">Sale</a>
    <a href="{{ links.unsubscribe }}">Stop</a> <a href="{{ links.browser }}">In a browser</a></body></html>""",
    "{{ product.title }} is back",
    sender_email="alerts@shop.example",
)


@pytest.fixture
def sent(desk: Desk, clock: FixedClock) -> Envelope:
    """The one mail of a finished campaign."""
    shop.save(desk, replace(shop.shop(desk), public_url="https://mail.shop.example"))
    event_id = waiting_shop(desk.store, 1)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Links", DRAFT).id)
    transport = Scripted()
    delivery.deliver(desk, campaigns.launch(desk, review).id, CancelToken(), wait=False, transport=transport)
    clock.advance(600)
    return transport.taken[0]


@pytest.fixture
def mail(sent: Envelope) -> str:
    """Its HTML."""
    message = email.message_from_bytes(sent.message, policy=modern)
    html = message.get_body(("html",))
    assert html is not None
    return str(html.get_content())


def paths(html: str, route: str) -> list[str]:
    return re.findall(rf"https://mail\.shop\.example(/{route}/[\w-]{{38}}(?:\.gif)?)", html)


def test_links_lead_where_the_mail_says_and_are_counted(desk: Desk, mail: str, web: httpx.Client) -> None:
    links = paths(mail, "c")
    assert len(links) == 2
    targets = [web.get(link) for link in links]
    assert [answer.status_code for answer in targets] == [302, 302]
    assert targets[0].headers["location"] == "https://shop.example/products/tee-m"
    assert targets[1].headers["location"] == "https://shop.example/sale?a=1&b=%C3%BC"
    assert (measured(desk.store)["clicked_human"], measured(desk.store)["clicks_total"]) == (1, 2)
    (campaign, _, stats), *_ = feedback.league(desk, ReportQuestion())
    assert stats.rates["click"].numerator == 1
    found = feedback.links(desk, campaign)
    assert [(link.messages, link.human) for link in found] == [(1, 1), (1, 1)]
    assert all(link.url for link in found)


def test_where_a_click_leads_is_not_for_the_request_to_say(desk: Desk, mail: str, web: httpx.Client) -> None:
    link = paths(mail, "c")[0]
    answer = web.get(link, params={"url": "https://evil.example/", "to": "//evil.example"})
    assert answer.headers["location"] == "https://shop.example/products/tee-m"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x", "https://a b", "http://a\r\nX: y", ""]
)
def test_only_web_addresses_are_led_to(url: str) -> None:
    assert not sent_links.is_web(url)


def test_the_pixel_of_the_mail_counts(desk: Desk, mail: str, web: httpx.Client) -> None:
    (pixel,) = paths(mail, "o")
    assert web.get(pixel).headers["content-type"] == "image/gif"
    assert measured(desk.store)["opened_human"] == 1


def test_the_mail_is_seen_in_a_browser_as_it_was_sent(mail: str, web: httpx.Client) -> None:
    (path,) = paths(mail, "b")
    answer = web.get(path)
    assert answer.status_code == 200
    assert answer.text.split() == mail.split()
    policy = answer.headers["content-security-policy"]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'; img-src https:")


def test_a_scanner_that_follows_every_link_is_a_machine_and_stops_nothing(
    desk: Desk, mail: str, web: httpx.Client, clock: FixedClock
) -> None:
    for path in [*paths(mail, "c"), *paths(mail, "u"), *paths(mail, "b")]:
        web.get(path, headers={"user-agent": "python-requests/2.32"})
        clock.advance(1)
    assert (measured(desk.store)["clicked_machine"], measured(desk.store)["clicked_human"]) == (1, 0)
    assert measured(desk.store)["unsubscribed"] == 0


def test_the_unsubscribe_link_of_the_mail_works(desk: Desk, mail: str, web: httpx.Client) -> None:
    path = paths(mail, "u")[0]
    assert "Stop all e-mail" in web.get(path).text
    assert web.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert measured(desk.store)["unsubscribed"] == 1
    assert "unsubscribed" in web.get(path).text


def test_our_message_id_names_the_mail_with_or_without_its_recipient(desk: Desk, sent: Envelope) -> None:
    told = email.message_from_bytes(sent.message, policy=modern)["Message-ID"].strip("<>")
    event = FeedbackEvent("acme", "1", FeedbackKind.COMPLAINED, desk.now(), message_id=told, recipient=sent.recipient)
    wrong = [replace(event, key="2", recipient="else@example.com"), replace(event, key="3", message_id=f"x{told}")]
    assert feedback.ingest(desk, wrong).unattributed == 2
    other = told.replace(told.partition("@")[0].rpartition(".")[2] + "@", "999999@")
    assert feedback.ingest(desk, [replace(event, key="4", message_id=other)]).unattributed == 1
    assert feedback.ingest(desk, [event]).unattributed == 0
    assert feedback.ingest(desk, [replace(event, key="5", recipient="")]).unattributed == 0
    assert measured(desk.store)["complained"] == 1
