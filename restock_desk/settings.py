"""What this machine's user chose: profiles (database, transport) in one TOML file, secrets elsewhere. No database here.

Secrets are looked up in the environment (RESTOCK_DESK_SECRET_NAME), in the file named by RESTOCK_DESK_SECRETS_FILE
(TOML, owner only), then in the system's keyring. They are never written to the settings file.
"""

import os
import re
import stat
import tomllib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import platformdirs
import tomli_w

from restock_desk.errors import DeskError

APP = "restock-desk"


@dataclass(frozen=True)
class Profile:
    """One shop as this user opens it. `transport` is a URL without a password; empty = an outbox in the data folder."""

    name: str = "My shop"
    database: str = ""
    transport: str = ""
    production: bool = False


@dataclass(frozen=True)
class NamedTransport:
    """A way for mail to leave under a name of its own. `url` as in a profile; the secret is kept elsewhere."""

    name: str
    url: str


@dataclass(frozen=True)
class Settings:
    """All profiles and which one opens at start; `theme` is system, light or dark."""

    profiles: tuple[Profile, ...] = (Profile(),)
    current: str = "My shop"
    theme: str = "system"
    path: Path = field(default_factory=lambda: config_file())
    transports: tuple[NamedTransport, ...] = ()

    @property
    def profile(self) -> Profile:
        return next((p for p in self.profiles if p.name == self.current), self.profiles[0])

    def with_profile(self, profile: Profile) -> "Settings":
        """These settings with the profile of that name replaced or added, and made the current one."""
        others = tuple(p for p in self.profiles if p.name != profile.name)
        return replace(self, profiles=(*others, profile), current=profile.name)

    def with_transport(self, name: str, url: str | None) -> "Settings":
        """These settings with the transport of that name replaced or added; without a URL, taken away."""
        others = [one for one in self.transports if one.name != name]
        made = [*others, NamedTransport(name, url)] if url is not None else others
        return replace(self, transports=tuple(sorted(made, key=lambda one: one.name)))


def data_dir() -> Path:
    """The folder for the database, the outbox and exports of this user; made if missing, for its owner only."""
    folder = Path(os.environ.get("RESTOCK_DESK_DATA") or platformdirs.user_data_dir(APP, appauthor=False))
    return _made(folder)


def state_dir() -> Path:
    """The folder for what this machine remembers of databases, apart from them: a restored backup must not bring it."""
    if os.environ.get("RESTOCK_DESK_DATA"):
        return _made(data_dir() / "state")
    return _made(Path(platformdirs.user_state_dir(APP, appauthor=False)))


def config_file() -> Path:
    """The settings file's path; it need not exist."""
    return (
        Path(os.environ.get("RESTOCK_DESK_CONFIG") or platformdirs.user_config_dir(APP, appauthor=False)) / "desk.toml"
    )


def default_database() -> str:
    """The URL of this user's own SQLite file."""
    return f"sqlite:///{data_dir() / 'desk.db'}"


def load(path: Path | None = None) -> Settings:
    """Read the settings; defaults where there is no file. A damaged file is a sentence, and stays as it is."""
    path = path or config_file()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        profiles = tuple(Profile(**entry) for entry in raw.get("profile", [])) or (Profile(),)
        transports = tuple(NamedTransport(**entry) for entry in raw.get("transport", []))
        return Settings(profiles, raw.get("current", profiles[0].name), raw.get("theme", "system"), path, transports)
    except FileNotFoundError:
        return Settings(path=path)
    except (tomllib.TOMLDecodeError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise DeskError(f"The settings file {path} cannot be read: {error}", "Correct it, or move it away.") from error
    except OSError as error:
        raise DeskError(f"The settings file {path} cannot be opened.", "Check its permissions.") from error


def save(settings: Settings) -> None:
    """Write the settings atomically, readable by their owner only."""
    _made(settings.path.parent)
    text = tomli_w.dumps(
        {
            "current": settings.current,
            "theme": settings.theme,
            "profile": [asdict(profile) for profile in settings.profiles],
            "transport": [asdict(one) for one in settings.transports],
        }
    )
    _replace(settings.path, text)


def secret(name: str) -> str | None:
    """The secret of that name, such as "smtp:ana@mail.example", or None. Raises DeskError for a file open to others."""
    from_environment = os.environ.get("RESTOCK_DESK_SECRET_" + re.sub(r"\W", "_", name).upper())
    if from_environment:
        return from_environment
    path = os.environ.get("RESTOCK_DESK_SECRETS_FILE")
    if path:
        return _from_file(Path(path), name)
    import keyring.errors  # here and below: few starts need it

    try:
        return keyring.get_password(APP, name)
    except keyring.errors.KeyringError:
        return None


def keep_secret(name: str, value: str) -> None:
    """Put a secret where `secret` finds it: into the file named by RESTOCK_DESK_SECRETS_FILE, else the keyring."""
    path = os.environ.get("RESTOCK_DESK_SECRETS_FILE")
    if path:
        _into_file(Path(path), name, value)
        return
    import keyring.errors

    try:
        keyring.set_password(APP, name, value)
    except keyring.errors.KeyringError as error:
        raise DeskError(
            "This system has no keyring to keep the password in.",
            "Set RESTOCK_DESK_SECRETS_FILE to a file that only you can read (mode 0600) and write it there.",
        ) from error


def _from_file(path: Path, name: str) -> str | None:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise DeskError(f"The secrets file {path} is open to others.", "Run chmod 600 on it.")
        value = tomllib.loads(path.read_text(encoding="utf-8")).get(name)
    except FileNotFoundError:
        return None  # it is made when the first secret is kept
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DeskError(
            f"The secrets file {path} cannot be read.", 'It holds lines such as "name" = "secret".'
        ) from error
    return None if value is None else str(value)


def _into_file(path: Path, name: str, value: str) -> None:
    try:
        if path.exists():
            _from_file(path, name)  # refuses what is open to others or damaged
        known = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        _replace(path, tomli_w.dumps({**known, name: value}))
    except OSError as error:
        raise DeskError(f"The secrets file {path} cannot be written.", "Check who may write there.") from error


def _replace(path: Path, text: str) -> None:
    """Write a file that only its owner may read, complete or not at all."""
    partial = path.with_suffix(".new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DeskError(f"The folder {folder} cannot be made.", "Check who may write there.") from error
    return folder
