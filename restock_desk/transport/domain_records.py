"""What a sender's domain publishes about its mail: the texts in its DNS. Nothing is judged here."""

from collections.abc import Callable

import dns.exception
import dns.resolver

PATIENCE_S = 4.0
Texts = Callable[[str], tuple[str, ...] | None]
"""From a name to its TXT records: none is empty, None is no answer."""


def texts(name: str) -> tuple[str, ...] | None:
    """The TXT records of a name, asked of this machine's own resolver."""
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=PATIENCE_S, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return ()
    except (dns.exception.DNSException, OSError, ValueError):
        return None
    return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)
