"""Unsaved drafts on this machine: written beside the database every moment, offered back after a crash.

Plain files, one per template, for their owner only. The database knows nothing of them; saving forgets them.
"""

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.services.desk import Desk

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptDraft:
    """What somebody wrote on top of version `version_id` and did not save."""

    draft: Draft
    version_id: int
    kept_at: datetime


def keep(desk: Desk, template_id: int, version_id: int, draft: Draft) -> None:
    """Write `draft` down, replacing what was kept for the template. Atomic: a crash leaves the old or the new."""
    target = _path(desk, template_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    words = json.dumps({"version_id": version_id, "kept_at": desk.now().isoformat(), "draft": asdict(draft)})
    beside = target.with_suffix(".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target)


def kept(desk: Desk, template_id: int) -> KeptDraft | None:
    """What was kept for the template, or None. A damaged file counts as nothing and stays where it is."""
    try:
        told = json.loads(_path(desk, template_id).read_text(encoding="utf-8"))
        fields = {**told["draft"], "kind": TemplateKind(told["draft"]["kind"])}
        return KeptDraft(Draft(**fields), int(told["version_id"]), datetime.fromisoformat(told["kept_at"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("the kept draft of template %d cannot be read", template_id)
        return None


def forget(desk: Desk, template_id: int) -> None:
    """Nothing is kept for the template any more."""
    _path(desk, template_id).unlink(missing_ok=True)


def _path(desk: Desk, template_id: int) -> Path:
    """Named after the database as well: profiles may share a data folder, and numbers start at 1 in each."""
    database = hashlib.sha256(desk.store.url.render_as_string(hide_password=True).encode()).hexdigest()[:12]
    return desk.data_dir / "drafts" / f"{database}-{template_id}.json"
