"""Where in a JSON text something stands. Used only once a fault is known, so that reading stays fast."""

import json
import re

from restock_desk.domain.document.tree import NESTING_LIMIT, DocumentFault, Path

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|"', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z")
_BLANK = re.compile(r"[ \t\r\n]*")
_WORDS = ("true", "false", "null")
_HINT = "Correct the file in a text editor."
_decode = json.JSONDecoder().raw_decode


def first_fault(text: str) -> DocumentFault | None:
    """What a look at a text finds wrong that a JSON reader takes, or does not say well; None if that is not it."""
    steps: list[str | int] = []
    keys: list[set[str] | None] = []  # of the objects around; None for a list
    names = False  # whether a name comes next
    for found in _TOKEN.finditer(text):
        token = found.group()
        first = token[0]
        if first in "]}":
            if steps:
                steps.pop()
                keys.pop()
            names = False
        elif first == ",":
            names = bool(keys) and keys[-1] is not None
            if keys and keys[-1] is None:
                steps[-1] = int(steps[-1]) + 1
        elif first == ":":
            names = False
        elif first in "[{":
            if len(steps) >= NESTING_LIMIT:
                words = f"Lists and objects may stand at most {NESTING_LIMIT} deep in one another."
                return _fault(text, found.start(), steps, words)
            steps.append(0 if first == "[" else "")
            keys.append(None if first == "[" else set())
            names = first == "{"
        elif names and keys and (seen := keys[-1]) is not None:
            steps[-1] = name = _words(token)
            if name in seen:
                return _fault(text, found.start(), steps, "This name is used twice in one object.")
            seen.add(name)
        elif first != '"' and (words := _odd(token)):
            return _fault(text, found.start(), steps, words)
        if not steps:
            return None
    return None


def line_of(text: str, path: Path) -> int:
    """The line of what stands at a path of a valid text, or of the nearest thing around it."""
    at = _after(text, 0)
    for step in path:
        inside = _member(text, at, step) if isinstance(step, str) else _entry(text, at, step)
        if inside < 0:
            break
        at = inside
    return _line(text, at)


def line_of_id(text: str, id: str) -> int:
    """The line of the last block with an id; 0 where there is none."""
    found = list(re.finditer(rf'"id"\s*:\s*"{re.escape(id)}"', text)) if id else []
    return _line(text, found[-1].start()) if found else 0


def _member(text: str, at: int, name: str) -> int:
    """Where the value of a name begins in the object that begins at `at`; -1 if there is none."""
    if text[at : at + 1] != "{":
        return -1
    at = _after(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = _decode(text, at)
        at = _after(text, _after(text, at) + 1)
        if key == name:
            return at
        at = _after(text, _decode(text, at)[1])
        if text[at : at + 1] != ",":
            break
        at = _after(text, at + 1)
    return -1


def _entry(text: str, at: int, index: int) -> int:
    """Where an entry begins in the list that begins at `at`; -1 if there is none."""
    if text[at : at + 1] != "[":
        return -1
    at = _after(text, at + 1)
    for _ in range(index):
        at = _after(text, _decode(text, at)[1])
        if text[at : at + 1] != ",":
            return -1
        at = _after(text, at + 1)
    return at


def _after(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _odd(token: str) -> str:
    if token in ("NaN", "Infinity", "-Infinity"):
        return f"{token} is no number."
    if _NUMBER.match(token):
        return "A number is too large." if len(token) > 17 and token.lstrip("-").isdecimal() else ""
    return "" if token in _WORDS else f"“{token[:20]}” is no JSON."


def _words(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _fault(text: str, at: int, steps: list[str | int], reason: str) -> DocumentFault:
    return DocumentFault(reason, tuple(steps), _line(text, at), _HINT)
