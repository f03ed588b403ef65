"""Merge tags of other systems as Jinja of ours: Mailchimp, Mustache, Handlebars, SendGrid, Liquid, Django, Klaviyo.

Only the text between the tags' marks changes, never a line: what a report says of line 12 is line 12 of the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from restock_desk.domain.document.imported import Notes, gathered
from restock_desk.rendering.imports import dialects
from restock_desk.rendering.imports.notes import Journal
from restock_desk.rendering.imports.wording import Scope

TAGS_LIMIT = 6_000
_TAG = re.compile(
    r"(?P<triple>\{\{\{[^{}]{1,500}\}\}\})"
    r"|(?P<comment>\{\{!--(?:[^-]|-(?!-\}\})){0,2000}--\}\}|\{\{![^{}]{0,2000}\}\})"
    r"|(?P<open>\{\{[#^][^{}]{1,500}\}\})"
    r"|(?P<close>\{\{/[^{}]{1,200}\}\})"
    r"|(?P<partial>\{\{>[^{}]{1,200}\}\})"
    r"|(?P<value>\{\{[^{}]{1,1000}\}\})"
    r"|(?P<statement>\{%(?:[^{}%]|%(?!\})){1,1000}%\})"
    r"|(?P<chimp>\*\|[A-Za-z][^|*\n]{0,120}\|\*)"
    r"|(?P<percent>%%[A-Za-z_][\w.: -]{0,60}%%|%recipient\.[A-Za-z_][\w.]{0,60}%)"
    r"|(?P<bracket>\[\[[ ]?[A-Za-z_][\w.: ]{0,60}[ ]?\]\])"
    r"|(?P<fallback>\[[a-z]\w{1,30}, ?fallback=[^\[\]]{0,60}\])"
    r"|(?P<single>(?<![{$%#\w])\{[!$]?[A-Za-z_][\w.]{1,40}\}(?!\}))"
    r"|(?P<capitals>(?<![\w%])%[A-Z][A-Z0-9_]{2,40}%(?![\w%]))"
    r"|(?P<monitor></?(?:singleline|multiline|repeater|unsubscribe|webversion|forwardtoafriend|currentyear)\b[^<>]{0,80}>)"
    r"|(?P<sender>\[(?:Sender_\w{2,20}|[Uu]nsubscribe(?:_Preferences)?|[Ww]eblink)\])"
    r"|(?P<script>%%[\[=][^%]{0,200}[\]=]%%)"
    r"|(?P<program><%[^<>%]{0,400}%>|\$\{[^{}]{0,200}\})"
)

_BEGINS = re.compile(
    r"\{\{|\{%|\*\||%%|%recipient\.|\[\[|<%|\$\{|\{[!$A-Za-z_]|%[A-Z]|\[[a-z]\w{1,30},|\[[SUuWw]"
    r"|</?(?:singl|multil|repeat|unsub|webv|forwardto|currenty)"
)
"""Where a tag may begin: quick to look for."""


_COMMENTED = re.compile(
    r"<!--\s*(\*\|(?:IF|IFNOT|ELSEIF|ELSE|END|INTERESTED)\b[^|*\n]{0,120}\|\*)\s*-->", re.IGNORECASE
)
_CAPTURE = re.compile(
    r"\{%-?\s*capture\s+(\w{1,60})\s*-?%\}((?:(?!\{%-?\s*(?:end)?capture)[^\0]){0,2000}?)\{%-?\s*endcapture\s*-?%\}"
)


@dataclass
class _Walk:
    """Through a text from tag to tag. `open` are the blocks that are not closed yet."""

    text: str
    journal: Journal = field(default_factory=Journal)
    scope: Scope = field(default_factory=Scope)
    line: int = 1
    at: int = 0

    def translated(self) -> str:
        made: list[str] = []
        done = 0
        for count, hit in enumerate(_tags(self.text)):
            if count >= TAGS_LIMIT:
                words = f"At most {TAGS_LIMIT:,} merge tags are translated; those from here on stay as they are."
                self.journal.kept("the rest of the merge tags", words, self.line_at(hit.start()))
                break
            made.append(self.text[done : hit.start()])
            made.append(self._one(hit))
            done = hit.end()
        made.append(self.text[done:])
        for block in reversed(self.scope.open):
            words = "It is never closed; the end was added."
            self.journal.lost(block.tag, words, block.line)
            made.append(f"{{% {block.end} %}}" if block.end else "")
        return "".join(made)

    def line_at(self, place: int) -> int:
        self.line += self.text.count("\n", self.at, place)
        self.at = place
        return self.line

    def _one(self, hit: re.Match[str]) -> str:
        tag, kind = hit.group(), hit.lastgroup or ""
        line = self.line_at(hit.start())
        before = len(self.scope.open)
        made = dialects.TRANSLATE[kind](tag, self.scope)
        if not dialects.readable(made.text):
            made = dialects.unreadable(tag, self.scope.open[before:])
        if made.words:
            self.journal.add(made.outcome, tag, made.words, line)
        for block in self.scope.open[before:]:
            block.tag, block.line = tag, line
        return made.text + "\n" * (tag.count("\n") - made.text.count("\n"))


def _tags(text: str) -> Iterator[re.Match[str]]:
    end = 0
    for begin in _BEGINS.finditer(text):
        hit = _TAG.match(text, begin.start()) if begin.start() >= end else None
        if hit:
            end = hit.end()
            yield hit


def translate(text: str, journal: Journal) -> str:
    """The text with every merge tag of another system as ours, as far as there is one; the rest is noted by name."""
    walk = _Walk(_captured(_COMMENTED.sub(_bared, text), journal), journal)
    return walk.translated()


def _bared(hit: re.Match[str]) -> str:
    """A statement of Mailchimp that hides in a comment, without it."""
    lines = "\n" * (hit.group().count("\n") - hit.group(1).count("\n"))
    return hit.group(1) + lines


def _captured(text: str, journal: Journal) -> str:
    """Liquid's captures put in where they are used. What they hold is on one line then."""
    held: dict[str, str] = {}
    for hit in _CAPTURE.finditer(text):
        held[hit.group(1)] = " ".join(hit.group(2).split())
        line = text.count("\n", 0, hit.start()) + 1
        journal.translated(f"{{% capture {hit.group(1)} %}}", "Its words stand where it was used.", line)
    if not held:
        return text
    text = _CAPTURE.sub(lambda hit: "\n" * hit.group().count("\n"), text)
    return re.sub(r"\{\{-?\s*(\w+)\s*-?\}\}", lambda hit: held.get(hit.group(1), hit.group()), text)


def translate_tags(text: str) -> tuple[str, Notes]:
    """`translate` with its report."""
    journal = Journal()
    made = translate(text, journal)
    return made, gathered(tuple(journal.notes))
