"""What only other machines know, asked before a send or on demand: do links and pictures of a mail answer, does the
sender's domain vouch for it. Never asks for a link of ours: that would count, or take somebody off the list.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from restock_desk.domain.campaigns import Review
from restock_desk.domain.checks import known, rule
from restock_desk.domain.handover import hands_over
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Problem
from restock_desk.rendering import processes
from restock_desk.rendering.lint.tree import Tree
from restock_desk.services import dressing, readers, sending
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Whom
from restock_desk.store import shop as stored
from restock_desk.store import templates as versions
from restock_desk.transport import stays_here
from restock_desk.transport.domain_records import Texts, texts
from restock_desk.transport.lookout import UNREACHED, Resolve, Seen, look, public

HEAVY, HEAVY_ALL = 200_000, 1_000_000
"""Bytes of one picture and of all of a mail."""
_LEAVING = re.compile(r"unsubscri|opt-?out|log-?out|sign-?out|abmeld|désinscri|desuscri|confirm", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """Whom to ask: for tests of the machines of their own."""

    resolve: Resolve = public
    texts: Texts = texts


def is_due(desk: Desk) -> bool:
    """Whether a send should ask by itself: mail would leave this machine, and the shop is a real one."""
    with desk.store.reading() as u:
        return not stored.is_sample(u) and not stays_here(desk.transport) and not hands_over(desk.transport)


def look_around(desk: Desk, review: Review, asked: Asked = Asked()) -> tuple[Problem, ...]:
    """Findings about the links and pictures of a review's first mails, and about its sender's domain."""
    with desk.store.reading() as u:
        shop = stored.shop(u)
        version = versions.version(u, review.version_id)
    if version is None:
        return ()
    links, pictures = _named(desk, review, shop)
    seen = look((*links, *pictures), asked.resolve)
    sender = (version.draft.sender_email or shop.sender_email).strip().lower()
    _, keys = sending.unsigned(desk.transport)
    domain = sender.rpartition("@")[2]
    of_domain = of_sender(domain, keys, asked.texts) if "." in domain and "{" not in domain else ()
    if is_cut_off(seen):
        words = f"None of its {len(seen)} links and pictures answers: this machine may be offline."
        return (_told("link.broken", words, "Look again when it is online."), *of_domain)
    return (*of_links(links, seen), *of_pictures(pictures, seen), *of_domain)


def is_cut_off(seen: dict[str, Seen]) -> bool:
    """Whether so many machines are silent that it is rather this one."""
    return len(seen) > 1 and all(not each.status and each.fault in UNREACHED for each in seen.values())


def of_links(links: Iterable[str], seen: dict[str, Seen]) -> Iterator[Problem]:
    """Links that lead nowhere. A page that wants no robots (401, 403, 429) is there."""
    for url in links:
        found = seen.get(url)
        if found is None or (found.status and found.status < 500 and found.status not in (404, 410)):
            continue
        why = found.fault or f"its answer is {found.status}"
        yield _told("link.broken", f"A link leads nowhere: {why}.", "Correct the address.", url)


def of_pictures(pictures: Iterable[str], seen: dict[str, Seen]) -> Iterator[Problem]:
    """Pictures that are none, or heavy."""
    whole = 0
    for url in pictures:
        found = seen.get(url)
        if found is None:
            continue
        whole += found.size
        if not found.status or found.status >= 400:
            why = found.fault or f"its answer is {found.status}"
            yield _told("img.broken", f"A picture is not there: {why}.", "Correct the address.", url)
        elif found.kind and not found.kind.startswith("image/") and found.kind != "application/octet-stream":
            yield _told("img.broken", f"What should be a picture is {found.kind}.", "Correct the address.", url)
        elif found.size > HEAVY:
            words = f"A picture weighs {found.size // 1000:,} KB."
            yield _told("img.heavy", words, "Make it smaller: 200 KB are plenty.", url)
    if whole > HEAVY_ALL:
        yield _told("img.heavy", f"The pictures weigh {whole // 1000:,} KB together.", "Show fewer, or smaller ones.")


def of_sender(domain: str, keys: Iterable[str], ask: Texts) -> Iterator[Problem]:
    """What a domain publishes about its mail. Without an answer nothing is said."""
    own = ask(domain)
    policies = [each for each in own or () if each.lower().startswith("v=spf1")]
    if own is not None and not policies:
        yield _told("auth.spf", f"{domain} does not say which servers send for it (SPF).", "Ask whoever runs its DNS.")
    elif len(policies) > 1:
        yield _told("auth.spf", f"{domain} says it {len(policies)} times (SPF): then none counts.", "Leave one.")
    elif policies and re.search(r"(?:^|\s)\+?all\b", policies[0].lower()):
        yield _told("auth.spf", f"{domain} lets every server send for it (SPF).", "End it with ~all or -all.")
    for key in keys:
        selector, _, signer = key.partition("@")
        found = ask(f"{selector}._domainkey.{signer}")
        if found is not None and not any(re.search(r"(?:^|;)\s*p=\s*[A-Za-z0-9+/]", each) for each in found):
            words = f"The key {selector} of {signer} is not in its DNS (DKIM): signatures fail."
            yield _told("auth.dkim", words, "Settings › Sending shows what must stand there.")
    if _without_policy(domain, ask):
        yield _told("auth.dmarc", f"{domain} has no DMARC policy.", "Begin with v=DMARC1; p=none.")


def _without_policy(domain: str, ask: Texts) -> bool:
    """Whether neither the domain nor one above it has a DMARC policy; no answer counts as one."""
    labels = domain.split(".")
    for at in range(max(1, len(labels) - 1)):
        found = ask("_dmarc." + ".".join(labels[at:]))
        if found is None or any(each.lower().startswith("v=dmarc1") for each in found):
            return False
    return True


def _named(desk: Desk, review: Review, shop: Shop) -> tuple[list[str], list[str]]:
    """The links and pictures of the first mails as they would be without any counting; none of ours."""
    with desk.store.reading() as u:
        version = versions.version(u, review.version_id)
    assert version is not None
    draft = dressing.dressed(desk, version.draft)
    links: dict[str, None] = {}
    pictures: dict[str, None] = {}
    for person, _, _ in review.samples[:3]:
        read = readers.reader(desk, Whom(person, review.event_ids), draft)
        mail = processes.mail(draft, read.data, replace(read.identity, public_url=""))
        tree = Tree(mail.html)
        links |= dict.fromkeys(each.attributes.get("href", "").strip() for each in tree.some("a", "area"))
        pictures |= dict.fromkeys(each.attributes.get("src", "").strip() for each in tree.some("img"))
    return [url for url in links if _is_theirs(url, shop)], [url for url in pictures if _is_theirs(url, shop)]


def _is_theirs(url: str, shop: Shop) -> bool:
    """Of the web, not of this application, and no way out of a list."""
    try:
        parts = urlsplit(url)
        ours = urlsplit(shop.public_url).netloc.lower()
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return parts.netloc.lower() != ours and not _LEAVING.search(f"{parts.path}?{parts.query}")


def _told(id: str, words: str, fix: str = "", evidence: str = "") -> Problem:
    where = "sender_email" if id.startswith("auth.") else "links"
    return known(Problem(id, rule(id).severity, words, where, 0, fix, evidence=evidence[:160]))
