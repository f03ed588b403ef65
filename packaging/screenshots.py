"""Pictures of every page and dialog: a sample, a large and an empty shop, light and dark, two sizes.

Run by `make screenshots`: python packaging/screenshots.py FOLDER [sample|large|empty ...]
The large shop has 1,000,000 people, 12,000 variants and 100,000 who wait; making it takes a minute or two.
"""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from large_shop import enlarge

from restock_desk import app
from restock_desk.services import sample
from restock_desk.services.desk import Desk
from restock_desk.ui import pictures
from tests.ui.composer_scenes import composing_scenes
from tests.ui.dialogs import dialogs
from tests.ui.edition_scenes import edition_scenes
from tests.ui.preview_scenes import modes

KINDS = ("sample", "large", "empty")


def main(arguments: list[str]) -> int:
    """Write the pictures and print their paths."""
    folder, kinds = Path(arguments[0] if arguments else "pictures"), arguments[1:] or KINDS
    with tempfile.TemporaryDirectory() as place:
        for kind in kinds:
            desk = _shop(Path(place), kind)
            for scheme in ("light", "dark"):
                for size in pictures.SIZES:
                    _say(pictures.write(desk, folder / f"{kind}-{scheme}-{size[0]}", scheme, size))
                    if kind == "sample":
                        place_of = folder / f"preview-{scheme}-{size[0]}"
                        _say(pictures.write(desk, place_of, scheme, size, modes))
                        place_of = folder / f"composer-{scheme}-{size[0]}"
                        _say(pictures.write(desk, place_of, scheme, size, composing_scenes))
            if kind == "sample":  # after the pages: what is tried in a dialog would be seen in them
                for scheme in ("light", "dark"):
                    _say(pictures.write(desk, folder / f"dialogs-{scheme}", scheme, scenes=dialogs))
                _say(pictures.write(desk, folder / "editions-light", "light", scenes=edition_scenes))
            desk.store.close()
    return 0


def _say(paths: list[Path]) -> None:
    for path in paths:
        print(path, flush=True)


def _shop(place: Path, kind: str) -> Desk:
    """The shop in a folder of its own. The large one begins as a copy of the sample where that was made."""
    home, sample_file = place / kind, place / "sample" / "shop.db"
    home.mkdir()
    if kind == "large" and sample_file.exists():
        shutil.copy(sample_file, home / "shop.db")
    desk = app.make_desk(f"sqlite:///{home}/shop.db")
    if kind != "empty":
        sample.build(desk)
    if kind == "large":
        enlarge(desk, home)
    return desk


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
