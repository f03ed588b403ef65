"""Versions are immutable, numbered without gaps, and the template points to the newest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.store import Store, templates

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DRAFT = Draft(TemplateKind.MJML, "<mjml>é</mjml>", "Back", "pre", "Loom", "a@b.example", "c@d.example", None)


def _made(store: Store, name: str = "Letter", draft: Draft = DRAFT) -> int:
    with store.unit() as u:
        template_id = templates.create(u, name, NOW)
        templates.save(u, template_id, draft, "ana", "first", NOW)
        u.commit()
    return template_id


def test_a_saved_draft_comes_back_as_it_was(store: Store) -> None:
    template_id = _made(store)
    with store.reading() as u:
        found = templates.template(u, template_id)
        assert found is not None
        saved = templates.version(u, found.version_id)
    assert saved is not None
    assert (saved.draft, saved.number, saved.author, saved.label, saved.saved_at) == (DRAFT, 1, "ana", "first", NOW)


def test_each_save_is_the_next_version_and_the_newest(store: Store) -> None:
    template_id = _made(store)
    changed = replace(DRAFT, subject="New", text="plain", kind=TemplateKind.HTML)
    with store.unit() as u:
        assert templates.lock(u, template_id)
        second = templates.save(u, template_id, changed, "bo", "", LATER)
        u.commit()
    with store.reading() as u:
        history = templates.versions(u, template_id)
        found = templates.template_by_name(u, "Letter")
    assert [version.number for version in history] == [2, 1]
    assert [version.draft for version in history] == [changed, DRAFT]
    assert found is not None
    assert (found.version, found.version_id, found.kind, found.updated_at) == (2, second.id, TemplateKind.HTML, LATER)


def test_a_name_is_taken_once(store: Store) -> None:
    _made(store)
    with store.unit() as u, pytest.raises(IntegrityError):
        templates.create(u, "Letter", NOW)


def test_archived_templates_leave_the_list_and_can_come_back(store: Store) -> None:
    first, second = _made(store, "B"), _made(store, "A")
    with store.unit() as u:
        templates.archive(u, first, True, LATER)
        templates.rename(u, second, "C", LATER)
        u.commit()
    with store.reading() as u:
        assert [t.name for t in templates.templates(u)] == ["C"]
        assert [(t.name, t.archived) for t in templates.templates(u, archived=True)] == [("B", True), ("C", False)]
        by_name = templates.template_by_name(u, "B")
    assert by_name is not None
    assert by_name.archived


def test_what_is_not_there_is_nothing(store: Store) -> None:
    with store.unit() as u:
        assert templates.template(u, 99) is None
        assert templates.version(u, 99) is None
        assert templates.versions(u, 99) == []
        assert templates.template_by_name(u, "x") is None
        assert not templates.lock(u, 99)
