"""MJML to HTML. The engine knows no positions and keeps quiet about much, so what authors get wrong is found here."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import mjml

from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.pieces import Piece
from restock_desk.rendering.positions import DEPTH_LIMIT, VOID
from restock_desk.rendering.shield import Shield

_TAG = re.compile(
    r"""<!--(?:(?!<!--).)*?-->|<!\[CDATA\[(?:(?!<!\[CDATA).)*?\]\]>"""
    r"""|<(/?)([A-Za-z][\w:-]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*?)(/?)>""",
    re.DOTALL,
)
_VALUE = re.compile(r"""=\s*(?:"([^"]*)"|'([^']*)')""")
_LOST = re.compile(r"""(?:&#?\w+;|[\\"]|[^\x20-\x7e])+""")
_BLANK = re.compile(r"[\r\n\t]+ *")
_BARE = re.compile(r"=\s*([^\s\"'>=]+)(?=[\s/>])")
_ATTRIBUTES = re.compile(r"""(?:\s+[^\s="'<>/]+(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'=<>]+))?)*\s*""")
_PLACE = re.compile(r"at position (\d+):")
_STRAY = re.compile(r"<(?![!?/])")
_RAW = re.compile(r"(<(mj-style|style)\b[^<>]*>)((?:(?!<style|<mj-style).)*?)(</\2\s*>)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
PROBLEMS = 50
"""After so many of them nobody reads on."""
_SECTIONS = {"mj-section", "mj-wrapper", "mj-hero", "mj-raw", "mj-include"}
_CONTENT = {
    "mj-text", "mj-image", "mj-button", "mj-divider", "mj-spacer", "mj-table", "mj-social", "mj-navbar", "mj-accordion",
    "mj-carousel", "mj-raw",
}  # fmt: skip
_LOOSE = {"mj-body", "mj-wrapper", "mj-section", "mj-group"}
_OLD = {"mj-list", "mj-invoice", "mj-invoice-item", "mj-location"}
INSIDE: dict[str, set[str]] = {
    "mjml": {"mj-head", "mj-body", "mj-raw"},
    "mj-body": _SECTIONS,
    "mj-wrapper": {"mj-section", "mj-hero", "mj-raw"},
    "mj-section": {"mj-column", "mj-group", "mj-raw"},
    "mj-group": {"mj-column", "mj-raw"},
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
    "mj-head": {
        "mj-title", "mj-preview", "mj-attributes", "mj-font", "mj-style", "mj-breakpoint", "mj-raw",
        "mj-html-attributes",
    },
    "mj-social": {"mj-social-element"},
    "mj-navbar": {"mj-navbar-link"},
    "mj-accordion": {"mj-accordion-element", "mj-raw"},
    "mj-accordion-element": {"mj-accordion-title", "mj-accordion-text", "mj-raw"},
    "mj-carousel": {"mj-carousel-image"},
}  # fmt: skip
"""Which MJML elements may stand in which."""
_KNOWN = set(INSIDE).union(*INSIDE.values(), {"mj-all", "mj-class", "mj-selector", "mj-html-attribute"})


def check(source: str) -> tuple[Problem, ...]:
    """What is wrong with MJML, with lines. Constructs must be blanked out or shielded, line ends kept."""
    problems: list[Problem] = []
    open_: list[tuple[str, int]] = []
    for hit in islice(_CONTROL.finditer(source), 20):
        words = f"The control character {ord(hit.group()):#06x} cannot stand in a mail."
        problems.append(_wrong("mjml.syntax", words, source.count("\n", 0, hit.start()) + 1, "Take it out."))
    hollow = _RAW.sub(_hollow, source)
    tags = list(_TAG.finditer(hollow))
    for at in islice(_strays(hollow, tags), 20):
        line = hollow.count("\n", 0, at) + 1
        problems.append(_wrong("mjml.syntax", "A “<” stands here that begins no tag.", line, "Write &lt; instead."))
    for line, closing, name, self_closed in _tags(hollow, tags):
        if closing:
            _close(open_, name, line, problems)
            continue
        parent = open_[-1][0] if open_ else ""
        if not _at_home(name, parent) and len(problems) < PROBLEMS:
            problems += _placed(name, parent, line)
        if not self_closed and name.lower() not in VOID:
            open_.append((name, line))
            if len(open_) > DEPTH_LIMIT:
                return (_wrong("tpl.size", "The elements are nested too deeply.", line, "Close them earlier."),)
    problems += [_wrong("mjml.syntax", f"<{name}> is never closed.", line, f"Add </{name}>.") for name, line in open_]
    if not problems and "<mj-body" not in source:
        problems.append(_wrong("mjml.syntax", "There is no <mj-body>.", 1, "Write <mjml><mj-body>…</mj-body></mjml>."))
    return tuple(problems)


class Illegible(ValueError):
    """The engine cannot read checked MJML after all. `tag` says before which tag or comment it stopped, -1 unknown."""

    def __init__(self, tag: int) -> None:
        super().__init__("MJML cannot be read")
        self.tag = tag

    def problem(self, source: str) -> Problem:
        """What is told, at the line in the same MJML with the author's lines."""
        tags = list(_TAG.finditer(source))
        odd = (number for number, hit in enumerate(tags) if hit.group(2) and not _ATTRIBUTES.fullmatch(hit.group(3)))
        number = next(odd, self.tag)
        words, line = "The MJML cannot be read, though its tags match.", 1
        if 0 <= number < len(tags):
            name = tags[number].group(2) or "comment"
            words = f"The MJML cannot be read at <{name}>, though its tags match."
            line = source.count("\n", 0, tags[number].start()) + 1
        return _wrong("mjml.syntax", words, line, "Look for unusual characters, or a quote or “=” that is missing.")


def to_html(source: str, shield: Shield) -> str:
    """The engine's HTML for shielded, checked MJML. Raises Illegible where it cannot read it after all."""
    carried = _carried(source, shield)
    try:
        return str(mjml.mjml2html(carried))
    except ValueError as error:
        place = _PLACE.search(str(error))
        start = carried.encode()[: int(place.group(1))].decode(errors="ignore") if place else ""
        raise Illegible(sum(1 for _ in _TAG.finditer(start)) if place else -1) from error


def _carried(source: str, shield: Shield) -> str:
    """With attribute values as the engine can carry them: it would print line ends and odd characters in Rust's way."""

    def hidden(odd: re.Match[str]) -> str:
        return shield.hide(Piece(0, odd.group().replace('"', "&quot;")), own=True)

    def value(hit: re.Match[str]) -> str:
        return f'="{_LOST.sub(hidden, _value(hit))}"'

    def kept(hit: re.Match[str]) -> str:
        tag, odd = _kept(hit.group())
        return _VALUE.sub(value, tag) if odd else tag

    return _TAG.sub(kept, source)


@lru_cache(maxsize=4096)
def _kept(tag: str) -> tuple[str, bool]:
    """A tag as the engine can carry it, and whether its values hold what is still to be hidden."""
    if tag.startswith("<!--"):
        return f"<!--{tag[4:-3].replace('--', '- -')}-->", False
    if tag.startswith(("<!", "</")):
        return tag, False
    name = tag[1:].split(maxsplit=1)[0].rstrip("/>").lower()
    if name in VOID:
        tag = f"<{name}{tag[1 + len(name) : -1].rstrip('/')}/>"
    if "=" not in tag:
        return tag, False
    tag = _quoted(tag)
    if any(_LOST.search(_value(hit)) for hit in _VALUE.finditer(tag)):
        return tag, True
    return _VALUE.sub(lambda hit: f'="{_value(hit)}"', tag), False


def _value(hit: re.Match[str]) -> str:
    """An attribute's value on one line."""
    return _BLANK.sub(" ", hit.group(1) if hit.group(1) is not None else hit.group(2))


def _quoted(tag: str) -> str:
    """The tag with quotes around values that have none."""
    if '"' in tag or "'" in tag:
        parts = re.split(r"""("[^"]*"|'[^']*')""", tag)
        return "".join(part if part[:1] in ("'", '"') else _BARE.sub(r'="\1"', part) for part in parts)
    return _BARE.sub(r'="\1"', tag)


def _strays(source: str, tags: list[re.Match[str]]) -> Iterator[int]:
    """Places of a “<” that belongs to no tag or comment."""
    at = 0
    for start, end in [*(hit.span() for hit in tags), (len(source), 0)]:
        if source.find("<", at, start) >= 0:
            for found in _STRAY.finditer(source, at, start):
                yield found.start()
        at = end


def _tags(source: str, tags: list[re.Match[str]]) -> Iterator[tuple[int, bool, str, bool]]:
    """(line, closing, name, closed in itself) of every tag."""
    line, at = 1, 0
    for hit in tags:
        if hit.group(2):
            line += source.count("\n", at, hit.start())
            at = hit.start()
            yield line, bool(hit.group(1)), hit.group(2), bool(hit.group(4))


def _hollow(hit: re.Match[str]) -> str:
    return hit.group(1) + "\n" * hit.group(3).count("\n") + hit.group(4)


def _close(open_: list[tuple[str, int]], name: str, line: int, problems: list[Problem]) -> None:
    if name.lower() in VOID:
        return
    if open_ and open_[-1][0] == name:
        open_.pop()
        return
    if all(name != opened for opened, _ in open_):
        problems.append(_wrong("mjml.syntax", f"</{name}> closes nothing.", line, "Remove it, or open it before."))
        return
    while open_:
        opened, at = open_.pop()
        if opened == name:
            return
        words = f"<{opened}> of line {at} is not closed before </{name}>."
        problems.append(_wrong("mjml.syntax", words, line, f"Add </{opened}>."))


def _at_home(name: str, parent: str) -> bool:
    """A quick look at what most elements are: in their place."""
    inside = INSIDE.get(parent)
    return name != "mj-include" and (name in inside if inside else parent != "" and not name.startswith("mj-"))


def _placed(name: str, parent: str, line: int) -> list[Problem]:
    if not parent:
        if name == "mjml":
            return []
        return [_wrong("mjml.syntax", f"<{name}> stands outside <mjml>.", line, "Put everything into one <mjml>.")]
    if name in _OLD:
        words = f"<{name}> is of MJML 3, and gone since MJML 4."
        return [_wrong("mjml.unknown", words, line, "Write it as <mj-text> or <mj-table>.")]
    if name.startswith("mj-") and name not in _KNOWN:
        return [_wrong("mjml.unknown", f"There is no MJML element <{name}>.", line, "Correct the name.")]
    if name == "mj-include":
        return [_wrong("mjml.unknown", "Files cannot be included.", line, "Paste the content instead.")]
    allowed = INSIDE.get(parent)
    if allowed is None or name in allowed:
        return []
    if name in _CONTENT and parent in _LOOSE:
        words = f"<{name}> stands directly in <{parent}>: it is shown, but outside of every column."
        return [Problem("mjml.loose", Severity.WARNING, words, "source", line, "Put it into <mj-column>.")]
    at_home = sorted(outer for outer, inner in INSIDE.items() if name in inner)
    fix = f"Put it into <{at_home[0]}>." if at_home else "Put it into <mj-text> or <mj-raw>."
    return [_wrong("mjml.place", f"<{name}> cannot stand directly in <{parent}>.", line, fix)]


def _wrong(rule: str, words: str, line: int, fix: str) -> Problem:
    return Problem(rule, Severity.ERROR, words, "source", line, fix)
