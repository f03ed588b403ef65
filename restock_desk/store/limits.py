"""The limits and the kill switch as rows: what was set, who stopped all sending, what was let through today.

What they allow mail by mail is in `grants`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from restock_desk.domain import limits as rules
from restock_desk.domain.limits import Limits
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.shop import save_setting, setting

KEY = "limits"
_c, _k, _a, _i = schema.campaign.c, schema.brake.c, schema.allowance.c, schema.instance.c


@dataclass(frozen=True)
class Stop:
    """The kill switch as it was pulled."""

    at: datetime
    by: str
    reason: str


def limits(u: Unit) -> Limits:
    """The limits in force; defaults where none were set."""
    return rules.from_json(setting(u, KEY))


def save(u: Unit, new: Limits, now: datetime) -> None:
    """Replace the limits. Campaigns that wait for the old ones ask again at once."""
    save_setting(u, KEY, rules.to_json(new), now)
    u.connection.execute(update(schema.brake).values(hold_until=None, hold_why=""))


def limit_campaign(u: Unit, campaign_id: int, rate_per_s: float | None, per_hour: int | None) -> bool:
    """Replace one campaign's own rate and cap. False = there is no such campaign."""
    values = {"rate_limit_per_s": rate_per_s, "per_hour": per_hour}
    done = u.connection.execute(update(schema.campaign).where(_c.id == campaign_id).values(values))
    u.connection.execute(update(schema.brake).where(_k.campaign_id == campaign_id).values(hold_until=None, hold_why=""))
    return done.rowcount == 1


def stopped(u: Unit) -> Stop | None:
    """Whether the kill switch is pulled."""
    row = u.connection.execute(select(_i.stopped_at, _i.stopped_by, _i.stop_reason).order_by(_i.id).limit(1)).first()
    return Stop(*row) if row and row.stopped_at else None


def stop(u: Unit, by: str, reason: str, now: datetime) -> bool:
    """Pull the kill switch. False = it is pulled already, and stays as it was."""
    done = u.connection.execute(
        update(schema.instance).where(_i.stopped_at.is_(None)).values(stopped_at=now, stopped_by=by, stop_reason=reason)
    )
    return done.rowcount == 1


def lift(u: Unit) -> bool:
    """Let mail begin again. False = nothing was stopped."""
    done = u.connection.execute(
        update(schema.instance).where(_i.stopped_at.is_not(None)).values(stopped_at=None, stopped_by="", stop_reason="")
    )
    return done.rowcount == 1


def waits(u: Unit, campaign_id: int, now: datetime) -> str:
    """Why a running campaign does not go on just now, as a sentence; empty if nothing holds it."""
    pulled = stopped(u)
    if pulled is not None:
        return stopped_words(pulled)
    query = select(_k.hold_why).where(_k.campaign_id == campaign_id, _k.hold_until > now)
    return str(u.connection.scalar(query) or "")


def usage(u: Unit) -> list[tuple[str, int, int]]:
    """What every limited transport let through: its name, the day (ordinal), how many mails."""
    return [tuple(row) for row in u.connection.execute(select(_a.route, _a.day, _a.used).order_by(_a.route))]


def stopped_words(pulled: Stop) -> str:
    """Who stopped all sending, when and why, as a sentence."""
    reason = f": {pulled.reason}" if pulled.reason else ""
    return f"All sending was stopped by {pulled.by} at {pulled.at:%d %b %H:%M} UTC{reason}."
