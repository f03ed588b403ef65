"""Evidence settles doubt: a mail that was seen anywhere was sent, one that a provider refused was not. Whether the
evidence comes after the doubt (`feedback`) or was there before it (`ledger`)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select

from restock_desk.domain.facts import PROOF_OF_SENDING
from restock_desk.domain.feedback import FeedbackKind
from restock_desk.store import effects, schema
from restock_desk.store.database import Unit
from restock_desk.store.messages import Message, messages, save
from restock_desk.store.rollups import Moves, among


def settle(told: Iterable[tuple[FeedbackKind, Message]], moves: Moves, now: datetime) -> list[Message]:
    """Move messages in doubt to sent, else to failed, by what was told of them. Returns those that were sent after
    all. The caller saves them."""
    told, sent = list(told), []
    for kinds, state in ((PROOF_OF_SENDING, "sent"), ({FeedbackKind.REJECTED}, "failed")):
        for kind, message in told:
            if message.state != "in_doubt" or kind not in kinds:
                continue
            doubt_hour = message.doubt_hour
            message.settle(state, now, f"settled by evidence: {kind.value}")
            if state == "sent":
                sent.append(message)
            if message.real:
                moves.add(message.campaign_id, doubt_hour, "in_doubt", -1)
                moves.add(message.campaign_id, message.cohort or doubt_hour, state)
    return sent


def look_back(u: Unit, ids: Collection[int], now: datetime) -> int:
    """Settle deliveries that are in doubt since a moment ago by evidence that was faster than the doubt: a webhook
    may tell of a mail whose sender then dies before it writes the answer down. How many are settled."""
    e = schema.feedback_event.c
    rows = u.connection.execute(select(e.delivery_id, e.kind).where(among(u, e.delivery_id, ids))).all() if ids else []
    if not rows:
        return 0
    known, moves = messages(u, {int(id) for id, _ in rows}), Moves()
    before = sum(message.state == "in_doubt" for message in known.values())
    proved = settle([(FeedbackKind(kind), known[id]) for id, kind in rows if id in known], moves, now)
    for message in known.values():
        if message.state == "failed" and message.real:  # what was counted while it was on the wire
            moves.facts(message.campaign_id, message.doubt_hour, message.seen, 0)
    save(u, known.values(), moves)
    moves.apply(u)
    effects.answer(u, proved)
    return before - sum(message.state == "in_doubt" for message in known.values())
