"""Commands on editions: variants and languages of a mail, their test, and test mails of them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from restock_desk.cli.frame import Db, Json, desk_for, say, table
from restock_desk.cli.templates import read_draft
from restock_desk.domain import editions as rules
from restock_desk.domain.handover import Handed
from restock_desk.domain.templates import Draft, Template
from restock_desk.errors import DeskError, WrongUse
from restock_desk.services import audience, experiments, templates, trials
from restock_desk.services import editions as editions_
from restock_desk.services.desk import Desk
from restock_desk.services.experiments import ArmFigures
from restock_desk.services.readers import Whom

editions = typer.Typer(help="Variants (A/B tests) and languages of a mail.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="TEMPLATE", help="The mail's name.")]
Variant = Annotated[str, typer.Option(help="A letter: A is the mail itself.")]
File = Annotated[Path | None, typer.Option(help="What it says; a copy of the mail if not given.")]


@editions.command("list")
def list_editions(template: Name, db: Db = "", json: Json = False) -> None:
    """A mail's editions, and what its test lays down."""
    _show(desk_for(db), template, json)


@editions.command("add-variant")
def add_variant(template: Name, file: File = None, db: Db = "", json: Json = False) -> None:
    """One more variant; every variant gets an equal share."""
    desk = desk_for(db)
    root = _root(desk, template)
    editions_.add_arm(desk, root.id, _draft(desk, root, file))
    _show(desk, root.name, json)


@editions.command("add-language")
def add_language(
    template: Name,
    language: Annotated[str, typer.Argument(help="Such as fr, pt-BR or zh-Hant.")],
    variant: Variant = "A",
    file: File = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """The mail, or one of its variants, in one more language."""
    desk = desk_for(db)
    root = _root(desk, template)
    editions_.add_language(desk, root.id, language, _arm(variant), _draft(desk, root, file))
    _show(desk, root.name, json)


@editions.command("language")
def set_language(template: Name, language: str, db: Db = "", json: Json = False) -> None:
    """Say in which language the mail itself is."""
    desk = desk_for(db)
    editions_.set_language(desk, _root(desk, template).id, language)
    _show(desk, template, json)


@editions.command("split")
def split(
    template: Name,
    shares: Annotated[list[float], typer.Argument(help="One for each variant, such as 50 50.")],
    metric: Annotated[str, typer.Option(help="What it is judged by: clicked or ordered.")] = "clicked",
    hours: Annotated[
        float | None, typer.Option(help="How long to wait after the last mail: 72, for orders 168.", show_default=False)
    ] = None,
    relevant: Annotated[float, typer.Option(help="The smallest difference that matters, in points.")] = 1.0,
    db: Db = "",
    json: Json = False,
) -> None:
    """Lay a test down: who gets which variant, what it is judged by, how long to wait, which difference matters."""
    desk = desk_for(db)
    editions_.set_test(desk, _root(desk, template).id, shares, hours, relevant / 100, metric)
    _show(desk, template, json)


@editions.command("remove")
def remove(
    template: Name,
    variant: Variant = "A",
    language: Annotated[str, typer.Option(help="Only its edition in this language.")] = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Take a variant or a language away. Campaigns that sent it keep it."""
    if variant.upper() == "A" and not language:
        raise WrongUse("That would be the mail itself.", "Say which edition: --variant B, --language de, or both.")
    desk = desk_for(db)
    editions_.remove(desk, _edition(desk, template, variant, language).id)
    _show(desk, template, json)


@editions.command("test")
def standing(template: Name, db: Db = "", json: Json = False) -> None:
    """How the test of a mail stands; a verdict only when it was ended and the time of waiting is over."""
    desk = desk_for(db)
    found = experiments.of_template(desk, _root(desk, template).id)
    if found is None:
        raise DeskError(f"“{template}” tests nothing.", "Add a variant first.")
    rows = [
        (one.name, f"{one.share:.0%}", one.counts.assigned, one.counts.sent, one.counts.in_doubt, one.counts.delivered,
         *(("–", "–") if found.running else (one.counts.clicked, one.counts.ordered)))
        for one in found.arms
    ]  # fmt: skip
    lines = table(("Variant", "Planned", "People", "Sent", "In doubt", "Delivered", "Clicked", "Ordered"), rows)
    lines += f"\nJudged by: {found.experiment.metric}"
    warnings = dict.fromkeys(words for verdict in found.verdicts for words in verdict.warnings)
    said = "\n".join([lines, *warnings, *(verdict.sentence for verdict in found.verdicts)])
    value = {
        "campaigns": found.campaigns,
        "metric": found.experiment.metric,
        "ended_at": found.experiment.ended_at,
        "closes_at": found.closes_at,
        "arms": [{"name": one.name, "share": one.share, **_counts(one, found.running)} for one in found.arms],
        "changed": found.changed,
        "decided": {"arm": found.experiment.chosen, "by": found.experiment.decided_by}
        if found.experiment.decided_at
        else None,
        "verdicts": [asdict(one) for one in found.verdicts],
    }
    say(value, json, said)


@editions.command("end")
def end(template: Name, db: Db = "", json: Json = False) -> None:
    """End the test: campaigns from now on send the mail itself; the verdict comes after the time of waiting."""
    desk = desk_for(db)
    experiments.end(desk, _root(desk, template).id)
    standing(template, db, json)


@editions.command("choose")
def choose(
    template: Name,
    variant: Annotated[str, typer.Argument(help="The letter of the variant that everybody gets from now on.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Decide an ended test: the variant becomes the mail, the others are taken away."""
    desk = desk_for(db)
    editions_.decide(desk, _root(desk, template).id, _arm(variant), reason)
    _show(desk, template, json)


@editions.command("try")
def try_(
    template: Name,
    event: Annotated[list[int], typer.Option("--event", help="The restock event.", metavar="ID")],
    subscriber: Annotated[str, typer.Option(help="For whom it is made: customer id or address.")],
    to: Annotated[list[str] | None, typer.Option(help="Where it goes; the seed list if not given.")] = None,
    variant: Annotated[str, typer.Option(help="Only this variant.")] = "",
    language: Annotated[str, typer.Option(help="Only this language.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the addresses as the seed list.")] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Send test mails of every edition, or of one. They are marked, and count nowhere."""
    desk = desk_for(db)
    addresses = trials.addresses(" ".join(to)) if to else trials.seeds(desk)
    if not addresses:
        raise WrongUse("There is no seed list yet.", "Say where to: --to name@example.com.")
    if keep:
        trials.keep_seeds(desk, " ".join(addresses))
    parts = editions_.parts(desk, _root(desk, template).id, every=True)
    if variant or language:
        wanted = _edition(desk, template, variant or "A", language).id
        parts = [part for part in parts if part.template_id == wanted]
    whom = Whom(audience.find(desk, subscriber).id, tuple(event))
    found = trials.send(desk, [(part.name, part.draft) for part in parts], whom, addresses)
    rows = [(one.edition or "the mail itself", one.address, one.receipt.handed.value) for one in found]
    say(
        [dict(zip(("edition", "to", "handed"), row, strict=True)) for row in rows],
        json,
        table(("Edition", "To", ""), rows),
    )
    raise typer.Exit(1 if any(one.receipt.handed is not Handed.SENT for one in found) else 0)


def _show(desk: Desk, name: str, json: bool) -> None:
    family = editions_.family(desk, _root(desk, name).id)
    shares = family.plan.shares if family.plan is not None else ()
    rows = [
        (
            rules.arm_name(one.arm),
            one.language or "everybody else",
            f"{shares[one.arm]:.0%}" if one.arm < len(shares) else ("100%" if not one.arm else "0%"),
            one.name,
            one.version,
        )
        for one in family.editions
    ]
    names = ("variant", "language", "share", "name", "version")
    value = [dict(zip(names, row, strict=True)) for row in rows]
    say(value, json, table(tuple(name.capitalize() for name in names), rows))


def _root(desk: Desk, name: str) -> Template:
    return editions_.family(desk, templates.by_name(desk, name).id).root


def _edition(desk: Desk, name: str, variant: str, language: str) -> Template:
    family = editions_.family(desk, _root(desk, name).id)
    found = family.of_arm(_arm(variant)).get(rules.tag(language) if language else "")
    if found is None:
        raise DeskError("This mail has no such edition.", "`editions list` shows what there is.")
    return found


def _arm(letter: str) -> int:
    if len(letter) != 1 or not "A" <= letter.upper() <= rules.arm_name(rules.MOST_ARMS - 1):
        raise WrongUse(f"“{letter}” is no variant.", "Write a letter: A is the mail itself.")
    return ord(letter.upper()) - ord("A")


def _draft(desk: Desk, root: Template, file: Path | None) -> Draft | None:
    """The file's words under the subject and sender of the mail."""
    if file is None:
        return None
    own = templates.version(desk, root.version_id).draft
    return read_draft(file, own.subject)


def _counts(one: ArmFigures, running: bool) -> dict[str, Any]:
    hidden = tuple(rules.METRICS) if running else ()
    return {name: value for name, value in asdict(one.counts).items() if name not in ("arm", *hidden)}
