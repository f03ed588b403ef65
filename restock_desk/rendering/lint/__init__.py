"""What can be said about a draft before anybody's data: findings with a stable rule id, a place and a way to fix them.

    lint.check(draft)               # the fast rules, while somebody types
    lint.check(draft, deep=True)    # all of them, before a send
    lint.check_mail(mail)           # what one person's finished mail says

Errors mean that it cannot or must not be sent; warnings ask; information informs. What the rules are for stands in
`domain.checks`. One page a noun; nothing here fetches anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from restock_desk.domain.checks import known
from restock_desk.domain.document.tree import DocumentFault
from restock_desk.domain.templates import Draft, Problem, Severity, TemplateKind
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.document import assembly, drafts, dress
from restock_desk.rendering.lint import (
    accessibility,
    compat,
    contrast,
    dark,
    documents,
    images,
    language,
    legal,
    links,
    mails,
    mending,
    place,
    spam,
    subject,
    text,
    validity,
    variables,
)
from restock_desk.rendering.lint.finding import Matter, few
from restock_desk.rendering.pieces import SOURCE_LIMIT

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_ORDER = ("subject", "preheader", "sender_name", "sender_email", "reply_to", "source", "text")
_FAST = (variables, subject, images, links, validity, accessibility, dark, legal, language, text, spam)
check_mail = mails.check


@lru_cache(maxsize=32)
def check(draft: Draft, deep: bool = False, targets: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """All findings of a draft, gravest first, each once. `targets` are the mail programs that count, as patterns.

    A document is looked at as the MJML it stands for; what is found belongs to its blocks.
    """
    compiled = compile_template(draft)
    document = draft.kind is TemplateKind.DOCUMENT
    if document and not compiled.parts.get("html") and compiled.broken:
        return tuple(_of_document(map(known, compiled.problems), draft))
    seen, parts = drafts.in_parts(dress.for_preview(draft)) if document else (draft, ())
    matter = Matter(seen, compiled, parts)
    found = dict.fromkeys(variables.with_edit(known(each), matter) for each in matter.compiled.problems)
    if len(matter.draft.source) <= SOURCE_LIMIT:
        found |= dict.fromkeys(each for page in _FAST for each in page.check(matter))
        if deep:
            found |= dict.fromkeys(_deep(matter, targets))
    if document:
        own = [replace(each, operations=()) if each not in compiled.problems else each for each in found]
        return tuple(_of_document(assembly.in_blocks(own, compiled.blocks, draft), draft))
    return tuple(few(sorted(found, key=_place)))


def _of_document(found: Iterable[Problem], draft: Draft) -> list[Problem]:
    """Findings of a document with what it lacks itself, in order, the first of each rule with their own quick fixes."""
    told = dict.fromkeys(found)
    try:
        document = drafts.document_of(draft)
    except DocumentFault:
        return few(sorted(told, key=_place))  # it says so
    told = dict.fromkeys(documents.of_mail(told, document))
    told |= dict.fromkeys(documents.lacking(document, tuple(told), draft.source))
    brand = dress.dress_of(draft).brand
    return [mending.mended(problem, document, brand) for problem in few(sorted(told, key=_place))]


def _deep(matter: Matter, targets: tuple[str, ...]) -> Iterator[Problem]:
    page = place.page(matter)
    if page is None:
        return
    yield from accessibility.check_page(page)
    yield from contrast.check_page(page)
    yield from compat.check_page(page, matter.mjml, targets)


def _place(problem: Problem) -> tuple[int, int, int, str]:
    where = _ORDER.index(problem.where) if problem.where in _ORDER else len(_ORDER)
    return _RANK[problem.severity], where, problem.line, problem.rule
