"""Links and pages of mails that were sent, made again from what their campaign froze. Nothing here counts anything."""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from restock_desk.errors import DeskError
from restock_desk.rendering import processes
from restock_desk.rendering.bounded import bounded
from restock_desk.services import support
from restock_desk.services.desk import Desk
from restock_desk.services.rendered import mail_of, mould_of

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A counted link as a template writes it: an address or such as links.cart, the how manieth of that name, and in
    which round of a loop."""

    name: str
    nth: int
    turn: int


def target(desk: Desk, delivery_id: int, number: int) -> str | None:
    """Where tracked link `number` of a sent mail leads; None if there is no such link or it leads out of the web."""
    try:
        mould, context = mail_of(desk, delivery_id)
    except DeskError as error:
        log.info("delivery %d has no links: %s", delivery_id, error.message)
        return None
    number = mould.own_number(number)
    compiled = mould.compiled
    within = bounded(compiled)
    found = compiled.link_target(number, context) if within else processes.link_target(compiled, number, context)
    return found if found and is_web(found) else None


def addresses(desk: Desk, campaign_id: int, numbers: Iterable[int]) -> dict[int, Place]:
    """What a campaign's tracked links are called in its template, by number, and which of that name they are.

    Links of several editions that are the same place of the mail are equal here.
    """
    try:
        mould = mould_of(desk, campaign_id)
    except DeskError:
        return {}
    found: dict[int, Place] = {}
    for number in numbers:
        own = mould.of_link(number)
        name, place = own.compiled.link_name(own.own_number(number)), own.own_number(number) & 255
        found[number] = Place(name, own.compiled.links[:place].count(name), number >> 8)
    return found


def html(desk: Desk, delivery_id: int) -> str | None:
    """A sent mail's HTML; None where none was handed over."""
    try:
        return support.message(desk, delivery_id).html
    except DeskError:
        return None


def is_web(url: str) -> bool:
    """Whether a redirect may lead there: plain web addresses without anything that could break a header."""
    return url.lower().startswith(("http://", "https://")) and all(c.isprintable() and c != " " for c in url)
