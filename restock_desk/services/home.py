"""The clone guard: a copied or restored database does not send until a manager says that it is the one.

A file lives on a machine, at a path, as a certain file of its disk: two of these three must be as they were, so that
a renamed folder or a renewed host name stops nobody, while a copy stays silent. A server's database has numbers of
its own, and any number of hosts may use it. Besides, this machine remembers the pulse it last saw of a database: one
that is behind it was restored from before.
"""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.store import home as stored
from restock_desk.store import shop as shop_
from restock_desk.store import staff
from restock_desk.store.database import Unit

HINT = "Look at both, make sure that only this one sends, then confirm it: restock-desk clone confirm --reason TEXT."
COPY = "This database is a copy: it last sent from {place}."
OLDER = "This database is older than what this machine last saw of it: it was restored from a backup."


@dataclass(frozen=True)
class Place:
    """Where a database is, and why it may not send there; `why` empty = it may."""

    here: str
    home: str
    why: str = ""


def place(desk: Desk) -> Place:
    """Where the database is and whether it may send from here. Writes nothing."""
    with desk.store.reading() as u:
        uuid = shop_.instance_uuid(u)
    seen = _seen(desk, uuid)  # before the pulse is read: another sender of this machine may just make both newer
    with desk.store.reading() as u:
        here = _here(desk, u)
        home, pulse = stored.home(u)
        sample = shop_.is_sample(u)
    words = _words(home or here)
    if home is None or sample:
        return Place(_words(here), words)
    if not same(home, here):
        return Place(_words(here), words, COPY.format(place=words))
    return Place(_words(here), words, OLDER if pulse < seen else "")


def guard(desk: Desk) -> None:
    """Before mail is claimed: DeskError when this is a copy or an older state; else remember that it lives here."""
    found = place(desk)
    if found.why:
        raise DeskError(found.why, HINT)
    with desk.store.unit() as u:
        home, pulse = stored.home(u)
        here = _here(desk, u)
        if home != here:
            stored.settle(u, here, pulse)
        pulse = stored.beat(u)
        uuid = shop_.instance_uuid(u)
        u.commit()
    _remember(desk, uuid, pulse)


def confirm(desk: Desk, reason: str) -> Place:
    """A manager says that this is the database that sends, from here. Audited. The other one is not told."""
    if desk.actor.role != "manager":
        raise DeskError("Only a manager may say which database sends.", "Ask one.")
    if not reason.strip():
        raise DeskError("A reason is needed.", "Say in a few words why; it is kept in the audit trail.")
    with desk.store.unit() as u:
        here = _here(desk, u)
        home, pulse = stored.home(u)
        uuid = shop_.instance_uuid(u)
        pulse = max(pulse, _seen(desk, uuid)) + 1
        stored.settle(u, here, pulse)
        told: dict[str, object] = {"before": _words(home) if home else "", "now": _words(here)}
        entry = AuditEntry(desk.now(), desk.actor.name, "database confirmed", "sending", reason.strip(), told)
        staff.record(u, entry)
        u.commit()
    _remember(desk, uuid, pulse)
    return place(desk)


def same(home: dict[str, Any], here: dict[str, Any]) -> bool:
    """Whether two places are one: the same database of the same server, or two of machine, path and file."""
    if "database" in home or "database" in here:
        return bool(home == here)
    return sum(bool(here[part] and home.get(part) == here[part]) for part in ("machine", "path", "file")) >= 2


def _here(desk: Desk, u: Unit) -> dict[str, Any]:
    path = desk.store.path
    if path is None:
        return stored.server(u)
    whole = path.absolute()
    with suppress(OSError):
        whole = whole.resolve()
    return {"machine": desk.machine, "path": str(whole), "file": _file(whole)}


def _file(path: Path) -> str:
    """Which file of which file system it is: another after every copy, the same after a renaming."""
    try:
        number = path.stat()
        disk = os.statvfs(path).f_fsid if hasattr(os, "statvfs") else number.st_dev
    except OSError:
        return ""
    return f"{disk}:{number.st_ino}"


def _words(home: dict[str, Any]) -> str:
    if "database" in home:
        return "another database server" if not home["cluster"] else f"database {home['database']} of its server"
    return str(home.get("path", "elsewhere"))


def _seen(desk: Desk, uuid: str) -> int:
    """The pulse this machine last saw of a database; 0 if it never sent from it."""
    if desk.state_dir is None:
        return 0
    with suppress(OSError, ValueError):
        return int((desk.state_dir / f"pulse-{uuid}").read_text(encoding="ascii"))
    return 0


def _remember(desk: Desk, uuid: str, pulse: int) -> None:
    if desk.state_dir is None:
        return
    with suppress(OSError):  # the other half of the guard still stands
        partial = desk.state_dir / f"pulse-{uuid}.{os.getpid()}.{threading.get_ident()}.new"
        partial.write_text(str(pulse), encoding="ascii")
        os.replace(partial, desk.state_dir / f"pulse-{uuid}")
