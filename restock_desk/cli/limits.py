"""Commands on the brakes: limits, the kill switch, and which copy of the database may send."""

from dataclasses import asdict
from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, say, table
from restock_desk.domain import limit_words
from restock_desk.domain import limits as rules
from restock_desk.errors import WrongUse
from restock_desk.services import home
from restock_desk.services import limits as limits_

limits = typer.Typer(help="Limits of sending: rates, caps, quiet hours, warm-up, brakes.", no_args_is_help=True)
kill_switch = typer.Typer(help="Stop all sending at once, everywhere.", no_args_is_help=True)
clone = typer.Typer(help="Which copy of the database is the one that sends.", no_args_is_help=True)

Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


@limits.command("show")
def show(db: Db = "", json: Json = False) -> None:
    """All limits, and what transports let through today."""
    desk = desk_for(db)
    found, used = limits_.limits(desk), limits_.usage(desk)
    lines = [*limit_words.lines(found), *((f"sent today through {name}", f"{n:,}") for name, n in used)]
    say({**rules.to_json(found), "today": dict(used)}, json, table(("Limit", "Value"), lines))


@limits.command("set")
def set_(
    settings: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE…", help='Such as rate=10 quiet="22:00-08:00" hard=2% late_h=6')
    ],
    transport: Annotated[str, typer.Option(help="Whose rate and warm_up; the profile's when left out.")] = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Change limits; an empty value takes one away. warm_up="2026-03-01 50 1.5 10000": day, mails, factor, end."""
    desk = desk_for(db)
    found, route = limits_.limits(desk), rules.route(transport or desk.transport)
    for word in settings:
        name, equals, value = word.partition("=")
        if not equals:
            raise WrongUse("Write limits as NAME=VALUE.", f"Names are: {', '.join(limit_words.NAMES)}.")
        try:
            found = limit_words.changed(found, name.strip().replace("-", "_"), value, route)
        except ValueError as error:
            raise WrongUse(str(error), "Nothing was changed.") from error
    saved = limits_.save(desk, found)
    say(rules.to_json(saved), json, table(("Limit", "Value"), limit_words.lines(saved)))


@limits.command("campaign")
def campaign(
    campaign_id: Annotated[int, typer.Argument(metavar="ID")],
    rate: Annotated[float | None, typer.Option(help="At most so many mails a second.")] = None,
    per_hour: Annotated[int | None, typer.Option(help="At most so many mails a clock hour.")] = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Replace one campaign's own rate and cap; what is left out is none."""
    limits_.limit_campaign(desk_for(db), campaign_id, rate, per_hour)
    value = {"campaign": campaign_id, "rate_per_s": rate, "per_hour": per_hour}
    say(value, json, f"Campaign {campaign_id}: {rate or 'no'} a second, {per_hour or 'no'} an hour.")


@kill_switch.command("on")
def on(reason: Reason = "", db: Db = "", json: Json = False) -> None:
    """Stop all sending: two seconds from now nobody begins a mail. Everybody may."""
    pulled = limits_.stop(desk_for(db), reason)
    say({"stopped": asdict(pulled)}, json, f"All sending is stopped, since {pulled.at:%Y-%m-%d %H:%M} UTC.")


@kill_switch.command("off")
def off(reason: Reason, db: Db = "", json: Json = False) -> None:
    """Let mail leave again. Managers only, with a reason."""
    limits_.lift(desk_for(db), reason)
    say({"stopped": None}, json, "Mail may leave again.")


@kill_switch.command("status")
def status(db: Db = "", json: Json = False) -> None:
    """Whether all sending is stopped. Exits 1 when it is."""
    pulled = limits_.stopped(desk_for(db))
    words = "Mail may leave."
    if pulled is not None:
        words = f"All sending is stopped by {pulled.by} since {pulled.at:%Y-%m-%d %H:%M} UTC. {pulled.reason}".rstrip()
    say({"stopped": asdict(pulled) if pulled else None}, json, words)
    raise typer.Exit(1 if pulled else 0)


@clone.command("status")
def clone_status(db: Db = "", json: Json = False) -> None:
    """Whether this is the database that sends. Exits 1 when it may not."""
    found = home.place(desk_for(db))
    say(found, json, found.why or f"This database sends from {found.here}.")
    raise typer.Exit(1 if found.why else 0)


@clone.command("confirm")
def clone_confirm(reason: Reason, db: Db = "", json: Json = False) -> None:
    """Say that this is the database that sends, and from here. Managers only. Make sure that the other one does not."""
    found = home.confirm(desk_for(db), reason)
    say(found, json, f"This database sends from {found.here} now.")
