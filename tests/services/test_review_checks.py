"""A review without what is ignored, and a launch that knows the whole audience's result."""

from dataclasses import replace

import pytest

from restock_desk.errors import DeskError
from restock_desk.services import campaigns, ignoring, preflight, templates
from restock_desk.services.desk import Desk
from tests.campaigning import DRAFT, waiting_shop

LOST = "{% if subscriber.first_name == 'P4' %}{{ subscriber.attributes.size ~ 'x' }}{% endif %}"


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    preflight._known.clear()


def test_nothing_is_launched_of_which_it_is_known_that_mails_would_be_wrong(desk: Desk) -> None:
    event_id = waiting_shop(desk.store, 6)
    made = templates.create(desk, "Bad", replace(DRAFT, source=LOST))
    review = campaigns.review(desk, (event_id,), made.id)
    assert review.blocked == ""  # the first few are fine
    assert len(preflight.of_review(desk, review).errors) == 1
    with pytest.raises(DeskError, match="1 mails would be wrong"):
        campaigns.launch(desk, review)
    templates.save(desk, made.id, DRAFT)
    better = campaigns.review(desk, (event_id,), made.id)
    assert campaigns.launch(desk, better).id


def test_a_review_leaves_out_what_is_ignored_and_says_so(desk: Desk) -> None:
    event_id = waiting_shop(desk.store, 2)
    made = templates.create(desk, "Card", DRAFT)
    first = campaigns.review(desk, (event_id,), made.id)
    problem = next(each for each in first.problems if each.rule == "unsub.body")
    ignoring.ignore(desk, made.id, problem, "the header will do")
    review = campaigns.review(desk, (event_id,), made.id)
    assert "unsub.body" not in {each.rule for each in review.problems}
    assert [(each.rule, decided.reason) for each, decided in review.ignored] == [("unsub.body", "the header will do")]


def test_an_error_that_may_be_ignored_stops_no_launch_once_it_is(desk: Desk) -> None:
    event_id = waiting_shop(desk.store, 2)
    nested = '<a href="https://shop.example/a">One <a href="https://shop.example/b">two</a></a>'
    made = templates.create(desk, "Card", replace(DRAFT, source=f"<p>Hi {nested}</p>"))
    assert "template has an error" in campaigns.review(desk, (event_id,), made.id).blocked
    for problem in templates.check(desk, replace(DRAFT, source=f"<p>Hi {nested}</p>")):
        if problem.rule == "html.nested":
            ignoring.ignore(desk, made.id, problem, "only one of them is ours")
    review = campaigns.review(desk, (event_id,), made.id)
    assert review.blocked == ""
    assert campaigns.launch(desk, review).id


def test_what_the_whole_audience_shows_is_ignored_likewise(desk: Desk) -> None:
    event_id = waiting_shop(desk.store, 2)
    draft = replace(DRAFT, source="<p>{{ subscriber.timezone }}</p>")
    made = templates.create(desk, "Card", draft)
    found = preflight.run(desk, (event_id,), [("Card", draft)])
    version = ignoring.ignore(desk, made.id, found.groups[0].problem, "few have one")
    again = preflight.of_review(desk, campaigns.review(desk, (event_id,), made.id))
    assert (again.groups, len(again.ignored)) == ((), 1)
    assert version.ignored[0].rule == found.groups[0].problem.rule
