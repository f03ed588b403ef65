"""A campaign, its ledger of deliveries, the legal moves between their states, and what a send reports."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from restock_desk.domain.audience import AudienceReport
from restock_desk.domain.editions import Experiment
from restock_desk.domain.ignoring import Decided
from restock_desk.domain.templates import Problem, RenderedMail


class CampaignState(StrEnum):
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    STARTED = "started"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    SKIPPED = "skipped"


S = DeliveryState
LEGAL_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    S.QUEUED: frozenset({S.CLAIMED, S.SKIPPED}),
    S.CLAIMED: frozenset({S.STARTED, S.QUEUED, S.SKIPPED, S.FAILED}),
    S.STARTED: frozenset({S.SENT, S.DEFERRED, S.FAILED, S.IN_DOUBT}),
    S.DEFERRED: frozenset({S.QUEUED, S.SKIPPED, S.FAILED}),
    S.IN_DOUBT: frozenset({S.SENT, S.FAILED, S.QUEUED}),
    S.FAILED: frozenset({S.QUEUED}),
    S.SENT: frozenset(),
    S.SKIPPED: frozenset(),
}
UNFINISHED = frozenset({S.QUEUED, S.CLAIMED, S.STARTED, S.DEFERRED})
"""A campaign may be called finished only when no delivery is in one of these."""


@dataclass(frozen=True)
class Campaign:
    """One send. `transport` is a URL without any password, such as outbox:/folder or smtp://host:587."""

    id: int
    name: str
    state: CampaignState
    event_ids: tuple[int, ...]
    template_id: int
    template_name: str
    version_id: int
    transport: str
    audience: int
    created_at: datetime
    created_by: str = ""
    origin: str = "launch"
    pause_reason: str = ""
    rate_limit_per_s: float | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    grace_until: datetime | None = None
    """Nothing leaves before; None = at once."""
    per_hour: int | None = None
    """Its own cap of mails a clock hour; None = the shop's."""
    approved: int | None = None
    """How many people whoever launched it saw before pressing Send."""
    hold_until: datetime | None = None
    """A limit lets nothing begin before; `hold_why` says which, as a sentence."""
    hold_why: str = ""


@dataclass(frozen=True)
class Delivery:
    """One row of the ledger with its payload. `reason` is a skip reason's name or the server's words."""

    id: int
    campaign_id: int
    subscriber_id: int
    email: str
    state: DeliveryState
    attempts: int = 0
    reason: str = ""
    fence: int = 0
    due_at: datetime | None = None
    started_at: datetime | None = None
    sent_at: datetime | None = None
    first_open_at: datetime | None = None
    first_click_at: datetime | None = None
    receipt: str = ""
    message_id: str = ""
    arm: int = 0
    """Of an A/B test, from 0."""
    locale: str = ""
    """The reader's, when it was launched."""


@dataclass(frozen=True)
class Chosen:
    """One edition that a campaign sends, as it was saved. The mail's own has arm 0 and no language."""

    template_id: int
    version_id: int
    arm: int = 0
    language: str = ""


@dataclass(frozen=True)
class Review:
    """All a person must see before pressing Send; a launch sends exactly these versions."""

    event_ids: tuple[int, ...]
    template_id: int
    version_id: int
    audience: AudienceReport
    samples: tuple[tuple[int, str, RenderedMail], ...] = ()
    """The first renders: subscriber id, address, mail."""
    problems: tuple[Problem, ...] = ()
    blocked: str = ""
    """Why it cannot be sent, as a sentence; empty when it can."""
    editions: tuple[Chosen, ...] = ()
    """Every edition that would leave, the mail's own first."""
    readers: tuple[tuple[str, int], ...] = ()
    """About how many people get each edition, by its name; empty where there is but one."""
    experiment: Experiment | None = None
    ignored: tuple[Decided, ...] = ()
    """Problems that somebody decided to live with; not in `problems`."""


@dataclass(frozen=True)
class Tally:
    """A campaign's deliveries counted by state (all eight keys, sum = audience) and skips by reason."""

    states: dict[DeliveryState, int]
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def audience(self) -> int:
        return sum(self.states.values())

    @property
    def unfinished(self) -> int:
        return sum(n for state, n in self.states.items() if state in UNFINISHED)

    @property
    def begun(self) -> int:
        """Mails that went onto the wire, however that ended."""
        return sum(self.states.get(state, 0) for state in (S.STARTED, S.SENT, S.DEFERRED, S.FAILED, S.IN_DOUBT))


@dataclass(frozen=True)
class Standing:
    """How a campaign stands at this moment. `due_at` = when something can be claimed next, if anything waits."""

    campaign: Campaign
    tally: Tally
    due_at: datetime | None = None


@dataclass(frozen=True)
class Cause:
    """Deliveries in one state for one reason: the words without addresses and ids (`domain.causes`), and an example."""

    state: DeliveryState
    words: str
    n: int
    example: int
    """The newest delivery of them."""
    example_words: str = ""
    """What was said of it, unmasked."""


@dataclass(frozen=True)
class SendReport:
    """What a send loop did until it ended. `state` is the campaign's state then."""

    campaign: int
    state: CampaignState
    sent: int
    failed: int
    skipped: int
    in_doubt: int
    deferred: int
    seconds: float
    rate_per_s: float
    pause_reason: str = ""


@dataclass(frozen=True)
class Doubt:
    """A delivery nobody can be sure of, with what is known, for a person to settle."""

    delivery_id: int
    campaign_id: int
    email: str
    since: datetime
    cause: str
    evidence: str = ""


@dataclass(frozen=True)
class Evidence:
    """All that is known of one delivery in doubt. With `message_id` a mail server's own log can be asked."""

    delivery: Delivery
    since: datetime
    through: str
    """The transport's address: which host had the mail last."""
    message_id: str
    came_back: tuple[tuple[datetime, str], ...] = ()
    """What came back for it since, newest first. Proof that it left settles the doubt by itself and is not here."""
