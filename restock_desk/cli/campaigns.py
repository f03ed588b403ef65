"""Commands that send, watch sends, and send again."""

import sys
from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, progress_line, say, stoppable, table, wrong_use
from restock_desk.domain.audience import EXCLUSION_WORDS, AudienceReport
from restock_desk.domain.campaigns import CampaignState, SendReport
from restock_desk.domain.listing import Listing
from restock_desk.errors import DeskError
from restock_desk.services import campaigns as campaigns_
from restock_desk.services import delivery, listing, restocks, support, templates, workers
from restock_desk.services.desk import Desk

campaigns = typer.Typer(help="Campaigns.", no_args_is_help=True)

Event = Annotated[list[int], typer.Option("--event", help="The restock event; may be given again.", metavar="ID")]
Id = Annotated[int, typer.Argument(metavar="ID")]


def audience(event: Event, db: Db = "", json: Json = False) -> None:
    """Who would get an alert for an event, and who would not, by reason."""
    report = restocks.audience(desk_for(db), tuple(event))
    say(_audience(report), json, _audience_words(report))


def send(
    event: Event,
    template: Annotated[str, typer.Option(help="The template's name.")],
    transport: Annotated[str, typer.Option(help="smtp://HOST:PORT, smtps://HOST:PORT or outbox:DIR.")] = "",
    limit_rate: Annotated[float | None, typer.Option(help="At most this many mails per second.", min=0.001)] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask, and do not wait until the stock has settled.")
    ] = False,
    name: str = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Send the alert for an event to everybody who waits and may be mailed."""
    if not yes and not sys.stdin.isatty():
        wrong_use("Nobody is there to confirm the send. Add --yes to send without asking.")
    if transport and "@" in transport and ":" in transport.partition("//")[2].rpartition("@")[0]:
        wrong_use("A password must not stand in the transport's address. Put it into the keyring or the secrets file.")
    desk = desk_for(db, transport)
    campaigns_.check_transport(desk)
    delivery.recover(desk)
    review = campaigns_.review(desk, tuple(event), templates.by_name(desk, template).id)
    if review.blocked:
        raise DeskError(review.blocked)
    if not json:
        print(_audience_words(review.audience))
    if not yes and not typer.confirm(f"Send to {review.audience.eligible:,}?"):
        raise typer.Exit(1)
    with stoppable() as token:
        show = progress_line(json)
        campaign = campaigns_.launch(
            desk, review, transport or None, limit_rate, name, settled=not yes, token=token, progress=show
        )
        report = workers.carry_out(desk, campaign.id, token, show)
    _ended(report, json)


def resend(
    delivery_id: Annotated[int, typer.Argument(metavar="DELIVERY_ID")],
    reason: Annotated[str, typer.Option(help="Why it is sent again; kept in the audit trail.")],
    override: Annotated[
        bool, typer.Option("--override", help="Send although there is a warning that allows it.")
    ] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Send one person's mail again, through the transport of its campaign."""
    _ended(support.resend(desk_for(db), delivery_id, reason, override), json)


@campaigns.command("list")
def list_campaigns(limit: int = 50, db: Db = "", json: Json = False) -> None:
    """The latest campaigns, newest first."""
    rows = listing.page(desk_for(db), Listing("campaigns", sort="created_at", descending=True), 0, limit)
    names = (
        "name",
        "state",
        "audience",
        "sent",
        "failed",
        "in_doubt",
        "skipped",
        "template",
        "transport",
        "created_at",
    )
    value = [{"id": row.id, **dict(zip(names, row.values, strict=True))} for row in rows]
    cells = [(row.id, *row.values) for row in rows]
    say(value, json, table(("ID", *(name.replace("_", " ").capitalize() for name in names)), cells))


@campaigns.command("show")
def show(campaign_id: Id, db: Db = "", json: Json = False) -> None:
    """One campaign with a count per ledger state."""
    desk = desk_for(db)
    campaign, tally = campaigns_.campaign(desk, campaign_id), campaigns_.tally(desk, campaign_id)
    states = {state.value: n for state, n in tally.states.items()}
    doubts = [
        {"delivery": d.delivery_id, "email": d.email, "since": d.since, "cause": d.cause}
        for d in campaigns_.doubts(desk, campaign_id)
    ]
    value = {
        "campaign": campaign,
        "states": states,
        "skipped": tally.skipped,
        "audience": tally.audience,
        "doubts": doubts,
    }
    lines = [f"{campaign.id}  {campaign.name}: {campaign.state.value} {campaign.pause_reason}".rstrip()]
    lines += [f"  {state:<10} {n:>8,}" for state, n in states.items()]
    lines += [f"  skipped because {reason}: {n:,}" for reason, n in tally.skipped.items()]
    lines += [f"  in doubt: delivery {d['delivery']}: {d['cause']}" for d in doubts]
    say(value, json, "\n".join(lines))


@campaigns.command("pause")
def pause(campaign_id: Id, db: Db = "", json: Json = False) -> None:
    """Stop claiming; what is on the wire ends."""
    _state(campaigns_.pause(desk_for(db), campaign_id), json)


@campaigns.command("cancel")
def cancel(campaign_id: Id, db: Db = "", json: Json = False) -> None:
    """End a campaign for good; whoever was not mailed yet is skipped."""
    _state(campaigns_.cancel(desk_for(db), campaign_id), json)


@campaigns.command("resume")
def resume(campaign_id: Id, db: Db = "", json: Json = False) -> None:
    """Go on in the foreground, with the campaign's own transport."""
    desk = desk_for(db)
    delivery.recover(desk)
    campaigns_.resume(desk, campaign_id)
    _ended(_deliver(desk, campaign_id, json), json)


@campaigns.command("retry-failed")
def retry_failed(campaign_id: Id, reason: Annotated[str, typer.Option()], db: Db = "", json: Json = False) -> None:
    """Queue the failed deliveries again and send them in the foreground."""
    desk = desk_for(db)
    support.retry_failed(desk, campaign_id, reason)
    _ended(_deliver(desk, campaign_id, json), json)


@campaigns.command("settle")
def settle(
    delivery_id: Annotated[int, typer.Argument(metavar="DELIVERY_ID")],
    outcome: Annotated[str, typer.Option("--as", help="sent or again (may arrive twice).")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Settle a delivery that is in doubt."""
    if outcome not in ("sent", "again"):
        wrong_use("Write --as sent or --as again.")
    settled = support.settle(desk_for(db), delivery_id, outcome, reason)
    say(settled, json, f"Delivery {delivery_id} is {settled.state.value} now.")


def _deliver(desk: Desk, campaign_id: int, json: bool) -> SendReport:
    with stoppable() as token:
        return workers.carry_out(desk, campaign_id, token, progress_line(json))


def _state(campaign: object, json: bool) -> None:
    state = getattr(campaign, "state", CampaignState.PAUSED)
    say({"campaign": getattr(campaign, "id", None), "state": state}, json, f"The campaign is {state}.")


def _ended(report: SendReport, json: bool) -> None:
    words = (
        f"Campaign {report.campaign} is {report.state.value}: {report.sent:,} sent, {report.failed:,} failed, "
        f"{report.skipped:,} skipped, {report.in_doubt:,} in doubt, {report.deferred:,} deferred "
        f"in {report.seconds:.1f} s ({report.rate_per_s:,.0f} per second). {report.pause_reason}".rstrip()
    )
    say(report, json, words)
    raise typer.Exit(0 if report.state is CampaignState.FINISHED else 1)


def _audience(report: AudienceReport) -> dict[str, object]:
    excluded = {reason.value: n for reason, n in report.excluded.items()}
    return {"waiting": report.waiting, "eligible": report.eligible, "excluded": excluded, "units": report.units}


def _audience_words(report: AudienceReport) -> str:
    lines = [f"{report.waiting:,} wait, {report.eligible:,} would get the alert."]
    return "\n".join(lines + [f"  {n:>8,}  {EXCLUSION_WORDS[reason]}" for reason, n in report.excluded.items() if n])
