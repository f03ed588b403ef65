"""Whoever launches is killed while people are queued: nothing leaves before all are, and then each gets one mail."""

import random
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import func, select

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, schema
from tests.campaigning import DRAFT
from tests.faults.crew import Crew
from tests.faults.crowd import books, crowd, real_clock, tier, until
from tests.faults.sender import Order
from tests.sinks.smtp import Sink

S = DeliveryState
PEOPLE, CHUNK = tier(600, 10_000), tier(20, 50)
KILLS = tier(3, 50)
LATER_S = 700
"""On a server another desk brings a launch to its end once that is some minutes old."""


def test_a_launch_that_is_killed_again_and_again_becomes_one_wave(
    store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    desk = replace(make_desk(store), now=real_clock)
    event_id = crowd(store, PEOPLE)
    template_id = templates.create(desk, "Back", DRAFT).id
    url, chance = store.url.render_as_string(hide_password=False), random.Random(KILLS)
    at = sorted(chance.sample(range(CHUNK, PEOPLE - CHUNK, CHUNK), KILLS))
    with Sink().serving() as sink:
        click = Order(url, 0, (event_id,), template_id, sink.url, clicks=1, chunk=CHUNK)
        again = Order(url, 1, chunk=CHUNK, ahead_s=LATER_S if store.dialect == "postgresql" else 0)
        cut_short = 0
        for n, rows in enumerate(at):
            sender = senders.start(again if n else click)
            until(lambda rows=rows: _rows(store) >= rows)  # type: ignore[misc]
            senders.kill(sender)
            if campaigns.campaign(desk, 1).state is not CampaignState.PREPARING:
                break
            cut_short += 1
            assert sink.begun == [], "some are queued, and nothing has left"
        assert cut_short > 0, "no launch was cut short: the test proves nothing"
        assert senders.run(again) == 0
        senders.run(click)
        assert [words for said in senders.said.values() for words in said if "refused" in words], "all were told"
    found = books(store, 1, sink.kept)
    assert found.balanced()
    assert len(found.rows) == PEOPLE
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
    assert cut_short < len(at) or found.of(S.SENT) == set(found.rows)
    assert campaigns.campaign(desk, 1).state is CampaignState.FINISHED
    assert campaigns.campaign(desk, 1).audience == PEOPLE


def _rows(store: Store) -> int:
    with store.reading() as u:
        return int(u.connection.scalar(select(func.count()).select_from(schema.delivery)) or 0)
