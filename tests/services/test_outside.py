"""Links, pictures and the sender's domain before a send: what is told, and what is never asked for."""

from dataclasses import replace

import pytest

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.services import campaigns, outside, templates
from restock_desk.services import shop as shop_
from restock_desk.services.desk import Desk
from restock_desk.services.outside import Asked
from restock_desk.transport import lookout
from restock_desk.transport.lookout import Seen
from tests.campaigning import waiting_shop
from tests.rendering.samples import SHOP

BODY = """<p><a href="https://shop.example/sale">Sale</a> <a href="{{ links.product }}">It</a>
<a href="{{ links.unsubscribe }}">Leave</a> <a href="https://list.example/unsubscribe?u=1">Other</a>
<a href="mailto:a@shop.example">Write</a> <img src="https://cdn.example/a.png" alt="x"></p>"""
DRAFT = Draft(TemplateKind.HTML, BODY, "It is back", sender_email="hello@shop.example")


def seen(*found: Seen) -> dict[str, Seen]:
    return {each.url: each for each in found}


def test_broken_links_are_told_and_shy_pages_are_not() -> None:
    urls = [f"https://x.example/{n}" for n in range(5)]
    answers = (Seen(urls[0], 404), Seen(urls[1], 403), Seen(urls[2], 503), Seen(urls[3], fault="there is no such host"))
    told = list(outside.of_links(urls, seen(*answers)))
    assert [(each.rule, each.evidence[-1]) for each in told] == [("link.broken", n) for n in "023"]
    assert "there is no such host" in told[2].message


def test_pictures_that_are_gone_or_heavy_are_told() -> None:
    urls = [f"https://x.example/{n}.png" for n in range(8)]
    answers = [Seen(urls[0], 404), Seen(urls[1], 200, "text/html", 9), Seen(urls[2], 200, "image/png", 250_000)]
    answers += [Seen(url, 200, "image/png", 190_000) for url in urls[3:]]
    told = [(each.rule, each.message) for each in outside.of_pictures(urls, seen(*answers))]
    assert [rule for rule, _ in told] == ["img.broken", "img.broken", "img.heavy", "img.heavy"]
    assert "1,200 KB together" in told[3][1]


RECORDS: dict[str, tuple[str, ...]] = {
    "good.example": ("v=spf1 include:_spf.example -all", "other"),
    "_dmarc.good.example": ("v=DMARC1; p=none",),
    "key._domainkey.good.example": ("v=DKIM1; k=rsa; p=MIIBIjANBg",),
    "all.example": ("v=spf1 +all",),
    "twice.example": ("v=spf1 -all", "v=spf1 ~all"),
    "revoked._domainkey.good.example": ("v=DKIM1; p=",),
}


@pytest.mark.parametrize(
    ("domain", "keys", "rules"),
    [
        ("good.example", ("key@good.example",), []),
        ("news.good.example", (), ["auth.spf"]),
        ("all.example", (), ["auth.spf", "auth.dmarc"]),
        ("twice.example", (), ["auth.spf", "auth.dmarc"]),
        ("none.example", (), ["auth.spf", "auth.dmarc"]),
        ("good.example", ("revoked@good.example", "gone@good.example"), ["auth.dkim", "auth.dkim"]),
    ],
)
def test_a_senders_domain_is_judged_by_what_it_publishes(domain: str, keys: tuple[str, ...], rules: list[str]) -> None:
    found = outside.of_sender(domain, keys, lambda name: RECORDS.get(name, ()))
    assert [each.rule for each in found] == rules


def test_without_an_answer_nothing_is_said_of_a_domain() -> None:
    assert list(outside.of_sender("good.example", ("key@good.example",), lambda _: None)) == []


def test_nothing_of_ours_and_no_way_out_of_a_list_is_ever_asked_for(desk: Desk) -> None:
    lookout._known.clear()
    shop_.save(desk, replace(SHOP, public_url="https://alerts.shop.example"))
    event_id = waiting_shop(desk.store, 2)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Card", DRAFT).id)
    hosts: list[str] = []

    def resolve(host: str, port: int) -> tuple[str, int]:
        hosts.append(host)
        raise OSError("it is no public address")

    found = outside.look_around(desk, review, Asked(resolve, lambda _: None))
    assert "alerts.shop.example" not in hosts
    assert "list.example" not in hosts
    assert {"shop.example", "cdn.example"} <= set(hosts)
    assert {each.rule for each in found} == {"link.broken", "img.broken"}


def test_a_shop_whose_mail_stays_here_asks_nobody_by_itself(desk: Desk) -> None:
    assert not outside.is_due(desk)
    assert outside.is_due(replace(desk, transport="smtps://mail.shop.example"))


def test_a_machine_that_is_cut_off_does_not_call_every_link_broken() -> None:
    silent = (Seen("a", fault="there is no such host"), Seen("b", fault="nobody answers there"))
    assert outside.is_cut_off(seen(*silent))
    assert not outside.is_cut_off(seen(*silent, Seen("c", 404)))
    assert not outside.is_cut_off(seen(*silent, Seen("c", fault="it is no public address")))
    assert not outside.is_cut_off(seen(silent[0]))
