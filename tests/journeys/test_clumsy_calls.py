"""Commands called in a hurry: nobody to type, no room, Ctrl+C, files that are none. Each ends in a sentence."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from restock_desk import bundle, cli
from restock_desk.services.desk import Desk
from tests.journeys.conftest import Run

COMMAND = (sys.executable, "-m", "restock_desk")


@pytest.mark.parametrize("command", ["compile", "templates import", "templates add T --subject s"])
@pytest.mark.parametrize(
    ("name", "words"), [("empty.mjml", "is empty"), ("huge.html", "larger than"), ("/dev/zero", "is a stream")]
)
def test_a_file_that_holds_no_template_is_refused_before_it_is_kept(
    run: Run, tmp_path: Path, command: str, name: str, words: str
) -> None:
    (tmp_path / "empty.mjml").write_bytes(b"\n")
    with (tmp_path / "huge.html").open("wb") as huge:
        huge.truncate(50_000_000)
    before, _, after = command.partition(" T ")
    call = [*before.split(), *(["T"] if after else []), str(tmp_path / name), *after.split()]
    code, _, err = run(*call)
    assert (code, words in err) == (1, True), err


def test_without_anybody_to_type_a_send_asks_for_a_yes(tmp_path: Path) -> None:
    call = " ".join((*COMMAND, "--db", f"sqlite:///{tmp_path}/shop.db", "send --event 1 --template T <&-"))
    ended = subprocess.run(["sh", "-c", call], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "--yes" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)


def test_help_that_finds_no_room_is_a_sentence() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = subprocess.run(
            [*COMMAND, "--version"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (ended.returncode, ended.stderr.splitlines()[0]) == (
        1, "Something could not be written: No space left on device."
    )  # fmt: skip


def test_ctrl_c_ends_with_130_and_a_word(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("restock_desk.services.template_files.read", pressed)
    code, _, err = run("compile", tmp_path / "a.mjml")
    assert (code, err) == (130, "Stopped.\n")


def test_the_sample_shop_is_made_where_db_says_also_before_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def known(desk: Desk) -> bool:
        made.append(desk.store.name)
        return True

    monkeypatch.setattr("restock_desk.services.sample.made", known)
    monkeypatch.setattr("restock_desk.services.sample.build", lambda *_: False)
    monkeypatch.setattr("restock_desk.app.tell_in_pictures", lambda *_: ())
    call = ["restock-desk", "--db", f"sqlite:///{tmp_path}/mine.db", "demo", "--pictures", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", call)
    with pytest.raises(SystemExit):
        cli.main()
    assert made == ["mine.db"]


def test_a_branch_that_nobody_takes_says_where_it_stands(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("sku,title,stock\nA,Tee,0\n", encoding="utf-8")
    (tmp_path / "people.csv").write_text("custom_id,email,consent\nc,c@example.com,subscribed\n", encoding="utf-8")
    (tmp_path / "waits.csv").write_text("custom_id,sku\nc,A\n", encoding="utf-8")
    for kind, name in (("products", "shop"), ("subscribers", "people"), ("interests", "waits")):
        assert "1 line read" in run("import", kind, tmp_path / f"{name}.csv")[1]
    run("stock", "set", "A", 1)
    run("templates", "import", bundle.resource("templates", "minimal.restock-email.json"), "--name", "T")
    out = run("preflight", "--event", 1, "--template", "T")[1]
    assert out.startswith("1 mail rendered")
    assert "(source, line " in out
