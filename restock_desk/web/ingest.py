"""`POST /feedback`: events as JSON from sources that hold an ingestion key. Answered only after the commit."""

import json
import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from restock_desk.domain.feedback import FeedbackEvent
from restock_desk.domain.feedback_in import Wrong, event_from
from restock_desk.errors import DeskError
from restock_desk.services import feedback as feedback_
from restock_desk.services.desk import Desk

log = logging.getLogger(__name__)

_MOST_BYTES = 1_000_000
_DEEPEST = 64


async def feedback(request: Request) -> Response:
    """One event or an array of them. A bad one is rejected by its place, counted from 1; its neighbours go in."""
    desk: Desk = request.app.state.desk
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return Response(status_code=401)
    source = await run_in_threadpool(feedback_.source_of, desk, key.strip())
    if source is None:
        return Response(status_code=401)
    body = await _body(request)
    if body is None:
        return JSONResponse({"error": "The body is larger than one megabyte."}, 413)
    return await run_in_threadpool(_take, desk, body, source)


def parsed(body: bytes) -> list[object]:
    """The items of a body. ValueError says why it cannot be read."""
    if _depth(body) > _DEEPEST:
        raise ValueError(f"The body is nested deeper than {_DEEPEST} levels.")
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError("The body is not JSON.") from error
    return value if isinstance(value, list) else [value]


def _take(desk: Desk, body: bytes, source: str) -> Response:
    try:
        items = parsed(body)
    except ValueError as error:
        return JSONResponse({"error": str(error)}, 400)
    events: list[FeedbackEvent] = []
    rejected = []
    for line, item in enumerate(items, 1):
        try:
            events.append(event_from(item, source, line))
        except Wrong as error:
            rejected.append({"line": line, "field": error.field, "reason": str(error)})
    try:
        report = feedback_.ingest(desk, events)
    except DeskError as error:
        log.warning("events of %s were not taken: %s", source, error.message)
        return JSONResponse({"error": "The events could not be stored. Send them again."}, 503)
    return JSONResponse({"accepted": report.accepted, "unchanged": report.unchanged, "rejected": rejected})


async def _body(request: Request) -> bytes | None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > _MOST_BYTES:
        return None
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BYTES:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


def _depth(body: bytes) -> int:
    """How deep arrays and objects are nested, told before the parser sees them."""
    depth = deepest = 0
    quoted = escaped = False
    for byte in body:
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                quoted = False
        elif byte == 0x22:
            quoted = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
