"""Groups of mails on their way: handed to the transport without waiting, told by phase when they come back.

How large a group may be follows what the transport gets done: a group should be back within a moment, because whoever
is in it counts as in doubt if this process dies meanwhile.
"""

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass

from restock_desk.domain.handover import Envelope, Handed, Receipt, Streaming, Transport
from restock_desk.store.ledger import Lease, Row

FRESH_S = 1.0
"""How long after the last look at consent and stock a mail may still begin."""
AHEAD = 2
"""Groups on their way at once, where the transport bears it."""
SMALLEST = 16
MOMENT_S = 0.1
_DOUBT = Receipt(Handed.IN_DOUBT, "", "The transport failed unexpectedly.")


@dataclass
class Flight:
    """One group: its rows, and what will be known of them."""

    lease: Lease
    rows: Sequence[Row]
    future: "Future[list[Receipt]]"
    began: float


class Runway:
    """The transport as the send loop uses it. One thread."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._streaming = transport if isinstance(transport, Streaming) else None
        self._flying: deque[Flight] = deque()
        self._size = float(SMALLEST)

    @property
    def busy(self) -> bool:
        return bool(self._flying)

    @property
    def full(self) -> bool:
        """Whether nothing more should start before something came back."""
        return len(self._flying) >= (AHEAD if self._streaming else 1)

    @property
    def size(self) -> int:
        """How many mails the next group may have."""
        most = max(1, self._transport.batch)
        return most if self._streaming is None else min(most, max(SMALLEST, int(self._size)))

    def start(self, lease: Lease, rows: Sequence[Row], envelopes: list[Envelope]) -> None:
        """Let a group go. Its rows are durably marked started by now."""
        began = time.monotonic()
        future: Future[list[Receipt]] = Future()
        if self._streaming is not None:
            future = self._streaming.begin(envelopes, FRESH_S)
        else:
            try:
                future.set_result(self._transport.send(envelopes))
            except BaseException as error:
                future.set_exception(error)
        self._flying.append(Flight(lease, rows, future, began))

    def landed(self, patience_s: float) -> "tuple[Flight, list[Receipt], BaseException | None] | None":
        """The oldest group with its receipts, or None when it is not back in time. A transport that raised leaves its
        group in doubt, and what it raised is told."""
        flight = self._flying[0]
        try:
            receipts = flight.future.result(patience_s)
        except TimeoutError:
            if not flight.future.done():
                return None
            receipts = [_DOUBT] * len(flight.rows)
        except BaseException as error:
            self._flying.popleft()
            return flight, [_DOUBT] * len(flight.rows), error
        self._flying.popleft()
        self._learn(flight, receipts)
        return flight, receipts, None

    def recall(self) -> None:
        """What has not begun shall come back."""
        if self._streaming is not None:
            self._streaming.recall()

    def _learn(self, flight: Flight, receipts: list[Receipt]) -> None:
        seconds = max(time.monotonic() - flight.began, 1e-4)
        begun = sum(not receipt.unbegun for receipt in receipts)
        wanted = begun / seconds * MOMENT_S * AHEAD
        self._size = max(SMALLEST, min(wanted, self._size * 2))
