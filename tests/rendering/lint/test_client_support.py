"""The table of what mail programs show: every feature is found where it is used, and only for whom it counts."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from restock_desk.domain.templates import Severity
from restock_desk.rendering import lint
from restock_desk.rendering.lint import compat, support
from restock_desk.rendering.lint.matchers import HARMLESS, MATCHERS, UNAVOIDABLE, UNDETECTABLE
from restock_desk.rendering.lint.tree import Tree
from restock_desk.rendering.lint.uses import Uses
from tests.rendering.lint.cases import html

ROOT = Path(__file__).parents[3]
RECORDED = Path(__file__).parent / "caniemail_checker.json"
PLAIN = "<p>Hello</p>"
SELECTORS = {
    "adjacent-sibling": "p + p", "attribute": "[title]", "chaining": ".a.b", "child": "p > b", "class": ".a",
    "descendant": "p b", "general-sibling": "p ~ p", "grouping": "p, b", "id": "#a", "type": "p", "universal": "*",
    "nesting": "p { & b",
}  # fmt: skip


def sample(token: str) -> str:
    """A little HTML that uses one token."""
    kind, _, name = token.partition(":")
    if kind == "sel" and name == "nesting":
        return "<style>p { color: #333; & b { color: #444 } }</style>"
    made = {
        "prop": f'<p style="{"--x" if name == "--" else name}: 0">x</p>',
        "display": f'<p style="display: {name}">x</p>',
        "fn": f'<p style="width: {name}(1)">x</p>',
        "unit": f'<p style="width: 1{name}">x</p>',
        "word": f'<p style="width: {"0 " if name == "!important" else ""}{name}">x</p>',
        "at": f"<style>@{name} x {{ }}</style>",
        "media": f"<style>@media ({name}: 1) {{ p {{ color: red }} }}</style>",
        "sel": f"<style>{SELECTORS.get(name, name)} {{ color: red }}</style>",
        "pseudo": f"<style>p:{name} {{ color: red }}</style>",
        "el": f"<{name}>x</{name}>",
        "attr": f'<p {name}="1">x</p>',
        "input": f'<input type="{name}">',
        "button": f'<button type="{name}">x</button>',
        "link": '<a href="#a">x</a>' if name == "anchor" else '<a href="mailto:a@b.example">x</a>',
        "img": '<img src="data:image/png;base64,AA">'
        if name == "base64"
        else f'<img src="https://x.example/a.{name}">',
        "comment": "<!-- x -->" if name == "html" else "<style>/* x */</style>",
        "doctype": "<!doctype html>",
        "meta": '<meta name="color-scheme" content="light">',
    }
    return made[kind]


def uses(source: str, inlined: bool = False) -> Uses:
    return Uses(Tree(source), inlined)


def refresh_script() -> ModuleType:
    found = importlib.util.spec_from_file_location("refresh", ROOT / "packaging" / "refresh_client_support.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_every_feature_has_a_matcher_or_a_reason_why_not() -> None:
    known = set(support.features())
    assert known == set(MATCHERS) | set(UNDETECTABLE)
    assert not set(MATCHERS) & set(UNDETECTABLE)
    assert known >= HARMLESS | UNAVOIDABLE
    assert all(reason.endswith(".") for reason in UNDETECTABLE.values())


@pytest.mark.parametrize("slug", sorted(MATCHERS))
def test_a_matcher_finds_each_of_its_tokens_and_spares_a_plain_paragraph(slug: str) -> None:
    for token in MATCHERS[slug]:
        assert token in uses(sample(token)).tokens, token
    if slug != "html-p":
        assert not MATCHERS[slug] & set(uses(PLAIN).tokens)


def test_what_a_shorthand_stands_for_counts_too() -> None:
    found = uses('<p style="background: #fff url(https://x.example/a.webp)">x</p>').tokens
    assert {"prop:background", "prop:background-image", "img:webp"} <= set(found)


def rules(body: str, head: str = "", targets: tuple[str, ...] = ()) -> dict[str, Severity]:
    found = lint.check(html(body, head=head), deep=True, targets=targets)
    return {problem.rule: problem.severity for problem in found if problem.rule.startswith("compat.")}


FLEX = '<div style="display:flex">x</div>'


def test_only_chosen_mail_programs_count() -> None:
    assert "compat.css-display-flex" in rules(FLEX, targets=("outlook.windows",))
    assert rules(FLEX, targets=("apple-mail.*",)) == {}


def test_a_comment_for_outlook_counts_for_outlook_alone() -> None:
    hidden, revealed = f"<!--[if mso]>{FLEX}<![endif]-->", f"<!--[if !mso]><!-->{FLEX}<!--<![endif]-->"
    assert rules(hidden, targets=("gmail.*",)) == {}
    assert "compat.css-display-flex" in rules(hidden, targets=("outlook.windows",))
    assert "compat.css-display-flex" not in rules(revealed, targets=("outlook.windows",))


def test_a_rule_for_small_screens_counts_only_where_such_rules_work() -> None:
    head = "<style>@media (max-width: 400px) { .a { display: flex; } }</style>"
    assert rules("<p class='a'>x</p>", head=head, targets=("outlook.windows",)) == {}


def test_a_value_for_older_programs_before_it_makes_it_less_grave() -> None:
    alone = rules('<p style="width: 50vw">x</p>', targets=("outlook.windows",))
    after = rules('<p style="width: 300px; width: 50vw">x</p>', targets=("outlook.windows",))
    assert alone["compat.css-unit-vw"] is Severity.WARNING
    assert after.get("compat.css-unit-vw", Severity.INFO) is Severity.INFO


def test_many_uses_are_one_finding_with_a_count() -> None:
    found = [p for p in lint.check(html(FLEX * 300), deep=True) if p.rule == "compat.css-display-flex"]
    assert len(found) == 1
    assert "used 300 times" in found[0].message
    assert found[0].url == "https://www.caniemail.com/features/css-display-flex/"


def test_the_newest_version_counts_and_never_the_history() -> None:
    latest = refresh_script().latest
    assert latest({"2011": "y", "2016": "y", "16.80": "a #1 #10"}) == "a #1 #10"
    assert latest({"10.3": "y", "5.1": "n"}) == "y"
    assert latest({"2024-04": "n", "2019-02": "y"}) == "n"
    assert latest({"9.9.99.": "n", "10.1": "y"}) == "y"


def test_a_refresh_stops_at_what_nobody_has_seen_before() -> None:
    script = refresh_script()
    feature = {"slug": "css-x", "category": "css", "last_test_date": "2026-01-01", "notes_by_num": None}
    with pytest.raises(ValueError, match="“z”"):
        script.table({"data": [{**feature, "stats": {"gmail": {"ios": {"1": "z"}}}}]}, ())
    with pytest.raises(ValueError, match=r"new\.ios"):
        script.table({"data": [{**feature, "stats": {"new": {"ios": {"1": "y"}}}}]}, ("gmail.ios",))


def test_the_table_says_where_it_comes_from_and_holds_no_sentences() -> None:
    head = (ROOT / "resources" / "client_support.csv").read_text(encoding="utf-8").split("\n")[0]
    assert "MIT" in head
    assert "Rémi Parmentier" in head
    assert support.dated() == "2026-05-13"
    assert len(support.features()) == 307
    assert len(support.clients()) == 48


OURS_ALONE = {
    "css-at-media-prefers-color-scheme": "it compares the at-rule's whole name with its title, in vain",
    "css-selector-grouping": "it is handed one selector at a time and never sees two",
    "html-doctype": "it looks for an element of the name “!doctype html”, which no parser makes",
    "css-display-none": "it passes over rules within @media, and over values with !important",
    "css-important": "it passes over rules within @media",
    "css-pseudo-class-hover": "it passes over rules within @media",
    "css-selector-descendant": "it passes over rules within @media",
    "css-selector-type": "it passes over rules within @media",
    "css-selector-id": "it passes over rules within @media",
    "css-selector-class": "it passes over rules within @media",
    "css-at-media": "it sorts versions as words: Outlook for macOS 2016 after 16.80",
    "css-margin": "it sorts versions as words: Outlook for macOS 2016 after 16.80",
    "css-overflow": "it sorts versions as words: Samsung Email 5.0.10.2 after 2024-10",
    "css-text-shadow": "it sorts versions as words: Outlook for macOS 2019-02 after 16.80",
    "css-at-import": "it sorts versions as words: Outlook for macOS 2019-02 after 16.80",
}
THEIRS_ALONE = {
    "css-background": "it counts background-color and the like as the shorthand, too",
    "css-max-width": "it sorts versions as words: Apple Mail for iOS 6.1 after 12.2",
}


def test_it_agrees_with_the_npm_checker_but_for_what_is_explained(
    real: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As sets of (feature, client), over everything the checker has an answer for."""
    if not real.is_dir():
        pytest.skip("the real mails are not beside this checkout")
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    names = recorded["clients"]
    agreed = 0
    ours: dict[str, int] = {}
    theirs: dict[str, int] = {}
    for path in sorted((real / "email-html").rglob("*.html")):
        said = recorded["files"][path.name]
        asked = [name for number, name in enumerate(names) if number not in said["gave_up"]]
        mine = {(slug, client) for slug, client, _ in compat.verdicts(uses(path.read_text(encoding="utf-8")), asked)}
        other = {(s, names[n]) for s, ns in said["found"].items() for n in ns if names[n] in asked}
        agreed += len(mine & other)
        for found, into in ((mine - other, ours), (other - mine, theirs)):
            for slug, _ in found:
                into[slug] = into.get(slug, 0) + 1
    with capsys.disabled():
        print(
            f"\nagreed {agreed}, ours alone {sum(ours.values())} {ours}, theirs alone {sum(theirs.values())} {theirs}"
        )
    assert set(ours) <= set(OURS_ALONE)
    assert set(theirs) <= set(THEIRS_ALONE)
    assert agreed > 9 * (sum(ours.values()) + sum(theirs.values()))
