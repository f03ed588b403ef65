"""Where the columns of each list come from: one `Spec` per noun of `domain.listing.LISTS`. No questions asked here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Table,
    TextClause,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    text,
)

from restock_desk.domain.editions import MOST_ARMS, arm_name
from restock_desk.store import schema as s

Expression = ColumnElement[Any]


@dataclass(frozen=True)
class Indexed:
    """A search through the index of `noun` (see `search`): `key` is this list's column that holds the noun's id."""

    noun: str
    key: Expression

    def texts(self, words: str) -> tuple[Expression, ...]:
        """The same texts as columns, read instead where that is quicker or the index is missing."""
        if self.noun == "subscriber":
            return _PERSON
        return _ARTICLE if len(words) >= 3 else (_V.sku, _V.product_title)


@dataclass(frozen=True)
class Spec:
    """`joins` are outer ones on unique columns, taken only where a question names their columns."""

    table: Table
    columns: Mapping[str, Expression]
    order: str
    """The column sorted by when nothing is said; descending where `newest_first`."""
    newest_first: bool = False
    joins: tuple[tuple[FromClause, Expression], ...] = ()
    search: tuple[Indexed | Expression, ...] = ()
    scope: Mapping[str, Expression] = field(default_factory=dict)
    fixed: Expression | None = None
    hints: Mapping[tuple[str, str], TextClause] = field(default_factory=dict)
    """What a choice implies, written as a partial index has it: it is used for exactly these words."""
    scoped_order: Mapping[str, Expression] = field(default_factory=dict)
    """Instead of `order` inside a scope: what the scope's own index is sorted by."""

    @property
    def id(self) -> Expression:
        return self.table.c.id


def _settled(kind: str, label: str) -> Expression:
    """A campaign's deliveries in a settled state, from the rollups: a few rows, whatever its size."""
    r = s.rollup_hour.c
    total = select(cast(func.coalesce(func.sum(r[kind]), 0), BigInteger))
    return total.where(r.campaign_id == s.campaign.c.id).correlate(s.campaign).scalar_subquery().label(label)


def _editions() -> Expression:
    """In how many editions a mail is there: its arms and languages."""
    one = s.template.alias("edition")
    query = select(cast(func.count() + 1, BigInteger)).where(
        one.c.root_id == s.template.c.id, one.c.archived == false()
    )
    return query.correlate(s.template).scalar_subquery()


def _alerted() -> Expression:
    """How many mails left in the campaigns of a restock event."""
    r, ce = s.rollup_hour.c, s.campaign_event.c
    query = select(cast(func.coalesce(func.sum(r.sent + r.handed_over), 0), BigInteger)).where(
        ce.event_id == s.restock_event.c.id, r.campaign_id == ce.campaign_id
    )
    return query.correlate(s.restock_event).scalar_subquery()


_V, _P, _S, _I = s.variant.c, s.product.c, s.subscriber.c, s.interest.c
_E, _C, _D, _DP = s.restock_event.c, s.campaign.c, s.delivery.c, s.delivery_payload.c
_CT = s.campaign_test.c
_F, _T, _TV, _R, _A = s.feedback_event.c, s.template.c, s.template_version.c, s.import_run.c, s.audit.c
_NAME = func.trim(_S.first_name + " " + _S.last_name)
_PERSON = (_S.email, _S.first_name, _S.last_name, func.coalesce(_S.custom_id, ""))
_ARTICLE = (_V.product_title, _V.title, _V.sku, _V.barcode, func.coalesce(_P.vendor, ""))

_VARIANTS = Spec(
    s.variant,
    {
        "product": _V.product_title, "variant": _V.title, "sku": _V.sku, "price": _V.price, "stock": _V.stock,
        "waiting": _V.waiting, "availability": _V.availability, "status": _P.status, "vendor": _P.vendor,
        "currency": _V.currency, "compare_at_price": _V.compare_at_price, "barcode": _V.barcode, "source": _P.source,
        "updated_at": _V.updated_at,
    },
    order="product",
    joins=((s.product, _P.id == _V.product_id),),
    search=(Indexed("variant", _V.id),),
    scope={"product_id": _V.product_id},
)  # fmt: skip
_CONSENT = case((and_(_S.consent == "pending", _S.consent_confirmed), literal("undated")), else_=_S.consent)
_SUBSCRIBERS = Spec(
    s.subscriber,
    {
        "email": _S.email, "first_name": _S.first_name, "last_name": _S.last_name, "custom_id": _S.custom_id,
        "consent": _CONSENT, "suppressed": _S.suppressed, "locale": _S.locale, "created_at": _S.created_at,
        "updated_at": _S.updated_at,
    },
    order="email",
    search=(Indexed("subscriber", _S.id),),
)  # fmt: skip
_INTERESTS = Spec(
    s.interest,
    {
        "email": _S.email, "name": _NAME, "product": _V.product_title, "sku": _V.sku, "state": _I.state,
        "units": _I.units, "source": _I.source, "created_at": _I.created_at,
    },
    order="created_at",
    newest_first=True,
    joins=(
        (s.subscriber, _S.id == _I.subscriber_id), (s.variant, _V.id == _I.variant_id),
        (s.product, _P.id == _V.product_id),
    ),
    search=(Indexed("subscriber", _I.subscriber_id), Indexed("variant", _I.variant_id)),
    scope={"subscriber_id": _I.subscriber_id, "variant_id": _I.variant_id, "product_id": _V.product_id},
)  # fmt: skip
_RESTOCKS = Spec(
    s.restock_event,
    {
        "product": _E.product_title, "variant": _E.snapshot[("variant", "title")].as_string(), "sku": _E.sku,
        "before": _E.before, "after": _E.after, "waiting": func.coalesce(_V.waiting, 0), "alerted": _alerted(),
        "state": _E.state, "occurred_at": _E.occurred_at,
    },
    order="occurred_at",
    newest_first=True,
    joins=((s.variant, _V.id == _E.variant_id),),
    search=(_E.product_title, _E.sku),
    scope={"variant_id": _E.variant_id, "product_id": _E.product_id},
)  # fmt: skip
_TEMPLATES = Spec(
    s.template,
    {
        "name": _T.name, "kind": _TV.kind, "version": _TV.number, "subject": _TV.subject, "editions": _editions(),
        "updated_at": _T.updated_at,
    },
    order="name",
    joins=((s.template_version, _TV.id == _T.version_id),),
    search=(_T.name, _TV.subject),
    fixed=and_(_T.archived == false(), _T.root_id.is_(None)),
)  # fmt: skip
_CAMPAIGNS = Spec(
    s.campaign,
    {
        "name": _C.name, "state": _C.state, "audience": _C.audience, "sent": _settled("sent", "sent"),
        "handed_over": _settled("handed_over", "handed_over"),
        "failed": _settled("failed", "failed"), "in_doubt": _settled("in_doubt", "in_doubt"),
        "skipped": _settled("skipped", "skipped"), "template": _C.template_name, "transport": _C.transport,
        "created_at": _C.created_at,
    },
    order="created_at",
    newest_first=True,
    search=(_C.name, _C.template_name),
    scope={"template_id": _C.template_id},
    fixed=_C.origin != "test",
)  # fmt: skip
_OVER = or_(_T.test["ended_at"].as_string().is_not(None), _T.test["key"].as_string() != _CT.rules["key"].as_string())
_ARM = case(
    (_CT.campaign_id.is_(None), literal("")),
    (not_(_OVER), literal("in a test")),
    else_=case({arm: arm_name(arm) for arm in range(MOST_ARMS)}, value=_D.arm),
)
"""Which variant a mail was. Told when its test is over: before, nobody counts clicks by it."""
_PROBLEM = text("delivery.state in ('deferred','failed','in_doubt','skipped')")
_DELIVERIES = Spec(
    s.delivery,
    {
        "email": _DP.email, "name": _NAME, "state": _D.state, "arm": _ARM, "reason": _D.reason, "cause": _D.cause,
        "attempts": _D.attempts, "sent_at": _D.sent_at, "opened_at": _D.first_open_at, "clicked_at": _D.first_click_at,
        "campaign": _C.name, "due_at": _D.due_at,
    },
    order="id",
    newest_first=True,
    joins=(
        (s.delivery_payload, _DP.delivery_id == _D.id), (s.subscriber, _S.id == _D.subscriber_id),
        (s.campaign, _C.id == _D.campaign_id), (s.campaign_test, _CT.campaign_id == _D.campaign_id),
        (s.template, _T.id == _C.template_id),
    ),
    search=(Indexed("subscriber", _D.subscriber_id),),
    scope={"campaign_id": _D.campaign_id, "subscriber_id": _D.subscriber_id},
    scoped_order={"campaign_id": _D.subscriber_id},
    hints={("state", state): _PROBLEM for state in ("deferred", "failed", "in_doubt", "skipped")},
)  # fmt: skip
_DOUBTS = Spec(
    s.delivery,
    {
        "email": _DP.email, "name": _NAME, "since": _D.state_at, "cause": _D.reason, "attempts": _D.attempts,
        "campaign": _C.name, "started_at": _D.started_at,
    },
    order="since",
    joins=_DELIVERIES.joins,
    search=_DELIVERIES.search,
    scope=_DELIVERIES.scope,
    fixed=and_(_PROBLEM, _D.state == "in_doubt"),
)  # fmt: skip
_FEEDBACK = Spec(
    s.feedback_event,
    {
        "occurred_at": _F.occurred_at, "kind": _F.kind, "class": _F.who,
        "email": func.coalesce(_DP.email, _F.recipient), "campaign": func.coalesce(_C.name, ""), "source": _F.source,
        "detail": func.coalesce(func.nullif(_F.reason, ""), func.nullif(_F.subkind, ""), _F.user_agent),
    },
    order="occurred_at",
    newest_first=True,
    joins=(
        (s.delivery, _D.id == _F.delivery_id), (s.subscriber, _S.id == _D.subscriber_id),
        (s.delivery_payload, _DP.delivery_id == _F.delivery_id),
        (s.campaign, _C.id == _F.campaign_id),
    ),
    search=(Indexed("subscriber", _D.subscriber_id), _F.recipient),
    scope={"campaign_id": _F.campaign_id, "delivery_id": _F.delivery_id, "subscriber_id": _D.subscriber_id},
)  # fmt: skip
_IMPORTS = Spec(
    s.import_run,
    {
        "file": _R.file, "kind": _R.kind, "format": _R.format, "read": _R.n_read, "accepted": _R.n_accepted,
        "unchanged": _R.n_unchanged, "rejected": _R.n_rejected, "started_at": _R.started_at,
    },
    order="started_at",
    newest_first=True,
    search=(_R.file, _R.format),
)  # fmt: skip
_AUDIT = Spec(
    s.audit,
    {"at": _A.at, "actor": _A.actor, "action": _A.action, "subject": _A.subject, "reason": _A.reason},
    order="id",
    newest_first=True,
    search=(_A.actor, _A.action, _A.subject, _A.reason),
)

SPECS: dict[str, Spec] = {
    "variants": _VARIANTS, "subscribers": _SUBSCRIBERS, "interests": _INTERESTS, "restocks": _RESTOCKS,
    "templates": _TEMPLATES, "campaigns": _CAMPAIGNS, "deliveries": _DELIVERIES, "doubts": _DOUBTS,
    "feedback": _FEEDBACK, "imports": _IMPORTS, "audit": _AUDIT,
}  # fmt: skip
