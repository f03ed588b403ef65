"""The shop's settings are kept whole, and who changed them is written down."""

from dataclasses import replace

from restock_desk.domain.restocks import AlertRule
from restock_desk.domain.shop import Shop
from restock_desk.services import shop, staff
from restock_desk.services.desk import Desk
from restock_desk.store import shop as stored

MINE = Shop(name="Alder & Finch", currency="GBP", public_url="https://a.example", rule=AlertRule(2, 90, True, True))


def test_a_new_shop_has_the_defaults(any_desk: Desk) -> None:
    assert shop.shop(any_desk) == Shop()


def test_settings_come_back_as_saved(any_desk: Desk) -> None:
    shop.save(any_desk, MINE)
    shop.save(any_desk, replace(MINE, name="Finch"))
    assert shop.shop(any_desk) == replace(MINE, name="Finch")


def test_the_trail_names_the_settings_that_changed_and_by_whom(any_desk: Desk) -> None:
    shop.save(any_desk, Shop(name="Finch", locale="de"))
    shop.save(any_desk, Shop(name="Finch", locale="de"))
    [entry] = staff.entries(any_desk)
    assert (entry.actor, entry.details["settings"]) == ("tester", ["name", "locale"])
    assert staff.verify(any_desk) == ""


def test_settings_of_a_newer_version_are_read_without_what_is_unknown(desk: Desk) -> None:
    with desk.store.unit() as u:
        stored.save_setting(u, "shop", {"name": "Finch", "colour": "red", "rule": {"threshold": 3, "x": 1}}, desk.now())
        u.commit()
    assert shop.shop(desk) == Shop(name="Finch", rule=AlertRule(threshold=3))


def test_every_database_has_its_own_key_and_is_no_sample_until_marked(any_desk: Desk) -> None:
    with any_desk.store.unit() as u:
        assert len(stored.token_key(u)) == 32
        assert len(stored.instance_uuid(u)) == 36
        assert not stored.is_sample(u)
        stored.mark_sample(u)
        u.commit()
    assert shop.is_sample(any_desk)
