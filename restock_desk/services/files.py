"""Files that somebody names, read as far as they may go."""

from pathlib import Path

from restock_desk.errors import DeskError


def beginning(path: Path, most: int, hint: str, called: str = "") -> bytes:
    """The first `most` bytes and one more, by which a caller tells that there is more. DeskError with `hint` where the
    file, `called` so or by its path, cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise DeskError(f"{called or path} cannot be read: {error.strerror}.", hint) from error
