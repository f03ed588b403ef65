"""Bytes of a file as text, whatever program wrote them; a sentence for what is no text."""

import codecs
import re

from restock_desk.errors import DeskError

SIZE_LIMIT = 4 * 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAYS = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9._-]{2,40})""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff\ue000\ue001]")
_NO_TEXT = DeskError("This file is no text.", "Choose a template: MJML, HTML, or a document of Restock Desk.")


def text_of(data: bytes) -> str:
    """The text of a file, line ends as LF. DeskError where it is too large or no text at all."""
    if len(data) > SIZE_LIMIT:
        raise DeskError(f"This file is larger than {SIZE_LIMIT // 1024 // 1024} MB.", "Choose a template.")
    return clean(_decoded(data))


def clean(text: str) -> str:
    """Text without what cannot stand in a mail: controls, halves of letters, the marks this package uses itself."""
    if len(text) > SIZE_LIMIT:
        raise DeskError(f"This text is longer than {SIZE_LIMIT // 1024 // 1024} MB.", "Choose a template.")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text)


def lang(text: str) -> str | None:
    """A language such as pt-BR; None for what is none."""
    text = text.strip()
    return text if re.match(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}\Z", text) else None


def _decoded(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _as(data, name)
    head = data[:4096]
    if b"\0" in head:
        pairs = head[: len(head) // 2 * 2]
        odd, even = pairs[1::2].count(0), pairs[::2].count(0)
        if max(odd, even) < len(pairs) // 4:
            raise _NO_TEXT
        return _as(data, "utf-16-le" if odd > even else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        said = _SAYS.search(head)
        return _as(data, said.group(1).decode("ascii") if said else "cp1252")


def _as(data: bytes, name: str) -> str:
    try:
        info = codecs.lookup(name)
        if not info._is_text_encoding or info.name in ("utf-8", "idna", "punycode"):
            raise LookupError
    except LookupError:
        name = "utf-8" if data.startswith(codecs.BOM_UTF8) else "cp1252"
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, ValueError):
        text = data.decode(name, "replace")
    if text.count("\ufffd") + len(_CONTROL.findall(text)) > len(text) // 10 + 4:
        raise _NO_TEXT
    return text
