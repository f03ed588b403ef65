"""Thousands of mails by two senders at once: who is on the wire is who is in the mail and in the ledger's row.

And a sender's memory does not grow with the number of people.
"""

import quopri
import re
from collections.abc import Callable
from dataclasses import replace

from restock_desk.domain import tokens
from restock_desk.domain.campaigns import DeliveryState
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from restock_desk.store.shop import token_key
from tests.faults.crew import Crew
from tests.faults.crowd import books, launched_to, real_clock, tier
from tests.faults.sender import Order
from tests.sinks.smtp import Sink

S = DeliveryState
PEOPLE = tier(5_000, 50_000)
FEW, MANY, GROWTH_KB = 250, tier(2_500, 100_000), tier(20_000, 40_000)
DRAFT = Draft(
    TemplateKind.HTML,
    "<html><body><p>Hi {{ subscriber.first_name }}</p><a href='{{ links.unsubscribe }}'>No more</a></body></html>",
    "{{ product.title }} is back",
    sender_email="alerts@shop.example",
)
_TOKEN = re.compile(rb"unsubscribe%20([A-Za-z0-9_-]{38})")
_MARK = re.compile(rb"^X-RD-Msg: (\d+)\.", re.MULTILINE)
_TO = re.compile(rb"^To: .*?([^<>\s]+@[^<>\s]+?)>?\r$", re.MULTILINE)
_NAME = re.compile(rb"Hi (P\d+)")


def test_craft_campaign_350_the_wire_the_mail_and_the_row_name_the_same_person(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    """There, 4,100 personal mails went to the administrator."""
    desk = replace(make_desk(sqlite_store), now=real_clock)
    with Sink(offers=("8BITMIME", "PIPELINING")).serving() as sink:
        campaign = launched_to(desk, PEOPLE, sink.url, draft=DRAFT)
        order = Order(str(sqlite_store.url), campaign.id)
        both = [senders.start(order), senders.start(order)]
        assert {senders.wait(sender) for sender in both} == {0}
        assert senders.run(order) == 0
    found = books(sqlite_store, campaign.id, sink.kept)
    with sqlite_store.reading() as u:
        key = token_key(u)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    wrong = [who for who, message in sink.taken if _named(message, key) != {(found.rows[who].id, who)}]
    assert wrong == []


def test_mailtrain_919_memory_does_not_grow_with_the_people(
    sqlite_store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    """Mailtrain#919, #995; odoo#105571, #200909: progress lost, and memory errors above 2,000 people."""
    desk = replace(make_desk(sqlite_store), now=real_clock)
    with Sink().serving() as sink:
        few = _memory_kb(desk, sink, senders.run, senders.said, FEW, "FEW")
        many = _memory_kb(desk, sink, senders.run, senders.said, MANY, "MANY")
    assert len(sink.kept) == FEW + MANY
    assert many - few < GROWTH_KB


def _named(message: bytes, key: bytes) -> set[tuple[int, str]]:
    """All (delivery, address) a mail names: by its header, its token, its own greeting."""
    body = quopri.decodestring(message)
    mark, to, name = _MARK.search(message), _TO.search(message), _NAME.search(body)
    assert mark is not None
    assert to is not None
    assert name is not None
    address = to[1].decode("ascii")
    ids = {int(mark[1])}
    for token in _TOKEN.findall(body):
        read = tokens.read(key, "unsubscribe", token.decode("ascii"))
        ids.add(read[0] if read else -1)
    own = f"{name[1].decode('ascii').lower()}@{address.partition('@')[2]}"
    return {(id, who) for id in ids for who in (address, own)}


def _memory_kb(
    desk: Desk, sink: Sink, run: Callable[[Order], int], said: dict[int, list[str]], people: int, sku: str
) -> int:
    """What a sender used at most for so many people."""
    campaign = launched_to(desk, people, sink.url, sku=sku)
    assert run(Order(str(desk.store.url), campaign.id, memory=True)) == 0
    return int(said[max(said)][-1])
