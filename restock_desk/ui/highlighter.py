"""Colours for HTML and MJML with Jinja in it. `tokens` is a plain function over one line; the rest hands it to Qt."""

import re
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from restock_desk.ui import theme


class Mode(IntEnum):
    """Where a line ends, so that the next can go on there. The kind of an open Jinja part is kept three bits higher."""

    TEXT = 0
    TAG = 1
    DOUBLE = 2
    SINGLE = 3
    COMMENT = 4
    STYLE_TAG = 5
    CSS = 6


@dataclass(frozen=True)
class Token:
    start: int
    length: int
    role: str


_OPEN = {"{{": 1, "{%": 2, "{#": 3}
_CLOSE = {1: "}}", 2: "%}", 3: "#}"}
_JINJA_OPEN = re.compile(r"\{\{|\{%|\{#")
_JINJA_PART = re.compile(
    r"(?P<string>\"[^\"]*\"|'[^']*')|(?P<filter>\|\s*\w+)|(?P<number>\b\d+(?:\.\d+)?\b)|(?P<word>[A-Za-z_][\w.]*)"
)
_JINJA_WORDS = frozenset(
    (
        *("if", "elif", "else", "endif", "for", "in", "endfor", "set", "endset", "not", "and", "or", "is"),
        *("true", "false", "none", "defined", "raw", "endraw", "with", "endwith"),
    )
)
_TEXT_STOP = re.compile(r"<!--|</?[A-Za-z][\w:.-]*|<![A-Za-z]+|&(?:#\w+|\w+);")
_TAG_PART = re.compile(r"/?>|[\"']|[^\s\"'=<>/]+")
_CSS_PART = re.compile(
    r"(?P<end></)|(?P<comment>/\*.*?(?:\*/|$))|(?P<at>@[\w-]+)|(?P<name>[\w-]+(?=\s*:[^:]))|(?P<string>\"[^\"]*\"|'[^']*')"
    r"|(?P<number>#[0-9A-Fa-f]{3,8}\b|\b\d+(?:\.\d+)?(?:px|em|rem|%|pt|s|vh|vw)?)"
)
_CSS_ROLES = {"comment": "comment", "at": "at", "name": "attribute", "string": "string", "number": "number"}


def tokens(line: str, state: int) -> tuple[list[Token], int]:
    """The coloured stretches of one line, and the state in which it ends. `state` is the line before's, 0 at first."""
    mode, jinja = Mode(state & 7), state >> 3
    found: list[Token] = []
    at = 0
    while at < len(line):
        if jinja:
            at, jinja = _in_jinja(line, at, jinja, found)
            continue
        opener = _JINJA_OPEN.search(line, at)
        if opener is not None and opener.start() == at:
            jinja = _OPEN[opener.group()]
            continue
        at, mode = _in_markup(line, at, opener.start() if opener else len(line), mode, found)
    return found, mode | jinja << 3


def _in_jinja(line: str, at: int, jinja: int, found: list[Token]) -> tuple[int, int]:
    end = line.find(_CLOSE[jinja], at)
    stop = len(line) if end < 0 else end + 2
    if jinja == 3:
        found.append(Token(at, stop - at, "comment"))
        return stop, 0 if end >= 0 else jinja
    found.append(Token(at, stop - at, "jinja"))
    for part in _JINJA_PART.finditer(line, at, stop):
        role = part.lastgroup or ""
        if role == "word":
            role = "keyword" if part.group() in _JINJA_WORDS else "variable"
        found.append(Token(part.start(), len(part.group()), role))
    return stop, 0 if end >= 0 else jinja


def _in_markup(line: str, at: int, stop: int, mode: Mode, found: list[Token]) -> tuple[int, Mode]:
    """One step through plain markup between `at` and `stop`; always moves on."""
    if mode is Mode.COMMENT:
        end = line.find("-->", at, stop)
        upto = stop if end < 0 else end + 3
        found.append(Token(at, upto - at, "comment"))
        return upto, mode if end < 0 else Mode.TEXT
    if mode in (Mode.DOUBLE, Mode.SINGLE):
        end = line.find('"' if mode is Mode.DOUBLE else "'", at, stop)
        upto = stop if end < 0 else end + 1
        found.append(Token(at, upto - at, "string"))
        return upto, mode if end < 0 else Mode.TAG
    if mode in (Mode.TAG, Mode.STYLE_TAG):
        return _in_tag(line, at, stop, mode, found)
    if mode is Mode.CSS:
        return _in_css(line, at, stop, found)
    part = _TEXT_STOP.search(line, at, stop)
    if part is None:
        return stop, mode
    word = part.group()
    if word == "<!--":
        return part.start(), Mode.COMMENT
    if word.startswith("&"):
        found.append(Token(part.start(), len(word), "number"))
        return part.end(), mode
    found.append(Token(part.start(), len(word), "tag"))
    return part.end(), Mode.STYLE_TAG if word.lower() in ("<style", "<mj-style") else Mode.TAG


def _in_tag(line: str, at: int, stop: int, mode: Mode, found: list[Token]) -> tuple[int, Mode]:
    part = _TAG_PART.search(line, at, stop)
    if part is None:
        return stop, mode
    word = part.group()
    if word in (">", "/>"):
        found.append(Token(part.start(), len(word), "tag"))
        return part.end(), Mode.CSS if mode is Mode.STYLE_TAG and word == ">" else Mode.TEXT
    if word in ("'", '"'):
        end = line.find(word, part.end(), stop)
        if end < 0:
            found.append(Token(part.start(), stop - part.start(), "string"))
            return stop, Mode.DOUBLE if word == '"' else Mode.SINGLE
        found.append(Token(part.start(), end + 1 - part.start(), "string"))
        return end + 1, mode
    found.append(Token(part.start(), len(word), "attribute"))
    return part.end(), mode


def _in_css(line: str, at: int, stop: int, found: list[Token]) -> tuple[int, Mode]:
    for part in _CSS_PART.finditer(line, at, stop):
        if part.lastgroup == "end":
            return part.start(), Mode.TEXT
        found.append(Token(part.start(), len(part.group()), _CSS_ROLES[part.lastgroup or "name"]))
    return stop, Mode.CSS


_COLORS = {
    "tag": "info",
    "attribute": "muted",
    "string": "good",
    "number": "warn",
    "comment": "muted",
    "jinja": "accent_text",
    "keyword": "bad",
    "at": "bad",
    "variable": "accent_text",
    "filter": "warn",
}


class Highlighter(QSyntaxHighlighter):
    """Paints `tokens` into an editor's document."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._plain = False
        self.recolor()

    def stop(self) -> None:
        """From now on everything is plain text."""
        self._plain = True
        self.rehighlight()

    def recolor(self) -> None:
        """Take the colours of the scheme in use and paint everything again."""
        for role, name in _COLORS.items():
            made = QTextCharFormat()
            made.setForeground(theme.color(name))
            if role in ("jinja", "keyword", "variable", "filter", "comment"):
                made.setFontItalic(role == "comment")
                if role != "comment":
                    made.setBackground(_tint())
            if role in ("keyword", "variable"):
                made.setFontWeight(QFont.Weight.DemiBold)
            self._formats[role] = made
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if self._plain:
            return
        found, state = tokens(text, max(0, self.previousBlockState()))
        for token in found:
            chosen = self._formats[token.role]
            if token.role in ("string", "number") and self.format(token.start).background() == _tint():
                chosen = QTextCharFormat(chosen)
                chosen.setBackground(_tint())
            self.setFormat(token.start, token.length, chosen)
        self.setCurrentBlockState(state)


def _tint() -> QColor:
    return theme.color("accent_soft")
