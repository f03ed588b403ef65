"""What an inbox shows before a mail is opened: subject and preheader."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from restock_desk.domain.templates import Edit, Problem
from restock_desk.rendering.lint.finding import Matter, in_field, tell

LONG, CUT = 78, 60
SHORT_PRE, LONG_PRE = 30, 110
EMOJI = 2
_EARLY = 20
"""A preheader is among so many first elements."""
_CONSTRUCT = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_REPLY = re.compile(r"^\s*(?:re|fwd?|aw|wg|tr|rv)\s*:\s*", re.IGNORECASE)
_MARKS = re.compile(r"[!¡?]{3,}")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]")
_GARBLED = re.compile(
    "Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|Â[\u00a0-\u00bf]|\ufffd|&(?:amp|quot|#\\d+|nbsp);"
)


def check(matter: Matter) -> Iterator[Problem]:
    yield from _subject(matter.draft.subject)
    yield from _preheader(matter)


def _subject(raw: str) -> Iterator[Problem]:
    subject = raw.strip()
    if not subject:
        yield _said("subj.empty", "There is no subject.", "Write one.")
        return
    plain = _CONSTRUCT.sub("", subject)
    if "{" not in subject and len(subject) > LONG:
        words = f"The subject has {len(subject)} characters; phones show about 40."
        yield _said("subj.long", words, "Put the product's name first.")
    elif "{" not in subject and len(subject) > CUT:
        words = f"The subject has {len(subject)} characters: telephones show “{subject[:33]}…”."
        yield _said("subj.cut", words, "Put what matters into the first words.")
    letters = [c for c in plain if c.isalpha()]
    if len(letters) >= 8 and sum(c.isupper() for c in letters) > 0.7 * len(letters):
        yield _said("subj.caps", "The subject is written in capitals.", "Write it as a sentence.", plain)
    marks = _MARKS.search(plain)
    if marks:
        edits = in_field("subject", raw, marks.group(), marks.group()[0])
        yield _said("subj.marks", f"The subject shouts: “{marks.group()}”.", "One is enough.", marks.group(), edits)
    reply = _REPLY.match(subject)
    if reply:
        edits = in_field("subject", raw, reply.group(), "")
        yield _said(
            "subj.reply", f"“{reply.group().strip()}” pretends an earlier mail.", "Remove it.", reply.group(), edits
        )
    emoji = _EMOJI.findall(plain)
    if len(emoji) > EMOJI:
        yield _said("subj.emoji", f"The subject has {len(emoji)} pictograms.", "Keep one or two.", "".join(emoji[:20]))
    garbled = _GARBLED.search(plain)
    if garbled:
        yield _said(
            "subj.mojibake", f"“{garbled.group()}” looks like a broken letter.", "Write it again.", garbled.group()
        )


def _preheader(matter: Matter) -> Iterator[Problem]:
    raw, subject = matter.draft.preheader, matter.draft.subject.strip()
    preheader = raw.strip()
    if not preheader:
        own = _own(matter)
        if own is None:
            words = "There is no preheader: inboxes show the first words of the mail instead."
            yield _pre("pre.missing", words, "Write a sentence that goes on from the subject.")
        elif not own[1]:
            words = "Inboxes show the mail's first words behind the preheader."
            yield _pre("pre.leak", words, "Use the preheader field: it is padded.")
        return
    if "{" not in preheader and len(preheader) < SHORT_PRE:
        yield _pre("pre.short", f"The preheader has only {len(preheader)} characters.", "Use 40 to 90.")
    if "{" not in preheader and len(preheader) > LONG_PRE:
        yield _pre("pre.long", f"The preheader has {len(preheader)} characters.", "Use 40 to 90.")
    if subject and _alike(preheader.casefold(), subject.casefold()):
        yield _pre("pre.repeats", "The preheader says what the subject says.", "Go on from the subject.")


def _own(matter: Matter) -> tuple[int, bool] | None:
    """Where the source has a preheader of its own, and whether something keeps the text after it away."""
    source = matter.source
    for element in source.named("mj-preview"):
        return element.start, "&#847;" in source.raw or "&zwnj;" in source.raw
    first = next(iter(source.named("body")), None)
    begin = source.elements.index(first) if first is not None else 0
    for element in source.elements[begin : begin + _EARLY]:
        style = element.attributes.get("style", "").replace(" ", "").lower()
        named = "preheader" in f"{element.attributes.get('class', '')} {element.attributes.get('id', '')}".lower()
        if named or "display:none" in style or "max-height:0" in style or "mso-hide:all" in style:
            inside = source.raw[element.end : element.content_end]
            if element.words:
                return element.start, any(pad in inside for pad in ("&zwnj;", "&#847;", "\u200c", "\u034f", "&#8199;"))
    return None


def _alike(one: str, other: str) -> bool:
    if one in other or other in one:
        return min(len(one), len(other)) * 2 > max(len(one), len(other))
    return len(one) < 200 and len(other) < 200 and SequenceMatcher(None, one, other).ratio() > 0.85


def _said(rule: str, words: str, fix: str, evidence: str = "", edits: Iterable[Edit] = ()) -> Problem:
    return tell(rule, words, fix, where="subject", line=1, evidence=evidence, edits=edits)


def _pre(rule: str, words: str, fix: str) -> Problem:
    return tell(rule, words, fix, where="preheader", line=1)
