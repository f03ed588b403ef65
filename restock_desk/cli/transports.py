"""Commands for the ways mail leaves: kept under names, tried out, and their keys.

Names belong to this user's settings, not to a database; --db is taken all the same, as by every command.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, say, table, wrong_use
from restock_desk.errors import DeskError
from restock_desk.services import sending

transports = typer.Typer(help="The ways mail leaves.", no_args_is_help=True)

Secret = Annotated[
    str, typer.Option("--secret-from", help="Read the password or key from this file; - is standard input.")
]


@transports.command("list")
def list_transports(db: Db = "", json: Json = False) -> None:
    """The transports kept under names."""
    found = sending.kept()
    rows = [(one.name, one.way, one.url, _ready(one), "yes" if one.used else "", one.promise) for one in found]
    say(found, json, table(("Name", "Way", "Address", "Secret", "Used", "When repeated"), rows))


@transports.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    url: Annotated[str, typer.Argument(metavar="URL")],
    secret_from: Secret = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Keep an address under a name. Its secret is asked for, or read from a file, and never stands in the call."""
    made = sending.keep(name, url, _secret(url, secret_from))
    say(made, json, f"Kept as “{made.name}”: {made.way}, secret {_ready(made)}.")


@transports.command("remove")
def remove(name: Annotated[str, typer.Argument(metavar="NAME")], db: Db = "", json: Json = False) -> None:
    """Take a name away."""
    sending.forget(name)
    say({"removed": name}, json, f"“{name}” is taken away.")


@transports.command("use")
def use(name: Annotated[str, typer.Argument(metavar="NAME|URL")], db: Db = "", json: Json = False) -> None:
    """Let this profile send by it."""
    url = sending.use(name)
    say({"transport": url}, json, f"Mail leaves by {url} from now on.")


@transports.command("test")
def try_out(name: Annotated[str, typer.Argument(metavar="NAME|URL")], db: Db = "", json: Json = False) -> None:
    """Connect and log in without sending anything."""
    desk = desk_for(db)
    words = sending.check(desk, sending.address(name))
    say({"works": True, "found": words}, json, words)


@transports.command("dkim")
def dkim(
    key: Annotated[str, typer.Argument(metavar="SELECTOR@DOMAIN")],
    kind: Annotated[str, typer.Option(help="rsa, or ed25519 (only beside an rsa one).")] = "rsa",
    key_from: Annotated[str, typer.Option("--key-from", help="Keep this private key (PEM) instead of a new one.")] = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Make a key that signs mails, keep it, and say what must stand in the DNS. Shows a kept key's record again."""
    found = sending.dkim_record(key) if not key_from else None
    record, value = found or sending.make_dkim_key(key, kind, _file(key_from) if key_from else "")
    words = (
        f"{record}  TXT  {value}\n\n"
        f"Put this record into the DNS, then write ?dkim={key} behind the transport's address (after other options: &)."
    )
    say({"record": record, "value": value, "option": f"dkim={key}"}, json, words)


def _ready(one: sending.KeptTransport) -> str:
    return ("kept" if one.ready else "missing") if one.secret else "not needed"


def _secret(url: str, secret_from: str) -> str:
    """From a file, from a hidden prompt, or none where nobody is there to be asked."""
    if secret_from:
        return _file(secret_from).strip()
    if not sending.secret_name(url) or not sys.stdin.isatty():
        return ""
    return str(typer.prompt("Password or key (empty: keep as it is)", default="", hide_input=True, show_default=False))


def _file(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        wrong_use(f"{path} is no text.")
    except OSError as error:
        raise DeskError(f"{path} cannot be read: {error.strerror}.") from error
