"""The service as a process of its own: it tells where it listens, answers, and ends cleanly when asked to."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from restock_desk.errors import DeskError
from restock_desk.services import feedback
from restock_desk.services.desk import Desk
from restock_desk.web import serve

ROOT = Path(__file__).parent.parent.parent
DESK = (sys.executable, "-m", "restock_desk")


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_where_it_listens_and_ends_when_asked(tmp_path: Path, asked: signal.Signals) -> None:
    command = [*DESK, "serve", "--port", "0", "--db", f"sqlite:///{tmp_path}/desk.db"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Listening on http://127.0.0.1:")
        url = line.split()[2]
        assert httpx.get(f"{url}healthz", trust_env=False, timeout=30).json() == {"ok": True}
        process.send_signal(asked)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_the_command_line_makes_an_ingestion_key(desk: Desk) -> None:
    command = [*DESK, "feedback", "new-key", "acme", "--json", "--db", f"sqlite:///{desk.store.path}"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout)
    assert feedback.source_of(desk, told["key"]) == "acme"


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with serve.listen("127.0.0.1", 0) as taken, pytest.raises(DeskError, match="cannot listen"):
        serve.listen("127.0.0.1", taken.getsockname()[1])


def test_figures_are_told_to_this_machine_and_to_nobody_behind_a_proxy(web: httpx.Client) -> None:
    told = web.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "restock_desk_up 1" in told.text.splitlines()
    assert web.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404
