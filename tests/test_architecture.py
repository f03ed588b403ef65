"""The house rules that a machine can hold: budgets, a core that runs without Qt, lock files, no strange names."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = sorted((ROOT / "restock_desk").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FILE_LINES, FUNCTION_LINES, CLASS_LINES, PUBLIC_METHODS = 400, 50, 250, 15
HEADLESS = (
    "cli",
    "worker",
    "app",
    "web",
    "services",
    "store",
    "rendering",
    "transport",
    "feeds",
    "domain",
    "jobs",
    "settings",
)


@cache
def _trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in CODE}


@cache
def _defined() -> list[tuple[Path, ast.AST]]:
    """All functions and classes, and the file each stands in."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [
        (path.relative_to(ROOT), node)
        for path, tree in _trees().items()
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def _nodes(kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[tuple[Path, ast.AST]]:
    return ((path, node) for path, node in _defined() if isinstance(node, kind))


def _lines(node: ast.AST) -> int:
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_outgrows_its_budget() -> None:
    sizes = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in [*CODE, *TESTS]}
    assert {name: n for name, n in sizes.items() if n > FILE_LINES} == {}


def test_no_function_outgrows_its_budget() -> None:
    found = [
        f"{path}:{node.name} {_lines(node)}"
        for path, node in _nodes((ast.FunctionDef, ast.AsyncFunctionDef))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > FUNCTION_LINES
    ]
    assert found == []


def test_no_class_outgrows_its_budget() -> None:
    found = []
    for path, node in _nodes(ast.ClassDef):
        assert isinstance(node, ast.ClassDef)
        public = [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
        if _lines(node) > CLASS_LINES or len(public) > PUBLIC_METHODS:
            found.append(f"{path}:{node.name} {_lines(node)} lines, {len(public)} public methods")
    assert found == []


def test_every_module_says_what_lives_there() -> None:
    silent = [str(path.relative_to(ROOT)) for path, tree in _trees().items() if not ast.get_docstring(tree)]
    assert silent == []


def test_no_drawer_for_odds_and_ends() -> None:
    banned = {"util", "utils", "misc", "helper", "helpers", "common", "manager", "base", "impl"}
    assert [str(p.relative_to(ROOT)) for p in CODE if banned & set(p.stem.split("_"))] == []


def test_the_core_runs_without_qt() -> None:
    modules = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for p in CODE
        if p.relative_to(ROOT).parts[1].removesuffix(".py") in HEADLESS and "migrations" not in p.parts
    ]
    program = (
        "import sys\n"
        "for name in ('PySide6', 'pyqtgraph', 'qtawesome'): sys.modules[name] = None\n"
        f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "packaging" / "lock").glob("*.txt")), ids=lambda p: p.name)
def test_lock_files_hold_hashes_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    pinned = re.findall(r"^[A-Za-z0-9_.-]+==", text, flags=re.MULTILINE)
    blocks = re.split(r"\n(?=[A-Za-z0-9_.-]+==)", text)
    assert len(pinned) > 10
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_known_holes_are_closed_by_the_pinned_versions() -> None:
    text = (ROOT / "packaging" / "lock" / "dev.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", text, flags=re.MULTILINE))
    for name, floor in (("jinja2", (3, 1, 6)), ("pyside6", (6, 11, 3))):
        assert tuple(int(part) for part in pins[name].split(".")) >= floor
    assert pins["pyside6"].startswith("6.11."), "6.12.0 aborts on Python 3.11"
