"""Feedback files: tables and JSON lines, where one bad item never takes its neighbours with it."""

import json
from pathlib import Path

import pytest

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.domain.imports import ImportKind
from tests.feeds.whole_files import Whole
from tests.feeds.whole_files import read as read_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feedback.jsonl"


def read(file: Path, *lines: object) -> Whole:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return read_file(file, "\n".join(texts) + "\n", ImportKind.FEEDBACK)


def event(key: str, kind: str = "delivered", **more: object) -> dict[str, object]:
    return {"event_id": key, "kind": kind, **more}


def test_json_lines_and_a_table_tell_the_same_events(file: Path) -> None:
    told = event("e1", "clicked", occurred_at="2024-05-06T07:08:09+02:00", delivery=9007199254740993, url="https://x")
    table = "event_id;kind;occurred_at;delivery;url\ne1;clicked;2024-05-06T07:08:09+02:00;9007199254740993;https://x\n"
    one, two = read(file, told).all(FeedbackEvent), read_file(file, table, ImportKind.FEEDBACK).all(FeedbackEvent)
    assert [(e.key, e.kind, e.delivery_id, e.occurred_at, e.url) for e in one] == [
        (e.key, e.kind, e.delivery_id, e.occurred_at, e.url) for e in two
    ]
    assert one[0].delivery_id == 9007199254740993


def test_an_unknown_kind_is_kept_as_other(file: Path) -> None:
    found = read(file, event("e1", "teleported")).all(FeedbackEvent)
    assert [(e.kind, e.subkind) for e in found] == [(FeedbackKind.OTHER, "teleported")]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"kind": "opened"}, "event_id"),
        ({"event_id": "e"}, "kind"),
        ({"event_id": "x" * 501, "kind": "opened"}, "event_id"),
        (event("e", occurred_at="yesterday"), "occurred_at"),
        (event("e", occurred_at="0001-01-01T00:00:00+14:00"), "occurred_at"),
        (event("e", delivery="12a"), "delivery"),
        (event("e", delivery=2**63), "delivery"),
        (event("e", reason={"a": 1}), "reason"),
        ({"event_id": "e", "kind": True}, "kind"),
        ('{"event_id":"e","kind":"opened","kind":"clicked"}', ""),
        ('{"event_id":"e","kind":"opened"', ""),
        ("null", ""),
        ("17", ""),
        ('{"a":' * 30_000, ""),
        ("[" * 200_000, ""),
        ("[" * 900 + "]" * 900, ""),
        ('{"event_id":' + "9" * 5_000 + ',"kind":"opened"}', ""),
        ('{"event_id":"e","kind":"opened","url":"' + "x" * 1_000_000 + '"}', ""),
    ],
)
def test_a_bad_line_is_refused_and_the_next_one_goes_in(file: Path, line: object, field: str) -> None:
    found = read(file, event("before"), line, event("after"))
    assert [e.key for e in found.all(FeedbackEvent)] == ["before", "after"]
    assert found.refused() == [(2, field)]
    assert len(found.bad[0].raw) <= 2000


def test_one_bad_item_of_an_array_leaves_its_neighbours(file: Path) -> None:
    line = '[{"event_id":"a","kind":"opened"},{"kind":"x"},{"event_id":"b","event_id":"c","kind":"x"},7,' + json.dumps(
        event("z")
    )
    found = read(file, line + "]")
    assert [e.key for e in found.all(FeedbackEvent)] == ["a", "z"]
    assert found.refused() == [(1, "event_id"), (1, ""), (1, "")]


def test_hostile_text_is_kept_as_plain_text(file: Path) -> None:
    (found,) = read(file, event("e", "bounced", reason="<b>no\x00\x1b[31m\ud800</b>", smtp_code=550)).all(FeedbackEvent)
    assert found.reason.isprintable()
    assert found.smtp_code == "550"


def test_blank_lines_and_other_encodings_change_nothing(file: Path) -> None:
    text = "\n\n" + json.dumps(event("e1")) + "\r\n\r\n" + json.dumps(event("e2")) + "\r\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        found = read_file(file, text.encode(encoding), ImportKind.FEEDBACK)
        assert [e.key for e in found.all(FeedbackEvent)] == ["e1", "e2"]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_over_many_lines_is_read_as_one(file: Path, indent: int | None) -> None:
    items = [event("a", "opened"), {"kind": "x", "reason": [[{}]]}, event("b", "clicked")]
    found = read_file(file, "\n" + json.dumps(items, indent=indent), ImportKind.FEEDBACK)
    assert [e.key for e in found.all(FeedbackEvent)] == ["a", "b"]
    assert [item.field for item in found.bad] == ["event_id"]
    assert "kind" in found.bad[0].raw
