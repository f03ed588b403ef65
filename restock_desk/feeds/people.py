"""What every file of people has in common: words for consent and suppression, and checked addresses."""

import re

from restock_desk.domain import addresses
from restock_desk.domain.audience import ConsentState, SuppressionReason
from restock_desk.feeds.reading import Bad

_CONSENT = {
    ConsentState.SUBSCRIBED: "subscribed subscribe yes true 1 y opted_in opt_in optin active granted confirmed ja oui",
    ConsentState.UNSUBSCRIBED: "unsubscribed unsubscribe opted_out opt_out optout revoked withdrawn",
    ConsentState.NEVER: "never never_subscribed no false 0 n none nein non not_subscribed",
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
_NOTHING = frozenset({"false", "no", "0", "never", "none", "n/a", "-", "null"})
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


def consent(text: str, blank: ConsentState = ConsentState.UNSTATED) -> ConsentState:
    """The state a word means. Raises Bad for a word that is not known: consent is never guessed."""
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    state = CONSENT.get(word) if word else blank
    if state is None:
        raise Bad("consent", f"{text[:60]!r} is not known as a state of consent.")
    return state


def suppression(text: str) -> SuppressionReason | None:
    """The gravest reason named. A reason nobody knows still suppresses."""
    words = [word.replace("-", "_") for word in _NO_WORD.sub(" ", text.lower()).split()]
    found = [SUPPRESSION.get(word, SuppressionReason.IMPORT) for word in words if word not in _NOTHING]
    if not found:
        return None
    return next((reason for reason in _GRAVEST if reason in found), found[0])
