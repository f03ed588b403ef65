"""What the desk knows of the shop itself: names, addresses, links, and the limits its people set."""

from dataclasses import dataclass, field

from restock_desk.domain.mail_programs import TARGETS, spelled
from restock_desk.domain.restocks import AlertRule


@dataclass(frozen=True)
class Shop:
    """The shop's own settings, one row in the database, so that all who share it agree.

    URLs may hold `{sku}`, `{handle}`, `{variant_id}`. `public_url` is where the web service is reached; empty = not
    reachable, then mails carry no pixel and a mailto unsubscribe only.
    """

    name: str = "My shop"
    url: str = ""
    currency: str = "EUR"
    locale: str = "en"
    timezone: str = "UTC"
    logo_url: str = ""
    postal_address: str = ""
    sender_name: str = ""
    sender_email: str = ""
    reply_to: str = ""
    unsubscribe_email: str = ""
    cart_url: str = ""
    wishlist_url: str = ""
    product_url: str = ""
    image_base_url: str = ""
    public_url: str = ""
    rule: AlertRule = field(default_factory=AlertRule)
    mail_programs: str = spelled(TARGETS)
    """Patterns of the mail programs its readers use: what client support is weighed by."""
    cooldown_s: int = 900
    """Support sees a warning when the same person was mailed less than this many seconds ago."""
