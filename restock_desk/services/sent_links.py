"""Links and pages of mails that were sent, made again from what their campaign froze. Nothing here counts anything."""

import logging
from collections.abc import Iterable

from restock_desk.errors import DeskError
from restock_desk.rendering import processes
from restock_desk.rendering.bounded import bounded
from restock_desk.services import support
from restock_desk.services.desk import Desk
from restock_desk.services.rendered import mail_of, mould_of

log = logging.getLogger(__name__)


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


def addresses(desk: Desk, campaign_id: int, numbers: Iterable[int]) -> dict[int, str]:
    """What a campaign's tracked links are called in its template, by number: an address or such as links.cart."""
    try:
        mould = mould_of(desk, campaign_id)
    except DeskError:
        return {}
    owners = {number: mould.of_link(number) for number in numbers}
    return {number: own.compiled.link_name(own.own_number(number)) for number, own in owners.items()}


def html(desk: Desk, delivery_id: int) -> str | None:
    """A sent mail's HTML; None where none was handed over."""
    try:
        return support.message(desk, delivery_id).html
    except DeskError:
        return None


def is_web(url: str) -> bool:
    """Whether a redirect may lead there: plain web addresses without anything that could break a header."""
    return url.lower().startswith(("http://", "https://")) and all(c.isprintable() and c != " " for c in url)
