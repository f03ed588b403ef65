"""Unsaved drafts: kept, found again, forgotten; a damaged file is nothing."""

from collections.abc import Callable

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.services import drafts
from restock_desk.services.desk import Desk

DRAFT = Draft(TemplateKind.MJML, "<mjml>é</mjml>", "Subject", text="By hand")


def test_what_was_kept_comes_back_whole(desk: Desk) -> None:
    drafts.keep(desk, 7, 3, DRAFT)
    found = drafts.kept(desk, 7)
    assert found is not None
    assert (found.draft, found.version_id, found.kept_at) == (DRAFT, 3, desk.now())


def test_each_template_has_its_own(desk: Desk) -> None:
    drafts.keep(desk, 7, 3, DRAFT)
    assert drafts.kept(desk, 8) is None


def test_what_is_forgotten_is_gone_and_forgetting_twice_is_fine(desk: Desk) -> None:
    drafts.keep(desk, 7, 3, DRAFT)
    drafts.forget(desk, 7)
    drafts.forget(desk, 7)
    assert drafts.kept(desk, 7) is None


def test_a_file_cut_short_is_nothing_and_no_crash(desk: Desk, expect_logs: Callable[[str], None]) -> None:
    expect_logs("cannot be read")
    drafts.keep(desk, 7, 3, DRAFT)
    file = next((desk.data_dir / "drafts").iterdir())
    file.write_text(file.read_text()[:40])
    assert drafts.kept(desk, 7) is None


def test_only_its_owner_can_read_it(desk: Desk) -> None:
    drafts.keep(desk, 7, 3, DRAFT)
    assert all(file.stat().st_mode & 0o077 == 0 for file in (desk.data_dir / "drafts").iterdir())
