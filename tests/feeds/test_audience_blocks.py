"""Blocks of plain people say the same as the people one by one."""

from pathlib import Path

import pytest

from restock_desk import feeds
from restock_desk.domain.audience import PlainPeople
from restock_desk.domain.imports import ImportKind, ReadOptions

HEADER = "custom_id,email,first_name,locale,consent,consent_source\n"
PLAIN = "".join(f"c{n},Ana.B-{n}@my-shop.co.uk,Ána,de,{word},form\n" for n, word in enumerate(("yes", "", "no", "y")))
ODD = (
    "c1,ana@x.example, Ana ,de,yes,form\n",
    "c1,ana@X.example,Ana,de,yes,form\n",
    "c1,ana..b@x.example,Ana,de,yes,form\n",
    "c1,ana@x,Ana,de,yes,form\n",
    "c1,ana@x.example,Ana,de,perhaps,form\n",
    "c1,ana@x.example,Ana,de,YES,form\n",
    "1.2E+11,ana@x.example,Ana,de,yes,form\n",
    "c1,ana@x.example,Ana,a locale that is far too long,yes,form\n",
    f"c1,ana@x.example,{'A' * 256},de,yes,form\n",
    "c1,ana@x.example,Ana,de,yes\n",
    'c1,"ana@x.example\nbo@x.example",Ana,de,yes,form\n',
    "c1,'=ana@x.example,Ana,de,yes,form\n",
    f"c1,{'a' * 65}@x.example,Ana,de,yes,form\n",
    "\n",
)


def reader(tmp_path: Path, text: str) -> feeds.Reader:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    found = feeds.open_reader(path, ImportKind.SUBSCRIBERS, ReadOptions())
    assert isinstance(found, feeds.Reader)
    return found


@pytest.mark.parametrize("odd", ["", *ODD])
def test_blocks_hold_the_same_people_on_the_same_lines(tmp_path: Path, odd: str) -> None:
    text = HEADER + PLAIN + odd + PLAIN
    with reader(tmp_path, text) as one_by_one:
        expected = list(one_by_one)
    with reader(tmp_path, text) as blocks:
        blocks.together()
        assert list(blocks) == expected
        assert blocks.rows_read == len(expected)


def test_plain_rows_come_together(tmp_path: Path) -> None:
    with reader(tmp_path, HEADER + PLAIN) as blocks:
        [block] = blocks.together()
    assert isinstance(block, PlainPeople)
    assert (block.line, len(block.rows)) == (2, 4)


@pytest.mark.parametrize("odd", [line for line in ODD if line.strip()])
def test_a_row_that_needs_work_is_in_no_block(tmp_path: Path, odd: str) -> None:
    with reader(tmp_path, HEADER + odd) as blocks:
        assert not any(isinstance(item, PlainPeople) for item in blocks.together())
