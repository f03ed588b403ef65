"""The schema of all nouns, on one page. Never leaves `store`. A change needs a
revision in `store/migrations` (before the first release: run packaging/freeze_schema.py).

Times are BIGINT microseconds since 1970 UTC on both dialects, money BIGINT ten-thousandths: exact, sortable, the same
arithmetic everywhere (decisions/0002). The column types below turn them into aware datetimes and Decimals.
"""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

# fmt: off
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import JSON, TypeDecorator

from restock_desk.domain.campaigns import DeliveryState
from restock_desk.domain.facts import MEASURES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_SCALE = Decimal(10_000)


def micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (at - _EPOCH) // _US


def instant(us: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


class Instant(TypeDecorator[datetime]):
    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


class Amount(TypeDecorator[Decimal]):
    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * _SCALE).to_integral_value(ROUND_HALF_EVEN))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / _SCALE).normalize() + Decimal(0)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _words(name: str, length: int | None = None) -> Column[str]:
    return Column(name, String(length) if length else Text, nullable=False, server_default="")


# --- instance and shop -------------------------------------------------------------------------------------------
instance = Table(
    "instance", metadata, _id(),
    Column("uuid", String(36), nullable=False), Column("created_at", Instant, nullable=False),
    Column("token_key", LargeBinary, nullable=False),  # signs links in mails; made once per shop
    Column("is_sample", Boolean, nullable=False, server_default=text("false")),
    # The kill switch, and which copy of the database is the one that sends (see store.home).
    Column("stopped_at", Instant), _words("stopped_by"), _words("stop_reason"),
    Column("home", JSON), Column("pulse", BigInteger, nullable=False, server_default="0"),
)
setting = Table(
    "setting", metadata, Column("key", String(60), primary_key=True), Column("value", JSON, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

# --- catalog -----------------------------------------------------------------------------------------------------
product = Table(
    "product", metadata, _id(),
    Column("source", String(60), nullable=False), Column("source_key", String(300), nullable=False),
    _words("handle"), Column("title", Text, nullable=False), _words("description_html"), _words("vendor"),
    _words("type"), Column("tags", JSON, nullable=False), Column("status", String(12), nullable=False),
    _words("url"), _words("image_url"), Column("extras", JSON, nullable=False),
    Column("created_at", Instant, nullable=False), Column("updated_at", Instant, nullable=False),
    UniqueConstraint("source", "source_key"),
    Index("ix_product_title_id", "title", "id"),
)
variant = Table(
    "variant", metadata, _id(),
    Column("product_id", Id, ForeignKey("product.id", ondelete="CASCADE"), nullable=False),
    Column("source_key", String(300), nullable=False), _words("sku"), _words("sku_key"),
    _words("title"), Column("options", JSON, nullable=False), _words("barcode"),
    Column("price", Amount), Column("compare_at_price", Amount), _words("currency", 3),
    _words("image_url"), _words("url"), _words("inventory_item_id", 40),
    Column("stock", Integer), Column("availability", String(12), nullable=False),
    Column("oversell", Boolean, nullable=False), Column("stock_from_parent", Boolean, nullable=False),
    Column("stock_observed_at", Instant),
    Column("restock_seq", Integer, nullable=False, server_default="0"),
    Column("waiting", Integer, nullable=False, server_default="0"),  # interests in state waiting; kept by store
    _words("product_title"),  # the product's title again, so that the list sorts by one index
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("product_id", "source_key"),
    Index("ix_variant_sku_key", "sku_key"), Index("ix_variant_inventory_item_id", "inventory_item_id"),
    Index("ix_variant_product_title_id", "product_title", "id"), Index("ix_variant_stock_id", "stock", "id"),
    Index("ix_variant_waiting_id", "waiting", "id"), Index("ix_variant_price_id", "price", "id"),
    Index("ix_variant_sku_id", "sku", "id"), Index("ix_variant_updated_at_id", "updated_at", "id"),
)
stock_level = Table(
    "stock_level", metadata,
    Column("variant_id", Id, ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True),
    Column("location", String(120), primary_key=True), Column("quantity", Integer),
    Column("observed_at", Instant, nullable=False),
)
stock_change = Table(
    "stock_change", metadata, _id(), Column("variant_id", Id, nullable=False), Column("at", Instant, nullable=False),
    Column("before", Integer), Column("after", Integer), _words("source"),
    Index("ix_stock_change_variant_id_at", "variant_id", "at"),
)

# --- audience ----------------------------------------------------------------------------------------------------
subscriber = Table(
    "subscriber", metadata, _id(),
    Column("email", Text, nullable=False), Column("email_key", Text, nullable=False),
    Column("custom_id", Text), _words("first_name"), _words("last_name"), _words("locale", 20),
    _words("timezone", 60), Column("attributes", JSON),
    Column("consent", String(12), nullable=False, server_default="unstated"),
    Column("consent_confirmed", Boolean, nullable=False, server_default=text("true")),
    Column("consent_at", Instant), _words("consent_source"),
    Column("suppressed", String(16)),  # mirrors `suppression` for this address; kept by store
    Column("created_at", Instant, nullable=False), Column("updated_at", Instant, nullable=False),
    # Unique indexes, not constraints: the first big import takes all indexes away and makes them again at its end.
    Index("uq_subscriber_email_key", "email_key", unique=True),
    Index("uq_subscriber_custom_id", "custom_id", unique=True),
    Index("ix_subscriber_email_id", "email", "id"), Index("ix_subscriber_last_name_id", "last_name", "id"),
    Index("ix_subscriber_first_name_id", "first_name", "id"), Index("ix_subscriber_created_at_id", "created_at", "id"),
)
consent_event = Table(
    "consent_event", metadata, _id(), Column("subscriber_id", Id, nullable=False), Column("at", Instant),
    Column("recorded_at", Instant, nullable=False), Column("state", String(12), nullable=False), _words("source"),
    _words("wording"), Index("ix_consent_event_subscriber_id", "subscriber_id"),
)
suppression = Table(
    "suppression", metadata, Column("email_key", Text, primary_key=True), Column("reason", String(16), nullable=False),
    Column("at", Instant, nullable=False), _words("source"),
)
interest = Table(
    "interest", metadata, _id(),
    Column("subscriber_id", Id, ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False),
    Column("variant_id", Id, ForeignKey("variant.id", ondelete="CASCADE"), nullable=False),
    Column("state", String(10), nullable=False, server_default="waiting"),
    Column("units", Integer, nullable=False, server_default="1"), Column("created_at", Instant, nullable=False),
    _words("source"), _words("wording"), Column("notified_event_id", Id), Column("ordered_at", Instant),
    UniqueConstraint("variant_id", "subscriber_id"),
    Index("ix_interest_subscriber_id", "subscriber_id"),
    Index("ix_interest_variant_id_state_subscriber_id", "variant_id", "state", "subscriber_id"),
    Index("ix_interest_created_at_id", "created_at", "id"),
)
parked_interest = Table(
    "parked_interest", metadata, _id(), Column("sku_key", Text, nullable=False), Column("data", JSON, nullable=False),
    Column("at", Instant, nullable=False), Index("ix_parked_interest_sku_key", "sku_key"),
)

# --- restocks ----------------------------------------------------------------------------------------------------
restock_event = Table(
    "restock_event", metadata, _id(),
    Column("variant_id", Id, nullable=False),  # no foreign key: an event outlives its product
    Column("product_id", Id, nullable=False), Column("restock_seq", Integer, nullable=False),
    Column("occurred_at", Instant, nullable=False), Column("due_at", Instant, nullable=False),
    Column("before", Integer), Column("after", Integer),
    Column("state", String(10), nullable=False, server_default="open"),
    _words("product_title"), _words("sku"), Column("snapshot", JSON, nullable=False),
    UniqueConstraint("variant_id", "restock_seq"), Index("ix_restock_event_product_id", "product_id"),
    Index("ix_restock_event_occurred_at_id", "occurred_at", "id"),
    Index("ix_restock_event_product_title_id", "product_title", "id"),
)

_EDITION = "root_id is not null and not archived"
# --- templates ---------------------------------------------------------------------------------------------------
template = Table(
    "template", metadata, _id(), Column("name", String(200), nullable=False, unique=True),
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False), Column("updated_at", Instant, nullable=False),
    Column("version_id", Id),  # the newest
    # An edition of another template: one arm of its test, or its words in a language. Null = a mail of its own.
    Column("root_id", Id), Column("arm", SmallInteger, nullable=False, server_default="0"), _words("language", 20),
    Column("test", JSON),  # shares and rules of the next test; of a mail of its own only
    Index("ix_template_root_id", "root_id"),
    Index("uq_template_edition", "root_id", "arm", "language", unique=True,
          sqlite_where=text(_EDITION), postgresql_where=text(_EDITION)),
)
template_version = Table(
    "template_version", metadata, _id(),
    Column("template_id", Id, ForeignKey("template.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(16).with_variant(String(6), "sqlite"), nullable=False),  # SQLite never looks at the length
    Column("subject", Text, nullable=False), _words("preheader"), _words("sender_name"), _words("sender_email"),
    _words("reply_to"), Column("source", Text, nullable=False), Column("text", Text), _words("label"),
    _words("author"), Column("saved_at", Instant, nullable=False),
    Column("ignored", JSON),  # problems somebody said need no doing, each with why
    UniqueConstraint("template_id", "number"),
)
saved_block = Table(  # blocks kept under a name; each save is a row of its own that never changes
    "saved_block", metadata, _id(), Column("uid", String(40), nullable=False),
    Column("number", Integer, nullable=False), Column("name", String(200), nullable=False),
    Column("node", Text, nullable=False), Column("archived", Boolean, nullable=False, server_default=text("false")),
    _words("author"), Column("saved_at", Instant, nullable=False), UniqueConstraint("uid", "number"),
)

# --- campaigns and the ledger ------------------------------------------------------------------------------------
campaign = Table(
    "campaign", metadata, _id(), Column("name", Text, nullable=False), Column("state", String(10), nullable=False),
    _words("pause_reason"), Column("origin", String(10), nullable=False, server_default="launch"),
    Column("template_id", Id, nullable=False), Column("version_id", Id, nullable=False), _words("template_name"),
    Column("transport", Text, nullable=False), Column("rate_limit_per_s", Float),
    Column("per_hour", Integer), Column("approved", Integer),  # how many a person saw before pressing Send
    Column("audience", Integer, nullable=False, server_default="0"),
    Column("fanout_cursor", Id, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False), _words("created_by"), Column("grace_until", Instant),
    Column("started_at", Instant), Column("finished_at", Instant),
    # Compiled parts, shop and event contexts: what every render reads. Last, so that lists never walk past it.
    Column("frozen", JSON, nullable=False),
    Index("ix_campaign_created_at_id", "created_at", "id"), Index("ix_campaign_state", "state"),
    Index("ix_campaign_template_id", "template_id"),
)
campaign_test = Table(  # what an A/B test laid down before its first mail left; never changed
    "campaign_test", metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("rules", JSON, nullable=False),
)
campaign_event = Table(
    "campaign_event", metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("event_id", Id, primary_key=True), Index("ix_campaign_event_event_id", "event_id"),
)
brake = Table(  # what limits and brakes remember of a campaign; made when first needed. Kept by `store.grants`
    "brake", metadata, Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("next_at", Instant), Column("hour", Integer, nullable=False, server_default="0"),
    Column("used", Integer, nullable=False, server_default="0"),
    Column("hold_until", Instant), _words("hold_why"), Column("expected_at", Instant),
    Column("in_a_row", Integer, nullable=False, server_default="0"),
    Column("worst", Integer, nullable=False, server_default="0"), _words("refusal"),
    Column("doubts", Integer, nullable=False, server_default="0"), Column("released", JSON),
)
allowance = Table(  # what the limits of a transport have let through: its next free moment, its day's mails
    "allowance", metadata, Column("route", Text, primary_key=True), Column("next_at", Instant),
    Column("day", Integer, nullable=False, server_default="0"),
    Column("used", Integer, nullable=False, server_default="0"),
)
send_batch = Table(
    "send_batch", metadata,
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("batch_no", Integer, primary_key=True), Column("state", SmallInteger, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"), Column("owner", Text),
    Column("lease_until", Instant), Column("due_at", Instant),
    # How many of its deliveries are in each state: moved by `tallies` together with the rows it counts.
    *(Column(f"n_{state.value}", Integer, nullable=False, server_default="0") for state in DeliveryState),
    CheckConstraint("state in (0, 1, 2)", name="state"),  # 0 open, 1 leased, 2 done
    Index("ix_send_batch_open", "campaign_id", "batch_no", sqlite_where=text("state < 2"),
          postgresql_where=text("state < 2")), sqlite_with_rowid=False,  # a campaign's batches lie side by side
)
worker = Table(  # send workers on a shared PostgreSQL: each writes down every few seconds that it lives
    "worker", metadata, Column("name", Text, primary_key=True), _words("host"),
    Column("pid", Integer, nullable=False), Column("slots", Integer, nullable=False),
    Column("since", Instant, nullable=False), Column("seen_at", Instant, nullable=False),
    Column("busy", Integer, nullable=False),
    Column("n_sent", BigInteger, nullable=False), Column("n_batches", BigInteger, nullable=False),
    Column("n_errors", BigInteger, nullable=False), Column("n_reconnects", Integer, nullable=False),
    Column("rate_per_s", Float, nullable=False),
)
delivery = Table(
    "delivery", metadata, _id(),
    Column("campaign_id", Id, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("subscriber_id", Id, nullable=False),  # no foreign key: fan-out is twice as fast; erasure is explicit
    Column("batch_no", Integer, nullable=False), Column("state", String(8), nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"), Column("due_at", Instant),
    Column("state_at", Instant, nullable=False), Column("started_at", Instant), Column("sent_at", Instant),
    _words("reason"), _words("cause"),  # the reason without what differs between people, see domain.causes
    _words("receipt"), _words("message_hash", 64),
    Column("first_delivered_at", Instant), Column("first_open_at", Instant), Column("first_click_at", Instant),
    Column("outcome", String(12)),  # bounced, complained, unsubscribed: the gravest that came back
    Column("seen", Integer, nullable=False, server_default="0"),  # one bit per fact that came back, see domain.facts
    Column("arm", SmallInteger, nullable=False, server_default="0"),  # of a test, from 0
    UniqueConstraint("campaign_id", "subscriber_id"),
    CheckConstraint(
        "state in ('queued','claimed','started','sent','deferred','failed','in_doubt','skipped')", name="state"),
    Index("ix_delivery_open", "campaign_id", "batch_no",
          sqlite_where=text("state in ('queued','claimed','started','deferred')"),
          postgresql_where=text("state in ('queued','claimed','started','deferred')")),
    Index("ix_delivery_problem", "campaign_id", "state", "cause",
          sqlite_where=text("state in ('deferred','failed','in_doubt','skipped')"),
          postgresql_where=text("state in ('deferred','failed','in_doubt','skipped')")),
    Index("ix_delivery_subscriber_id", "subscriber_id"),
)
delivery_payload = Table(
    "delivery_payload", metadata,
    Column("delivery_id", Id, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("email", Text, nullable=False), Column("person", JSON, nullable=False),
    Column("event_ids", JSON, nullable=False), Column("interests", JSON, nullable=False),
)

# --- feedback ----------------------------------------------------------------------------------------------------
feedback_event = Table(
    "feedback_event", metadata, _id(),
    Column("day", Date, nullable=False), Column("source", String(40), nullable=False),
    Column("event_key", LargeBinary(16), nullable=False), Column("kind", String(12), nullable=False),
    _words("subkind", 20), Column("who", String(8), nullable=False), Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False), Column("delivery_id", Id), Column("campaign_id", Id),
    Column("link", Integer), _words("recipient"), _words("reason"), _words("user_agent"), _words("ip", 45),
    UniqueConstraint("day", "source", "event_key"),
    Index("ix_feedback_event_delivery_id", "delivery_id"),
    Index("ix_feedback_event_occurred_at_id", "occurred_at", "id"),
)
def _measures() -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False, server_default="0") for name in MEASURES]


rollup_hour = Table(  # by campaign and by the hour its messages were sent (cohort)
    "rollup_hour", metadata, Column("campaign_id", Id, primary_key=True), Column("hour", Integer, primary_key=True),
    *_measures(), Index("ix_rollup_hour_hour", "hour"), sqlite_with_rowid=False,
)
rollup_all = Table(  # the same without the campaign, by UTC hour of the cohort
    "rollup_all", metadata, Column("hour", Integer, primary_key=True, autoincrement=False), *_measures(),
)
rollup_link = Table(
    "rollup_link", metadata, Column("campaign_id", Id, primary_key=True), Column("link", Integer, primary_key=True),
    Column("who", String(8), primary_key=True), Column("n", BigInteger, nullable=False, server_default="0"),
    Column("uniq", BigInteger, nullable=False, server_default="0"),
)

# --- imports and staff -------------------------------------------------------------------------------------------
import_run = Table(
    "import_run", metadata, _id(), Column("kind", String(12), nullable=False), _words("format", 20), _words("file"),
    Column("started_at", Instant, nullable=False), Column("finished_at", Instant),
    Column("n_read", BigInteger, nullable=False, server_default="0"),
    Column("n_accepted", BigInteger, nullable=False, server_default="0"),
    Column("n_unchanged", BigInteger, nullable=False, server_default="0"),
    Column("n_rejected", BigInteger, nullable=False, server_default="0"), _words("state", 10),
)
import_error = Table(
    "import_error", metadata, _id(),
    Column("run_id", Id, ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False),
    Column("line", BigInteger, nullable=False), _words("field"), _words("reason"), _words("raw"),
    Index("ix_import_error_run_id", "run_id"),
)
audit = Table(
    "audit", metadata, _id(), Column("at", Instant, nullable=False), _words("actor"), _words("action"),
    _words("subject"), _words("reason"), Column("details", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
)
