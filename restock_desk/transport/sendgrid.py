"""SendGrid: the template once and each person's values, or one finished mail. It promises no idempotency."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from restock_desk.domain.handover import Envelope, Handed, Merge, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.calls import Answer, Call, Unknown
from restock_desk.transport.merging import by_template, flat
from restock_desk.transport.provider import Terms, clean, message_mark, parts_of, refusal, told

VALUES_LIMIT = 10_000
"""Bytes one person's values may have in all."""
_MARK = "[%rd{}%]"


@dataclass(frozen=True)
class SendGrid:
    base: str
    terms = Terms("SendGrid", call=1_000, call_bytes=30_000_000)

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        return ""

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        return by_template(group, self.terms.batch, _mergeable)

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        parts = parts_of(group[0])
        text, html = parts.text, parts.html
        if len(group) > 1:
            text, html = _MARK.format("t"), flat(group[0], _MARK.format)
        body: dict[str, Any] = {
            "personalizations": [_person(envelope, merges=len(group) > 1) for envelope in group],
            "from": {"email": parts.sender_email, **({"name": parts.sender_name} if parts.sender_name else {})},
            "subject": parts.subject,
            "content": [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}],
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        if parts.reply_to:
            body["reply_to"] = {"email": parts.reply_to}
        return Call("POST", f"{self.base}/v3/mail/send", _headers(secret), json.dumps(body).encode())

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        if answer.status != 202:
            raise Unknown(f"The answer {answer.status} is not the one for mails that were taken.")
        return [Receipt(Handed.SENT, "202", "", clean(answer.headers.get("x-message-id", "")))] * len(group)

    def refused(self, answer: Answer) -> Receipt:
        words, field = _errors(answer)
        about_us = field.startswith(("from", "content", "reply_to")) or "maximum credits" in words.lower()
        return refusal(answer, words, answer.status in (401, 403, 404, 405) or about_us)

    def probe(self, secret: str, now: datetime) -> Call:
        return Call("GET", f"{self.base}/v3/scopes", _headers(secret))

    def found(self, answer: Answer) -> str:
        if answer.status != 200:
            raise DeskError(f"SendGrid refuses the key: {answer.status} {_errors(answer)[0]}", "Check the API key.")
        data = answer.data()
        scopes = data.get("scopes") if isinstance(data, dict) else None
        if not isinstance(scopes, list) or "mail.send" not in scopes:
            raise DeskError("The SendGrid key may not send mail.", "Give it the right “Mail Send”.")
        return "SendGrid knows the key, and it may send mail."


def _person(envelope: Envelope, merges: bool) -> dict[str, Any]:
    parts = parts_of(envelope)
    person: dict[str, Any] = {
        "to": [{"email": envelope.recipient}],
        "subject": parts.subject,
        "headers": dict(parts.headers),
        "custom_args": {"rd_msg": message_mark(parts)},
    }
    if merges:
        merge = envelope.contents.merge() if envelope.contents else None
        assert merge is not None
        person["substitutions"] = _values(merge, parts.text)
    return person


def _mergeable(envelope: Envelope, merge: Merge) -> bool:
    """Whether nothing of ours looks like a mark, and the values are not too long."""
    parts = parts_of(envelope)
    begin = _MARK.partition("{")[0]
    values = _values(merge, parts.text)
    size = sum(len(name) + len(value.encode()) for name, value in values.items())
    return size <= VALUES_LIMIT and begin not in parts.html + parts.text + parts.subject


def _values(merge: Merge, text: str) -> dict[str, str]:
    values = {_MARK.format(number): value for number, value in enumerate(merge.values)}
    return {**values, _MARK.format("t"): text}


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}


def _errors(answer: Answer) -> tuple[str, str]:
    """All messages, and the field the first one names."""
    try:
        found = answer.data().get("errors") or []
        words = "; ".join(clean(one.get("message", "")) for one in found)
        return words[:300] or told(answer), str(found[0].get("field") or "") if found else ""
    except (Unknown, AttributeError, TypeError, KeyError, IndexError):
        return told(answer), ""
