"""The search index follows what is written, can be missing, and never changes what a search finds."""

from random import Random

import pytest
from sqlalchemy import delete, update

from restock_desk.domain.listing import Listing
from restock_desk.store import Store, listing, schema, search
from tests.builders import NOW, add_product, add_subscriber


def _found(store: Store, words: str, noun: str = "subscribers", sort: str = "") -> list[int]:
    with store.reading() as u:
        asked = Listing(noun, words, sort=sort)
        page = [row.id for row in listing.page(u, asked, 0, 50)]
        assert page == list(listing.ids(u, asked, lambda: False))[:50]
        assert listing.count(u, asked).n >= len(page)
    return page


def test_a_changed_row_is_found_by_its_new_words_only(store: Store) -> None:
    ana = add_subscriber(store, last_name="Silva").id
    with store.unit() as u:
        u.connection.execute(update(schema.subscriber).values(last_name="Okafor"))
        search.index_subscribers(u, [ana])
        u.commit()
    assert (_found(store, "okaf"), _found(store, "silv")) == ([ana], [])


def test_a_row_that_is_gone_is_not_found(store: Store) -> None:
    ana = add_subscriber(store).id
    with store.unit() as u:
        u.connection.execute(delete(schema.subscriber))
        search.index_subscribers(u, [ana])
        u.commit()
        assert listing.count(u, Listing("subscribers", search="ana@")).n == 0


def test_what_was_not_committed_is_not_found(store: Store) -> None:
    with store.unit() as u:
        columns = {"email": "x@example.com", "email_key": "x@example.com", "created_at": NOW, "updated_at": NOW}
        u.connection.execute(schema.subscriber.insert().values(id=7, **columns))
        search.index_subscribers(u, [7])
    assert _found(store, "x@exam") == []


def test_products_are_found_by_title_variant_sku_barcode_and_vendor(store: Store) -> None:
    tee = add_product(store, "TEE-M", title="Harbour shirt", vendor="Loom & Co", variant_barcode="4006381333931").id
    add_product(store, "MUG-1", title="Mug", vendor="Kiln")
    for words in ("arbou", "tee-", "3813", "loom &", "TE", "har"):
        assert _found(store, words, "variants") == [tee], words


def test_without_its_index_a_search_finds_the_same(store: Store) -> None:
    ana = add_subscriber(store).id
    with store.unit() as u:
        search.drop(u, "subscriber")
        u.commit()
        assert search.pending(u) == ("subscriber",)
    assert _found(store, "ana@") == [ana]
    assert _found(store, "sil") == [ana]


def test_an_index_built_in_short_steps_holds_what_was_written_meanwhile(store: Store) -> None:
    people = [add_subscriber(store, f"p{n}@example.com").id for n in range(7)]
    with store.unit() as u:
        search.drop(u, "subscriber")
        u.commit()
    after: int | None = 0
    steps = 0
    while after is not None:
        with store.unit() as u:
            after = search.build_step(u, "subscriber", after, rows=3)
            u.connection.execute(update(schema.subscriber).values(last_name=f"Step{steps}x"))
            search.index_subscribers(u, people)
            u.commit()
        steps += 1
    with store.reading() as u:
        assert search.pending(u) == ()
    assert sorted(_found(store, f"step{steps - 1}x")) == people
    assert steps == 1 or _found(store, "step0x") == []


def test_a_rebuilt_index_is_whole(store: Store) -> None:
    ana, tee = add_subscriber(store).id, add_product(store).id
    with store.unit() as u:
        for noun in search.NOUNS:
            search.rebuild(u, noun)
        u.commit()
    assert (_found(store, "ana@"), _found(store, "tee-m", "variants")) == ([ana], [tee])


@pytest.mark.parametrize(
    ("few", "near", "soon", "many"), [(5_000, 2_000, 0, 0), (3, 400, 0, 0), (3, 4, 0, 0), (3, 4, 1_000, 1_000)]
)
def test_every_way_to_search_finds_what_reading_all_rows_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: int, near: int, soon: int, many: int
) -> None:
    """Hits are sorted or their order's index is walked, as it pays; what nearly all match is met at its beginning."""
    for name, value in (("FEW", few), ("_NEAR", near), ("_SOON", soon), ("_MANY", many)):
        monkeypatch.setattr(listing, name, value)
    random = Random(5)
    words = ["Ana", "anna", "Ömer", "zoe", "ZOË", "Bo", "b_o", "x%", ""]
    emails = [f"{random.choice(words)}{n}@example.com" for n in range(1, 120)]
    with store.unit() as u:
        rows: list[dict[str, object]] = [
            {
                "id": n, "email": email, "email_key": email.casefold(),
                "first_name": random.choice(words), "last_name": random.choice(words),
                "created_at": NOW, "updated_at": NOW,
            }
            for n, email in enumerate(emails, 1)
        ]  # fmt: skip
        u.connection.execute(schema.subscriber.insert(), rows)
        search.index_subscribers(u, range(1, 120))
        u.commit()
    for text in ("ana", "exam", "ömer", "zo", "b_o", "x%", "zoë", "nobody"):
        keys = ("email", "first_name", "last_name")
        if len(text) >= 3:
            wanted = {r["id"] for r in rows if any(text in str(r[k]).lower() for k in keys)}
        else:
            wanted = {r["id"] for r in rows if any(str(r[k]).lower().startswith(text) for k in keys)}
        for sort, down in (("", False), ("", True), ("last_name", False), ("created_at", True), ("locale", False)):
            with store.reading() as u:
                asked = Listing("subscribers", text, sort=sort, descending=down)
                everyone = list(listing.ids(u, asked, lambda: False))
                assert set(everyone) == wanted, (text, sort)
                for offset in (0, 5):
                    assert [r.id for r in listing.page(u, asked, offset, 10)] == everyone[offset : offset + 10]
                assert listing.count(u, asked).n == len(wanted)
