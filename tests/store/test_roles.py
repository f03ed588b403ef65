"""The roles that ship for a shared shop: each does its work, and none can do what is not its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from restock_desk.domain.campaigns import CampaignState
from restock_desk.jobs import CancelToken
from restock_desk.services import delivery, workers
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store
from tests.builders import add_subscriber
from tests.campaigning import Scripted, launched
from tests.services.test_workers import WORKER

AsRole = Callable[[str], AbstractContextManager[Store]]
ROLES = Path(__file__).parents[2] / "packaging" / "postgresql-roles.sql"


@pytest.fixture
def as_role(postgres_store: Store) -> AsRole:
    """Opens the shop as somebody who has one of the roles."""
    url = postgres_store.url
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as owner:
        owner.execute(ROLES.read_text(encoding="utf-8"))
        owner.execute(ROLES.read_text(encoding="utf-8"))  # after an upgrade it is run again
        for role in ("operator", "worker", "viewer"):
            if not owner.execute("select 1 from pg_roles where rolname = %s", [f"a_{role}"]).fetchone():
                owner.execute(f"create role a_{role} login in role rd_{role}")

    @contextmanager
    def opened(role: str) -> Iterator[Store]:
        with closing(open_store(url.set(username=f"a_{role}").render_as_string(hide_password=False))) as store:
            yield store

    return opened


def refused(store: Store, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), store.unit() as u:
        u.connection.execute(text(statement))


def test_an_operator_launches_and_a_worker_delivers(
    as_role: AsRole, make_desk: Callable[[Store], Desk], postgres_store: Store
) -> None:
    add_subscriber(postgres_store, "first@example.com")
    with as_role("operator") as store:
        campaign = launched(make_desk(store), people=3, transport="smtp://127.0.0.1:1")
        refused(store, "update audit set actor = 'somebody else'")
        refused(store, "delete from audit")
        refused(store, "drop table delivery")
        refused(store, "update instance set token_key = ''")
    with as_role("worker") as store:
        desk = make_desk(store)
        workers.beat(desk, WORKER)
        workers.upkeep(desk)
        report = delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
        workers.tidy(desk)
        assert (report.sent, report.state) == (3, CampaignState.FINISHED)
        refused(store, "delete from audit")
        refused(store, "delete from template_version")


def test_a_viewer_sees_figures_and_nobodys_address(as_role: AsRole) -> None:
    with as_role("viewer") as store:
        with store.reading() as u:
            assert u.connection.execute(text("select sum(sent) from rollup_all")).all()
            assert u.connection.execute(text("select id, state from delivery")).all() == []
        for wanted in ("email from subscriber", "email from delivery_payload", "token_key from instance",
                       "recipient from feedback_event", "frozen from campaign", "value from setting"):  # fmt: skip
            refused(store, f"select {wanted}")
        refused(store, "insert into setting (key, value, updated_at) values ('x', '1', 0)")
