"""Variants and languages by the command line: made, split, tried out, tested, chosen."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from restock_desk.services import editions, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, upgrade
from tests.campaigning import DRAFT, waiting_shop
from tests.journeys.conftest import Run


@pytest.fixture
def shop(tmp_path: Path, make_desk: Callable[[Store], Desk]) -> Iterator[Desk]:
    """The shop that `run` works on, with a mail and three people who wait for what came back."""
    store = open_store(f"sqlite:///{tmp_path}/shop.db")
    upgrade.prepare(store)
    desk = make_desk(store)
    waiting_shop(store, 3)
    templates.create(desk, "Back", DRAFT)
    yield desk
    store.close()


def test_editions_are_made_and_listed(run: Run, shop: Desk, tmp_path: Path) -> None:
    french = tmp_path / "fr.html"
    french.write_text("<html><body><p>Bonjour</p></body></html>", encoding="utf-8")
    assert run("editions", "add-variant", "Back")[0] == 0
    assert run("editions", "language", "Back", "en")[0] == 0
    assert run("editions", "add-language", "Back", "fr", "--variant", "B", "--file", french)[0] == 0
    code, out, _ = run("editions", "split", "Back", "25", "75", "--metric", "ordered", "--json")
    assert code == 0
    assert [(row["variant"], row["language"], row["share"]) for row in json.loads(out)] == [
        ("A", "en", "25%"),
        ("B", "everybody else", "75%"),
        ("B", "fr", "75%"),
    ]
    plan = editions.family(shop, 1).experiment
    assert plan is not None
    assert (plan.metric, plan.horizon_s) == ("ordered", 7 * 86_400)
    edition = editions.family(shop, 1).of_arm(1)["fr"]
    assert "Bonjour" in templates.version(shop, edition.version_id).draft.source
    assert "--variant B" in run("editions", "remove", "Back")[2]
    assert run("editions", "remove", "Back", "--variant", "B", "--language", "fr")[0] == 0
    assert "fr" not in editions.family(shop, 1).languages


def test_tests_go_to_the_seed_list_and_a_wrong_address_sends_none(run: Run, shop: Desk, tmp_path: Path) -> None:
    run("editions", "add-variant", "Back")
    told = ("editions", "try", "Back", "--event", 1, "--subscriber", "p0@example.com")
    assert run(*told)[0] == 2
    code, _, error = run(*told, "--to", "nobody")
    assert (code, "no e-mail address" in error) == (1, True)
    code, out, _ = run(*told, "--to", "a@shop.example", "--to", "b@shop.example", "--keep", "--json")
    assert code == 0
    assert [(row["edition"], row["to"]) for row in json.loads(out)] == [
        ("A", "a@shop.example"),
        ("A", "b@shop.example"),
        ("B", "a@shop.example"),
        ("B", "b@shop.example"),
    ]
    assert len(json.loads(run(*told, "--variant", "B", "--json")[1])) == 2


def test_a_test_is_ended_and_decided(run: Run, shop: Desk) -> None:
    run("editions", "add-variant", "Back")
    assert run("send", "--event", 1, "--template", "Back", "--yes")[0] == 0
    told = json.loads(run("editions", "test", "Back", "--json")[1])
    assert [one["assigned"] for one in told["arms"]] == [3 - told["arms"][1]["assigned"], told["arms"][1]["assigned"]]
    assert "clicked" not in told["arms"][0]
    assert told["verdicts"][0]["finding"] == "running"
    code, _, error = run("editions", "choose", "Back", "B", "--reason", "nicer")
    assert (code, "its rules stand" in error) == (1, True)
    assert run("editions", "end", "Back")[0] == 0
    assert run("editions", "choose", "Back", "B", "--reason", "nicer")[0] == 0
    assert editions.family(shop, 1).arms == (0,)
