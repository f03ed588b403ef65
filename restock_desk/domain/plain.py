"""The words of a piece of HTML, for snapshots and plain text. Nothing is rendered and nothing is fetched."""

import re
from html.parser import HTMLParser

_BREAKS = frozenset(("p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "section"))
_SILENT = frozenset(("script", "style", "template", "noscript"))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain(html: str) -> str:
    """The text of `html`, one line per block, without markup, scripts and doubled spaces."""
    if "<" not in html and "&" not in html:
        return " ".join(html.split()) if "\n" not in html else "\n".join(" ".join(x.split()) for x in html.split("\n"))
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).split("\n"))
    return "\n".join(line for line in lines if line)
