"""Templates and their immutable versions. A version is never changed or deleted; the template points to the newest."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, or_, select, update

from restock_desk.domain import ignoring
from restock_desk.domain.editions import Experiment
from restock_desk.domain.templates import Draft, Ignored, Template, TemplateKind, TemplateVersion
from restock_desk.store import schema
from restock_desk.store.database import Unit

_t, _v, _ct = schema.template.c, schema.template_version.c, schema.campaign_test.c
_TIMES = ("began_at", "ended_at", "decided_at")
_DRAFT = ("source", "subject", "preheader", "sender_name", "sender_email", "reply_to", "text")


def create(u: Unit, name: str, now: datetime, root_id: int | None = None, arm: int = 0, language: str = "") -> int:
    """An empty template's id; give it its first version with `save` in the same unit. The name must be free.

    `root_id` = the mail it is an edition of.
    """
    values = {"root_id": root_id, "arm": arm, "language": language}
    done = u.connection.execute(insert(schema.template).values(name=name, created_at=now, updated_at=now, **values))
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def save(
    u: Unit, template_id: int, draft: Draft, author: str, label: str, now: datetime, ignored: tuple[Ignored, ...] = ()
) -> TemplateVersion:
    """Write the next version; it becomes the newest. The unit must have locked the template by `lock` before."""
    last = select(func.coalesce(func.max(_v.number), 0)).where(_v.template_id == template_id)
    number = int(u.connection.execute(last).scalar_one()) + 1
    values: dict[str, Any] = {name: getattr(draft, name) for name in _DRAFT}
    if ignored:
        values["ignored"] = ignoring.to_json(ignored)
    done = u.connection.execute(
        insert(schema.template_version).values(
            template_id=template_id, number=number, kind=draft.kind.value, author=author, label=label, saved_at=now,
            **values,
        )
    )  # fmt: skip
    assert done.inserted_primary_key is not None
    version_id = int(done.inserted_primary_key[0])
    u.connection.execute(
        update(schema.template).where(_t.id == template_id).values(version_id=version_id, updated_at=now)
    )
    return TemplateVersion(version_id, template_id, number, draft, author, now, label, ignored)


def lock(u: Unit, template_id: int) -> bool:
    """Keep others from saving this template until the unit ends; False when there is none."""
    query = select(_t.id).where(_t.id == template_id).with_for_update()
    return u.connection.execute(query).first() is not None


def version(u: Unit, version_id: int) -> TemplateVersion | None:
    row = u.connection.execute(select(schema.template_version).where(_v.id == version_id)).first()
    return _version(row) if row else None


def versions(u: Unit, template_id: int) -> list[TemplateVersion]:
    """All of a template's versions, newest first."""
    query = select(schema.template_version).where(_v.template_id == template_id).order_by(_v.number.desc())
    return [_version(row) for row in u.connection.execute(query)]


def template(u: Unit, template_id: int) -> Template | None:
    return _first(u, _newest().where(_t.id == template_id))


def template_by_name(u: Unit, name: str) -> Template | None:
    """The template with exactly this name, archived or not."""
    return _first(u, _newest().where(_t.name == name))


def templates(u: Unit, archived: bool = False) -> list[Template]:
    """All mails by name, without their editions; archived ones only when asked for."""
    query = _newest().where(_t.root_id.is_(None)).order_by(_t.name)
    return [_template(row) for row in u.connection.execute(query if archived else query.where(~_t.archived))]


def editions(u: Unit, root_id: int, archived: bool = False) -> list[Template]:
    """A mail and its editions: the mail first, then by arm and language. Archived editions only when asked for."""
    query = _newest().where(or_(_t.id == root_id, _t.root_id == root_id))
    query = query.order_by(_t.root_id.is_not(None), _t.arm, _t.language, _t.id)
    return [_template(row) for row in u.connection.execute(query if archived else query.where(~_t.archived))]


def set_language(u: Unit, template_id: int, language: str) -> None:
    u.connection.execute(update(schema.template).where(_t.id == template_id).values(language=language))


def set_arm(u: Unit, template_id: int, arm: int) -> None:
    u.connection.execute(update(schema.template).where(_t.id == template_id).values(arm=arm))


def experiment(u: Unit, root_id: int) -> Experiment | None:
    """The newest test of a mail; None when there was none."""
    found = u.connection.scalar(select(_t.test).where(_t.id == root_id))
    return _thaw(found) if found else None


def set_experiment(u: Unit, root_id: int, experiment: Experiment | None) -> None:
    values = {"test": None if experiment is None else _freeze(experiment)}
    u.connection.execute(update(schema.template).where(_t.id == root_id).values(values))


def _freeze(one: Experiment) -> dict[str, Any]:
    made = asdict(one)
    for name in _TIMES:
        made[name] = made[name].isoformat() if made[name] else None
    return made


def _thaw(data: Mapping[str, Any]) -> Experiment:
    """Rules a later version added are left out."""
    known = {field.name: data[field.name] for field in fields(Experiment) if field.name in data}
    for name in _TIMES:
        known[name] = datetime.fromisoformat(known[name]) if known.get(name) else None
    versions = tuple((int(arm), str(language), int(id)) for arm, language, id in known.get("versions", ()))
    return Experiment(**{**known, "shares": tuple(known["shares"]), "versions": versions})


def lay_down(u: Unit, campaign_id: int, experiment: Experiment) -> None:
    """Write down for ever by which rules a new campaign is tested."""
    values = {"campaign_id": campaign_id, "rules": _freeze(experiment)}
    u.connection.execute(insert(schema.campaign_test).values(values))


def laid_down(u: Unit, campaign_id: int) -> Experiment | None:
    """The rules a campaign was launched with; None when it tests nothing."""
    found = u.connection.scalar(select(_ct.rules).where(_ct.campaign_id == campaign_id))
    return _thaw(found) if found else None


def root_of_campaign(u: Unit, campaign_id: int) -> int | None:
    """The mail a campaign sent."""
    return u.connection.scalar(select(schema.campaign.c.template_id).where(schema.campaign.c.id == campaign_id))


def tested(u: Unit, key: str) -> list[int]:
    """The campaigns of one test, oldest first."""
    query = select(_ct.campaign_id, _ct.rules).order_by(_ct.campaign_id)
    return [id_ for id_, rules in u.connection.execute(query) if rules["key"] == key]


def rename(u: Unit, template_id: int, name: str, now: datetime) -> None:
    u.connection.execute(update(schema.template).where(_t.id == template_id).values(name=name, updated_at=now))


def archive(u: Unit, template_id: int, archived: bool, now: datetime) -> None:
    u.connection.execute(update(schema.template).where(_t.id == template_id).values(archived=archived, updated_at=now))


def _newest() -> Select[Any]:
    return select(
        *(_t.id, _t.name, _v.kind, _v.number, _v.id, _t.updated_at, _t.archived, _t.root_id, _t.arm, _t.language)
    ).join_from(schema.template, schema.template_version, _v.id == _t.version_id)


def _first(u: Unit, query: Select[Any]) -> Template | None:
    row = u.connection.execute(query).first()
    return _template(row) if row else None


def _template(row: Sequence[Any]) -> Template:
    id_, name, kind, *rest = row
    return Template(id_, name, TemplateKind(kind), *rest)


def _version(row: Any) -> TemplateVersion:
    draft = Draft(kind=TemplateKind(row.kind), **{name: getattr(row, name) for name in _DRAFT})
    ignored = ignoring.from_json(row.ignored)
    return TemplateVersion(row.id, row.template_id, row.number, draft, row.author, row.saved_at, row.label, ignored)
