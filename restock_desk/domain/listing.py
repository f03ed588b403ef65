"""Lists a person browses: which columns each has, and a question asked of one (search, filters, sort). No SQL here."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column's values are: decides operators, alignment, formatting and export."""

    TEXT = "text"
    INT = "int"
    MONEY = "money"
    INSTANT = "instant"
    BOOL = "bool"
    CHOICE = "choice"
    PERCENT = "percent"


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    STARTS = "starts"
    LESS = "less"
    MORE = "more"
    EMPTY = "empty"
    FILLED = "filled"


OPERATORS: dict[Kind, tuple[Op, ...]] = {
    Kind.TEXT: (Op.CONTAINS, Op.STARTS, Op.IS, Op.IS_NOT, Op.EMPTY, Op.FILLED),
    Kind.INT: (Op.IS, Op.IS_NOT, Op.LESS, Op.MORE, Op.EMPTY, Op.FILLED),
    Kind.MONEY: (Op.IS, Op.LESS, Op.MORE, Op.EMPTY, Op.FILLED),
    Kind.INSTANT: (Op.LESS, Op.MORE, Op.EMPTY, Op.FILLED),
    Kind.BOOL: (Op.IS,),
    Kind.CHOICE: (Op.IS, Op.IS_NOT),
    Kind.PERCENT: (Op.LESS, Op.MORE),
}


@dataclass(frozen=True)
class Column:
    """One column of a list. `name` is the key in filters, sorts and exports; `title` is what a person reads."""

    name: str
    title: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    width: int = 140
    shown: bool = True


@dataclass(frozen=True)
class Filter:
    """column · operator · value. `value` is text as typed: a number, an ISO date or time, a choice's name."""

    column: str
    op: Op
    value: str = ""


@dataclass(frozen=True)
class Listing:
    """A question: which list, narrowed how, in which order. `scope` ties it to one parent, e.g. ("campaign_id", 7).

    `search` of three letters or more matches anywhere in the list's search columns; a shorter one matches prefixes.
    """

    noun: str
    search: str = ""
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    descending: bool = False
    scope: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Row:
    """One line of a list: the row's id and its values in the order of the list's columns.

    Values are str, int, Decimal, bool, aware datetime or None, by the column's kind.
    """

    id: int
    values: tuple[object, ...]


@dataclass(frozen=True)
class Count:
    """How many rows a listing has. `exact` False = there are more than `n`."""

    n: int
    exact: bool = True


_STATES = ("preparing", "running", "paused", "cancelled", "finished")
_DELIVERY = ("queued", "claimed", "started", "sent", "deferred", "failed", "in_doubt", "skipped")
_T, _I, _M, _W, _C = Kind.TEXT, Kind.INT, Kind.MONEY, Kind.INSTANT, Kind.CHOICE

LISTS: dict[str, tuple[Column, ...]] = {
    "variants": (
        Column("product", "Product", width=240),
        Column("variant", "Variant", width=130),
        Column("sku", "SKU", width=130),
        Column("price", "Price", _M, width=90),
        Column("stock", "Stock", _I, width=70),
        Column("waiting", "Waiting", _I, width=80),
        Column(
            "availability", "Availability", _C, ("in_stock", "out_of_stock", "backorder", "preorder", "unknown"), 120
        ),
        Column("status", "Status", _C, ("active", "draft", "private", "archived", "unknown"), 90),
        Column("vendor", "Vendor", width=120),
        Column("currency", "Currency", width=80, shown=False),
        Column("compare_at_price", "Compare at", _M, width=100, shown=False),
        Column("barcode", "Barcode", width=120, shown=False),
        Column("source", "Source", width=100, shown=False),
        Column("updated_at", "Updated", _W, width=140),
    ),
    "subscribers": (
        Column("email", "E-mail", width=240),
        Column("first_name", "First name", width=110),
        Column("last_name", "Last name", width=120),
        Column("custom_id", "Customer id", width=120),
        Column(
            "consent", "Consent", _C, ("subscribed", "undated", "pending", "never", "unsubscribed", "unstated"), 156
        ),
        Column(
            "suppressed",
            "Suppressed",
            _C,
            ("unsubscribe", "complaint", "hard_bounce", "soft_bounces", "erased", "manual", "import"),
            110,
        ),
        Column("locale", "Locale", width=80),
        Column("created_at", "Since", _W, width=140),
        Column("updated_at", "Updated", _W, width=140, shown=False),
    ),
    "interests": (
        Column("email", "E-mail", width=220),
        Column("name", "Name", width=140),
        Column("product", "Product", width=220),
        Column("sku", "SKU", width=120),
        Column("state", "State", _C, ("waiting", "notified", "cancelled"), 90),
        Column("units", "Units", _I, width=60),
        Column("source", "Source", width=110),
        Column("created_at", "Since", _W, width=140),
    ),
    "restocks": (
        Column("product", "Product", width=260),
        Column("variant", "Variant", width=130),
        Column("sku", "SKU", width=130),
        Column("before", "Before", _I, width=70),
        Column("after", "After", _I, width=70),
        Column("waiting", "Waiting now", _I, width=100),
        Column("alerted", "Alerted", _I, width=80),
        Column("state", "State", _C, ("open", "withdrawn"), 90),
        Column("occurred_at", "When", _W, width=140),
    ),
    "templates": (
        Column("name", "Name", width=240),
        Column("kind", "Kind", _C, ("document", "html", "mjml"), 100),
        Column("version", "Version", _I, width=80),
        Column("subject", "Subject", width=300),
        Column("editions", "Editions", _I, width=80),
        Column("updated_at", "Saved", _W, width=140),
    ),
    "campaigns": (
        Column("name", "Name", width=260),
        Column("state", "State", _C, _STATES, 100),
        Column("audience", "Audience", _I, width=90),
        Column("sent", "Sent", _I, width=80),
        Column("handed_over", "Handed over", _I, width=100, shown=False),
        Column("failed", "Failed", _I, width=70),
        Column("in_doubt", "In doubt", _I, width=80),
        Column("skipped", "Skipped", _I, width=80),
        Column("template", "Template", width=160),
        Column("transport", "Transport", width=130),
        Column("created_at", "Launched", _W, width=140),
    ),
    "deliveries": (
        Column("email", "E-mail", width=240),
        Column("name", "Name", width=140, shown=False),
        Column("state", "State", _C, _DELIVERY, 100),
        Column("arm", "Variant", width=80, shown=False),
        Column("reason", "Reason", width=340),
        Column("cause", "Cause", width=240, shown=False),
        Column("attempts", "Attempts", _I, width=80),
        Column("sent_at", "Sent", _W, width=140),
        Column("opened_at", "Opened", _W, width=140),
        Column("clicked_at", "Clicked", _W, width=140),
        Column("campaign", "Campaign", width=200, shown=False),
        Column("due_at", "Due", _W, width=140, shown=False),
    ),
    "doubts": (
        Column("email", "E-mail", width=240),
        Column("name", "Name", width=140, shown=False),
        Column("since", "In doubt since", _W, width=170),
        Column("cause", "Cause", width=300),
        Column("attempts", "Attempts", _I, width=80),
        Column("campaign", "Campaign", width=200, shown=False),
        Column("started_at", "Handed over", _W, width=140, shown=False),
    ),
    "feedback": (
        Column("occurred_at", "When", _W, width=150),
        Column("kind", "Kind", _C, (), 110),
        Column("class", "Class", _C, ("human", "machine", "unknown"), 90),
        Column("email", "E-mail", width=220),
        Column("campaign", "Campaign", width=200),
        Column("source", "Source", width=110),
        Column("detail", "Detail", width=320),
    ),
    "imports": (
        Column("file", "File", width=260),
        Column("kind", "What", width=100),
        Column("format", "Format", width=110),
        Column("read", "Read", _I, width=90),
        Column("accepted", "Accepted", _I, width=90),
        Column("unchanged", "Unchanged", _I, width=90),
        Column("rejected", "Rejected", _I, width=90),
        Column("started_at", "When", _W, width=140),
    ),
    "audit": (
        Column("at", "When", _W, width=150),
        Column("actor", "Who", width=120),
        Column("action", "Did what", width=180),
        Column("subject", "To what", width=220),
        Column("reason", "Why", width=300),
    ),
}
