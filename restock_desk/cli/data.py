"""Commands on the data itself: the database, imports, stock, restock events."""

from pathlib import Path
from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, progress_line, say, stoppable, table, wrong_use
from restock_desk.domain.imports import ImportKind, ImportReport, ReadOptions
from restock_desk.services import catalog, health, moving
from restock_desk.services import imports as imports_
from restock_desk.services import restocks as restocks_

database = typer.Typer(help="Bring the database up to date, check it, back it up.", no_args_is_help=True)
imports = typer.Typer(help="Import files.", no_args_is_help=True)
stock = typer.Typer(help="Set stock.", no_args_is_help=True)
restocks = typer.Typer(help="Restock events.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE")]


@database.command("upgrade")
def upgrade(db: Db = "", json: Json = False) -> None:
    """Bring the database to this version's schema. A SQLite file is backed up first."""
    desk = desk_for(db, prepare=False)
    state = health.upgrade(desk)
    say(state, json, f"The database {desk.store.name} is up to date ({state.revision}).")


@database.command("check")
def check(
    recount: Annotated[bool, typer.Option("--recount", help="Set wrong counters of campaigns right first.")] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Look for damage and contradictions. Exits 1 when there are any."""
    desk = desk_for(db, prepare=False)
    if recount:
        health.recount(desk)
    problems = health.check(desk)
    say({"problems": problems}, json, "\n".join(problems) or "No problem found.")
    raise typer.Exit(1 if problems else 0)


@database.command("backup")
def backup(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]")] = None, db: Db = "", json: Json = False
) -> None:
    """Write a backup of a SQLite database, while it is in use."""
    path = health.backup(desk_for(db, prepare=False), file)
    say({"backup": str(path)}, json, f"Backed up to {path}.")


@database.command("copy")
def copy(
    to: Annotated[
        str, typer.Option("--to", help="An empty database: postgresql://… or sqlite:///FILE.", metavar="URL")
    ],
    source: Annotated[str, typer.Option("--from", help="The shop; the profile's if not given.", metavar="URL")] = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Move the shop to an empty database, row for row. The old one is kept, but sends no more."""
    with stoppable() as token:
        moved = moving.move(desk_for(source or db), to, token, progress_line(json))
    say({"target": moved.target, "tables": moved.tables, "rows": moved.rows}, json,
        f"Moved {moved.rows:,} rows to {moved.target}. Open the shop there from now on; here nothing is sent any more.",
    )  # fmt: skip


@database.command("take-back")
def take_back(
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")], db: Db = "", json: Json = False
) -> None:
    """Let a shop that was moved send again from here. Only when nothing sends at the new place."""
    desk = desk_for(db)
    moving.take_back(desk, reason)
    say({"moved": False}, json, f"{desk.store.name} may send again.")


def _import(kind: ImportKind) -> None:
    def command(
        file: File,
        format: Annotated[
            str, typer.Option(help="shopify, shopify-new, woocommerce, magento, mailchimp, klaviyo, generic.")
        ] = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
        no_header: Annotated[bool, typer.Option("--no-header", help="The file has no header line.")] = False,
        columns: Annotated[str, typer.Option(help="Our field = their header or position: sku=7,title=4")] = "",
        encoding: str = "",
        delimiter: str = "",
        locale: Annotated[str, typer.Option(help="How numbers are written: en (1,234.50) or de (1.234,50).")] = "",
        currency: str = "",
        timezone: str = "UTC",
        state: Annotated[str, typer.Option(help="What a people file holds: subscribed, unsubscribed, cleaned.")] = "",
        image_base_url: str = "",
        db: Db = "",
        json: Json = False,
    ) -> None:
        options = ReadOptions(
            format,
            not no_header,
            _columns(columns),
            encoding,
            delimiter,
            locale,
            currency,
            timezone,
            state,
            image_base_url,
        )
        with stoppable() as token:
            report = imports_.run(desk_for(db, lean=True), file, kind, options, dry_run, token, progress_line(json))
        say(_report(report), json, _words(report))
        raise typer.Exit(1 if report.cancelled else 0)

    command.__doc__ = f"Import {kind.value} from a file; bad lines are listed, good ones go in."
    imports.command(kind.value)(command)


for _kind in ImportKind:
    _import(_kind)


@stock.command("set", context_settings={"ignore_unknown_options": True})  # so that -3 is a number
def set_stock(
    sku: Annotated[str, typer.Argument(metavar="SKU")],
    quantity: Annotated[int, typer.Argument(metavar="QTY")],
    location: str = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Set a variant's stock. Coming back from nothing makes a restock event."""
    result = catalog.set_stock(desk_for(db), sku, quantity, location)
    before, after = ("not tracked" if n is None else n for n in (result.before, result.after))
    words = f"{result.sku}: {before} → {after}."
    if result.event:
        words += f" Restock event {result.event.id}."
    event = result.event
    value = {"sku": result.sku, "before": result.before, "after": result.after, "event": event.id if event else None}
    say(value, json, words)


@restocks.command("list")
def list_restocks(limit: int = 50, db: Db = "", json: Json = False) -> None:
    """The latest restock events, newest first."""
    events = restocks_.latest(desk_for(db), limit)
    rows = [
        (
            e.id,
            e.snapshot["variant"]["sku"],
            e.snapshot["product"]["title"],
            e.before,
            e.after,
            e.state.value,
            e.occurred_at,
        )
        for e in events
    ]
    say(events, json, table(("ID", "SKU", "Product", "Before", "After", "State", "When"), rows))


def _columns(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not equals or not field.strip() or not value.strip() for field, equals, value in pairs):
        wrong_use("Write --columns as field=column pairs with commas between, such as sku=7,title=4.")
    return tuple((field.strip(), value.strip()) for field, _, value in pairs)


def _report(report: ImportReport) -> dict[str, object]:
    rejected = [{"line": r.line, "field": r.field, "reason": r.reason} for r in report.rejected]
    return {
        "read": report.read,
        "accepted": report.accepted,
        "unchanged": report.unchanged,
        "rejected": rejected,
        "rejected_total": report.rejected_total,
        "parked": report.parked,
        "restocks": report.restocks,
        "format": report.format,
        "dry_run": report.dry_run,
        "cancelled": report.cancelled,
        "notes": report.notes,
        "seconds": round(report.seconds, 3),
    }


def _words(report: ImportReport) -> str:
    verb = "would go in" if report.dry_run else "went in"
    lines = [
        f"{report.read:,} line{'' if report.read == 1 else 's'} read as {report.format}: {report.accepted:,} {verb}, "
        f"{report.unchanged:,} unchanged, {report.rejected_total:,} rejected."
    ]
    if report.cancelled:
        lines[0] += " Stopped before the end; what went in stays, the same file can be imported again."
    if report.parked:
        lines.append(f"{report.parked:,} sign-ups wait for a product that is not known yet.")
    if report.restocks:
        lines.append(f"{report.restocks:,} variants came back into stock.")
    lines += report.notes
    lines += [f"Line {r.line}, {r.field or 'row'}: {r.reason}" for r in report.rejected[:20]]
    if report.rejected_total > 20:
        lines.append(f"… and {report.rejected_total - 20:,} more.")
    return "\n".join(lines)
