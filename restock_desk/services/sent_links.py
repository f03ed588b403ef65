"""Links and pages of mails that were sent, made again from what their campaign froze. Nothing here counts anything."""

import logging

from restock_desk.errors import DeskError
from restock_desk.services import delivery, support
from restock_desk.services.desk import Desk

log = logging.getLogger(__name__)


def target(desk: Desk, delivery_id: int, number: int) -> str | None:
    """Where tracked link `number` of a sent mail leads; None if there is no such link or it leads out of the web."""
    try:
        compiled, context = delivery.context_of(desk, delivery_id)
        found = compiled.link_target(number, context)
    except (DeskError, LookupError) as error:
        log.info("delivery %d has no link %d: %s", delivery_id, number, type(error).__name__)
        return None
    return found if found and is_web(found) else None


def addresses(desk: Desk, campaign_id: int) -> dict[int, str]:
    """The addresses of a campaign's tracked links by number, as the template writes them."""
    try:
        return dict(enumerate(delivery.compiled_of(desk, campaign_id).links))
    except DeskError:
        return {}


def html(desk: Desk, delivery_id: int) -> str | None:
    """A sent mail's HTML, byte for byte where that is possible."""
    try:
        return support.message(desk, delivery_id).html
    except DeskError:
        return None


def is_web(url: str) -> bool:
    """Whether a redirect may lead there: plain web addresses without anything that could break a header."""
    return url.lower().startswith(("http://", "https://")) and all(c.isprintable() and c != " " for c in url)
