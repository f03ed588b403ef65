"""Our own shape of a feedback event, as JSON objects and table rows tell it. What events do is decided in `store`."""

from collections.abc import Mapping
from datetime import UTC, datetime

from restock_desk.domain.facts import bounce_kind
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who

FIELDS = (
    "event_id",
    "kind",
    "subkind",
    "occurred_at",
    "delivery",
    "token",
    "message_id",
    "recipient",
    "link",
    "url",
    "reason",
    "smtp_code",
    "user_agent",
    "ip",
    "sku",
    "custom_id",
)
"""Names of the fields, the same in JSON and as table headers."""

_MOST = 2**63 - 1


class Wrong(ValueError):
    """A field that cannot be taken as it is; `field` names it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def event_from(item: object, source: str, line: int = 0) -> FeedbackEvent:
    """The event an object tells. Raises `Wrong`. Unknown kinds are kept as `other`: never an error."""
    if not isinstance(item, Mapping):
        raise Wrong("", "An event must be an object with named fields.")
    key = _text(item, "event_id", 500)
    if not key:
        raise Wrong("event_id", "The event has no event_id.")
    told = _text(item, "kind", 60).lower()
    if not told:
        raise Wrong("kind", "The event has no kind.")
    kind = FeedbackKind(told) if told in set(FeedbackKind) else FeedbackKind.OTHER
    subkind = _text(item, "subkind", 60).lower() if kind.value == told else told
    code, reason = _text(item, "smtp_code", 40), _text(item, "reason", 500)
    if kind is FeedbackKind.BOUNCED:
        subkind = bounce_kind(subkind, code, reason)
    if kind is FeedbackKind.ORDERED and _when(item) is None:
        raise Wrong("occurred_at", "An order must say when it was.")
    acts = kind in (FeedbackKind.OPENED, FeedbackKind.CLICKED)
    return FeedbackEvent(
        source=source,
        key=key,
        kind=kind,
        occurred_at=_when(item),
        delivery_id=_number(item, "delivery"),
        token=_text(item, "token", 100),
        message_id=_text(item, "message_id", 500).strip("<> "),
        recipient=_text(item, "recipient", 320),
        subkind="" if acts else subkind[:20],
        who=Who.MACHINE if acts and subkind == "machine" else Who.UNKNOWN,
        link=_number(item, "link", 2**31 - 1),
        url=_text(item, "url", 2000),
        reason=reason,
        smtp_code=code,
        user_agent=_text(item, "user_agent", 300),
        ip=_text(item, "ip", 45),
        sku=_text(item, "sku", 200),
        custom_id=_text(item, "custom_id", 200),
        line=line,
    )


def plain(text: str, most: int) -> str:
    """`text` as any database keeps it: no control characters, no halves of characters, at most `most` long."""
    if text.isascii() and text.isprintable():
        return text[:most]
    whole = text[: most * 2].encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in whole)[:most]


def _text(item: Mapping[str, object], name: str, most: int) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Wrong(name, f"{name} must be text.")
    text = str(value).strip()
    if name == "event_id" and len(text) > most:
        raise Wrong(name, f"{name} is longer than {most} characters.")
    return plain(text, most)


def _number(item: Mapping[str, object], name: str, most: int = _MOST) -> int | None:
    text = _text(item, name, 40)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise Wrong(name, f"{name} must be a whole number.")
    return int(text)


def _when(item: Mapping[str, object]) -> datetime | None:
    text = _text(item, "occurred_at", 60)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Wrong("occurred_at", "occurred_at must be a date and time such as 2026-03-01T12:00:00Z.") from error
    if not 1990 <= at.year <= 2200:
        raise Wrong("occurred_at", "occurred_at lies outside the years 1990 to 2200.")
    return at
