"""What `grant` answers, on both databases: the brakes over whole campaigns, the server's clock, and what it costs."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, update

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.facts import hour_of
from restock_desk.domain.limits import Limits, RouteLimit
from restock_desk.store import Store, campaigns, grants, ledger, limits, open_store, schema
from restock_desk.store.ledger import Result
from restock_desk.store.rollups import Moves
from tests.builders import NOW

S = DeliveryState
NEW = campaigns.NewCampaign("Back", (), 1, "Back", 1, "smtp://mail.example", {}, NOW, "tester")


def running(store: Store, people: int = 10_000, approved: int | None = None, rate: float | None = None) -> int:
    """A live campaign to so many people, whose deliveries the test imagines."""
    with store.unit() as u:
        id = campaigns.create(u, replace(NEW, approved=approved, rate_limit_per_s=rate))
        c = schema.campaign
        u.connection.execute(update(c).where(c.c.id == id).values(state="running", audience=people, started_at=NOW))
        u.commit()
    return id


@dataclass(frozen=True)
class World:
    """What happens to one mail, by chance."""

    refused: float = 0.0
    doubt: float = 0.0
    hard: float = 0.0
    complaint: float = 0.0
    dies_after: int = 1_000_000
    grows: float = 1.0


HEALTHY = World(refused=0.03, doubt=0.0008, hard=0.004, complaint=0.00008, grows=1.2)
BAD = [
    World(hard=0.12),
    World(hard=0.04),
    World(complaint=0.004),
    World(doubt=0.03),
    World(dies_after=700),
    World(grows=1.6),
]


def told(world: World, chance: random.Random, number: int) -> tuple[DeliveryState, bool, bool]:
    """How a mail ends, whether it bounces hard, whether somebody complains."""
    if number > world.dies_after or chance.random() < world.refused:
        return S.FAILED, False, False
    if chance.random() < world.doubt:
        return S.IN_DOUBT, False, False
    return S.SENT, chance.random() < world.hard, chance.random() < world.complaint


def send_all(store: Store, world: World, seed: int, people: int = 2_000, group: int = 100) -> CampaignState:
    """Send a campaign group by group as a worker does; what state it ends in."""
    chance = random.Random(seed)
    id = running(store, int(people * world.grows), approved=people)
    results: list[Result] = []
    sent = 0
    while sent < people:
        with store.unit() as u:
            granted = grants.grant(u, id, group, NOW, results)
            ledger.count(u, id, [(result.state, NOW) for result in results])
            ends = [told(world, chance, sent + n) for n in range(granted.n)]
            moves = Moves()
            moves.add(id, hour_of(NOW), "bounced_hard", sum(hard for _, hard, _ in ends))
            moves.add(id, hour_of(NOW), "complained", sum(angry for _, _, angry in ends))
            moves.apply(u)
            state = campaigns.state(u, id)
            u.commit()
        results = [Result(n, n, state_, "550 no") for n, (state_, _, _) in enumerate(ends)]
        sent += granted.n
        if not granted.n:
            return state
    return CampaignState.FINISHED


def test_no_brake_pulls_in_fifty_healthy_campaigns(sqlite_store: Store) -> None:
    ends = [send_all(sqlite_store, HEALTHY, seed) for seed in range(50)]
    assert ends == [CampaignState.FINISHED] * 50


def test_a_brake_pulls_in_fifty_bad_campaigns(sqlite_store: Store) -> None:
    ends = [send_all(sqlite_store, BAD[seed % len(BAD)], seed) for seed in range(50)]
    assert ends == [CampaignState.PAUSED] * 50


@pytest.mark.parametrize("world", BAD)
def test_each_bad_campaign_is_paused_on_a_server_too(postgres_store: Store, world: World) -> None:
    assert send_all(postgres_store, world, 7) is CampaignState.PAUSED
    assert send_all(postgres_store, HEALTHY, 7) is CampaignState.FINISHED


def test_what_was_used_is_there_after_a_restart(store: Store) -> None:
    id = running(store)
    with store.unit() as u:
        limits.save(u, Limits(campaign_per_hour=70, routes={"smtp:mail.example": RouteLimit(rate_per_s=1_000)}), NOW)
        assert grants.grant(u, id, 60, NOW, own_clock=True).n == 60
        limits.stop(u, "ana", "", NOW)
        u.commit()
    again = open_store(store.url.render_as_string(hide_password=False))
    try:
        with again.unit() as u:
            pulled = grants.grant(u, id, 60, NOW + timedelta(seconds=5))
            assert (pulled.n, pulled.why) == (0, "All sending was stopped by ana at 01 Mar 12:00 UTC.")
            limits.lift(u)
            assert grants.grant(u, id, 60, NOW + timedelta(seconds=5), own_clock=True).n == 10
            none = grants.grant(u, id, 60, NOW + timedelta(seconds=6), own_clock=True)
            assert (none.n, none.going) == (0, False)
            u.commit()
        with again.reading() as u:
            found = campaigns.campaign(u, id)
            assert found is not None
            assert found.hold_until == NOW + timedelta(hours=1)
            assert campaigns.with_work(u, NOW + timedelta(minutes=59)) == []
            assert campaigns.with_work(u, NOW + timedelta(minutes=61)) == [id]
    finally:
        again.close()


def test_what_was_not_begun_is_given_back(store: Store) -> None:
    id = running(store)
    with store.unit() as u:
        limits.save(u, Limits(campaign_per_hour=50), NOW)
        granted = grants.grant(u, id, 50, NOW)
        grants.give_back(u, granted, 20)
        assert grants.grant(u, id, 50, NOW).n == 20


def test_hosts_whose_clocks_disagree_share_a_rate_by_the_servers_clock(postgres_store: Store) -> None:
    real = datetime.now(UTC)
    id = running(postgres_store)
    with postgres_store.unit() as u:
        c = schema.campaign
        u.connection.execute(update(c).where(c.c.id == id).values(started_at=real))
        limits.save(u, Limits(routes={"smtp:mail.example": RouteLimit(rate_per_s=100)}), real)
        u.commit()
    began, granted, shares = datetime.now(UTC), 0, [0, 0]
    while granted < 60:
        for number, skew in enumerate((300, -300)):
            with postgres_store.unit() as u:
                one = grants.grant(u, id, 5, datetime.now(UTC) + timedelta(seconds=skew))
                u.commit()
            assert one.going
            granted += one.n
            shares[number] += one.n
    took = (datetime.now(UTC) - began).total_seconds()
    assert granted <= 100 * took + 10 + 1
    assert took < 5
    assert min(shares) > 0


def test_a_healthy_campaign_without_limits_is_only_read(store: Store) -> None:
    """So that workers on a server never wait for each other because of it, and a group costs one question."""
    id = running(store)
    with store.unit() as u:
        grants.grant(u, id, 100, NOW)
        u.commit()
    statements: list[str] = []
    with store.unit() as u:
        event.listen(u.connection, "before_cursor_execute", lambda *a: statements.append(a[2].split()[0].lower()))
        granted = grants.grant(u, id, 100, NOW, [Result(1, 1, S.SENT)])
        assert granted.n == 100
    assert statements == ["select"]


def test_a_faulty_transport_and_a_server_that_says_later_count_against_nobodys_mail(store: Store) -> None:
    id = running(store)
    with store.unit() as u:
        assert grants.grant(u, id, 9, NOW, [Result(n, n, S.DEFERRED, "535 no", ours=True) for n in range(30)]).n == 9
        assert grants.grant(u, id, 9, NOW, [Result(n, n, S.DEFERRED, "451 later") for n in range(30)]).n == 9
        assert grants.grant(u, id, 9, NOW, [Result(n, n, S.FAILED, "550 no") for n in range(30)]).paused


def test_a_paused_campaign_is_granted_nothing(store: Store) -> None:
    id = running(store)
    with store.unit() as u:
        assert campaigns.change_state(u, id, (CampaignState.RUNNING,), CampaignState.PAUSED)
        assert grants.grant(u, id, 9, NOW) == grants.Grant(0, why="The campaign does not run.", going=False, over=True)
