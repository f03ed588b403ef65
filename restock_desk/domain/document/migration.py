"""Older forms of a document made into the present one, a step a version. Each step takes and gives plain data."""

from collections.abc import Callable, Mapping
from typing import Any

from restock_desk.domain.document.tree import SCHEMA, DocumentFault

NAME, _, _NUMBER = SCHEMA.partition("/")
PRESENT = int(_NUMBER)
Step = Callable[[Mapping[str, Any]], Mapping[str, Any]]
STEPS: Mapping[int, Step] = {}
"""n → what makes version n + 1 of version n. The first form is 1, so there is none yet."""


def migrated(raw: Mapping[str, Any], steps: Mapping[int, Step] = STEPS, present: int = PRESENT) -> Mapping[str, Any]:
    """The data in the present form. Raises DocumentFault for what is no document, or a newer one than this knows."""
    schema = raw.get("schema")
    name, _, number = schema.partition("/") if isinstance(schema, str) else ("", "", "")
    if name != NAME or not number.isdecimal() or not 0 < len(number) < 5 or int(number) < 1:
        raise DocumentFault(
            f"This is no e-mail document: its schema is not {NAME}/{present}.",
            ("schema",),
            hint="Choose a file that Restock Desk wrote.",
        )
    if int(number) > present:
        raise DocumentFault(
            f"The document has form {int(number)}; this version knows {present}.",
            ("schema",),
            hint="Open it with a newer Restock Desk.",
        )
    for version in range(int(number), present):
        raw = {**steps[version](raw), "schema": f"{NAME}/{version + 1}"}
    return raw
