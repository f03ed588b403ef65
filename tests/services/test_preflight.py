"""The whole audience before a send: everybody rendered, what is wrong in groups, every branch with somebody who takes
it; kept while it is true; stopped when asked to; a mail that must be killed fails alone."""

import threading
from collections.abc import Callable

import pytest

from restock_desk.domain.preflight import Preflight
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken, Progress
from restock_desk.rendering import processes
from restock_desk.rendering.processes.crew import Killed
from restock_desk.rendering.processes.sweeping import Found, Row, Sweeper
from restock_desk.services import preflight
from restock_desk.services import shop as shop_
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.rendering.samples import SHOP

DRAFT = Draft(
    TemplateKind.HTML,
    "<p>Hello {{ subscriber.first_name }}</p>\n"
    "{% if subscriber.locale == 'de' %}<p>Servus</p>{% endif %}\n"
    "{% if subscriber.locale == 'xx' %}<p>Never</p>{% endif %}\n"
    '<a href="{{ links.unsubscribe }}">Leave</a>',
    "{{ product.title }} is back",
)


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    preflight._known.clear()


def waiting(store: Store, *people: tuple[str, str]) -> int:
    """So many people with a first name and a locale wait for one thing, which is back; the event."""
    variant = add_product(store)
    for number, (name, locale) in enumerate(people):
        person = add_subscriber(store, f"p{number}@example.com", first_name=name, locale=locale)
        add_interest(store, person.id, variant.id)
    return restock(store).id


def ran(desk: Desk, event_id: int, draft: Draft = DRAFT) -> Preflight:
    return preflight.run(desk, (event_id,), [("Card", draft)])


def test_everybody_is_rendered_and_what_is_wrong_is_counted(any_desk: Desk) -> None:
    shop_.save(any_desk, SHOP)
    event_id = waiting(any_desk.store, ("Ana", "de"), ("", "en"), ("", "en"), ("Bo", "de"))
    found = ran(any_desk, event_id)
    assert (found.renders, found.people, found.complete) == (4, 4, True)
    assert [(g.problem.rule, g.problem.line, g.count) for g in found.groups] == [("var.empty", 1, 2)]
    assert [person.first_name for person in preflight.people(any_desk, [found.groups[0].example])] == [""]
    assert found.errors == ()


def test_every_branch_has_somebody_and_what_nobody_takes_is_named(desk: Desk) -> None:
    event_id = waiting(desk.store, ("Ana", "de"), ("Cy", "de"), ("Bo", "en"))
    found = ran(desk, event_id)
    assert [branch.words for branch in found.untaken] == ["if subscriber.locale == 'xx'"]
    people = preflight.people(desk, [taker.person for taker in found.cover])
    assert sorted(person.locale for person in people) == ["de", "en"]
    assert all(taker.branches for taker in found.cover)
    taken = {way.branch.words: way.count for way in found.ways}
    assert taken["if subscriber.locale == 'de'"] == 2
    assert taken["unless subscriber.locale == 'de'"] == 1


def test_each_variant_is_rendered_for_everybody(desk: Desk) -> None:
    event_id = waiting(desk.store, ("Ana", "de"), ("", "en"))
    other = Draft(TemplateKind.HTML, "<p>{{ subscriber.nmae }}</p>", "x")
    found = preflight.run(desk, (event_id,), [("A", DRAFT), ("B", other)])
    assert (found.renders, found.people) == (4, 2)
    assert [(g.variant, g.problem.rule, g.count) for g in found.groups] == [
        ("B", "var.undefined", 2), ("A", "var.empty", 1)
    ]  # fmt: skip


def test_a_template_that_cannot_be_compiled_is_an_error_for_everybody(desk: Desk) -> None:
    event_id = waiting(desk.store, ("Ana", "de"), ("Bo", "en"))
    found = ran(desk, event_id, Draft(TemplateKind.HTML, "a\n{% if %}", "x"))
    assert [(g.problem.line, g.count) for g in found.errors] == [(2, 2)]
    assert not found.complete


def test_the_result_is_kept_until_anything_it_rests_on_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    event_id = waiting(desk.store, ("Ana", "de"))
    asked = [("Card", DRAFT)]
    assert preflight.known(desk, (event_id,), asked) is None
    first = ran(desk, event_id)
    assert ran(desk, event_id) is first
    assert preflight.known(desk, (event_id,), asked) is first
    shop_.save(desk, SHOP)
    assert preflight.known(desk, (event_id,), asked) is None
    second = ran(desk, event_id)
    person = add_subscriber(desk.store, "new@example.com")
    add_interest(desk.store, person.id, 1)
    assert preflight.known(desk, (event_id,), asked) is None
    assert ran(desk, event_id).people == second.people + 1


def test_it_tells_how_far_it_is_and_stops_when_asked_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "BATCH", 1)
    event_id = waiting(desk.store, *[("Ana", "de")] * 30)
    told: list[Progress] = []
    assert preflight.run(desk, (event_id,), [("Card", DRAFT)], progress=told.append).renders == 30
    assert told[-1].total == 30
    preflight._known.clear()
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        preflight.run(desk, (event_id,), [("Card", DRAFT)], token)
    assert [t.name for t in threading.enumerate() if t.name.startswith("desk-preflight")] == []


def test_a_restock_that_is_not_there_is_a_sentence(desk: Desk) -> None:
    with pytest.raises(DeskError, match="no such restock"):
        ran(desk, 9)


def test_a_mail_that_kills_its_renderer_fails_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    event_id = waiting(desk.store, *[(name, "en") for name in ("Ana", "Poison", "Bo", "Cy")])
    batch: Callable[[Sweeper, list[Row]], Found] = Sweeper._batch

    def deadly(self: Sweeper, rows: list[Row]) -> Found:
        if any(reader["first_name"] == "Poison" for _, _, reader, _ in rows):
            if self._renderer is not None:
                self._renderer.close()
            raise Killed("The template takes too long.")
        return batch(self, rows)

    monkeypatch.setattr(Sweeper, "_batch", deadly)
    found = ran(desk, event_id)
    assert [(g.problem.rule, g.count) for g in found.groups] == [("tpl.budget", 1)]
    assert [person.first_name for person in preflight.people(desk, [found.groups[0].example])] == ["Poison"]
    assert (found.renders, found.complete) == (4, True)


def test_a_template_that_is_deadly_for_all_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "BATCH", 5)
    event_id = waiting(desk.store, *[("Ana", "en")] * 60)

    def deadly(self: Sweeper, rows: list[Row]) -> Found:
        raise Killed("The template takes too long.")

    monkeypatch.setattr(Sweeper, "_batch", deadly)
    found = ran(desk, event_id)
    assert not found.complete
    assert found.renders < 60
    assert [g.problem.rule for g in found.errors] == ["tpl.budget"]


def test_more_groups_of_people_than_a_renderer_keeps_come_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "BATCH", 100)
    event_id = waiting(desk.store, *[("", f"q{number:03}") for number in range(330)])
    found = ran(desk, event_id)
    assert [(g.problem.rule, g.count) for g in found.groups] == [("var.empty", 330)]


def test_no_renderer_is_left_hired(desk: Desk) -> None:
    event_id = waiting(desk.store, ("Ana", "de"))
    ran(desk, event_id)
    assert processes.check(DRAFT)
