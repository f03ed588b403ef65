"""The table of what each mail program shows, as it ships with the application. Facts from caniemail.com (MIT)."""

import csv
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from restock_desk import bundle
from restock_desk.domain.mail_programs import TARGETS

OLD_YEARS = 3
_FAMILIES = {
    "aol": "AOL", "apple-mail": "Apple Mail", "fastmail": "Fastmail", "free-fr": "Free.fr", "gmail": "Gmail",
    "gmx": "GMX", "hey": "HEY", "ionos-1and1": "1&1", "laposte": "LaPoste", "mail-ru": "Mail.ru", "orange": "Orange",
    "outlook": "Outlook", "protonmail": "Proton Mail", "rainloop": "RainLoop", "samsung-email": "Samsung Email",
    "sfr": "SFR", "t-online-de": "T-Online", "thunderbird": "Thunderbird", "web-de": "WEB.DE", "wp-pl": "WP.pl",
    "yahoo": "Yahoo! Mail",
}  # fmt: skip
_PLATFORMS = {
    "android": "Android", "desktop-webmail": "web", "mobile-webmail": "mobile web", "webmail": "web", "ios": "iOS",
    "macos": "macOS", "windows": "Windows", "windows-mail": "Windows Mail", "outlook-com": "web",
}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """`letter`: y, a (partly), n, u (unknown), or empty where nobody tested. `notes` are classes of its notes."""

    letter: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feature:
    slug: str
    tested: str
    verdicts: dict[str, Verdict]

    @property
    def old(self) -> bool:
        """Whether its last test was long before the table was made."""
        year = self.tested[:4]
        return not year.isdigit() or int(dated()[:4]) - int(year) > OLD_YEARS


@lru_cache(maxsize=1)
def features() -> dict[str, Feature]:
    """Every feature by its name."""
    rows = list(csv.reader(line for line in _text().splitlines() if not line.startswith("#")))
    clients = rows[0][4:]
    return {row[0]: _feature(row, clients) for row in rows[1:]}


@lru_cache(maxsize=1)
def clients() -> tuple[str, ...]:
    return tuple(next(iter(features().values())).verdicts)


@lru_cache(maxsize=64)
def chosen(targets: tuple[str, ...]) -> tuple[str, ...]:
    """The clients that patterns such as `gmail.*` mean; the usual ones if they mean none."""
    found = tuple(name for name in clients() if any(fnmatchcase(name, pattern) for pattern in targets))
    return found or chosen(TARGETS)


def name(client: str) -> str:
    """As people say it: “Outlook (Windows)”."""
    return f"{family(client.partition('.')[0])} ({platform(client)})"


def family(id: str) -> str:
    """The name of a mail program, whatever it runs on."""
    return _FAMILIES.get(id, id)


def platform(client: str) -> str:
    """What a client runs on."""
    on = client.partition(".")[2]
    return _PLATFORMS.get(on, on)


@lru_cache(maxsize=1)
def dated() -> str:
    """The day of the table's data, as in its first line."""
    head = _text().split("\n", 1)[0]
    return head.partition("data of ")[2][:10]


@lru_cache(maxsize=1)
def _text() -> str:
    return bundle.resource("client_support.csv").read_text(encoding="utf-8")


def _feature(row: list[str], clients: list[str]) -> Feature:
    notes = dict(each.split(":") for each in row[3].split())
    cells = {
        client: Verdict(cell[:1], tuple(notes.get(number, "other") for number in cell[1:].split(".") if number))
        for client, cell in zip(clients, row[4:], strict=True)
    }
    return Feature(row[0], row[2], cells)
