"""Compile and render against what people use otherwise, in interleaved rounds of one run. Only the ratios count."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from restock_desk.domain.audience import Subscriber
from restock_desk.domain.templates import Draft, TemplateKind
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


_PLACE = (
    '<mj-section background-color="#ffffff" padding="16px 24px"><mj-column width="40%"><mj-image'
    ' src="https://shop.example/tee.png" alt="{{ product.title }}" href="{{ links.product }}" padding="0" />'
    "</mj-column>"
    '<mj-column width="60%"><mj-text font-size="20px" font-weight="700">{{ product.title }}</mj-text>'
    '<mj-text>Dear {{ subscriber.first_name|default("friend") }}, it is back: {{ variant.price }}. Soft cotton, washed'
    ' and pressed.</mj-text><mj-button href="{{ links.cart }}" background-color="#1f5c4d">Buy</mj-button>'
    "</mj-column></mj-section>"
)
MAIL = Draft(
    TemplateKind.MJML,
    f'<mjml lang="en" dir="ltr"><mj-body background-color="#f3f0e9">{_PLACE * 7}</mj-body></mjml>',
    "{{ product.title }} is back",
    sender_email="alerts@shop.example",
)
"""The reference mail: compiled MJML, 33 KB of HTML with 42 expressions and 14 links, 38 KB on the wire."""


def usual_page() -> str:
    """The reference mail's compiled HTML with its expressions in it, as an ordinary Jinja template would have it."""
    words = {"product.title": "QTITLEQ", "subscriber.first_name": "QNAMEQ", "variant.price": "QPRICEQ"}
    links = {"links.product": "https://q.example/product", "links.cart": "https://q.example/cart"}
    data: dict[str, Any] = {
        "shop": {},
        "items": [],
        "interest": None,
        "event": {},
        "subscriber": {"email": "q@q.example"},
    }
    for path, word in (words | links).items():
        root, name = path.split(".")
        data.setdefault(root, {})[name] = word
    data["links"] |= {"unsubscribe": "https://q.example/u"}
    page = compile_.compile_template(MAIL).render(data, replace(identity(), public_url="")).html
    for path, word in (words | links).items():
        page = page.replace(word, f"{{{{ {path} }}}}")
    return page


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
    compiled = compile_.compile_template(MAIL)
    usual = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined).from_string(usual_page())

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
