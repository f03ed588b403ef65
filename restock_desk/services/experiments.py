"""A/B tests of a mail's variants: how the arms did, what may be said of it, and a person who decides.

A test goes on over all campaigns of its mail until somebody ends it; there is a verdict only after that, when the
horizon is over for every arm, so that nobody stops it for the sake of a number (see `domain.verdicts`).
"""

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from restock_desk.domain.campaigns import CampaignState
from restock_desk.domain.editions import Experiment, arm_name
from restock_desk.domain.staff import AuditEntry
from restock_desk.domain.verdicts import GUARDS, Arm, Finding, Verdict, verdicts
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.store import arms, campaigns, staff
from restock_desk.store import templates as store
from restock_desk.store.arms import ArmCounts
from restock_desk.store.database import Unit

_OPEN = (CampaignState.PREPARING, CampaignState.RUNNING, CampaignState.PAUSED)


@dataclass(frozen=True)
class ArmFigures:
    """One arm as people see it: its name, what it was planned to get, and what became of it."""

    name: str
    share: float
    counts: ArmCounts


@dataclass(frozen=True)
class Standing:
    """How a test stands. `closes_at` None = nobody ended it yet, or nothing was sent; no verdict before it."""

    experiment: Experiment
    campaigns: tuple[int, ...]
    arms: tuple[ArmFigures, ...]
    verdicts: tuple[Verdict, ...]
    closes_at: datetime | None
    leaving: bool = False
    """Mails of it are still to leave."""
    changed: bool = False
    """Not all of its campaigns sent the same: a variant was changed in between."""

    @property
    def running(self) -> bool:
        return any(verdict.finding is Finding.RUNNING for verdict in self.verdicts)


def key_of(token_key: bytes, experiment: Experiment) -> bytes:
    """What decides who gets which arm."""
    return hmac.digest(token_key, f"restock-desk test {experiment.key}".encode(), "sha256")


def new_key() -> str:
    return secrets.token_hex(8)


def must_be_open(u: Unit, experiment: Experiment | None) -> None:
    """DeskError when mails of the test left, or are about to: its rules stand until it is ended."""
    if experiment is None or experiment.ended_at is not None:
        return
    for campaign_id in store.tested(u, experiment.key):
        if campaigns.state(u, campaign_id) in _OPEN or campaigns.tally(u, campaign_id).begun:
            raise DeskError("The test has sent mails already; its rules stand.", "End the test first.")


def standing(desk: Desk, experiment: Experiment) -> Standing:
    """How a test did so far. It is closed when it was ended, no mail of it is still to leave, and the horizon after the
    last one is over; clicks and orders after that count for nothing."""
    with desk.store.reading() as u:
        of = store.tested(u, experiment.key)
        leaving = any(campaigns.state(u, id) in _OPEN for id in of)
        found = {one.arm: one for one in arms.counts(u, of)}
        last = max((one.last_at for one in found.values() if one.last_at is not None), default=None)
        closes = last + timedelta(seconds=experiment.horizon_s) if last is not None and not leaving else None
        if experiment.ended_at is not None and closes is not None:
            found = {one.arm: one for one in arms.counts(u, of, closes)}
        written = {(laid.versions if laid is not None else ()) for laid in (store.laid_down(u, id) for id in of)}
    ended = experiment.ended_at is not None
    closed = ended and not leaving and (closes is None or closes <= desk.now())
    every = [found.get(arm, ArmCounts(arm, 0, 0, 0, 0, 0, 0, 0, 0, 0, None)) for arm in range(len(experiment.shares))]
    told = [
        Arm(
            name=arm_name(one.arm),
            share=experiment.shares[one.arm],
            assigned=one.assigned,
            sent=one.sent,
            delivered=one.delivered,
            hits=getattr(one, experiment.metric),
            closed=closed,
            guards={name: getattr(one, name) for name in GUARDS},
        )
        for one in every
    ]
    figures = tuple(ArmFigures(arm_name(one.arm), experiment.shares[one.arm], one) for one in every)
    verdict = tuple(verdicts(told, experiment.relevant))
    return Standing(experiment, tuple(of), figures, verdict, closes if ended else None, leaving, len(written) > 1)


def of_campaign(desk: Desk, campaign_id: int) -> Standing | None:
    """How the test stands that a campaign took part in; None where it tested nothing."""
    with desk.store.reading() as u:
        laid = store.laid_down(u, campaign_id)
        newest = _newest(u, campaign_id, laid) if laid is not None else None
    return standing(desk, newest) if newest is not None else None


def is_tested(desk: Desk, campaign_id: int) -> bool:
    """Whether a campaign takes part in a test."""
    with desk.store.reading() as u:
        return store.laid_down(u, campaign_id) is not None


def of_template(desk: Desk, root_id: int) -> Standing | None:
    """How the newest test of a mail stands; None where it has none."""
    with desk.store.reading() as u:
        found = store.experiment(u, root_id)
    return standing(desk, found) if found is not None else None


def end(desk: Desk, root_id: int) -> Standing:
    """No campaign launched from now on takes part; the verdict comes when the horizon is over."""
    with desk.store.unit() as u:
        store.lock(u, root_id)
        found = store.experiment(u, root_id)
        if found is None or found.ended_at is not None:
            raise DeskError("No test goes on for this mail.", "Give it a second variant first.")
        ended = replace(found, ended_at=desk.now())
        store.set_experiment(u, root_id, ended)
        _record(u, desk, "test ended", root_id)
        u.commit()
    return standing(desk, ended)


def _newest(u: Unit, campaign_id: int, laid: Experiment) -> Experiment:
    """The rules as laid down, and whether the test was ended since."""
    root = store.root_of_campaign(u, campaign_id)
    now = store.experiment(u, root) if root is not None else None
    return (
        now if now is not None and now.key == laid.key else replace(laid, ended_at=laid.began_at)
    )  # another came after


def _record(u: Unit, desk: Desk, action: str, root_id: int) -> None:
    staff.record(u, AuditEntry(desk.now(), desk.actor.name, action, f"template {root_id}", "", {}))
