"""People as Klaviyo exports them: consent and suppression in columns; a suppression beats a subscription."""

from collections.abc import Iterator

from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds.audience_generic import everybody
from restock_desk.feeds.reading import Record, Sheet


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    if not sheet.options.state and not {"consent", "suppressed", "suppression"} & set(sheet.columns.at):
        raise DeskError(
            "The file does not say whether its people are subscribed or suppressed.",
            "Say what the file holds: subscribed, unsubscribed or cleaned.",
        )
    return everybody(sheet)
