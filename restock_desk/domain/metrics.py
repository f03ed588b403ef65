"""Rates and their intervals, from summed counts. Every definition a figure rests on is here, none is elsewhere.

Rates are recomputed from counts, never averaged. What a message is counted under is decided in `facts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from restock_desk.domain.feedback import Rate, Stats

Z95 = 1.959963984540054

COUNTS: tuple[str, ...] = (
    "audience",
    "attempted",
    "sent",
    "failed",
    "in_doubt",
    "skipped",
    "handed_over",
    "delivered",
    "delivery_unknown",
    "bounced",
    "bounced_hard",
    "bounced_soft",
    "rejected",
    "opened",
    "opened_human",
    "opened_machine",
    "opened_unknown",
    "clicked",
    "clicked_human",
    "clicked_machine",
    "clicked_unknown",
    "complained",
    "unsubscribed",
    "opens_total",
    "clicks_total",
)
"""All counts of a report, in the order they are shown. Messages, but the last two, which are events."""


@dataclass(frozen=True)
class Definition:
    """How one rate is made: names of counts, and the sentence a tooltip shows."""

    numerator: str
    denominator: str
    words: str


_D = Definition
DEFINITIONS: dict[str, Definition] = {
    "skipped": _D("skipped", "audience", "Messages skipped, of the audience."),
    "hand_over": _D("sent", "attempted", "Messages the next hop accepted, of those attempted."),
    "in_doubt": _D("in_doubt", "attempted", "Messages nobody can be sure of, of those attempted."),
    "delivery": _D("delivered", "sent", "Messages reported delivered and not bounced, of those sent."),
    "delivery_unknown": _D("delivery_unknown", "sent", "Sent messages with neither a delivery report nor a bounce."),
    "bounce": _D("bounced", "sent", "Messages with a final bounce, of those sent."),
    "bounce_hard": _D("bounced_hard", "sent", "Messages that bounced for good, of those sent."),
    "bounce_soft": _D("bounced_soft", "sent", "Messages that bounced for now, of those sent."),
    "rejected": _D("rejected", "sent + rejected", "Messages the provider refused after taking them."),
    "open": _D("opened", "delivered", "Messages opened by anybody, machines included, of those delivered."),
    "open_human": _D("opened_human", "delivered", "Messages with an open that looks like a person's."),
    "open_machine": _D("opened_machine", "delivered", "Messages with an open by a privacy proxy or a scanner."),
    "click": _D("clicked_human", "delivered", "Messages with a person's click on a counted link, of those delivered."),
    "click_to_open": _D(
        "clicked_human",
        "opened_human",
        "Messages with a person's click, of those with a person's open. More than 100 % where images are blocked.",
    ),
    "complaint": _D("complained", "delivered", "Messages reported as spam, of those delivered."),
    "unsubscribe": _D("unsubscribed", "delivered", "Messages that led to an unsubscribe, of those delivered."),
    "conversion": _D("converted", "delivered", "Messages followed by an order within seven days, of those delivered."),
}
"""Every rate by its name in reports, in the order they are shown."""


def wilson(hits: int, of: int, z: float = Z95) -> tuple[float, float] | None:
    """The Wilson score interval of hits/of, within 0 and 1. None without a denominator, or with more hits than it."""
    if of <= 0 or not 0 <= hits <= of:
        return None
    p, z2 = hits / of, z * z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = z * sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return (0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == of else min(1.0, middle + half))


def newcombe(a: tuple[int, int], b: tuple[int, int], z: float = Z95) -> tuple[float, float, float]:
    """The difference of two rates a − b, each (hits, of), with Newcombe's hybrid-score interval: (d, low, high).

    ValueError where a rate has no interval.
    """
    first, second = wilson(*a, z), wilson(*b, z)
    if first is None or second is None:
        raise ValueError("a rate without an interval has no difference")
    p, q = a[0] / a[1], b[0] / b[1]
    low = (p - q) - sqrt((p - first[0]) ** 2 + (second[1] - q) ** 2)
    high = (p - q) + sqrt((first[1] - p) ** 2 + (q - second[0]) ** 2)
    return p - q, low, high


def rate(numerator: int, denominator: int, of: str) -> Rate:
    """A rate with its 95 % interval; without a denominator neither."""
    found = wilson(numerator, denominator)
    low, high = found if found else (None, None)
    return Rate(numerator, denominator, of, numerator / denominator if denominator > 0 else None, low, high)


def completed(counted: Mapping[str, int], audience: int | None = None) -> dict[str, int]:
    """All counts of a report from those that rollups hold; `audience` None = everybody who was settled."""
    counts = {name: counted.get(name, 0) for name in COUNTS}
    counts["attempted"] = counts["sent"] + counts["failed"] + counts["in_doubt"]
    settled = counts["attempted"] + counts["skipped"] + counts["handed_over"]
    counts["audience"] = settled if audience is None else audience
    # Exact row by row: a sent message is counted under delivered, or under bounced, or under neither.
    counts["delivery_unknown"] = max(0, counts["sent"] - counts["delivered"] - counts["bounced"])
    return counts


def stats(
    counts: Mapping[str, int], delivered_known: bool, as_of: datetime | None = None, notes: tuple[str, ...] = ()
) -> Stats:
    """The report for `counts`. Without delivery feedback every rate "of delivered" is one "of sent", all together."""
    rates = {name: _rate(definition, counts, delivered_known) for name, definition in DEFINITIONS.items()}
    if not delivered_known:
        notes = (*notes, "No delivery reports came back, so rates are of sent messages, not of delivered ones.")
    return Stats(dict(counts), rates, delivered_known, as_of, notes)


def _rate(definition: Definition, counts: Mapping[str, int], delivered_known: bool) -> Rate:
    of = definition.denominator
    if of == "delivered" and not delivered_known:
        of = "sent"
    denominator = sum(counts.get(name, 0) for name in of.split(" + "))
    if definition.numerator not in counts:  # nothing was ever told about it, and that is not the same as none
        return Rate(0, denominator, of, None, None, None)
    return rate(counts[definition.numerator], denominator, of)
