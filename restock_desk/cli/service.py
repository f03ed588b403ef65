"""Commands that keep things running: the web service and the doctor."""

from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, say
from restock_desk.errors import DeskError
from restock_desk.services import health


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; only this machine unless told.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8720,
    db: Db = "",
) -> None:
    """Run the web service: opens, clicks, unsubscribes and feedback events."""
    try:
        from restock_desk.web import serve as web
    except ImportError as error:
        raise DeskError("The web service is not installed.", "Install restock-desk[server].") from error
    web.run(desk_for(db), host, port)


def doctor(db: Db = "", json: Json = False) -> None:
    """Look at everything the desk needs. Exits 1 when something is wrong."""
    found = health.doctor(desk_for(db, prepare=False))
    lines = [f"{'ok   ' if ok else 'WRONG'}  {name}: {sentence}" for name, ok, sentence in found]
    say([{"name": n, "ok": ok, "sentence": s} for n, ok, s in found], json, "\n".join(lines))
    raise typer.Exit(0 if all(ok for _, ok, _ in found) else 1)
