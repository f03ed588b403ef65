"""Compile and render against what people use otherwise, in interleaved rounds of one run. Only the ratios count."""

import statistics
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from restock_desk.domain.audience import Subscriber
from restock_desk.rendering import compile as compile_
from restock_desk.rendering import lint
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.press import Press
from restock_desk.rendering.starters import starters
from restock_desk.services import context as context_
from tests.rendering.samples import ANA, SHOP, context, event, html, identity

BLOCK = (
    '<table role="presentation" width="100%"><tr><td style="padding:24px;font-family:Arial,sans-serif;color:#333333">'
    '<h2>{{ product.title }}</h2><p>Dear {{ subscriber.first_name|default("friend") }}, it is back.</p>'
    '<p><a href="{{ links.product }}">See {{ variant.title }}</a></p>' + "<p>Soft cotton, washed and pressed.</p>" * 18
    + "</td></tr></table>"
)  # fmt: skip
PAGE = (
    '<!doctype html><html lang="en"><head><style>p{margin:0 0 12px}h2{color:#112233}</style></head><body>'
    + BLOCK * 14
    + "</body></html>"
)


def measured(rounds: int, *works: Callable[[], object], at_once: int = 1) -> list[float]:
    """Median seconds of each, one after the other in every round, `at_once` times: a send makes a group at once."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, kept in zip(works, times, strict=True):
            begin = time.perf_counter()
            for _ in range(at_once):
                work()
            kept.append((time.perf_counter() - begin) / at_once)
    return [statistics.median(kept) for kept in times]


def main() -> None:
    data, who = context(event(1), event(2)), identity()

    def reader(blank: Identity) -> dict[str, Any]:
        nobody = Subscriber(0, "", "", locale=ANA.locale, timezone=ANA.timezone)
        return context_.build(SHOP, nobody, (event(1), event(2)), [], blank)

    page = html(PAGE, "{{ product.title }} is back")
    compiled = compile_.compile_template(page)
    usual = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)

    def classic() -> bytes:
        message = EmailMessage()
        message["Subject"], message["To"], message["From"] = "x", "a@b.example", "c@d.example"
        message.set_content("text")
        message.add_alternative(usual.render(data), subtype="html")
        return message.as_bytes()

    plate = Press.of(compiled).plate(reader, who)
    personal = {"subscriber": data["subscriber"]}
    sent, shown, theirs = measured(
        20, lambda: plate.strike(who, "ana@example.com", personal, lambda: data), lambda: compiled.render(data, who),
        classic, at_once=50,
    )  # fmt: skip
    print(
        f"one mail of {len(compiled.render(data, who).message) // 1024} KB, as sent from a plate: {sent * 1e6:.0f} µs"
    )
    print(f"  against sandbox + EmailMessage ({theirs * 1e6:.0f} µs): {theirs / sent:.1f} times as fast (goal 50)")
    print(f"  as shown in a preview: {shown * 1e6:.0f} µs")
    fresh = compile_.compile_template.__wrapped__
    for name, draft in (("HTML of 30 KB", page), *starters()):
        whole, checked = measured(15, lambda d=draft: fresh(d), lambda d=draft: lint.check.__wrapped__(d))  # type: ignore[misc]
        print(f"compile {name}: {whole * 1e3:.1f} ms, all checks {checked * 1e3:.1f} ms (goal 5 ms)")


if __name__ == "__main__":
    main()
