"""What Postmark, Resend, Brevo, SendGrid, Mailgun and Amazon SES check, keep and answer by their documentation."""

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from tests.transport.fakes.server import Refusal, Reply, Request, Taken

KEY = "the-key-of-the-test"
DOMAIN = "shop.example"
BAD = "bad"
"""Local parts that begin so are addresses no provider takes."""


def json_of(request: Request) -> Any:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refusal(415, {"message": "JSON wanted"})
    try:
        return json.loads(request.body)
    except ValueError:
        raise Refusal(400, {"message": "This is no JSON."}) from None


def bad(address: str) -> bool:
    return address.startswith(BAD) or "@" not in address


@dataclass
class PostmarkApi:
    taken: list[Taken] = field(default_factory=list)
    url = "postmark://default?stream=broadcast"
    secret = "postmark:default"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("x-postmark-server-token") != KEY:
            raise Refusal(401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied."})
        if (request.method, request.path) == ("GET", "/server"):
            return Reply(200, {"Name": "The shop's server", "Color": "blue"})
        assert (request.method, request.path) == ("POST", "/email/batch")
        mails = json_of(request)
        if not isinstance(mails, list) or not mails:
            raise Refusal(422, {"ErrorCode": 402, "Message": "Invalid JSON"})
        if len(mails) > 500:
            raise Refusal(422, {"ErrorCode": 410, "Message": "Too many batch messages"})
        return Reply(200, [self._one(mail) for mail in mails])

    def _one(self, mail: dict[str, Any]) -> dict[str, Any]:
        if parseaddr(mail["From"])[1].rpartition("@")[2] != DOMAIN:
            return {"ErrorCode": 400, "Message": "The 'From' address is not a Sender Signature."}
        if mail.get("MessageStream") not in ("outbound", "broadcast"):
            return {"ErrorCode": 1235, "Message": "The stream does not exist."}
        if bad(mail["To"]):
            return {"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive."}
        if not (mail.get("HtmlBody") and mail.get("TextBody") and mail.get("Subject")):
            return {"ErrorCode": 300, "Message": "Invalid email request"}
        headers = {one["Name"]: one["Value"] for one in mail["Headers"]}
        assert headers.pop("X-PM-KeepID") == "true"
        self.taken.append(Taken(mail["To"], mail["Subject"], mail["HtmlBody"], mail["TextBody"], mail["From"], headers))
        return {"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{len(self.taken)}", "To": mail["To"]}


@dataclass
class ResendApi:
    taken: list[Taken] = field(default_factory=list)
    keys: dict[str, tuple[bytes, Reply]] = field(default_factory=dict)
    url = "resend://default"
    secret = "resend:default"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refusal(401, {"statusCode": 401, "name": "validation_error", "message": "API key is invalid"})
        if (request.method, request.path) == ("GET", "/domains"):
            return Reply(200, {"data": [{"name": DOMAIN, "status": "verified"}]})
        assert (request.method, request.path) == ("POST", "/emails/batch")
        key = request.headers.get("idempotency-key", "")
        if not 1 <= len(key) <= 256:
            raise Refusal(400, {"name": "invalid_idempotency_key", "message": "Between 1 and 256 characters."})
        if key in self.keys:
            body, reply = self.keys[key]
            if body != request.body:
                raise Refusal(409, {"name": "invalid_idempotent_request", "message": "Same key, another payload."})
            return reply
        mails = json_of(request)
        if not 1 <= len(mails) <= 100:
            raise Refusal(422, {"name": "validation_error", "message": "Between 1 and 100 mails."})
        if any(parseaddr(mail["from"])[1].rpartition("@")[2] != DOMAIN for mail in mails):
            raise Refusal(403, {"name": "validation_error", "message": "The domain is not verified."})
        errors = [{"index": i, "message": "Invalid `to` field."} for i, mail in enumerate(mails) if bad(mail["to"][0])]
        if errors and request.headers.get("x-batch-validation") != "permissive":
            raise Refusal(422, {"name": "validation_error", "message": errors[0]["message"]})
        good = [mail for mail in mails if not bad(mail["to"][0])]
        for mail in good:
            self.taken.append(
                Taken(mail["to"][0], mail["subject"], mail["html"], mail["text"], mail["from"], mail["headers"])
            )
        reply = Reply(200, {"data": [{"id": f"re-{mail['to'][0]}"} for mail in good], "errors": errors})
        self.keys[key] = request.body, reply
        return reply


@dataclass
class BrevoApi:
    taken: list[Taken] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    url = "brevo://default"
    secret = "brevo:default"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("api-key") != KEY:
            raise Refusal(401, {"code": "unauthorized", "message": "Key not found"})
        if (request.method, request.path) == ("GET", "/v3/account"):
            return Reply(200, {"companyName": "The shop", "email": "owner@shop.example"})
        assert (request.method, request.path) == ("POST", "/v3/smtp/email")
        mail = json_of(request)
        headers = dict(mail["headers"])
        key = str(UUID(headers.pop("idempotencyKey")))
        if key in self.keys:
            raise Refusal(400, {"code": "duplicate_request", "message": "Same idempotencyKey within its time."})
        if mail["sender"]["email"].rpartition("@")[2] != DOMAIN:
            raise Refusal(400, {"code": "invalid_parameter", "message": "Sending domain of the sender is not valid"})
        recipient = mail["to"][0]["email"]
        if bad(recipient):
            raise Refusal(400, {"code": "invalid_parameter", "message": "email is not valid in to"})
        self.keys.add(key)
        assert json.loads(headers.pop("X-Mailin-custom"))["rd_msg"] == headers["X-RD-Msg"]
        sender = f"{mail['sender'].get('name', '')} <{mail['sender']['email']}>"
        self.taken.append(Taken(recipient, mail["subject"], mail["htmlContent"], mail["textContent"], sender, headers))
        return Reply(201, {"messageId": f"<brevo-{len(self.taken)}@relay.example>"})


_RESERVED = {"to", "from", "subject", "reply-to", "cc", "bcc", "content-type", "dkim-signature", "received"}


@dataclass
class SendGridApi:
    taken: list[Taken] = field(default_factory=list)
    url = "sendgrid://default"
    secret = "sendgrid:default"

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise self._refusal(401, "The provided authorization grant is invalid, expired, or revoked")
        if (request.method, request.path) == ("GET", "/v3/scopes"):
            return Reply(200, {"scopes": ["mail.send", "user.profile.read"]})
        assert (request.method, request.path) == ("POST", "/v3/mail/send")
        mail = json_of(request)
        people = mail["personalizations"]
        if not 1 <= len(people) <= 1_000:
            raise self._refusal(400, "The personalization block is limited to 1000", "personalizations")
        if mail["from"]["email"].rpartition("@")[2] != DOMAIN:
            raise self._refusal(403, "The from address does not match a verified Sender Identity.", "from")
        assert [one["type"] for one in mail["content"]] == ["text/plain", "text/html"]
        addresses = Counter(person["to"][0]["email"].lower() for person in people)
        for place, person in enumerate(people):
            where = f"personalizations.{place}.to.0.email"
            if addresses[person["to"][0]["email"].lower()] > 1:
                raise self._refusal(400, "Each unique email address should only be included once.", where)
            if bad(person["to"][0]["email"]):
                raise self._refusal(400, "Does not contain a valid address.", where)
            size = sum(len(k.encode()) + len(v.encode()) for k, v in person.get("substitutions", {}).items())
            if size > 10_000:
                raise self._refusal(400, "The substitutions may not exceed 10000 bytes.", f"personalizations.{place}")
            assert not _RESERVED & {name.lower() for name in person["headers"]}
        self.taken += [self._merged(mail, person) for person in people]
        return Reply(202, None, {"X-Message-Id": f"sg-{len(self.taken)}"})

    def _merged(self, mail: dict[str, Any], person: dict[str, Any]) -> Taken:
        text, html = (one["value"] for one in mail["content"])
        for mark, value in person.get("substitutions", {}).items():
            text, html = text.replace(mark, value), html.replace(mark, value)
        sender = f"{mail['from'].get('name', '')} <{mail['from']['email']}>"
        return Taken(person["to"][0]["email"], person["subject"], html, text, sender, person["headers"])

    def _refusal(self, status: int, message: str, where: str | None = None) -> Refusal:
        return Refusal(status, {"errors": [{"message": message, "field": where, "help": None}]})


@dataclass
class MailgunApi:
    taken: list[Taken] = field(default_factory=list)
    url = f"mailgun://{DOMAIN}"
    secret = f"mailgun:{DOMAIN}"

    def answer(self, request: Request) -> Reply:
        kind, _, told = request.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or b64decode(told).decode() != f"api:{KEY}":
            raise Refusal(401, {"message": "Invalid private key"})
        if (request.method, request.path) == ("GET", f"/v3/domains/{DOMAIN}"):
            return Reply(200, {"domain": {"name": DOMAIN, "state": "active"}})
        assert (request.method, request.path) == ("POST", f"/v3/{DOMAIN}/messages")
        form = parse_qs(request.body.decode(), keep_blank_values=True)
        recipients = form["to"]
        if len(recipients) > 1_000:
            raise Refusal(400, {"message": "to parameter holds more than 1000 addresses"})
        if parseaddr(form["from"][0])[1].rpartition("@")[2] != DOMAIN:
            raise Refusal(400, {"message": "from parameter is not a valid address. please check documentation"})
        if any(bad(one) for one in recipients):
            raise Refusal(400, {"message": "to parameter is not a valid address. please check documentation"})
        variables = json.loads(form.get("recipient-variables", ["{}"])[0])
        assert len(recipients) == 1 or set(variables) == set(recipients), "readers would see each other"
        self.taken += [self._merged(form, one, variables.get(one, {})) for one in recipients]
        return Reply(200, {"id": f"<mg-{len(self.taken)}@{DOMAIN}>", "message": "Queued. Thank you."})

    def _merged(self, form: dict[str, list[str]], recipient: str, variables: dict[str, str]) -> Taken:
        def filled(text: str) -> str:
            return re.sub(r"%recipient\.(\w+)%", lambda hit: variables.get(hit[1], hit[0]), text)

        headers = {name[2:]: filled(value[0]) for name, value in form.items() if name.startswith("h:")}
        assert filled(form["v:rd_msg"][0]) == headers["X-RD-Msg"]
        subject, html, text = (filled(form[name][0]) for name in ("subject", "html", "text"))
        return Taken(recipient, subject, html, text, form["from"][0], headers)


@dataclass
class SesApi:
    taken: list[Taken] = field(default_factory=list)
    url = "ses://AKIATEST@eu-west-1"
    secret = "ses:AKIATEST@eu-west-1"

    def answer(self, request: Request) -> Reply:
        if not self._signed(request):
            raise self._refusal(403, "InvalidSignatureException", "The request signature does not match.")
        if (request.method, request.path) == ("GET", "/v2/email/account"):
            return Reply(200, {"SendingEnabled": True, "ProductionAccessEnabled": True})
        body = json_of(request)
        sender = parseaddr(body["FromEmailAddress"])[1]
        if sender.rpartition("@")[2] != DOMAIN:
            raise self._refusal(400, "MessageRejected", "Email address is not verified.")
        if request.path == "/v2/email/outbound-emails":
            return self._one(body)
        assert request.path == "/v2/email/outbound-bulk-emails"
        if not 1 <= len(body["BulkEmailEntries"]) <= 50:
            raise self._refusal(400, "BadRequestException", "Between 1 and 50 entries.")
        return Reply(200, {"BulkEmailEntryResults": [self._entry(body, one) for one in body["BulkEmailEntries"]]})

    def _one(self, body: dict[str, Any]) -> Reply:
        (recipient,) = body["Destination"]["ToAddresses"]
        if bad(recipient):
            raise self._refusal(400, "BadRequestException", "Illegal address")
        mail = message_from_bytes(b64decode(body["Content"]["Raw"]["Data"]), policy=policy.SMTP)
        text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
        headers = {name: str(value) for name, value in mail.items()}
        self.taken.append(Taken(recipient, headers["Subject"], html, text, headers["From"], headers))
        return Reply(200, {"MessageId": f"ses-{len(self.taken)}"})

    def _entry(self, body: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        (recipient,) = entry["Destination"]["ToAddresses"]
        if bad(recipient):
            return {"Status": "MESSAGE_REJECTED", "Error": "Illegal address"}
        template = body["DefaultContent"]["Template"]["TemplateContent"]
        data = json.loads(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
        subject, html, text = (
            re.sub(r"\{\{\{(\w+)\}\}\}", lambda hit: data[hit[1]], template[name])
            for name in ("Subject", "Html", "Text")
        )
        headers = {one["Name"]: one["Value"] for one in entry["ReplacementHeaders"]}
        assert not {"Message-ID", "Date"} & set(headers)
        self.taken.append(Taken(recipient, subject, html, text, body["FromEmailAddress"], headers))
        return {"Status": "SUCCESS", "MessageId": f"ses-{len(self.taken)}"}

    def _signed(self, request: Request) -> bool:
        """Version 4 as the documentation of Amazon says, step by step."""
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=AKIATEST/(\d{8})/eu-west-1/ses/aws4_request, "
            r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
            request.headers.get("authorization", ""),
        )
        if found is None or not {"host", "x-amz-date", "content-type"} <= set(found[2].split(";")):
            return False
        path, _, query = request.path.partition("?")
        canonical = [request.method, path, query]
        canonical += [f"{name}:{request.headers[name]}" for name in found[2].split(";")]
        canonical += ["", found[2], hashlib.sha256(request.body).hexdigest()]
        scope = f"{found[1]}/eu-west-1/ses/aws4_request"
        digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{digest}"
        key = f"AWS4{KEY}".encode()
        for step in scope.split("/"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        return hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), found[3])

    def _refusal(self, status: int, kind: str, message: str) -> Refusal:
        return Refusal(status, {"message": message}, {"x-amzn-ErrorType": f"{kind}:http://internal"})
