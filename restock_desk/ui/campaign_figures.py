"""What moves while a campaign runs, as three figures: how much is done, how fast, and when it will end."""

import math
from datetime import datetime, timedelta

from PySide6.QtWidgets import QWidget

from restock_desk.domain.campaigns import Campaign, CampaignState, DeliveryState, Standing
from restock_desk.domain.pace import SILENT_S, Pace, span_words
from restock_desk.ui import theme

S = CampaignState
Words = tuple[str, str]
_TIPS = {
    "Done": "Deliveries that are sent, failed, in doubt or skipped, of the audience. Never rounded up.",
    "Rate": "Mails begun per second, smoothed over about eight seconds.",
    "End": "When the queue will be empty at this rate. Retries of deferred mails may come later.",
}


class Figure(QWidget):
    """A caption, a large value and a line below. Only texts that changed are set."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.name, self._value, self._more = theme.caption(name), theme.title("–"), theme.caption("")
        self.setToolTip(theme.tooltip(_TIPS[name]))
        self.setLayout(theme.column(self.name, self._value, self._more, spacing=0))

    def show_words(self, value: str, more: str) -> None:
        for part, words in ((self._value, value), (self._more, more)):
            if part.text() != words:
                part.setText(words)
        self.setAccessibleName(f"{self.name.text()}: {value}, {more}")

    @property
    def words(self) -> Words:
        return self._value.text(), self._more.text()


class Figures(QWidget):
    """Knows the campaign it shows by its number; another one begins anew."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.done, self.rate, self.end = Figure("Done"), Figure("Rate"), Figure("End")
        self._of: int | None = None
        self._pace = Pace()
        line = theme.row(self.done, self.rate, self.end, spacing=3 * theme.SPACE)
        for place, stretch in enumerate((5, 4, 5)):
            line.setStretch(place, stretch)
        self.setLayout(line)

    def show_standing(self, standing: Standing, now: datetime) -> None:
        """Take a look into account. Call it at even times: twice a second while something moves."""
        campaign, tally = standing.campaign, standing.tally
        if campaign.id != self._of or campaign.state is not S.RUNNING:
            self._of, self._pace = campaign.id, Pace()
        if campaign.state is S.RUNNING:
            self._pace = self._pace.seen(now, tally.begun)
        settled = tally.audience - tally.unfinished
        share = math.floor(1000 * settled / tally.audience) / 10 if tally.audience else 0.0
        how = f"{tally.begun:,} mailed" if campaign.state is S.CANCELLED else f"{share:.1f} %"
        self.done.show_words(f"{settled:,}", f"of {tally.audience:,} · {how}")
        self.rate.show_words(*rate_words(standing, self._pace))
        self.end.show_words(*end_words(standing, self._pace, now))


def rate_words(standing: Standing, pace: Pace) -> Words:
    """The rate now, or over the whole time when it is over."""
    campaign, tally = standing.campaign, standing.tally
    if campaign.state is S.FINISHED:
        took = _took(campaign)
        mean = tally.begun / took.total_seconds() if took and took.total_seconds() >= 1 else None
        return (_number(mean), "per second on average") if mean else ("–", "too short to tell")
    if campaign.state is not S.RUNNING:
        return "–", "nothing moves"
    rate = pace.rate_per_s
    limit = f" · limit {_number(campaign.rate_limit_per_s)}" if campaign.rate_limit_per_s else ""
    if rate is None:
        return "–", f"measuring{limit}"
    if not rate:
        return "0", f"nothing for {span_words(timedelta(seconds=max(pace.silent_s, SILENT_S)))}"
    return _number(rate), f"per second{limit}"


def end_words(standing: Standing, pace: Pace, now: datetime) -> Words:
    """When it will end, or ended, or why that cannot be told."""
    campaign, tally = standing.campaign, standing.tally
    if campaign.state is S.FINISHED and campaign.finished_at:
        took = _took(campaign)
        return _clock(campaign.finished_at, now), f"took {span_words(took)}" if took else "finished"
    if campaign.state is S.CANCELLED:
        return "–", "cancelled"
    if campaign.state is S.PAUSED:
        return "–", f"paused · {tally.unfinished:,} left"
    if campaign.state is S.PREPARING:
        return "–", "still being prepared"
    if campaign.grace_until and campaign.grace_until > now:
        return "–", f"starts {_clock(campaign.grace_until, now)}"
    waiting = tally.states[DeliveryState.DEFERRED]
    ready = tally.unfinished - waiting
    if not ready and waiting and standing.due_at:
        return _clock(standing.due_at, now), f"next retry · {waiting:,} wait"
    left = pace.left(ready)
    if left is None:
        return "–", f"{tally.unfinished:,} left"
    more = f" · {waiting:,} retry later" if waiting else ""
    return _clock(now + left, now), f"about {span_words(left)} left{more}"


def _took(campaign: Campaign) -> timedelta | None:
    if campaign.finished_at is None or campaign.started_at is None:
        return None
    begin = max(campaign.started_at, campaign.grace_until or campaign.started_at)
    return max(campaign.finished_at - begin, timedelta())


def _clock(at: datetime, now: datetime) -> str:
    """The time of day in this machine's zone, with the day when it is not today."""
    here = at.astimezone()
    return f"{here:%H:%M}" if here.date() == now.astimezone().date() else f"{here.day} {here:%b %H:%M}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
