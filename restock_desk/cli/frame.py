"""What all commands share: their common options, how they reach the desk, how they speak and how they stop."""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from restock_desk.domain.pace import Pace, outlook
from restock_desk.errors import DeskError, WrongUse
from restock_desk.jobs import CancelToken, Progress

if TYPE_CHECKING:
    from restock_desk.domain.templates import Problem
    from restock_desk.services.desk import Desk

Db = Annotated[str, typer.Option("--db", help="Database: sqlite:///FILE or postgresql://…", metavar="URL")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log to the terminal as well.")]

_log = logging.getLogger(__name__)
_given: dict[str, Any] = {"db": "", "verbose": False}


def remember(db: str, verbose: bool) -> None:
    """Keep the options given before the command's name."""
    _given.update(db=db, verbose=verbose)


def desk_for(db: str, transport: str = "", prepare: bool = True, ways_out: bool = False, lean: bool = False) -> "Desk":
    """The desk a command works at. `--db` may stand before or after the command's name.

    `ways_out` = for the window: a database that cannot be opened is shown with what can be done about it.
    """
    from restock_desk import app  # the whole application, which `--help` does without

    url = database(db)
    desk = app.open_desk(url) if ways_out else app.make_desk(url, transport, prepare, lean)
    app.log_to(desk.data_dir, _given["verbose"])
    return desk


def database(db: str) -> str:
    """The address given by `--db`, before or after the command's name; empty for the profile's."""
    return db or str(_given["db"])


def say(value: Any, as_json: bool, text: str) -> None:
    """Print `value` as one line of JSON, or `text` for a person. DeskError where it cannot be written down."""
    try:
        print(json.dumps(plain(value), ensure_ascii=False) if as_json else text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        speechless()
        raise DeskError(f"The answer could not be written: {error.strerror}.", "What was asked for is done.") from error


def speechless() -> None:
    """Nobody hears standard output any more: what is still to be said goes nowhere, without another error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def any_terminal() -> None:
    """Characters that the terminal, or a name of a file, cannot show are written as codes instead of ending in an
    error. Where nobody is there to type or to listen, there is nothing instead."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115 – open as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def plain(value: Any) -> Any:
    """Records, decimals and times as what JSON knows. Times are RFC 3339 in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    from restock_desk.domain.document.operations import ABSENT  # rarely needed, and most commands know no documents

    return None if value is ABSENT else str(value)


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns of text, padded; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells), 0) for i, head in enumerate(headers)]
    lines = ["  ".join(head.ljust(widths[i]) for i, head in enumerate(headers)).rstrip()]
    for raw, row in zip(rows, cells, strict=True):
        lines.append(
            "  ".join(
                text.rjust(widths[i]) if isinstance(raw[i], (int, Decimal)) else text.ljust(widths[i])
                for i, text in enumerate(row)
            ).rstrip()
        )
    return "\n".join(lines)


def plain_line(text: str) -> str:
    """One line without control characters: what a file brought must not steer somebody's terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def problem_line(problem: "Problem") -> str:
    """A finding on one line: how grave, where, what, by which rule."""
    line = f" line {problem.line}" if problem.line else f" block {problem.block}" if problem.block else ""
    return plain_line(f"{problem.severity.value}: {problem.where}{line}: {problem.message} ({problem.rule})")


def failing(error: DeskError) -> NoReturn:
    """Say the error and leave with code 1, or 2 when the call itself was wrong."""
    print(f"{error.message}\n{error.hint}".strip(), file=sys.stderr)
    raise SystemExit(2 if isinstance(error, WrongUse) else 1)


def broken() -> NoReturn:
    """A bug of ours: the log gets the trace, a person a sentence. A trace on the terminal could show people's data."""
    if not logging.getLogger("restock_desk").handlers:  # it was made before there was a desk with a log
        from restock_desk import app, settings

        app.log_to(settings.data_dir(), _given["verbose"])
    _log.exception("The program made a mistake, and this command stopped.")
    print("Its log says where: restock-desk.log in the data folder.", file=sys.stderr)
    raise SystemExit(1)


def wrong_use(sentence: str) -> NoReturn:
    """Say what is wrong with the call and leave with code 2."""
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


@contextmanager
def stoppable() -> Iterator[CancelToken]:
    """A cancel token that Ctrl+C and SIGTERM set, so that long work ends cleanly."""
    token = CancelToken()
    before = {number: signal.signal(number, lambda *_: token.cancel()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield token
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def progress_line(quiet: bool) -> Callable[[Progress], None]:
    """Shows progress on one line of the terminal, with its speed and what is left; silent for machines and where
    standard error is no terminal."""
    paces = [Pace()]

    def show(progress: Progress) -> None:
        of = f" of {progress.total:,}" if progress.total else ""
        paces[0] = paces[0].seen(datetime.now(UTC), progress.done)
        told = outlook(paces[0], max(0, progress.total - progress.done)).words if progress.total else ""
        words = " · ".join(word for word in (f"{progress.done:,}{of} {progress.note}".rstrip(), told) if word)
        print(f"\r{words}\x1b[K", end="", file=sys.stderr, flush=True)

    return (lambda _: None) if quiet or not sys.stderr.isatty() else show


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return plain_line(str(value))
