"""What goes wrong between languages: prices, numbers of things, directions."""

import re
from collections.abc import Iterator

from restock_desk.domain.templates import Edit, Problem
from restock_desk.rendering.lint.finding import Matter, tell

_PRICE = re.compile(r"\{\{[^{}]*\.(?:price|compare_at_price)\s*[^{}.]*\}\}")
_BEFORE = re.compile(r"(?:[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|CAD|AUD|JPY))(?=\s?$)")
_AFTER = re.compile(r"\s?([€$£¥₹]|(?:EUR|USD|GBP|CHF|CAD|AUD|JPY)\b)")
_COUNT = re.compile(
    r"\{\{\s*(?:[\w.]*\.stock|items\s*\|\s*(?:length|count))\s*\}\}\s+(items|units|pieces|products|things|pairs|Stück|articles)\b"
)
_GUARDED = re.compile(r"\{%\s*(?:if|elif)[^%]*(?:stock|items)[^%]*[=<>!]=?\s*1")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]{3,}")
_LTR = re.compile("[A-Za-zÀ-ÿ]{3,}")
_APART = re.compile("[\u200e\u200f\u2066-\u2069]|<bdi\\b")
_SIGNS = ("€", "$", "£", "¥", "₹", "EUR", "USD", "GBP", "CHF", "CAD", "AUD")
_AMOUNT = re.compile(
    r"(?:[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|CAD|AUD))\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:[€£¥₹]|\$(?!\{)|(?:EUR|USD|GBP|CHF|CAD|AUD)\b)"
)
_CONSTRUCT = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_SILENT = frozenset({"style", "script", "title", "mj-style", "mj-title", "mj-attributes"})
_WHERE = ("subject", "preheader", "source", "text")


def check(matter: Matter) -> Iterator[Problem]:
    for where in _WHERE:
        text = getattr(matter.draft, where) or ""
        if "{{" in text:
            yield from _prices(text, where)
            yield from _counts(text, where)
    yield from _amounts(matter)
    yield from _mixed(matter)
    subject = _CONSTRUCT.sub("", matter.draft.subject)
    if _RTL.search(subject) and _LTR.search(subject) and not re.search("[\u200e\u200f\u2066-\u2069]", subject):
        words = "The subject mixes both directions of writing."
        yield tell("i18n.direction", words, "Put U+2068 and U+2069 around the foreign words.", where="subject", line=1)


def _prices(text: str, where: str) -> Iterator[Problem]:
    for hit in _PRICE.finditer(text) if ".price" in text or ".compare_at" in text else ():
        before = _BEFORE.search(text, max(0, hit.start() - 5), hit.start())
        after = _AFTER.match(text, hit.end())
        if not before and not after:
            continue
        sign, start = (before.group(), before.start()) if before else (after[1], after.start(1)) if after else ("", 0)
        line = text.count("\n", 0, hit.start()) + 1
        edits = (Edit(where, start, sign, ""),)
        words = f"“{sign}” stands beside a price, which prints its own currency."
        evidence = text[min(start, hit.start()) : hit.end()]
        yield tell("i18n.currency", words, f"Remove “{sign}”.", where=where, line=line, evidence=evidence, edits=edits)


def _amounts(matter: Matter) -> Iterator[Problem]:
    """The first amount of money that is written by hand."""
    tree = matter.source
    if not any(sign in tree.raw for sign in _SIGNS):
        return
    for parent, start, end in tree.runs:
        if parent is not None and parent.name in _SILENT:
            continue
        hit = _AMOUNT.search(tree.raw, start, end)
        if hit:
            line, words = tree.line_of(hit.start()), f"“{hit.group().strip()}” is written by hand."
            fix = "Print a price by {{ variant.price }}: it follows the reader's language and the shop's currency."
            yield tell("i18n.amount", words, fix, line=line, evidence=hit.group())
            return


def _mixed(matter: Matter) -> Iterator[Problem]:
    """The first words of both directions in one piece of text that nothing keeps apart."""
    tree = matter.source
    if tree.raw.isascii() or not _RTL.search(tree.raw) or _APART.search(tree.raw):
        return
    for parent, start, end in tree.runs:
        text = _CONSTRUCT.sub("", tree.raw[start:end])
        if parent is not None and parent.name not in _SILENT and _RTL.search(text) and _LTR.search(text):
            line, words = tree.line_of(start), "A sentence mixes both directions of writing."
            fix = "Put the foreign words between U+2068 and U+2069, or into a <bdi>."
            yield tell("i18n.direction", words, fix, line=line, evidence=text)
            return


def _counts(text: str, where: str) -> Iterator[Problem]:
    for hit in _COUNT.finditer(text):
        if not _GUARDED.search(text, max(0, hit.start() - 400), hit.end()):
            line = text.count("\n", 0, hit.start()) + 1
            words = f"With one of them, “{hit.group(1)}” is wrong."
            fix = "Ask with {% if … == 1 %}, or write it so that both are right."
            yield tell("i18n.plural", words, fix, where=where, line=line, evidence=hit.group())
