"""MJML as people write it: what MJML's own compiler takes, ours takes, and says what of it is not shown."""

import re
import time

import pytest

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.rendering.balance import balanced
from restock_desk.rendering.compile import compile_template, plain_html
from restock_desk.rendering.legible import mended
from restock_desk.rendering.shield import Shield

BODY = "<mj-body><mj-section><mj-column><mj-text>Boots are back</mj-text></mj-column></mj-section></mj-body>"
ROW = "<mj-section><mj-column><mj-text>Row</mj-text></mj-column></mj-section>"
_HIDDEN = re.compile(r"<!--\[if (?!!).*?<!\[endif\]-->", re.DOTALL)


def source(text: str) -> Draft:
    return Draft(TemplateKind.MJML, text, "Back")


def shown(text: str) -> str:
    """The HTML that mail programs other than Outlook read. Nothing may be wrong with the MJML."""
    draft = source(text)
    made = compile_template(draft)
    assert not made.broken, made.problems
    return _HIDDEN.sub("", plain_html(draft))


def in_column(inner: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>\n{inner}\n</mj-column></mj-section></mj-body></mjml>"


def in_head(inner: str) -> str:
    return f"<mjml>\n<mj-head>\n{inner}\n</mj-head>\n{BODY}</mjml>"


@pytest.mark.parametrize(
    "text",
    [
        f"<!doctype html>\n<?xml version='1.0'?>\n<!-- a note -->\n<mjml>{BODY}</mjml>",
        f"<mjml>\r\n<mj-head> \r\n<mj-title>A <b>b</b></mj-title>\t\r\n</mj-head>\r\n{BODY}</mjml>",
        in_head("<mj-attributes><!-- all --> <mj-all padding='0' /><!-- end --></mj-attributes>"),
        in_head("<mj-attributes><mj-class name =\"a\" padding = '0 4px' /></mj-attributes>"),
        in_head("<mj-style>/* for <p> and <h1> */ p{color:#112233} @media (width <= 480px){p{margin:0}}</mj-style>"),
        f"<MJML>{BODY.replace('mj-', 'MJ-').replace('body', 'BODY')}</MJML>",
        in_column("<mj-text>Boots are back<!-- [x] --> for 2 < 3</mj-text>"),
        in_column("<mj-text><![CDATA[<b>Boots</b> are back]]></mj-text>").replace("<b>Boots</b>", "Boots"),
        in_column("<mj-text color='red' color='blue'>Boots are back</mj-text>"),
        in_column("<mj-table><tr><td>Boots are back<td>b<tr><td>c</table></mj-table>"),
        in_column("<mj-accordion> <!-- c --> <mj-accordion-element><mj-accordion-title>Boots are back<b>!</b>"
                  "</mj-accordion-title></mj-accordion-element></mj-accordion>"),
        in_column("<mj-navbar> <!-- c --><mj-navbar-link href='https://a.example'>Boots are back</mj-navbar-link>"
                  "</mj-navbar>"),
        f"<mjml><mj-body><mj-container width='500px'>{BODY[9:-10]}</mj-container></mj-body></mjml>",
    ],
)  # fmt: skip
def test_what_mjml_s_own_compiler_takes_is_taken(text: str) -> None:
    assert "Boots are back" in shown(text)


def test_the_first_of_two_attributes_of_one_name_counts() -> None:
    assert "color:red" in shown(in_column("<mj-text color='red' color='blue'>x</mj-text>"))


def test_what_outlook_alone_reads_in_raw_html_hides_nothing_from_others() -> None:
    open_, close = "<!--[if mso]><table><tr><td><![endif]-->", "<!--[if mso]></td></tr></table><![endif]-->"
    for before, after in (
        (f"<mj-raw>{open_}</mj-raw>", f"<mj-raw>{close}</mj-raw>"),
        (open_, close),
    ):
        text = f"<mjml><mj-body>{before}{ROW}{after}</mj-body></mjml>"
        found = plain_html(source(text))
        assert open_ in found
        assert close in found
        assert "<mj-" not in found
        assert "Row" in shown(text)


def test_raw_html_in_a_wrapper_is_seen_by_all() -> None:
    text = f"<mjml><mj-body><mj-wrapper>{ROW}<mj-raw><p>Raw</p></mj-raw>{ROW}</mj-wrapper></mj-body></mjml>"
    assert "<p>Raw</p>" in shown(text)


def test_raw_html_may_open_here_and_close_there() -> None:
    text = f"<mjml><mj-body><mj-raw><div class='o'></mj-raw>{ROW}<mj-raw></div></mj-raw></mj-body></mjml>"
    assert shown(text).index("<div class='o'>") < shown(text).index("Row")


def test_attributes_of_the_body_come_from_where_mjml_takes_them() -> None:
    usual = in_head("<mj-attributes><mj-body background-color='#abcdef' /></mj-attributes>")
    third = f"<mjml><mj-body>\n<mj-container background-color='#abcdef'>{ROW}</mj-container>\n</mj-body></mjml>"
    for text in (usual, third):
        assert "background-color:#abcdef" in shown(text).replace(": ", ":")


def test_padding_without_a_unit_narrows_a_picture() -> None:
    picture = "<mj-image src='https://a.example/b.png' alt='' width='900px' padding='0 25px' />"
    assert 'width="550"' in shown(in_column(picture))


def test_social_links_of_mjml_3_are_links() -> None:
    old = "<mj-social display='facebook twitter' facebook-href='https://f.example' twitter-href='https://t.example' />"
    found = shown(in_column(old))
    assert 'href="https://f.example"' in found
    assert 'href="https://t.example"' in found


def test_words_between_elements_are_told_and_left_out() -> None:
    draft = source(f"<mjml><mj-body>\n\n<mj-section>a\n<mj-column></mj-column></mj-section>{ROW}</mj-body></mjml>")
    assert [(p.rule, p.line) for p in compile_template(draft).problems] == [("mjml.stray", 3)]
    assert ">a\n" not in plain_html(draft)


def test_constructs_keep_their_places_in_what_is_mended() -> None:
    text = in_column(
        "<!-- c --><mj-text><p>Hi {{ subscriber.first_name }}<br>{% if product %}<b>{{ product.title }}</b>{% endif %}"
        "</p></mj-text><mj-raw><!--[if mso]><p>{{ shop.name }}</p><![endif]--></mj-raw>"
    )
    assert compile_template(source(text)).problems == ()
    html = plain_html(source(text))
    assert "<!--[if mso]><p>{{ shop.name }}</p><![endif]-->" in html
    assert "{% if product %}<b>" in html


def test_a_tag_that_html_closes_by_itself_is_closed() -> None:
    assert balanced("<ul><li>a<ul><li>b</ul><li>c</ul>")[0] == "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"
    assert balanced("<div><p>a<div>c</div></div>") == ("<div><p>a</p><div>c</div></div>", ())
    assert balanced("a<b>c</i>") == ("a<b>c</b>", ((1, "<b>"), (5, "</i>")))
    assert balanced("<b>x</b>") == ("<b>x</b>", ())


@pytest.mark.parametrize(
    "piece", ["<mj-text>", "<mj-raw><!--[if mso]>", "<mj-section>words", "<mj-style>/*", "<!--", "<p>"]
)
def test_whatever_is_repeated_takes_time_in_proportion(piece: str) -> None:
    text = "<mjml><mj-body>" + piece * (60_000 // len(piece))
    began = time.perf_counter()
    mended(text, Shield(text))
    assert time.perf_counter() - began < 1
