"""Resend: finished mails, up to a hundred in a call. A call repeated with the same key within a day counts once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.calls import Answer, Call, Unknown
from restock_desk.transport.names import mailbox
from restock_desk.transport.provider import Terms, clean, parts_of, refusal, together, told

_OURS = {
    "missing_api_key", "invalid_api_key", "restricted_api_key", "invalid_idempotency_key", "invalid_from_address",
    "daily_quota_exceeded", "monthly_quota_exceeded", "method_not_allowed", "not_found", "invalid_access",
    "invalid_region", "security_error",
}  # fmt: skip
_STILL = {"invalid_idempotent_request", "concurrent_idempotent_requests"}


@dataclass(frozen=True)
class Resend:
    base: str
    terms = Terms("Resend", call=50, call_bytes=40_000_000, repeat_s=86_400, per_s=2, burst=2)

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        return ""

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        return together(group, self.terms.batch)

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        headers = {**_headers(secret), "Idempotency-Key": key, "x-batch-validation": "permissive"}
        return Call("POST", f"{self.base}/emails/batch", headers, json.dumps([_mail(one) for one in group]).encode())

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        """`data` holds the ids of those that were taken, in order; `errors` the others by their place."""
        data = answer.data()
        taken = data.get("data") if isinstance(data, dict) else None
        if not isinstance(taken, list):
            raise Unknown("The answer holds no list.")
        refused: dict[int, str] = {}
        errors = data.get("errors")
        for error in errors if isinstance(errors, list) else []:
            if isinstance(error, dict) and isinstance(error.get("index"), int):
                refused[error["index"]] = clean(error.get("message", ""))
        if len(taken) + len(refused) != len(group):
            raise Unknown("The answer does not speak of every mail.")
        ids = iter(clean(one.get("id", "")) if isinstance(one, dict) else "" for one in taken)
        return [
            Receipt(Handed.FAILED, "422", f"422 {refused[i]}")
            if i in refused
            else Receipt(Handed.SENT, "200", "", next(ids, ""))
            for i in range(len(group))
        ]

    def refused(self, answer: Answer) -> Receipt:
        try:
            data = answer.data()
            name = str(data.get("name", "")) if isinstance(data, dict) else ""
        except Unknown:
            name = ""
        words = f"{name}: {told(answer)}".strip(": ")
        if answer.status == 409 or name in _STILL:
            return Receipt(Handed.IN_DOUBT, "409", f"409 {words}")
        return refusal(answer, words, answer.status in (401, 403, 404, 405) or name in _OURS)

    def probe(self, secret: str, now: datetime) -> Call:
        return Call("GET", f"{self.base}/domains", _headers(secret))

    def found(self, answer: Answer) -> str:
        if answer.status == 401 and "restricted_api_key" in answer.body.decode("utf-8", "replace"):
            return "Resend knows the key; it may send mail and nothing else."
        if answer.status != 200:
            raise DeskError(f"Resend refuses the key: {answer.status} {told(answer)}", "Check the API key.")
        data = answer.data()
        domains = data.get("data") if isinstance(data, dict) else None
        listed = domains if isinstance(domains, list) else []
        names = [clean(one.get("name", "")) for one in listed if isinstance(one, dict)]
        return f"Resend knows the key; its domains: {', '.join(names) or 'none yet'}."


def _mail(envelope: Envelope) -> dict[str, Any]:
    parts = parts_of(envelope)
    mail: dict[str, Any] = {
        "from": mailbox(parts.sender_name, parts.sender_email),
        "to": [envelope.recipient],
        "subject": parts.subject,
        "html": parts.html,
        "text": parts.text,
        "headers": dict(parts.headers),
    }
    return {**mail, "reply_to": parts.reply_to} if parts.reply_to else mail


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
