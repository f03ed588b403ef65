"""What somebody pastes or drops into a text, reduced to what a mail can say: words, marks, links, variables."""

import json
import re
from html.parser import HTMLParser
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData

from restock_desk.domain import paths
from restock_desk.domain.document.rich import MOST_LETTERS, checked_runs, plain
from restock_desk.domain.document.tree import DocumentFault, Json, freeze, thaw
from restock_desk.ui.composer.variable_picker import RUNS

_MARKS = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "ins": "u", "s": "s", "del": "s", "strike": "s"}
_LINES = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "section"}
_SILENT = {"script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object"}
_VOID = {"br", "img", "hr", "meta", "link", "input", "wbr", "col", "area", "base", "embed", "source", "track"}
_VARIABLE = re.compile(
    r"\{\{\s*([^{}|]{1,200}?)\s*(?:\|\s*default\(\s*(?:\"([^\"]*)\"|'([^']*)')\s*(?:,\s*true\s*)?\)\s*)?\}\}"
)


def copied(runs: Json) -> QMimeData:
    """Runs for the clipboard: as they are for another text field, as words for everything else."""
    made = QMimeData()
    made.setData(RUNS, QByteArray(json.dumps(thaw(runs), ensure_ascii=False).encode()))
    made.setText(plain(runs, lambda path: f"{{{{ {path} }}}}"))
    return made


def runs_in(data: QMimeData, only_words: bool = False) -> tuple[Json, ...]:
    """What a field can take of it; nothing where there is nothing. `only_words`: no marks, links, colours."""
    made: Json = ()
    if data.hasFormat(RUNS):
        made = _runs_of(bytes(data.data(RUNS).data()))
    elif data.hasHtml() and not only_words:
        made = from_html(data.html())
    elif data.hasText():
        made = from_words(data.text())
    runs = made if isinstance(made, tuple) else ()
    return _bare(runs) if only_words else runs


def from_words(words: str) -> tuple[Json, ...]:
    """Plain words; `{{ path }}` becomes a variable, with what `default` says as its fallback."""
    return _checked(_pieces(words[:MOST_LETTERS], {}))


def from_html(html: str) -> tuple[Json, ...]:
    """Words of HTML with the marks and links a mail knows; everything else is left out, nothing is loaded."""
    reader = _Reader()
    reader.feed(html[: 20 * MOST_LETTERS])
    reader.close()
    return _checked(reader.runs)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[dict[str, Any]] = []
        self._open: list[tuple[str, str, Any]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            return self._break(1)
        if tag in _VOID:
            return None
        if tag in _SILENT:
            self._silent += 1
        if tag in _LINES:
            self._break(1)
        href = dict(attrs).get("href") or ""
        link = href if tag == "a" and href.lower().startswith(("http://", "https://", "mailto:", "tel:")) else ""
        style = (dict(attrs).get("style") or "").replace(" ", "").lower()
        mark = _MARKS.get(tag, "") if "font-weight:normal" not in style else ""
        if tag == "span" and re.search(r"font-weight:(bold|[6-9]00)", style):
            mark = "b"
        return self._open.append((tag, mark, link))

    def handle_endtag(self, tag: str) -> None:
        at = next((n for n in range(len(self._open) - 1, -1, -1) if self._open[n][0] == tag), -1)
        if at < 0:
            return
        for name, _, _ in self._open[at:]:
            self._silent -= 1 if name in _SILENT else 0
        del self._open[at:]
        if tag in _LINES:
            self._break(2 if tag == "p" else 1)

    def handle_data(self, data: str) -> None:
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        if self._silent or not words:
            return
        if words.startswith(" ") and (not self.runs or str(self.runs[-1].get("t", "")).endswith(("\n", " "))):
            words = words[1:]
        marks = [mark for _, mark, _ in self._open if mark]
        link = next((link for _, _, link in reversed(self._open) if link), "")
        style = ({"m": marks} if marks else {}) | ({"link": link} if link else {})
        self.runs += _pieces(words, style)

    def _break(self, lines: int) -> None:
        """At least so many line ends after what is there."""
        if self._silent or not self.runs:
            return
        tail = ""
        for run in reversed(self.runs):
            tail = str(run.get("t", "·")) + tail
            if not tail.strip("\n"):
                continue
            break
        have = len(tail) - len(tail.rstrip("\n"))
        if have < lines:
            self.runs.append({"t": "\n" * (lines - have)})


def _pieces(words: str, style: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    at = 0
    for found in _VARIABLE.finditer(words):
        if paths.fault(found[1]):
            continue
        made.append({"t": words[at : found.start()], **style})
        fallback = found[2] or found[3] or ""
        made.append({"v": found[1], **({"fallback": fallback} if fallback else {}), **style})
        at = found.end()
    made.append({"t": words[at:], **style})
    return [run for run in made if run.get("t") != ""]


def _runs_of(raw: bytes) -> tuple[Json, ...]:
    try:
        return _checked(json.loads(raw)) if len(raw) < 1_000_000 else ()
    except (ValueError, RecursionError):
        return ()


def _bare(runs: tuple[Json, ...]) -> tuple[Json, ...]:
    kept = ("t", "v", "fallback", "filters")
    return _checked([{key: part for key, part in run.items() if key in kept} for run in thaw(runs)])


def _checked(runs: list[dict[str, Any]]) -> tuple[Json, ...]:
    cleaned = [
        {k: _clean(v) if k == "t" and isinstance(v, str) else v for k, v in run.items()}
        for run in runs
        if isinstance(run, dict)
    ]
    while cleaned and not str(cleaned[-1].get("t", "·")).strip("\n"):
        cleaned.pop()
    if cleaned and isinstance(cleaned[-1].get("t"), str):
        cleaned[-1]["t"] = cleaned[-1]["t"].rstrip("\n")
    try:
        made = checked_runs(freeze(cleaned), ())
    except DocumentFault:
        return ()
    return made if isinstance(made, tuple) else ()


def _clean(words: str) -> str:
    """No letters that cannot stand in a mail."""
    return "".join(c for c in words if c >= " " or c in "\t\n" if c not in "\ufffc\ufffe\uffff")
