"""The command line: a twin for every job of the window, over the same services. No logic in here.

Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl+C. Errors are sentences on standard error;
`--json` speaks to machines.
"""

import errno
import sys
from typing import Annotated

import typer

from restock_desk import __version__
from restock_desk.cli.frame import Db, Verbose, any_terminal, broken, desk_for, failing, remember, speechless
from restock_desk.cli.later import Later, stand_in
from restock_desk.errors import Cancelled, DeskError, WrongUse

INTERRUPTED = 130
"""The exit code of what Ctrl+C stopped, as of every program of a shell."""
Version = Annotated[bool, typer.Option("--version", help="Say the version and leave.")]

program = typer.Typer(
    name="restock-desk",
    help="Back-in-stock alerts from a desk of your own.",
    add_completion=False,
    cls=Later,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)


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
    from restock_desk import app as desk_app  # the whole application, which `--help` does without

    if not desk_app.has_display():
        raise DeskError(
            "There is no display to open the window on.",
            "Run this on a desktop, or `restock-desk demo --pictures DIR` to see the pages as pictures.",
        )
    raise typer.Exit(desk_app.open_window(desk_for(db, ways_out=True)))


stand_in(program)


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
        raise SystemExit(INTERRUPTED) from None
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print("Stopped.", file=sys.stderr)
        raise
    except BrokenPipeError:
        speechless()
        raise SystemExit(1) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            broken()
        speechless()
        failing(DeskError(f"Something could not be written: {error.strerror}.", "Make room and try again."))
    except Exception:
        broken()
