"""Messages between the application and its renderers: a length, then JSON, capped both ways. Never pickle.

A renderer runs what strangers wrote, so whoever reads an answer takes nothing in it for granted.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from restock_desk.domain.document import operations
from restock_desk.domain.money import Money
from restock_desk.domain.templates import Draft, Edit, Problem, Severity, TemplateKind
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.identity import Identity

REQUEST_LIMIT = 16 << 20
ANSWER_LIMIT = 8 << 20
"""Bytes of one message to and from a renderer."""
FORK, REAP, NUMBER = b"f", b"r", struct.Struct(">q")
"""What the fork server is told: to fork (a socket comes along), to reap a number; and how numbers are written."""
_HEAD = struct.Struct(">I")
_AS_WE_SAY = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_MONEY, _MOMENT, _NUMBER = "$money", "$at", "$number"
_TEXTS = tuple(field.name for field in fields(Problem) if field.name != "operations")
Read = Callable[[int], bytes]
"""Exactly so many bytes, or EOFError."""


def packed(value: Any, limit: int) -> bytes:
    """A message. Raises ValueError where it is larger than `limit` or no plain data."""
    try:
        data = orjson.dumps(value, _plain, _AS_WE_SAY)
    except TypeError:  # half a surrogate pair, or a number beyond 64 bits: the slow way knows both
        try:
            data = json.dumps(value, default=_plain).encode("ascii")
        except (TypeError, RecursionError) as error:
            raise ValueError("no plain data") from error
    if len(data) > limit:
        raise ValueError("the message is too large")
    return _HEAD.pack(len(data)) + data


def received(read: Read, limit: int) -> Any:
    """The next message. Raises EOFError at the end, ValueError for what is no message of bearable size."""
    (size,) = _HEAD.unpack(read(_HEAD.size))
    if size > limit:
        raise ValueError("the message is too large")
    data = read(size)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data)
        except RecursionError as error:
            raise ValueError("the message is nested too deeply") from error


def thawed(value: Any) -> Any:
    """A context as it was before it travelled: moments, money and decimals are themselves again."""
    if type(value) is list:
        return [thawed(part) for part in value]
    if type(value) is not dict:
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key in _BACK:
            try:
                return _BACK[key](inner)
            except (ValueError, TypeError, InvalidOperation):
                return None
    return {key: thawed(part) for key, part in value.items()}


def draft_out(draft: Draft) -> dict[str, Any]:
    return asdict(draft)


def draft_in(data: dict[str, Any]) -> Draft:
    return Draft(**{**data, "kind": TemplateKind(data["kind"])})


def identity_out(identity: Identity, salt: str) -> dict[str, Any]:
    """Who a mail is, without the key that signs its links: a renderer writes marks, made of `salt`, instead."""
    known = {field.name: getattr(identity, field.name) for field in fields(Identity)}
    return {**known, "token_key": "", "key": "", "date": identity.date.isoformat(), "salt": salt}


def problems_out(problems: tuple[Problem, ...] | list[Problem]) -> list[dict[str, Any]]:
    return [
        {**{name: getattr(problem, name) for name in _TEXTS}, "operations": [_fix(one) for one in problem.operations]}
        for problem in problems
    ]


def problems_in(data: Any) -> tuple[Problem, ...]:
    """Problems as a renderer told them."""
    return tuple(_problem(one) for one in data[:500])


def fault_out(fault: TemplateFault) -> list[Any]:
    return [fault.message, fault.rule, fault.where, fault.line]


def fault_in(data: Any) -> TemplateFault:
    message, rule, where, line = data
    return TemplateFault(str(message)[:500], str(rule)[:60], str(where)[:20], int(line))


def _problem(data: dict[str, Any]) -> Problem:
    known: dict[str, Any] = {}
    for field in fields(Problem):
        value = data.get(field.name, field.default)
        if field.name == "severity":
            known[field.name] = Severity(value)
        elif field.name == "line":
            known[field.name] = int(value)
        elif field.name == "operations":
            known[field.name] = tuple(map(_fixed, value))
        else:
            known[field.name] = value[:2000] if isinstance(value, str) else value
    return Problem(**known)


def _fix(change: object) -> Any:
    return ["edit", asdict(change)] if isinstance(change, Edit) else ["operation", operations.to_json(change)]  # type: ignore[arg-type]  # the other kind there is


def _fixed(data: Any) -> object:
    kind, told = data
    if kind == "operation":
        return operations.from_json(told)
    return Edit(str(told["where"]), int(told["start"]), str(told["before"]), str(told["after"]))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_MOMENT: value.isoformat()}
    if isinstance(value, Money):
        return {_MONEY: [str(value.amount), value.currency, value.text]}
    if isinstance(value, Decimal):
        return {_NUMBER: str(value)}
    raise TypeError(f"{type(value).__name__} cannot travel")


def _money(data: Any) -> Money:
    amount, currency, text = data
    return Money(Decimal(amount), str(currency), str(text))


_BACK: dict[str, Callable[[Any], Any]] = {_MONEY: _money, _MOMENT: datetime.fromisoformat, _NUMBER: Decimal}
