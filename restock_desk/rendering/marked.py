"""An identity that is nobody's yet: marks stand where a mail's tokens belong, and are filled in afterwards.

So a mail can be made ready for many readers at once, and in a process that must not know the key.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from restock_desk.domain import tokens
from restock_desk.rendering.identity import Identity

Token = tuple[str, int]
"""Purpose and number of a link's token."""
_DAY = datetime(1999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Marked(Identity):
    """Who a plate is made for: nobody. Each token it is asked for is a mark, noted in `asked`."""

    salt: str = ""
    asked: list[Token] = field(default_factory=list)

    @classmethod
    def of(cls, identity: Identity) -> "Marked":
        known = {name: getattr(identity, name) for name in Identity.__dataclass_fields__}
        return cls(**{**known, "date": _DAY, "delivery_id": 0, "key": ""}, salt=identity.digest("plate"))

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Marked":
        """From plain data, which holds no key."""
        return cls(**{**data, "date": datetime.fromisoformat(data["date"]), "token_key": b""})

    def mark(self, token: Token) -> str:
        if token not in self.asked:
            self.asked.append(token)
        return f"rd{self.salt}n{self.asked.index(token):04d}z"

    def link(self, route: str, purpose: str, number: int = 0, ending: str = "") -> str:
        return f"{self.public_url.rstrip('/')}/{route}/{self.mark((purpose, number))}{ending}"

    @property
    def unsubscribe_mailto(self) -> str:
        mark = self.mark(("unsubscribe", 0))
        return f"mailto:{self.unsubscribe_email or self.sender_email}?subject=unsubscribe%20{mark}"

    @property
    def message_mark(self) -> str:
        return self.mark(("message", 0))

    def digest(self, purpose: str) -> str:
        return self.mark((purpose, 0))


def marks(salt: str) -> re.Pattern[str]:
    """Finds the marks of one salt; the group is the place in `asked`."""
    return re.compile(rf"rd{salt}n(\d{{4}})z")


def filled(text: str, salt: str, asked: list[Token], identity: Identity) -> str:
    """`text` with this identity's tokens in place of the marks. ValueError for a purpose no link has."""
    made = [tokens.make(identity.token_key, purpose, identity.delivery_id, number) for purpose, number in asked]
    return marks(salt).sub(lambda hit: made[int(hit.group(1))], text) if made else text
