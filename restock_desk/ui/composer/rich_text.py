"""Runs ⇄ QTextDocument. A variable is one character, drawn as a chip, that carries its run as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QFont, QTextBlock, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument, QTextFormat

from restock_desk.domain.document.rich import checked_runs
from restock_desk.domain.document.tree import DocumentFault, Json, freeze, thaw
from restock_desk.ui import theme

CHIP = int(QTextFormat.ObjectTypes.UserObject.value) + 1
RUN, LINK, COLOR, SIZE, BESIDE = (int(QTextFormat.Property.UserProperty.value) + n for n in range(1, 6))
_KNOWN = ("t", "v", "m", "link", "color", "size", "fallback", "filters")
OBJECT = "\ufffc"
_BREAKS = str.maketrans({"\u2028": "\n", "\u2029": "\n", OBJECT: ""})


def fill(document: QTextDocument, runs: Json) -> None:
    """Show these runs and nothing else."""
    document.clear()
    cursor = QTextCursor(document)
    insert(cursor, runs)


def insert(cursor: QTextCursor, runs: Json) -> None:
    """Put runs where the cursor is; each newline begins a new block."""
    for run in runs if isinstance(runs, tuple) else ():
        if not isinstance(run, Mapping):
            continue
        look = format_of(run)
        if "v" in run:
            cursor.insertText(OBJECT, look)
            continue
        for at, line in enumerate(str(run.get("t", "")).split("\n")):
            if at:
                cursor.insertBlock(QTextBlockFormat(), look)  # its look is that of the line's end before it
            if line:
                cursor.insertText(line, look)


def read(document: QTextDocument) -> tuple[Json, ...]:
    """The runs that are shown, in their one form."""
    return read_between(document, 0, document.characterCount())


def read_between(document: QTextDocument, start: int, end: int) -> tuple[Json, ...]:
    """The runs of a part of the text."""
    found: list[dict[str, Any]] = []
    block = document.findBlock(start)
    first = True
    while block.isValid() and block.position() < end:
        if not first:
            found.append({"t": "\n", **style_of(block.charFormat())})
        first = False
        found += _of_block(block, start, end)
        block = block.next()
    return _checked(found)


def format_of(run: Mapping[str, Json]) -> QTextCharFormat:
    """How a run looks: its marks, and for a variable the chip."""
    look = QTextCharFormat()
    marks = run.get("m")
    marks = marks if isinstance(marks, tuple) else ()
    look.setFontWeight(QFont.Weight.Bold if "b" in marks else QFont.Weight.Normal)
    look.setFontItalic("i" in marks)
    look.setFontUnderline("u" in marks)
    look.setFontStrikeOut("s" in marks)
    for name, key in (("link", LINK), ("color", COLOR), ("size", SIZE)):
        if run.get(name) is not None:
            look.setProperty(key, json.dumps(thaw(run[name])))
    beside = {key: thaw(value) for key, value in run.items() if key not in _KNOWN}
    if beside:
        look.setProperty(BESIDE, json.dumps(beside))  # what a newer version wrote stays
    dress(look)
    if "v" in run:
        look.setObjectType(CHIP)
        kept = {key: thaw(run[key]) for key in ("v", "fallback", "filters") if key in run}
        look.setProperty(RUN, json.dumps(kept, ensure_ascii=False))
    return look


def dress(look: QTextCharFormat) -> None:
    """What can be seen of a link: the accent and a dashed line, which is no underline of the author's."""
    if look.hasProperty(LINK):
        look.setForeground(theme.color("accent_text"))
        if not look.fontUnderline():
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
        return
    look.clearForeground()
    if look.underlineStyle() == QTextCharFormat.UnderlineStyle.DashUnderline:
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.NoUnderline)


def run_of(look: QTextCharFormat) -> dict[str, Any] | None:
    """The variable a chip stands for: v, fallback, filters."""
    if look.objectType() != CHIP:
        return None
    try:
        found = json.loads(str(look.property(RUN)))
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("v"), str) else None


def style_of(look: QTextCharFormat) -> dict[str, Any]:
    """The marks, link, colour and size of a piece of text."""
    single = look.underlineStyle() == QTextCharFormat.UnderlineStyle.SingleUnderline
    marks = [
        name
        for name, on in (
            ("b", look.fontWeight() >= QFont.Weight.DemiBold),
            ("i", look.fontItalic()),
            ("u", single),
            ("s", look.fontStrikeOut()),
        )
        if on
    ]
    found: dict[str, Any] = {"m": marks} if marks else {}
    for name, key in (("link", LINK), ("color", COLOR), ("size", SIZE)):
        if look.hasProperty(key):
            found[name] = json.loads(str(look.property(key)))
    return {**found, **json.loads(str(look.property(BESIDE)))} if look.hasProperty(BESIDE) else found


def _of_block(block: QTextBlock, start: int, end: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at = block.begin()
    while not at.atEnd():
        piece = at.fragment()
        at += 1
        low, high = max(piece.position(), start), min(piece.position() + piece.length(), end)
        if low >= high:
            continue
        look = piece.charFormat()
        words = piece.text()[low - piece.position() : high - piece.position()]
        variable = run_of(look)
        if variable is not None:
            found += [{**variable, **style_of(look)} for letter in words if letter == OBJECT]
        elif words.translate(_BREAKS):
            found.append({"t": words.translate(_BREAKS), **style_of(look)})
    return found


def _checked(runs: list[dict[str, Any]]) -> tuple[Json, ...]:
    try:
        made = checked_runs(freeze(runs), ())
    except DocumentFault:
        return ()
    return made if isinstance(made, tuple) else ()
