"""Made-up readers and products that break careless templates: what a preview shows beside real ones.

Plain data laid over a restock's snapshot; no such person or product is ever written to a shop or mailed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from restock_desk.domain.audience import Subscriber
from restock_desk.domain.restocks import RestockEvent


@dataclass(frozen=True)
class WorstCase:
    """`person`, `product` and `variant` hold what differs from an ordinary mail; the rest stays as it was."""

    name: str
    label: str
    doc: str
    person: Mapping[str, Any] = field(default_factory=dict)
    product: Mapping[str, Any] = field(default_factory=dict)
    variant: Mapping[str, Any] = field(default_factory=dict)


WORST_CASES: tuple[WorstCase, ...] = (
    WorstCase(
        "longest-name",
        "Longest name",
        "Names and titles that fill two lines or more",
        {"first_name": "Maximiliane-Hortensia", "last_name": "von Weißenberg-Schönbrunner-Oberkirchfeld"},
        {
            "title": "Hand-thrown stoneware breakfast mug with a reactive sea-green glaze, extra large handle and "
            "matching saucer, second edition"
        },
        {"title": "Extra large / Sea green with a copper rim"},
    ),
    WorstCase(
        "no-first-name",
        "No first name",
        "Somebody who left an address and nothing else",
        {"first_name": "", "last_name": "", "custom_id": ""},
    ),
    WorstCase(
        "right-to-left",
        "Right to left",
        "An Arabic reader and an Arabic title",
        {"first_name": "نور", "last_name": "الهاشمي", "locale": "ar-AE"},
        {"title": "كوب خزفي مصنوع يدويًا (350 مل)", "vendor": "ورشة الطين"},
        {"title": "أخضر بحري"},
    ),
    WorstCase(
        "no-image",
        "No image",
        "A product without any picture",
        {},
        {"image_url": None},
        {"image_url": None},
    ),
    WorstCase(
        "changed-price",
        "Changed price",
        "A former price beside a new one, both with four digits",
        {},
        {},
        {"price": "1249.50", "compare_at_price": "1499.00"},
    ),
    WorstCase(
        "emoji",
        "Emoji",
        "Emoji in the name and in the title, joined ones too",
        {"first_name": "Zoë 🌻", "last_name": ""},
        {"title": "🎉 Party mug 👩🏽‍🎨 for 👨‍👩‍👧‍👦"},
        {"title": "🟢 Green"},
    ),
    WorstCase(
        "markup",
        "<b> in a title",
        "Letters that mean something in HTML",
        {"first_name": "Bo <b>", "last_name": "O’Neill & “Sons”"},
        {"title": 'Mug <b>"Large"</b> & saucer', "vendor": "Kiln & Co <script>"},
        {"title": 'Ø 8" < 20 cm'},
    ),
)
_ORDINARY = Subscriber(
    0, "made-up@restock-desk.invalid", "made-up@restock-desk.invalid", "C-0000", "Alex", "Example", "en", "UTC"
)


def worst_case(name: str) -> WorstCase | None:
    """The one of this name."""
    return next((case for case in WORST_CASES if case.name == name), None)


def made_up(
    case: WorstCase, person: Subscriber, events: Sequence[RestockEvent], locale: str = ""
) -> tuple[Subscriber, list[RestockEvent]]:
    """Reader and restocks of the case. Where it says anything of the reader, `person` gives way to one who exists
    nowhere; `locale` is the shop's."""
    if case.person:
        person = replace(_ORDINARY, **{"locale": locale or _ORDINARY.locale, **case.person})
    return person, [replace(event, snapshot=_laid_over(case, event.snapshot)) for event in events]


def _laid_over(case: WorstCase, snapshot: dict[str, Any]) -> dict[str, Any]:
    changes = {"product": case.product, "variant": case.variant}
    return {**snapshot, **{part: {**(snapshot.get(part) or {}), **new} for part, new in changes.items()}}
