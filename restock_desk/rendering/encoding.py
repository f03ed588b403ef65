"""Quoted-printable in parts: each part stands on lines of its own, so that parts can be encoded once and joined later.

Between two parts stands a soft line break, which a reader drops. No line begins with a dot, none is longer than 76.
"""

import binascii
import re

BREAK = "=\r\n"
_WIDTH = 75
"""Of a line's content: the equals sign of a soft break may follow."""
_PLAIN = re.compile(r"(?!\.)[\t -<>-~]{0,70}")
_LINE_END = re.compile(r"\r\n|\r|\n")
plain = _PLAIN.fullmatch


def value(text: str) -> str:
    """One value as a part. Most pass as they are: short, printable ASCII, without an equals sign or a dot in front."""
    return text if plain(text) else part(text)


def part(text: str) -> str:
    """Any text as a part: ASCII lines joined by CRLF, without a line end of its own where the text has none."""
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    encoded = binascii.b2a_qp(text.replace("\n", "\r\n").encode("utf-8", "replace"), istext=True).decode("ascii")
    lines = encoded.replace("\r\n", "\n").split("\n")
    last = len(lines) - 1
    for number, line in enumerate(lines):
        if line[:1] == "." or len(line) > _WIDTH:
            lines[number] = _bounded(line, number == last)
    return "\r\n".join(lines)


def _bounded(line: str, last: bool) -> str:
    """A line whose first dot is escaped, cut again where that, or a break behind it, makes it too long."""
    room = _WIDTH if last or not line.endswith("=") else _WIDTH + 1
    kept: list[str] = []
    while True:
        if line[:1] == ".":
            line = f"=2E{line[1:]}"
        if len(line) <= room:
            return BREAK.join([*kept, line])
        at = _WIDTH
        if line[at - 1] == "=":
            at -= 1
        elif line[at - 2] == "=":
            at -= 2
        kept.append(line[:at])
        line = line[at:]
