"""An amount in a currency, with the words a reader sees. The words are made in `rendering.locales`."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, order=True)
class Money:
    """`amount` in units of `currency` (ISO 4217). `text` is how it prints for one reader, such as "19,90 €"."""

    amount: Decimal
    currency: str
    text: str

    def __str__(self) -> str:
        return self.text
