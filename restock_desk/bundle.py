"""Where the files that ship with the application are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_INSIDE = Path(__file__).parent / "_resources"
_BESIDE = Path(__file__).parent.parent / "resources"


def resource(*parts: str) -> Path:
    """The path of a bundled file or folder, for example ``resource("templates", "simple.mjml")``."""
    root = _INSIDE if _INSIDE.is_dir() else _BESIDE
    return root.joinpath(*parts)
