"""Batch: one event a person, and Batch's own automation writes the mail. Taken there is not sent: see HANDED_OVER.

It has no idempotency key. Only where the shop has confirmed that its automation counts a repeated alert_id once is a
call without an answer repeated; else it is in doubt.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from restock_desk.domain.handover import HANDED_OVER, Alert, Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport import batch_event
from restock_desk.transport.calls import Answer, Call, Unknown
from restock_desk.transport.provider import Terms, clean, refusal, told

OLDEST = timedelta(hours=23, minutes=50)
"""Batch refuses what is a day old; ten minutes are for the way there."""
_UNSURE = Terms("Batch", call=200, call_bytes=8_000_000, per_s=240, burst=800, counts_mails=True)
_SURE = Terms("Batch", 200, 8_000_000, repeat_s=86_400, per_s=240, burst=800, counts_mails=True, idempotent=True)


@dataclass(frozen=True)
class Batch:
    """`project` is the project key. `confirmed` = the automation is multi-trigger on alert_id and takes each once.

    `each` = one event a product (separate mails) rather than one with all of them.
    """

    base: str
    project: str
    version: str = "2.11"
    confirmed: bool = False
    each: bool = False
    terms: Terms = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _SURE if self.confirmed else _UNSURE)

    def unfit(self, envelope: Envelope, now: datetime) -> str:
        alert = _alert(envelope)
        if not alert.custom_id:
            return "This person has no customer number, and Batch knows people by it."
        if now - alert.at > OLDEST:
            return "event_too_old: Batch takes no event older than a day. Send it again as a new alert."
        try:
            made = batch_event.events(alert, envelope.key, self.each)
        except batch_event.TooLong as error:
            return str(error)
        if any(batch_event.size(event) > batch_event.EVENT_LIMIT for event in made):
            return "The event is larger than Batch takes."
        return ""

    def plan(self, group: Sequence[Envelope]) -> list[list[int]]:
        """In which order Batch applies two operations on one person is not known: they go in different calls."""
        calls: list[list[int]] = []
        people: list[set[str]] = []
        for position, envelope in enumerate(group):
            custom_id = _alert(envelope).custom_id
            free = (n for n, known in enumerate(people) if custom_id not in known and len(known) < self.terms.batch)
            at = next(free, len(calls))
            if at == len(calls):
                calls.append([])
                people.append(set())
            calls[at].append(position)
            people[at].add(custom_id)
        return calls

    def call(self, group: Sequence[Envelope], secret: str, key: str, now: datetime) -> Call:
        body = [self._operation(envelope) for envelope in group]
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return Call("POST", f"{self.base}/{self.version}/profiles/update", self._headers(secret), text.encode())

    def receipts(self, group: Sequence[Envelope], answer: Answer) -> list[Receipt]:
        data = answer.data()
        code = data.get("code") if isinstance(data, dict) else None
        if answer.status != 202 or code not in ("SUCCESS", "SUCCESS_WITH_PARTIAL_ERRORS"):
            raise Unknown(f"Batch answered {answer.status} {clean(code or '')}, which is not known.".replace("  ", " "))
        errors = data.get("errors") or []
        if not isinstance(errors, list):
            raise Unknown("The list of errors cannot be read.")
        of: dict[int, list[dict[str, Any]]] = {}
        for error in errors:
            place = error.get("bulk_index") if isinstance(error, dict) else None
            if not isinstance(place, int) or not 0 <= place < len(group):
                raise Unknown("An error names none of the people.")
            of.setdefault(place, []).append(error)
        return [_receipt(of.get(place, [])) for place in range(len(group))]

    def refused(self, answer: Answer) -> Receipt:
        return refusal(answer, told(answer, "error_message", "error_code"), answer.status in (401, 403, 404, 405))

    def probe(self, secret: str, now: datetime) -> Call:
        return Call("GET", f"{self.base}/{self.version}/orchestrations/list?limit=1", self._headers(secret))

    def found(self, answer: Answer) -> str:
        if answer.status != 200:
            raise DeskError(f"Batch refuses: {self.refused(answer).words}", "Check the REST key and the project key.")
        sure = "a repeated alert counts once" if self.confirmed else "whether a repeated alert counts once is open"
        return f"Batch knows the key and the project; {sure}."

    def _operation(self, envelope: Envelope) -> dict[str, Any]:
        """Never a consent of ours: that somebody wants one alert is no consent to marketing."""
        alert = _alert(envelope)
        attributes = {"$email_address": alert.email}
        language = alert.locale.replace("_", "-").partition("-")[0].lower()
        if len(language) == 2:
            attributes["$language"] = language
        if "/" in alert.timezone:
            attributes["$timezone"] = alert.timezone
        made = batch_event.events(alert, envelope.key, self.each)
        return {"identifiers": {"custom_id": alert.custom_id}, "attributes": attributes, "events": made}

    def _headers(self, secret: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {secret}",
            "X-Batch-Project": self.project,
            "Content-Type": "application/json",
        }


def _alert(envelope: Envelope) -> Alert:
    assert envelope.contents is not None
    return envelope.contents.alert()


def _receipt(errors: list[dict[str, Any]]) -> Receipt:
    """All errors are told. One about an attribute of the person is a warning, any other means that no alert was taken.

    An event's attribute is named with the category "event"; the words of both fields are Batch's and may change.
    """
    words = "; ".join(
        " ".join(clean(error[name]) for name in ("category", "attribute", "reason") if error.get(name))
        for error in errors
    )[:300]
    if any(not error.get("attribute") or error.get("category") == "event" for error in errors):
        return Receipt(Handed.FAILED, "202", f"partner_refused: {words}")
    return Receipt(Handed.SENT, "202", f"warning: {words}" if words else "", HANDED_OVER)
