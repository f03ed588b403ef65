"""Commands that keep things running: the web service, send workers, and the doctor."""

from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, database, desk_for, say, stoppable, table
from restock_desk.errors import DeskError
from restock_desk.services import health
from restock_desk.services import workers as workers_

workers = typer.Typer(help="Send workers.", no_args_is_help=True)


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


def worker(
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes of this worker, one a core at most.")] = 1,
    slots: Annotated[
        int,
        typer.Option(
            min=1,
            max=64,
            help="Batches each process sends at once by each mail server, each by connections of its own.",
        ),
    ] = 2,
    metrics: Annotated[
        str, typer.Option(help="HOST:PORT that answers /metrics and /healthz; off for none.", metavar="HOST:PORT")
    ] = "127.0.0.1:9720",
    db: Db = "",
) -> None:
    """Deliver what is queued on a shared PostgreSQL, until stopped. Any number, on any number of machines."""
    from restock_desk import worker as worker_

    desk = desk_for(db)
    with stoppable() as token:
        worker_.run(desk, database(db), processes, slots, "" if metrics == "off" else metrics, token)


@workers.command("list")
def list_workers(db: Db = "", json: Json = False) -> None:
    """Which send workers live, and how fast they are."""
    found = workers_.alive(desk_for(db))
    heads = ("Host", "Process", "Since", "Seen", "Busy", "Slots", "Sent", "Errors", "Per second")
    rows = [
        (one.host, str(one.pid), one.since, one.seen_at, one.busy, one.slots, one.sent, one.errors, one.rate_per_s)
        for one in found
    ]
    say(found, json, table(heads, rows) if found else "No send worker lives.")


def doctor(db: Db = "", json: Json = False) -> None:
    """Look at everything the desk needs. Exits 1 when something is wrong."""
    found = health.doctor(desk_for(db, prepare=False))
    lines = [f"{'ok   ' if ok else 'WRONG'}  {name}: {sentence}" for name, ok, sentence in found]
    say([{"name": n, "ok": ok, "sentence": s} for n, ok, s in found], json, "\n".join(lines))
    raise typer.Exit(0 if all(ok for _, ok, _ in found) else 1)
