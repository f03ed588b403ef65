"""The command line in this process, for stories told through it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from restock_desk import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `restock-desk ARGUMENTS --db …` in this process: exit code, standard output, standard error."""
    database = f"sqlite:///{tmp_path}/shop.db"

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["restock-desk", *(str(a) for a in arguments), "--db", database])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command
