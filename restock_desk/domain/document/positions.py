"""Where in a JSON text something stands. Used only once a fault is known, so that reading stays fast."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from restock_desk.domain.document.tree import NESTING_LIMIT, DocumentFault, Path

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|"', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z")
_WORDS = ("true", "false", "null")
_HINT = "Correct the file in a text editor."


@dataclass
class _Frame:
    """An object or a list that is open."""

    is_list: bool
    key: str = ""
    index: int = 0
    after_colon: bool = False
    keys: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Spot:
    """A token with its path. `twice`: a key that its object has already; `deep`: nested too far."""

    path: Path
    token: str
    at: int
    is_key: bool = False
    twice: bool = False
    deep: bool = False


def first_fault(text: str) -> DocumentFault | None:
    """What a look at the text finds wrong that a JSON reader does not say well; None if that is not it."""
    for spot in _spots(text):
        if spot.deep:
            return _fault(text, spot, f"Lists and objects may stand at most {NESTING_LIMIT} deep in one another.")
        if spot.twice:
            return _fault(text, spot, "This name is used twice in one object.")
        if spot.is_key or spot.token[0] in '"{}[]:,':
            continue
        if spot.token in ("NaN", "Infinity", "-Infinity"):
            return _fault(text, spot, f"{spot.token} is no number.")
        if _NUMBER.match(spot.token) and len(spot.token) > 17:
            return _fault(text, spot, "A number is too large.")
        if spot.token not in _WORDS and not _NUMBER.match(spot.token):
            return _fault(text, spot, f"“{spot.token[:20]}” is no JSON.")
    return None


def line_of(text: str, path: Path) -> int:
    """The line of what stands at a path, or of the nearest thing around it; 0 for an empty path."""
    best, at = 0, -1
    for spot in _spots(text):
        if spot.path == path:
            return _line(text, spot.at)
        if len(spot.path) > best and path[: len(spot.path)] == spot.path:
            best, at = len(spot.path), spot.at
    return _line(text, at) if at >= 0 else 0


def line_of_id(text: str, id: str) -> int:
    """The line of the last block with an id; 0 where there is none."""
    at = -1
    for spot in _spots(text) if id else ():
        if not spot.is_key and spot.path and spot.path[-1] == "id" and _words(spot.token) == id:
            at = spot.at
    return _line(text, at) if at >= 0 else 0


def _spots(text: str) -> Iterator[_Spot]:
    """Every token with its path, as far as the text makes sense."""
    stack: list[_Frame] = []
    for found in _TOKEN.finditer(text):
        token, at, frame = found.group(), found.start(), stack[-1] if stack else None
        if token in "]}":
            if stack:
                stack.pop()
        elif token == ":":
            if frame:
                frame.after_colon = True
        elif token == ",":
            if frame:
                frame.index += 1
                frame.after_colon = False
        elif frame and not frame.is_list and not frame.after_colon:
            frame.key = _words(token)
            twice = frame.key in frame.keys
            frame.keys.add(frame.key)
            yield _Spot(_path(stack), token, at, is_key=True, twice=twice)
        else:
            opens = token in "[{"
            yield _Spot(_path(stack), token, at, deep=opens and len(stack) >= NESTING_LIMIT)
            if opens:
                stack.append(_Frame(token == "["))


def _path(stack: list[_Frame]) -> Path:
    return tuple(frame.index if frame.is_list else frame.key for frame in stack)


def _words(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _fault(text: str, spot: _Spot, reason: str) -> DocumentFault:
    path = spot.path if len(spot.path) < NESTING_LIMIT else spot.path[:4]
    return DocumentFault(reason, path, _line(text, spot.at), _HINT)
