"""Addresses in a mail: which schemes may pass, which links are counted, the open pixel."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from restock_desk.domain.templates import Severity
from restock_desk.rendering.run import current
from restock_desk.rendering.undefined import Missing

SPECIAL = frozenset({"unsubscribe", "preferences", "browser"})
"""The `links` that are never counted: they must work for ever and say nothing about interest."""
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_SAFE = ("http:", "https:", "mailto:", "tel:", "sms:", "cid:")
_BLANKS = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]+")


def safe(value: Any, path: str, line: int) -> str:
    """A value as an address: http, https, mailto, tel, cid or relative. Another scheme becomes “#” and a problem."""
    if isinstance(value, Missing):
        return str(value)
    if value is None or value == "":
        current().empty_link(path, line)
        return ""
    address = _BLANKS.sub(lambda gap: "%20" if gap.group().strip(" ") == "" else "", str(value).strip())
    scheme = _SCHEME.match(address)
    if scheme and scheme.group().lower() not in _SAFE:
        words = f"“{path}” is no address for a mail: links begin with https, http, mailto or tel."
        current().note("url.scheme", Severity.ERROR, words, line, "Correct the address in the shop's data.")
        return "#"
    return address


@pass_context
def url(context: Context, value: Any, path: str, line: int) -> str:
    """An address that stays as it is."""
    return safe(value, path, line)


@pass_context
def track(context: Context, value: Any, number: int, path: str, line: int) -> str:
    """The counted link `number` to `value`; only http and https are counted."""
    address = safe(value, path, line)
    return current().link(number, address) if address.lower().startswith(("http://", "https://")) else address


@pass_context
def pixel(context: Context, _: str) -> Markup:
    """The picture that tells of an opening, where the web service is reached."""
    who = current().identity
    if not who.public_url:
        return Markup("")
    address = escape(who.link("o", "open", ending=".gif"))
    return Markup(
        '<img src="{}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">'
    ).format(address)


@pass_context
def raw(context: Context, value: Any) -> Any:
    """A value inside an address: as machines write it, not as the reader does."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, int | float | Decimal) else value


def utm(value: Any, query: str) -> Any:
    """A web address with what tells the shop's own statistics where a visitor came from; nothing else is touched."""
    if not isinstance(value, str) or not value.strip().lower().startswith(("http://", "https://")):
        return value
    address, hash_, place = value.strip().partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{hash_}{place}"


INTERNAL = {"_raw": raw, "_utm": utm, "_url": url, "_track": track, "_pixel": pixel}
"""Filters only the compiler writes: authors cannot use a name that begins with an underscore."""
