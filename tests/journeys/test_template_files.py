"""Templates in and out by the command line: compile, import and export of documents, MJML and HTML."""

import json
from pathlib import Path
from typing import Any

import pytest

from restock_desk import bundle
from tests.journeys.conftest import Run

DOCUMENT = bundle.resource("templates", "single-product.restock-email.json")
BROKEN = "<mjml>\n<mj-body>\n<mj-section>\n<mj-txt>x</mj-txt>\n</mj-section>\n</mj-body>\n</mjml>\n"


def answer(result: tuple[int, str, str], code: int = 0) -> Any:
    assert result[0] == code, result
    return json.loads(result[1].strip().splitlines()[-1])


def test_a_document_compiles_to_html_that_keeps_its_variables(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "mail.html"
    told = answer(run("compile", DOCUMENT, "--json", "--out", out))
    assert (told["kind"], told["ok"], told["problems"]) == ("document", True, [])
    page = out.read_text(encoding="utf-8")
    assert "{{ product.title }}" in page
    assert "_track" not in page
    assert told["bytes"] == len(page.encode())


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.mjml", BROKEN, 4),
        ("b.mjml", BROKEN.replace("<mj-txt>x</mj-txt>", "<mj-column><mj-text>\x01</mj-text></mj-column>"), 4),
        ("a.html", "<html><body>\n<p>{% if x %}</p>\n</body></html>", 0),
        ("a.restock-email.json", '{"schema": "restock.email/1",\n "id": "x",\n "body": [{"id": "1", "type": 7}]}', 3),
    ],
)
def test_what_does_not_compile_names_its_line_and_ends_with_one(
    run: Run, tmp_path: Path, name: str, text: str, line: int
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    code, out, err = run("compile", path)
    assert code == 1
    assert f"ine {line}" in out + err if line else "error" in out


@pytest.mark.parametrize("command", ["compile", "templates import"])
def test_a_file_that_cannot_be_read_is_a_sentence(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "bytes.mjml").write_bytes(b"<mjml>\xff\xfe\x00</mjml>")
    for name in ("nothing.mjml", "bytes.mjml"):
        code, _, err = run(*command.split(), tmp_path / name)
        assert code == 1
        assert err.count("\n") <= 2
        assert "Traceback" not in err


def test_a_template_goes_out_and_comes_back_as_it_was(run: Run, tmp_path: Path) -> None:
    made = answer(run("templates", "import", DOCUMENT, "--json"))
    assert made["version"] == 1
    copy = tmp_path / "copy.restock-email.json"
    answer(run("templates", "export", "Single product", "--out", copy, "--json"))
    assert copy.read_bytes() == DOCUMENT.read_bytes()
    assert answer(run("templates", "import", copy, "--json"))["version"] == 2

    source = tmp_path / "copy.mjml"
    answer(run("templates", "export", "Single product", "--out", source, "--json"))
    told = answer(run("templates", "import", source, "--name", "As source", "--as", "source", "--json"))
    assert [problem for problem in told["problems"] if problem["severity"] == "error"] == []
    answer(run("templates", "export", "As source", "--out", tmp_path / "copy.html", "--json"))
    assert answer(run("compile", tmp_path / "copy.html", "--json"))["ok"]
    assert run("templates", "export", "As source", "--out", copy)[0] == 2
    assert run("templates", "export", "As source", "--out", tmp_path / "copy.pdf")[0] == 2
    listed = {one["name"]: one["kind"] for one in answer(run("templates", "list", "--json"))}
    assert listed == {"Single product": "document", "As source": "mjml"}


FOREIGN = """<mjml><mj-head><mj-title>Back: {{product_name}}</mj-title></mj-head><mj-body><mj-section><mj-column>
<mj-text>Hello *|FNAME|*, only %%moon%% left</mj-text><mj-button href="{{product_url}}">See it</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>
"""


def test_mjml_of_another_make_comes_in_as_a_document_with_a_report(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "boots.mjml"
    file.write_text(FOREIGN, encoding="utf-8")
    code, out, _ = run("templates", "import", file, "--json")
    told = json.loads(out)
    assert code == 1  # %%moon%% would be mailed as it stands
    assert {(note["outcome"], note["what"], note["line"]) for note in told["notes"]} == {
        ("translated", "{{product_name}}", 1), ("translated", "*|FNAME|*", 2), ("kept", "%%moon%%", 2),
        ("translated", "{{product_url}}", 2), ("translated", "{{ unsubscribe_url }}", 3),
    }  # fmt: skip
    listed = {one["name"]: one["kind"] for one in answer(run("templates", "list", "--json"))}
    assert listed == {"boots": "document"}
    _, out, _ = run("templates", "import", file, "--as", "source", "--name", "plain")
    assert "kept: line 2: %%moon%%: Nothing is called so here" in out
    answer(run("templates", "export", "plain", "--out", tmp_path / "plain.mjml", "--json"))
    assert "Hello {{ subscriber.first_name }}, only %%moon%% left" in (tmp_path / "plain.mjml").read_text("utf-8")


def test_what_a_mail_still_lacks_is_told_and_does_not_fail_its_import(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "note.mjml"
    file.write_text("<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body>")
    told = answer(run("templates", "import", file, "--json"))
    assert "error" in {problem["severity"] for problem in told["problems"]}


def test_a_brand_kit_is_set_goes_out_and_comes_back(run: Run, tmp_path: Path) -> None:
    kit = tmp_path / "kit.json"
    told = answer(run("brand", "set", "brand=#112233", "text.dark=#fafafa", "scale=32,24,18", "--json"))
    assert told["brand"] == {"light": "#112233"}
    answer(run("brand", "export", kit, "--json"))
    answer(run("brand", "set", "brand=#445566", "--json"))
    assert answer(run("brand", "show", "--json"))["text"]["dark"] == "#fafafa"
    assert answer(run("brand", "import", kit, "--json")) == json.loads(kit.read_text(encoding="utf-8"))
    for words, code in (
        ("brand=red", 1),
        ("button_radius=round", 2),
        ("scale=1", 1),
        ("heading.size=3", 2),
        ("logo=x", 2),
    ):
        assert run("brand", "set", words)[0] == code
    kit.write_text('{"brand": 7}', encoding="utf-8")
    assert run("brand", "import", kit)[0] == 1


def test_saved_blocks_are_listed_shown_and_put_away(run: Run) -> None:
    assert answer(run("blocks", "list", "--json")) == []
    code, _, err = run("blocks", "show", "Footer")
    assert code == 1
    assert "Footer" in err
