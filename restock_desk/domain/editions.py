"""One mail in several editions: arms of an A/B test, and languages. Who gets which, and what a test lays down first.

A person's arm depends on the test's key and the person alone, so they keep it in every campaign of the test. Languages
are looked up as RFC 4647 (section 3.4) says: the whole tag, then ever shorter ones, then what the mail itself is in.
"""

import hashlib
import re
import string
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from restock_desk.domain.templates import Template

MOST_ARMS = 6
RELEVANT = 0.01
"""The smallest difference of rates that matters, of 1."""
METRICS = {"clicked": 0.05, "ordered": 0.02}
"""What a test may be judged by, messages with a person's click or with an order, and what part of those sent has one
where nobody knows better."""
WAITS_H = {"clicked": 72, "ordered": 168}
"""How long after an arm's last mail these are waited for, unless a test says otherwise."""
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_SCRIPT = re.compile(r"[a-z]{4}")


@dataclass(frozen=True)
class Experiment:
    """What an A/B test lays down before its first mail. `shares` are parts of 1, one per arm, the first the control.

    `key` names the test for ever. `horizon_s` seconds after an arm's last mail there may be a verdict, not before.
    `metric` is one of METRICS.
    """

    key: str
    shares: tuple[float, ...]
    horizon_s: int = WAITS_H["clicked"] * 3600
    relevant: float = RELEVANT
    metric: str = "clicked"
    began_at: datetime | None = None
    ended_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    chosen: int | None = None
    """The arm that became the mail."""
    versions: tuple[tuple[int, str, int], ...] = ()
    """What a campaign sent: arm, language, version of the template. Empty in the mail's own test."""

    @property
    def runs(self) -> bool:
        """Whether a campaign that is launched now takes part."""
        return len(self.shares) > 1 and self.ended_at is None


@dataclass(frozen=True)
class Family:
    """A mail with all its editions: the mail itself first, then by arm and language. None of them archived."""

    root: Template
    editions: tuple[Template, ...]
    experiment: Experiment | None = None

    @property
    def arms(self) -> tuple[int, ...]:
        return tuple(sorted({edition.arm for edition in self.editions}))

    @property
    def sent_arms(self) -> tuple[int, ...]:
        """The arms a campaign launched now is divided into."""
        return self.arms if self.plan is not None else (0,)

    @property
    def plan(self) -> Experiment | None:
        """The test a campaign launched now takes part in."""
        plan = self.experiment
        return plan if plan is not None and plan.runs and len(plan.shares) == len(self.arms) else None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted({edition.language for edition in self.editions if not is_main(edition)}))

    def of_arm(self, arm: int) -> dict[str, Template]:
        """Its editions by language; "" is the one for everybody else."""
        return {"" if is_main(one) else one.language: one for one in self.editions if one.arm == arm}

    def fitting(self, arm: int, locale: str) -> Template:
        """The edition of an arm for a reader of `locale`."""
        found = self.of_arm(arm)
        return found.get(fitting(locale, found, self.root.language), found.get("", self.root))

    def sent(self) -> tuple[Template, ...]:
        """The editions that a campaign launched now may send."""
        return tuple(one for one in self.editions if one.arm in self.sent_arms)


@dataclass(frozen=True)
class SentEditions:
    """What a campaign sent beside the mail itself, which is in `language`: arms and languages."""

    language: str = ""
    others: tuple[tuple[int, str], ...] = ()

    def language_for(self, arm: int, locale: str) -> str:
        """The language of what a reader of `locale` in that arm got; "" = the arm's own mail."""
        return fitting(locale, [language for one, language in self.others if one == arm], self.language)

    def words(self, arm: int, locale: str) -> str:
        """What somebody got: “Variant B · fr”; empty where all got the same."""
        tested = any(one for one, _ in self.others)
        language = self.language_for(arm, locale) or (self.language if any(tag for _, tag in self.others) else "")
        return " · ".join(part for part in (f"Variant {arm_name(arm)}" if tested else "", language) if part)


def is_main(edition: Template) -> bool:
    """Whether it is an arm's own mail, not a translation of it; the root's `language` is what everybody else reads."""
    return edition.root_id is None or not edition.language


def arm_name(arm: int) -> str:
    """A, B, C …"""
    return string.ascii_uppercase[arm]


def label(edition: Template, arms: int) -> str:
    """What an edition is called beside its sisters: “B · fr”, “A”, “fr”; empty for the only one there is."""
    language = "" if is_main(edition) else edition.language
    return " · ".join(part for part in (arm_name(edition.arm) if arms > 1 else "", language) if part)


def arm_of(key: bytes, subscriber_id: int, shares: Sequence[float]) -> int:
    """The arm of one person: a keyed hash of the person, cut up by the shares."""
    mark = hashlib.blake2b(subscriber_id.to_bytes(8, "big"), key=key, digest_size=8).digest()
    place = int.from_bytes(mark, "big") / 2**64 * sum(shares)
    for arm, share in enumerate(shares):
        place -= share
        if place < 0:
            return arm
    return max(arm for arm, share in enumerate(shares) if share > 0)


def tag(words: str) -> str:
    """A language as BCP 47 writes it: fr, pt-BR, zh-Hant. Empty when it is none."""
    parts = words.strip().replace("_", "-").split(".")[0]
    if not _TAG.fullmatch(parts):
        return ""
    first, *rest = parts.split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part.capitalize() for part in rest)])


def fitting(locale: str, languages: Collection[str], own: str = "") -> str:
    """Which of the languages a reader of `locale` gets; "" = none of them, so the mail itself, which is in `own`."""
    known = {_full(language): language for language in languages if language}
    known[_full(own)] = ""
    wanted = _full(locale)
    if not wanted:
        return ""
    parts = wanted.split("-")
    for length in range(len(parts), 0, -1):
        found = known.get("-".join(parts[:length]))
        if found is not None:
            return found
    near = [key for key in sorted(known) if key and (key.split("-")[0], _script(key)) == (parts[0], _script(wanted))]
    return "" if _full(own) in near else known[near[0]] if near else ""


def _full(words: str) -> str:
    """A tag in small letters. Chinese says its script, which decides who can read it: by region where it does not."""
    parts = tag(words).lower().split("-")
    if parts[0] == "zh" and not _script("-".join(parts)):
        parts.insert(1, "hant" if {"tw", "hk", "mo"} & set(parts) else "hans")
    return "-".join(parts)


def _script(key: str) -> str:
    """The script of a tag in small letters; empty where it says none."""
    return next((part for part in key.split("-")[1:] if _SCRIPT.fullmatch(part)), "")


def whole(shares: Iterable[float]) -> tuple[float, ...]:
    """Shares made to add up to 1. ValueError when one is negative or none is above zero."""
    given = tuple(shares)
    total = sum(given)
    if not given or min(given) < 0 or total <= 0 or total != total or total == float("inf"):
        raise ValueError("Shares are numbers above zero.")
    return tuple(share / total for share in given)
