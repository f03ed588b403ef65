"""Cells of CSV files that spreadsheets must not take for formulas, and the way back. No files here."""

import re

_DANGER = "=+\\-@\t\r\n|%＝＋－＠"
_FORMULA = re.compile(f"'*[{_DANGER}]")
_GUARDED = re.compile(f"'+[{_DANGER}]")


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it; `unguarded` gives it back exactly."""
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given. Readers of our own exports call it."""
    return text[1:] if _GUARDED.match(text) else text
