"""The whole audience by the command line: a report for people and machines, and a send that knows it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, upgrade
from tests.campaigning import DRAFT, waiting_shop
from tests.journeys.conftest import Run


@pytest.fixture
def shop(tmp_path: Path, make_desk: Callable[[Store], Desk]) -> Iterator[Desk]:
    """The shop that `run` works on."""
    store = open_store(f"sqlite:///{tmp_path}/shop.db")
    upgrade.prepare(store)
    yield make_desk(store)
    store.close()


def test_the_report_is_for_machines_too(run: Run, shop: Desk) -> None:
    event_id = waiting_shop(shop.store, 3)
    templates.create(shop, "Good", DRAFT)
    templates.create(shop, "Bad", replace(DRAFT, source="<p>\n{{ subscriber.nmae }}</p>"))
    code, out, _ = run("preflight", "--event", event_id, "--template", "Good", "--json")
    told = json.loads(out)
    assert (code, told["renders"], told["groups"]) == (0, 3, [])
    assert told["seconds"] > 0
    code, out, _ = run("preflight", "--event", event_id, "--template", "Bad", "--json")
    (group,) = json.loads(out)["groups"]
    assert code == 1
    assert (group["problem"], group["count"], group["line"]) == (
        "“subscriber.nmae” does not exist for this mail.",
        3,
        2,
    )
    assert group["example"] == "p0@example.com"


def test_the_report_reads_as_sentences(run: Run, shop: Desk) -> None:
    event_id = waiting_shop(shop.store, 3)
    source = "<p>{% if subscriber.last_name == 'x' %}y{% endif %}{{ subscriber.timezone }}</p>"
    templates.create(shop, "Card", replace(DRAFT, source=source))
    code, out, _ = run("preflight", "--event", event_id, "--template", "Card")
    assert code == 0
    assert "3 mails rendered" in out
    assert "“subscriber.timezone” is empty here, so nothing is shown. (source, line 1)  (such as p0@example.com)" in out
    assert "nobody takes: if subscriber.last_name == 'x' (source, line 1)" in out


def test_a_send_stops_at_an_error_and_says_a_warning(run: Run, shop: Desk, tmp_path: Path) -> None:
    event_id = waiting_shop(shop.store, 6)
    lost = "{% if subscriber.first_name == 'P4' %}{{ subscriber.attributes.size ~ 'x' }}{% endif %}"
    templates.create(shop, "Bad", replace(DRAFT, source=lost))
    code, _, said = run("send", "--event", event_id, "--template", "Bad", "--yes")
    assert code == 1
    assert "1 mails would be wrong: “subscriber.attributes.size” does not exist for this mail." in said
    assert list((tmp_path / "outbox").rglob("*.eml")) == []
    templates.create(shop, "Fair", replace(DRAFT, source="<p>{{ subscriber.timezone }}</p>"))
    code, _, said = run("send", "--event", event_id, "--template", "Fair", "--yes")
    assert code == 0, said
    assert "“subscriber.timezone” is empty here" in said
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 6
