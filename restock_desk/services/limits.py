"""The limits a person sets, the kill switch, and what a sender looks at before it claims. What is granted mail by mail
is `store.grants`; which copy of the database may send is `home`."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from restock_desk.domain import limits as rules
from restock_desk.domain.limits import Limits
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.services import home
from restock_desk.services.desk import Desk
from restock_desk.store import limits as stored
from restock_desk.store import shop as shop_
from restock_desk.store import staff
from restock_desk.store.limits import Stop

WithReason = Callable[[Desk, str], object]
"""An intent that needs a reason."""
log = logging.getLogger(__name__)
BEAT_S = 5
"""How often the database's pulse is moved, and its disk looked at, while mail is sent."""


@dataclass(frozen=True)
class Standing:
    """What holds all sending from here: the kill switch, and a sentence when this database may not send at all."""

    stopped: Stop | None
    locked: str = ""


def limits(desk: Desk) -> Limits:
    """The limits in force for all who share the database."""
    with desk.store.reading() as u:
        return stored.limits(u)


def save(desk: Desk, new: Limits) -> Limits:
    """Replace the limits; senders keep to them from their next group on. DeskError for what makes no sense."""
    why = rules.problem(new)
    if why:
        raise DeskError(why, "Nothing was changed.")
    with desk.store.unit() as u:
        before, after = rules.to_json(stored.limits(u)), rules.to_json(new)
        changed = [name for name in after if before[name] != after[name]]
        if changed:
            stored.save(u, new, desk.now())
            told: dict[str, object] = {name: {"before": before[name], "after": after[name]} for name in changed}
            staff.record(u, AuditEntry(desk.now(), desk.actor.name, "limits changed", "sending", "", told))
        u.commit()
    return new


def limit_campaign(desk: Desk, campaign_id: int, rate_per_s: float | None, per_hour: int | None) -> None:
    """One campaign's own rate and cap an hour; None = no rate of its own, the shop's cap."""
    if (rate_per_s is not None and rate_per_s <= 0) or (per_hour is not None and per_hour < 1):
        raise DeskError("A limit must be above 0.", "Leave it out for none.")
    with desk.store.unit() as u:
        if not stored.limit_campaign(u, campaign_id, rate_per_s, per_hour):
            raise DeskError(f"There is no campaign {campaign_id}.", "Look at the list of campaigns.")
        told: dict[str, object] = {"rate_per_s": rate_per_s, "per_hour": per_hour}
        entry = AuditEntry(desk.now(), desk.actor.name, "campaign limited", f"campaign {campaign_id}", "", told)
        staff.record(u, entry)
        u.commit()


def usage(desk: Desk) -> list[tuple[str, int]]:
    """How many mails each limited transport let through today, by the shop's clock."""
    with desk.store.reading() as u:
        today = rules.day_of(desk.now(), rules.zone(shop_.shop(u).timezone))[0].toordinal()
        return [(name, used) for name, day, used in stored.usage(u) if day == today]


def stopped(desk: Desk) -> Stop | None:
    """Who pulled the kill switch, when and why; None when mail may leave."""
    with desk.store.reading() as u:
        return stored.stopped(u)


def stop(desk: Desk, reason: str = "") -> Stop:
    """Pull the kill switch: nobody begins a mail two seconds from now, here or on any other host, until it is lifted.

    Everybody may. Pulling it again changes nothing.
    """
    with desk.store.unit() as u:
        if stored.stop(u, desk.actor.name, reason.strip(), desk.now()):
            entry = AuditEntry(desk.now(), desk.actor.name, "kill switch pulled", "sending", reason.strip())
            staff.record(u, entry)
        pulled = stored.stopped(u)
        u.commit()
    assert pulled is not None
    return pulled


def lift(desk: Desk, reason: str) -> None:
    """Let mail leave again: a manager, with a reason. Campaigns go on from where they were."""
    if desk.actor.role != "manager":
        raise DeskError("Only a manager may lift the kill switch.", "Ask one.")
    if not reason.strip():
        raise DeskError("A reason is needed.", "Say in a few words why; it is kept in the audit trail.")
    with desk.store.unit() as u:
        if not stored.lift(u):
            raise DeskError("The kill switch is not pulled.", "Mail may leave already.")
        staff.record(u, AuditEntry(desk.now(), desk.actor.name, "kill switch lifted", "sending", reason.strip()))
        u.commit()


def refuse_when_stopped(desk: Desk) -> None:
    """DeskError while the kill switch is pulled: for who would otherwise wait for it without a word."""
    pulled = stopped(desk)
    if pulled is not None:
        raise DeskError(stored.stopped_words(pulled), "A manager lifts it: restock-desk kill-switch off --reason TEXT.")


def standing(desk: Desk) -> Standing:
    """What a person must see at all times. Writes nothing."""
    return Standing(stopped(desk), home.place(desk).why)


@dataclass
class Gate:
    """What one sender looks at every few seconds: that this is the database that sends, and that its disk has room."""

    desk: Desk
    looked_at: datetime | None = None
    found: DeskError | None = None

    def shut(self) -> DeskError | None:
        """Why nothing may be claimed or started just now; None = go on. Raises DeskError when this database may not
        send."""
        now = self.desk.now()
        if self.looked_at is None or not 0 <= (now - self.looked_at).total_seconds() < BEAT_S:
            home.guard(self.desk)
            self.found = _no_room(self.desk)
            self.looked_at = now
        return self.found


def _no_room(desk: Desk) -> DeskError | None:
    """Where writing must not fail while mail is under way: the database's folder, or our own beside a server's."""
    folder = desk.data_dir if desk.store.path is None else desk.store.path.absolute().parent
    with desk.store.reading() as u:
        reserve = stored.limits(u).reserve_mb * 1_000_000
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    if free >= reserve:
        return None
    return DeskError(
        f"Sending waits: only {free / 1e6:,.0f} MB are free in {folder}, {reserve / 1e6:,.0f} MB must be.",
        "Free some space, and it goes on; or lower the limit under Settings → Limits.",
    )
