"""What came of rendering a whole audience before a send: problems in groups, and which branches of the template were
taken by whom.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from restock_desk.domain.editions import fitting
from restock_desk.domain.ignoring import covers
from restock_desk.domain.templates import Draft, Ignored, Problem, Severity

EVERYBODY_ELSE = "everybody else"
"""The name of an edition that is for whoever gets no other."""
MASKS = 5_000
"""Different ways through a template that are remembered. Beyond, only one that takes something new is."""


class Part(NamedTuple):
    """One of several mails an audience is rendered with; `ignored` is what does not count in it.

    `languages` are its translations (or its sisters', if `language` says that it is one), `own` what the mail itself
    is in: only readers who would get this one are rendered.
    """

    name: str
    draft: Draft
    ignored: tuple[Ignored, ...] = ()
    languages: tuple[str, ...] = ()
    own: str = ""
    language: str = ""
    template_id: int = 0

    def fits(self, locale: str) -> bool:
        """Whether a reader of that locale gets this mail, and none in another language."""
        if not self.languages:
            return True
        return fitting(locale, self.languages, self.own) == self.language


@dataclass(frozen=True)
class Group:
    """One problem: how many mails have it, and one of the people."""

    problem: Problem
    count: int
    example: int
    """A subscriber's id."""
    variant: str = ""
    """Which of several templates; empty when there is one."""


@dataclass(frozen=True)
class Branch:
    """One way a template can go: a condition that holds or not, a list with or without entries, a fallback."""

    where: str
    line: int
    words: str
    """Such as “if variant.stock < 5” or “no items”."""


@dataclass(frozen=True)
class Way:
    """A branch as an audience took it: by how many, and one of them (None = nobody takes it)."""

    branch: Branch
    count: int
    example: int | None


@dataclass(frozen=True)
class Taker:
    """Somebody of a cover, and the branches that nobody before them takes."""

    person: int
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Preflight:
    """`renders` = people × variants. `complete` False = it was given up before the end, since so much failed."""

    renders: int
    seconds: float
    people: int
    groups: tuple[Group, ...] = ()
    ways: tuple[Way, ...] = ()
    cover: tuple[Taker, ...] = ()
    """People who between them take every branch that anybody takes; few, by always taking who adds most."""
    complete: bool = True
    ignored: tuple[Group, ...] = ()
    """What somebody decided to live with; not in `groups`."""

    @property
    def errors(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.problem.severity is Severity.WARNING)

    @property
    def untaken(self) -> tuple[Branch, ...]:
        return tuple(way.branch for way in self.ways if not way.count)


def without(found: Preflight, ignored: Mapping[str, Iterable[Ignored]]) -> Preflight:
    """The same where what is ignored does not count, by the variant's name."""
    kept: list[Group] = []
    left: list[Group] = []
    for group in found.groups:
        decided = any(covers(each, group.problem) for each in ignored.get(group.variant, ()))
        (left if decided else kept).append(group)
    return replace(found, groups=tuple(kept), ignored=tuple(left)) if left else found


def cover(masks: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    """Of people by the branches they take (bits of the key), some that take all of them: each adds the most there is.

    Each with what they add. Of two that add the same, the one with the lower id.
    """
    wanted = 0
    for mask in masks:
        wanted |= mask
    chosen: list[tuple[int, int]] = []
    while wanted:
        mask, person = max(masks.items(), key=lambda entry: ((entry[0] & wanted).bit_count(), -entry[1]))
        chosen.append((person, mask & wanted))
        wanted &= ~mask
    return tuple(chosen)


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def ordered(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Gravest first, then what concerns most people."""
    return tuple(sorted(groups, key=lambda g: (_RANK[g.problem.severity], -g.count, g.problem.line, g.problem.message)))
