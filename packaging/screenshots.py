"""Pictures of every page: a sample, a large and an empty shop, light and dark, two sizes. Run by `make screenshots`.

python packaging/screenshots.py FOLDER [sample|large|empty ...]
"""

import sys
import tempfile
from pathlib import Path

from restock_desk import app
from restock_desk.services import sample
from restock_desk.ui import pictures

KINDS = ("sample", "large", "empty")
LARGE = 200_000


def main(arguments: list[str]) -> int:
    """Write the pictures and print their paths."""
    folder, kinds = Path(arguments[0] if arguments else "pictures"), arguments[1:] or KINDS
    with tempfile.TemporaryDirectory() as place:
        for kind in kinds:
            (Path(place) / kind).mkdir()
            desk = app.make_desk(f"sqlite:///{place}/{kind}/shop.db")
            if kind != "empty":
                sample.build(desk)
            if kind == "large":
                sample.enlarge(desk, LARGE)
            for scheme in ("light", "dark"):
                for size in pictures.SIZES if kind == "sample" else pictures.SIZES[:1]:
                    for path in pictures.write(desk, folder / f"{kind}-{scheme}-{size[0]}", scheme, size):
                        print(path, flush=True)
            desk.store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
