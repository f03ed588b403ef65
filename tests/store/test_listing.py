"""Every list can be paged, counted, sorted, filtered and searched, whatever is typed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from restock_desk.domain.listing import LISTS, OPERATORS, Count, Filter, Kind, Listing, Op
from restock_desk.errors import Cancelled, DeskError
from restock_desk.store import Store, listing, schema
from restock_desk.store.listing_columns import SPECS
from restock_desk.store.matching import clean
from restock_desk.store.rollups import ledger_moved
from tests.builders import NOW, add_interest, add_product, add_subscriber, restock

ANDERSON, JOHNSON, ELODIE = "anderson@example.com", "Johnson@example.net", "x@example.org"
NEVER = lambda: False  # noqa: E731


def _values(store: Store, question: Listing, column: str) -> list[object]:
    place = [c.name for c in LISTS[question.noun]].index(column)
    with store.reading() as u:
        return [row.values[place] for row in listing.page(u, question, 0, 100)]


def _people(store: Store, *emails: str) -> list[int]:
    return [add_subscriber(store, email).id for email in emails]


def _full_shop(store: Store) -> None:
    variant, person = add_product(store), add_subscriber(store)
    add_interest(store, person.id, variant.id)
    restock(store, "TEE-M", 5)
    _campaign(store, 3)


def _campaign(store: Store, people: int, state: str = "sent", origin: str = "launch", name: str = "Back") -> list[int]:
    """A campaign with that many settled deliveries; their ids."""
    with store.unit() as u:
        run, made = u.connection.execute, []
        key = run(
            schema.campaign.insert().values(
                name=name, state="finished", origin=origin, template_id=1, version_id=1, frozen={},
                transport="outbox:x", audience=people, created_at=NOW,
            )
        ).inserted_primary_key  # fmt: skip
        campaign_id = key[0] if key else 0
        for number in range(people):
            row = {
                "campaign_id": campaign_id,
                "subscriber_id": number + 1,
                "batch_no": 0,
                "state": state,
                "state_at": NOW,
            }
            key = run(schema.delivery.insert().values(row)).inserted_primary_key
            made.append(key[0] if key else 0)
            payload: dict[str, object] = {"delivery_id": made[-1], "email": f"{number}@x.example", "person": {}}
            run(schema.delivery_payload.insert().values(**payload, event_ids=[], interests=[]))
        if origin != "test":
            ledger_moved(u, campaign_id, state, 1, people)
        u.commit()
    return made


@pytest.mark.parametrize("noun", LISTS)
def test_values_come_in_the_order_of_the_columns(noun: str) -> None:
    assert list(SPECS[noun].columns) == [column.name for column in LISTS[noun]]


@pytest.mark.parametrize("noun", LISTS)
def test_every_column_of_every_list_is_read_sorted_and_filtered(store: Store, noun: str) -> None:
    _full_shop(store)
    value = {Kind.INT: "1", Kind.MONEY: "1.5", Kind.INSTANT: "2026-03-01", Kind.BOOL: "yes", Kind.PERCENT: "1"}
    with store.reading() as u:
        whole = listing.ids(u, Listing(noun), NEVER)
        for column in LISTS[noun]:
            for down in (False, True):
                sorted_ids = listing.ids(u, Listing(noun, sort=column.name, descending=down), NEVER)
                assert sorted(sorted_ids) == sorted(whole)
            for op in OPERATORS[column.kind]:
                text = column.choices[0] if column.choices else value.get(column.kind, "a")
                asked = Listing(noun, search="abc", filters=(Filter(column.name, op, text),))
                assert listing.count(u, asked).n == len(listing.ids(u, asked, NEVER))
                asked = Listing(noun, filters=(Filter(column.name, op, text),))
                assert listing.count(u, asked).n == len(listing.page(u, asked, 0, 50))


def test_pages_follow_one_another_in_the_asked_order(store: Store) -> None:
    made = _people(store, *(f"p{n:02}@example.com" for n in range(25)))
    with store.reading() as u:
        asked = Listing("subscribers", sort="email", descending=True)
        paged = [row.id for offset in range(0, 30, 7) for row in listing.page(u, asked, offset, 7)]
    assert paged == made[::-1]


def test_rows_come_in_the_order_of_their_ids_without_those_that_are_gone(store: Store) -> None:
    a, b, c = _people(store, "a@example.com", "b@example.com", "c@example.com")
    with store.reading() as u:
        assert [row.id for row in listing.rows(u, "subscribers", [c, 999, a, b])] == [c, a, b]


def test_unknown_values_are_least_on_every_database(store: Store) -> None:
    for sku, stock in (("A", 3), ("B", None), ("C", -1)):
        add_product(store, sku, stock)
    assert _values(store, Listing("variants", sort="stock"), "sku") == ["B", "C", "A"]
    assert _values(store, Listing("variants", sort="stock", descending=True), "sku") == ["A", "C", "B"]


FINDS = {
    "son": {ANDERSON, JOHNSON}, "SON@EX": {ANDERSON, JOHNSON}, "on@": {ANDERSON, JOHNSON}, "jo": {JOHNSON},
    "  john  ": {JOHNSON}, "nobody": set(), "zz": set(), "élo": {ELODIE}, "ÉLO": {ELODIE}, "él": {ELODIE},
    "c-77": {ELODIE},
}  # fmt: skip


def test_searches_find_text_inside_without_regard_to_case(store: Store) -> None:
    _people(store, ANDERSON, JOHNSON)
    add_subscriber(store, ELODIE, first_name="Élodie", last_name="Ng", custom_id="c-77")
    found = {words: set(_values(store, Listing("subscribers", search=words), "email")) for words in FINDS}
    assert found == FINDS


HOSTILE = [
    "'", '"', "%", "_", "%%%", "___", "\\", "\\\\%", "*", "***", "[a-z]", "[[[", "]", "?", "???", "' or 1=1 --", "a\0b",
    '"a" OR "b"', "{email}:x", "NEAR(a b)", "a" * 5_000, "\ud800xyz", "-abc", "abc*", "(abc", ":abc",
    "🦊🦊🦊", "ßßß", "İİİ", "\n\n\n", "%(x)s", ":email", "?1", "^abc",
]  # fmt: skip


def test_whatever_is_typed_is_taken_literally(store: Store) -> None:
    _people(store, "plain@example.com")
    with store.reading() as u:
        for words in HOSTILE:
            empty = not clean(words)
            assert listing.count(u, Listing("subscribers", search=words)).n == (1 if empty else 0), words
            assert len(listing.page(u, Listing("subscribers", search=words), 0, 10)) == (1 if empty else 0), words
            for op in (Op.CONTAINS, Op.STARTS, Op.IS):
                asked = Listing("subscribers", filters=(Filter("email", op, words),))
                assert len(listing.page(u, asked, 0, 10)) == (1 if empty and op is not Op.IS else 0), words


def test_signs_that_mean_something_to_a_database_are_found_as_themselves(store: Store) -> None:
    signs = ["a%b", "a_b", "a*b", "a[b", "a]b", "a?b", "a\\b", 'a"b', "a'b", "a-b", "a^b"]
    for number, words in enumerate(signs):
        add_subscriber(store, f"{number}@example.com", last_name=f"x{words}y")
    add_subscriber(store, "other@example.com", last_name="xaZbyaab")
    for number, words in enumerate(signs):
        assert _values(store, Listing("subscribers", search=words), "email") == [f"{number}@example.com"]
        asked = Listing("subscribers", filters=(Filter("last_name", Op.CONTAINS, words),))
        assert _values(store, asked, "email") == [f"{number}@example.com"]


def test_filters_join_by_and(store: Store) -> None:
    for sku, stock, price in (("A", 0, "5"), ("B", 7, "15.50"), ("C", 7, None)):
        add_product(store, sku, stock, price)
    asked = Listing("variants", filters=(Filter("stock", Op.MORE, "5"), Filter("price", Op.IS, "15,5")))
    assert _values(store, asked, "sku") == ["B"]
    assert _values(store, asked, "price") == [Decimal("15.5")]
    assert _values(store, Listing("variants", filters=(Filter("price", Op.EMPTY),)), "sku") == ["C"]


def test_a_day_is_whole_before_and_after(store: Store) -> None:
    for name, days in (("a", -1), ("b", 0), ("c", 1)):
        add_subscriber(store, f"{name}@example.com", now=NOW + timedelta(days=days))
    before = Listing("subscribers", filters=(Filter("created_at", Op.LESS, "2026-03-01"),))
    after = Listing("subscribers", filters=(Filter("created_at", Op.MORE, "2026-03-01"),))
    assert _values(store, before, "email") == ["a@example.com"]
    assert _values(store, after, "email") == ["c@example.com"]


def test_is_not_keeps_what_is_unknown(store: Store) -> None:
    _people(store, "a@example.com")
    add_subscriber(store, "b@example.com", suppressed="manual")
    asked = Listing("subscribers", filters=(Filter("suppressed", Op.IS_NOT, "manual"),))
    assert _values(store, asked, "email") == ["a@example.com"]


UNANSWERABLE = [
    Listing("nothing"), Listing("subscribers", sort="shoe_size"), Listing("subscribers", scope=(("shoe", 1),)),
    Listing("subscribers", filters=(Filter("shoe", Op.IS, "1"),)),
    Listing("subscribers", filters=(Filter("email", Op.LESS, "1"),)),
    Listing("subscribers", filters=(Filter("consent", Op.IS, "maybe"),)),
    Listing("subscribers", filters=(Filter("created_at", Op.LESS, "soon"),)),
    Listing("variants", filters=(Filter("stock", Op.IS, "1e3"),)),
    Listing("variants", filters=(Filter("stock", Op.IS, "9" * 30),)),
    Listing("variants", filters=(Filter("price", Op.IS, "nan"),)),
]  # fmt: skip


def test_questions_that_cannot_be_answered_get_a_sentence(store: Store) -> None:
    with store.reading() as u:
        for question in UNANSWERABLE:
            with pytest.raises(DeskError):
                listing.page(u, question, 0, 10)


def test_counts_stop_at_their_cap(store: Store) -> None:
    _people(store, *(f"p{n}@example.com" for n in range(8)))
    with store.reading() as u:
        for search in ("", "exam", "p"):
            asked = Listing("subscribers", search=search)
            assert listing.count(u, asked, cap=5) == Count(5, exact=False)
            assert listing.count(u, asked, cap=8) == Count(8)
            assert listing.count(u, asked) == Count(8)


def test_a_scope_ties_a_list_to_its_parent(store: Store) -> None:
    first, second = add_product(store, "A"), add_product(store, "B")
    ana = add_subscriber(store)
    add_interest(store, ana.id, first.id)
    add_interest(store, ana.id, second.id)
    assert _values(store, Listing("interests", scope=(("variant_id", second.id),)), "sku") == ["B"]
    assert len(_values(store, Listing("interests", scope=(("subscriber_id", ana.id),)), "sku")) == 2


def test_campaigns_show_their_counts_and_tests_are_not_among_them(store: Store) -> None:
    _campaign(store, 3, name="Spring")
    _campaign(store, 2, state="failed", name="Autumn")
    _campaign(store, 1, origin="test")
    assert _values(store, Listing("campaigns", sort="sent"), "name") == ["Autumn", "Spring"]
    assert _values(store, Listing("campaigns", sort="name"), "failed") == [2, 0]


def test_deliveries_are_found_by_person_and_by_problem(store: Store) -> None:
    _campaign(store, 2)
    failed = _campaign(store, 1, state="failed")
    asked = Listing("deliveries", filters=(Filter("state", Op.IS, "failed"),))
    with store.reading() as u:
        assert [row.id for row in listing.page(u, asked, 0, 10)] == failed


def test_collecting_ids_stops_when_told_to(store: Store) -> None:
    _people(store, "a@example.com")
    with store.reading() as u, pytest.raises(Cancelled):
        listing.ids(u, Listing("subscribers"), lambda: True)
