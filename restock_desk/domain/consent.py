"""Which of two statements about consent stands, and which of two suppressions is graver. See decisions/0004."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from restock_desk.domain.audience import ConsentState, SuppressionReason

_C, _S = ConsentState, SuppressionReason
GRAVITY = (_S.ERASED, _S.COMPLAINT, _S.HARD_BOUNCE, _S.UNSUBSCRIBE, _S.MANUAL, _S.SOFT_BOUNCES, _S.IMPORT)
"""Reasons of suppression, gravest first: a graver one replaces a lighter one, never the other way round."""
FINAL = frozenset((_S.ERASED, _S.COMPLAINT, _S.HARD_BOUNCE))
"""Reasons after which no imported opt-in is believed."""

_AHEAD = timedelta(days=1)
"""Clocks and zones differ."""


@dataclass(frozen=True)
class Statement:
    """What is held to be true of somebody's consent. `confirmed` False = asked for, not confirmed yet."""

    state: ConsentState = ConsentState.UNSTATED
    confirmed: bool = True
    at: datetime | None = None
    source: str = ""


def stated(state: ConsentState, at: datetime | None, source: str) -> Statement:
    """What a file's words amount to: a "subscribed" without a time is pending, though it was stated."""
    if state is _C.SUBSCRIBED and at is None:
        return Statement(_C.PENDING, True, None, source)
    return Statement(state, state is not _C.PENDING, at, source)


def believed(at: datetime | None, now: datetime) -> datetime | None:
    """The time of a statement; None for one that lies ahead by more than a day, and would beat all later words."""
    return None if at is not None and at > now + _AHEAD else at


def severity(statement: Statement) -> int:
    """How restrictive a statement is, 0 for subscribed."""
    if statement.state is _C.PENDING:
        return 1 if statement.confirmed else 2
    return {_C.SUBSCRIBED: 0, _C.UNSTATED: 1, _C.NEVER: 3, _C.UNSUBSCRIBED: 4}[statement.state]


def merged(held: Statement, told: Statement, suppressed: SuppressionReason | None = None) -> Statement:
    """What stands after an import tells `told`: the newest dated statement, on a tie the more restrictive one.

    A "no" is lifted only by an opt-in that is newer, dated and sourced, and never after a complaint or hard bounce.
    """
    if told.state is _C.UNSTATED:
        return held
    if held.state is _C.UNSTATED:
        return told
    newer = told.at is not None and (held.at is None or told.at > held.at)
    if severity(told) == severity(held):
        return told if newer else held
    if severity(told) > severity(held):
        return _restricted(held, told)
    lifts_a_no = severity(held) >= 3
    if lifts_a_no and (held.at is None or not told.source or suppressed in FINAL):
        return held
    return told if newer else held


def _restricted(held: Statement, told: Statement) -> Statement:
    """A more restrictive word counts unless it is provably older; a missing date takes nobody's opt-in away."""
    if told.at is not None and held.at is not None:
        return told if told.at >= held.at else held
    undated_yes = told.state is _C.PENDING and told.confirmed
    return held if undated_yes else told


def graver(held: SuppressionReason | None, told: SuppressionReason | None) -> SuppressionReason | None:
    """The graver of two reasons."""
    known = [reason for reason in (held, told) if reason is not None]
    return min(known, key=GRAVITY.index) if known else None
