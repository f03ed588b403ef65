"""Handing one finished mail to the next hop: what goes in, and what is known afterwards, told apart by phase."""

from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Envelope:
    """One mail ready to leave: addresses for the wire and the finished bytes (CRLF line ends)."""

    sender: str
    recipient: str
    message: bytes
    key: str
    """The delivery's own key, the same on every attempt: an idempotent transport may use it."""


class Handed(StrEnum):
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True)
class Receipt:
    """What is known after one try. `words` is the next hop's own reply, cleaned and cut; `receipt` its id for the mail.

    `ours` True = the fault is the transport's (login refused, host gone), not this recipient's: the campaign pauses
    rather than fails people. For DEFERRED only.
    """

    handed: Handed
    code: str = ""
    words: str = ""
    receipt: str = ""
    ours: bool = False
    unbegun: bool = False
    """Nothing of this mail was said to anybody: it is simply looked at again. For DEFERRED only."""


class Transport(Protocol):
    """One way for mail to leave. Used by one thread at a time; `close` ends its connections."""

    url: str
    idempotent: bool
    batch: int
    """How many mails may be handed over together; the group that is marked started at once."""

    def send(self, envelopes: "list[Envelope]") -> list[Receipt]:
        """Hand over a group, one receipt per envelope in order. Never raises for what a network can do."""

    def check(self) -> str:
        """Connect, greet, log in, say goodbye: a sentence on what was found. Raises DeskError when it cannot work."""

    def close(self) -> None: ...


@runtime_checkable
class Streaming(Protocol):
    """A transport that can be given the next group before it is done with the one before."""

    def begin(self, envelopes: "list[Envelope]", fresh_s: float) -> "Future[list[Receipt]]":
        """As `send`, without waiting. A mail that could not begin within `fresh_s` comes back `unbegun`."""

    def recall(self) -> None:
        """Bring back `unbegun` whatever has not begun yet. What has begun is waited for as ever."""
