"""How long the checks take on the reference mail of 34 KB: those of typing, and all of them. Goals: 5 and 60 ms.

Processor time, median of interleaved rounds; beside it the time a compile takes, to compare machines by.
"""

import statistics
import time
from collections.abc import Callable

from restock_desk.rendering import lint, pieces
from restock_desk.rendering.compile import compile_template
from tests.benchmarks.bench_render import PAGE
from tests.rendering.samples import html

ROUNDS = 40


def main() -> None:
    draft = html(PAGE, "{{ product.title }} is back")
    compile_template(draft)

    def fast() -> None:
        lint.check.__wrapped__(draft)

    def deep() -> None:
        lint.check.__wrapped__(draft, deep=True)

    def alone() -> None:
        pieces.cut.cache_clear()
        compile_template.__wrapped__(draft)

    works: tuple[Callable[[], None], ...] = (fast, deep, alone)
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, kept in zip(works, times, strict=True):
            begin = time.process_time()
            work()
            kept.append((time.process_time() - begin) * 1e3)
    for name, goal, kept in zip(("fast rules", "all rules", "one compile"), (5, 60, 5), times, strict=True):
        print(f"{name}: median {statistics.median(kept):.1f} ms, best {min(kept):.1f} ms (goal {goal} ms)")


if __name__ == "__main__":
    main()
