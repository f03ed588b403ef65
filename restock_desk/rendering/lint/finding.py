"""How a finding is put together: severity and address from its rule, place and evidence from where it was found."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from restock_desk.domain.checks import known, rule
from restock_desk.domain.templates import Draft, Edit, Problem, Severity, TemplateKind
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.lint.tree import Element, Tree

EVIDENCE = 160
MANY = 10
"""Findings of one rule shown one by one; the last of them counts the rest."""


@dataclass(frozen=True)
class Matter:
    """What a draft's checks read: the draft, its source as a tree, and what compiling made of it."""

    draft: Draft
    compiled: CompiledTemplate
    parts: tuple[str, ...] = ()
    """The source in parts, each whole in itself, if it was put together of such: what stays the same is known."""

    @property
    def mjml(self) -> bool:
        return self.draft.kind is TemplateKind.MJML

    @cached_property
    def source(self) -> Tree:
        return Tree(self.draft.source)


def tell(
    id: str,
    words: str,
    fix: str = "",
    *,
    where: str = "source",
    line: int = 0,
    evidence: str = "",
    edits: Iterable[Edit] = (),
    severity: Severity | None = None,
) -> Problem:
    """A finding at a line of a field, or about all of it."""
    return known(
        Problem(
            id, severity or rule(id).severity, words, where, line, fix, evidence=_short(evidence),
            operations=tuple(edits),
        )
    )  # fmt: skip


def at(
    element: Element,
    id: str,
    words: str,
    fix: str = "",
    *,
    edits: Iterable[Edit] = (),
    evidence: str = "",
    severity: Severity | None = None,
) -> Problem:
    """A finding at an element."""
    told = tell(
        id, words, fix, line=element.line, evidence=evidence or element.tag, edits=edits, severity=severity
    )  # fmt: skip
    return replace(told, block=element.block)


def inside_tag(element: Element, text: str) -> Edit:
    """A quick fix: this text, with its leading blank, as the last attribute."""
    end = element.end - (2 if element.tree.text[element.end - 2] == "/" else 1)
    while element.tree.raw[end - 1].isspace():
        end -= 1
    return Edit("source", end, element.tree.raw[end : element.end], text + element.tree.raw[end : element.end])


def replaced(element: Element, attribute: str, new: str) -> tuple[Edit, ...]:
    """A quick fix: the attribute's value as `new`, where it stands in this tag as it was read."""
    old = element.attributes.get(attribute, "")
    start = element.tree.raw.find(old, element.start, element.end) if old else -1
    return (Edit("source", start, old, new),) if start >= 0 else ()


def in_field(where: str, text: str, old: str, new: str) -> tuple[Edit, ...]:
    """A quick fix: the first `old` of a field as `new`."""
    start = text.find(old)
    return (Edit(where, start, old, new),) if start >= 0 else ()


def few(problems: Iterable[Problem]) -> list[Problem]:
    """Of each rule the first ten; the tenth counts the others."""
    kept: list[Problem] = []
    counts: dict[str, int] = {}
    tenth: dict[str, int] = {}
    for problem in problems:
        counts[problem.rule] = counts.get(problem.rule, 0) + 1
        if counts[problem.rule] <= MANY:
            tenth[problem.rule] = len(kept)
            kept.append(problem)
    for id, place in tenth.items():
        if counts[id] > MANY:
            more = f"{kept[place].message} And {counts[id] - MANY} more like this."
            kept[place] = replace(kept[place], message=more)
    return kept


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= EVIDENCE else text[: EVIDENCE - 1] + "…"
