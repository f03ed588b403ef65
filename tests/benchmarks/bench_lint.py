"""How long the checks take on the reference mail of 34 KB: those of typing, and all of them. Goals: 5 and 60 ms.

Each round checks another text, as a key stroke makes one: what stayed the same may be known, the rest is not. Processor
time, median of interleaved rounds; beside it the time a compile takes, to compare machines by, and a document of blocks
whose one block changed, with its compile.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from restock_desk.domain.document.operations import Set, apply
from restock_desk.domain.document.tree import freeze
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.rendering import lint, pieces
from restock_desk.rendering.compile import compile_template
from restock_desk.services import composing, templates
from tests.benchmarks.bench_render import PAGE
from tests.rendering.samples import html

ROUNDS = 40


def main() -> None:
    draft = html(PAGE, "{{ product.title }} is back")
    compile_template(draft)

    document = composing.document_of(max(documents(), key=lambda each: len(each.source)))
    heading = next(node for node in document.walk() if node.type == "heading")

    def typed(number: int) -> Draft:
        made = replace(draft, source=draft.source.replace("</body>", f"<p>{number}</p></body>"))
        compile_template(made)
        return made

    def edited(number: int) -> Draft:
        words = freeze([{"t": f"Number {number}"}])
        return composing.draft_of(apply(document, [Set(heading.id, ("text",), words)])[0])

    def compiled(made: Draft) -> object:
        pieces.cut.cache_clear()
        return compile_template.__wrapped__(made)

    works: tuple[tuple[Callable[[int], Draft], Callable[[Draft], object]], ...] = (
        (typed, lint.check.__wrapped__),
        (typed, lambda made: lint.check.__wrapped__(made, deep=True)),
        (typed, compiled),
        (edited, lint.check.__wrapped__),
    )
    times: list[list[float]] = [[] for _ in works]
    for number in range(ROUNDS + 1):
        for (make, work), kept in zip(works, times, strict=True):
            made = make(number)
            begin = time.process_time()
            work(made)
            kept.append((time.process_time() - begin) * 1e3)
    names = ("fast rules", "all rules", "one compile", "fast rules of a document, compiled")
    for name, goal, kept in zip(names, (5, 60, 5, 15), (each[1:] for each in times), strict=True):
        print(f"{name}: median {statistics.median(kept):.1f} ms, best {min(kept):.1f} ms (goal {goal} ms)")


def documents() -> list[Draft]:
    return [draft for _, draft in templates.starters() if draft.kind is TemplateKind.DOCUMENT]


if __name__ == "__main__":
    main()
