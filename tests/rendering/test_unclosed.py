"""A construct that is never closed is reported where it was opened, in words a marketer understands."""

import pytest

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.rendering.lint import check

FILL = "<p>{{ product.title }} is back</p>\n" * 30


@pytest.mark.parametrize(
    "broken", ["<p>{{ product.title is here</p>", "<p>{{ product.title", "<p>{% if variant.stock </p>"]
)
def test_it_is_reported_at_its_own_line(broken: str) -> None:
    source = f"<html><body>\n{FILL}{broken}\n{FILL}</body></html>"
    errors = [p for p in check(Draft(TemplateKind.HTML, source, "Back")) if p.severity.value == "error"]
    assert errors[0].line == 32
    assert "too long" not in errors[0].message
