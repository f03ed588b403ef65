"""Whether a person or a machine opened or followed something: signals, codes, and the rules that weigh them.

Nothing is dropped and nothing is decided about a person: one event gets one class. Judged when it comes in, and clicks
once more when their neighbours are known. Nothing in the program branches on an open.
"""

import ipaddress
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who

RULES = 1
"""Version of the rules below; raise it with every change of their meaning."""

OWN_SOURCE = "web"
"""The source of hits on our own web service: only there an empty user agent means that there was none."""

_STRONG = frozenset({"prefetch", "bot_ua", "sweep", "shared_net", "provider", "apple_mpp"})
_INSTANT_S = 2.0
_SKEW_S = 5.0  # a clock may be this much behind ours and its event still follow the hand-over
_SWEEP = (3, timedelta(seconds=10))
_SHARED = (5, timedelta(seconds=60))
_PAIR = timedelta(seconds=60)
_BOT = re.compile(
    r"bot\b|crawl|spider|slurp|scan|monitor|preview|headless|phantomjs|puppeteer|playwright|selenium|"
    r"curl|wget|libwww|urllib|requests/|httpx|aiohttp|okhttp|go-http-client|^java/|apache-httpclient|"
    r"node-fetch|axios|undici|guzzle|scrapy|winhttp|powershell|ruby$|perl|"
    r"barracuda|proofpoint|mimecast|safelinks|symantec|trendmicro|forcepoint|fireeye|sophos|cloudmark|urldefense",
    re.IGNORECASE,
)
_LOCAL = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
_PROXY = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """The class of one event and the codes of the signals that led to it."""

    who: Who
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visit:
    """One followed link, or a look at the unsubscribe page (`link` None), among others to be judged with it."""

    id: int
    delivery_id: int
    at: datetime
    link: int | None
    ip: str
    codes: tuple[str, ...]


def judge(event: FeedbackEvent, sent_at: datetime | None) -> Verdict:
    """The class of an open or click by itself. `sent_at` is when the next hop took the mail."""
    codes = []
    if event.subkind == "prefetch":
        codes.append("prefetch")
    if event.who is Who.MACHINE:
        codes.append("provider")
    if (event.user_agent or event.source == OWN_SOURCE) and is_bot(event.user_agent):
        codes.append("bot_ua")
    if _instant(event.occurred_at, sent_at):
        codes.append("instant")
    if event.kind is FeedbackKind.OPENED:
        return _judge_open(event.user_agent, codes)
    return weigh(codes)


def weigh(codes: Iterable[str]) -> Verdict:
    """One strong signal or two weak ones: a machine. One weak one: nobody knows. None: a person."""
    told = tuple(dict.fromkeys(codes))
    if _STRONG & set(told) or len(told) > 1:
        return Verdict(Who.MACHINE, told)
    return Verdict(Who.UNKNOWN if told else Who.HUMAN, told)


@lru_cache(maxsize=8192)
def is_bot(user_agent: str) -> bool:
    """Whether a user agent is empty, an HTTP library's, or a known scanner's."""
    return not user_agent.strip() or (_BOT.search(user_agent) is not None and not _PROXY.search(user_agent))


def network(ip: str) -> str | None:
    """The /24 of an IPv4 address or the /64 of an IPv6 one; None for anything else, and for addresses of a local
    network: behind a proxy that tells no more, everybody would share it."""
    try:
        address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_link_local or any(address in local for local in _LOCAL):
        return None
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def swept(visits: Sequence[Visit]) -> dict[int, set[str]]:
    """Signals that only a message's visits together give, by visit: `sweep` and `unsub_pair`.

    `visits` are all of some messages.
    """
    found: dict[int, set[str]] = defaultdict(set)
    by_message: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_message[visit.delivery_id].append(visit)
    for group in by_message.values():
        clicks = [visit for visit in group if visit.link is not None]
        _crowded(clicks, "sweep", *_SWEEP, found, lambda visit: visit.link)
        for page in (visit for visit in group if visit.link is None):
            for click in clicks:
                if abs(click.at - page.at) <= _PAIR:
                    found[click.id].add("unsub_pair")
    return found


def shared(visits: Sequence[Visit]) -> dict[int, set[str]]:
    """`shared_net`, by visit: the same network followed links of five or more messages within a minute."""
    found: dict[int, set[str]] = defaultdict(set)
    by_net: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.link is not None and (net := network(visit.ip)):
            by_net[net].append(visit)
    for group in by_net.values():
        _crowded(group, "shared_net", *_SHARED, found, lambda visit: visit.delivery_id)
    return found


def _judge_open(user_agent: str, codes: list[str]) -> Verdict:
    if user_agent.strip() == "Mozilla/5.0":
        codes.append("apple_mpp")
    if codes:  # at an open, speed alone says machine
        return Verdict(Who.MACHINE, tuple(codes))
    if _PROXY.search(user_agent):
        return Verdict(Who.UNKNOWN, ("proxied",))
    return Verdict(Who.HUMAN)


def _instant(at: datetime | None, sent_at: datetime | None) -> bool:
    return at is not None and sent_at is not None and -_SKEW_S <= (at - sent_at).total_seconds() <= _INSTANT_S


def _crowded(
    visits: list[Visit],
    code: str,
    least: int,
    within: timedelta,
    found: dict[int, set[str]],
    what: Callable[[Visit], object],
) -> None:
    """Mark all visits of every stretch of time `within` which holds at least `least` different things."""
    ordered = sorted(visits, key=lambda visit: visit.at)
    start = marked = 0
    inside: Counter[object] = Counter()
    for end, last in enumerate(ordered):
        inside[what(last)] += 1
        while last.at - ordered[start].at > within:
            gone = what(ordered[start])
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            start += 1
        if len(inside) >= least:
            for visit in ordered[max(start, marked) : end + 1]:
                found[visit.id].add(code)
            marked = end + 1
