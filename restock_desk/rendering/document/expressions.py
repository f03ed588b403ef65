"""Variables, links and rich runs as Jinja: escaped for HTML, or plain for subjects and the text part.

Literal text comes out as it went in: what looks like a construct in an author's words is none.
"""

import re
from collections.abc import Callable, Mapping
from html import escape

from restock_desk.domain import paths
from restock_desk.domain.document.kinds import value
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering import conditions

GUARDED = ("preferences", "browser")
"""Special links that some mails do not have: what leads there is left out then."""
_FALLBACKS = {
    "product": "|default(shop.url)|default('')",
    "cart": "|default({links}.product)|default(shop.url)|default('')",
    "wishlist": "|default({links}.product)|default(shop.url)|default('')",
}
_BRACE = re.compile(r"\{(?=[{%#])|(?<=\{)\{")
_GAP = re.compile(r"\n[ \t]*\n\s*")
_TAKEN = frozenset({"lead", "entry", "loop", "items", "links", "shop", "shelf", "subscriber"})
Runs = tuple[Mapping[str, Json], ...]
Ink = Callable[[str], tuple[str, str]]
"""A colour or token to its class for dark mode (empty: it has no dark twin) and its hex."""


def words(text: str) -> str:
    """Literal text in HTML, in an element or between double quotes."""
    made = escape(text)
    return _BRACE.sub("&#123;", made) if "{" in made else made


def plain_words(text: str) -> str:
    """Literal text in a plain-text template."""
    return _BRACE.sub("{{ '{' }}", text) if "{" in text else text


def path(dotted: str) -> str:
    """A path as an expression: parts that are no names stand in brackets."""
    first, *rest = paths.parts(dotted)
    made = first
    for part in rest:
        if part.isdecimal() and len(part) < 6:
            made += f"[{part}]"
        else:
            made += f".{part}" if paths.is_name(part) and not part.startswith("_") else f"[{quoted(part)}]"
    return made


def quoted(value: Json) -> str:
    """A literal text or number inside an expression."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return conditions.literal(str(value))


def variable(run: Mapping[str, Json]) -> str:
    """A variable with its filters and its fallback, without braces."""
    made = path(str(run["v"]))
    filters = run.get("filters", ())
    for one in filters if isinstance(filters, tuple) else ():
        name, *values = one if isinstance(one, tuple) else (one,)
        if name != "money":  # a price prints itself
            made += f"|{name}" + (f"({', '.join(map(quoted, values))})" if values else "")
    fallback = run.get("fallback")
    return f"{made}|default({quoted(fallback)})" if fallback else made


def address(url: Json, alias: str = "") -> str:
    """A link or a picture's address as an attribute's value. `alias` is the entry of the repeat it stands in."""
    if isinstance(url, str):
        return words(url.strip())
    return "{{ " + _target(url, alias) + " }}" if isinstance(url, Mapping) else ""


def plain_address(url: Json, alias: str = "") -> str:
    """The same in a plain-text template."""
    if isinstance(url, str):
        return plain_words(url.strip())
    return "{{ " + _target(url, alias) + " }}" if isinstance(url, Mapping) else ""


def attribute(runs: Json) -> str:
    """Runs without marks as an attribute's value, or as one line of HTML."""
    return "".join(
        words(" ".join(str(run["t"]).split("\n"))) if "t" in run else "{{ " + variable(run) + " }}"
        for run in _runs(runs)
    )


def css_address(url: Json, alias: str = "") -> str:
    """An address that will stand in url('…') of a style."""
    if isinstance(url, str):
        return words(url.strip().replace("'", "%27").replace("(", "%28").replace(")", "%29"))
    safe = "|replace(\"'\", '%27')|replace('(', '%28')|replace(')', '%29')"
    return "{{ " + _target(url, alias) + safe + " }}" if isinstance(url, Mapping) else ""


def needs(url: Json) -> str:
    """The condition under which a picture's address exists: a variable that has no fallback may be empty."""
    return path(str(url["v"])) if isinstance(url, Mapping) and "v" in url and not url.get("fallback") else ""


def guard(url: Json) -> str:
    """The condition under which a link exists; empty for one that always does."""
    name = url.get("link") if isinstance(url, Mapping) else None
    return f"links.{name}" if name in GUARDED else ""


def html(runs: Json, ink: Ink, alias: str = "") -> tuple[str, ...]:
    """Runs as HTML, a part for each paragraph. `ink` gives a colour's class and hex."""
    parts = [""]
    for run in _runs(runs):
        if "t" in run:
            pieces = _GAP.split(str(run["t"]).replace("\r\n", "\n").replace("\r", "\n"))
            inner = ["<br />".join(words(line) for line in piece.split("\n")) for piece in pieces]
        else:
            inner = ["{{ " + variable(run) + " }}"]
        for number, piece in enumerate(inner):
            if number:
                parts.append("")
            parts[-1] += _marked(piece, run, ink, alias) if piece else ""
    return tuple(part for part in parts if part) or ("",)


def plain(runs: Json, alias: str = "", links: bool = True) -> str:
    """Runs as a plain-text template; a link as “words (address)”."""
    made = ""
    for run in _runs(runs):
        text = plain_words(str(run["t"])) if "t" in run else "{{ " + variable(run) + " }}"
        url = run.get("link")
        if links and url and text.strip():
            target = plain_address(url, alias)
            need = guard(url)
            text = f"{{% if {need} %}}{text} ({target}){{% endif %}}" if need else f"{text} ({target})"
        made += text
    return made


def one_line(runs: Json) -> str:
    """Runs as a subject or the like."""
    return " ".join(plain(runs, links=False).split("\n")).strip()


def loop(repeat: Node) -> tuple[str, str]:
    """What a repeat calls an entry, and the list it runs over; an empty list where it names none."""
    name, path_, limit = (value(repeat, field) for field in ("as", "path", "limit"))
    alias = str(name or "item")
    if paths.fault(alias) or "." in alias or alias.startswith("_") or alias in _TAKEN:
        alias = "item"
    if paths.fault(path_):
        return alias, ""
    return alias, f"{path(str(path_))}[:{int(limit) if isinstance(limit, int | float) else 12}]"


def _runs(runs: Json) -> Runs:
    return tuple(run for run in runs if isinstance(run, Mapping)) if isinstance(runs, tuple) else ()


def _target(url: Mapping[str, Json], alias: str) -> str:
    if "link" not in url:
        made = variable(url)
        return made if url.get("fallback") else f"{made}|default('')"
    name = str(url["link"])
    own = f"{path(alias)}.links" if alias and name not in (*GUARDED, "unsubscribe") else "links"
    return f"{own}.{name}" + _FALLBACKS.get(name, "").replace("{links}", own)


def _marked(piece: str, run: Mapping[str, Json], ink: Ink, alias: str) -> str:
    marks = run.get("m", ())
    for mark, tag in (("s", "s"), ("u", "u"), ("i", "em"), ("b", "strong")):
        if isinstance(marks, tuple) and mark in marks:
            piece = f"<{tag}>{piece}</{tag}>"
    color, size, url = run.get("color"), run.get("size"), run.get("link")
    style = f"font-size:{number(size)}px;" if isinstance(size, int | float) else ""
    named = ""
    if color or url:
        named, shade = ink(str(color or "$link"))
        style += f"color:{shade};"
    kind = f' class="{named}"' if named else ""
    if url:
        style += "text-decoration:underline;"
        piece = f'<a href="{address(url, alias)}" target="_blank"{kind} style="{style}">{piece}</a>'
        need = guard(url)
        return f"{{% if {need} %}}{piece}{{% endif %}}" if need else piece
    return f'<span{kind} style="{style}">{piece}</span>' if style else piece


def number(value: int | float) -> str:
    """A number as CSS and MJML write it: no more digits than it needs."""
    return f"{value:g}"


def px(value: int | float) -> str:
    return f"{value:g}px"


def space(sides: Json) -> str:
    """Four sides as CSS writes them; empty for what is no four numbers."""
    if not isinstance(sides, tuple) or len(sides) != 4:
        return ""
    return " ".join(px(side) if side else "0" for side in sides if isinstance(side, int | float))
