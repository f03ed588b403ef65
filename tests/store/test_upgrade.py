"""Creating, upgrading and refusing databases."""

from restock_desk.store import Store, upgrade
from tests.builders import add_interest, add_product, add_subscriber, restock


def test_a_prepared_database_is_current_and_healthy(store: Store) -> None:
    assert upgrade.state(store).kind == "current"
    assert upgrade.check(store) == []


def test_builders_fill_a_shop(store: Store) -> None:
    variant, person = add_product(store), add_subscriber(store)
    add_interest(store, person.id, variant.id)
    event = restock(store, "TEE-M", 5)
    assert (event.before, event.after, event.snapshot["variant"]["price"]) == (0, 5, "19.90")
