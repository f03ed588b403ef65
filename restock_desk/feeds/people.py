"""What every file of people has in common: words for consent and suppression, and checked addresses."""

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
    SuppressionReason.HARD_BOUNCE: "hard_bounce invalid_email cleaned bounced",
    SuppressionReason.MANUAL: "user_suppressed manual",
    SuppressionReason.SOFT_BOUNCES: "soft_bounces",
    SuppressionReason.ERASED: "erased",
    SuppressionReason.IMPORT: "suppressed true yes 1 import",
}
SUPPRESSION = {word: reason for reason, words in _SUPPRESSION.items() for word in words.split()}
_GRAVEST = (
    SuppressionReason.ERASED,
    SuppressionReason.COMPLAINT,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.UNSUBSCRIBE,
)


def address(text: str) -> str:
    """A usable address. Raises Bad."""
    if not text:
        raise Bad("email", "The row has no e-mail address.")
    try:
        return addresses.parse(text)[0]
    except ValueError as error:
        raise Bad("email", str(error)) from error


def consent(text: str) -> ConsentState:
    """The state a word means. Raises Bad for a word that is not known: consent is never guessed."""
    state = CONSENT.get(text.strip().lower().replace(" ", "_").replace("-", "_"))
    if state is None:
        raise Bad("consent", f"{text[:60]!r} is not known as a state of consent.")
    return state


def suppression(text: str) -> SuppressionReason | None:
    """The gravest reason named. A reason nobody knows still suppresses."""
    words = text.lower().replace("[", " ").replace("]", " ").replace('"', " ").replace("'", " ").replace(",", " ")
    found = [SUPPRESSION.get(word.replace("-", "_"), SuppressionReason.IMPORT) for word in words.split()]
    if not found or words.strip() in ("false", "no", "0", "never", "none"):
        return None
    return next((reason for reason in _GRAVEST if reason in found), found[0])
