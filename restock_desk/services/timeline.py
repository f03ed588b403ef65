"""One person's story as lines in plain words, newest first: made from what the store found, asks nothing itself."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from restock_desk.domain.audience import EXCLUSION_WORDS, ConsentEvent, Exclusion, Interest, Subscriber, TimelineEntry
from restock_desk.domain.campaigns import Delivery, DeliveryState
from restock_desk.domain.handover import HANDED_OVER
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.store.person import Happening

_STATES = {
    DeliveryState.QUEUED: "Mail is queued",
    DeliveryState.CLAIMED: "Mail is being prepared",
    DeliveryState.STARTED: "Mail is being handed over",
    DeliveryState.SENT: "Mail sent",
    DeliveryState.DEFERRED: "Mail will be tried again",
    DeliveryState.FAILED: "Mail failed",
    DeliveryState.IN_DOUBT: "Mail may or may not have left",
    DeliveryState.SKIPPED: "No mail was sent",
}
_KINDS = {"sent": "sent", "delivered": "delivery", "opened": "opened", "clicked": "clicked", "ordered": "ordered",
          "bounced": "bounced", "rejected": "bounced", "complained": "complained",
          "unsubscribed": "unsubscribed"}  # fmt: skip
_WORDS = {"delivered": "Delivered", "opened": "Opened the mail", "clicked": "Followed a link", "ordered": "Bought it",
          "bounced": "Bounced", "rejected": "Rejected by the provider", "complained": "Complained",
          "unsubscribed": "Unsubscribed", "deferred": "Delivery delayed"}  # fmt: skip
_SIGNALS = {"prefetch": "fetched ahead", "bot_ua": "a known robot", "sweep": "followed every link at once",
            "shared_net": "one network opened many mails at once", "provider": "the provider says so",
            "apple_mpp": "Apple Mail privacy protection", "instant": "within seconds of sending",
            "proxied": "through a picture proxy", "unsub_pair": "followed the unsubscribe link too"}  # fmt: skip
Wait = tuple[Interest, str, str, str]


def timeline(
    consents: Sequence[ConsentEvent],
    waits: Sequence[Wait],
    mails: Sequence[Delivery],
    about: tuple[dict[int, str], dict[int, datetime], dict[int, str]],
    happenings: Sequence[Happening],
    events: Sequence[RestockEvent],
    barred: tuple[Subscriber, tuple[datetime, str] | None],
) -> tuple[TimelineEntry, ...]:
    """All lines, newest first. `about` mails: campaigns' names, when each last moved, which edition it was. Undated
    consent is left."""
    titles = {mail.id: about[0].get(mail.campaign_id, "") for mail in mails}
    lines = [
        *_consents(consents),
        *(_wait(wait) for wait in waits),
        *(_restock(event) for event in events if _since(waits, event)),
        *_mails(mails, *about),
        *(_happening(one, titles.get(one.delivery_id, "")) for one in happenings),
    ]
    someone, suppressed = barred
    if suppressed and someone.suppressed:
        words = someone.suppressed.value.replace("_", " ")
        lines.append(
            TimelineEntry(suppressed[0], "suppression", f"Address suppressed: {words}", _source(suppressed[1]))
        )
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def _consents(consents: Sequence[ConsentEvent]) -> Iterator[TimelineEntry]:
    for one in consents:
        if one.at is not None:
            detail = " · ".join(part for part in (one.source, one.wording) if part)
            yield TimelineEntry(one.at, "consent", f"Consent: {one.state.value}", detail)


def _wait(wait: Wait) -> TimelineEntry:
    interest, product, variant, sku = wait
    name = " · ".join(part for part in (product, variant) if part)
    return TimelineEntry(interest.created_at, "interest", f"Asked to be told about {name}",
                         " · ".join(part for part in (sku, interest.source) if part),
                         event_id=interest.notified_event_id)  # fmt: skip


def _since(waits: Sequence[Wait], event: RestockEvent) -> bool:
    """Whether the restock happened while this person waited, or answered their wait."""
    return any(
        wait.variant_id == event.variant_id
        and (wait.notified_event_id == event.id or wait.created_at <= event.occurred_at)
        for wait, *_ in waits
    )


def _restock(event: RestockEvent) -> TimelineEntry:
    product, variant = event.snapshot.get("product", {}), event.snapshot.get("variant", {})
    name = " · ".join(part for part in (product.get("title", ""), variant.get("title", "")) if part)
    gone = " · withdrawn" if event.state is EventState.WITHDRAWN else ""
    detail = f"{variant.get('sku', '')}: {event.before} → {event.after}{gone}"
    return TimelineEntry(event.occurred_at, "restock", f"{name} came back", detail, event_id=event.id)


def _mails(
    mails: Sequence[Delivery], campaigns: dict[int, str], moved: dict[int, datetime], got: dict[int, str]
) -> Iterator[TimelineEntry]:
    for mail in mails:
        at = mail.sent_at or moved[mail.id]
        reason = EXCLUSION_WORDS[Exclusion(mail.reason)] if mail.reason in set(Exclusion) else mail.reason
        detail = " · ".join(part for part in (campaigns.get(mail.campaign_id, ""), got.get(mail.id), reason) if part)
        kind = "sent" if mail.state is DeliveryState.SENT else "delivery"
        told = "Handed to Batch" if mail.receipt.startswith(HANDED_OVER) else _STATES[mail.state]
        yield TimelineEntry(at, kind, told, detail, delivery_id=mail.id)


def _happening(one: Happening, about: str) -> TimelineEntry:
    seen = one.kind in ("opened", "clicked")
    machine = " by a machine" if one.who == "machine" and seen else ""
    title = _WORDS.get(one.kind, one.kind.replace("_", " ").capitalize()) + machine
    kind = "" if seen and not machine else _signals(one.subkind) if machine else one.subkind
    detail = " · ".join(part for part in (about, kind, one.reason) if part)
    return TimelineEntry(one.at, _KINDS.get(one.kind, "note"), title, detail, delivery_id=one.delivery_id)


def _source(source: str) -> str:
    """Who or what suppressed an address, in words."""
    kind, _, name = source.partition(":")
    return f"told by feedback from {name}" if kind == "feedback" and name else source


def _signals(codes: str) -> str:
    """The signals of `machines.judge` in words."""
    return ", ".join(_SIGNALS.get(code, code.replace("_", " ")) for code in codes.split("+"))
