"""Batch with one event a product, for people who wait for more products than Batch takes of one person in a call.

They are told in several calls, the oldest restock first. What came of the calls is one receipt: nobody is called sent
of whom a part was not taken, and nothing is told twice where Batch may count it twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from restock_desk.domain.handover import Alert, Contents, Envelope, Handed, Merge, Parts, Receipt
from restock_desk.transport.batch_event import EVENTS_LIMIT
from restock_desk.transport.provider import HttpTransport


@dataclass(frozen=True)
class _Share:
    """Some of the products of one mail."""

    whole: Contents
    start: int

    def parts(self) -> Parts:
        return self.whole.parts()

    def merge(self) -> Merge | None:
        return self.whole.merge()

    def alert(self) -> Alert:
        alert = self.whole.alert()
        oldest = sorted(alert.items, key=lambda item: item.event_id)
        return replace(alert, items=tuple(oldest[self.start : self.start + EVENTS_LIMIT]))


class SeveralCalls:
    """A transport in front of Batch's. Used by one thread at a time."""

    def __init__(self, inner: HttpTransport) -> None:
        self.url, self.idempotent, self.batch = inner.url, inner.idempotent, inner.batch
        self._inner = inner

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        """Hand over a group; who cannot be told of one product is told of none."""
        shares = [self._shares(envelope) for envelope in envelopes]
        unfit = [next(filter(None, map(self._inner.unfit, these)), "") if len(these) > 1 else "" for these in shares]
        going = [share for these, words in zip(shares, unfit, strict=True) if not words for share in these]
        came = iter(self._inner.send(going))
        return [
            Receipt(Handed.FAILED, "", words) if words else self._summed([next(came) for _ in these])
            for these, words in zip(shares, unfit, strict=True)
        ]

    def check(self) -> str:
        return self._inner.check()

    def close(self) -> None:
        self._inner.close()

    def _shares(self, envelope: Envelope) -> list[Envelope]:
        contents = envelope.contents
        assert contents is not None
        many = len(contents.alert().items)
        if many <= EVENTS_LIMIT:
            return [envelope]
        starts = range(0, many, EVENTS_LIMIT)
        return [
            replace(
                envelope, name=f"{envelope.key}.{start}" if start else envelope.name, contents=_Share(contents, start)
            )
            for start in starts
        ]

    def _summed(self, receipts: Sequence[Receipt]) -> Receipt:
        if len(receipts) == 1:
            return receipts[0]
        of = {handed: [one for one in receipts if one.handed is handed] for handed in Handed}
        words = "; ".join(dict.fromkeys(one.words for one in receipts if one.words and one.handed is not Handed.SENT))
        taken = f"Batch took {len(of[Handed.SENT])} of {len(receipts)} calls for this person. {words}"[:300]
        if of[Handed.IN_DOUBT]:
            return replace(of[Handed.IN_DOUBT][0], words=taken)
        if of[Handed.DEFERRED] and of[Handed.SENT] and not self.idempotent:
            return Receipt(Handed.IN_DOUBT, "", taken)
        if of[Handed.DEFERRED]:
            return of[Handed.DEFERRED][0]
        if of[Handed.FAILED]:
            return replace(of[Handed.FAILED][0], words=taken if of[Handed.SENT] else words)
        warnings = "; ".join(dict.fromkeys(one.words for one in receipts if one.words))[:300]
        return replace(receipts[0], words=warnings)
