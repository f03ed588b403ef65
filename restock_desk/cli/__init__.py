"""The command line: a twin for every job of the window, over the same services. No logic in here.

Exit codes: 0 done, 1 failed, 2 wrong use. Errors are sentences on standard error; `--json` speaks to machines.
"""

import sys
from typing import Annotated

import typer

from restock_desk import __version__
from restock_desk import app as desk_app
from restock_desk.cli import (
    blocks,
    brand,
    campaigns,
    data,
    demo,
    editions,
    limits,
    lint,
    people,
    preflight,
    service,
    shop,
    templates,
    transports,
)
from restock_desk.cli.frame import Db, Verbose, any_terminal, broken, desk_for, failing, remember, speechless
from restock_desk.errors import Cancelled, DeskError, WrongUse

Version = Annotated[bool, typer.Option("--version", help="Say the version and leave.")]

program = typer.Typer(
    name="restock-desk",
    help="Back-in-stock alerts from a desk of your own.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)
program.add_typer(data.database, name="db")
program.add_typer(shop.shop, name="shop")
program.add_typer(data.imports, name="import")
program.add_typer(data.stock, name="stock")
program.add_typer(data.restocks, name="restocks")
program.add_typer(templates.templates, name="templates")
program.add_typer(editions.editions, name="editions")
program.add_typer(blocks.blocks, name="blocks")
program.add_typer(brand.brand, name="brand")
program.add_typer(campaigns.campaigns, name="campaigns")
program.add_typer(transports.transports, name="transports")
program.add_typer(people.feedback, name="feedback")
program.add_typer(limits.limits, name="limits")
program.add_typer(limits.kill_switch, name="kill-switch")
program.add_typer(limits.clone, name="clone")
program.command("compile")(templates.compile_)
program.command("render")(templates.render)
program.command("lint")(lint.lint)
program.command("audience")(campaigns.audience)
program.command("preflight")(preflight.preflight)
program.command("send")(campaigns.send)
program.command("person")(people.person)
program.command("resend")(campaigns.resend)
program.command("serve")(service.serve)
program.command("worker")(service.worker)
program.add_typer(service.workers, name="workers")
program.command("doctor")(service.doctor)
program.command("demo")(demo.demo)


@program.callback(invoke_without_command=True)
def _start(context: typer.Context, db: Db = "", verbose: Verbose = False, version: Version = False) -> None:
    """Opens the window when no command is given."""
    if version:
        print(f"Restock Desk {__version__}")
        raise typer.Exit
    remember(db, verbose)
    if context.invoked_subcommand is None:
        open_window(db)


@program.command("open")
def open_window(db: Db = "") -> None:
    """Open the window."""
    if not desk_app.has_display():
        raise DeskError(
            "There is no display to open the window on.",
            "Run this on a desktop, or `restock-desk demo --pictures DIR` to see the pages as pictures.",
        )
    raise typer.Exit(desk_app.open_window(desk_for(db, ways_out=True)))


def main() -> None:
    """The entry point of the command `restock-desk`."""
    any_terminal()
    try:
        program(prog_name="restock-desk")
    except DeskError as error:
        failing(error)
    except UnicodeEncodeError:
        failing(WrongUse("What was typed holds bytes that are no text.", "Type it again."))
    except Cancelled:
        print("Stopped.", file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        speechless()
        raise SystemExit(1) from None
    except Exception:
        broken()
