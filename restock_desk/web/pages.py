"""Pages for people who got a mail: stop it, choose, see it in the browser. GET shows, POST acts.

No script, no cookie, nothing from elsewhere, and nothing that tells a stranger whose page it is.
"""

from html import escape
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from restock_desk.services import pictures, visits
from restock_desk.services.desk import Desk
from restock_desk.services.visits import Page
from restock_desk.web import tracking

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
MAIL_POLICY = "default-src 'none'; img-src https:; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_MOST_BODY = 64 * 1024
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.5rem;line-height:1.25}ul{list-style:none;padding:0}
li{display:flex;gap:1rem;justify-content:space-between;align-items:center;padding:.6rem 0;border-top:1px solid #8885}
button{font:inherit;padding:.55rem 1.1rem;border-radius:.5rem;border:1px solid #8889;cursor:pointer}
button.main{background:#1f6feb;border-color:#1f6feb;color:#fff}small{opacity:.75}
"""


def unsubscribe(request: Request) -> Response:
    """Show the unsubscribe page. Scanners follow links, so this stops nothing."""
    page = visits.unsubscribe_page(_desk(request), _token(request), tracking.visitor(request))
    if page is None:
        return not_found()
    if page.recipient.out:
        return _stopped()
    text = (
        f"<p>You will get no more e-mail from {escape(page.shop)}, and what you wait for is not announced to you.</p>"
    )
    button = '<button class="main" name="List-Unsubscribe" value="One-Click">Stop all e-mail</button>'
    return _html("Stop e-mail from this shop?", f'{text}<form method="post">{button}</form>')


async def unsubscribed(request: Request) -> Response:
    """Stop all mail at once (RFC 8058, and our own page's button). No redirect, no cookie, nothing to confirm."""
    if await _body(request) is None:
        return Response(status_code=413)
    visitor = tracking.visitor(request)
    done = await run_in_threadpool(visits.unsubscribe, _desk(request), _token(request), visitor)
    return _stopped() if done else not_found()


def preferences(request: Request) -> Response:
    """Show what this person waits for, each with a button to stop."""
    page = visits.preferences(_desk(request), _token(request))
    return not_found() if page is None else _choices(page)


async def changed(request: Request) -> Response:
    """Stop waiting for one thing (`interest`), or for everything (`all`)."""
    body = await _body(request)
    if body is None:
        return Response(status_code=413)
    told = parse_qs(body.decode("utf-8", "replace"))
    number = told.get("interest", [""])[0]
    if "all" not in told and not (number.isascii() and number.isdigit() and len(number) < 19):
        return not_found()
    which = None if "all" in told else int(number)
    desk, token = _desk(request), _token(request)
    if not await run_in_threadpool(visits.cancel, desk, token, which, tracking.visitor(request)):
        return not_found()
    page = await run_in_threadpool(visits.preferences, desk, token)
    return not_found() if page is None else _choices(page)


def browser(request: Request) -> Response:
    """The mail as it was sent. Whatever it holds, no script runs and only pictures are fetched."""
    mail = visits.browser_view(_desk(request), _token(request))
    if mail is None:
        return not_found()
    return HTMLResponse(mail, headers={"content-security-policy": MAIL_POLICY})


def not_found() -> Response:
    """The one answer to everything that is not ours: unknown, damaged, for another purpose."""
    return _html("This page does not exist", "<p>The link may be incomplete. Try it again from the e-mail.</p>", 404)


def failed(number: str) -> Response:
    """An error of ours; `number` finds it in the log."""
    return _html("Something went wrong", f"<p>Please try again in a moment. <small>{escape(number)}</small></p>", 500)


def _stopped() -> Response:
    return _html("You are unsubscribed", "<p>No more e-mail will be sent to you.</p>")


def _choices(page: Page) -> Response:
    if page.recipient.out:
        return _stopped()
    rows = "".join(
        f"<li><span>{escape(' · '.join(filter(None, (wait.product, wait.variant))))}</span>"
        f'<form method="post"><button name="interest" value="{wait.interest_id}">Stop waiting</button></form></li>'
        for wait in page.recipient.waiting
    )
    list_ = f"<p>You wait for:</p><ul>{rows}</ul>" if rows else "<p>You wait for nothing at the moment.</p>"
    button = '<button class="main" name="all" value="yes">Stop all e-mail</button>'
    return _html(f"Alerts from {escape(page.shop)}", f'{list_}<form method="post">{button}</form>')


def picture(request: Request) -> Response:
    """A picture that authors brought. Its bytes never change, and it says nothing of who asks for it."""
    found = pictures.served(_desk(request), str(request.path_params["name"]))
    if found is None:
        return not_found()
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(found[0], media_type=found[1], headers=kept)


def _html(title: str, body: str, status: int = 200) -> Response:
    """A whole page. `title` and `body` are HTML already."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>",
        status,
    )


async def _body(request: Request) -> bytes | None:
    """The body of a form; None if it is larger than any of ours."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BODY:
                return None
    except ClientDisconnect:
        return None
    return body


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _token(request: Request) -> str:
    return str(request.path_params["token"])
