"""Commands on the brand kit: colours, fonts and sizes that documents name. What the Settings page keeps as “Brand”."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from restock_desk.cli.frame import Db, Json, desk_for, say, table
from restock_desk.domain import brand as kits
from restock_desk.errors import DeskError, WrongUse
from restock_desk.services import dressing
from restock_desk.services.desk import Desk

brand = typer.Typer(help="The brand kit: colours, fonts, sizes, links of all documents.", no_args_is_help=True)


@brand.command("show")
def show(db: Db = "", json: Json = False) -> None:
    """Everything in the kit."""
    found = kits.written(dressing.kit(desk_for(db)).brand)
    say(found, json, table(("Setting", "Value"), _lines(found)))


@brand.command("set")
def set_(
    settings: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="brand=#1f5c4d text.dark=#f1eee8")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Change settings of the kit; `schema` and `social` only by a file. A colour without .dark is that of the day."""
    desk = desk_for(db)
    known = kits.written(dressing.kit(desk).brand)
    told: dict[str, Any] = {}
    for word in settings:
        _tell(word, known, told)
    _save(desk, kits.told(told, dressing.kit(desk).brand))
    say(told, json, table(("Setting", "Value"), _lines(told)))


@brand.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.json")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Write the kit to a file, to change it there or to take it to another shop."""
    words = dressing.brand_written(dressing.kit(desk_for(db)).brand)
    try:
        file.write_text(words, encoding="utf-8")
    except OSError as error:
        raise DeskError(f"{file} cannot be written: {error.strerror}.", "Choose another folder.") from error
    say({"file": str(file)}, json, f"The brand kit is written to {file}.")


@brand.command("import")
def import_(file: Annotated[Path, typer.Argument(metavar="FILE.json")], db: Db = "", json: Json = False) -> None:
    """Replace the kit by that of a file. Campaigns on their way keep what they were launched with."""
    desk = desk_for(db)
    made = _save(desk, dressing.brand_read(file))
    say(kits.written(made), json, f"The brand kit is that of {file}.")


def _save(desk: Desk, made: kits.Brand) -> kits.Brand:
    return dressing.save_kit(desk, replace(dressing.kit(desk), brand=made)).brand


def _tell(word: str, known: dict[str, Any], told: dict[str, Any]) -> None:
    """Read NAME=VALUE or NAME.PART=VALUE into `told`."""
    name, equals, value = word.partition("=")
    name, _, part = name.strip().replace("-", "_").partition(".")
    now = known.get(name)
    if not equals or now is None or name in ("schema", "social"):
        names = [one for one in known if one not in ("schema", "social")]
        raise WrongUse("Write settings as NAME=VALUE.", f"Names are: {', '.join(names)}.")
    if isinstance(now, dict):
        first = next(iter(now))
        if (part or first) not in now:
            raise WrongUse(f"“{name}” has no “{part}”.", f"It has {', '.join(now)}.")
        told[name] = {**told.get(name, {}), part or first: value.strip()}
        return
    if part:
        raise WrongUse(f"“{name}” has no parts.", f"Write {name}=VALUE.")
    try:
        numbers = [int(one) for one in value.split(",")] if not isinstance(now, str) else []
    except ValueError as error:
        raise WrongUse(f"“{name}” is a number, or several with commas.", f"Such as {name}={_words(now)}") from error
    told[name] = value.strip() if isinstance(now, str) else numbers[0] if isinstance(now, int) else numbers


def _lines(found: dict[str, Any]) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            lines += [(f"{name}.{part}", str(inner)) for part, inner in value.items()]
        elif name == "social":
            lines += [(f"social {one['network']}", one["href"]) for one in value]
        else:
            lines.append((name, _words(value)))
    return lines


def _words(value: Any) -> str:
    return ",".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
