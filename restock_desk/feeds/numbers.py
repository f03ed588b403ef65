"""Numbers and times as files write them. One way of writing is settled for a whole column, never for one cell."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from restock_desk.errors import DeskError

_MONEY = r"[A-Z]{0,3}[$€£¥₹₺₽₩₪₫₴₦฿]|[A-Za-z]{3}|kr\.?|Kč|zł|Ft|Fr\.|Rs\.?|лв\.?|R"
_AMOUNT = re.compile(rf"({_MONEY})?\s*([-+\u2212]?\s*[0-9.,'\u2019\s]*[0-9])\s*({_MONEY})?")
_CODES = frozenset(
    """AED ARS AUD AZN BAM BDT BGN BHD BRL BYN CAD CHF CLP CNY COP CRC CZK DKK DOP DZD EGP EUR GBP GEL GHS GTQ HKD HUF
    IDR ILS INR ISK JOD JPY KES KRW KWD KZT LBP LKR MAD MDL MKD MXN MYR NGN NOK NPR NZD OMR PEN PHP PKR PLN PYG QAR RON
    RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU UZS VND ZAR""".split()  # noqa: SIM905
)
_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
}
"""Signs that stand for one currency only: of $, ¥ and kr there are several."""
_STYLES = {
    "en": (re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?", re.ASCII), ",", "."),
    "de": (re.compile(r"[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+)?(?:,\d+)?", re.ASCII), ".", ","),
    "ch": (re.compile(r"[-+]?(?:\d+|\d{1,3}(?:'\d{3})+)(?:\.\d+)?", re.ASCII), "'", "."),
}
_WRECK = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE]\+?\d{1,3}", re.ASCII)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?", re.ASCII)
"""Seconds or thousandths of the years 2001 to 2033."""
_DAY_FIRST = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(,?\s+(?=\d)|$)", re.ASCII)
_YEAR_FIRST = re.compile(r"^(\d{4})/(\d\d)/(\d\d)\b", re.ASCII)
_ZONE = re.compile(r"\s+([+-]\d\d:?\d\d)$", re.ASCII)
_MAIL = re.compile(r"[A-Z][a-z]{2}, \d")
"""As in the Date of a mail."""
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


def settle(values: Iterable[str], column: str, whole: bool, likely: str = "") -> tuple[str, bool]:
    """One style for a column, from a sample of it, and whether the sample leaves no other.

    `likely` is how other columns of the file certainly write theirs: it decides what can be read in two ways. Without
    it that is a DeskError.
    """
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
    if likely in winners:
        return likely, False
    if {"en", "de"} <= set(winners) and doubtful:
        raise DeskError(
            f"The numbers in the column {column!r} can be read in two ways, such as 1,234 = 1234 or 1.234.",
            "Say how the file writes numbers: the locale en (1,234.50) or de (1.234,50).",
        )
    return winners[0], not {"en", "de"} <= set(winners)


def amount(text: str, style: str) -> Decimal:
    """The exact number, without currency. Raises ValueError with a sentence."""
    if text.isascii() and text.isdigit() and len(text) < 30:
        return Decimal(text)
    match = _AMOUNT.fullmatch(text.strip())
    bare = re.sub(r"\s", "", match[2]).replace("\u2212", "-").replace("\u2019", "'") if match else ""
    pattern, group, point = _STYLES[style]
    if not bare or len(bare) > 40 or not pattern.fullmatch(bare):
        raise ValueError(f"{shown(text)} is not a number as this column writes them.")
    return Decimal(bare.replace(group, "").replace(point, "."))


def currency(text: str) -> str:
    """The currency an amount names beside its number, as a code such as EUR; empty where it names none for sure."""
    match = None if text.isascii() and text.isdigit() else _AMOUNT.fullmatch(text.strip())
    told = (match[1] or match[3] or "") if match else ""
    return told.upper() if told.upper() in _CODES else _SYMBOLS.get(told, "")


def shown(text: str) -> str:
    """A cell as a reason quotes it: readable, on one line, and not too long."""
    return "'" + " ".join("".join(c if c.isprintable() else " " for c in text[:60]).split()) + "'"


def whole(text: str, style: str) -> int:
    """A whole number in the range any database keeps. Raises ValueError with a sentence."""
    value = amount(text, style)
    if value != value.to_integral_value():
        raise ValueError(f"{shown(text)} is not a whole number.")
    if abs(value) > 2_000_000_000:
        raise ValueError(f"{shown(text)} is too large to be a number of units.")
    return int(value)


def times(timezone: str, flag: Callable[[], None]) -> Callable[[str], datetime]:
    """A function from text to aware UTC time; `flag` is called for each text without a zone. It raises ValueError."""
    try:
        zone: tzinfo = UTC if timezone in ("", "UTC") else ZoneInfo(timezone)
    except (OSError, ValueError) as error:
        raise DeskError(f"The time zone {timezone!r} is not known.", "Use a name such as Europe/Vienna.") from error

    def read(text: str) -> datetime:
        try:
            at = _moment(text.strip())
            if at.tzinfo is None:
                flag()
                at = at.replace(tzinfo=zone)
            at = at.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            raise ValueError(f"{shown(text)} is not a time such as 2026-03-01T12:00:00Z.") from None
        if not 1970 <= at.year <= 2200:
            raise ValueError(f"{shown(text)} lies outside the years 1970 to 2200.")
        return at

    return read


def _moment(text: str) -> datetime:
    """Only what can be read in one way: a day and a month in an order that nobody told is no time."""
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    if _MAIL.match(text):
        return parsedate_to_datetime(text)
    text = _DAY_FIRST.sub(lambda m: f"{m[3]}-{m[2]:0>2}-{m[1]:0>2}{m[4] and ' '}", text)
    text = _YEAR_FIRST.sub(r"\1-\2-\3", text)
    return datetime.fromisoformat(_ZONE.sub(r"\1", text.removesuffix(" UTC")))


def day_after(at: datetime) -> datetime:
    """The end of a day told without a time of day."""
    return at + timedelta(days=1)
