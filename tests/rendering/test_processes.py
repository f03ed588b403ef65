"""Renderers: the same mails as in the application itself, nothing of the application in them, and killed when they must
be. The bombs and escapes are all told in a sentence at their line."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from restock_desk.domain.document.operations import Insert, Remove, Set
from restock_desk.domain.document.tree import Node
from restock_desk.domain.money import Money
from restock_desk.domain.templates import Draft, Problem, RenderedMail, Severity
from restock_desk.rendering import after, lint, processes
from restock_desk.rendering.bounded import bounded
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.document import drafts
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.processes import limits, wire
from restock_desk.rendering.processes.crew import Crew
from restock_desk.rendering.processes.renderer import Forked, Killed
from restock_desk.rendering.starters import starters
from tests.documents import body_of
from tests.rendering.bombs import BOMBS
from tests.rendering.samples import context, event, html, identity, seen, sent
from tests.rendering.test_sandbox import ESCAPES

LINUX = sys.platform == "linux"
LOADED_S = 3.0
"""What a machine that does much else may be late by."""


@pytest.fixture
def crew() -> Iterator[Crew]:
    made = Crew()
    yield made
    made.close()


@pytest.mark.parametrize(("name", "draft"), starters(), ids=lambda part: part if isinstance(part, str) else "")
def test_a_mail_from_a_renderer_is_the_same_to_the_byte(name: str, draft: Draft) -> None:
    data = context(event(1), event(2))
    assert processes.mail(draft, data, identity()) == seen(draft, data)
    assert processes.mail_of(processes.compiled(draft), data, identity()) == sent(draft, data)
    assert processes.check(draft) == lint.check(draft)
    assert processes.compiled(draft) == compile_template(draft)


def test_what_a_render_refuses_is_refused_with_the_same_words() -> None:
    draft = html("one\n{{ subscriber.frist_name }}")
    with pytest.raises(TemplateFault) as here:
        sent(draft)
    with pytest.raises(TemplateFault) as there:
        processes.mail(draft, context(), identity(), strict=True)
    assert (there.value.message, there.value.rule, there.value.line) == (here.value.message, here.value.rule, 2)
    assert processes.mail(draft, context(), identity()).problems == seen(draft).problems


def test_quick_fixes_travel_with_their_problems() -> None:
    draft = html('<img src="https://x.example/a.png">')
    told = processes.check(draft)
    assert told == lint.check(draft)
    assert any(problem.operations for problem in told)
    bare = drafts.draft_of(body_of(Node("t", "text")))
    footer = next(problem for problem in processes.check(bare) if problem.rule == "doc.footer")
    assert footer in lint.check(bare)
    assert isinstance(footer.operations[0], Insert)
    fixed = Problem("x", Severity.ERROR, "y", operations=(Set("a", ("text",), "b"), Remove("c")))
    assert wire.problems_in(wire.problems_out([fixed])) == (fixed,)


def test_names_that_are_half_a_character_travel_too() -> None:
    data = context()
    data["subscriber"] = {**data["subscriber"], "first_name": "A\ud800", "attributes": {"n": 10**30}}
    draft = html("{{ subscriber.first_name }} {{ subscriber.attributes.n }}")
    assert processes.mail(draft, data, identity()).html == seen(draft, data).html


def test_moments_money_and_decimals_are_themselves_again() -> None:
    data = {
        "a": [Money(Decimal("1.50"), "EUR", "1,50 €"), datetime(2026, 1, 2, tzinfo=UTC), Decimal("3.30"), None, True]
    }
    packed = wire.packed(data, 1000)
    assert wire.thawed(wire.received(_reader(packed), 1000)) == data


def test_data_that_looks_like_money_cannot_break_a_context() -> None:
    assert wire.thawed({"a": {"$money": "x"}, "b": {"$at": 7}, "c": {"$number": []}}) == {
        "a": None,
        "b": None,
        "c": None,
    }


def test_messages_have_a_largest_size_in_both_directions() -> None:
    with pytest.raises(ValueError, match="too large"):
        wire.packed("x" * 100, 50)
    with pytest.raises(ValueError, match="too large"):
        wire.received(_reader(b"\x7f\xff\xff\xff"), 50)


@pytest.mark.skipif(not LINUX, reason="looks into /proc")
def test_a_renderer_holds_nothing_of_the_application(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "canary-7f3a91")
    with socket.socket() as held, crew.hired() as renderer:
        held.bind(("127.0.0.1", 0))
        assert isinstance(renderer, Forked)
        renderer.ask({"do": "compile", "draft": wire.draft_out(html("x"))})
        proc = Path(f"/proc/{renderer.pid}")
        assert (proc / "environ").read_bytes() == b""
        assert sorted(int(fd.name) for fd in (proc / "fd").iterdir()) == [0, 1, 2]
        folder = Path(os.readlink(proc / "cwd"))
        assert list(folder.iterdir()) == []
        assert f"{limits.ADDRESS_SPACE}" in _limit(proc, "Max address space")
        assert _limit(proc, "Max core file size").split()[4] == "0"
        assert b"restock_desk.store" not in (proc / "maps").read_bytes()
    crew.close()
    assert not folder.exists()
    assert not proc.exists()


def test_no_key_ever_reaches_a_renderer() -> None:
    packed = wire.packed(wire.identity_out(identity(), "salt"), 10_000)
    assert b"kkkk" not in packed


@pytest.mark.skipif(not LINUX, reason="stops a process from outside")
def test_a_renderer_that_hangs_is_killed_within_its_second_and_the_next_one_works(crew: Crew) -> None:
    request = {"do": "compile", "draft": wire.draft_out(html("x"))}
    with crew.hired() as renderer:
        assert isinstance(renderer, Forked)
        os.kill(renderer.pid, signal.SIGSTOP)
        begin = time.monotonic()
        with pytest.raises(Killed, match="too long"):
            renderer.ask(request, 0.1)
        assert time.monotonic() - begin < 1.2 + LOADED_S
        assert not Path(f"/proc/{renderer.pid}").exists()
    assert "problems" in crew.ask(request)


@pytest.mark.skipif(not LINUX, reason="ends a process from outside")
def test_a_renderer_that_dies_is_a_sentence_and_the_next_one_works(crew: Crew) -> None:
    request = {"do": "compile", "draft": wire.draft_out(html("x"))}
    with crew.hired() as renderer:
        assert isinstance(renderer, Forked)
        os.kill(renderer.pid, signal.SIGSEGV)
        with pytest.raises(Killed, match="memory") as killed:
            renderer.ask(request)
        assert killed.value.early
    assert "problems" in crew.ask(request)


@pytest.mark.skipif(not LINUX, reason="ends a process from outside")
def test_a_question_whose_renderer_died_before_it_began_is_asked_again(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = crew.take()
    assert isinstance(renderer, Forked)
    monkeypatch.setattr(Forked, "ready", True)
    os.kill(renderer.pid, signal.SIGKILL)
    crew.give_back(renderer)
    assert "problems" in crew.ask({"do": "compile", "draft": wire.draft_out(html("x"))})


@pytest.mark.skipif(not LINUX, reason="forks")
def test_a_forked_process_does_not_use_what_its_parent_hired() -> None:
    processes.check(html("x"))
    pid = os.fork()
    if pid == 0:
        os._exit(int(bool(processes.crew._idle) or processes.crew._server is not None))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert processes.crew._idle


def test_who_swept_an_audience_is_hired_after_who_knows_the_template(crew: Crew) -> None:
    with crew.hired() as first:
        second = crew.take()
    crew.give_back(second, behind=True)
    assert crew.take() is first
    crew.give_back(first)


@pytest.mark.skipif(not LINUX, reason="ends a process from outside")
def test_a_renderer_that_died_while_nobody_asked_it_is_nobodys_fault(crew: Crew) -> None:
    request = {"do": "compile", "draft": wire.draft_out(html("x"))}
    with crew.hired() as renderer:
        assert isinstance(renderer, Forked)
        renderer.ask(request)
    os.kill(renderer.pid, signal.SIGKILL)
    until = time.monotonic() + 30
    while renderer.ready and time.monotonic() < until:
        time.sleep(0.01)
    assert "problems" in crew.ask(request)


def test_a_renderer_that_answers_nonsense_is_given_up(crew: Crew) -> None:
    with crew.hired() as renderer:
        assert renderer.ask({"do": "compile", "draft": wire.draft_out(html("x"))})["compiled"]
        with pytest.raises(Killed):
            renderer.ask({"do": "nothing of ours"})
        assert not renderer.alive


def test_without_a_fork_each_renderer_is_a_program_of_its_own() -> None:
    crew = Crew(forks=False)
    draft = html("<p>{{ product.title }}</p>")
    try:
        with crew.hired() as renderer:
            answer = renderer.ask({"do": "compile", "draft": wire.draft_out(draft)})
            assert wire.problems_in(answer["problems"]) == compile_template(draft).problems
            again = renderer.ask({"do": "compile", "draft": wire.draft_out(draft)})
            assert again["compiled"]["kind"] == "html"
    finally:
        crew.close()


@pytest.mark.skipif(not LINUX, reason="looks into /proc")
def test_when_the_application_dies_its_renderers_end_too() -> None:
    program = (
        "import os, sys\nfrom restock_desk.rendering.processes.crew import crew\n"
        "with crew.hired() as renderer:\n    print(renderer.pid, flush=True)\n    os._exit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    proc = Path(f"/proc/{int(done.stdout)}")
    until = time.monotonic() + 30
    while proc.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not proc.exists()


@pytest.mark.parametrize(("name", "bomb"), BOMBS, ids=[name for name, _ in BOMBS])
def test_a_bomb_ends_in_a_sentence_at_its_line(name: str, bomb: str) -> None:
    data = context()
    data["items"] = data["items"] * 200
    data["product"] = {**data["product"], "description": "o" * 60_000}
    draft = html("one\ntwo\n" + bomb)
    processes.check(html("warm"))
    took, problem = _ended(draft, data)
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    assert took < 1.2 * max(1.0, 3 * busy) + 1.0  # others may have the processor, and a minute's load says it late
    assert problem.message.endswith(".")
    assert problem.line == (0 if name in ("giant source", "thousands of outputs") else 3)
    with processes.crew.hired() as renderer:
        if isinstance(renderer, Forked):
            assert _peak(renderer.pid) < limits.RESIDENT


@pytest.mark.parametrize("expression", ESCAPES)
def test_no_published_escape_finds_a_way_out_of_a_renderer_either(expression: str) -> None:
    _, problem = _ended(html("one\ntwo\n{{ " + expression + " }}"), context())
    assert problem.line == 3


@pytest.mark.parametrize("source", [
    "{{ 2 * 3 }}", "{% set a = 'x' %}{% set a = a ~ a %}", "{% for a in 'x' %}{% endfor %}",
    "{% for a in items %}{% for b in items %}{{ a.x ~ b.y }}{% endfor %}{% endfor %}",
])  # fmt: skip
def test_what_may_grow_is_not_called_bounded(source: str) -> None:
    assert not bounded(compile_template(html(source)))


@pytest.mark.parametrize(("name", "draft"), starters(), ids=lambda part: part if isinstance(part, str) else "")
def test_the_templates_that_come_with_it_are_bounded(name: str, draft: Draft) -> None:
    assert bounded(compile_template(draft))


@pytest.mark.parametrize("unsafe", [
    "<script>x</script>", "<iframe src=x>", "<object>", "<embed>", "<base href=x>", '<p onclick="x">', "<p onload=x>",
    '<a href="javascript:x">', '<a href="vbscript:x">', '<a href="data:text/html,x">', '<img src="data:text/html,x">',
    '<meta http-equiv="refresh" content="0">', '<img src="data:image/png;base64,' + "A" * 40_000 + '">',
])  # fmt: skip
def test_a_finished_mail_is_looked_at_for_what_runs(unsafe: str) -> None:
    assert [problem.rule for problem in after.check(f"<p>Hello</p>{unsafe}")] == ["html.active"]


@pytest.mark.parametrize("safe", [
    '<a href="https://x.example/?on=1&javascript:">', '<img src="data:image/png;base64,AAAA">', '<p title="onclick=1">',
    "<p>javascript: and onclick= are words, data: too</p>", '<meta http-equiv="x" content="refresh">',
])  # fmt: skip
def test_words_about_scripts_are_only_words(safe: str) -> None:
    assert after.check(safe) == ()


def _ended(draft: Draft, data: dict[str, object]) -> tuple[float, Problem]:
    """How long one render took, and the first error it ended with."""
    begin = time.monotonic()
    try:
        mail: RenderedMail | None = processes.mail(draft, data, identity())
    except TemplateFault as fault:
        mail = None
        problem = Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line)
    took = time.monotonic() - begin
    if mail is not None:
        problem = next(p for p in mail.problems if p.severity is Severity.ERROR)
    return took, replace(problem)


def _reader(data: bytes) -> wire.Read:
    place = [0]

    def read(size: int) -> bytes:
        place[0] += size
        return data[place[0] - size : place[0]]

    return read


def _limit(proc: Path, name: str) -> str:
    return next(line for line in (proc / "limits").read_text().splitlines() if line.startswith(name))


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) << 10
