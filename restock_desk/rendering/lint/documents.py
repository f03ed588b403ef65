"""What is said of documents beyond the mail they stand for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from restock_desk.domain.checks import known
from restock_desk.domain.document import kinds, rich
from restock_desk.domain.document.tree import Document, Json
from restock_desk.domain.document.validation import validate
from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering.document.assembly import line_of
from restock_desk.rendering.lint.finding import few

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LTR = re.compile("[A-Za-zÀ-ʯ\u0370-\u052f]")


def of_mail(found: Iterable[Problem], document: Document) -> Iterator[Problem]:
    """Findings of a document's mail that are not told better of the document itself."""
    custom = {node.id for node in document.walk() if node.type.startswith(kinds.CUSTOM)}
    return (each for each in found if each.rule != "doc.unknown" or each.block not in custom)


def lacking(document: Document, told: Sequence[Problem], source: str) -> Iterator[Problem]:
    """What a document itself lacks, beside the findings of its mail that were told."""
    rules = {problem.rule for problem in told}
    linkless = {problem.block for problem in told if problem.rule == "link.empty"}
    gone = {problem.block for problem in told if problem.rule == "doc.unknown"}
    for problem in few((*validate(document), *_undescribed(document), *_direction(document))):
        if problem.rule == "doc.required" and not problem.block:
            continue  # an empty subject is told as one
        if problem.rule == "doc.required" and problem.block in linkless and "link is empty" in problem.message:
            continue
        if problem.rule == "doc.footer" and not rules & {"unsub.body", "legal.address"}:
            continue  # another block says who sends the mail and how to leave
        if problem.rule == "doc.saved" and problem.block in gone:
            continue
        yield replace(known(problem), line=line_of(source, problem.block))


def _undescribed(document: Document) -> Iterator[Problem]:
    """Pictures that are neither described nor said to decorate; a linked one is told of by its mail."""
    for node in document.walk():
        if node.type != "image" or not kinds.value(node, "src"):
            continue
        if not any(kinds.value(node, name) for name in ("alt", "decorative", "href")):
            words = "A picture has no description."
            yield Problem("img.alt", Severity.WARNING, words, fix="Say what is seen.", block=node.id)


def _direction(document: Document) -> Iterator[Problem]:
    """A mail whose words run from right to left says so: its MJML always says some direction."""
    words = " ".join(rich.plain(value, lambda _: "") for value in _texts(document))
    right = len(_RTL.findall(words))
    if right > len(_LTR.findall(words)) and kinds.setting(document, "dir") != "rtl":
        fix = "Let the e-mail run from right to left."
        yield Problem("a11y.dir", Severity.WARNING, "The words run from right to left, the e-mail does not.", fix=fix)


def _texts(document: Document) -> Iterator[Json]:
    for node in document.walk():
        kind = kinds.kind_of(node.type)
        for spec in kind.fields if kind else ():
            if spec.type == "rich":
                yield node.get(spec.name)
