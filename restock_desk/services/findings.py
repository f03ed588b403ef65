"""What is to be said of a campaign before it is sent, beside its template: the audience, the goods, the sender."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import median

from restock_desk.domain import limits as limits_
from restock_desk.domain.audience import AudienceReport, Exclusion
from restock_desk.domain.campaigns import Chosen
from restock_desk.domain.catalog import ProductStatus
from restock_desk.domain.checks import known, rule
from restock_desk.domain.editions import METRICS, Family, arm_name, is_main, tag
from restock_desk.domain.feedback import ReportQuestion
from restock_desk.domain.restocks import RestockEvent
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Draft, Problem, TemplateVersion
from restock_desk.domain.verdicts import people_needed
from restock_desk.store import campaigns, catalog, reports, templates
from restock_desk.store import limits as stored_limits
from restock_desk.store.database import Unit

MANY = 3
"""So many times the usual audience makes one ask."""
USUAL = 3
"""So many earlier campaigns make something usual."""
"""Clicks of messages sent, for a shop that sent nothing yet."""
LOOKED_AT = 1_000
"""People whose addresses are looked at one by one."""
_ROLES = """abuse admin billing contact hello help hostmaster info mail marketing noreply no-reply office postmaster
sales security support webmaster"""
ROLES = frozenset(_ROLES.split())
_FREE = """aol.com free.fr gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com laposte.net live.com mail.ru
me.com msn.com orange.fr outlook.com proton.me protonmail.com t-online.de web.de yahoo.com yahoo.co.uk yahoo.fr
yandex.ru"""
FREE = frozenset(_FREE.split())
_GONE = (ProductStatus.DRAFT, ProductStatus.PRIVATE, ProductStatus.ARCHIVED)


def of_campaign(
    u: Unit, events: list[RestockEvent], report: AudienceReport, people: Sequence[str], draft: Draft, shop: Shop,
    now: datetime, leaves: bool,
) -> list[Problem]:  # fmt: skip
    """Findings of scope “campaign”. `people` are the first addresses, `leaves` = the mail goes to other machines."""
    found = [*_audience(u, report, people), *_goods(u, events, report), *_subject(u, draft), *_quiet(u, shop, now)]
    sender = (draft.sender_email or shop.sender_email).strip().lower()
    if leaves and sender.rpartition("@")[2] in FREE:
        found.append(
            _told("auth.freemail", f"The sender {sender} is a free mailbox.", "Send from the shop's own domain.")
        )
    return found


def of_people(u: Unit, ids: Sequence[int], shop: Shop, now: datetime) -> list[Problem]:
    """What is to be said of the first people of an audience."""
    mailed = campaigns.mailed_since(u, ids, now - timedelta(seconds=shop.cooldown_s))
    if not mailed:
        return []
    words = f"{mailed:,} of the first {len(ids):,} people were mailed less than {shop.cooldown_s // 60} minutes ago."
    return [_told("aud.cooldown", words, "Wait a while; the alert rule says how long.")]


def of_test(
    u: Unit, family: Family, written: Mapping[Chosen, TemplateVersion], report: AudienceReport, handed_over: bool
) -> list[Problem]:
    """What speaks against the test a campaign would take part in, and against editions where they cannot leave."""
    if handed_over and len(written) > 1:
        words = "Batch writes the mail there: variants and translations of here do not leave."
        return [_told("ab.elsewhere", words, "Make them in Batch, or choose another transport.")]
    plan = family.plan
    if plan is None:
        return []
    mains = [(one.arm, version.draft) for one, version in written.items() if not one.language]
    found = [
        _told("ab.equal", f"Variants {arm_name(one)} and {arm_name(other)} are the same.", "Change one of them.")
        for (one, draft), (other, twin) in combinations(mains, 2)
        if draft == twin
    ]
    found += [
        _told("ab.share", f"Nobody gets variant {arm_name(arm)}: its share is 0 %.", "Give it a share.")
        for arm, share in enumerate(plan.shares)
        if not share
    ]
    sent = tuple((one.arm, one.language, one.version_id) for one in written)
    before = [laid.versions for laid in (templates.laid_down(u, id) for id in templates.tested(u, plan.key)) if laid]
    if any(each and each != sent for each in before):
        words = "An edition was changed since the test began: its figures would speak of both."
        found.append(_told("ab.changed", words, "End the test, and test what is new on its own."))
    known_ = reports.counts(u, ReportQuestion()) if plan.metric == "clicked" else {}
    base = known_["clicked_human"] / known_["sent"] if known_.get("sent") else METRICS[plan.metric]
    needed, least = people_needed(base, plan.relevant), report.eligible * min(plan.shares)
    if least < needed:
        words = (
            f"To see a difference of {plan.relevant * 100:g} points, about {needed:,} people per variant are needed; "
            f"this campaign brings the smallest {least:,.0f}."
        )
        found.append(_told("ab.small", words, "The test goes on over all campaigns of this mail."))
    return found


def of_languages(family: Family, locales: Mapping[str, int]) -> list[Problem]:
    """Readers for whom there is no edition in their language, where there are some for others."""
    if not family.languages:
        return []
    own = tag(family.root.language).split("-")[0]
    if not own:
        words = "Nobody said in which language the mail itself is."
        return [_told("i18n.unsaid", words, "Say it where its languages are.")]
    missing: dict[str, int] = {}
    for locale, n in locales.items():
        language = tag(locale).split("-")[0]
        for arm in family.sent_arms if language and language != own else ():
            if is_main(family.fitting(arm, locale)):
                words = language if len(family.sent_arms) == 1 else f"{language} in variant {arm_name(arm)}"
                missing[words] = missing.get(words, 0) + n
    told = [
        (n, f"{n:,} {'person reads' if n == 1 else 'people read'} {words}, and there is no edition for that.")
        for words, n in missing.items()
    ]
    return [_told("i18n.missing", words, "They get the mail itself.") for _, words in sorted(told, reverse=True)]


def _audience(u: Unit, report: AudienceReport, people: Sequence[str]) -> Iterator[Problem]:
    if not report.eligible:
        yield _told("aud.none", "Nobody would get this alert.", "See who is left out, and why.")
    usual = campaigns.audiences(u)
    if len(usual) >= USUAL and report.eligible > MANY * median(usual):
        words = f"{report.eligible:,} people are {report.eligible / max(1, median(usual)):.0f} times as many as usual."
        yield _told("aud.many", words, "Look whether it is the right restock.")
    for reason, id, words in (
        (Exclusion.SUPPRESSED, "aud.suppressed", "{:,} addresses are suppressed and get nothing."),
        (Exclusion.ALREADY_ALERTED, "aud.told", "{:,} people were told of this restock already and get nothing."),
        (Exclusion.DUPLICATE_ADDRESS, "aud.duplicate", "{:,} people share an address with another and get nothing."),
    ):
        if report.excluded.get(reason):
            yield _told(id, words.format(report.excluded[reason]))
    roles = [address for address in people if address.partition("@")[0].lower() in ROLES]
    if roles:
        words = f"{len(roles):,} of {len(people):,} addresses are shared mailboxes, such as {roles[0]}."
        yield _told("aud.role", words, "Leave them out if they did not ask themselves.")


def _goods(u: Unit, events: list[RestockEvent], report: AudienceReport) -> Iterator[Problem]:
    if report.units == 0:
        yield _told("aud.gone", "Nothing is left of what came back.", "Wait for the next restock.")
    elif report.units is not None and report.units < report.eligible:
        words = f"{report.eligible:,} people would be told of {report.units:,} units."
        yield _told("aud.stock", words, "Say in the mail that few are left.")
    for event in events:
        detail, variant = catalog.product_of_variant(u, event.variant_id), catalog.variant(u, event.variant_id)
        if detail is None or variant is None:
            continue
        then, title = event.snapshot.get("variant", {}).get("price"), detail.product.title
        if variant.price is not None and then is not None and variant.price != Decimal(str(then)):
            words = f"“{title}” costs {variant.price} now; the mail would say {then}."
            yield _told("aud.price", words, "The mail says what held at the restock.")
        if detail.product.status in _GONE:
            yield _told("aud.unpublished", f"“{title}” is not in the shop any more ({detail.product.status.value}).")


def _subject(u: Unit, draft: Draft) -> Iterator[Problem]:
    subject = draft.subject.strip()
    if subject and "{" not in subject and campaigns.last_subject(u) == subject:
        words = "The last campaign had the same subject."
        yield _told("subj.same", words, "Name the product in it.", where="subject", line=1)


def _quiet(u: Unit, shop: Shop, now: datetime) -> Iterator[Problem]:
    zone = limits_.zone(shop.timezone)
    until = limits_.quiet_until(stored_limits.limits(u).quiet, now, zone)
    if until is not None:
        words = f"It is quiet time until {until.astimezone(zone):%H:%M}."
        yield _told("aud.quiet", words, "The mails wait until then.")


def _told(id: str, words: str, fix: str = "", where: str = "", line: int = 0) -> Problem:
    return known(Problem(id, rule(id).severity, words, where or "audience", line, fix))
