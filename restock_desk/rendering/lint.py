"""What can be said about a draft before anybody's data: problems with a stable rule id, a line and a way to fix them.

Errors mean that it cannot or must not be sent; warnings ask; information informs. Ids never change their meaning.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from restock_desk.domain.templates import Draft, Problem, Severity, TemplateKind
from restock_desk.rendering import names, pieces
from restock_desk.rendering.compile import FIELDS, compile_template
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault

CLIPPED = 102_000
"""Bytes of HTML after which large mailbox providers cut a mail off."""
LIMIT = 200
"""Pictures, links and the like looked at one by one."""
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_IMAGE = re.compile(r"""<(?:img|mj-image)\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""", re.IGNORECASE)
_LINK = re.compile(r"""<(?:a|mj-button)\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""", re.IGNORECASE)
_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_ALT = re.compile(r"""\salt\s*=""", re.IGNORECASE)
_ACTIVE = re.compile(r"<(script|iframe|object|embed|form|base)\b", re.IGNORECASE)
_TAG = re.compile(r"""<[a-z](?:[^<>"']|"[^"<]*"|'[^'<]*')*>""", re.IGNORECASE)
_QUOTED = re.compile(r"""\"[^"]*"|'[^']*'""")
_HANDLER = re.compile(r"\s(on[a-z]+)\s*=", re.IGNORECASE)
_ROOT = re.compile(r"<(?:html|mjml)\b[^<>]*>", re.IGNORECASE)
_SCRIPT = ("javascript:", "vbscript:", "data:")


@lru_cache(maxsize=32)
def check(draft: Draft) -> tuple[Problem, ...]:
    """All problems of a draft, gravest first, each once."""
    compiled = compile_template(draft)
    found = [*compiled.problems, *_names(draft), *_fields(draft), *_source(draft), *_whole(draft, compiled)]
    unique = list(dict.fromkeys(found))
    order = ("subject", "preheader", "sender_name", "sender_email", "reply_to", "source", "text")
    return tuple(sorted(unique, key=lambda p: (_RANK[p.severity], order.index(p.where), p.line, p.rule)))


def _names(draft: Draft) -> Iterator[Problem]:
    for where in (*FIELDS, "source", "text"):
        part, wrong = pieces.cut(getattr(draft, where) or "", where)
        if wrong:
            continue
        try:
            yield from names.check(pieces.parse(part, where), where)
        except TemplateFault:
            continue  # told by compiling


def _fields(draft: Draft) -> Iterator[Problem]:
    subject = draft.subject.strip()
    if not subject:
        yield Problem("subj.empty", Severity.ERROR, "There is no subject.", "subject", 1, "Write one.")
    elif "{" not in subject and len(subject) > 78:
        words = f"The subject has {len(subject)} characters; phones show about 40."
        yield Problem("subj.long", Severity.WARNING, words, "subject", 1, "Put the product's name first.")
    if not draft.preheader.strip() and "<mj-preview" not in draft.source:
        words = "There is no preheader: inboxes show the first words of the mail instead."
        yield Problem(
            "pre.missing", Severity.INFO, words, "preheader", 1, "Write a sentence that goes on from the subject."
        )
    for where in ("subject", "preheader", "source", "text"):
        yield from pieces.foreign_tags(getattr(draft, where) or "", where)


def _source(draft: Draft) -> Iterator[Problem]:
    """Checks by line on the source as written."""
    source = draft.source
    for hit in islice(_IMAGE.finditer(source), LIMIT):
        if not _ALT.search(hit.group()):
            words = "A picture has no alternative text."
            yield _at(source, hit, "img.alt", Severity.WARNING, words, 'Add alt="…", or alt="" if it only decorates.')
    defaults = range(source.find("<mj-attributes"), source.find("</mj-attributes"))
    for hit in islice(_LINK.finditer(source), LIMIT):
        if hit.start() in defaults:
            continue
        href = _HREF.search(hit.group())
        target = (href.group(1) or href.group(2) or "").strip() if href else ""
        if target in ("", "#"):
            yield _at(source, hit, "link.empty", Severity.WARNING, "A link leads nowhere.", 'Add href="…".')
        elif target.lower().startswith(_SCRIPT):
            yield _at(source, hit, "link.scheme", Severity.ERROR, "A link runs a script.", "Use an https address.")
    yield from _active(source)
    root = _ROOT.search(source)
    if root and " lang=" not in root.group():
        words = "The mail does not say its language: screen readers guess."
        yield _at(source, root, "a11y.lang", Severity.INFO, words, 'Add lang="en" to the first element.')


def _active(source: str) -> Iterator[Problem]:
    """What runs, embeds or submits: mail programs take it out, filters distrust the whole mail."""
    for hit in islice(_ACTIVE.finditer(source), LIMIT):
        name = hit.group(1).lower()
        severity = Severity.WARNING if name == "form" else Severity.ERROR
        yield _at(source, hit, "html.active", severity, f"Mail programs remove <{name}>.", "Remove it.")
    suspects = (hit for hit in _TAG.finditer(source) if " on" in hit.group() or "\non" in hit.group())
    for hit in islice(suspects, LIMIT):
        handler = _HANDLER.search(_QUOTED.sub('""', hit.group()))
        if handler:
            words = f"Mail programs remove {handler.group(1).lower()}."
            yield _at(source, hit, "html.active", Severity.ERROR, words, "Remove the attribute.")


def _whole(draft: Draft, compiled: CompiledTemplate) -> Iterator[Problem]:
    source = draft.source
    if "links.unsubscribe" not in source:
        words = "There is no unsubscribe link in the mail."
        fix = 'Add <a href="{{ links.unsubscribe }}">Unsubscribe</a>.'
        yield Problem("unsub.body", Severity.WARNING, words, "source", 0, fix)
    if draft.text is not None and draft.text.strip() and "links.unsubscribe" not in draft.text:
        words = "There is no unsubscribe link in the plain text."
        yield Problem("unsub.text", Severity.WARNING, words, "text", 0, "Add {{ links.unsubscribe }}.")
    if "shop.address" not in source:
        words = "The shop's postal address is not in the mail; many countries require it."
        yield Problem("legal.address", Severity.INFO, words, "source", 0, "Add {{ shop.address }} at the end.")
    if draft.kind is TemplateKind.MJML and "color-scheme" not in source:
        words = "Nothing is said about dark mode: mail programs invert colours as they like."
        yield Problem("dark.none", Severity.INFO, words, "source", 0, "See the starter templates.")
    size = sum(len(piece.text.encode()) for piece in compiled.parts.get("html", ()))
    if size > CLIPPED:
        words = f"The mail has {size // 1000} KB of HTML; some providers cut it off after 102 KB."
        yield Problem("size.clip", Severity.WARNING, words, "source", 0, "Shorten it.")


def _at(source: str, hit: re.Match[str], rule: str, severity: Severity, words: str, fix: str) -> Problem:
    return Problem(rule, severity, words, "source", source.count("\n", 0, hit.start()) + 1, fix)
