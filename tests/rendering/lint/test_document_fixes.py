"""Quick fixes of documents: each does away with its problem in one step, and leaves a document that is one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings

from restock_desk.domain.brand import DEFAULT
from restock_desk.domain.document import kinds, operations, reading
from restock_desk.domain.document.history import History
from restock_desk.domain.document.tree import Document, Node, freeze
from restock_desk.domain.templates import Problem, Severity
from restock_desk.rendering import lint
from restock_desk.rendering.document import drafts, dress
from restock_desk.rendering.document.dress import Dress
from restock_desk.rendering.lint import mending
from tests.builders import NOW
from tests.documents import body_of, documents, numbered
from tests.ui.composing import node

WORDS = [{"t": "What you waited for is here again, in your size and in your colour."}]
GOOD = {
    "subject": [{"v": "product.title"}, {"t": " is back"}],
    "preheader": [{"t": "You asked us to tell you as soon as it is here, and now it is."}],
}
HEADING, TEXT = node("head", "heading", text=[{"t": "Good news"}]), node("words", "text", text=WORDS)
FOOTER = node("foot", "footer", text=[{"t": "You asked us to tell you."}])
DRESS = Dress(replace(DEFAULT, logo_dark_url="https://x.example/dark.png"))


def mail(*nodes: Node, around: tuple[Node, ...] = (HEADING, TEXT, FOOTER), **set: Any) -> Document:
    made = freeze({**GOOD, **set})
    document = replace(body_of(*around[:-1], *nodes, *around[-1:]), settings=made)  # type: ignore[arg-type]  # an object
    return reading.parse(reading.serialise(document))  # in its one form


def found(document: Document) -> tuple[Problem, ...]:
    return lint.check(dress.dressed(drafts.draft_of(document), DRESS), deep=True)


@dataclass(frozen=True)
class Case:
    rule: str
    document: Document


def picture(**props: Any) -> Document:
    return mail(node("x", "image", **{"src": "https://x.example/a.png", "alt": [{"t": "A shirt"}], **props}))


def button(**props: Any) -> Document:
    return mail(node("x", "button", **{"label": [{"t": "See it"}], "href": {"link": "product"}, **props}))


def text(*runs: Any, **props: Any) -> Document:
    return mail(node("x", "text", text=list(runs) or WORDS, **props))


OWN: Any = {"textPart": "manual", "text": [{"v": "product.title"}, {"t": " is back: "}, {"v": "links.product"}]}
CASES = [
    Case("img.alt", picture(alt=[])),
    Case("img.alt", picture(alt=[], src={"v": "product.image_url"})),
    Case("img.alt-link", picture(alt=[], href={"link": "product"})),
    Case("img.alt-link", picture(alt=[], href="https://shop.example")),
    Case("img.insecure", picture(src="http://x.example/a.png")),
    Case("link.insecure", button(href="http://x.example/a")),
    Case("link.insecure", text({"t": "this shirt", "link": "http://x.example/a"})),
    Case("link.insecure", mail(node("x", "html", html='<a href="http://x.example/a">this shirt</a>'))),
    Case("link.noscheme", button(href="shop.example/sale")),
    Case("link.unsubscribe", text({"t": "Leave the list", "link": "https://x.example/unsubscribe"})),
    Case("link.empty", button(href="")),
    Case("link.empty", mail(node("x", "menu", links=[{"label": [{"t": "New shirts"}], "href": ""}]))),
    Case("a11y.contrast", mail(node("x", "heading", text=[{"t": "Pale"}], style={"color": "#bbbbbb"}))),
    Case("a11y.contrast", text({"t": "Pale ", "color": "#cccccc"}, {"t": "and not"})),
    Case("a11y.contrast", button(style={"background": "#eeeeee"})),
    Case("a11y.contrast", mail(node("x", "heading", text=[{"t": "Pale"}], style={"color": "$border"}))),
    Case("a11y.contrast-dark", text(style={"color": "#2b2a27"})),
    Case("a11y.order", mail(node("x", "heading", text=[{"t": "Deep"}], level=3))),
    Case("a11y.small", text(style={"size": 8})),
    Case("a11y.target", button(style={"inner": [2, 20, 2, 20]})),
    Case("a11y.dir", text({"t": "שלום לכולם וברוכים הבאים לחנות שלנו " * 6})),
    Case("dark.logo", picture(src="https://x.example/logo.png")),
    Case("subj.empty", mail(subject=[])),
    Case("subj.marks", mail(subject=[{"v": "product.title"}, {"t": " is back!!!"}])),
    Case("subj.reply", mail(subject=[{"t": "Re: it is back"}])),
    Case("pre.missing", mail(preheader=[])),
    Case("pre.missing", mail(preheader=[], lang="fr")),
    Case("pre.short", mail(preheader=[{"t": "Here again"}])),
    Case(
        "pre.repeats", mail(subject=[{"t": "Your shirt is here again"}], preheader=[{"t": "Your shirt is here again"}])
    ),
    Case("unsub.body", mail(around=(HEADING, TEXT))),
    Case("legal.address", mail(around=(HEADING, TEXT))),
    Case("legal.address", mail(around=(HEADING, replace(FOOTER, props={**FOOTER.props, "address": False})))),
    Case("doc.footer", mail(around=(HEADING, TEXT))),
    Case("unsub.text", mail(**OWN)),
    Case("mime.text", mail(textPart="manual", text=[])),
    Case("i18n.currency", text({"t": "Now €"}, {"v": "variant.price", "fallback": "cheap"})),
    Case("var.nofallback", text({"t": "Hello "}, {"v": "subscriber.first_name"})),
    Case("var.undefined", text({"t": "The "}, {"v": "product.titel", "fallback": "shirt"})),
    Case("doc.required", mail(node("x", "text"))),
    Case("doc.required", button(label=[])),
    Case("doc.custom", mail(node("x", "custom:badge"))),
    Case("doc.type", mail(node("x", "hologram", a=1))),
    Case("doc.key", text(later=1)),
    Case("doc.key", mail(later=1)),
    Case("doc.columns", mail(Node("x", "section", freeze({"layout": "1-1"}), {"columns": (Node("y", "column"),)}))),  # type: ignore[arg-type]  # an object
    Case("doc.sku", mail(node("x", "product", source="sku"))),
    Case("doc.item", mail(node("x", "product", source="item"))),
    Case("doc.unknown", mail(Node("x", "slot", freeze({"ref": "sb_9"})))),  # type: ignore[arg-type]  # an object
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_fix_does_away_with_its_problem_in_one_step(case: Case) -> None:
    history, before = History(case.document), found(case.document)
    errors = {problem.rule for problem in before if problem.severity is Severity.ERROR}
    problem = next(problem for problem in before if problem.rule == case.rule and problem.operations)
    history = history.do(problem.operations, NOW, problem.fix)  # type: ignore[arg-type]  # of a document they are such
    after = found(history.document)
    assert (case.rule, problem.block, problem.evidence) not in {(p.rule, p.block, p.evidence) for p in after}
    assert {p.rule for p in after if p.severity is Severity.ERROR} <= errors
    assert reading.parse(reading.serialise(history.document)) == history.document
    assert history.undo().document == case.document


def test_most_rules_of_documents_have_a_case() -> None:
    assert mending.RULES - {case.rule for case in CASES} <= {"doc.path", "doc.saved", "img.alt-file", "dark.none"}


@settings(max_examples=12)
@given(documents())
def test_every_fix_of_any_document_leaves_a_document(document: Document) -> None:
    for problem in lint.check(drafts.draft_of(document)):
        if problem.operations:
            made, back = operations.apply(document, problem.operations)  # type: ignore[arg-type]  # of a document
            assert reading.parse(reading.serialise(made)) == made
            assert operations.apply(made, back)[0] == document


def test_a_good_mail_has_nothing_to_mend() -> None:
    assert [problem for problem in found(mail()) if problem.operations or problem.severity is Severity.ERROR] == []


def test_a_new_footer_takes_ids_that_are_free() -> None:
    taken: Callable[[], str] = numbered("footer-")
    bare = mail(Node("s", "section", slots={"columns": (Node(taken(), "column"),)}), around=(HEADING, TEXT))
    problem = next(problem for problem in found(bare) if problem.rule == "doc.footer")
    made, _ = operations.apply(bare, problem.operations)  # type: ignore[arg-type]  # of a document
    assert sum(each.type == "footer" for each in made.walk()) == 1
    assert kinds.blank("d", "x", numbered()).body
