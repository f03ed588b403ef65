"""Which mail programs count when a mail is checked: patterns such as `gmail.*`, as a shop or a document names them."""

from collections.abc import Iterable

TARGETS = ("gmail.*", "apple-mail.*", "outlook.*", "yahoo.*")
"""What counts unless a shop or a document says otherwise."""
MOST = 60


def patterns(text: str) -> tuple[str, ...]:
    """The patterns of a text, which stand between blanks or commas; each once."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))[:MOST]


def spelled(patterns: Iterable[str]) -> str:
    """As a shop's settings keep them."""
    return " ".join(patterns)
