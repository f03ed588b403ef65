"""Numbers and times as files write them. One way of writing is settled for a whole column, never for one cell."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from restock_desk.errors import DeskError

_AMOUNT = re.compile(r"(?:[A-Za-z]{3}|[€$£¥])?\s*([-+]?\s*[\d.,'\s]*\d)\s*([A-Za-z]{3}|[€$£¥])?", re.ASCII)
_STYLES = {
    "en": (re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?", re.ASCII), ",", "."),
    "de": (re.compile(r"[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+)?(?:,\d+)?", re.ASCII), ".", ","),
    "ch": (re.compile(r"[-+]?(?:\d+|\d{1,3}(?:'\d{3})+)(?:\.\d+)?", re.ASCII), "'", "."),
}
_WRECK = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE]\+?\d{1,3}", re.ASCII)
_COMMA_LANGUAGES = frozenset("""de fr es it nl pt da fi nb no pl cs sv tr ru uk ro hu el bg hr sk sl""".split())  # noqa: SIM905


def wrecked(text: str) -> bool:
    """True for an identifier which a spreadsheet turned into `2.71879E+17`."""
    return ("E" in text or "e" in text) and "+" in text and _WRECK.fullmatch(text) is not None


def style_of(locale: str) -> str:
    """How a declared locale writes numbers. Raises DeskError for one that is not known."""
    tag = locale.replace("_", "-").lower()
    if tag in ("de-ch", "de-li", "fr-ch", "it-ch"):
        return "ch"
    if tag.split("-")[0] in _COMMA_LANGUAGES:
        return "de"
    if tag.split("-")[0] in ("en", "ja", "zh", "ko", "he", "th"):
        return "en"
    raise DeskError(f"The locale {locale!r} is not known.", "Use en for 1,234.50 or de for 1.234,50.")


def settle(values: Iterable[str], column: str, whole: bool) -> str:
    """One style for a column, from a sample of it. Raises DeskError where the sample can be read in two ways."""
    fits = {"en": 0, "de": 0, "ch": 0}
    doubtful = 0
    for text in values:
        found = {}
        for style in fits:
            try:
                value = amount(text, style)
            except ValueError:
                continue
            if not whole or value == value.to_integral_value():
                found[style] = value
                fits[style] += 1
        doubtful += len(set(found.values())) > 1
    best = max(fits.values())
    winners = [style for style, count in fits.items() if count == best]
    if {"en", "de"} <= set(winners) and doubtful:
        raise DeskError(
            f"The numbers in the column {column!r} can be read in two ways, such as 1,234 = 1234 or 1.234.",
            "Say how the file writes numbers: the locale en (1,234.50) or de (1.234,50).",
        )
    return winners[0]


def amount(text: str, style: str) -> Decimal:
    """The exact number, without currency. Raises ValueError with a sentence."""
    if text.isascii() and text.isdigit() and len(text) < 30:
        return Decimal(text)
    match = _AMOUNT.fullmatch(text.strip())
    bare = re.sub(r"\s", "", match[1]) if match else ""
    pattern, group, point = _STYLES[style]
    if not bare or len(bare) > 40 or not pattern.fullmatch(bare):
        raise ValueError(f"{text[:60]!r} is not a number as this column writes them.")
    return Decimal(bare.replace(group, "").replace(point, "."))


def whole(text: str, style: str) -> int:
    """A whole number in the range any database keeps. Raises ValueError with a sentence."""
    value = amount(text, style)
    if value != value.to_integral_value():
        raise ValueError(f"{text[:60]!r} is not a whole number.")
    if abs(value) > 2_000_000_000:
        raise ValueError(f"{text[:60]!r} is too large to be a number of units.")
    return int(value)


def times(timezone: str, flag: Callable[[], None]) -> Callable[[str], datetime]:
    """A function from text to aware UTC time; `flag` is called for each text without a zone. It raises ValueError."""
    try:
        zone: tzinfo = UTC if timezone in ("", "UTC") else ZoneInfo(timezone)
    except (OSError, ValueError) as error:
        raise DeskError(f"The time zone {timezone!r} is not known.", "Use a name such as Europe/Vienna.") from error

    def read(text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
            if at.tzinfo is None:
                flag()
                at = at.replace(tzinfo=zone)
            at = at.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(f"{text[:60]!r} is not a time such as 2026-03-01T12:00:00Z.") from None
        if not 1970 <= at.year <= 2200:
            raise ValueError(f"{text[:60]!r} lies outside the years 1970 to 2200.")
        return at

    return read


def day_after(at: datetime) -> datetime:
    """The end of a day told without a time of day."""
    return at + timedelta(days=1)
