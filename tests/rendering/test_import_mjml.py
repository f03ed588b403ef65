"""MJML of other people comes in as blocks; what no block can hold is kept as HTML and told with its line."""

import re
from typing import Any

import pytest
from hypothesis import given, settings

from restock_desk.domain.document import reading
from restock_desk.domain.document.imported import Imported, Outcome
from restock_desk.domain.document.tree import Document, Node
from restock_desk.domain.templates import Severity
from restock_desk.errors import DeskError
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.document import drafts
from restock_desk.rendering.imports.mjml import import_mjml
from tests.documents import documents
from tests.rendering import mjml_samples as samples


def blocks(made: Imported) -> list[Node]:
    """All that is no layout, in reading order."""
    return [node for node in made.document.walk() if node.type not in ("section", "column", "branch", "repeat", "hero")]


def kinds(made: Imported) -> list[str]:
    return [node.type for node in blocks(made)]


def field(node: Node, name: str) -> Any:
    return node.props[name]


def words(value: Any) -> str:
    return "".join(run.get("t") or f"‹{run['v']}›" for run in value)


def exported(document: Document) -> list[str]:
    """The MJML of a document, line by line."""
    source = drafts.to_draft(drafts.draft_of(document)).source
    return [line.strip() for line in source.splitlines() if line.strip()]


@pytest.mark.parametrize("name", samples.ALL)
def test_every_sample_is_a_document_that_compiles_and_can_be_written_and_read(name: str) -> None:
    made = import_mjml(samples.ALL[name])
    assert reading.parse(reading.serialise(made.document)) == made.document
    compiled = compile_template(drafts.draft_of(made.document))
    wrong = [p for p in compiled.problems if p.severity is Severity.ERROR and p.rule.startswith(("mjml", "tpl", "doc"))]
    assert not wrong
    again = import_mjml("\n".join(exported(made.document)))
    assert exported(again.document) == exported(import_mjml("\n".join(exported(again.document))).document)


@pytest.mark.parametrize("name", samples.ALL)
def test_no_word_picture_or_link_of_a_sample_is_lost_unless_it_is_told(name: str) -> None:
    made = import_mjml(samples.ALL[name])
    kept = reading.serialise(made.document)
    told = " ".join(note.what for note in made.notes)
    source = re.sub(r"<mj-head>.*?</mj-head>|\{[{%].*?[%}]\}|\*\|.*?\|\*", " ", samples.ALL[name], flags=re.DOTALL)
    for word in re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>|&\w+;", " ", source)):
        assert word in kept, word
    for address in re.findall(r"https://[^\"'\s>]+", source):
        assert address in kept or address in told, address


def test_attributes_of_the_head_and_of_classes_are_looks_of_the_blocks() -> None:
    made = import_mjml(samples.ATTRIBUTES)
    hello, small, button = blocks(made)
    assert hello.get("style.color") == "#b91c1c"
    assert hello.get("style.weight") == "700"
    assert (small.get("style.size"), small.get("style.color")) == (12, "#334155")
    assert (button.get("style.background"), button.get("style.radius")) == ("#0f766e", 4)
    assert made.document.setting("width") == 640
    assert made.document.setting("background") == "#eeeeff"
    assert words(made.document.setting("subject")) == "Back in stock: ‹product.title›"
    assert words(made.document.setting("preheader")) == "The boots you asked for"


def test_what_is_no_xml_is_read_all_the_same() -> None:
    made = import_mjml(samples.ILL_FORMED)
    assert kinds(made) == ["text", "image", "text", "button"]
    first, picture, _, _ = blocks(made)
    assert words(first.get("text")).startswith("Salt & pepper\u00a0© 2 < 3\nnext bold")
    assert picture.get("src") == "https://shop.example/a.png?x=1&y=2"
    assert [note.line for note in made.notes] == [5]


def test_columns_keep_their_shares_and_what_stays_side_by_side_does() -> None:
    shared, grouped, four, fifth = import_mjml(samples.COLUMNS).document.body
    assert [row.get("layout") for row in (shared, grouped, four)] == ["1-2", "1-2", "1-1-1-1"]
    assert [row.get("stack") for row in (shared, grouped)] == [None, False]
    assert (len(four.children("columns")), len(fifth.children("columns"))) == (4, 1)


def test_a_wrapper_gives_its_background_and_padding_to_its_rows() -> None:
    made = import_mjml(samples.WRAPPER)
    top, bottom = made.document.body
    assert top.get("style.background") == "#112233"
    assert bottom.get("style.background") == "#445566"
    assert top.get("style.padding") == (30, 20, 20, 20)
    assert [note.what for note in made.of(Outcome.LOST)] == ["border of <mj-wrapper>"]


def test_heroes_menus_and_social_links_are_blocks() -> None:
    hero = import_mjml(samples.HERO).document.body[0]
    assert (hero.type, hero.get("image"), hero.get("height")) == ("hero", "https://shop.example/hero.jpg", 469)
    menu = blocks(import_mjml(samples.NAVBAR))[0]
    links: Any = menu.get("links")
    assert [link["href"] for link in links] == ["https://shop.example/new", "https://shop.example/sale"]
    social: Any = blocks(import_mjml(samples.SOCIAL))[0].get("links")
    assert [link.get("network", "web") for link in social] == ["facebook", "x", "web"]


def test_what_folds_or_turns_is_html_and_told() -> None:
    made = import_mjml(samples.FOLDED)
    assert kinds(made) == ["html", "html"]
    assert [note.what for note in made.of(Outcome.KEPT)] == ["<mj-accordion>", "<mj-carousel>"]


def test_a_simple_table_is_a_table_and_any_other_html() -> None:
    made = import_mjml(samples.TABLE)
    assert kinds(made) == ["table", "html"]
    rows: Any = blocks(made)[0].get("rows")
    assert [[words(cell) for cell in row] for row in rows] == [["Size", "Left"], ["Small", "‹variant.stock›"]]


def test_loose_statements_are_branches_conditions_and_repeats() -> None:
    made = import_mjml(samples.STATEMENTS)
    branch, repeat, before, prices, after, odd = made.document.body
    cases: Any = branch.get("cases")
    assert cases[0]["when"] == {"var": "variant.stock", "op": "lt", "value": 5}
    assert cases[1]["when"] == {"var": "subscriber.attributes.tier", "op": "eq", "value": "gold"}
    assert branch.children("else")
    assert (repeat.type, repeat.get("limit")) == ("repeat", 3)
    assert [node.type for node in repeat.children("each")] == ["text", "button"]
    assert repeat.children("each")[1].get("href") == {"link": "product"}
    assert [row.type for row in (before, prices, after)] == ["section", "repeat", "section"]
    assert odd.get("note") == "Was shown only where: loop.cycle('a', 'b')"
    assert [(note.line, note.what) for note in made.of(Outcome.LOST)] == [(11, "{% if loop.cycle('a', 'b') %}")]


def test_unknown_elements_are_kept_as_html_and_style_sheets_beside_the_document() -> None:
    made = import_mjml(samples.UNKNOWN)
    assert kinds(made) == ["html", "html", "html", "text"]
    assert made.document.x["mjml"] == {"styles": (".x { color: red }",)}
    lost = [note.what for note in made.of(Outcome.LOST)]
    assert lost == ["<mj-breakpoint>", "<mj-include ./footer.mjml>"]


def test_a_text_comes_apart_into_headings_words_and_lists() -> None:
    made = import_mjml(samples.TEXTS)
    assert kinds(made) == ["heading", "text", "list", "text", "menu", "html"]
    heading, text, *_ = blocks(made)
    assert (heading.get("style.size"), heading.get("style.align")) == (28, "center")
    assert words(text.get("text")) == "Dear friend, look at this.\n\nSecond\nline"
    runs: Any = text.get("text")
    assert [run.get("m") for run in runs][1] == ("b",)
    assert runs[5]["link"] == "https://shop.example/x"
    assert runs[5]["color"] == "#c2410c"


def test_the_dialects_of_older_versions_are_read() -> None:
    made = import_mjml(samples.OLD)
    assert made.document.setting("width") == 500
    assert kinds(made) == ["text", "social"]
    assert words(blocks(made)[0].get("text")) == "[[HEADLINE]] for ‹subscriber.first_name›"
    assert [note.what for note in made.of(Outcome.KEPT)] == ["[[HEADLINE]]"]


def test_a_link_made_of_words_and_a_variable_keeps_its_button_as_html() -> None:
    source = (
        '<mjml><mj-body><mj-button href="https://shop.example/{{ variant.sku }}?a=1">See</mj-button></mj-body></mjml>'
    )
    made = import_mjml(source)
    assert kinds(made) == ["html"]
    assert "https://shop.example/{{ variant.sku }}?a=1" in str(blocks(made)[0].get("html"))


def in_column(inner: str, head: str = "") -> Imported:
    section = f"<mj-section><mj-column>\n{inner}\n</mj-column></mj-section>"
    return import_mjml(f"<mjml><mj-head>{head}</mj-head><mj-body>{section}</mj-body></mjml>")


def test_style_sheets_dress_the_words_and_links_of_texts() -> None:
    sheet = "<mj-style inline='inline'>a{color:inherit} p.big{font-size:30px;color:#ffffff;margin:4px 0} </mj-style>"
    made = in_column(
        "<mj-text color='#123456'><p class='big'>Big</p><p><a href='https://a.example'>x</a></p></mj-text>", sheet
    )
    big, link = field(blocks(made)[0], "text")
    assert (big["size"], big["color"], big["t"]) == (30, "#ffffff", "Big\n\n")
    assert link["color"] == "#123456"


def test_a_paragraph_keeps_the_room_that_mjml_gives_it() -> None:
    made = in_column("<mj-text padding='10px'><p>a</p><p style='margin:0 0 7px'>b</p></mj-text>")
    assert blocks(made)[0].get("style.padding") == (23, 10, 17, 10)


def test_paragraphs_that_agree_say_how_high_their_lines_are() -> None:
    made = in_column("<mj-text line-height='30px'><p style='font-size:20px;line-height:24px'>a</p></mj-text>")
    assert blocks(made)[0].get("style.lineHeight") == 1.2


def test_a_label_has_the_colour_and_size_of_what_it_stands_in() -> None:
    made = in_column("<mj-button background-color='#fff'><b style='color:#212020;font-size:20px'>Shop</b></mj-button>")
    button = blocks(made)[0]
    assert (button.get("style.color"), button.get("style.size")) == ("#212020", 20)


def test_looks_of_a_whole_text_are_marks_of_its_words() -> None:
    made = in_column("<mj-text font-style='italic' text-decoration='underline'>a <b>b</b></mj-text>")
    assert [run["m"] for run in field(blocks(made)[0], "text")] == [("i", "u"), ("b", "i", "u")]


def test_links_between_words_stay_words_with_links() -> None:
    made = in_column("<mj-text><a href='https://a.example'>One</a> / <a href='https://b.example'>Two</a></mj-text>")
    assert kinds(made) == ["text"]
    assert words(field(blocks(made)[0], "text")) == "One / Two"


def test_columns_from_right_to_left_stand_as_they_are_seen() -> None:
    columns = "".join(f"<mj-column><mj-text>{word}</mj-text></mj-column>" for word in ("right", "left"))
    made = import_mjml(f"<mjml><mj-body><mj-section direction='rtl'>{columns}</mj-section></mj-body></mjml>")
    assert [words(field(block, "text")) for block in blocks(made)] == ["left", "right"]


def test_notes_of_the_author_and_words_between_columns_are_no_blocks() -> None:
    body = (
        "<mj-raw><!-- header --></mj-raw><mj-raw>&lt;!--[if !mso]&gt;&lt;!--&gt;</mj-raw><mj-section>a\n<mj-column>"
        "<mj-text>x</mj-text></mj-column></mj-section>"
    )
    made = import_mjml(f"<mjml><mj-body>{body}</mj-body></mjml>")
    assert kinds(made) == ["text"]
    assert {note.what for note in made.notes if note.outcome is Outcome.LOST} >= {"a"}


def test_a_network_shares_the_address_where_mjml_does() -> None:
    made = in_column(
        "<mj-social><mj-social-element name='facebook' href='https://a.example' /><mj-social-element "
        "name='instagram-noshare' href='https://b.example' /></mj-social>"
    )
    links = [link["href"] for link in field(blocks(made)[0], "links")]
    assert links == ["https://www.facebook.com/sharer/sharer.php?u=https://a.example", "https://b.example"]


def test_a_text_that_is_hidden_is_the_preheader() -> None:
    sheet = "<mj-style inline='inline'>.pre{display:none !important}</mj-style>"
    made = in_column("<mj-text><span class='pre'>Back for {{ name }}</span></mj-text><mj-text>Hello</mj-text>", sheet)
    assert words(made.document.settings["preheader"]) == "Back for ‹subscriber.first_name›"
    assert kinds(made) == ["text"]


def test_a_link_ends_with_its_words_not_with_the_indent_behind_them() -> None:
    made = in_column("<mj-text><a href='https://a.example'><b>Home</b>\n   </a>and</mj-text>")
    runs = field(blocks(made)[0], "text")
    assert [(run["t"], "link" in run) for run in runs] == [("Home ", True), ("and", False)]


def test_looks_that_no_block_has_are_told_once() -> None:
    made = in_column(
        "<mj-text letter-spacing='2px'>a</mj-text><mj-text letter-spacing='3px'>b</mj-text>"
        "<mj-button width='300px'>c</mj-button>"
    )
    lost = [note.what for note in made.notes if note.outcome is Outcome.LOST]
    assert lost == ["letter-spacing of <mj-text>", "width of <mj-button>"]


def test_more_room_above_than_a_block_may_have_is_a_space() -> None:
    made = in_column("<mj-button padding='305px 25px 0'>Buy</mj-button>")
    assert [(node.type, node.get("height")) for node in blocks(made)] == [("spacer", 105), ("button", None)]


def test_what_is_no_mjml_is_a_sentence() -> None:
    with pytest.raises(DeskError, match="no MJML"):
        import_mjml("<html><body>Hello</body></html>")


@given(documents(unknown=False))
@settings(max_examples=60)
def test_what_was_exported_imported_and_exported_again_stays_the_same(document: Document) -> None:
    first = import_mjml("\n".join(exported(document))).document
    once = exported(first)
    assert exported(import_mjml("\n".join(once)).document) == once


def test_an_export_comes_back_with_its_tokens_conditions_and_links() -> None:
    raw = {
        "schema": "restock.email/1", "id": "d", "settings": {"subject": [{"t": "Back: "}, {"v": "product.title"}]},
        "body": [{"id": "s", "type": "section", "layout": "1-2", "style": {"background": "$surface"}, "columns": [
            {"id": "c", "type": "column", "blocks": [
                {"id": "h", "type": "heading", "level": 2, "text": [{"v": "product.title"}], "mobile": {"size": 20}},
                {"id": "t", "type": "text", "text": [{"t": "Hi "}, {"v": "subscriber.first_name", "fallback": "you"},
                 {"t": "!", "m": ["b"]}], "style": {"color": "$muted"},
                 "when": {"var": "variant.stock", "op": "lt", "value": 5}}]},
            {"id": "e", "type": "column", "blocks": [
                {"id": "i", "type": "image", "src": {"v": "product.image_url"}, "alt": [{"t": "Boots"}]},
                {"id": "b", "type": "button", "label": [{"t": "Buy"}], "href": {"link": "cart"},
                 "style": {"look": "outline"}}]}]},
            {"id": "r", "type": "repeat", "perRow": 2, "limit": 6, "each": [
                {"id": "p", "type": "text", "text": [{"v": "item.product.title"}]}]}],
    }  # fmt: skip
    document = reading.build(raw)
    back = import_mjml("\n".join(exported(document))).document
    section, repeat = back.body
    assert section.get("style.background") == "$surface"
    heading, text, image, button = [node for node in section.walk() if node.type not in ("section", "column")]
    assert heading.get("mobile.size") == 20
    assert text.get("text") == document.find("t").get("text")  # type: ignore[union-attr]  # it is there
    assert text.get("when") == {"var": "variant.stock", "op": "lt", "value": 5}
    assert text.get("style.color") == "$muted"
    assert image.get("when") is None
    assert button.get("href") == {"link": "cart"}
    assert button.get("style.look") == "outline"
    assert (repeat.get("perRow"), repeat.get("limit")) == (2, 6)
    assert exported(back) == exported(document)
