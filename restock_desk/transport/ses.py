"""Amazon SES v2: the template once and each person's values, or one finished message. It promises no idempotency."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from restock_desk.domain.handover import Envelope, Handed, Merge, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.aws import signed
from restock_desk.transport.calls import Answer, Call, Unknown
from restock_desk.transport.merging import by_template, flat
from restock_desk.transport.names import mailbox
from restock_desk.transport.provider import Terms, clean, parts_of, refusal, told

_OURS = {
    "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException", "NotFoundException",
    "AccessDeniedException", "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException",
    "InvalidClientTokenId", "IncompleteSignature", "LimitExceededException", "ExpiredTokenException",
}  # fmt: skip
_ROW_OURS = {
    "ACCOUNT_SUSPENDED", "ACCOUNT_SENDING_PAUSED", "CONFIGURATION_SET_NOT_FOUND", "CONFIGURATION_SET_SENDING_PAUSED",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "INVALID_SENDING_POOL_NAME",
    "TEMPLATE_NOT_FOUND", "INVALID_TEMPLATE",
}  # fmt: skip
_ROW_LATER = {"ACCOUNT_THROTTLED", "TRANSIENT_FAILURE"}
_KEPT_FROM_US = {"message-id", "date"}
"""Headers that SES writes itself and refuses from others."""


@dataclass(frozen=True)
class Ses:
    """`user` is the access key's id, `region` such as eu-west-1; `chosen` names a configuration set."""

    base: str
    user: str
    region: str
    chosen: str = ""
    terms = Terms("Amazon SES", call=50, call_bytes=10_000_000)

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        plain = envelope.recipient.isascii() and envelope.sender.isascii()
        return "" if plain else "needs_smtputf8: Amazon SES takes plain ASCII addresses only."

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        return by_template(group, self.terms.batch, _mergeable)

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        path, body = ("outbound-bulk-emails", _bulk(group)) if len(group) > 1 else ("outbound-emails", _one(group[0]))
        if self.chosen:
            body["ConfigurationSetName"] = self.chosen
        return self._signed("POST", f"/v2/email/{path}", json.dumps(body).encode(), secret, now)

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        data = answer.data()
        if not isinstance(data, dict):
            raise Unknown("The answer is no object.")
        if len(group) == 1 and isinstance(data.get("MessageId"), str):
            return [Receipt(Handed.SENT, "200", "", clean(data["MessageId"]))]
        results = data.get("BulkEmailEntryResults")
        if not isinstance(results, list):
            raise Unknown("The answer does not speak of the mails.")
        return [_receipt(one) for one in results]

    def refused(self, answer: Answer) -> Receipt:
        name = clean(answer.headers.get("x-amzn-errortype", "")).partition(":")[0]
        words = f"{name}: {told(answer)}".strip(": ")
        not_verified = "not verified" in words.lower()
        return refusal(answer, words, answer.status in (401, 403, 404) or name in _OURS or not_verified)

    def probe(self, secret: str, now: datetime) -> Call:
        return self._signed("GET", "/v2/email/account", b"", secret, now)

    def found(self, answer: Answer) -> str:
        if answer.status != 200:
            words = self.refused(answer).words
            raise DeskError(f"Amazon SES refuses: {words}", "Check the access key, its rights and the region.")
        data = answer.data()
        if not isinstance(data, dict) or not data.get("SendingEnabled"):
            raise DeskError("Sending is switched off for this Amazon SES account.", "Look at its console.")
        if not data.get("ProductionAccessEnabled"):
            return f"Amazon SES in {self.region} knows the key, but the account is in the sandbox."
        return f"Amazon SES in {self.region} knows the key, and the account may send."

    def _signed(self, method: str, path: str, body: bytes, secret: str, now: datetime) -> Call:
        url = f"{self.base}{path}"
        headers = {"Content-Type": "application/json"}
        made = signed(method, url, headers, body, self.user, secret, self.region, "ses", now)
        return Call(method, url, made, body)


def _one(envelope: Envelope) -> dict[str, Any]:
    """The finished bytes, signature of ours included."""
    return {
        "FromEmailAddress": envelope.sender,
        "Destination": {"ToAddresses": [envelope.recipient]},
        "Content": {"Raw": {"Data": b64encode(envelope.message).decode()}},
    }


def _bulk(group: Sequence[Envelope]) -> dict[str, Any]:
    parts = parts_of(group[0])
    template = {
        "Subject": "{{{s}}}",
        "Text": "{{{t}}}",
        "Html": flat(group[0], lambda number: f"{{{{{{v{number}}}}}}}"),
    }
    body: dict[str, Any] = {
        "FromEmailAddress": mailbox(parts.sender_name, parts.sender_email),
        "DefaultContent": {"Template": {"TemplateContent": template, "TemplateData": "{}"}},
        "BulkEmailEntries": [_entry(envelope) for envelope in group],
    }
    return {**body, "ReplyToAddresses": [parts.reply_to]} if parts.reply_to else body


def _entry(envelope: Envelope) -> dict[str, Any]:
    parts = parts_of(envelope)
    merge = envelope.contents.merge() if envelope.contents is not None else None
    assert merge is not None
    values = {f"v{number}": value for number, value in enumerate(merge.values)}
    data = json.dumps({**values, "s": parts.subject, "t": parts.text})
    headers = [{"Name": name, "Value": value} for name, value in parts.headers if name.lower() not in _KEPT_FROM_US]
    return {
        "Destination": {"ToAddresses": [envelope.recipient]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
        "ReplacementHeaders": headers,
    }


def _mergeable(envelope: Envelope, merge: Merge) -> bool:
    """Whether the template's own text holds nothing that their template language would read."""
    return not any("{{" in literal or "\\" in literal or literal.endswith("{") for literal in merge.literals)


def _receipt(one: Any) -> Receipt:
    if not isinstance(one, dict) or not isinstance(one.get("Status"), str):
        return Receipt(Handed.IN_DOUBT, "", "The answer says nothing of this mail that can be read.")
    status, words = clean(one["Status"]), clean(one.get("Error", ""))
    if status == "SUCCESS":
        return Receipt(Handed.SENT, "200", "", clean(one.get("MessageId", "")))
    said = f"{status}: {words}".strip(": ")
    if status in _ROW_LATER:
        return Receipt(Handed.DEFERRED, status, said)
    ours = status in _ROW_OURS or "not verified" in words.lower()
    return Receipt(Handed.DEFERRED if ours else Handed.FAILED, status, said, ours=ours)
