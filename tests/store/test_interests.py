"""Who waits for what: sign-ups, parking, asking again, and a counter that always equals a recount."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from restock_desk.domain.audience import InterestIn, InterestState, SuppressionReason
from restock_desk.store import Store, audience, schema
from restock_desk.store.audience import InterestChange
from tests.builders import NOW, add_interest, add_product, add_subscriber, restock
from tests.store.stocking import bring, later, rows, shirt, size

ANA = "ana@example.com"
_numbers = count(1)


def sign_up(store: Store, *told: InterestIn, at: datetime = NOW) -> InterestChange:
    with store.unit() as u:
        change = audience.add_interests(u, told, at)
        u.commit()
    return change


def wants(sku: str = "TEE-M", email: str = ANA, at: datetime | None = None, **more: object) -> InterestIn:
    return InterestIn(sku, email=email, created_at=at, source="page", **more)  # type: ignore[arg-type]


def counters(store: Store) -> list[tuple[int, int]]:
    """(kept, recounted) of every variant."""
    v, i = schema.variant, schema.interest
    waiting = select(func.count()).where(i.c.variant_id == v.c.id, i.c.state == "waiting").scalar_subquery()
    with store.reading() as u:
        return [(row[0], row[1]) for row in u.connection.execute(select(v.c.waiting, waiting).order_by(v.c.id))]


def states(store: Store) -> list[str]:
    with store.reading() as u:
        return list(u.connection.scalars(select(schema.interest.c.state).order_by(schema.interest.c.id)))


def test_a_sign_up_keeps_its_first_date_and_the_same_again_changes_nothing(store: Store) -> None:
    add_product(store)
    first = sign_up(store, wants(at=later(-50), units=2))
    assert (first.new, first.fates) == (1, ["new"])
    again = sign_up(store, wants(at=later(-50)), wants("tee-m", "ANA@example.com", at=later(9)))
    assert again.fates == ["unchanged", "unchanged"]
    with store.reading() as u:
        someone = audience.find(u, ANA)
        assert someone is not None
        (wait,) = audience.interests_of(u, someone.id)
    assert (wait.created_at, wait.units, wait.source) == (later(-50), 2, "page")
    assert counters(store) == [(1, 1)]


def test_an_unknown_person_with_an_address_is_created_and_one_with_an_id_only_is_not(store: Store) -> None:
    add_product(store)
    change = sign_up(
        store,
        wants(custom_id="c1"),
        InterestIn("TEE-M", custom_id="c9", line=3),
        wants(email="not an address", line=4),
    )
    assert change.fates == ["new", "rejected", "rejected"]
    assert [(one.line, one.field) for one in change.rejected] == [(3, "custom_id"), (4, "email")]
    assert sign_up(store, InterestIn("TEE-M", custom_id="c1")).fates == ["unchanged"]


def test_a_customer_id_is_known_from_the_line_that_brought_its_person_on(store: Store) -> None:
    add_product(store)
    add_product(store, sku="CAP")
    only_id = InterestIn("CAP", custom_id="c1")
    assert sign_up(store, only_id, wants(custom_id="c1"), only_id).fates == ["rejected", "new", "new"]
    assert sign_up(store, wants(email="x", custom_id="c2"), InterestIn("CAP", custom_id="c2")).fates == ["rejected"] * 2
    assert counters(store) == [(1, 1), (1, 1)]


def test_a_line_that_names_no_variant_is_refused(store: Store) -> None:
    change = sign_up(store, wants("", line=2))
    assert [(one.line, one.reason) for one in change.rejected] == [(2, "The line does not say which variant.")]


def test_an_unsubscribed_person_keeps_the_interest(store: Store) -> None:
    add_product(store)
    add_subscriber(store, consent="unsubscribed", suppressed=SuppressionReason.UNSUBSCRIBE)
    assert sign_up(store, wants()).fates == ["new"]
    assert counters(store) == [(1, 1)]


def test_a_sign_up_for_an_unknown_variant_waits_and_joins_when_its_product_comes(store: Store) -> None:
    change = sign_up(store, wants(at=later(-9)), wants("", "bo@example.com", handle="shirt"), wants("TEE-M "))
    assert (change.parked, change.fates) == (3, ["parked"] * 3)
    assert rows(store, schema.interest) == 0
    parked = rows(store, schema.parked_interest)
    assert sign_up(store, wants(at=later(-9))).fates == ["unchanged"]
    assert rows(store, schema.parked_interest) == parked
    ids = bring(store, shirt(size("M"))).variant_ids
    with store.unit() as u:
        joined = audience.unpark(u, ids, later(1))
        u.commit()
    assert joined.new == 2
    assert rows(store, schema.parked_interest) == 0
    assert counters(store) == [(2, 2)]
    with store.reading() as u:
        someone = audience.find(u, ANA)
        assert someone is not None
        assert audience.interests_of(u, someone.id)[0].created_at == later(-9)


def test_a_parked_sign_up_without_a_date_waits_since_it_was_told(store: Store) -> None:
    sign_up(store, wants(), at=later(-500))
    ids = bring(store, shirt(size("M"))).variant_ids
    with store.unit() as u:
        audience.unpark(u, ids, later(1))
        u.commit()
        someone = audience.find(u, ANA)
        assert someone is not None
        assert [one.created_at for one in audience.interests_of(u, someone.id)] == [later(-500)]


def test_a_parked_sign_up_that_fits_several_variants_waits_on(store: Store) -> None:
    sign_up(store, wants("DUP"), wants("TEE-L"))
    ids = bring(store, shirt(size("M", sku="DUP"), size("L")), shirt(size("M", sku="dup"), key="two")).variant_ids
    with store.unit() as u:
        joined = audience.unpark(u, ids, later(1))
        u.commit()
    assert joined.fates == ["rejected", "new"]
    assert rows(store, schema.parked_interest) == 1


def test_a_later_dated_sign_up_after_an_alert_waits_again_and_an_older_one_does_not(store: Store) -> None:
    variant = add_product(store)
    ana = add_subscriber(store)
    wait = add_interest(store, ana.id, variant.id, created_at=later(-99))
    event = restock(store)
    with store.unit() as u:
        assert audience.mark_notified(u, {wait: event.id}) == 1
        assert audience.mark_notified(u, {wait: event.id}) == 0
        u.commit()
    assert (states(store), counters(store)) == (["notified"], [(0, 0)])
    assert sign_up(store, wants(at=later(-99)), wants()).fates == ["unchanged", "unchanged"]
    assert sign_up(store, wants(at=later(50))).fates == ["new"]
    assert (states(store), counters(store)) == (["waiting"], [(1, 1)])
    with store.reading() as u:
        again = audience.interest(u, wait)
    assert again is not None
    assert (again.state, again.notified_event_id) == (InterestState.WAITING, None)


def test_a_cancelled_wait_ends_once_and_may_be_asked_for_again(store: Store) -> None:
    add_product(store)
    sign_up(store, wants(at=later(0)))
    with store.unit() as u:
        assert audience.cancel_interest(u, 1, later(1))
        assert not audience.cancel_interest(u, 1, later(1))
        assert not audience.cancel_interest(u, 404, later(1))
        u.commit()
    assert counters(store) == [(0, 0)]
    assert sign_up(store, wants(at=later(0))).fates == ["unchanged"]
    assert sign_up(store, wants(at=later(5))).fates == ["new"]
    assert counters(store) == [(1, 1)]


def test_the_same_sign_ups_told_by_many_at_once_are_one_wait_each(store: Store) -> None:
    add_product(store)
    add_subscriber(store)
    told = [wants(), wants(email="bo@example.com"), wants("LATER")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sign_up(store, *told), range(12)))
    assert counters(store) == [(2, 2)]
    assert rows(store, schema.parked_interest) == 1


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "again", "cancel", "notified"]),
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=4),
        st.integers(-5, 5),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=steps)
def test_the_waiting_counter_always_equals_a_recount(
    store: Store, steps: list[tuple[str, list[tuple[int, int]], int]]
) -> None:
    number = next(_numbers)
    for n in range(3):
        add_product(store, sku=f"S{n}-{number}")
    for what, pairs, second in steps:
        told = [wants(f"S{v}-{number}", f"p{p}@example.com", later(second)) for p, v in pairs]
        with store.unit() as u:
            if what in ("add", "again"):
                audience.add_interests(u, told * (2 if what == "again" else 1), NOW)
            else:
                i = schema.interest.c
                ids = list(u.connection.scalars(select(i.id).order_by(i.id.desc()).limit(len(pairs))))
                if what == "cancel":
                    for id in ids:
                        audience.cancel_interest(u, id, NOW)
                else:
                    audience.mark_notified(u, dict.fromkeys(ids, 1))
            u.commit()
        assert all(kept == recounted for kept, recounted in counters(store))
