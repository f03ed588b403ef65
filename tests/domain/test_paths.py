"""What can be the path of a variable: parts that can be written as an expression, and nothing else."""

import pytest

from restock_desk.domain import paths


@pytest.mark.parametrize("path", ["subscriber.first_name", "subscriber.attributes.Shoe size", "items.0.product.title"])
def test_a_path_may_hold_names_places_and_blanks(path: str) -> None:
    assert paths.fault(path) == ""


@pytest.mark.parametrize("end", ["{", "}", '"', "'", "`", "]", ")", "%", "#", "\\", "|", " "])
def test_no_part_ends_in_a_letter_that_an_expression_would_trip_over(end: str) -> None:
    assert paths.fault(f"subscriber.attributes.size{end}") != ""
