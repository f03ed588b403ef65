"""The web service as one ASGI application: routes, the headers and limits that all of them share, and errors.

Store work runs in threads, never on the event loop. Nothing personal is in any address, header or log line.
"""

import logging
import secrets

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from restock_desk.services import monitoring, visits
from restock_desk.services.desk import Desk
from restock_desk.web import ingest, pages, tracking

log = logging.getLogger(__name__)

HEADERS = {
    "content-security-policy": pages.POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}
"""Set on every answer that does not set its own."""


def create(desk: Desk) -> Starlette:
    """The application on one desk."""
    app = Starlette(
        routes=[
            Route("/o/{token}.gif", tracking.pixel, methods=["GET"]),
            Route("/c/{token}", tracking.click, methods=["GET"]),
            Route("/u/{token}", pages.unsubscribe, methods=["GET"]),
            Route("/u/{token}", pages.unsubscribed, methods=["POST"]),
            Route("/p/{token}", pages.preferences, methods=["GET"]),
            Route("/p/{token}", pages.changed, methods=["POST"]),
            Route("/b/{token}", pages.browser, methods=["GET"]),
            Route("/i/{name}", pages.picture, methods=["GET"]),
            Route("/feedback", ingest.feedback, methods=["POST"]),
            Route("/healthz", _health, methods=["GET"]),
            Route("/metrics", _metrics, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _refused},
    )
    app.state.desk = desk
    app.add_middleware(_Frame)
    return app


def _health(request: Request) -> Response:
    ok = visits.alive(request.app.state.desk)
    return JSONResponse({"ok": ok}, 200 if ok else 503)


def _metrics(request: Request) -> Response:
    """For a Prometheus on this machine only: the service's address is public, its figures are not.

    Behind a proxy every visitor seems to come from this machine, but for the headers that a proxy adds.
    """
    local = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    if not local or any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via")):
        return pages.not_found()
    return Response(monitoring.metrics(request.app.state.desk), media_type=monitoring.TYPE)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return Response(status_code=405, headers=error.headers)
    return pages.not_found()


class _Frame:
    """Puts the shared headers on every answer, and turns what nobody expected into a number in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def framed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, framed)
        except Exception as error:
            number = secrets.token_hex(4)
            # The path holds a token, so only the route's first letter is told.
            log.error("error %s on /%s: %s", number, scope["path"][1:2], type(error).__name__, exc_info=error)
            if not begun:
                await pages.failed(number)(scope, receive, framed)
