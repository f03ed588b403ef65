"""HTML comes in as blocks where it is understood, and nothing that is seen is lost; hostile files end in a sentence."""

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from restock_desk.domain.document import reading
from restock_desk.domain.document.imported import Imported, Outcome
from restock_desk.domain.document.tree import Node
from restock_desk.domain.templates import Severity
from restock_desk.errors import DeskError
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.document import drafts
from restock_desk.rendering.imports import decoding, tree
from restock_desk.rendering.imports.html import import_html
from restock_desk.rendering.imports.mjml import import_mjml
from restock_desk.rendering.imports.notes import Journal
from restock_desk.rendering.imports.tags import translate_tags

REAL = Path(os.environ.get("RESTOCK_DESK_REAL", Path(__file__).parents[3] / "shared" / "real")) / "email-html"
FILES = sorted(REAL.rglob("*.html"))
MEGABYTE = 1_000_000
LAYOUT = """<html lang="de"><head><title>Stiefel</title><style>.card { background: #fff7ed } .big { font-size: 26px }
.card td p { color: #7c2d12 } @media (max-width: 600px) { .big { font-size: 20px } }</style></head>
<body style="background:#f1f5f9"><div style="display:none">The boots are back</div>
<table width="580" align="center"><tr><td style="padding:20px"><h1 class="big">Back in stock</h1>
<p>Hello {{name}}, <b>look</b>:</p></td></tr>
<tr><td><table class="card" width="100%"><tr><td width="50%"><img src="https://s.example/a.png" width="200" alt="Boots">
</td><td width="50%"><p>Now 20 EUR</p><a href="https://s.example/a" style="background:#9a3412;color:#fff;padding:12px
24px;border-radius:6px">Buy now</a></td></tr></table></td></tr>
<tr><td><table><tr><th>Size</th><th>Left</th></tr><tr><td>S</td><td>2</td></tr>
<tr><td>M</td><td>9</td></tr></table></td></tr>
<tr><td><ul><li>Free returns</li><li>Free sizes</li></ul><hr><a href="{{ unsubscribe_url }}">Unsubscribe</a>
<img src="https://s.example/o.gif" width="1" height="1"></td></tr></table></body></html>"""
LOOP = """<body><p>Yours:</p><table><tr><td>Name</td><td>Price</td></tr>{{#each items}}<tr><td>{{name}}</td>
<td>{{price}}</td></tr>{{/each}}</table><p>Bye</p></body>"""


def blocks(made: Imported) -> list[Node]:
    return [node for node in made.document.walk() if node.type not in ("section", "column")]


def seen(html: str) -> tuple[set[str], set[str]]:
    """Words and addresses that a reader of the file meets."""
    html = re.sub(r"<!--.*?-->|<(style|script|title)\b.*?</\1>", " ", html, flags=re.DOTALL)
    found = re.findall(r"(?:href|src)=\"([^\"]*)\"", html)
    addresses = {one for one in found if one.strip() and "fonts." not in one and "{{" not in one}
    html = re.sub(r"\{\{.*?\}\}+", " ", html)
    root = tree.read(html, Journal())
    return set(re.findall(r"[^\W_]+", tree.words_of(root))), addresses


@pytest.mark.skipif(not FILES, reason="the real e-mails are not here")
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_real_mails_lose_no_word_picture_or_link(path: Path) -> None:
    text = decoding.text_of(path.read_bytes())
    made = import_html(text)
    held = reading.serialise(made.document)
    words, addresses = seen(text)
    assert not {word for word in words if word not in held}
    assert not {address for address in addresses if address not in held}
    assert {"text"} <= {node.type for node in blocks(made)}
    assert "the whole file" not in {note.what for note in made.notes}
    compiled = compile_template(drafts.draft_of(made.document))
    wrong = [p for p in compiled.problems if p.severity is Severity.ERROR and not p.rule.startswith(("var", "name"))]
    assert [p for p in wrong if p.rule.startswith(("mjml", "doc", "tpl.syntax"))] == []


def test_layout_tables_are_columns_and_what_stands_in_them_blocks() -> None:
    made = import_html(LAYOUT)
    assert [node.type for node in blocks(made)] == [
        "heading", "text", "image", "text", "button", "table", "list", "divider", "text",
    ]  # fmt: skip
    heading, hello, image, price, button, table, *_, leave = blocks(made)
    assert heading.get("style.size") == 26
    hello_runs: Any = hello.get("text")
    assert hello_runs[1] == {"v": "subscriber.first_name"}
    assert (image.get("width"), image.get("src")) == (200, "https://s.example/a.png")
    assert price.get("style.color") == "#7c2d12"
    assert (button.get("style.background"), button.get("style.radius")) == ("#9a3412", 6)
    rows: Any = table.get("rows")
    assert len(rows) == 3
    left: Any = leave.get("text")
    assert left[0]["link"] == {"link": "unsubscribe"}
    two = next(row for row in made.document.body if row.get("layout") == "1-1")
    assert two.get("style.background") == "#fff7ed"


def test_settings_come_from_head_and_body() -> None:
    document = import_html(LAYOUT).document
    assert document.setting("lang") == "de"
    assert document.setting("width") == 580
    assert document.setting("background") == "#f1f5f9"
    assert document.setting("preheader") == ({"t": "The boots are back"},)
    assert document.setting("subject") == ({"t": "Stiefel"},)


def test_what_is_left_out_is_told_with_its_line() -> None:
    lost = {note.what: note.line for note in import_html(LAYOUT).of(Outcome.LOST)}
    assert lost["@media in a style sheet"] == 1
    assert lost["a counting picture"] == 12


def test_rows_that_a_loop_repeats_stay_one_html_block_that_runs() -> None:
    made = import_html(LOOP)
    assert [node.type for node in blocks(made)] == ["text", "html", "text"]
    html = str(blocks(made)[1].get("html"))
    assert "{% for item in items %}<tr" in html
    assert "{{ item.product.title }}" in html
    assert "{% endfor %}" in html


def test_a_file_can_stay_one_html_block() -> None:
    made = import_html(LAYOUT, whole=True)
    assert [node.type for node in blocks(made)] == ["html"]
    assert "https://s.example/a.png" in str(blocks(made)[0].get("html"))


def test_plain_text_is_paragraphs() -> None:
    made = import_html("Hello *|FNAME|*,\n\nthe boots are back.")
    runs: Any = blocks(made)[0].get("text")
    assert runs[1] == {"v": "subscriber.first_name"}
    assert runs[-1]["t"].endswith("the boots are back.")


def boxed(inner: str) -> str:
    return f'<body bgcolor="#eeeeee"><table width="100%"><tr><td align="center">{inner}</td></tr></table></body>'


def test_a_side_that_an_attribute_says_ends_at_a_table_that_has_a_width() -> None:
    wide = import_html(boxed('<table width="500"><tr><td>Words</td></tr></table>'))
    narrow = import_html(boxed("<table><tr><td>Words</td></tr></table>"))
    styled = import_html(
        boxed('<div style="text-align:center"><table width="500"><tr><td>Words</td></tr></table></div>')
    )
    assert [blocks(made)[0].get("style.align") for made in (wide, narrow, styled)] == [None, "center", "center"]


def test_room_of_boxes_and_cells_adds_up() -> None:
    inner = (
        '<table width="500" bgcolor="#ffffff"><tr><td style="padding:30px"><table cellpadding="10"><tr><td>a</td></tr>'
    )
    made = import_html(boxed(f"{inner}</table></td></tr></table>"))
    assert [row.get("style.padding") for row in made.document.body] == [(40, 40, 40, 40)]


def test_a_box_inside_a_card_is_a_column_with_its_own_ground() -> None:
    look = "background:#f4f4f7;padding:0;border:2px dashed #cccccc"
    note = f'<table width="100%" style="{look}"><tr><td>Note</td></tr></table>'
    card = f'<table width="500" bgcolor="#ffffff"><tr><td style="padding:30px"><p>a</p>{note}<p>b</p></td></tr></table>'
    rows = import_html(boxed(card)).document.body
    columns = [row.children("columns")[0] for row in rows]
    assert [row.get("style.background") or "#ffffff" for row in rows] == ["#ffffff"] * 3
    assert [column.get("style.background") for column in columns] == [None, "#f4f4f7", None]
    assert columns[1].get("style.borderWidth") == 2


def test_statements_in_comments_and_fields_of_their_own_are_taken_as_meant() -> None:
    web = "<!-- *|IFNOT:ARCHIVE_PAGE|* -->Web: <a href='*|ARCHIVE|*'>x</a><!-- *|END:IF|* -->"
    made = import_html(f"<title>*|MC:SUBJECT|*</title><p>{web}")
    assert not made.document.settings.get("subject")
    assert [node.type for node in blocks(made)] == ["text"]


def test_what_liquid_captures_stands_where_it_is_used() -> None:
    made = import_html(
        "{% capture title %}Boots\nare back{% endcapture %}<h1>{{ title }}</h1>{% if a? %}<p>x</p>{% endif %}"
    )
    assert [node.type for node in blocks(made)] == ["heading", "text"]
    assert {note.what: note.outcome for note in made.notes}["{% if a? %}"] is Outcome.LOST


def test_nothing_remote_is_used_and_that_is_told() -> None:
    source = (
        '<link rel="stylesheet" href="https://evil.example/a.css"><style>@import "https://evil.example/b.css";</style>'
    )
    made = import_html(f"{source}<p>Hello</p><script>alert(1)</script>")
    assert "evil.example" not in reading.serialise(made.document)
    assert {note.what for note in made.of(Outcome.LOST)} == {
        "<link https://evil.example/a.css>", "@import or url() in a style sheet", "<script>",
    }  # fmt: skip


ENCODED = {
    "utf-8": "Grüße".encode(),
    "utf-8 with a mark": b"\xef\xbb\xbf" + "Grüße".encode(),
    "utf-16": "<p>Grüße</p>".encode("utf-16"),
    "utf-16 without a mark": "<p>Grüße</p>".encode("utf-16-le"),
    "utf-32": "Grüße".encode("utf-32"),
    "windows": "Grüße".encode("cp1252"),
    "as it says": '<meta charset="iso-8859-2"><p>Grüße</p>'.encode("iso-8859-2"),
    "as it falsely says": '<meta charset="nonsense"><p>Grüße</p>'.encode("cp1252"),
    "as no text codec": '<meta charset="base64"><p>Grüße</p>'.encode("cp1252"),
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_files_are_read_whatever_their_encoding(data: bytes) -> None:
    assert "Grüße" in decoding.text_of(data)


@pytest.mark.parametrize("data", [bytes(range(256)) * 40, b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3" * 500])
def test_what_is_no_text_is_a_sentence(data: bytes) -> None:
    with pytest.raises(DeskError):
        import_html(decoding.text_of(data))


HOSTILE = {
    "open tags": "<b>", "paragraphs": "<p>a", "boxes": "<div>", "tables": "<table><tr><td>x", "angles": "<",
    "unended tags": "<a ", "braces": "{{", "unended values": "{{a ", "statements": "{%", "conditions": "{% if x %}",
    "loops": "{{#each items}}", "stars": "*|", "chimp": "*|IF:X|*", "comments": "<!--", "quotes": '<a x="',
    "entities": "&amp;", "percents": "%%a", "brackets": "[[a", "programs": "<%", "triples": "{{{", "ends": "</p>",
    "lists": "<ul><li>", "style": "<style>td .a{color:red}", "media": "@media {", "lines": "\n", "cdata": "<![CDATA[",
    "sections": "<mj-section>", "texts": "<mj-text>", "columns": "<mj-column><mj-text>x",
    "raws": "<mj-raw>{% for a in b %}",
    "noise": "".join(chr(number * 7919 % 0x2000) for number in range(5_000)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_anything_is_read_or_refused_within_a_second(piece: str) -> None:
    text = piece * (MEGABYTE // len(piece))
    for read in (import_html, lambda t: import_mjml(f"<mjml><mj-body><mj-section><mj-column>{t}"), translate_tags):
        began = time.process_time()
        try:
            made = read(text)
        except DeskError:
            continue
        finally:
            took = time.process_time() - began
        assert took < 2  # a second, and what a busy machine adds
        if isinstance(made, Imported):
            assert reading.parse(reading.serialise(made.document)) == made.document


def test_what_stands_five_thousand_deep_is_kept_beside_each_other() -> None:
    made = import_html("<div>" * 5_000 + "deep" + "</div>" * 5_000)
    assert "deep" in reading.serialise(made.document)
    made = import_mjml("<mjml><mj-body>" + "<mj-wrapper>" * 5_000 + "<mj-text>deep</mj-text>")
    assert "deep" in reading.serialise(made.document)
