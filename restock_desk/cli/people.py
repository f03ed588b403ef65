"""Commands that look: one person's story, and what came back from sends."""

from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, plain, plain_line, say, table
from restock_desk.domain.feedback import Rate, ReportQuestion
from restock_desk.services import audience, campaigns
from restock_desk.services import feedback as feedback_

feedback = typer.Typer(help="What came back.", no_args_is_help=True)


def person(who: Annotated[str, typer.Argument(metavar="CUSTOM_ID_OR_EMAIL")], db: Db = "", json: Json = False) -> None:
    """Everything about one person: consent, waits, deliveries with reasons, timeline."""
    desk = desk_for(db)
    found = audience.person(desk, audience.find(desk, who).id)
    someone = found.subscriber
    lines = [
        plain_line(f"{someone.email}  {someone.first_name} {someone.last_name}"),
        f"consent {someone.consent.value}"
        + (f", suppressed: {someone.suppressed.value}" if someone.suppressed else ""),
        *(
            plain_line(f"waits for {sku} {product} {variant}: {i.state.value}")
            for i, product, variant, sku in found.interests
        ),
        *(
            plain_line(
                " ".join(filter(None, (f"delivery {d.id}: {d.state.value}", found.editions.get(d.id), d.reason)))
            )
            for d in found.deliveries
        ),
        table(("When", "What", "Detail"), [(e.at, e.title, e.detail) for e in found.timeline]),
    ]
    waits = [{**plain(wait), "product": name, "variant": one, "sku": sku} for wait, name, one, sku in found.interests]
    say({**plain(found), "interests": waits}, json, "\n".join(lines))


@feedback.command("stats")
def stats(
    campaign: Annotated[int | None, typer.Option(help="Only this campaign.", metavar="ID")] = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Counts and rates, as defined in the user guide."""
    desk = desk_for(db)
    if campaign is not None:
        campaigns.campaign(desk, campaign)
    found = feedback_.stats(desk, ReportQuestion(campaign_id=campaign))
    lines = [f"{name:<18} {n:>10,}" for name, n in found.counts.items()]
    lines += [
        f"{name:<18} {_rate(rate):>10}  {rate.numerator:,} of {rate.denominator:,} {rate.of}"
        for name, rate in found.rates.items()
    ]
    say(found, json, "\n".join([*lines, *found.notes]))


@feedback.command("new-key")
def new_key(
    source: Annotated[str, typer.Argument(help="Who will post: a short name.", metavar="SOURCE")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Make the ingestion key of a source that posts feedback. Shown once; an older one of the source stops working."""
    key = feedback_.new_ingestion_key(desk_for(db), source)
    say({"source": source, "key": key}, json, f"{key}\nKeep it: it is not shown again.")


def _rate(rate: Rate) -> str:
    return "–" if rate.rate is None else f"{rate.rate:.2%}"
