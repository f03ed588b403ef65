"""Rich text as runs: pieces of words with marks, and variables as atoms. Checked, joined, shown as plain words.

A run is `{"t": words}` or `{"v": path, "fallback"?, "filters"?}`; both may have `m` (marks b i u s), `link`, `color`,
`size`.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from restock_desk.domain import paths
from restock_desk.domain.document.fields import LINKS
from restock_desk.domain.document.tree import DocumentFault, Json, Path, same

MARKS = ("b", "i", "u", "s")
FILTERS: Mapping[str, int] = MappingProxyType({
    "upper": 0, "lower": 0, "title": 0, "capitalize": 0, "trim": 0, "striptags": 0, "truncate": 2, "replace": 2,
    "join": 1, "first": 0, "last": 0, "length": 0, "plural": 2, "nl2br": 0, "round": 1, "int": 0, "number": 0, "abs": 0,
    "date": 1, "time": 1, "datetime": 1,
})  # fmt: skip
"""The filters a variable may go through, and how many values each takes at most."""
COLOR = re.compile(r"(?:#[0-9a-fA-F]{6}|\$[a-z][a-z0-9-]{0,39})\Z")
MOST_RUNS, MOST_LETTERS = 500, 20_000
_RUN_KEYS = ("t", "v", "fallback", "filters", "m", "link", "color", "size")
_STYLE = ("m", "link", "color", "size")


def checked_runs(value: Json, path: Path, plain: bool = False) -> Json:
    """Runs in their one form: equal neighbours joined, empty words dropped, marks in order. Faults name their place."""
    if isinstance(value, str):
        value = ({"t": value},) if value else ()
    if not isinstance(value, tuple):
        raise DocumentFault("Text is a list of runs.", path)
    if len(value) > MOST_RUNS:
        raise DocumentFault(f"A text has at most {MOST_RUNS} runs.", path)
    runs = [_run(run, (*path, at), plain) for at, run in enumerate(value)]
    joined: list[Mapping[str, Json]] = []
    for run in runs:
        if run.get("t") == "":
            continue
        if joined and "t" in run and "t" in joined[-1] and _alike(joined[-1], run):
            joined[-1] = MappingProxyType({**joined[-1], "t": f"{joined[-1]['t']}{run['t']}"})
        else:
            joined.append(run)
    if sum(len(str(run.get("t", ""))) for run in joined) > MOST_LETTERS:
        raise DocumentFault(f"A text has at most {MOST_LETTERS} letters.", path)
    return tuple(joined)


def plain(runs: Json, show: Callable[[str], str] | None = None) -> str:
    """The words alone; a variable by `show(path)`, else as ‹its path›."""
    if not isinstance(runs, tuple):
        return ""
    words = []
    for run in runs:
        if isinstance(run, Mapping) and "t" in run:
            words.append(str(run["t"]))
        elif isinstance(run, Mapping) and "v" in run:
            words.append(show(str(run["v"])) if show else f"‹{run['v']}›")
    return "".join(words)


def variables(runs: Json) -> tuple[str, ...]:
    """The paths of the variables in some runs, links included, in their order."""
    if not isinstance(runs, tuple):
        return ()
    found = []
    for run in runs:
        if isinstance(run, Mapping):
            found += [str(run["v"])] if "v" in run else []
            link = run.get("link")
            found += [str(link["v"])] if isinstance(link, Mapping) and "v" in link else []
    return tuple(found)


def checked_url(value: Json, path: Path) -> Json:
    """A link or a picture: an address as it stands, `{"v": path, "fallback"?}`, or `{"link": name}` of LINKS."""
    if isinstance(value, str):
        if len(value) > 2000 or any(letter in value for letter in "\r\n\t"):
            raise DocumentFault("An address is one line of at most 2,000 letters.", path)
        return value.strip()
    if not isinstance(value, Mapping):
        raise DocumentFault("A link is an address, a variable or one of the special links.", path)
    if "link" in value:
        if value["link"] not in LINKS or "v" in value:
            raise DocumentFault(f"A special link is one of {', '.join(LINKS)}.", (*path, "link"))
        return value
    _variable(value, path)
    kept = {key: value[key] for key in ("v", "fallback") if value.get(key)}
    return MappingProxyType({**kept, **{key: value[key] for key in sorted(value) if key not in ("v", "fallback")}})


def checked_color(value: Json, path: Path) -> Json:
    if value == "":
        return value
    if not isinstance(value, str) or not COLOR.match(value):
        raise DocumentFault("A colour is written #rrggbb, or is a token such as $brand.", path)
    return value.lower()


def _run(run: Json, path: Path, plain: bool) -> Mapping[str, Json]:
    if not isinstance(run, Mapping) or ("t" in run) == ("v" in run):
        raise DocumentFault("A run holds either words (t) or a variable (v).", path)
    made = {key: run[key] for key in _RUN_KEYS if key in run}
    if "t" in run and not isinstance(run["t"], str):
        raise DocumentFault("The words of a run are a text.", (*path, "t"))
    if "t" in run:
        made["t"] = str(run["t"]).replace("\r\n", "\n").replace("\r", "\n")
    if "v" in run:
        _variable(run, path)
        made["filters"] = _filters(run.get("filters", ()), (*path, "filters"))
    if plain and any(run.get(key) for key in _STYLE):
        raise DocumentFault("This text can have no marks and no links.", path)
    made["m"] = _marks(run.get("m", ()), (*path, "m"))
    if run.get("link") is not None:
        made["link"] = checked_url(run["link"], (*path, "link"))
    if run.get("color") is not None:
        made["color"] = checked_color(run["color"], (*path, "color"))
    size = run.get("size")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int | float) or not 8 <= size <= 96):
        raise DocumentFault("A size is a number from 8 to 96.", (*path, "size"))
    kept = {key: part for key, part in made.items() if part not in ((), None) and (part != "" or key == "t")}
    if "t" in run:
        kept = {key: part for key, part in kept.items() if key not in ("fallback", "filters")}
    return MappingProxyType({**kept, **{key: run[key] for key in sorted(run) if key not in _RUN_KEYS}})


def _variable(value: Mapping[str, Json], path: Path) -> None:
    if wrong := paths.fault(value.get("v")):
        raise DocumentFault(wrong, (*path, "v"))
    fallback = value.get("fallback", "")
    if not isinstance(fallback, str) or len(fallback) > 500:
        raise DocumentFault("A fallback is a text of at most 500 letters.", (*path, "fallback"))


def _filters(value: Json, path: Path) -> Json:
    if not isinstance(value, tuple) or len(value) > 8:
        raise DocumentFault("Filters are a list of at most eight.", path)
    made: list[Json] = []
    for at, one in enumerate(value):
        name, *values = one if isinstance(one, tuple) and one else (one,)
        if not isinstance(name, str) or name not in FILTERS:
            raise DocumentFault(f"A filter is one of {', '.join(FILTERS)}.", (*path, at))
        if len(values) > FILTERS[name] or not all(isinstance(part, str | int | float) for part in values):
            raise DocumentFault(f"The filter {name} takes at most {FILTERS[name]} texts or numbers.", (*path, at))
        made.append((name, *values) if values else name)
    return tuple(made)


def _marks(value: Json, path: Path) -> Json:
    if not isinstance(value, tuple) or any(mark not in MARKS for mark in value):
        raise DocumentFault("A mark is one of b, i, u, s.", path)
    return tuple(mark for mark in MARKS if mark in value)


def _alike(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    return same({**one, "t": ""}, {**other, "t": ""})
