"""Which provider an address means, and where that provider is reached."""

from collections.abc import Callable

from restock_desk.domain.handover import Transport
from restock_desk.transport.batch import Batch
from restock_desk.transport.batch_calls import SeveralCalls
from restock_desk.transport.brevo import Brevo
from restock_desk.transport.mailgun import Mailgun
from restock_desk.transport.postmark import Postmark
from restock_desk.transport.provider import HttpTransport, Provider, Surroundings
from restock_desk.transport.resend import Resend
from restock_desk.transport.sendgrid import SendGrid
from restock_desk.transport.ses import Ses
from restock_desk.transport.ways import Address, read, secret_name

Secrets = Callable[[str], str | None]


def open_provider(url: str, secret: Secrets, world: Surroundings | None) -> Transport:
    """The transport of a provider's address. WrongUse when it cannot be used."""
    address, name = read(url), secret_name(url)
    speaks = _speaks(address)
    opened = HttpTransport(url, speaks, lambda: secret(name) or "", world)
    return SeveralCalls(opened) if isinstance(speaks, Batch) and speaks.each else opened


def promise(url: str) -> str:
    """What the provider of this address promises about repetitions, as a sentence."""
    return _speaks(read(url)).terms.words


def _speaks(address: Address) -> Provider:
    """The provider's own words, at the provider's own address or another one."""
    base, options = address.endpoint, address.options
    europe = options.get("region") == "eu"
    match address.way.scheme:
        case "postmark":
            return Postmark(base or "https://api.postmarkapp.com", options.get("stream", "outbound"))
        case "sendgrid":
            return SendGrid(base or f"https://api.{'eu.' if europe else ''}sendgrid.com")
        case "mailgun":
            return Mailgun(base or f"https://api.{'eu.' if europe else ''}mailgun.net", address.account)
        case "ses":
            at = f"https://email.{address.account}.amazonaws.com"
            return Ses(base or at, address.user, address.account, options.get("set", ""))
        case "resend":
            return Resend(base or "https://api.resend.com")
        case "brevo":
            return Brevo(base or "https://api.brevo.com")
    return Batch(
        base or "https://api.batch.com",
        address.account,
        options.get("version", "2.11"),
        confirmed="confirmed" in options,
        each=options.get("events") == "each",
    )
