"""How fast a campaign goes and when it will end, for whoever looks once: a command, not a window that follows it."""

from collections.abc import Collection
from datetime import timedelta

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.pace import SETTLED_S, Outlook, Pace, outlook
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk

LOOK_S = SETTLED_S + 0.1


def pace_of(desk: Desk, campaign_id: int, token: CancelToken) -> Outlook:
    """A running campaign's pace by two looks, `LOOK_S` apart; a finished one's over its whole time, and when it ended.

    DeskError when there is none.
    """
    standing = campaigns.standing(desk, campaign_id)
    campaign, tally = standing.campaign, standing.tally
    if campaign.finished_at and campaign.started_at and campaign.state is CampaignState.FINISHED:
        began = max(campaign.started_at, campaign.grace_until or campaign.started_at)
        took = (campaign.finished_at - began) / timedelta(seconds=1)
        return Outlook(round(tally.begun / took, 1) if took >= 1 else None, ends_at=campaign.finished_at)
    if campaign.state is not CampaignState.RUNNING:
        return Outlook()
    return paces_of(desk, [campaign_id], token)[campaign_id]


def paces_of(desk: Desk, running: Collection[int], token: CancelToken) -> dict[int, Outlook]:
    """The same of several campaigns that run, all looked at twice with one wait between; none are waited for."""
    before = {id: Pace().seen(desk.now(), campaigns.tally(desk, id).begun) for id in running}
    if before:
        token.wait(LOOK_S)
    found = {}
    for id, pace in before.items():
        tally = campaigns.tally(desk, id)
        ready = tally.unfinished - tally.states[DeliveryState.DEFERRED]
        found[id] = outlook(pace.seen(desk.now(), tally.begun), ready)
    return found
