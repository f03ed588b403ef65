"""From what a campaign froze and a delivery keeps to the finished mail: for the send, and for showing it again.

Same delivery, same bytes: nothing is read here but the frozen parts, the payload, and the moment of the first start.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

from restock_desk.domain.audience import SuppressionReason
from restock_desk.domain.campaigns import Campaign
from restock_desk.domain.editions import SentEditions
from restock_desk.domain.handover import Envelope
from restock_desk.domain.restocks import RestockEvent
from restock_desk.domain.shelf import EMPTY, Shelf
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import RenderedMail
from restock_desk.errors import DeskError
from restock_desk.rendering import processes
from restock_desk.rendering.bounded import bounded
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.headers import envelope_sender
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.press import Plate, Press
from restock_desk.services import contents, context, frozen
from restock_desk.services.desk import Desk
from restock_desk.store import campaigns as stored
from restock_desk.store.campaigns import Kept
from restock_desk.store.database import damaged
from restock_desk.store.ledger import Row
from restock_desk.store.shop import token_key

PLATES = 256
_NOTHING = Envelope("", "", b"", "")


def fingerprint(message: bytes) -> str:
    """SHA-256 in hex. Python's lock is given away for it, once a mail: that is when the thread with the connections
    gets its turn. Kept, it would come by only every five milliseconds, and its servers would wait."""
    return hashlib.sha256(message).hexdigest()


class Piece(NamedTuple):
    """One person's mail ready for the transport, or the `fault` because of which there is none."""

    envelope: Envelope
    digest: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Mould:
    """A campaign's frozen parts, thawed once: those of one edition, and the way to its `sisters`, by arm and language.

    The campaign's own is that of everybody who gets no other. `first_link` is where its counted links begin.
    """

    campaign_id: int
    compiled: CompiledTemplate
    shop: Shop
    events: tuple[RestockEvent, ...]
    token_key: bytes
    resend: bool
    allow: Collection[SuppressionReason]
    shelf: Shelf = EMPTY
    press: list[Press] = field(default_factory=list)
    plates: dict[tuple[tuple[int, ...], str, str], Plate | None] = field(default_factory=dict)
    """By restocks, locale and time zone: made when first needed. Used by one thread."""
    first_link: int = 0
    language: str = ""
    sisters: dict[tuple[int, str], "Mould"] = field(default_factory=dict)

    def of(self, row: Row | Kept) -> "Mould":
        """That of the edition this row gets: by its arm, and the language of its reader."""
        if not self.sisters:
            return self
        return self._fitting(row.arm, str(row.person.get("locale", "")))

    @cached_property
    def _fitting(self) -> Callable[[int, str], "Mould"]:
        sent = SentEditions(self.language, tuple(self.sisters))

        @lru_cache(maxsize=PLATES)
        def fit(arm: int, locale: str) -> Mould:
            wanted = sent.language_for(arm, locale)
            return self.sisters.get((arm, wanted), self.sisters.get((arm, ""), self))

        return fit

    def of_link(self, number: int) -> "Mould":
        """That of the edition which has counted link `number`."""
        every = sorted([self, *self.sisters.values()], key=lambda mould: mould.first_link)
        return [mould for mould in every if mould.first_link <= number & 255][-1]

    def own_number(self, number: int) -> int:
        """Counted link `number` of the campaign as its template counts it."""
        return number - self.first_link

    @cached_property
    def bounded(self) -> bool:
        """Whether mails are made here; what may cost anything is made in a process that can be killed."""
        return bounded(self.compiled)

    def _made(self, data: dict[str, Any], identity: Identity) -> RenderedMail:
        """The mail in the plain way. Raises TemplateFault."""
        if self.bounded:
            return self.compiled.render(data, identity)
        return processes.mail_of(self.compiled, data, identity)

    def cast(self, row: Row, now: datetime) -> Piece:
        """The mail of one claimed row. A fault of the template for this person is told, not raised."""
        return self.of(row)._cast(row, now)

    def _cast(self, row: Row, now: datetime) -> Piece:
        try:
            identity = self.identity(row.id, row.subscriber_id, row.started_at or now)
            message, sender = self._struck(row, identity)
        except TemplateFault as fault:
            return Piece(_NOTHING, fault=f"render: {fault.message}"[:500])

        def whole() -> contents.Whole:
            data = self.context(row, identity)
            return self.compiled, data, identity, self._made(data, identity)

        envelope = Envelope(
            sender, row.email, message, partial(identity.digest, "handover"), contents.Contents(whole), True
        )
        return Piece(envelope, fingerprint(message))

    def mail(self, row: Row | Kept, identity: Identity) -> RenderedMail:
        """The same mail with its parts in plain: for showing it. The bytes are those of `cast`."""
        mail = self._made(self.context(row, identity), identity)
        return replace(mail, message=self._struck(row, identity)[0])

    def _struck(self, row: Row | Kept, identity: Identity) -> tuple[bytes, str]:
        """The bytes and the sender. Raises TemplateFault."""
        plate = self._plate(row, identity) if self.bounded else None
        if plate is None:
            mail = self._made(self.context(row, identity), identity)
            return mail.message, envelope_sender(mail.headers)

        def whole() -> dict[str, Any]:
            return self.context(row, identity)

        personal = {"subscriber": context.told(row.person)} if plate.press.light else whole()
        return plate.strike(identity, row.person.get("email", ""), personal, whole)

    def _plate(self, row: Row | Kept, identity: Identity) -> Plate | None:
        """The plate for this row's restocks, locale and time zone. None where there cannot be one: a template that
        fails is rendered in the plain way, which tells what is wrong."""
        key = (row.event_ids, str(row.person.get("locale", "")), str(row.person.get("timezone", "")))
        if key in self.plates:
            return self.plates[key]
        if len(self.plates) >= PLATES:
            self.plates.clear()
        reader = frozen.thaw_person(0, {"locale": key[1], "timezone": key[2]})
        wanted = set(row.event_ids)
        events = [event for event in self.events if event.id in wanted]
        try:
            press = self.press[0] if self.press else Press.of(self.compiled)
            self.press[:] = [press]
            plate = press.plate(lambda blank: context.build(self.shop, reader, events, [], blank, self.shelf), identity)
        except (TemplateFault, ArithmeticError, TypeError, ValueError, LookupError, RecursionError, AttributeError):
            plate = None
        self.plates[key] = plate
        return plate

    def context(self, row: Row | Kept, identity: Identity) -> dict[str, Any]:
        person = frozen.thaw_person(row.subscriber_id, row.person)
        wanted = set(row.event_ids)
        events = [event for event in self.events if event.id in wanted]
        interests = [frozen.thaw_interest(row.subscriber_id, data) for data in row.interests]
        return context.build(self.shop, person, events, interests, identity, self.shelf)

    def identity(self, delivery_id: int, subscriber_id: int, date: datetime) -> Identity:
        """`date` is the moment of the first start, so that every attempt makes the same bytes."""
        return self._own.sibling(f"{self.campaign_id}|{subscriber_id}", date, delivery_id)

    @cached_property
    def _own(self) -> Identity:
        """What the identities of all mails of this campaign share."""
        made = context.identify(self.shop, self.token_key, "", datetime.min.replace(tzinfo=UTC), 0, self.campaign_id)
        return replace(made, first_link=self.first_link)

    def told(self, row: Row | Kept) -> tuple[tuple[int, int], ...]:
        """Pairs of event and interest that this row's mail answers."""
        by_variant = {int(one["variant_id"]): int(one["id"]) for one in row.interests}
        wanted = set(row.event_ids)
        return tuple(
            (event.id, by_variant[event.variant_id])
            for event in self.events
            if event.id in wanted and event.variant_id in by_variant
        )


def mould_of(desk: Desk, campaign_id: int) -> Mould:
    """The campaign's own. DeskError when it is not there or holds nothing to render (an imported one)."""
    with desk.store.reading() as u:
        parts = stored.frozen(u, campaign_id)
        key = token_key(u)
        found = stored.campaign(u, campaign_id)
    if parts is None or found is None or "compiled" not in parts:
        raise DeskError(f"Campaign {campaign_id} holds no mail.", "It was not sent from here.")
    try:
        return _thawed(found, parts, key)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged(f"what campaign {campaign_id} froze cannot be read") from error


def _thawed(campaign: Campaign, parts: dict[str, Any], key: bytes) -> Mould:
    own = Mould(
        campaign_id=campaign.id,
        compiled=CompiledTemplate.from_json(parts["compiled"]),
        shop=frozen.thaw_shop(parts["shop"]),
        events=tuple(frozen.thaw_event(data) for data in parts["events"]),
        token_key=key,
        resend=campaign.origin == "resend",
        shelf=frozen.thaw_shelf(parts.get("shelf")),
        allow=tuple(SuppressionReason(name) for name in parts.get("allow", ())),
        language=parts.get("language", ""),
    )
    for one in parts.get("editions", ()):
        own.sisters[one["arm"], one["language"]] = replace(
            own,
            compiled=CompiledTemplate.from_json(one["compiled"]),
            shelf=frozen.thaw_shelf(one.get("shelf")),
            first_link=one["first_link"],
            press=[],
            plates={},
            sisters={},
        )
    return own


def kept_of(desk: Desk, delivery_id: int) -> Kept:
    """DeskError when there is no such delivery."""
    with desk.store.reading() as u:
        kept = stored.kept(u, delivery_id)
    if kept is None:
        raise DeskError(f"There is no delivery {delivery_id}.", "Look at the person or the campaign again.")
    return kept


def mail_of(desk: Desk, delivery_id: int) -> tuple[Mould, dict[str, Any]]:
    """What one delivery's mail is made of: the mould of its edition, and the person's context."""
    kept = kept_of(desk, delivery_id)
    mould = mould_of(desk, kept.campaign_id).of(kept)
    date = kept.started_at or datetime(1970, 1, 1, tzinfo=UTC)
    identity = mould.identity(kept.delivery_id, kept.subscriber_id, date)
    return mould, mould.context(kept, identity)
