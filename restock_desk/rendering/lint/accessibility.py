"""What everybody needs in order to read a mail: its language, structure, names and sizes. Contrast has its own page."""

import re
from collections.abc import Iterator

from restock_desk.domain.templates import Edit, Problem
from restock_desk.rendering.lint.finding import Matter, at, inside_tag, tell
from restock_desk.rendering.lint.page import Page, Run
from restock_desk.rendering.lint.tree import Element

SMALL, TINY = 14.0, 10.0
TARGET = 44.0
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_DATA = frozenset({"th", "caption", "thead", "tfoot"})
_JUSTIFIED = re.compile(r"""text-align\s*:\s*justify|\salign\s*=\s*["']?justify""", re.IGNORECASE)


def check(matter: Matter) -> Iterator[Problem]:
    """Rules on the source as it was written."""
    yield from _root(matter)
    if not matter.mjml:
        yield from _tables(matter)
    yield from _headings(matter)
    yield from _justified(matter)


def check_page(page: Page) -> Iterator[Problem]:
    """Rules on the finished HTML, where every style stands in its element."""
    yield from _sizes(page)
    yield from _targets(page)


def _root(matter: Matter) -> Iterator[Problem]:
    source = matter.source
    roots = source.some("html", "mjml")
    root = roots[0] if roots else None
    if root is not None and not root.attributes.get("lang", "").strip():
        edits: tuple[Edit, ...] = (inside_tag(root, ' lang="en"'),)
        words = "The mail does not say its language: screen readers guess."
        yield at(root, "a11y.lang", words, 'Add lang="en" to the first element.', edits=edits)
    letters = None if source.raw.isascii() else _RTL.search(source.raw)
    if letters and not re.search(r"\sdir\s*=", source.raw):
        first = root or (source.elements[0] if source.elements else None)
        edits = (inside_tag(first, ' dir="rtl"'),) if first is not None else ()
        words = "The mail has right-to-left text and does not say its direction."
        line = source.line_of(letters.start())
        yield tell("a11y.dir", words, 'Add dir="rtl" to the first element.', line=line, edits=edits)
    titles = source.some("title", "mj-title")
    if root is not None and not any(each.words for each in titles):
        edits = _titled(matter)
        yield at(root, "a11y.title", "The mail has no title.", "Add <title>…</title> to the head.", edits=edits)


def _titled(matter: Matter) -> tuple[Edit, ...]:
    head = next(iter(matter.source.some("head", "mj-head")), None)
    subject = matter.draft.subject.strip()
    if head is None or not subject or "<" in subject or matter.source.some("title", "mj-title"):
        return ()
    name = "mj-title" if matter.mjml else "title"
    return (Edit("source", head.end, "", f"<{name}>{subject}</{name}>"),)


def _tables(matter: Matter) -> Iterator[Problem]:
    bare: list[Element] = []
    for table in matter.source.some("table"):
        if "role" not in table.attributes and not table.outlook and not _is_data(table):
            bare.append(table)
    if bare:
        n = len(bare)
        words = "A layout table" if n == 1 else f"{n} layout tables"
        edits = [inside_tag(each, ' role="presentation"') for each in bare[:200]]
        yield at(
            bare[0], "a11y.role", f"{words} would be read out as rows and columns.", 'Add role="presentation".',
            edits=edits,
        )  # fmt: skip


def _is_data(table: Element) -> bool:
    if "summary" in table.attributes or table.attributes.get("border", "0") not in ("", "0"):
        return True
    rows = [each for part in table.children for each in (part, *part.children)]
    return any(each.name in _DATA or any(cell.name == "th" for cell in each.children) for each in rows)


def _headings(matter: Matter) -> Iterator[Problem]:
    found = sorted(
        (each for name in ("h1", "h2", "h3", "h4", "h5", "h6") for each in matter.source.some(name)),
        key=lambda each: each.start,
    )
    if not found:
        if len(matter.source.raw) > 2000 and matter.source.some("body", "mj-body"):
            yield tell("a11y.heading", "The mail has no heading.", "Make its first line an <h1>.", line=0)
        return
    before = 0
    for heading in found:
        level = int(heading.name[1])
        if before and level > before + 1:
            words = f"<{heading.name}> follows <h{before}>."
            yield at(heading, "a11y.order", words, f"Use <h{before + 1}>.")
        before = level


def _justified(matter: Matter) -> Iterator[Problem]:
    raw = matter.source.raw
    hit = _JUSTIFIED.search(raw) if "justify" in raw.lower() else None
    element = matter.source.around(hit.start()) if hit else None
    if element is not None:
        yield at(element, "a11y.justify", "The text is justified.", "Align it to one side.")


def _sizes(page: Page) -> Iterator[Problem]:
    letters = small = 0
    first: Run | None = None
    tiny: Run | None = None
    for run in page.runs:
        if run.size <= 0:
            continue
        n = len(run.text)
        letters += n
        if run.size < SMALL:
            small += n
            first = first or run
        if run.size < TINY and n > 3:
            tiny = tiny or run
    if tiny is not None:
        words = f"“{tiny.text[:40]}” has {tiny.size:g} pixels."
        yield at(tiny.element, "a11y.small", words, "Nobody reads less than 10 without glasses.", evidence=tiny.text)
    elif first is not None and small * 2 > letters:
        words = f"Most of the text has less than {SMALL:g} pixels."
        yield at(first.element, "a11y.small", words, "Use 14 to 16 for what is to be read.", evidence=first.text)


def _targets(page: Page) -> Iterator[Problem]:
    """Links that are boxes of their own; a link within a sentence may be as high as its line."""
    low: list[tuple[float, Element]] = []
    for element in page.tree.some("a"):
        style = page.style(element)
        if style.get("display", "") in ("block", "inline-block") and element.words and "background" in " ".join(style):
            height = page.height(element)
            if 0 < height < TARGET:
                low.append((height, element))
    if low:
        height, element = min(low, key=lambda each: each[0])
        more = f" ({len(low)} of them)" if len(low) > 1 else ""
        words = f"The button “{element.words[:40]}” is {height:.0f} pixels high{more}."
        yield at(element, "a11y.target", words, f"Give it more padding: {TARGET:.0f} is enough for a finger.")
