"""Commands that send, watch sends, and send again."""

import sys
from typing import Annotated

import typer

from restock_desk.cli.frame import (
    Db,
    Json,
    database,
    desk_for,
    plain_line,
    problem_line,
    progress_line,
    say,
    stoppable,
    table,
    wrong_use,
)
from restock_desk.cli.preflight import before_send
from restock_desk.domain.audience import EXCLUSION_WORDS, AudienceReport
from restock_desk.domain.campaigns import Campaign, CampaignState, SendReport
from restock_desk.domain.listing import Listing
from restock_desk.domain.pace import Outlook
from restock_desk.domain.templates import Severity
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns as campaigns_
from restock_desk.services import delivery, limits, listing, restocks, support, templates
from restock_desk.services import pace as pace_
from restock_desk.services.desk import Desk
from restock_desk.worker import several

campaigns = typer.Typer(help="Campaigns.", no_args_is_help=True)

Event = Annotated[list[int], typer.Option("--event", help="The restock event; may be given again.", metavar="ID")]
Id = Annotated[int, typer.Argument(metavar="ID")]
Processes = Annotated[
    int,
    typer.Option(min=1, max=64, help="Processes that send at once, one a core at most; no more help with an outbox."),
]


def audience(event: Event, db: Db = "", json: Json = False) -> None:
    """Who would get an alert for an event, and who would not, by reason."""
    report = restocks.audience(desk_for(db), tuple(event))
    say(_audience(report), json, _audience_words(report))


def send(
    event: Event,
    template: Annotated[str, typer.Option(help="The template's name.")],
    transport: Annotated[
        str, typer.Option(help="A name from `transports list`, smtp://HOST:PORT, outbox:DIR or a provider's address.")
    ] = "",
    limit_rate: Annotated[float | None, typer.Option(help="At most this many mails per second.", min=0.001)] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Do not ask, do not wait for second thoughts or settled stock."),
    ] = False,
    processes: Processes = 1,
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
    limits.refuse_when_stopped(desk)
    delivery.recover(desk)
    review = campaigns_.review(desk, tuple(event), templates.by_name(desk, template).id)
    if review.blocked:
        raise DeskError(review.blocked)
    for problem in review.problems:
        if problem.severity is not Severity.INFO:
            print(problem_line(problem), file=sys.stderr)
    if review.ignored:
        print(f"{len(review.ignored)} ignored with a reason.", file=sys.stderr)
    if not json:
        print(_audience_words(review.audience))
    before_send(desk, review, json)
    if not yes and not typer.confirm(f"Send to {review.audience.eligible:,}?"):
        raise typer.Exit(1)
    with stoppable() as token:
        show = progress_line(json)
        grace_s = 0 if yes else campaigns_.UNDO_S
        campaign = campaigns_.launch(
            desk, review, None, limit_rate, name, grace_s, settled=not yes, token=token, progress=show
        )
        if grace_s:
            _second_thoughts(desk, campaign, token)
        report = several.carry_out(desk, database(db), campaign.id, processes, token, show)
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
    """The latest campaigns, newest first; of those that run now also how fast they go and when they will end."""
    desk = desk_for(db)
    rows = listing.page(desk, Listing("campaigns", sort="created_at", descending=True), 0, limit)
    names = (
        "name",
        "state",
        "audience",
        "sent",
        "handed_over",
        "failed",
        "in_doubt",
        "skipped",
        "template",
        "transport",
        "created_at",
        "rate_per_s",
        "ends_at",
    )
    running = [row.id for row in rows if row.values[1] == CampaignState.RUNNING.value]
    with stoppable() as token:
        paces = pace_.paces_of(desk, running, token)
    speeds = {row.id: paces.get(row.id, Outlook()) for row in rows}
    cells = [(row.id, *row.values, speeds[row.id].rate_per_s, speeds[row.id].ends_at) for row in rows]
    value = [dict(zip(("id", *names), cell, strict=True)) for cell in cells]
    say(value, json, table(("ID", *(name.replace("_", " ").capitalize() for name in names)), cells))


@campaigns.command("show")
def show(campaign_id: Id, db: Db = "", json: Json = False) -> None:
    """One campaign: how it stands, how fast it goes, when it will end, and a count per ledger state."""
    desk = desk_for(db)
    campaign, tally = campaigns_.campaign(desk, campaign_id), campaigns_.tally(desk, campaign_id)
    states = {state.value: n for state, n in tally.states.items()}
    doubts = [
        {"delivery": d.delivery_id, "email": d.email, "since": d.since, "cause": d.cause}
        for d in campaigns_.doubts(desk, campaign_id)
    ]
    causes = campaigns_.causes(desk, campaign_id)
    with stoppable() as token:
        speed = pace_.pace_of(desk, campaign_id, token)
    value = {
        "campaign": campaign,
        "pace": speed,
        "states": states,
        "skipped": tally.skipped,
        "audience": tally.audience,
        "causes": causes,
        "doubts": doubts,
    }
    lines = [f"{campaign.id}  {campaign.name}: {campaign.state.value} {campaign.pause_reason}".rstrip()]
    if campaign.hold_until is not None and campaign.hold_until > desk.now():
        lines.append(f"  {campaign.hold_why}")
    lines += [f"  {speed.words}"] if speed.words else []
    lines += [f"  {state:<10} {n:>8,}" for state, n in states.items()]
    lines += [f"  {cause.state.value} because {plain_line(cause.words)}: {cause.n:,}" for cause in causes]
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
def resume(campaign_id: Id, processes: Processes = 1, db: Db = "", json: Json = False) -> None:
    """Go on in the foreground, with the campaign's own transport."""
    desk = desk_for(db)
    delivery.recover(desk)
    campaigns_.resume(desk, campaign_id)
    _ended(_deliver(desk, database(db), campaign_id, processes, json), json)


@campaigns.command("retry-failed")
def retry_failed(
    campaign_id: Id,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")],
    cause: Annotated[
        str, typer.Option(help="Only those that failed for this reason: words as `campaigns show` has them, or a part.")
    ] = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Queue the failed deliveries again, all or those of one cause, and send them in the foreground."""
    desk = desk_for(db)
    meant = support.failed_cause(desk, campaign_id, cause) if cause else None
    moved = support.retry_failed(desk, campaign_id, reason, meant)
    if not json:
        print(f"{moved:,} queued again.", file=sys.stderr)
    if campaigns_.campaign(desk, campaign_id).state is CampaignState.PAUSED:
        _state(campaigns_.campaign(desk, campaign_id), json)
        raise typer.Exit(0)
    _ended(_deliver(desk, database(db), campaign_id, 1, json), json)


@campaigns.command("settle")
def settle(
    delivery_ids: Annotated[list[int], typer.Argument(metavar="DELIVERY_ID…")],
    outcome: Annotated[str, typer.Option("--as", help="sent or again (may arrive twice).")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")],
    db: Db = "",
    json: Json = False,
) -> None:
    """Settle deliveries that are in doubt, one or several."""
    if outcome not in ("sent", "again"):
        wrong_use("Write --as sent or --as again.")
    desk = desk_for(db)
    if len(delivery_ids) == 1:
        settled = support.settle(desk, delivery_ids[0], outcome, reason)
        say(settled, json, f"Delivery {settled.id} is {settled.state.value} now.")
        return
    with stoppable() as token:
        n = support.settle_all(desk, delivery_ids, outcome, reason, token, progress_line(json))
    left = len(set(delivery_ids)) - n
    words = f"{n:,} settled." + (f" {left:,} were not in doubt any more." if left else "")
    say({"settled": n, "not_in_doubt": left}, json, words)


def _second_thoughts(desk: Desk, campaign: Campaign, token: CancelToken) -> None:
    """Wait until the launch cannot be undone any more, counting down where somebody sees it. Ctrl+C takes it back."""
    seen = sys.stderr.isatty()
    for left in range(campaigns_.UNDO_S, 0, -1):
        if seen:
            print(f"\rNothing has left yet. Ctrl+C within {left} s takes it back.\x1b[K", end="", file=sys.stderr)
        if token.wait(1.0):
            break
    if seen:
        print("\r\x1b[K", end="", file=sys.stderr)
    if token.cancelled:
        begun = campaigns_.take_back(desk, campaign.id)
        done = f"{begun:,} mails had left already." if begun else "Nothing was sent."
        raise DeskError(f"Campaign {campaign.id} was taken back.", done)


def _deliver(desk: Desk, url: str, campaign_id: int, processes: int, json: bool) -> SendReport:
    limits.refuse_when_stopped(desk)
    with stoppable() as token:
        return several.carry_out(desk, url, campaign_id, processes, token, progress_line(json))


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
