"""Changes of a document's values wherever they stand: addresses, runs of text, links of words. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from restock_desk.domain.document.tree import Json

Change = Callable[[str, Json], Json]
"""From the name a value stands under (that of the list for an entry) and the value to the value it becomes."""
ADDRESSES = ("href", "src", "darkSrc", "poster", "image", "link", "backgroundImage")
_BARE = re.compile(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?:[/?#:]\S*)?$", re.IGNORECASE)
_LEAVING = re.compile(r"unsubscri|opt-?out|abmeld|désinscri|desuscri", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(?:re|fwd?|aw|wg|tr|rv)\s*:\s*", re.IGNORECASE)
_MARKS = re.compile(r"([!¡?])[!¡?]{2,}")
_SIGN = r"[€$£¥₹]|EUR|USD|GBP|CHF|CAD|AUD|JPY"
_BEFORE = re.compile(rf"(?:[€$£¥₹]|\b(?:{_SIGN}))\s?$")
_AFTER = re.compile(rf"^\s?(?:[€$£¥₹]|(?:{_SIGN})\b)")
_PRICED = (".price", ".compare_at_price")


def rewritten(value: Json, change: Change, name: str = "") -> Json:
    """The value after a change of it and of everything in it, the innermost first."""
    if isinstance(value, Mapping):
        inside = {key: rewritten(part, change, key) for key, part in value.items()}
        return change(name, MappingProxyType(inside))
    if isinstance(value, tuple):
        return change(name, tuple(part for each in value if (part := rewritten(each, change, name)) is not None))
    return change(name, value)


def encrypted(name: str, value: Json) -> Json:
    """Addresses over http by https; those in HTML, too."""
    if name in ADDRESSES and isinstance(value, str) and value[:7].lower() == "http://":
        return f"https://{value[7:]}"
    if name == "html" and isinstance(value, str):
        return re.sub(r"""((?:href|src)\s*=\s*["']?)http://""", r"\1https://", value, flags=re.IGNORECASE)
    return value


def bare(name: str, value: Json) -> Json:
    """Addresses without a scheme."""
    told = name in ADDRESSES and isinstance(value, str) and _BARE.match(value)
    return f"https://{value}" if told else value


def leaving(name: str, value: Json) -> Json:
    """Another system's way to unsubscribe as our own."""
    told = name in ADDRESSES and isinstance(value, str) and not value.lower().startswith("mailto:")
    return MappingProxyType({"link": "unsubscribe"}) if told and _LEAVING.search(str(value)) else value


def addressed(url: Json) -> Change:
    """Entries of a list of links that lead nowhere get this address."""

    def change(name: str, value: Json) -> Json:
        if name == "links" and isinstance(value, Mapping) and value.get("href", "") in ("", "#"):
            return MappingProxyType({**value, "href": url})
        return value

    return change


def linkless(name: str, value: Json) -> Json:
    """Words whose link leads nowhere without it."""
    if isinstance(value, Mapping) and value.get("link") in ("", "#"):
        return MappingProxyType({key: part for key, part in value.items() if key != "link"})
    return value


def named(old: str, new: str) -> Change:
    """A variable under another name."""

    def change(name: str, value: Json) -> Json:
        return MappingProxyType({**value, "v": new}) if isinstance(value, Mapping) and value.get("v") == old else value

    return change


def with_fallback(path: str, words: str) -> Change:
    """What is read where a variable is empty."""

    def change(name: str, value: Json) -> Json:
        told = isinstance(value, Mapping) and value.get("v") == path and not value.get("fallback")
        return MappingProxyType({**value, "fallback": words}) if told and isinstance(value, Mapping) else value

    return change


def sized(least: int) -> Change:
    """Words of a text that are written smaller."""

    def change(name: str, value: Json) -> Json:
        size = value.get("size") if isinstance(value, Mapping) and ("t" in value or "v" in value) else None
        small = isinstance(size, int | float) and size < least
        return MappingProxyType({**value, "size": least}) if small and isinstance(value, Mapping) else value

    return change


def spoken(name: str, value: Json) -> Json:
    """Words that do not shout and pretend no earlier mail."""
    if not isinstance(value, tuple):
        return value
    words = [dict(run) for run in value if isinstance(run, Mapping)]
    for at, run in enumerate(words):
        if "t" in run:
            said = _MARKS.sub(r"\1", str(run["t"]))
            run["t"] = _REPLY.sub("", said) if at == 0 else said
    return tuple(MappingProxyType(run) for run in words)


def currency(name: str, value: Json) -> Json:
    """Prices without a sign beside them: they print their own."""
    if not isinstance(value, tuple) or not all(isinstance(run, Mapping) for run in value):
        return value
    words: Sequence[dict[str, Json]] = [dict(run) for run in value if isinstance(run, Mapping)]
    for at, run in enumerate(words):
        if not str(run.get("v", "")).endswith(_PRICED):
            continue
        for beside, pattern in ((at - 1, _BEFORE), (at + 1, _AFTER)):
            if 0 <= beside < len(words) and "t" in words[beside]:
                words[beside]["t"] = pattern.sub("", str(words[beside]["t"]))
    return tuple(MappingProxyType(run) for run in words if run.get("t") != "")
