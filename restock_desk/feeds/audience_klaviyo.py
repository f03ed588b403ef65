"""People as Klaviyo exports them: consent and suppression in columns; a suppression beats a subscription."""

from collections.abc import Iterator

from restock_desk.domain.audience import SubscriberIn
from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds import people
from restock_desk.feeds.audience_generic import filler, states
from restock_desk.feeds.reading import Bad, Record, Sheet


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    if not sheet.options.state and not {"consent", "suppressed"} & set(sheet.columns.at):
        raise DeskError(
            "The file does not say whether its people are subscribed or suppressed.",
            "Say what the file holds: subscribed, unsubscribed or cleaned.",
        )
    fill = filler(sheet)
    base = states(sheet.options.state)
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        try:
            values = {"attributes": {}, "suppressed": None, "line": line, **base}
            values["email"] = people.address(sheet.columns.get(row, "email"))
            fill(row, values)
            person = SubscriberIn(**values)
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        yield person
