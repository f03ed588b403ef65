"""How much a call loads before it does anything: its own command, and nothing slow that it may not need."""

import subprocess
import sys

import pytest

from restock_desk.cli.later import COMMANDS, loaded

SLOW = {
    "PySide6", "alembic", "cryptography", "dns", "httpx", "keyring", "procrastinate", "psycopg",
    "restock_desk.rendering.lint", "rich", "starlette",
}  # fmt: skip


def loaded_by(*lines: str) -> set[str]:
    """The modules that these lines load, in a process of their own."""
    program = "\n".join(("import sys", "import restock_desk.cli", *lines, "print(*sys.modules)"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_loads_no_command_and_no_database() -> None:
    found = loaded_by()
    assert found & {"restock_desk.cli.later", "sqlalchemy"} == {"restock_desk.cli.later"}
    assert found & SLOW == set()


def test_a_list_of_campaigns_loads_nothing_slow() -> None:
    found = loaded_by("restock_desk.cli.later.loaded('campaigns')")
    assert found & {"restock_desk.cli.campaigns", "sqlalchemy"} == {"restock_desk.cli.campaigns", "sqlalchemy"}
    assert found & SLOW == set()


def test_no_command_loads_an_http_client_cryptography_or_the_window_before_it_is_needed() -> None:
    found = loaded_by("for name in restock_desk.cli.later.COMMANDS: restock_desk.cli.later.loaded(name)")
    assert {f"restock_desk.cli.{place.partition(':')[0]}" for place, _ in COMMANDS.values()} <= found
    assert found & {"httpx", "cryptography", "PySide6"} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_of_commands_is_what_the_command_says_of_itself(name: str) -> None:
    command = loaded(name)
    assert " ".join(command.help.split("\n\n")[0].split()) == COMMANDS[name][1]
