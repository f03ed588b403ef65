"""Where links lead, and what they are called."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from restock_desk.domain.templates import Problem
from restock_desk.rendering.lint.finding import Matter, at, replaced
from restock_desk.rendering.lint.tree import Element

LINKS = ("a", "area", "mj-button", "mj-navbar-link", "mj-social-element", "mj-image", "mj-carousel-image")
_MUST = frozenset({"a", "area", "mj-button", "mj-navbar-link"})
"""Elements that are links whatever they say; the others only when they have an address."""
_SHORTENERS = """bit.ly buff.ly cutt.ly goo.gl is.gd j.mp lnkd.in ow.ly rb.gy rebrand.ly shorturl.at t.co t.ly tiny.cc
tinyurl.com"""
SHORTENERS = frozenset(_SHORTENERS.split())
VAGUE = frozenset(
    (
        "click", "click here", "click me", "here", "more", "read more", "learn more", "this", "this link", "link",
        "continue", "details", "go", "hier", "hier klicken", "mehr", "weiter", "ici", "cliquez ici", "en savoir plus",
        "aquí", "haz clic aquí", "más", "qui", "clicca qui", "klik hier", "lees meer",
    )
)  # fmt: skip
_SCRIPTS = ("javascript:", "vbscript:", "data:")
_BARE = re.compile(r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?:[/?#:]\S*)?$", re.IGNORECASE)
_NAMED = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,24})(?:[/?#]\S*)?$", re.IGNORECASE)
_LEAVING = re.compile(r"unsubscri|opt-?out|abmeld|désinscri|desuscri", re.IGNORECASE)
_FILES = (".html", ".htm", ".php", ".pdf", ".png", ".jpg", ".gif", ".asp", ".aspx", ".jsp")


def check(matter: Matter) -> Iterator[Problem]:
    for element in matter.source.some(*LINKS):
        address = element.attributes.get("href")
        if element.name in _MUST or address is not None:
            yield from _link(element, (address or "").strip())


def _link(element: Element, address: str) -> Iterator[Problem]:
    if address in ("", "#"):
        if "name" in element.attributes or "id" in element.attributes or _defaults(element):
            return  # a place to jump to, or what all links are given
        yield at(element, "link.empty", "A link leads nowhere.", 'Add href="…".')
        return
    squeezed = re.sub(r"[\x00-\x20]+", "", address).lower()
    if squeezed.startswith(_SCRIPTS):
        yield at(element, "link.scheme", "A link runs a script.", "Use an https address.")
    elif not address.startswith(("#", "{", "[", "@", "$", "*|", "%%", "<%")):
        yield from _address(element, address)
    yield from _name(element, address)


def _address(element: Element, address: str) -> Iterator[Problem]:
    if ":" not in address.split("/")[0]:
        bare = bool(_BARE.match(address)) and not address.lower().split("?")[0].endswith(_FILES)
        if not address.startswith("//") and not _completed(element):
            edits = replaced(element, "href", f"https://{address}") if bare else ()
            words = f"“{_cut(address)}” is no whole address."
            yield at(element, "link.noscheme", words, "Begin it with https://.", edits=edits)
        return
    parts = _parts(address)
    if parts is None or parts[0] not in ("http", "https"):
        return
    scheme, host = parts
    if scheme == "http":
        edits = replaced(element, "href", "https" + address[4:])
        yield at(element, "link.insecure", f"“{_cut(address)}” is not encrypted.", "Use https.", edits=edits)
    if _number(host):
        yield at(element, "link.ip", f"The link leads to a bare number, {host}.", "Use the site's name.")
    elif host.removeprefix("www.") in SHORTENERS:
        yield at(element, "link.shortener", f"{host} hides where the link leads.", "Use the whole address.")
    elif "xn--" in host or not host.isascii():
        yield at(element, "link.punycode", f"{host} can be mistaken for another site.", "Use a plain name.")
    yield from _mismatch(element, host)


def _mismatch(element: Element, host: str) -> Iterator[Problem]:
    named = _NAMED.match(element.words) if element.name in ("a", "mj-button") else None
    if named and not _same_site(named.group(1).lower(), host) and "{" not in host:
        words = f"The link says {named.group(1)} and leads to {host}."
        yield at(element, "link.mismatch", words, "Name the site it leads to, or none.")


def _name(element: Element, address: str) -> Iterator[Problem]:
    if _LEAVING.search(address) and "links." not in address and not address.lower().startswith("mailto:"):
        edits = replaced(element, "href", "{{ links.unsubscribe }}")
        words = "This way to unsubscribe is not the application's: nobody is taken off its list by it."
        yield at(element, "link.unsubscribe", words, "Lead to {{ links.unsubscribe }}.", edits=edits)
    if element.name not in ("a", "mj-button", "mj-navbar-link") or "aria-label" in element.attributes:
        return
    if element.words.strip(" .!…›»>→").lower() in VAGUE:
        words = f"“{element.words}” does not say where the link leads."
        yield at(element, "link.vague", words, "Say what is behind it.")
    elif not element.words and not _pictures(element) and element.attributes.get("title", "") == "":
        fix = "Write what is behind it."
        yield at(element, "a11y.link", "A link has no words.", fix)


def _pictures(element: Element) -> bool:
    """Something else is inside that may have a name of its own."""
    waiting = list(element.children)
    for _ in range(50):
        if not waiting:
            break
        child = waiting.pop()
        if child.name in ("img", "svg", "v:roundrect", "object", "mj-image"):
            return True
        waiting += child.children
    return False


def _completed(element: Element) -> bool:
    """MJML itself makes a whole address of it."""
    around = element.parent
    return element.name == "mj-social-element" or bool(around is not None and around.attributes.get("base-url"))


def _defaults(element: Element) -> bool:
    return any(each.name == "mj-attributes" for each in element.ancestors)


def _parts(address: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(address)
        return parts.scheme.lower(), (parts.hostname or "").lower()
    except ValueError:
        return None


def _number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _same_site(one: str, other: str) -> bool:
    """Whether two names end in the same two labels, as far as can be told without a list of registries."""
    return one.split(".")[-2:] == other.split(".")[-2:]


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
