"""Batch's profiles/update: item-level checks, partial errors, its token bucket, and a model of the automation.

The model says which mails would leave: what a repeated key does is a switch, because the truth is not known.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.transport.fakes.providers import KEY, json_of
from tests.transport.fakes.server import Refusal, Reply, Request, Taken

PROJECT = "project_abcdefghijklmnopqrstuvwxyz012345"
_NAME = re.compile(r"(?:url|date)\([a-z0-9_]{1,30}\)|\$?[a-z0-9_]{1,30}")


@dataclass
class BatchApi:
    """`now` is the wall clock. `dedupes` = the automation takes each alert_id once. `seconds` feed the bucket."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = lambda: 0.0
    dedupes: bool = False
    version: str = "2.11"
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Errors to tell of a person besides those that are found."""
    tokens: float = 1_000
    filled_at: float = 0.0
    url = f"batch://{PROJECT}"
    secret = f"batch:{PROJECT}"

    @property
    def taken(self) -> list[Taken]:
        """The mails of the model: one an event, or one an alert_id where it takes each once."""
        mails = {}
        for number, (person, event) in enumerate(self.events):
            alert = event["attributes"]["alert_id"]
            mails[alert if self.dedupes else number] = Taken(f"{person.replace('c', 'p', 1)}@example.com")
        return list(mails.values())

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}" or request.headers.get("x-batch-project") != PROJECT:
            raise Refusal(401, {"error_code": "AUTHENTICATION_INVALID", "error_message": "The key is not valid."})
        if request.path == f"/{self.version}/orchestrations/list?limit=1":
            return Reply(200, {"orchestrations": []})
        if (request.method, request.path) != ("POST", f"/{self.version}/profiles/update"):
            raise Refusal(404, {"error_code": "ROUTE_NOT_FOUND", "error_message": "Route not found"})
        items = json_of(request)
        if not isinstance(items, list) or not 1 <= len(items) <= 200 or not all(self._sound(item) for item in items):
            raise Refusal(400, {"error_code": "MALFORMED_JSON_BODY", "error_message": "Malformed body"})
        people = [item["identifiers"]["custom_id"] for item in items]
        assert len(set(people)) == len(people), "the order of two operations on one person is not known"
        self._pay(len(items))
        errors = [{"bulk_index": n, **error} for n, item in enumerate(items) for error in self._apply(item)]
        code = "SUCCESS_WITH_PARTIAL_ERRORS" if errors else "SUCCESS"
        return Reply(202, {"code": code, **({"errors": errors} if errors else {})})

    def _sound(self, item: Any) -> bool:
        return isinstance(item, dict) and list(item.get("identifiers", {})) == ["custom_id"]

    def _pay(self, cost: int) -> None:
        now = self.seconds()
        self.tokens, self.filled_at = min(1_000, self.tokens + (now - self.filled_at) * 300), now
        if cost > self.tokens:
            raise Refusal(429, {"error_code": "TOO_MANY_REQUESTS", "error_message": "Too many requests"})
        self.tokens -= cost

    def _apply(self, item: dict[str, Any]) -> list[dict[str, Any]]:
        person = item["identifiers"]["custom_id"]
        attributes, events = item.get("attributes", {}), item.get("events", [])
        assert "$email_marketing" not in attributes, "nobody consented to marketing"
        found = [{"category": "attribute", **why} for why in _wrong(attributes, nested=False)]
        if len(events) > 15:
            found.append({"category": "event", "reason": "too many events"})
        for event in events:
            found += [{"category": "event", **why} for why in self._event(event)]
        found += self.errors.get(person, [])
        self.profiles.setdefault(person, {}).update(attributes)
        if not any(why["category"] == "event" for why in found):
            self.events += [(person, event) for event in events]
        return found

    def _event(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        found = _wrong(event["attributes"], nested=True)
        at = datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if not timedelta(0) <= self.now() - at <= timedelta(hours=24):
            found.append({"reason": "event too old"})
        if len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()) > 25_000:
            found.append({"reason": "event too large"})
        return found


def _wrong(attributes: dict[str, Any], nested: bool) -> list[dict[str, Any]]:
    """The attributes Batch would not take."""
    found = [] if len(attributes) <= 50 else [{"reason": "too many attributes"}]
    for name, value in attributes.items():
        limit = 2_048 if name.startswith("url(") else 300
        if isinstance(value, list) and nested:
            found += [why for one in value if isinstance(one, dict) for why in _wrong(one, nested)]
        text_fits = not isinstance(value, str) or 1 <= len(value) <= limit
        if not _NAME.fullmatch(name) or not text_fits or isinstance(value, dict) or (value is None and nested):
            found.append({"attribute": name, "reason": "invalid value"})
    return found
