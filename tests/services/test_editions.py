"""Variants and languages of a mail: made, sent to the right people, counted, decided."""

from collections import Counter
from dataclasses import replace

import pytest

from restock_desk.domain.editions import arm_of
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who
from restock_desk.domain.listing import LISTS, Listing
from restock_desk.domain.templates import Template
from restock_desk.domain.verdicts import Finding
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import (
    audience,
    campaigns,
    delivery,
    editions,
    experiments,
    feedback,
    listing,
    sent_links,
    support,
    templates,
)
from restock_desk.services.desk import Desk
from restock_desk.store import schema
from restock_desk.store.shop import token_key
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.campaigning import DRAFT, Scripted, change, many_waiting, waiting_shop
from tests.fakes import FixedClock


def in_words(words: str) -> str:
    told = f"<p>{words}</p><p>{{{{ subscriber.first_name }}}}</p>"
    return f'<html><body>{told}<a href="{{{{ links.product }}}}">x</a></body></html>'


def mail(desk: Desk, words: str = "Hello", name: str = "Back") -> Template:
    return templates.create(desk, name, replace(DRAFT, source=in_words(words)))


def edit(desk: Desk, edition: Template, words: str) -> None:
    templates.save(desk, edition.id, replace(DRAFT, source=in_words(words)))


def sent_words(transport: Scripted) -> dict[str, str]:
    """The first word of each mail, by its recipient."""
    return {one.recipient: one.message.split(b"<p>")[1].split(b"<")[0].decode() for one in transport.taken}


def send(desk: Desk, campaign_id: int) -> Scripted:
    transport = Scripted()
    delivery.deliver(desk, campaign_id, CancelToken(), wait=False, transport=transport)
    return transport


def launch(desk: Desk, event_id: int, template: Template) -> int:
    return campaigns.launch(desk, campaigns.review(desk, (event_id,), template.id)).id


def test_everybody_gets_the_mail_in_their_language(any_desk: Desk) -> None:
    event = waiting_shop(any_desk.store, people=4)
    for number, locale in enumerate(("fr-CA", "de", "", "fr")):
        change(any_desk.store, f"p{number}@example.com", locale=locale)
    made = mail(any_desk)
    editions.set_language(any_desk, made.id, "en")
    edit(any_desk, editions.add_language(any_desk, made.id, "FR"), "Bonjour")
    review = campaigns.review(any_desk, (event,), made.id)
    assert dict(review.readers) == {"everybody else": 2, "fr": 2}
    assert [problem.message for problem in review.problems if problem.rule == "i18n.missing"] == [
        "1 person reads de, and there is no edition for that."
    ]
    words = sent_words(send(any_desk, campaigns.launch(any_desk, review).id))
    assert [words[f"p{n}@example.com"] for n in range(4)] == ["Bonjour", "Hello", "Hello", "Bonjour"]


def test_a_test_divides_people_by_its_key_and_keeps_the_arm_in_the_ledger(any_desk: Desk) -> None:
    event = waiting_shop(any_desk.store, people=40)
    made = mail(any_desk)
    edit(any_desk, editions.add_arm(any_desk, made.id), "Other")
    campaign_id = launch(any_desk, event, made)
    words = sent_words(send(any_desk, campaign_id))
    experiment = editions.family(any_desk, made.id).experiment
    assert experiment is not None
    with any_desk.store.reading() as u:
        key = experiments.key_of(token_key(u), experiment)
        d, s = schema.delivery.c, schema.subscriber.c
        rows = u.connection.execute(
            schema.delivery.join(schema.subscriber, d.subscriber_id == s.id)
            .select()
            .with_only_columns(s.id, s.email, d.arm)
        ).all()
    assert {row.email: "Other" if row.arm else "Hello" for row in rows} == words
    assert all(row.arm == arm_of(key, row.id, (0.5, 0.5)) for row in rows)
    assert min(Counter(words.values()).values()) >= 8


def test_a_person_s_story_says_which_variant_and_language_they_got_and_the_log_once_the_test_is_over(
    any_desk: Desk,
) -> None:
    event = waiting_shop(any_desk.store, people=16)
    for number in range(8):
        change(any_desk.store, f"p{number}@example.com", locale="fr-CA")
    made = mail(any_desk)
    editions.add_arm(any_desk, made.id)
    editions.add_language(any_desk, made.id, "fr", arm=1)
    campaign_id = launch(any_desk, event, made)
    log = Listing("deliveries", scope=(("campaign_id", campaign_id),))

    def variants() -> dict[str, str]:
        place = [column.name for column in LISTS["deliveries"]].index("arm")
        return {str(row.values[0]): str(row.values[place]) for row in listing.page(any_desk, log, 0, 50)}

    assert set(variants().values()) == {"in a test"}
    experiments.end(any_desk, made.id)
    by_address = variants()
    assert set(by_address.values()) == {"A", "B"}
    for address, arm in by_address.items():
        story = audience.person(any_desk, audience.find(any_desk, address).id)
        french = arm == "B" and int(address[1:].partition("@")[0]) < 8
        assert list(story.editions.values()) == ["Variant B · fr" if french else f"Variant {arm}"]
        (queued,) = (line for line in story.timeline if line.title == "Mail is queued")
        assert queued.detail.endswith(next(iter(story.editions.values())))


def test_a_launch_in_chunks_divides_people_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "AT_ONCE", 5)
    monkeypatch.setattr(campaigns, "CHUNK_SQLITE", 7)
    event = many_waiting(desk.store, 60)
    made = mail(desk)
    edit(desk, editions.add_arm(desk, made.id), "Other")
    campaign_id = launch(desk, event, made)
    assert campaigns.tally(desk, campaign_id).audience == 60
    assert set(sent_words(send(desk, campaign_id)).values()) == {"Hello", "Other"}


def test_a_mail_sent_again_is_that_of_the_same_arm(desk: Desk, clock: FixedClock) -> None:
    event = waiting_shop(desk.store, people=12)
    made = mail(desk)
    edit(desk, editions.add_arm(desk, made.id), "Other")
    before = send(desk, launch(desk, event, made))
    clock.advance(3600)
    with desk.store.reading() as u:
        first = next(iter(u.connection.execute(schema.delivery.select().where(schema.delivery.c.arm == 1))))
    shown = support.message(desk, first.id)
    assert "Other" in shown.html
    assert shown.exact
    assert len(before.taken) == 12
    support.resend(desk, first.id, "asked for it", override=True)
    with desk.store.reading() as u:
        again = u.connection.execute(schema.delivery.select().order_by(schema.delivery.c.id.desc())).first()
    assert again is not None
    assert (again.arm, "Other" in support.message(desk, again.id).html) == (1, True)


def test_links_of_editions_are_counted_apart(desk: Desk) -> None:
    event = waiting_shop(desk.store, people=12)
    made = mail(desk)
    other = editions.add_arm(desk, made.id)
    source = '<html><body><a href="https://shop.example/b1">1</a><a href="https://shop.example/b2">2</a></body></html>'
    templates.save(desk, other.id, replace(DRAFT, source=source))
    campaign_id = launch(desk, event, made)
    send(desk, campaign_id)
    names = {number: place.name for number, place in sent_links.addresses(desk, campaign_id, [0, 1, 2]).items()}
    assert names == {0: "links.product", 1: "https://shop.example/b1", 2: "https://shop.example/b2"}
    with desk.store.reading() as u:
        of = {row.arm: row.id for row in u.connection.execute(schema.delivery.select())}
    assert sent_links.target(desk, of[1], 2) == "https://shop.example/b2"
    assert sent_links.target(desk, of[0], 1) is None


def test_rules_stand_once_mails_of_a_test_left(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    other = editions.add_arm(desk, made.id)
    family = editions.set_test(desk, made.id, (30, 70), horizon_h=24, relevant=0.02)
    assert family.experiment is not None
    assert (family.experiment.shares, family.experiment.horizon_s) == ((0.3, 0.7), 86_400)
    launch(desk, event, made)
    for change_it in (
        lambda: editions.set_test(desk, made.id, (50, 50)),
        lambda: editions.add_arm(desk, made.id),
        lambda: editions.remove(desk, other.id),
        lambda: editions.decide(desk, made.id, 1, "nicer"),
    ):
        with pytest.raises(DeskError, match="its rules stand"):
            change_it()


def test_there_is_a_verdict_only_when_the_horizon_is_over(desk: Desk, clock: FixedClock) -> None:
    event = waiting_shop(desk.store, people=30)
    made = mail(desk)
    edit(desk, editions.add_arm(desk, made.id), "Other")
    campaign_id = launch(desk, event, made)
    send(desk, campaign_id)
    with desk.store.reading() as u:
        rows = u.connection.execute(schema.delivery.select()).all()
    clock.advance(600)
    clicks = [
        FeedbackEvent("test", f"c{row.id}", FeedbackKind.CLICKED, clock.now(), row.id, who=Who.HUMAN)
        for row in rows
        if row.arm == 1
    ]
    feedback.ingest(desk, clicks)
    found = experiments.of_campaign(desk, campaign_id)
    assert found is not None
    assert found.running
    assert found.closes_at is None
    experiments.end(desk, made.id)
    assert experiments.of_template(desk, made.id).running  # type: ignore[union-attr]
    clock.advance(73 * 3600)
    late = [replace(click, key=f"late{click.key}", delivery_id=row.id, occurred_at=clock.now()) for click, row in
            zip(clicks, [row for row in rows if row.arm == 0], strict=False)]  # fmt: skip
    feedback.ingest(desk, late)
    closed = experiments.of_template(desk, made.id)
    assert closed is not None
    assert [one.finding for one in closed.verdicts] == [Finding.NOT_ENOUGH]
    assert [one.counts.assigned for one in closed.arms] == [
        sum(row.arm == 0 for row in rows),
        sum(row.arm == 1 for row in rows),
    ]
    assert [one.counts.clicked for one in closed.arms] == [0, len(clicks)]


def test_an_ended_test_sends_the_mail_itself_and_a_person_decides(desk: Desk, clock: FixedClock) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    other = editions.add_arm(desk, made.id)
    edit(desk, other, "Other")
    edit(desk, editions.add_language(desk, made.id, "fr", arm=1), "Autre")
    send(desk, launch(desk, event, made))
    experiments.end(desk, made.id)
    variant = add_product(desk.store, sku="CAP")
    for number, locale in enumerate(("en", "fr")):
        person = add_subscriber(desk.store, f"q{number}@example.com", locale=locale, custom_id=f"q{number}")
        add_interest(desk.store, person.id, variant.id)
    second = restock(desk.store, "CAP").id
    assert {one.template_id for one in campaigns.review(desk, (second,), made.id).editions} == {made.id}
    with pytest.raises(DeskError, match="reason"):
        editions.decide(desk, made.id, 1, " ")
    root = editions.decide(desk, made.id, 1, "It is the nicer one")
    assert root.version == 2
    family = editions.family(desk, made.id)
    assert [(one.arm, one.language) for one in family.editions] == [(0, ""), (0, "fr")]
    assert sorted(sent_words(send(desk, launch(desk, second, made))).values()) == ["Autre", "Other"]


def test_editions_are_named_after_their_mail_and_stay_out_of_its_list(desk: Desk) -> None:
    made = mail(desk)
    editions.add_arm(desk, made.id)
    editions.add_language(desk, made.id, "pt-br", arm=1)
    templates.rename(desk, made.id, "Winter")
    assert [one.name for one in editions.family(desk, made.id).editions] == [
        "Winter",
        "Winter · B",
        "Winter · B · pt-BR",
    ]
    assert [one.name for one in templates.templates(desk)] == ["Winter"]
    templates.archive(desk, made.id)
    assert templates.templates(desk) == []
    assert mail(desk, name="Winter · B").name == "Winter · B"


def test_a_variant_taken_away_takes_its_languages_and_the_next_moves_up(desk: Desk) -> None:
    made = mail(desk)
    gone = editions.add_arm(desk, made.id)
    editions.add_language(desk, made.id, "fr", arm=1)
    last = editions.add_arm(desk, made.id)
    family = editions.remove(desk, gone.id)
    assert [(one.id, one.arm, one.name) for one in family.editions] == [(made.id, 0, "Back"), (last.id, 1, "Back · B")]
    assert family.experiment is not None
    assert family.experiment.shares == (0.5, 0.5)
    assert editions.remove(desk, last.id).experiment is None


@pytest.mark.parametrize("words", ["french", "", "f"])
def test_what_is_no_language_is_refused(desk: Desk, words: str) -> None:
    made = mail(desk)
    with pytest.raises(DeskError, match="no language"):
        editions.add_language(desk, made.id, words)


def test_a_mistake_in_any_edition_stops_the_send(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    other = editions.add_arm(desk, made.id)
    review = campaigns.review(desk, (event,), made.id)
    templates.save(desk, other.id, replace(DRAFT, source="<p>{{ nothing.there }}</p>"))
    assert campaigns.review(desk, (event,), made.id).blocked.startswith("The template has an error: B: ")
    assert campaigns.launch(desk, review).audience == 3  # exactly what was looked at is sent


def test_a_test_that_can_show_nothing_is_told_before_it_is_sent(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    editions.add_arm(desk, made.id)
    other = editions.add_arm(desk, made.id)
    edit(desk, other, "Other")
    editions.set_test(desk, made.id, (50, 50, 0))
    told = {problem.rule: problem.message for problem in campaigns.review(desk, (event,), made.id).problems}
    assert told["ab.equal"] == "Variants A and B are the same."
    assert told["ab.share"] == "Nobody gets variant C: its share is 0 %."
    assert told["ab.small"].startswith("To see a difference of 1 points, about ")


def test_a_test_that_was_changed_since_it_was_looked_at_is_not_sent(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    editions.add_arm(desk, made.id)
    review = campaigns.review(desk, (event,), made.id)
    editions.set_test(desk, made.id, (10, 90))
    with pytest.raises(DeskError, match="changed since it was looked at"):
        campaigns.launch(desk, review)


def test_there_is_no_verdict_while_mails_of_the_test_are_still_to_leave(desk: Desk, clock: FixedClock) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    editions.add_arm(desk, made.id)
    campaign_id = launch(desk, event, made)
    experiments.end(desk, made.id)
    campaigns.pause(desk, campaign_id)
    clock.advance(30 * 86_400)
    found = experiments.of_template(desk, made.id)
    assert found is not None
    assert (found.running, found.leaving, found.closes_at) == (True, True, None)


def test_a_launch_that_was_taken_back_leaves_the_rules_open(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    editions.add_arm(desk, made.id)
    campaigns.take_back(desk, launch(desk, event, made))
    assert editions.set_test(desk, made.id, (40, 60)).experiment.shares == (0.4, 0.6)  # type: ignore[union-attr]


def test_an_edition_that_is_archived_is_taken_away_by_the_rules(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    other = editions.add_arm(desk, made.id)
    launch(desk, event, made)
    with pytest.raises(DeskError, match="its rules stand"):
        templates.archive(desk, other.id)
    french = editions.add_language(desk, made.id, "fr", arm=1)
    templates.archive(desk, french.id)
    with pytest.raises(DeskError, match="taken away meanwhile"):
        templates.save(desk, french.id, DRAFT)
    with pytest.raises(DeskError, match="taken away already"):
        editions.remove(desk, french.id)


def test_a_choice_before_anything_was_sent_leaves_no_test(desk: Desk) -> None:
    made = mail(desk)
    editions.add_arm(desk, made.id)
    editions.decide(desk, made.id, 0, "No time for a test")
    assert editions.family(desk, made.id).experiment is None


def test_what_an_ended_test_found_stays_when_a_variant_goes(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    editions.add_arm(desk, made.id)
    third = editions.add_arm(desk, made.id)
    send(desk, launch(desk, event, made))
    experiments.end(desk, made.id)
    family = editions.remove(desk, third.id)
    assert family.experiment is not None
    assert (family.sent_arms, family.experiment.ended_at is not None) == ((0,), True)
    assert len(experiments.of_template(desk, made.id).campaigns) == 1  # type: ignore[union-attr]


def test_a_variant_changed_between_two_campaigns_is_told(desk: Desk) -> None:
    event = waiting_shop(desk.store)
    made = mail(desk)
    other = editions.add_arm(desk, made.id)
    edit(desk, other, "Other")
    send(desk, launch(desk, event, made))
    edit(desk, other, "Another")
    second = waiting_shop(desk.store, sku="CAP")
    review = campaigns.review(desk, (second,), made.id)
    assert "ab.changed" in {problem.rule for problem in review.problems}
    campaigns.launch(desk, review)
    assert experiments.of_template(desk, made.id).changed  # type: ignore[union-attr]
