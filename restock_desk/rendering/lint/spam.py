"""How much of a mail looks like what filters distrust: a local score of words and shapes. No network, no learning.

The kinds and their order of weight follow the public rules of Apache SpamAssassin (rules of subject, body and HTML,
https://spamassassin.apache.org/); the points are our own, rounded, so that an ordinary shop mail stays below 2. It says
nothing of a sender's reputation, which counts most.
"""

import re
from collections.abc import Iterator

from restock_desk.domain.templates import Problem
from restock_desk.rendering.lint.finding import Matter, tell

ASK, GRAVE = 3.0, 5.0
"""Points from which it is told, and from which most filters would act."""
_PHRASES: dict[str, float] = {
    "act now": 1.0, "dear friend": 2.5, "100% free": 1.5, "absolutely free": 1.5, "free money": 2.5, "free gift": 1.0,
    "no obligation": 1.0, "risk free": 1.0, "risk-free": 1.0, "winner": 0.5, "you have won": 2.5, "you've won": 2.5,
    "congratulations": 0.5, "cash prize": 2.0, "earn money": 2.0, "make money": 2.0, "extra income": 1.5,
    "guaranteed": 0.5, "satisfaction guaranteed": 0.5, "lowest price": 0.5, "once in a lifetime": 1.0, "urgent": 0.5,
    "this is not spam": 2.5, "not spam": 1.0, "viagra": 3.0, "cialis": 3.0, "casino": 2.0, "lottery": 2.0,
    "weight loss": 1.5, "lose weight": 1.5, "wire transfer": 1.5, "million dollars": 2.5, "credit card debt": 2.0,
    "buy now!!": 1.0, "$$$": 1.5, "€€€": 1.5, "click below": 0.5, "gratis geld": 2.5, "jetzt zugreifen!!": 1.0,
    "garantiert gewinnen": 2.0, "sie haben gewonnen": 2.5, "vous avez gagné": 2.5, "argent facile": 2.0,
    "gagnez de l'argent": 2.0, "has ganado": 2.5, "dinero gratis": 2.5,
}  # fmt: skip
_CONSTRUCT = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_SHOUTED = re.compile(r"!{3,}|\?{3,}|(?:[!?]\s?){4,}")
_SPACED = re.compile(r"\b(?:[A-Z]\s){4,}[A-Z]\b")
_HUGE = re.compile(r"font-size\s*:\s*(?:[6-9]\d|\d{3,})px")
_DISGUISED = re.compile(r"\b[a-z]+(?:[0@$|][a-z]+){2,}\b", re.IGNORECASE)
_SHAPES = (
    ("sentences that shout", _SHOUTED, 1.0),
    ("spaced-out capitals", _SPACED, 1.5),
)


def check(matter: Matter) -> Iterator[Problem]:
    found = list(_reasons(matter))
    points = sum(each[1] for each in found)
    if points < ASK:
        return
    why = ", ".join(f"{words} {n:g}" for words, n in sorted(found, key=lambda each: -each[1])[:6])
    how = "most filters would act" if points >= GRAVE else "filters begin to doubt"
    words = f"{points:.1f} points of words and shapes that filters distrust; from {_from(points):g} on {how}."
    yield tell("spam.score", words, "Write it as you would tell a friend.", evidence=why)


def _from(points: float) -> float:
    return GRAVE if points >= GRAVE else ASK


def _reasons(matter: Matter) -> Iterator[tuple[str, float]]:
    """What was found, and its points."""
    subject = _CONSTRUCT.sub("", matter.draft.subject)
    yield from _subject(subject)
    text = matter.source.raw
    lowered = text.lower() + " " + subject.lower()
    for phrase, points in _PHRASES.items():
        if phrase in lowered:
            yield f"“{phrase}”", points
    if "!!" in text or "??" in text or "! !" in text:
        words = matter.source.words(0, len(text))
        for name, pattern, points in _SHAPES:
            times = len(pattern.findall(words))
            if times:
                yield name, min(3.0, points * times)
    if _HUGE.search(lowered):
        yield "letters of 60 pixels and more", 0.5


def _subject(subject: str) -> Iterator[tuple[str, float]]:
    letters = [c for c in subject if c.isalpha()]
    if len(letters) >= 8 and sum(c.isupper() for c in letters) > 0.7 * len(letters):
        yield "a subject in capitals", 1.5
    if _SHOUTED.search(subject):
        yield "a subject that shouts", 1.5
    if re.match(r"\s*(?:re|fwd?)\s*:", subject, re.IGNORECASE):
        yield "a subject that pretends an answer", 1.0
    if _DISGUISED.search(subject):
        yield "a disguised word in the subject", 1.5
    if re.search(r"\bfree\b", subject, re.IGNORECASE):
        yield "“free” in the subject", 0.5
