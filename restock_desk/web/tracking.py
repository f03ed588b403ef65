"""Opens and clicks. Every hit is counted by the method and headers it came with; deciding who it was is elsewhere."""

from starlette.requests import Request
from starlette.responses import Response

from restock_desk.services import visits
from restock_desk.services.visits import Visitor
from restock_desk.web import pages

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
"""One transparent pixel."""


def pixel(request: Request) -> Response:
    """Count an open; always the same bytes, never kept by a cache."""
    if not visits.opened(request.app.state.desk, request.path_params["token"], visitor(request)):
        return pages.not_found()
    headers = {"cache-control": "no-store, no-cache, must-revalidate, private", "pragma": "no-cache"}
    return Response(GIF, media_type="image/gif", headers=headers)


def click(request: Request) -> Response:
    """Count a click and lead on, to where the mail as sent says: nothing in the request decides it."""
    target = visits.click(request.app.state.desk, request.path_params["token"], visitor(request))
    if target is None:
        return pages.not_found()
    return Response(status_code=302, headers={"location": _ascii(target)})


def visitor(request: Request) -> Visitor:
    """Who asks, as far as the request tells. Behind a proxy on this machine the address is the one it forwards."""
    headers = request.headers
    purposes = " ".join(headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz", "x-purpose")).lower()
    return Visitor(
        user_agent=headers.get("user-agent", ""),
        ip=request.client.host if request.client else "",
        prefetch=request.method in ("HEAD", "OPTIONS") or "prefetch" in purposes or "preview" in purposes,
    )


def _ascii(url: str) -> str:
    """The address as a header can carry it: everything outside ASCII percent-encoded."""
    return "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in url)
