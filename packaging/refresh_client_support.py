"""Makes resources/client_support.csv from the data of the npm package `caniemail`: facts only, no sentences.

    npm pack caniemail && packaging/refresh_client_support.py caniemail-2.0.2.tgz

FILE is the package as packed, or its `data/caniemail.json`. Prints which verdicts changed. Stops at letters, clients or
shapes it does not know: then somebody must look. Nothing is fetched here.
"""

import csv
import json
import re
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "resources" / "client_support.csv"
NOTES = ROOT / "packaging" / "client_support_notes.csv"
"""Hand-kept: slug, note, class, where the key words say something else."""
SOURCE = "https://github.com/hteumeuleu/caniemail"
CLASSES = (
    ("account", r"accounts?\b|Microsoft email address"),
    ("prefix", r"`-(?:webkit|moz)-|vendor prefix"),
    ("buggy", r"^(?:Partial and )?Buggy|\bbug\b"),
    ("rewritten", r"transform|replaced|turned into|convert|stripped|removed|Removes|prefixed|are ignored|is ignored"),
    ("browser", r"browser|Internet Explorer|\bIE\b|Safari|macOS 14|iOS 15|operating system"),
    ("selector", r"selector|pseudo-class|ID select"),
    ("values", r"[Oo]nly|not support|unsupported|[Uu]nsupported|value|inline|doesn.t|does not"),
)
_LETTERS = {"y", "a", "n", "u"}


def main() -> int:
    """Rewrite the table. Exits 1 when the source is not as expected."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    data, version = _read(Path(sys.argv[1]))
    known = _known()
    try:
        rows = table(data, known.get("clients", ()))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for slug, client, before, after in changes(known.get("cells", {}), rows):
        print(f"{slug} in {client}: {before or 'no data'} -> {after or 'no data'}")
    dated = str(data["last_update_date"])[:10]
    head = (
        f"# Which mail program shows what. Facts from caniemail.com by Rémi Parmentier (MIT, {SOURCE}), data of "
        f"{dated}, package caniemail {version}, read {datetime.now(UTC).date()}. "
        "y yes, a partly, n no, u unknown; numbers are notes.\n"
    )
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        file.write(head)
        csv.writer(file, lineterminator="\n").writerows(rows)
    print(f"{len(rows) - 1} features, {len(rows[0]) - 4} clients, data of {dated}")
    return 0


def table(data: dict[str, Any], clients: tuple[str, ...]) -> list[list[str]]:
    """Header and one row a feature. ValueError for what nobody has seen before."""
    found = sorted({f"{f}.{p}" for each in data["data"] for f, ps in each["stats"].items() for p in ps})
    if clients and set(found) - set(clients):
        raise ValueError(f"There are new clients: {', '.join(sorted(set(found) - set(clients)))}.")
    rows = [["slug", "category", "tested", "notes", *found]]
    overrides = _overrides()
    for each in sorted(data["data"], key=lambda feature: str(feature["slug"])):
        stats = {f"{f}.{p}": versions for f, ps in each["stats"].items() for p, versions in ps.items()}
        cells = [_cell(each["slug"], latest(stats[name])) if name in stats else "" for name in found]
        notes = {n: overrides.get((each["slug"], n)) or kind(t) for n, t in (each["notes_by_num"] or {}).items()}
        said = " ".join(f"{n}:{k}" for n, k in sorted(notes.items(), key=lambda note: int(note[0])))
        rows.append([each["slug"], each["category"], each["last_test_date"], said, *cells])
    return rows


def latest(versions: dict[str, str]) -> str:
    """The newest version's verdict: the largest number where all keys are of one kind, else the last in the file."""
    keys = list(versions)
    if len({_kind_of(key) for key in keys}) > 1:
        return versions[keys[-1]]
    return versions[max(keys, key=lambda key: [int(part) for part in re.findall(r"\d+", key)])]


def kind(note: str) -> str:
    """What a note is about."""
    return next((name for name, pattern in CLASSES if re.search(pattern, note)), "other")


def changes(before: dict[tuple[str, str], str], rows: list[list[str]]) -> list[tuple[str, str, str, str]]:
    """(feature, client, old cell, new cell) of each verdict that is not what it was."""
    if not before:
        return []
    after = {(row[0], name): cell for row in rows[1:] for name, cell in zip(rows[0][4:], row[4:], strict=True)}
    return [
        (*key, before.get(key, ""), after.get(key, ""))
        for key in sorted({*before, *after})
        if before.get(key, "") != after.get(key, "")
    ]


def _kind_of(key: str) -> str:
    if re.match(r"\d{4}-\d{1,2}", key):
        return "date"
    return "year" if re.fullmatch(r"(?:19|20)\d\d", key) else "version"


def _cell(slug: str, verdict: str) -> str:
    letter, notes = verdict.split()[0] if verdict.split() else "", re.findall(r"#(\d+)", verdict)
    if letter not in _LETTERS:
        raise ValueError(f"{slug} has the verdict “{verdict}”, which nobody knows.")
    return letter + ".".join(notes)


def _read(path: Path) -> tuple[dict[str, Any], str]:
    version = "unknown"
    if path.suffix in (".tgz", ".gz"):
        with tarfile.open(path) as package:
            files = {name: package.extractfile(f"package/{name}") for name in ("package.json", "data/caniemail.json")}
            texts = {name: file.read().decode() for name, file in files.items() if file is not None}
        version, text = str(json.loads(texts["package.json"])["version"]), texts["data/caniemail.json"]
    else:
        text = path.read_text(encoding="utf-8")
        beside = path.parent.parent / "package.json"
        if beside.exists():
            version = str(json.loads(beside.read_text(encoding="utf-8"))["version"])
    data = json.loads(text)
    if not {"data", "last_update_date"} <= set(data) or len(data["data"]) < 200:
        raise SystemExit("This is not the data of caniemail, or half of it is missing.")
    return data, version


def _known() -> dict[str, Any]:
    """The table as it is now."""
    if not TARGET.exists():
        return {}
    lines = [line for line in TARGET.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.reader(lines))
    cells = {(row[0], name): cell for row in rows[1:] for name, cell in zip(rows[0][4:], row[4:], strict=True)}
    return {"clients": tuple(rows[0][4:]), "cells": cells}


def _overrides() -> dict[tuple[str, str], str]:
    if not NOTES.exists():
        return {}
    lines = [line for line in NOTES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {(slug, note): name for slug, note, name in list(csv.reader(lines))[1:]}


if __name__ == "__main__":
    raise SystemExit(main())
