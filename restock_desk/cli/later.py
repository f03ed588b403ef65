"""All commands by name, and where each stands. They are loaded when they are called: `--help` loads none of them."""

import gc
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = {
    "compile": (
        "templates:compile_",
        "Compile a template from a file. Ends with 1 where it has an error; problems name their line.",
    ),
    "render": ("templates:render", "Render one mail exactly as a send would."),
    "lint": (
        "lint:lint",
        "Check a template by every rule. Ends with 1 when there is an error; warnings and hints are told with 0.",
    ),
    "audience": ("campaigns:audience", "Who would get an alert for an event, and who would not, by reason."),
    "preflight": (
        "preflight:preflight",
        "Render everybody who would get the alert, and group what is wrong. Sends nothing.",
    ),
    "send": ("campaigns:send", "Send the alert for an event to everybody who waits and may be mailed."),
    "person": ("people:person", "Everything about one person: consent, waits, deliveries with reasons, timeline."),
    "resend": ("campaigns:resend", "Send one person's mail again, through the transport of its campaign."),
    "serve": ("service:serve", "Run the web service: opens, clicks, unsubscribes and feedback events."),
    "worker": (
        "service:worker",
        "Deliver what is queued on a shared PostgreSQL, until stopped. Any number, on any number of machines.",
    ),
    "doctor": ("service:doctor", "Look at everything the desk needs. Exits 1 when something is wrong."),
    "demo": (
        "demo:demo",
        "Make the sample shop and open it. Its mail goes to an outbox folder; nothing can reach a real person.",
    ),
    "db": ("data:database", "Bring the database up to date, check it, back it up."),
    "shop": ("shop:shop", "The shop's settings: names, sender, links."),
    "import": ("data:imports", "Import files."),
    "stock": ("data:stock", "Set stock."),
    "restocks": ("data:restocks", "Restock events."),
    "templates": ("templates:templates", "Templates."),
    "editions": ("editions:editions", "Variants (A/B tests) and languages of a mail."),
    "blocks": ("blocks:blocks", "Saved blocks: rows kept under a name, used in several e-mails."),
    "brand": ("brand:brand", "The brand kit: colours, fonts, sizes, links of all documents."),
    "campaigns": ("campaigns:campaigns", "Campaigns."),
    "transports": ("transports:transports", "The ways mail leaves."),
    "feedback": ("people:feedback", "What came back."),
    "limits": ("limits:limits", "Limits of sending: rates, caps, quiet hours, warm-up, brakes."),
    "kill-switch": ("limits:kill_switch", "Stop all sending at once, everywhere."),
    "clone": ("limits:clone", "Which copy of the database is the one that sends."),
    "workers": ("service:workers", "Send workers."),
}
"""Name → module:attribute in this package, and the one line that stands in the list of all commands."""


class Later(TyperGroup):
    """The program's commands, of which only the one that is called is loaded."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that was called, and what was written behind it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, loaded(name) if name in COMMANDS else command, rest


def stand_in(program: typer.Typer) -> None:
    """Give the program a line for each command."""
    for name, (_, words) in COMMANDS.items():
        program.command(name, help=words)(_nothing)


def loaded(name: str) -> Any:
    """The command itself, or the group of commands."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = _imported(module, attribute)
    around = typer.Typer(add_completion=False)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    return get_group(around).commands[name]


def _imported(module: str, name: str) -> Any:
    """Without a look for garbage meanwhile: nothing that is loaded is ever some, and looking takes a quarter of it."""
    looking = gc.isenabled()
    gc.disable()
    try:
        return getattr(import_module(f"restock_desk.cli.{module}"), name)
    finally:
        if looking:
            gc.enable()


def _nothing() -> None:
    """Stands for a command that is not loaded yet."""
