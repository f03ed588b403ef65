"""Which pages are asked for, in which order and how many at once."""

from restock_desk.domain.listing import Row
from restock_desk.ui.pages import BESIDE, KEPT_PAGES, PAGE, QUEUE, RUN, Pages


def filled(run: range) -> list[Row | None]:
    return [Row(place, ()) for place in range(run.start * PAGE, run.stop * PAGE)]


def test_pages_seen_together_are_one_question() -> None:
    pages = Pages()
    pages.look(range(10, 12))
    assert pages.next() == range(10, 12)
    assert pages.next() is None


def test_where_one_stopped_comes_before_where_one_was() -> None:
    pages = Pages()
    pages.look(range(10, 11))
    pages.look(range(500, 501))
    assert (pages.next(), pages.next()) == (range(500, 501), range(10, 11))


def test_what_is_coming_is_not_asked_for_twice() -> None:
    pages = Pages()
    for _ in range(2):
        pages.look(range(10, 11))
    assert pages.next() == range(10, 11)
    pages.look(range(10, 12))
    assert pages.next() == range(11, 12)


def test_a_question_is_never_longer_than_a_run_and_the_queue_has_an_end() -> None:
    pages = Pages()
    pages.look(range(100, 100 + QUEUE * 2))
    runs = [pages.next() for _ in range(QUEUE)]
    assert max(len(run) for run in runs if run is not None) == RUN
    assert sum(len(run) for run in runs if run is not None) == QUEUE


def test_beside_what_is_seen_come_the_pages_after_it_and_then_those_before() -> None:
    pages = Pages()
    pages.look(range(10, 12))
    run = pages.next()
    assert run is not None
    pages.put(run, filled(run))
    found = [pages.beside(1_000 * PAGE) for _ in range(3)]
    assert found == [range(12, 12 + BESIDE), range(10 - BESIDE, 10), None]


def test_nothing_is_fetched_beyond_the_ends_of_the_list() -> None:
    pages = Pages()
    pages.restart([row for row in filled(range(1)) if row])
    pages.look(range(1))
    assert pages.beside(PAGE) is None
    assert pages.beside(PAGE + 1) == range(1, 2)


def test_what_was_not_seen_for_longest_is_forgotten_first() -> None:
    pages = Pages()
    for number in range(KEPT_PAGES):
        pages.put(range(number, number + 1), filled(range(number, number + 1)))
    assert pages.row(0) is not None
    pages.put(range(KEPT_PAGES, KEPT_PAGES + 1), [])
    assert (pages.row(0) is None, pages.row(PAGE) is None) == (False, True)


def test_a_run_that_could_not_be_had_is_asked_for_again_only_when_something_else_was_seen() -> None:
    pages = Pages()
    pages.look(range(10, 11))
    run = pages.next()
    assert run is not None
    pages.refuse(run)
    pages.look(range(10, 11))
    assert pages.next() is None
    pages.look(range(10, 12))
    assert pages.next() == range(10, 12)


def test_rows_that_are_asked_for_again_stay_until_they_come() -> None:
    pages = Pages()
    pages.put(range(4), filled(range(4)))
    pages.renew([Row(7, ())])
    assert (pages.row(0), pages.row(PAGE)) == (Row(7, ()), Row(PAGE, ()))
    pages.look(range(1, 2))
    assert pages.next() == range(1, 2)
