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

import keyring
import keyring.errors
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
class Settings:
    """All profiles and which one opens at start; `theme` is system, light or dark."""

    profiles: tuple[Profile, ...] = (Profile(),)
    current: str = "My shop"
    theme: str = "system"
    path: Path = field(default_factory=lambda: config_file())

    @property
    def profile(self) -> Profile:
        return next((p for p in self.profiles if p.name == self.current), self.profiles[0])

    def with_profile(self, profile: Profile) -> "Settings":
        """These settings with the profile of that name replaced or added, and made the current one."""
        others = tuple(p for p in self.profiles if p.name != profile.name)
        return replace(self, profiles=(*others, profile), current=profile.name)


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
        return Settings(profiles, raw.get("current", profiles[0].name), raw.get("theme", "system"), path)
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
        }
    )
    partial = settings.path.with_suffix(".new")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(0o600)
    partial.replace(settings.path)


def secret(name: str) -> str | None:
    """The secret of that name, such as "smtp:ana@mail.example", or None. Raises DeskError for a file open to others."""
    from_environment = os.environ.get("RESTOCK_DESK_SECRET_" + re.sub(r"\W", "_", name).upper())
    if from_environment:
        return from_environment
    path = os.environ.get("RESTOCK_DESK_SECRETS_FILE")
    if path:
        return _from_file(Path(path), name)
    try:
        return keyring.get_password(APP, name)
    except keyring.errors.KeyringError:
        return None


def keep_secret(name: str, value: str) -> None:
    """Put a secret into the system's keyring."""
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
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DeskError(
            f"The secrets file {path} cannot be read.", 'It holds lines such as "name" = "secret".'
        ) from error
    return None if value is None else str(value)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DeskError(f"The folder {folder} cannot be made.", "Check who may write there.") from error
    return folder
