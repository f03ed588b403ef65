"""What every file of people has in common: words for consent and suppression, and checked addresses."""

import re
from datetime import datetime

from restock_desk.domain import addresses
from restock_desk.domain.audience import ConsentState, SuppressionReason
from restock_desk.feeds.numbers import shown
from restock_desk.feeds.reading import Bad, Sheet

_CONSENT = {
    ConsentState.SUBSCRIBED: "subscribed subscribe yes true 1 y opted_in opt_in optin active granted confirmed ja oui",
    ConsentState.UNSUBSCRIBED: "unsubscribed unsubscribe opted_out opt_out optout revoked withdrawn",
    ConsentState.NEVER: "never never_subscribed no false 0 n none nein non not_subscribed non_subscribed transactional",
    ConsentState.PENDING: "pending unconfirmed double_opt_in_pending waiting",
}
CONSENT = {word: state for state, words in _CONSENT.items() for word in words.split()} | {"": ConsentState.UNSTATED}

_SUPPRESSION = {
    SuppressionReason.UNSUBSCRIBE: "unsubscribed unsubscribe",
    SuppressionReason.COMPLAINT: "spam_complaint complaint spam complained",
    SuppressionReason.HARD_BOUNCE: "hard_bounce invalid_email cleaned bounced hard invalid",
    SuppressionReason.MANUAL: "user_suppressed manual",
    SuppressionReason.SOFT_BOUNCES: "soft_bounces",
    SuppressionReason.ERASED: "erased",
    SuppressionReason.IMPORT: "suppressed true yes 1 import",
}
SUPPRESSION = {word: reason for reason, words in _SUPPRESSION.items() for word in words.split()}
_BARS = "cleaned bounced hard_bounce hard_bounced complained complaint spam spam_complaint suppressed user_suppressed"
BARS = {word: SUPPRESSION.get(word, SuppressionReason.HARD_BOUNCE) for word in _BARS.split()}
"""Words of a consent column that bar an address from all mail."""
_NOTHING = frozenset({"false", "no", "n", "0", "never", "none", "n/a", "-", "null", "nein", "non"})
_NO_WORD = re.compile(r"[\[\]\"',;|\s]+")
_GRAVEST = (
    SuppressionReason.ERASED,
    SuppressionReason.COMPLAINT,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.UNSUBSCRIBE,
    SuppressionReason.MANUAL,
    SuppressionReason.SOFT_BOUNCES,
)


def address(text: str) -> str:
    """A usable address. Raises Bad."""
    if not text.strip():
        raise Bad("email", "The row has no e-mail address.")
    try:
        return addresses.parse(text)[0]
    except ValueError as error:
        raise Bad("email", str(error)) from error


def standing(text: str, blank: ConsentState = ConsentState.UNSTATED) -> tuple[ConsentState, SuppressionReason | None]:
    """What a word says of somebody's consent, or why they are barred. Raises Bad for a word that is not known:
    consent is never guessed."""
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    if word in BARS:
        return ConsentState.UNSTATED, BARS[word]
    state = CONSENT.get(word) if word else blank
    if state is None:
        raise Bad("consent", f"{shown(text)} is not known as a state of consent.")
    return state, None


def says_so(text: str) -> bool:
    """Whether the cell of a column such as `unsubscribed` or `unsubscribed_at` says that it is so."""
    return bool(text) and text.casefold() not in _NOTHING


def moment(sheet: Sheet, row: list[str], column: str, consent: ConsentState, barred: bool) -> datetime | None:
    """When a statement was made. Raises Bad, except for a “no”: it counts also where its time cannot be read."""
    try:
        return sheet.when(row, column)
    except Bad:
        if not barred and consent not in (ConsentState.UNSUBSCRIBED, ConsentState.NEVER):
            raise
        sheet.note("A “no” whose time cannot be read was taken in as one without a time.")
        return None


def suppression(text: str) -> SuppressionReason | None:
    """The gravest reason named. A reason nobody knows still suppresses."""
    words = [word.replace("-", "_") for word in _NO_WORD.sub(" ", text.lower()).split()]
    found = [SUPPRESSION.get(word, SuppressionReason.IMPORT) for word in words if word not in _NOTHING]
    if not found:
        return None
    return next((reason for reason in _GRAVEST if reason in found), found[0])
