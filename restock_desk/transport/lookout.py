"""Addresses that a mail names, looked at from here: whether each answers, as what, how heavy. Only of public machines.

A name is looked up once, what it means must be public, and exactly that address is connected to, for every hop anew: a
mail must not make this machine knock at doors inside its own network. No cookies, no proxy, nothing of an answer kept.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from restock_desk.transport.http import Watch

MOST, AT_ONCE, HOPS = 100, 8, 3
ONE_S, ALL_S = 6.0, 25.0
READ_LIMIT = 1_200_000
"""Bytes read of an answer that does not say how long it is."""
NO_HOST, NO_ANSWER, LATE = "there is no such host", "nobody answers there", "no answer in time"
UNREACHED = frozenset({NO_HOST, NO_ANSWER, LATE})
PORTS = frozenset({80, 443, 8080, 8443})
KEEP_S, KEPT = 600.0, 500
_GATEWAY = ipaddress.IPv6Network("64:ff9b::/96")
Resolve = Callable[[str, int], tuple[str, int]]
"""From host and port to the address and port that may be connected to. OSError where there is none, or it may not."""


@dataclass(frozen=True)
class Seen:
    """What came back. `status` 0 = no answer, `fault` says why in a few words; `size` in bytes, 0 = unknown."""

    url: str
    status: int = 0
    kind: str = ""
    size: int = 0
    fault: str = ""


_known: "OrderedDict[str, tuple[float, Seen]]" = OrderedDict()
_lock = threading.Lock()


def public(host: str, port: int) -> tuple[str, int]:
    """The first address of a host, all of whose addresses must be public. OSError otherwise."""
    if port not in PORTS:
        raise OSError(f"port {port} is not asked")
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(_is_public(address) for address in found):
        raise OSError("it is no public address")
    return found[0], port


def look(urls: Iterable[str], resolve: Resolve = public, all_s: float = ALL_S) -> dict[str, Seen]:
    """Each address with what came back, in their order; at most MOST of them, all within `all_s` seconds.

    What was seen in the last ten minutes is not asked again.
    """
    wanted = list(dict.fromkeys(urls))[:MOST]
    found = {url: seen for url in wanted if (seen := _remembered(url)) is not None}
    missing = [url for url in wanted if url not in found]
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="desk-lookout")
    try:
        until = time.monotonic() + all_s
        trust = ssl.create_default_context() if missing else None
        work = {pool.submit(_seen, url, resolve, until, trust): url for url in missing}
        for done in as_completed(work, all_s):
            found[work[done]] = _remember(done.result())
    except TooLate:
        pass  # what has not answered by now is not told of
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return {url: found[url] for url in wanted if url in found}


def _is_public(address: str) -> bool:
    """Also as seen from behind a gateway that turns IPv6 into IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inside: ipaddress.IPv4Address | None = None
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour
        inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _GATEWAY else inside
    return ip.is_global and not ip.is_multicast and (inside is None or inside.is_global)


def _seen(url: str, resolve: Resolve, until: float, trust: ssl.SSLContext | None) -> Seen:
    """One address, redirects followed."""
    at = url
    try:
        with httpx.Client(verify=trust or True, trust_env=False, follow_redirects=False, timeout=ONE_S) as client:
            for _ in range(HOPS + 1):
                if time.monotonic() > until:
                    return Seen(url, fault=LATE)
                answer = _asked(client, "HEAD", at, resolve)
                if answer.status >= 400:
                    answer = _asked(client, "GET", at, resolve)  # many servers know no HEAD
                if not answer.fault.startswith("to "):
                    return Seen(url, answer.status, answer.kind, answer.size)
                at = urljoin(at, answer.fault.removeprefix("to "))
    except httpx.TimeoutException:
        return Seen(url, fault=LATE)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Seen(url, fault=_words(error))
    return Seen(url, fault="it leads on and on")


def _asked(client: httpx.Client, method: str, url: str, resolve: Resolve) -> Seen:
    """One request; a redirect is told as the fault “to ADDRESS”."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OSError("it is no web address")
    host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    address, port = resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
    named = f"{host}:{parts.port}" if parts.port else host
    target = httpx.URL(url).copy_with(host=address, port=port, fragment=None, userinfo=b"")
    headers = {"Host": named, "User-Agent": "restock-desk link check", "Accept": "*/*", "Accept-Encoding": "identity"}
    watch = Watch(2 * ONE_S, None)
    extensions = {"sni_hostname": host, "trace": watch}
    with watch, client.stream(method, target, headers=headers, extensions=extensions) as response:
        if response.has_redirect_location:
            return Seen(url, response.status_code, fault=f"to {response.headers['location']}")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        size = int(length) if (length := response.headers.get("content-length", "")).isdigit() else 0
        if method == "GET" and not size and kind.startswith("image/"):
            size = _counted(response)
        return Seen(url, response.status_code, kind, size)


def _counted(response: httpx.Response) -> int:
    size, until = 0, time.monotonic() + ONE_S
    for part in response.iter_raw(64 * 1024):
        size += len(part)
        if size > READ_LIMIT or time.monotonic() > until:
            break
    return size


def _words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return NO_HOST
    if isinstance(error, httpx.ConnectError):
        certificate = "certificate" in str(error).lower()
        return "its certificate is not valid" if certificate else NO_ANSWER
    return str(error)[:80] if isinstance(error, OSError) and not error.errno else "no usable answer"


def _remembered(url: str) -> Seen | None:
    with _lock:
        known = _known.get(url)
    return known[1] if known is not None and time.monotonic() - known[0] < KEEP_S else None


def _remember(seen: Seen) -> Seen:
    with _lock:
        _known[seen.url] = (time.monotonic(), seen)
        _known.move_to_end(seen.url)
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return seen
