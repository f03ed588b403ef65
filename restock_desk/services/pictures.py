"""Pictures that authors bring: kept with the shop, served by the web service under names that nobody guesses.

The bytes are in the database, so every machine of the shop serves and previews them; a machine that showed one once
keeps a copy. What a file tells beside its picture is taken out first: `domain.pictures`.
"""

import base64
import logging
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from restock_desk.domain.pictures import PictureFault, bare, kind_of
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.services import sample
from restock_desk.services.desk import Desk
from restock_desk.services.files import beginning
from restock_desk.store import shop as stored
from restock_desk.store import staff

log = logging.getLogger(__name__)
LARGEST = 1024 * 1024
"""Bytes. Mail programs and readers bear no more; the checks warn from 200 kB."""
KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif"}
_NAME = re.compile(r"[A-Za-z0-9_-]{32}\.(?:png|jpg|gif)\Z")


def keep(desk: Desk, path: Path, secret: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> str:
    """Keep a picture's file; its address. DeskError where there is no web service, or the file is no such picture."""
    with desk.store.reading() as u:
        site = stored.shop(u).public_url.rstrip("/")
    if not site:
        raise DeskError(
            "A picture in a mail needs an address on the web.",
            "Enter the web service’s address in the settings, or put the picture into your shop and use its address.",
        )
    data = _read(path)
    ending = kind_of(data)
    if not ending:
        raise DeskError(f"{path.name} is no picture for mails.", "Save it as PNG, JPEG or GIF.")
    try:
        data = bare(data)
    except PictureFault as error:
        raise DeskError(f"{path.name} is damaged.", "Open it in a program for pictures and save it again.") from error
    name, now = f"{secret()}.{ending}", desk.now()
    with desk.store.unit() as u:
        stored.save_setting(u, _key(name), base64.b64encode(data).decode("ascii"), now)
        told: dict[str, object] = {"bytes": len(data)}
        staff.record(u, AuditEntry(now, desk.actor.name, "picture kept", f"picture {name[:8]}", "", told))
        u.commit()
    _copy(desk, name, data)
    return f"{site}/i/{name}"


def served(desk: Desk, name: str) -> tuple[bytes, str] | None:
    """The bytes and the type of a kept picture; None for a name nobody has."""
    if not _NAME.match(name):
        return None
    with desk.store.reading() as u:
        found = stored.setting(u, _key(name))
    return (base64.b64decode(found), KINDS[Path(name).suffix]) if isinstance(found, str) else None


def is_kept(url: str) -> bool:
    """Whether an address looks like that of a kept picture."""
    return bool(_NAME.match(_name(url)))


def bring(desk: Desk, url: str) -> bytes | None:
    """The bytes of a kept picture from the database, for previews; this machine has a copy then."""
    found = served(desk, _name(url))
    if found is None:
        return None
    _copy(desk, _name(url), found[0])
    return found[0]


def here(desk: Desk) -> Callable[[str], bytes | None]:
    """The bytes behind an address as far as this machine has them, for previews: nothing is fetched."""
    folder = _folder(desk)

    def find(url: str) -> bytes | None:
        if is_kept(url):
            try:
                return (folder / _name(url)).read_bytes()
            except OSError:
                return None
        return sample.picture(url)

    return find


def _read(path: Path) -> bytes:
    data = beginning(path, LARGEST, "Choose another file.", path.name)
    if len(data) > LARGEST:
        raise DeskError(f"{path.name} is larger than 1 MB.", "Save it smaller: 1200 pixels are wide enough.")
    return data


def _copy(desk: Desk, name: str, data: bytes) -> None:
    try:
        _folder(desk).mkdir(parents=True, exist_ok=True)
        (_folder(desk) / name).write_bytes(data)
    except OSError:
        log.warning("a picture could not be copied for previews")


def _folder(desk: Desk) -> Path:
    return desk.data_dir / "pictures"


def _name(url: str) -> str:
    return url.rpartition("/i/")[2]


def _key(name: str) -> str:
    return f"picture:{name}"
