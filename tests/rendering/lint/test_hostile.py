"""Whatever is written, the checks end in findings: broken tags, broken styles, floods, and real mails of others."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restock_desk.domain.templates import Draft, Severity, TemplateKind
from restock_desk.rendering import lint
from restock_desk.rendering.lint.tree import Tree

SHREDS = [
    "<p>",
    "</p>",
    "<a href='",
    '"',
    "'",
    ">",
    "<",
    "<!--",
    "-->",
    "<!--[if mso]>",
    "<![endif]-->",
    "<style>",
    "</style>",
    "@media (",
    "{",
    "}",
    "a{color:",
    "!important",
    "url(",
    ")",
    "<img src=x",
    " alt=",
    "<table>",
    "<td width=1e9px",
    "style='font-size:1e99px;color:rgb(9e9 9 9/2)'",
    "style=\"background:url('",
    "{{",
    "}}",
    "{%",
    "%}",
    "{{ product.title }}",
    "<mjml>",
    "<mj-body>",
    "<mj-text css-class=",
    "</mj-body>",
    "<a href='https://[",
    "xn--",
    "&#xFFFFFF;",
    "\x00",
    "\ud7ff",
    "\u202e",
    "\U0001f389",
    "<html lang=",
    "<body",
    "<div style='line-height:",
    "</",
    "<!doctype",
    "]]>",
    "<![CDATA[",
]


@settings(max_examples=80)
@given(st.lists(st.sampled_from(SHREDS), max_size=40).map("".join), st.sampled_from(TemplateKind), st.text(max_size=20))
def test_no_shreds_of_a_mail_are_too_broken_to_be_checked(source: str, kind: TemplateKind, subject: str) -> None:
    for problem in lint.check(Draft(kind, source, subject, source[:50]), deep=True):
        assert problem.message
        assert problem.line <= source.count("\n") + 1 or problem.where != "source"


@settings(max_examples=80)
@given(st.lists(st.sampled_from(SHREDS), max_size=40).map("".join))
def test_a_tree_holds_every_tag_where_it_stands(source: str) -> None:
    tree = Tree(source)
    assert len(tree.text) == len(source)
    for element in tree.elements:
        assert source[element.start] == "<"
        assert element.tag.lower().startswith(f"<{element.name}")
        assert element.end <= element.content_end or element.closed < 0
        assert 1 <= element.line <= source.count("\n") + 1


@pytest.mark.parametrize(
    "part", ["<style>a{b:c}", "<p style='color:red", "@media x{", "<div><span>", "<a href=x>", "a{{b:"]
)
def test_a_megabyte_of_it_takes_no_longer_than_a_moment(part: str) -> None:
    """Processor time; the limit leaves room for a busy machine."""
    draft = Draft(TemplateKind.HTML, part * (1_000_000 // len(part)), "x")
    begin = time.process_time()
    found = lint.check(draft, deep=True)
    assert time.process_time() - begin < 2
    assert any(problem.severity is Severity.ERROR for problem in found)


def test_real_mails_of_others_are_judged_and_not_drowned(real: Path) -> None:
    if not real.is_dir():
        pytest.skip("the real mails are not beside this checkout")
    for path in sorted((real / "email-html").rglob("*.html")):
        found = lint.check(Draft(TemplateKind.HTML, path.read_text(encoding="utf-8"), "Back in stock"), deep=True)
        loud = [problem for problem in found if problem.severity is Severity.WARNING]
        assert 3 <= len(loud) <= 30
        assert any(problem.rule == "a11y.contrast" for problem in found)
        assert len(found) <= 60
