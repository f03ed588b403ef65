"""MJML as people write it, made legible to the engine: comments where it stumbles, MJML 3, CDATA, unclosed tags.

MJML's own compiler takes all of this. No line moves. Constructs must be shielded.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.balance import balanced
from restock_desk.rendering.markup import INSIDE, PROBLEMS
from restock_desk.rendering.pieces import Piece
from restock_desk.rendering.shield import Shield

_PIECE = re.compile(
    r"""<!--(?:(?!<!--).)*?-->|<!\[CDATA\[(?:(?!<!\[CDATA).)*?\]\]>|<\?[^<>]*>|<!doctype[^<>]*>"""
    r"""|<(/?)(mjml|mj-[\w-]+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*?)(/?)>""",
    re.IGNORECASE | re.DOTALL,
)
_CDATA = re.compile(r"<!\[CDATA\[((?:(?!<!\[CDATA).)*?)\]\]>", re.DOTALL)
_PADDING = re.compile(r"""(\b(?:inner-)?padding(?:-\w+)?\s*=\s*)("[^"<]*"|'[^'<]*')""")
_ZERO = re.compile(r"(?<![\w.%-])0(?![\w.%])")
_ATTRIBUTE = re.compile(r"""([A-Za-z_][\w:-]*)\s*=\s*("[^"<]*"|'[^'<]*')""")
_CONDITIONAL = re.compile(r"<!--\[if\b(?:(?!<!--).)*?-->|<!--<!\[endif\]-->|<!\[endif\]-->", re.DOTALL)
_LESS = re.compile(r"<(?![!?/A-Za-z])")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_UNITLESS = re.compile(r"""(\s(?:width|height)\s*=\s*)(["']?)(\d+(?:\.\d+)?)\2(?=[\s/>]|$)""")
_INNER_TAG = re.compile(r"<[^<>]*>")
ENDING = frozenset(
    {
        "mj-text", "mj-button", "mj-table", "mj-raw", "mj-style", "mj-title", "mj-preview", "mj-navbar-link",
        "mj-social-element", "mj-accordion-title", "mj-accordion-text", "mj-html-attribute", "mj-html", "mj-link",
    }
)  # fmt: skip
"""What holds HTML or words; all other elements hold elements only."""
_BARE = ENDING - {"mj-raw", "mj-style", "mj-text", "mj-button", "mj-table", "mj-html", "mj-accordion-text"}
_SILENT = frozenset(
    {
        "", "mjml", "mj-head", "mj-attributes", "mj-accordion", "mj-accordion-element", "mj-carousel", "mj-wrapper",
        "mj-navbar", "mj-social",
    }
)  # fmt: skip
"""Where the engine cannot read a comment or a blank at the end of a line, or hides what is beside it."""
_RENAMED = {"mj-inline-links": "mj-navbar", "mj-link": "mj-navbar-link", "mj-html": "mj-raw"}
_GUARD = ("<![endif]-->", "<!--[if mso | IE]>")
"""In a wrapper the engine writes raw HTML into what only Outlook reads."""
_HTML = frozenset({"mj-text", "mj-button", "mj-table", "mj-navbar-link", "mj-accordion-text", "mj-accordion-title"})
_HEADS = frozenset({"mj-head", "mj-attributes"})
_TAKES_RAW = frozenset({"mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"})
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_SERVICE = re.compile(r"(\w+)(:share|:url)?", re.IGNORECASE)


def mended(source: str, shield: Shield) -> tuple[str, tuple[Problem, ...]]:
    """The same MJML, legible, and what of it is not shown. What is wrong otherwise stays for the check to find."""
    return _Mender(source, shield).run()


@dataclass
class _Mender:
    source: str
    shield: Shield
    out: list[str] = field(default_factory=list)
    open_: list[str] = field(default_factory=list)
    body: int = -1
    """Where in `out` the body's tag is."""
    usual: list[tuple[str, str]] = field(default_factory=list)
    """What mj-attributes say of the body."""
    at: int = 0
    endless: set[str] = field(default_factory=set)
    """Elements that are closed nowhere any more."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def top(self) -> str:
        return self.open_[-1] if self.open_ else ""

    def run(self) -> tuple[str, tuple[Problem, ...]]:
        hit = _PIECE.search(self.source)
        while hit:
            self._gap(hit.start())
            self.at = hit.end()
            if hit.group(2):
                self._tag(hit)
            else:
                self._other(hit.group())
            hit = _PIECE.search(self.source, self.at)
        self._gap(len(self.source))
        return "".join(self.out), tuple(self.problems)

    def _gap(self, end: int) -> None:
        """Text between two pieces; words where only elements can stand are not shown."""
        text = self.source[self.at : end]
        if self.top in INSIDE and "<" not in text and text.strip():
            bare = self.shield.only_words(text)
            words = " ".join(text.split())
            if len(bare.strip()) < len(words):
                said = f"“{words[:60]}” stands directly in <{self.top}>, where MJML shows no words."
                self._told("mjml.stray", said, end - len(text.lstrip()), "Put them into <mj-text>, or remove them.")
                text = bare
        self.out.append(_lines(text) if self.top in _SILENT and not text.strip() else text)

    def _other(self, piece: str) -> None:
        if piece.startswith("<!--"):
            self.out.append(self._comment(piece))
        elif piece.startswith("<![") and self.top in ENDING:
            self.out.append(piece[9:-3])
        else:
            self.out.append(_lines(piece))

    def _comment(self, piece: str) -> str:
        if self.shield.only_word(piece) or self.top in ENDING:
            return piece
        if piece.startswith(("<!--[if", "<!--<!")) and self.top.startswith("mj-") and self.top not in _HEADS:
            if self.top == "mj-wrapper":
                piece = piece.join(_GUARD)
            piece = self.shield.covered(piece)
            return f"<mj-raw>{piece}</mj-raw>" if self.top in _TAKES_RAW else _lines(piece)
        return _lines(piece) if self.top in _SILENT else piece

    def _tag(self, hit: re.Match[str]) -> None:
        closing, name, attributes, closed = hit.groups()
        lower = name.lower()
        if name != lower:
            attributes = _ATTRIBUTE.sub(lambda one: f"{one.group(1).lower()}={one.group(2)}", attributes)
        if lower == "mj-container":
            self._container(bool(closing), attributes, bool(closed))
            return
        if lower == "mj-html-attributes" and not closing:
            self._left_out(hit, lower, closed, "Attributes of HTML elements cannot be set here.")
            return
        if lower == "mj-raw" and self.top == "mjml" and not closing:
            self._left_out(hit, lower, closed, "Nothing can stand before or after the mail's HTML.")
            return
        lower = _RENAMED.get(lower, lower)
        if closing:
            self._close(lower, attributes)
            return
        if self.top == "mj-class":
            self._left_out(hit, lower, closed, "A class here has attributes only.")
            return
        attributes = _looks(attributes, lower == "mj-image")
        if lower == "mj-body" and self.top == "mj-attributes":
            self.usual += _pairs(attributes)
        elif lower == "mj-body":
            attributes = _more(attributes, self.usual)
            self.body = len(self.out)
        if lower == "mj-social" and closed and "display" in attributes:
            self.out.append(f"<{lower}{attributes}>{_old_social(attributes)}</{lower}>")
            return
        self.out.append(f"<{lower}{attributes}{closed}>")
        if not closed:
            if lower == "mj-raw" and self.top == "mj-wrapper":
                self.out.append(self._guard(0))
            self.open_.append(lower)
            self._content(lower)

    def _guard(self, end: int) -> str:
        return self.shield.hide(Piece(0, _GUARD[end]), own=True)

    def _close(self, name: str, rest: str) -> None:
        if name in self.open_:
            while self.open_.pop() != name:
                pass
        if name == "mj-raw" and self.top == "mj-wrapper":
            self.out.append(self._guard(1))
        self.out.append(f"</{name}{rest}>")

    def _content(self, name: str) -> None:
        """What holds HTML is carried to its end as it is, but for what the engine cannot read there."""
        if name not in ENDING or name in self.endless:
            return
        end = _end_of(name).search(self.source, self.at)
        if end is None:
            self.endless.add(name)
            return
        inner = self.source[self.at : end.start()]
        if "<![CDATA[" in inner:
            inner = _CDATA.sub(r"\1", inner)
        if name in ("mj-title", "mj-preview") and "<" in inner:
            inner = _INNER_TAG.sub(lambda tag: _lines(tag.group()), inner)
        if "<!--[if" in inner or "<![endif]" in inner:
            inner = _CONDITIONAL.sub(lambda hit: self.shield.covered(hit.group()), inner)
        if name == "mj-raw" and "<" in inner and balanced(inner)[1]:
            inner = self.shield.covered(inner)  # open here, closed in another one
        if name == "mj-accordion-title" and "<" in inner:
            inner = self.shield.covered(inner)
        if name == "mj-style" and "<" in inner:
            inner = self._style(inner)
        if name in _BARE and "<!--" in inner:
            inner = _COMMENT.sub(lambda hit: hit.group() if self.shield.only_word(hit.group()) else "", inner)
        if name in _HTML and "<" in inner:
            inner = _LESS.sub("&lt;", inner)
        if name in _HTML and "<" in inner and not self.shield.has_statements(inner):
            inner = self._closed(inner, name)
        if name == "mj-social-element" and not inner.strip():
            self.out[-1] = f"{self.out[-1][:-1]}{_lines(inner)}>"
            inner = ""
        self.out.append(inner)
        self.at = end.start()

    def _closed(self, inner: str, name: str) -> str:
        found, told = balanced(inner)
        for at, tag in told[:5]:
            words = f"{tag} is not closed before </{name}>: it is closed there."
            if tag.startswith("</"):
                words = f"{tag} closes nothing: it is left out."
            self._told("mjml.unclosed", words, self.at + at, "Close what was opened, innermost first.")
        return found

    def _style(self, css: str) -> str:
        """A style sheet without a “<” that the engine would take for a tag."""
        css = _CSS_COMMENT.sub(lambda hit: _lines(hit.group()) if "<" in hit.group() else hit.group(), css)
        css = css.replace("<!--", "").replace("-->", "")
        return css.replace("<", self.shield.hide(Piece(0, "<"), own=True)) if "<" in css else css

    def _container(self, closing: bool, attributes: str, closed: bool) -> None:
        """MJML 3's container: its looks are the body's."""
        self.out.append(_lines(attributes))
        if closing or self.body < 0:
            return
        self.out[self.body] = _more(self.out[self.body][:-1], _pairs(attributes)) + ">"

    def _left_out(self, hit: re.Match[str], name: str, closed: str, why: str) -> None:
        end = None if closed else _end_of(name).search(self.source, hit.end())
        self.at = end.end() if end else hit.end()
        self.out.append(_lines(self.source[hit.start() : self.at]))
        self._told("mjml.ignored", f"<{name}> is left out. {why}", hit.start(), "Remove it.")

    def _told(self, rule: str, words: str, at: int, fix: str) -> None:
        if len(self.problems) >= PROBLEMS:
            return
        line = self.source.count("\n", 0, at) + 1
        self.problems.append(Problem(rule, Severity.WARNING, words, "source", line, fix))


def _pairs(attributes: str) -> list[tuple[str, str]]:
    return [(one.group(1), " ".join(one.group(2).split())) for one in _ATTRIBUTE.finditer(attributes)]


def _more(attributes: str, pairs: list[tuple[str, str]]) -> str:
    """Attributes with those that are not there yet."""
    known = {name for name, _ in _pairs(attributes)}
    return attributes + "".join(f" {name}={value}" for name, value in dict(pairs).items() if name not in known)


@lru_cache(maxsize=64)
def _end_of(name: str) -> re.Pattern[str]:
    return re.compile(f"</{re.escape(name)}\\s*>", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _looks(attributes: str, picture: bool) -> str:
    """Attributes once, lengths with their unit where the engine wants one."""
    if attributes.count("=") > 1:
        attributes = _once(attributes)
    if "padding" in attributes:
        attributes = _PADDING.sub(lambda one: one.group(1) + _ZERO.sub("0px", one.group(2)), attributes)
    return _UNITLESS.sub(r'\1"\3px"', attributes) if picture else attributes


def _once(attributes: str) -> str:
    """Without an attribute that was there before: the first counts."""
    seen: set[str] = set()
    doubled = []
    for one in _ATTRIBUTE.finditer(attributes):
        doubled += [one] if one.group(1) in seen else []
        seen.add(one.group(1))
    for one in reversed(doubled):
        attributes = attributes[: one.start()] + _lines(one.group()) + attributes[one.end() :]
    return attributes


def _lines(text: str) -> str:
    return "\n" * text.count("\n")


def _old_social(attributes: str) -> str:
    """MJML 3's `display="facebook:share twitter"` as elements."""
    found = {name: value[1:-1] for name, value in _pairs(attributes)}
    made = []
    for hit in _SERVICE.finditer(found.get("display", "")):
        name = hit.group(1).lower()
        plain = name if (hit.group(2) or "").lower() == ":share" else f"{name}-noshare"
        href = found.get(f"{name}-href", "")
        words = found.get(f"{name}-content", "")
        made.append(f'<mj-social-element name="{plain}" href="{href}">{words}</mj-social-element>')
    return "".join(made)
