"""A document's text: canonical, complete, and a sentence with its place for whatever is no document."""

import json
import time

import pytest

from restock_desk.domain.document import kinds, reading
from restock_desk.domain.document.tree import DocumentFault, Node
from tests.documents import body_of, numbered


@pytest.mark.parametrize("type", kinds.KINDS)
def test_a_fresh_block_of_every_kind_is_valid_and_comes_back_from_its_text(type: str) -> None:
    document = body_of(kinds.new(type, numbered()))
    text = reading.serialise(document)
    assert reading.parse(text) == document
    assert reading.serialise(reading.parse(text)) == text


def test_defaults_are_not_written_and_keys_stand_in_the_order_of_the_schema() -> None:
    raw = {
        "body": [],
        "id": "d1",
        "zeta": 1,
        "settings": {"width": 600.0, "lang": "fr", "utm": {"source": ""}},
        "schema": "restock.email/1",
    }
    assert json.loads(reading.serialise(reading.parse(json.dumps(raw)))) == {
        "schema": "restock.email/1",
        "id": "d1",
        "settings": {"lang": "fr"},
        "zeta": 1,
    }


def _with(block: object) -> str:
    column = {"id": "c1", "type": "column", "blocks": [block]}
    section = {"id": "s1", "type": "section", "columns": [column]}
    return json.dumps({"schema": "restock.email/1", "id": "d1", "body": [section]}, indent=1)


@pytest.mark.parametrize(
    ("block", "path", "says"),
    [
        ({"id": "t1", "type": "text", "style": {"size": "big"}}, "style.size", "number"),
        ({"id": "t1", "type": "text", "style": {"color": "red"}}, "style.color", "#rrggbb"),
        ({"id": "t1", "type": "text", "text": [{"x": 1}]}, "text[0]", "run"),
        ({"id": "t1", "type": "text", "text": [{"v": "a..b"}]}, "text[0].v", "path"),
        ({"id": "t1", "type": "text", "text": ["\ud800"]}, "text[0]", "surrogate"),
        ({"id": "t1", "type": "text", "when": {"var": "a", "op": "like", "value": 1}}, "when.op", "operator"),
        ({"id": "c1", "type": "text"}, "", "twice"),
        ({"id": "", "type": "text"}, "id", "id"),
        ({"id": "t1", "type": "section"}, "blocks[0]", "cannot stand"),
        ({"id": "t1"}, "type", "type"),
        (7, "blocks[0]", "object"),
    ],
)
def test_a_fault_names_its_path_and_its_line(block: object, path: str, says: str) -> None:
    text = _with(block)
    with pytest.raises(DocumentFault) as caught:
        reading.parse(text)
    assert path in caught.value.message
    assert says in caught.value.message
    assert caught.value.line > 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"schema": "restock.email/1"}',
        '{"schema": "restock.email/9", "id": "d"}',
        '{"schema": "restock.email/²", "id": "d"}',
        '{"schema": "restock.email/1", "id": "d", "id": "d"}',
        '{"schema": "restock.email/1", "id": "d", "settings": {"width": NaN}}',
        '{"schema": "restock.email/1", "id": "d", "settings": {"width": 1e999}}',
        '{"schema": "restock.email/1", "id": "d", "settings": {"width": ' + "9" * 100_000 + "}}",
        '{"schema": "restock.email/1", "id": "d", "x": ' + "[" * 200_000,
        '{"schema": "restock.email/1", "id": "d", "x": ' + '{"a":' * 90_000,
        '{"schema": "restock.email/1", "id": "d", "x": ' + "[" * 70 + "]" * 70 + "}",
        '{"schema": "restock.email/1", "id": "d", "x": "' + "x" * 600_000 + '"}',
        '{"schema": "restock.email/1", "id": "d", "x": {"\\ud800": 1}}',
        '{"schema": "restock.email/1", "id": "d", "body": {"a": 1}}',
        '{"schema": "restock.email/1", "id": "d", "name": "\\u0000"}',
        '"' * 100_000,
        "[" * 60 + "1," * 230_000 + "NaN",
        '{"schema": "restock.email/1", "id": "d", "x": ' + "[" * 60 + "1," * 200_000 + "1" + "]" * 60 + ', "body": 1}',
        '{"schema": "restock.email/1", "id": "d", "name": {' + ",".join(f'"{n}": 1' for n in range(40_000)) + "}}",
        "\\" * 100_000,
        '"\\' * 100_000,
        b"\xff\xfe",
    ],
)
@pytest.mark.timeout(20)
def test_hostile_text_ends_in_a_sentence_and_soon(text: str | bytes) -> None:
    began = time.process_time()
    with pytest.raises(DocumentFault) as caught:
        reading.parse(text)
    assert time.process_time() - began < 5
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 400


def test_what_a_newer_version_wrote_survives() -> None:
    odd = {"id": "t1", "type": "hologram", "beam": {"b": [1, None], "a": "é"}, "blocks": [{"id": "t1"}]}
    text = _with(odd).replace('"type": "column"', '"type": "column", "glow": true')
    document = reading.parse(text)
    column = document.find("c1")
    assert isinstance(column, Node)
    assert column.props["glow"] is True
    again = json.loads(reading.serialise(document))
    kept = again["body"][0]["columns"][0]
    assert kept["glow"] is True
    assert kept["blocks"] == [odd]
