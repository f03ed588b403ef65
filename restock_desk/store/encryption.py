"""What a database server's address leaves open about encryption: it is verified, unless the server is this machine.

The driver's own choice would be to take encryption if it is offered, by whomever, and to go on in clear if not.
"""

import ipaddress
import os
import ssl
from pathlib import Path

from sqlalchemy.engine import URL

_REFUSALS = (
    "certificate verify failed",
    "server does not support ssl",
    "does not match host name",
    "root certificate file",
    "no encryption",
    "unsupported protocol",
    "tlsv1 alert protocol version",
)


def guarded(url: URL) -> URL:
    """The address with `sslmode=verify-full` where nothing else was asked for, and with whom to believe."""
    asked = _one(url, "sslmode") or os.environ.get("PGSSLMODE", "")
    if not asked and all(_here(host) for host in _hosts(url)):
        return url
    mode = asked or "verify-full"
    found = {} if _one(url, "sslmode") else {"sslmode": mode}
    roots = _one(url, "sslrootcert") or os.environ.get("PGSSLROOTCERT", "")
    if mode.startswith("verify-") and roots in ("", "system") and not (not roots and _own_roots().exists()):
        found["sslrootcert"] = _system_roots()
    return url.update_query_dict(found)


def refused(words: str) -> bool:
    """Whether the driver's words say that the server's encryption is missing or cannot be believed."""
    return any(one in words.lower() for one in _REFUSALS)


def _hosts(url: URL) -> list[str]:
    given = url.query.get("host", url.host or "")
    return [host.strip() for one in ([given] if isinstance(given, str) else given) for host in one.split(",")]


def _here(host: str) -> bool:
    """This machine: no name at all, a socket's folder, or a loopback address. A host of many may carry a port."""
    name = host if host.count(":") > 1 else host.partition(":")[0]
    if name in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _one(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _own_roots() -> Path:
    """Where the driver itself looks for whom to believe."""
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", ""), "postgresql", "root.crt")
    return Path.home() / ".postgresql" / "root.crt"


def _system_roots() -> str:
    """The public authorities: the system's file, else the one that comes with our HTTP client. The driver's own word
    "system" means a folder inside its build that holds none."""
    found = ssl.get_default_verify_paths().cafile
    if found:
        return found
    import certifi

    return certifi.where()
