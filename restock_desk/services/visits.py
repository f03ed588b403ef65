"""What a visitor of the web service may do with a link of their mail: be counted, follow it, stop mails, see the mail.

A token names one delivery and one purpose. Whatever does not verify is None, and nothing tells why. Looking never
changes anything about a person: only `unsubscribe` and `cancel` do, and they are reached by POST alone.
"""

import logging
from dataclasses import dataclass
from datetime import UTC

from restock_desk.domain import tokens
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.domain.machines import OWN_SOURCE
from restock_desk.errors import DeskError
from restock_desk.services import feedback, sent_links
from restock_desk.services.desk import Desk
from restock_desk.store import audience
from restock_desk.store.shop import shop, token_key
from restock_desk.store.waiting import Recipient, recipient

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visitor:
    """What a request tells of who makes it. `prefetch` = it says itself that nobody asked for it."""

    user_agent: str = ""
    ip: str = ""
    prefetch: bool = False


@dataclass(frozen=True)
class Page:
    """What a person's own page shows: the shop, what they wait for, whether they get any mail."""

    shop: str
    recipient: Recipient


def opened(desk: Desk, token: str, visitor: Visitor) -> bool:
    """Count an open. False = no such mail."""
    return _seen(desk, "open", token, FeedbackKind.OPENED, visitor) is not None


def click(desk: Desk, token: str, visitor: Visitor) -> str | None:
    """Count a click; where it leads. The target comes from the campaign as it was sent, never from the request."""
    found = _read(desk, "click", token)
    if found is None:
        return None
    target = sent_links.target(desk, *found)
    if target is None:
        return None
    _count(desk, token, found, FeedbackKind.CLICKED, visitor)
    return target


def unsubscribe_page(desk: Desk, token: str, visitor: Visitor) -> Page | None:
    """What the unsubscribe page shows. Nothing happens to anybody, but that somebody looked is kept."""
    found = _seen(desk, "unsubscribe", token, FeedbackKind.OTHER, visitor, "page")
    return _page(desk, found) if found is not None else None


def unsubscribe(desk: Desk, token: str, visitor: Visitor) -> bool:
    """Stop all mail to the person this token was made for, at once. False = no such mail."""
    return _seen(desk, "unsubscribe", token, FeedbackKind.UNSUBSCRIBED, visitor, "one_click", must=True) is not None


def preferences(desk: Desk, token: str) -> Page | None:
    """What this person waits for."""
    found = _read(desk, "preferences", token)
    return _page(desk, found[0]) if found else None


def cancel(desk: Desk, token: str, interest_id: int | None, visitor: Visitor) -> bool:
    """Stop waiting for one thing, or (None) for everything and all mail. False = no such mail, or not theirs."""
    found = _read(desk, "preferences", token)
    if found is None:
        return False
    if interest_id is None:
        _count(desk, token, found, FeedbackKind.UNSUBSCRIBED, visitor, "preferences", must=True)
        return True
    with desk.store.unit() as u:
        person = recipient(u, found[0])
        if person is None or interest_id not in {waiting.interest_id for waiting in person.waiting}:
            return False
        audience.cancel_interest(u, interest_id, desk.now())
        u.commit()
    return True


def browser_view(desk: Desk, token: str) -> str | None:
    """The mail as it was sent, as HTML."""
    found = _read(desk, "browser", token)
    return sent_links.html(desk, found[0]) if found else None


def alive(desk: Desk) -> bool:
    """Whether the database answers."""
    try:
        with desk.store.reading() as u:
            token_key(u)
    except DeskError:
        return False
    return True


def _read(desk: Desk, purpose: str, token: str) -> tuple[int, int] | None:
    """(delivery, link number) of a token whose delivery exists."""
    with desk.store.reading() as u:
        found = tokens.read(token_key(u), purpose, token)
        return found if found is not None and recipient(u, found[0]) is not None else None


def _page(desk: Desk, delivery_id: int) -> Page | None:
    with desk.store.reading() as u:
        person = recipient(u, delivery_id)
        return Page(shop(u).name, person) if person else None


def _seen(
    desk: Desk, purpose: str, token: str, kind: FeedbackKind, visitor: Visitor, subkind: str = "", must: bool = False
) -> int | None:
    found = _read(desk, purpose, token)
    if found is None:
        return None
    _count(desk, token, found, kind, visitor, subkind, must)
    return found[0]


def _count(
    desk: Desk,
    token: str,
    found: tuple[int, int],
    kind: FeedbackKind,
    visitor: Visitor,
    subkind: str = "",
    must: bool = False,
) -> None:
    """Take one event in. A visitor is served also when counting fails, unless it `must` not."""
    now = desk.now().astimezone(UTC)
    judged = kind in (FeedbackKind.OPENED, FeedbackKind.CLICKED)
    event = FeedbackEvent(
        source=OWN_SOURCE,
        # The same visitor within the same second is one hit: double requests and reloads count once.
        key=f"{kind} {token} {int(now.timestamp())} {visitor.ip} {visitor.prefetch} {visitor.user_agent}",
        kind=kind,
        occurred_at=now,
        delivery_id=found[0],
        subkind="prefetch" if judged and visitor.prefetch else subkind,
        link=found[1] if kind is FeedbackKind.CLICKED else None,
        user_agent=visitor.user_agent,
        ip=visitor.ip,
    )
    try:
        feedback.ingest(desk, [event])
    except DeskError as error:
        if must:
            raise
        log.warning("a hit on delivery %d was not counted: %s", found[0], error.message)
