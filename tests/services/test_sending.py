"""Trying out a transport: what it says, and that a bad address is a sentence."""

import pytest

from restock_desk.errors import DeskError
from restock_desk.services import sending
from restock_desk.services.desk import Desk


def test_the_outbox_can_be_tried(desk: Desk) -> None:
    assert sending.check(desk, desk.transport)


def test_a_bad_address_is_a_sentence(desk: Desk) -> None:
    with pytest.raises(DeskError, match="cannot be read"):
        sending.check(desk, "pigeon://coop")


def test_a_server_nobody_runs_is_a_sentence(desk: Desk) -> None:
    with pytest.raises(DeskError):
        sending.check(desk, "smtp://127.0.0.1:1")


def test_a_password_is_kept_by_user_and_host() -> None:
    assert sending.secret_name("smtps://ana@mail.example:465") == "smtp:ana@mail.example"
