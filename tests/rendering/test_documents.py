"""Documents compile, whatever valid thing stands in them, and the mail says what the document says."""

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from restock_desk.domain.brand import DEFAULT, Shade
from restock_desk.domain.document import kinds, reading
from restock_desk.domain.document.kinds import KINDS
from restock_desk.domain.document.tree import Document, DocumentFault, Node, freeze
from restock_desk.domain.templates import Draft, RenderedMail, Severity, Starter
from restock_desk.rendering import lint
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.document import cleaning, commerce, content, drafts, dress, texts
from restock_desk.rendering.document.look import Look
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.starters import gallery
from tests.documents import Maker, body_of, documents, numbered
from tests.rendering.samples import context, event, identity

FEW = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


def text_block(*runs: dict[str, Any], **props: Any) -> Node:
    return Node("t1", "text", freeze({"text": list(runs), **props}))  # type: ignore[arg-type]  # an object stays one


def made(*nodes: Node, **values: Any) -> Draft:
    subject = {"subject": [{"t": "Back: "}, {"v": "product.title"}]}
    return drafts.draft_of(replace(body_of(*nodes), settings=freeze({**subject, **values})))  # type: ignore[arg-type]  # likewise


def shown(draft: Draft, data: dict[str, Any] | None = None) -> RenderedMail:
    return compile_template(draft).render(data or context(event(1), event(2), event(3)), identity(), strict=False)


def words(page: str) -> str:
    """What a reader of the HTML sees, blanks as one."""
    body = LexborHTMLParser(page.replace("<br />", " <br>").replace("<br>", " <br>")).body
    return " ".join(body.text(separator=" ").split()) if body else ""


@FEW
@given(documents())
def test_every_valid_document_compiles_and_is_the_same_each_time(document: Document) -> None:
    draft = drafts.draft_of(document)
    compiled = compile_template.__wrapped__(draft)
    assert [problem for problem in compiled.problems if problem.severity is Severity.ERROR] == []
    again = drafts.draft_of(reading.parse(draft.source))
    assert again == draft
    assert compile_template.__wrapped__(again).digest == compiled.digest
    mail = compiled.render(context(event(1), event(2)), identity(), strict=False)
    failed = any(problem.severity is Severity.ERROR for problem in mail.problems)  # such as a name that is rounded
    assert failed or (mail.html.startswith("<!doctype html>") and mail.html.endswith("</body></html>"))


@FEW
@given(documents(unknown=False))
def test_a_document_and_the_source_it_turns_into_say_the_same(document: Document) -> None:
    draft = drafts.draft_of(document)
    source = drafts.to_draft(draft)
    mine, theirs = (
        shown(draft),
        compile_template(source).render(context(event(1), event(2), event(3)), identity(), strict=False),
    )
    assert mine.subject == theirs.subject
    assert words(mine.html) == words(theirs.html)


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Co")), max_size=60))
def test_words_come_out_as_they_went_in(text: str) -> None:
    mail = shown(made(text_block({"t": text}), kinds.new("footer", numbered("f"))))
    plain = " ".join(text.split())
    assert plain in words(mail.html) or not plain
    visible = " ".join(mail.text.split())
    assert plain in visible or not plain


COMMERCE = [kind.type for kind in KINDS.values() if kind.expands]
BOXED = {"background": "$background", "borderWidth": 1}


def fresh(type: str, **props: Any) -> Node:
    node = kinds.new(type, numbered("p"))
    return replace(node, props=freeze({**node.props, **props}))  # type: ignore[arg-type]  # an object stays one


@pytest.mark.parametrize("layout", ["card", "row", "compact"])
@pytest.mark.parametrize("style", [{}, BOXED, {"ratio": "square"}])
@pytest.mark.parametrize("type_", COMMERCE)
def test_a_block_and_what_it_expands_to_render_the_same(type_: str, style: dict[str, Any], layout: str) -> None:
    node = fresh(type_, **({"layout": layout, "style": style} if type_ == "product" else {}))
    look = Look.of(body_of(), DEFAULT)
    parts = commerce.expansion(node, "", 552, look)
    assert parts
    assert {part.type for part in parts} <= content.BASE
    assert all(reading.node_of(freeze(reading.plain_node(part))) for part in parts)
    apart = [replace(part, id=f"{node.id}{at}") for at, part in enumerate(parts)]
    whole, detached = made(node), made_in_one_column(*apart)
    assert shown(whole).html.partition("<body")[2] == shown(detached).html.partition("<body")[2]
    assert shown(whole).text == shown(detached).text


def made_in_one_column(*nodes: Node) -> Draft:
    alone = body_of(nodes[0])
    section = alone.body[0]
    column = replace(section.children("columns")[0], slots=freeze_slots(blocks=nodes))
    subject = freeze({"subject": [{"t": "Back: "}, {"v": "product.title"}]})
    body = (replace(section, slots=freeze_slots(columns=(column,))),)
    return drafts.draft_of(replace(alone, body=body, settings=subject))  # type: ignore[arg-type]  # an object stays one


def freeze_slots(**slots: tuple[Node, ...]) -> Any:
    return MappingProxyType(slots)


def test_what_cleaning_leaves_it_leaves_again() -> None:
    for type_ in COMMERCE:
        for part in commerce.expansion(fresh(type_), "", 552, Look.of(body_of(), DEFAULT)):
            once = cleaning.cleaned(str(part.get("html") or ""))
            assert cleaning.cleaned(once) == once


@pytest.mark.parametrize(
    ("source", "gone"),
    [
        ("<p>a<script>alert(1)</script></p>", "<script"), ('<p onclick="x()">a</p>', "onclick"),
        ('<a href="javascript:x()">a</a>', "javascript"), ("<iframe src='https://x.example'></iframe>a", "iframe"),
        ("<p style=\"background:url('javascript:x')\">a</p>", "javascript"),
        ("<!--[if mso]><b>x</b><![endif]-->a", "<b>x"),
        ("<form action='https://x.example'>a</form>", "form"), ("<style>p{color:red}</style>a", "color:red"),
    ],
)  # fmt: skip
def test_html_of_an_author_without_the_right_is_made_harmless(source: str, gone: str) -> None:
    draft = made(Node("h1", "html", freeze({"html": source})))  # type: ignore[arg-type]  # an object stays one
    page = shown(draft).html.partition("<body")[2]
    assert gone not in page
    assert "a" in page


def test_html_of_an_author_with_the_right_is_sent_as_it_is() -> None:
    draft = made(Node("h1", "html", freeze({"html": "<p data-x='1'>a</p>"})))  # type: ignore[arg-type]  # likewise
    assert "data-x" not in shown(draft).html
    assert "data-x" in shown(dress.dressed(draft, dress.Dress(raw_html=True))).html


def test_what_is_wrong_names_its_block_and_its_line() -> None:
    draft = made(text_block({"t": "Hello"}), Node("h1", "html", freeze({"html": "<p>{% if x %}</p>"})))  # type: ignore[arg-type]  # likewise
    found = [problem for problem in compile_template(draft).problems if problem.severity is Severity.ERROR]
    assert [problem.block for problem in found] == ["h1"]
    assert '"id": "h1"' in draft.source.splitlines()[found[0].line - 1]
    missing = made(text_block({"v": "subscriber.nickname"}))
    assert [problem.block for problem in shown(missing).problems] == ["t1"]
    with pytest.raises(TemplateFault) as fault:
        compile_template(missing).render(context(event(1)), identity())
    assert fault.value.block == "t1"


def test_a_preview_names_blocks_in_classes_and_a_send_does_not() -> None:
    draft = made(text_block({"t": "Hello"}))
    assert "b-t1" in shown(dress.for_preview(draft)).html
    assert "b-t1" not in shown(draft).html


def test_colours_of_the_brand_have_their_dark_twins_in_every_mail() -> None:
    brand = replace(DEFAULT, brand=Shade("#123456", "#abcdef"))
    page = shown(dress.dressed(made(fresh("button")), dress.Dress(brand))).html
    assert "background:#123456" in page
    assert re.search(r"prefers-color-scheme: dark\)\{[^@]*#abcdef", page)
    assert re.search(r"\[data-ogsb\] \.rd-btn-brand[^{]*\{[^}]*#abcdef", page)


def test_a_link_counts_the_same_in_the_plain_text_as_in_the_html() -> None:
    written = {"t": "the size guide", "link": "https://shop.example/sizes?a=1&b=(2)"}
    draft = made(
        Node("b1", "button", freeze({"label": [{"t": "View"}], "href": {"link": "product"}})),  # type: ignore[arg-type]
        text_block({"t": "See "}, written),
        fresh("product"),
    )
    compiled = compile_template(draft)
    constructs = {
        name: [piece.text for piece in compiled.parts[name] if "_track(" in piece.text] for name in ("html", "text")
    }
    assert len(constructs["text"]) == 4
    assert set(constructs["text"]) <= set(constructs["html"])
    assert "/sizes" not in shown(draft).text


def test_rows_of_a_repeat_have_literal_widths_and_everybody_stands_in_them_once() -> None:
    each = replace(kinds.new("repeat", numbered("r")), props=freeze({"perRow": 2, "limit": 5}))  # type: ignore[arg-type]  # likewise
    mail = shown(made(each), context(*(event(n, title=f"Shirt {n}") for n in range(1, 8))))
    assert [words(mail.html).count(f"Shirt {n}") for n in range(1, 8)] == [1, 1, 1, 1, 1, 0, 0]
    assert "mj-column-per-50" in mail.html


def test_canonical_texts_are_read_and_written_as_the_domain_does() -> None:
    for seed in range(40):
        document = Maker(seed).document(4)
        source = reading.serialise(document)
        assert texts.serialise(document) == source
        assert texts.parse(source) == document
    with pytest.raises(DocumentFault, match="Line"):
        texts.parse(source.replace('"type": "', '"type": 7, "x": "', 1))


@pytest.mark.parametrize("starter", gallery(), ids=lambda starter: str(starter.name))
def test_every_starter_is_finished(starter: Starter) -> None:
    assert [p for p in lint.check(starter.draft, deep=True) if p.severity is not Severity.INFO] == []
    assert starter.picture is not None
    assert starter.picture.stat().st_size < 120_000
    mail = compile_template(starter.draft).render(context(event(1), event(2)), identity())
    assert len(mail.html) < 102_000
    assert "https://mail.example/u/" in mail.text
