"""The brand's colours as the fields offer them."""

from restock_desk.domain.brand import TOKENS, Brand
from restock_desk.ui.composer.around import Token


def tokens_of(kit: Brand) -> tuple[Token, ...]:
    """Every colour token of a kit with what it is in light mode."""
    return tuple(Token(name, kit.color(name)) for name in TOKENS)
