"""A call over HTTP and its answer, as plain data. Making it is in `http`, which is loaded for the first one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


class NotSent(Exception):
    """The request did not leave as a whole, so nobody can have acted on it."""


class Unknown(Exception):
    """The whole request left, and no answer that can be read came back: only the other side knows."""


@dataclass(frozen=True)
class Call:
    """`headers` hold the secret and are never shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Answer:
    """`whole` = the request had been written to its end before this came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True

    def data(self) -> Any:
        """The JSON in it. Raises Unknown where there is none: then nobody can say what was done."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Unknown("The answer cannot be read.") from error

    def retry_after_s(self, now: datetime) -> float | None:
        """Seconds the other side asks to be left alone, an hour at most; None where it does not say."""
        told = self.headers.get("retry-after", "").strip()
        if told.isascii() and told.isdigit():
            return min(float(told), 3_600.0)
        try:
            at = parsedate_to_datetime(told)
        except ValueError:
            return None
        return min(max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0.0), 3_600.0)
