"""Limits as a person writes and reads them: quiet windows, warm-ups, shares. The rules themselves are in `limits`."""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from typing import TypeVar

from restock_desk.domain.limits import Breakers, Limits, QuietWindow, RouteLimit, WarmUp

N = TypeVar("N", int, float)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NONE = ("", "none", "off")
QUIET_HINT = "22:00-08:00; 00:00-00:00 Sun"
_WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*(.*)")
SHARES = ("hard_first", "hard", "complaints", "doubts")
NAMES = ("rate", "warm_up", "campaign_per_hour", "quiet", "reserve_mb", "late_h", *(f.name for f in fields(Breakers)))
"""What `changed` knows; rate and warm_up are of one transport."""


def windows(words: str) -> tuple[QuietWindow, ...]:
    """Quiet windows from "22:00-08:00; 12:00-13:00 Sat,Sun". ValueError with a sentence."""
    if words.strip().lower() in NONE:
        return ()
    return tuple(_window(part.strip()) for part in words.split(";") if part.strip())


def window_words(quiet: tuple[QuietWindow, ...]) -> str:
    """As `windows` reads them."""
    return "; ".join(
        f"{_clock(one.begins)}-{_clock(one.ends)}"
        + ("" if set(one.days) == set(range(7)) else " " + ",".join(DAYS[day] for day in sorted(one.days)))
        for one in quiet
    )


def warm_up(words: str) -> WarmUp | None:
    """A warm-up from "2026-03-01 50 1.5 10000": first day, mails that day, daily factor, free above. ValueError."""
    if words.strip().lower() in NONE:
        return None
    parts = words.replace(",", " ").split()
    try:
        began, first, growth, full = parts
        return WarmUp(date.fromisoformat(began), int(first), float(growth), int(full))
    except ValueError as error:
        raise ValueError("Write a warm-up as its first day, mails, factor and end: 2026-03-01 50 1.5 10000.") from error


def warm_up_words(up: WarmUp | None) -> str:
    """As `warm_up` reads it."""
    return f"{up.began.isoformat()} {up.first} {up.growth:g} {up.full}" if up else ""


def share(words: str) -> float:
    """A share from "5%" or "0.05". ValueError."""
    text = words.strip()
    if text.lower() in NONE:
        return 0.0
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError as error:
        raise ValueError("Write a share as 2% or 0.02.") from error


def share_words(value: float) -> str:
    return f"{round(100 * value, 6):g}%"


def changed(limits: Limits, name: str, words: str, route: str) -> Limits:
    """The limits with one of NAMES set from what a person wrote. ValueError with a sentence."""
    if name in ("rate", "warm_up"):
        mine = limits.routes.get(route, RouteLimit())
        if name == "rate":
            mine = replace(mine, rate_per_s=_number(words, float))
        else:
            mine = replace(mine, warm_up=warm_up(words))
        return with_route(limits, route, mine)
    if name == "quiet":
        return replace(limits, quiet=windows(words))
    if name == "campaign_per_hour":
        return replace(limits, campaign_per_hour=_number(words, int))
    if name == "reserve_mb":
        return replace(limits, reserve_mb=_number(words, int) or 0)
    if name == "late_h":
        return replace(limits, late_h=_number(words, float) or 0)
    if name in SHARES:
        return replace(limits, breakers=_brake(limits.breakers, name, share(words)))
    if name == "in_a_row":
        return replace(limits, breakers=_brake(limits.breakers, name, _number(words, int) or 0))
    if name == "grown":
        return replace(limits, breakers=_brake(limits.breakers, name, _number(words, float) or 0))
    raise ValueError(f"There is no limit “{name}”. Names are: {', '.join(NAMES)}.")


def with_route(limits: Limits, route: str, mine: RouteLimit) -> Limits:
    """The limits with those of one transport replaced; a transport without limits is not kept."""
    others = {name: one for name, one in limits.routes.items() if name != route}
    return replace(limits, routes=others if mine == RouteLimit() else others | {route: mine})


def lines(limits: Limits) -> list[tuple[str, str]]:
    """Every limit with its value, as a person reads them."""
    b, found = limits.breakers, []
    for route, one in sorted(limits.routes.items()):
        found.append((f"rate of {route}", f"{one.rate_per_s:g} a second" if one.rate_per_s else "none"))
        found.append((f"warm_up of {route}", warm_up_words(one.warm_up) or "none"))
    found += [
        ("campaign_per_hour", f"{limits.campaign_per_hour:,}" if limits.campaign_per_hour else "none"),
        ("quiet", window_words(limits.quiet) or "none"),
        *((name, share_words(getattr(b, name)) if getattr(b, name) else "off") for name in SHARES),
        ("in_a_row", str(b.in_a_row) if b.in_a_row else "off"),
        ("grown", f"{b.grown:g} ×" if b.grown else "off"),
        ("reserve_mb", f"{limits.reserve_mb:,}"),
        ("late_h", f"{limits.late_h:g}" if limits.late_h else "off"),
    ]
    return found


def _window(words: str) -> QuietWindow:
    found = _WINDOW.fullmatch(words)
    if found is None:
        raise ValueError(f"Write quiet windows as times of the shop's clock, such as {QUIET_HINT}.")
    begins, ends = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
    if int(found[2]) > 59 or int(found[4]) > 59 or begins >= 1440 or ends > 1440:
        raise ValueError(f"A day has times from 00:00 to 24:00; “{words}” has another.")
    return QuietWindow(begins, ends % 1440, _days(found[5]))


def _days(words: str) -> tuple[int, ...]:
    if not words.strip():
        return tuple(range(7))
    days: set[int] = set()
    for part in re.split(r"[,\s]+", words.strip()):
        first, dash, last = part.partition("-")
        try:
            a, b = _day(first), _day(last) if dash else _day(first)
        except StopIteration:
            raise ValueError(f"Days are {', '.join(DAYS)}, or a range such as Mon-Fri.") from None
        days |= {day % 7 for day in range(a, (b if b >= a else b + 7) + 1)}
    return tuple(sorted(days))


def _day(word: str) -> int:
    return next(n for n, day in enumerate(DAYS) if word[:3].lower() == day.lower())


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _number(words: str, kind: Callable[[str], N]) -> N | None:
    if words.strip().lower() in NONE:
        return None
    try:
        return kind(words.strip().replace("_", ""))
    except ValueError as error:
        raise ValueError(f"“{words}” is no number.") from error


def _brake(breakers: Breakers, name: str, value: float) -> Breakers:
    return replace(breakers, **{name: value})  # type: ignore[arg-type]  # every field is a number
