"""Commands on the shop's own settings: what the Settings page keeps for all who share the database."""

from dataclasses import asdict, fields, replace
from typing import Annotated, Any

import typer

from restock_desk.cli.frame import Db, Json, desk_for, say, table
from restock_desk.domain.addresses import parse
from restock_desk.domain.shop import Shop
from restock_desk.errors import WrongUse
from restock_desk.services import mail_programs
from restock_desk.services import shop as shop_

shop = typer.Typer(help="The shop's settings: names, sender, links.", no_args_is_help=True)
_NAMES = tuple(field.name for field in fields(Shop) if field.type is str)
_ADDRESSES = ("sender_email", "reply_to", "unsubscribe_email")


@shop.command("show")
def show(db: Db = "", json: Json = False) -> None:
    """All settings of the shop."""
    found = {name: value for name, value in asdict(shop_.shop(desk_for(db))).items() if name in _NAMES}
    say(found, json, table(("Setting", "Value"), list(found.items())))


@shop.command("set")
def set_(
    settings: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="Such as sender_email=hi@shop.example")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Change settings of the shop. An empty value clears one."""
    told: dict[str, Any] = dict(_told(word) for word in settings)
    desk = desk_for(db)
    saved = shop_.save(desk, replace(shop_.shop(desk), **told))
    say({name: getattr(saved, name) for name in told}, json, "\n".join(f"{n}: {v}" for n, v in told.items()))


def _told(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    name, value = name.strip().replace("-", "_"), value.strip()
    if not equals or name not in _NAMES:
        raise WrongUse("Write settings as NAME=VALUE.", f"Names are: {', '.join(_NAMES)}.")
    if name == "public_url" and value and not value.startswith(("https://", "http://")):
        raise WrongUse("The public address must begin with https://.", "Write public_url=https://alerts.shop.example")
    if name == "mail_programs":
        return name, mail_programs.checked(value)
    if name in _ADDRESSES and value:
        try:
            return name, parse(value)[0]
        except ValueError as error:
            raise WrongUse(str(error), f"Write {name}=hello@shop.example") from error
    return name, value
