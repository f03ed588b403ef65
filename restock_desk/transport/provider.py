"""Mail by a provider's HTTP interface: what is the same for all of them. Each provider's own words are beside it.

A group becomes calls, a call becomes receipts. An answer is definite; a call that left as a whole and was not answered
is repeated where the provider promises that a repetition counts once, and is in doubt as a whole where it does not.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from restock_desk.domain.handover import Envelope, Handed, Parts, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.brakes import Breaker, Bucket
from restock_desk.transport.calls import Answer, Call, NotSent, Unknown

if TYPE_CHECKING:
    from restock_desk.transport.http import Line

log = logging.getLogger(__name__)
REPEATS_S = (0.5, 1.0, 2.0)
SHORT_S = 2.0
"""A wait up to this long is waited for here; a longer one is told to whoever sends."""
WAIT_S = 5.0
"""How long we leave a provider alone that says "too many" and not for how long."""
SLOW_S = 60.0
ALIKE = 16
"""So many parts of one call, all refused in the same words, are no coincidence."""
SINGLY = 16
"""Mails in a group where each is a call of its own: as many as may be in doubt when this process dies."""
UNSURE_CALL = 50
"""Mails in one call at most where an unknown outcome cannot be cleared up by repeating it."""


@dataclass(frozen=True)
class Terms:
    """What a provider promises and where it ends.

    `repeat_s` = for so long a call repeated with the same key and bytes counts once; 0 = it promises nothing like it.
    `per_s` limits calls, or mails where `counts_mails`; 0 = unknown, it will say so itself.
    """

    name: str
    call: int
    call_bytes: int
    repeat_s: float = 0.0
    per_s: float = 0.0
    burst: float = 1.0
    counts_mails: bool = False
    idempotent: bool = False
    """Each mail's key is kept, whatever call it comes in."""

    @property
    def batch(self) -> int:
        return self.call if self.repeat_s else min(self.call, UNSURE_CALL)

    @property
    def words(self) -> str:
        """The promise as a sentence."""
        if not self.repeat_s:
            return "Promises no idempotency: a call without an answer is in doubt."
        span = f"{self.repeat_s / 3600:g} hours" if self.repeat_s >= 3600 else f"{self.repeat_s / 60:g} minutes"
        return f"A {'mail' if self.call == 1 or self.idempotent else 'call'} repeated within {span} counts once."


class Provider(Protocol):
    """One provider's way to say things. Knows no network and keeps nothing."""

    @property
    def terms(self) -> Terms: ...

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        """Why this mail can never be handed over here, as a sentence; empty = it can."""

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        """The group cut into calls, as positions; each within `terms.batch`."""

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        """The call that hands these over. Same group and key, same body."""

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        """What a 2xx says of each mail. Raises Unknown when it cannot be told."""

    def refused(self, answer: Answer) -> Receipt:
        """What a 4xx says: DEFERRED and `ours` when it is about us, else FAILED."""

    def probe(self, secret: str, now: datetime) -> Call:
        """A call that changes nothing and needs the key."""

    def found(self, answer: Answer) -> str:
        """What the probe's answer says, as a sentence. Raises DeskError when it says that nothing can be sent."""


def _line() -> "Line":
    from restock_desk.transport.http import Line  # takes a quarter of a second to load, and most runs call nobody

    return Line()


@dataclass(frozen=True)
class Surroundings:
    """What a transport needs of the world: wall clock, steady seconds, a way to wait, a connection."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    rest: Callable[[float], object] = lambda seconds: threading.Event().wait(seconds)
    line: Callable[[], "Line"] = _line


class HttpTransport:
    """Used by one thread at a time. Connects when there is something to send."""

    def __init__(
        self, url: str, provider: Provider, secret: Callable[[], str], world: Surroundings | None = None
    ) -> None:
        self.url = url
        self.idempotent = provider.terms.idempotent
        self.batch = max(provider.terms.batch, SINGLY)
        self._provider, self._secret = provider, secret
        self._world = world or Surroundings()
        self._line = self._world.line()
        self._breaker = Breaker(self._world.clock)
        terms = provider.terms
        self._bucket = Bucket(terms.per_s, terms.burst, self._world.clock) if terms.per_s else None

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        """Hand over a group, call by call. After one that did not get through the rest is not tried."""
        receipts: dict[int, Receipt] = {}
        for position, envelope in enumerate(envelopes):
            if words := self.unfit(envelope):
                receipts[position] = Receipt(Handed.FAILED, "", words)
        fit = [position for position in range(len(envelopes)) if position not in receipts]
        calls = [[fit[i] for i in call] for call in self._provider.plan([envelopes[i] for i in fit])]
        broken: Receipt | None = None
        while calls:
            call = calls.pop(0)
            room = 0 if broken else self._breaker.room(len(call))
            if not room:
                receipts |= dict.fromkeys(call, self._closed(broken))
                continue
            if len(call) > room:
                calls.insert(0, call[room:])
                call = call[:room]
            given = self._hand_over([envelopes[i] for i in call])
            broken = next((receipt for receipt in given if receipt.ours), None)
            receipts |= dict(zip(call, given, strict=True))
        return [receipts[position] for position in range(len(envelopes))]

    def check(self) -> str:
        """Ask something harmless that needs the key. Raises DeskError with the provider's words."""
        name = self._provider.terms.name
        try:
            secret = self._key()
            answer = self._line.ask(self._provider.probe(secret, self._world.now()))
        except (NotSent, Unknown) as error:
            raise DeskError(f"{name} cannot be reached: {error}", "Check the network and the address.") from None
        finally:
            self._line.close()
        try:
            return self._provider.found(answer)
        except Unknown:
            raise DeskError(f"{name} answers {answer.status} and nothing that can be read.", "Try again.") from None

    def close(self) -> None:
        self._line.close()

    def _key(self) -> str:
        """The secret. DeskError when there is none, or one that no call can carry."""
        name, secret = self._provider.terms.name, self._secret().strip()
        if not secret:
            raise DeskError(f"There is no key for {name}.", "Keep it in the keyring or the secrets file.")
        if not (secret.isascii() and secret.isprintable()):
            raise DeskError(f"The key for {name} holds characters that no key has.", "Keep it again.")
        return secret

    def unfit(self, envelope: Envelope) -> str:
        """Why it cannot be handed over, nothing of it having left; a mail that cannot be made in pieces among it."""
        try:
            parts_of(envelope)
            return self._provider.unfit(envelope, self._world.now())
        except DeskError as error:
            return f"render: {error.message}"

    def _closed(self, broken: Receipt | None = None) -> Receipt:
        """For a mail that is not tried now."""
        locked, wait_s = self._breaker.locked, self._breaker.wait_s
        words = f"{self._provider.terms.name} did not work just now and is left alone for a while."
        return Receipt(Handed.DEFERRED, "", locked or (broken.words if broken else words), ours=True, wait_s=wait_s)

    def _hand_over(self, group: list[Envelope]) -> list[Receipt]:
        """One call, or several smaller ones where it is too large or something in it is refused."""
        try:
            return self._try(group)
        except _Refused as refused:
            return self._sifted(group) if len(group) > 1 else [refused.receipt]

    def _sifted(self, group: list[Envelope]) -> list[Receipt]:
        """Find what is refused by halves, so that it does not take its neighbours with it.

        When all of many parts are refused in the same words, it is us and not those people.
        """
        receipts: list[Receipt | None] = [None] * len(group)
        parts = [range(len(group))]
        while parts:
            smaller = [half for part in parts for half in _halves(part) if half]
            parts, words = [], set()
            for part in smaller:
                if self._breaker.room(len(part)) < len(part):
                    given = [self._closed()] * len(part)
                else:
                    try:
                        given = self._try([group[i] for i in part])
                    except _Refused as refused:
                        words.add(refused.receipt.words)
                        parts += [part] if len(part) > 1 else []
                        given = [refused.receipt] * len(part)
                for i, receipt in zip(part, given, strict=True):
                    receipts[i] = receipt
            settled = [receipt for receipt in receipts if receipt is not None]
            if len(words) == 1 and len(smaller) >= ALIKE and all(one.code and one.words in words for one in settled):
                self._breaker.lock(settled[0].words)
                return [replace(receipt, handed=Handed.DEFERRED, ours=True) for receipt in settled]
        return settled

    def _try(self, group: list[Envelope]) -> list[Receipt]:
        """One call. Raises _Refused when it is refused as a whole because of something in it."""
        name = self._provider.terms.name
        try:
            secret = self._key()
        except DeskError as error:
            return [Receipt(Handed.DEFERRED, "", error.message, ours=True)] * len(group)
        call = self._provider.call(group, secret, call_key(group), self._world.now())
        if len(call.body) > self._provider.terms.call_bytes:
            raise _Refused(Receipt(Handed.FAILED, "", f"The mail is larger than {name} takes."))
        return self._ask(group, call)

    def _ask(self, group: list[Envelope], call: Call) -> list[Receipt]:
        """Make the call, repeated where that is safe, and read what came of it."""
        repeats = list(REPEATS_S) if self._provider.terms.repeat_s else []
        polite = unsure = False
        asked = 0.0
        while True:
            self._keep_to_rate(len(group))
            try:
                answer = self._line.ask(call)
                if answer.status >= 500 or answer.status // 100 in (1, 3):
                    asked = answer.retry_after_s(self._world.now()) or 0.0
                    raise (Unknown if answer.whole else NotSent)(f"{answer.status} {told(answer)}".strip())
                receipts = self._settled(group, answer)
                wait_s = receipts[0].wait_s
                if 0 < wait_s <= SHORT_S and not polite:
                    polite = True
                    self._world.rest(wait_s)
                    continue
                self._breaker.hold(wait_s)
                return _doubt(group, receipts[0].words) if unsure and receipts[0].ours else receipts
            except _Refused as refused:
                if unsure:
                    return _doubt(group, refused.receipt.words)
                raise
            except NotSent as error:
                self._breaker.bad()
                broken = Receipt(Handed.DEFERRED, "", str(error), ours=True)
                return _doubt(group, str(error)) if unsure else [broken] * len(group)
            except Unknown as error:
                unsure = True
                log.info("%s did not answer a call of %d mails", self._provider.terms.name, len(group))
                if not repeats:
                    self._breaker.bad()
                    self._breaker.hold(asked)
                    return _doubt(group, str(error))
                self._world.rest(repeats.pop(0))

    def _settled(self, group: list[Envelope], answer: Answer) -> list[Receipt]:
        """Receipts from an answer that settles the call. Raises Unknown when it does not, _Refused for a refusal."""
        if answer.status // 100 == 2:
            receipts = self._provider.receipts(group, answer)
            if len(receipts) != len(group):
                raise Unknown("The answer does not speak of every mail.")
            self._breaker.good()
            return receipts
        receipt = self._provider.refused(answer)
        if receipt.handed is Handed.IN_DOUBT:
            raise Unknown(receipt.words)
        if answer.status == 429 and not receipt.ours:
            if self._bucket is not None:
                self._bucket.slow(SLOW_S)
            asked = answer.retry_after_s(self._world.now())
            wait_s = max(WAIT_S if asked is None else asked, 0.1)
            receipt = replace(receipt, handed=Handed.DEFERRED, ours=True, wait_s=wait_s)
        elif receipt.handed is Handed.FAILED:
            self._breaker.good()
            raise _Refused(receipt)
        elif receipt.ours:
            self._breaker.lock(receipt.words)
        return [receipt] * len(group)

    def _keep_to_rate(self, mails: int) -> None:
        if self._bucket is not None:
            wait = self._bucket.take(mails if self._provider.terms.counts_mails else 1)
            if wait > 0:
                self._world.rest(wait)


class _Refused(Exception):
    """The call as a whole, because of something in it. `receipt` says so of each of its mails."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.words)
        self.receipt = receipt


def call_key(group: Sequence[Envelope]) -> str:
    """The key of one call: the same for the same mails in the same order."""
    return hashlib.sha256("|".join(envelope.key for envelope in group).encode()).hexdigest()


def parts_of(envelope: Envelope) -> Parts:
    """The mail in pieces. Only mails that were made without them have none, and those are not for providers."""
    assert envelope.contents is not None
    return envelope.contents.parts()


def message_mark(parts: Parts) -> str:
    """What our feedback knows the mail by."""
    return next((value for name, value in parts.headers if name == "X-RD-Msg"), "")


def told(answer: Answer, *names: str) -> str:
    """The provider's words in an answer, cleaned and cut: the first of these fields that holds any."""
    try:
        data = answer.data()
    except Unknown:
        return ""
    for name in (*names, "message", "Message", "error_message", "error"):
        value = data.get(name) if isinstance(data, dict) else None
        if isinstance(value, str) and value:
            return clean(value)
    return ""


def clean(words: object) -> str:
    """One line without control characters, cut to what is worth keeping."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(words)).split())[:300]


def refusal(answer: Answer, words: str, ours: bool) -> Receipt:
    """A 4xx as a receipt."""
    said = f"{answer.status} {words}".strip()
    return Receipt(Handed.DEFERRED if ours else Handed.FAILED, str(answer.status), said, ours=ours)


def singly(group: Sequence[Envelope]) -> list[list[int]]:
    """One call a mail."""
    return [[position] for position in range(len(group))]


def together(group: Sequence[Envelope], most: int) -> list[list[int]]:
    """As many mails in a call as it holds."""
    return [list(range(start, min(start + most, len(group)))) for start in range(0, len(group), most)]


def _halves(part: range) -> tuple[range, range]:
    middle = part.start + (len(part) + 1) // 2
    return range(part.start, middle), range(middle, part.stop)


def _doubt(group: list[Envelope], words: str) -> list[Receipt]:
    return [Receipt(Handed.IN_DOUBT, "", f"{words} The mails may have been taken.")] * len(group)
