"""What a campaign is made of before it is one: its review, and what it freezes. The launch itself is in `campaigns`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from restock_desk.domain import editions as family_
from restock_desk.domain.audience import Subscriber
from restock_desk.domain.campaigns import Chosen, Review
from restock_desk.domain.editions import Experiment, Family
from restock_desk.domain.handover import hands_over
from restock_desk.domain.ignoring import Decided, split
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Problem, RenderedMail, Severity, Template, TemplateVersion
from restock_desk.errors import DeskError
from restock_desk.rendering import processes
from restock_desk.services import dressing, editions, findings, frozen, ignoring, templates
from restock_desk.services.desk import Desk
from restock_desk.store import audience, restocks
from restock_desk.store import campaigns as stored
from restock_desk.store import shop as shop_
from restock_desk.store import templates as versions
from restock_desk.store.audience import Eligible
from restock_desk.store.database import Unit
from restock_desk.transport import stays_here

SAMPLES = 3
MOST_LINKS = 256
"""Counted links of all editions together: a link's number is one byte."""
Written = tuple[Chosen, TemplateVersion]


def review(desk: Desk, event_ids: tuple[int, ...], template_id: int) -> Review:
    """All a person must see before pressing Send, with every edition that would leave. Writes nothing.

    DeskError for a restock or template not there.
    """
    from restock_desk.rendering import lint  # only who reviews waits until the rules are loaded

    with desk.store.reading() as u:
        events = newest_events(u, event_ids)
        family = editions.family_in(u, template_id)
        written = _newest(u, family)
        ids = tuple(event.id for event in events)
        report = audience.audience(u, ids)
        people = audience.eligible(u, ids, 0, findings.LOOKED_AT)
        shop = shop_.shop(u)
        leaves = not stays_here(desk.transport) and not hands_over(desk.transport)
        addresses = [one.subscriber.email for one in people]
        draft = written[0][1].draft
        told = findings.of_campaign(u, events, report, addresses, draft, shop, desk.now(), leaves)
        told += findings.of_people(u, [one.subscriber.id for one in people], shop, desk.now())
        locales = audience.locales(u, ids) if family.languages else {"": report.eligible}
        told += findings.of_languages(family, locales)
        fitting = editions.fitter(u, family)
        told += findings.of_test(u, family, dict(written), report, hands_over(desk.transport))
    problems, ignored = _checked(desk, family, written)
    samples: list[tuple[int, str, RenderedMail]] = []
    for one, version in _chosen_people(fitting, written, people):
        mail = templates.preview(desk, version.draft, one.subscriber.id, one.event_ids)
        samples.append((one.subscriber.id, one.subscriber.email, mail))
        told_by_mail, _ = split((*mail.problems, *lint.check_mail(mail)), version.ignored)
        problems += [problem for problem in told_by_mail if problem not in problems]
    blocked = _blocked(desk, events, written, shop, problems)
    if not blocked and not report.eligible:
        blocked = "Nobody would get this alert."
    chosen = tuple(one for one, _ in written)
    return Review(
        event_ids=ids,
        template_id=family.root.id,
        version_id=chosen[0].version_id,
        audience=report,
        samples=tuple(samples),
        problems=(*told, *problems),
        blocked=blocked,
        editions=chosen,
        readers=_readers(family, locales),
        experiment=family.plan,
        ignored=tuple(ignored),
    )


def new(
    desk: Desk, u: Unit, review: Review, url: str, now: datetime, name: str, rate_limit_per_s: float | None,
    grace_s: float, settled: bool,
) -> tuple[stored.NewCampaign, Experiment | None]:  # fmt: skip
    """What a launch writes down: the campaign, and the rules of its test if it has one."""
    events = newest_events(u, review.event_ids)
    versions.lock(u, review.template_id)
    template = versions.template(u, review.template_id)
    written = [(one, version) for one in review.editions if (version := versions.version(u, one.version_id))]
    if template is None or len(written) != len(review.editions):
        raise DeskError("The template is not there any more.", "Choose another one.")
    if editions.family_in(u, review.template_id).plan != review.experiment:
        raise DeskError("The test of this mail was changed since it was looked at.", "Look at it again, then send.")
    shop = shop_.shop(u)
    errors = [problem for _, version in written for problem in ignoring.checked(desk, version).problems]
    why = _blocked(desk, events, written, shop, errors, url)
    if why:
        raise DeskError(why)
    starts = max([now + timedelta(seconds=grace_s), *(event.due_at for event in events if settled)])
    made = stored.NewCampaign(
        name=name or _name(events),
        event_ids=tuple(event.id for event in events),
        template_id=template.id,
        template_name=template.name,
        version_id=review.version_id,
        transport=url,
        frozen=_freeze(u, written, template.language, shop, events, now),
        created_at=now,
        created_by=desk.actor.name,
        rate_limit_per_s=rate_limit_per_s,
        approved=review.audience.eligible,
        grace_until=starts if starts > now else None,
    )
    sent = tuple((one.arm, one.language, one.version_id) for one in review.editions)
    return made, replace(review.experiment, versions=sent) if review.experiment is not None else None


def newest_events(u: Unit, event_ids: tuple[int, ...]) -> list[RestockEvent]:
    """The events, the newest of each variant only: nobody needs the same thing twice in one mail."""
    found = restocks.events_by_id(u, list(dict.fromkeys(event_ids)))
    if not found or len(found) != len(set(event_ids)):
        raise DeskError("There is no such restock.", "Choose another one from the list of restocks.")
    newest = {event.variant_id: event for event in sorted(found, key=lambda event: (event.occurred_at, event.id))}
    return [event for event in found if newest[event.variant_id].id == event.id]


def _newest(u: Unit, family: Family) -> list[Written]:
    """The newest version of every edition that may be sent, the mail's own first."""
    made: list[Written] = []
    for edition in family.sent():
        version = versions.version(u, edition.version_id)
        if version is not None:
            language = "" if family_.is_main(edition) else edition.language
            made.append((Chosen(edition.id, version.id, edition.arm, language), version))
    return made


def _checked(desk: Desk, family: Family, written: Sequence[Written]) -> tuple[list[Problem], list[Decided]]:
    """What is wrong with any edition, and what is ignored; where there are several, each says which it is."""
    names = {edition.id: family_.label(edition, len(family.sent_arms)) for edition in family.editions}
    found: list[Problem] = []
    let_be: list[Decided] = []
    for one, version in written:
        name = names.get(one.template_id, "") if len(written) > 1 else ""
        checked = ignoring.checked(desk, version, deep=True)
        found += [_named(problem, name) for problem in checked.problems]
        let_be += [(_named(problem, name), decided) for problem, decided in checked.ignored]
    return found, let_be


def _named(problem: Problem, name: str) -> Problem:
    return replace(problem, message=f"{name}: {problem.message}") if name else problem


def _chosen_people(
    fitting: Callable[[Subscriber], Template], written: Sequence[Written], people: Sequence[Eligible]
) -> list[tuple[Eligible, TemplateVersion]]:
    """Whose mails are shown: one for each edition somebody among the first would get, then the first of all."""
    versions_of = {one.template_id: version for one, version in written}
    whose = [(one, fitting(one.subscriber)) for one in people]
    first: dict[int, Eligible] = {}
    for one, edition in whose:
        first.setdefault(edition.id, one)
    seen = {one.subscriber.id for one in first.values()}
    more = [(one, edition) for one, edition in whose if one.subscriber.id not in seen][: max(0, SAMPLES - len(first))]
    picked = sorted([*((one, id) for id, one in first.items()), *((one, edition.id) for one, edition in more)],
                    key=lambda pair: pair[0].subscriber.id)  # fmt: skip
    return [(one, versions_of[id]) for one, id in picked if id in versions_of]


def _readers(family: Family, locales: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """About how many people get each edition, by its name."""
    shares = family.plan.shares if family.plan is not None else (1.0,)
    counts: dict[int, float] = {edition.id: 0.0 for edition in family.sent()}
    for locale, n in locales.items():
        for arm in family.sent_arms:
            share = shares[arm] if arm < len(shares) else 0.0
            counts[family.fitting(arm, locale).id] += n * share
    arms = len(family.sent_arms)
    names = {edition.id: family_.label(edition, arms) or "everybody else" for edition in family.sent()}
    return tuple((names[id], round(n)) for id, n in counts.items()) if len(counts) > 1 else ()


def _freeze(
    u: Unit, written: Sequence[Written], language: str, shop: Shop, events: list[RestockEvent], now: datetime
) -> dict[str, Any]:
    """What every render of a campaign reads, as JSON: it never changes again, whatever happens to the originals."""
    made: list[dict[str, Any]] = []
    links = 0
    for one, version in written:
        compiled = processes.compiled(dressing.dressed_in(u, version.draft))
        shelf = frozen.freeze_shelf(dressing.shelf_in(u, version.draft, events, now))
        which = {"arm": one.arm, "language": one.language, "version_id": one.version_id, "first_link": links}
        made.append({"compiled": compiled.to_json(), "shelf": shelf, **which})
        links += len(compiled.links)
    if len(made) > 1 and links > MOST_LINKS:
        raise DeskError(
            f"The editions of this mail have {links} links together; {MOST_LINKS} can be told apart.",
            "Take some links or editions away.",
        )
    own, *others = made
    told = {"compiled": own["compiled"], "shelf": own["shelf"], "shop": frozen.freeze_shop(shop)}
    more = {"language": language, "editions": others} if others else {}
    return {**told, "events": [frozen.freeze_event(event) for event in events], **more}


def _blocked(
    desk: Desk, events: list[RestockEvent], written: Sequence[Written], shop: Shop, problems: list[Problem],
    url: str = "",
) -> str:  # fmt: skip
    """Why it cannot be sent, as a sentence."""
    if any(event.state is EventState.WITHDRAWN for event in events):
        return "The restock was withdrawn: stock went away again before the alert was due."
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        return f"The template has an error: {errors[0].message}"
    url = url or desk.transport
    needs = not stays_here(url) and not hands_over(url)
    if needs and not shop.sender_email and not all(version.draft.sender_email for _, version in written):
        return "There is no sender address yet. Set one in the shop's settings or in the template."
    return ""


def _name(events: list[RestockEvent]) -> str:
    snapshot = events[0].snapshot
    parts = [snapshot.get("product", {}).get("title"), snapshot.get("variant", {}).get("title")]
    name = " · ".join(part for part in parts if part) or "Back in stock"
    return name if len(events) == 1 else f"{name} and {len(events) - 1} more"
