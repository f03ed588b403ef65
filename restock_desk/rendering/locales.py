"""Prices, numbers and dates as a reader of some locale and time zone writes them."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal

from restock_desk.domain.money import Money

DATE_STYLES = ("short", "medium", "long", "full")


@lru_cache(maxsize=512)
def locale(*wishes: str) -> Locale:
    """The first of some locale names that exists (fr-CA, pt_BR, de), else English."""
    for wish in wishes:
        for name in (wish, wish.replace("-", "_").split("_")[0]):
            try:
                return Locale.parse(name.replace("-", "_"))
            except (ValueError, UnknownLocaleError, TypeError):
                continue
    return Locale("en")


@lru_cache(maxsize=256)
def zone(*wishes: str) -> ZoneInfo:
    """The first of some time zone names that exists, else UTC."""
    for wish in wishes:
        try:
            return ZoneInfo(wish)
        except (ValueError, OSError, LookupError):
            continue
    return ZoneInfo("UTC")


@lru_cache(maxsize=4096)
def money(amount: Decimal, currency: str, *wishes: str) -> Money:
    """An amount with the words a reader of the first existing locale sees."""
    if not currency:
        return Money(amount, "", format_decimal(amount, "#,##0.00", locale=locale(*wishes)))
    return Money(amount, currency, format_currency(amount, currency, locale=locale(*wishes)))


def number(value: int | float | Decimal, name: str) -> str:
    return format_decimal(value, locale=locale(name))


def date(at: datetime, style: str, name: str, timezone: str) -> str:
    """The day of an aware moment in the reader's time zone."""
    return format_date(_local(at, timezone).date(), style, locale=locale(name))


def clock(at: datetime, style: str, name: str, timezone: str) -> str:
    """The time of day of an aware moment in the reader's time zone."""
    return format_time(_local(at, timezone), style, locale=locale(name))


def moment(at: datetime, style: str, name: str, timezone: str) -> str:
    """Day and time of an aware moment in the reader's time zone."""
    return format_datetime(_local(at, timezone), style, locale=locale(name))


def _local(at: datetime, timezone: str) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(zone(timezone))
