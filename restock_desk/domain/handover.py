"""Handing one finished mail to the next hop: what goes in, and what is known afterwards, told apart by phase."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

HANDED_OVER = "handed_over"
"""How a receipt begins that only says "taken": whether a mail leaves is decided there, so it counts in no rate."""


def hands_over(url: str) -> bool:
    """Whether what the transport of this address takes is only told to somebody who decides on mails of their own."""
    return url.startswith("batch:")


@dataclass(frozen=True)
class Parts:
    """A finished mail in pieces, for a next hop that builds the message itself. Nothing is encoded.

    `headers` are those only we can know (Message-ID, List-*, Feedback-ID, X-RD-*): plain ASCII, one line each.
    """

    subject: str
    html: str
    text: str
    sender_name: str
    sender_email: str
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Merge:
    """The HTML cut into what is the same for everybody and what is this person's, finished and escaped.

    html = literals[0] + values[0] + literals[1] + … + values[-1] + literals[-1].
    """

    literals: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class AlertItem:
    """One thing that came back. Empty and None = not known."""

    event_id: int
    sku: str = ""
    product: str = ""
    variant: str = ""
    price: Decimal | None = None
    currency: str = ""
    stock: int | None = None
    product_url: str = ""
    image_url: str = ""
    cart_url: str = ""
    wishlist_url: str = ""


@dataclass(frozen=True)
class Alert:
    """What is told, for a next hop with templates of its own. `at` = the first start, the same on every attempt."""

    custom_id: str
    email: str
    locale: str
    timezone: str
    first_name: str
    at: datetime
    items: tuple[AlertItem, ...]


class Contents(Protocol):
    """A mail before it became bytes. Nothing is worked out until it is asked for."""

    def parts(self) -> Parts: ...

    def merge(self) -> Merge | None:
        """None where the template cannot be cut so, or where cutting saves nothing: hand over `parts` then."""

    def alert(self) -> Alert: ...


@dataclass(frozen=True)
class Envelope:
    """One mail ready to leave: addresses for the wire and the finished bytes (CRLF line ends)."""

    sender: str
    recipient: str
    message: bytes
    name: str | Callable[[], str]
    """What `key` says, or how to work it out: most next hops never ask."""
    contents: Contents | None = field(default=None, compare=False, repr=False)
    """For next hops that take no finished bytes."""
    wired: bool = False
    """Every line end is CRLF, the last one too, and no line begins with a dot: SMTP may carry it as it is."""

    @property
    def key(self) -> str:
        """The delivery's own key, the same on every attempt: an idempotent transport may use it."""
        return self.name if isinstance(self.name, str) else self.name()


class Handed(StrEnum):
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True)
class Receipt:
    """What is known after one try. `words` is the next hop's own reply, cleaned and cut; `receipt` its id for the mail.

    `ours` True = the fault is the transport's (login refused, host gone), not this recipient's: the campaign pauses
    rather than fails people. For DEFERRED only. `wait_s` > 0 = not broken: it asked to be left alone for so long.
    """

    handed: Handed
    code: str = ""
    words: str = ""
    receipt: str = ""
    ours: bool = False
    wait_s: float = 0.0
    unbegun: bool = False
    """Nothing of this mail was said to anybody: it is simply looked at again. For DEFERRED only."""


class Transport(Protocol):
    """One way for mail to leave. Used by one thread at a time; `close` ends its connections."""

    url: str
    idempotent: bool
    """A key handed over again, alone or in any group, is still one mail."""
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
