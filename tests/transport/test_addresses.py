"""How a transport's address is written, and what is refused before anything is connected."""

import pytest

from restock_desk.errors import WrongUse
from restock_desk.transport import known, label, open_transport, secret_name, stays_here


@pytest.mark.parametrize(
    ("url", "name", "who"),
    [
        ("postmark://default", "postmark:default", "Postmark"),
        ("sendgrid://marketing?region=eu", "sendgrid:marketing", "SendGrid"),
        ("mailgun://mg.shop.example", "mailgun:mg.shop.example", "Mailgun"),
        ("ses://AKIAX@eu-west-1?set=alerts", "ses:AKIAX@eu-west-1", "Amazon SES"),
        ("resend://default", "resend:default", "Resend"),
        ("brevo://default", "brevo:default", "Brevo"),
        ("batch://project_AbC?version=2.13&confirmed=alert_id&events=each", "batch:project_AbC", "Batch"),
        ("smtp://ana%40shop.example@mail.example", "smtp:ana@shop.example@mail.example", "mail.example"),
        ("smtps://mail.example", "", "mail.example"),
        ("outbox:/mails", "", "a folder"),
    ],
)
def test_every_way_has_an_address_and_a_name_for_its_secret(url: str, name: str, who: str) -> None:
    open_transport(url, lambda _: None).close()
    assert (secret_name(url), label(url), known(url)) == (name, who, True)


@pytest.mark.parametrize(
    "url",
    [
        "postmark://",
        "postmark://default/path",
        "postmark://user@default",
        "postmark://user:key@default",
        "postmark://default?stream=a&unknown=1",
        "sendgrid://default?region=mars",
        "ses://eu-west-1",
        "ses://AKIA:secret@eu-west-1",
        "batch://project_x?version=latest",
        "batch://project_x?confirmed=yes",
        "mailgun://mg shop",
        "resend://default?endpoint=http://mail.example",
        "resend://default?endpoint=http://127.0.0.1.evil.example:80",
        "resend://default?endpoint=ftp://127.0.0.1",
        "resend://default?endpoint=https://user@mail.example",
        "resend://default?endpoint=https://mail.example?x=1",
        "resend://default?=1",
        "smtp://mail.example?dkim=nobody",
        "outbox:/mails?dkim=a@b@c/d",
        "postmarks://default",
        "ftp://mail.example",
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_connected(url: str) -> None:
    with pytest.raises(WrongUse) as error:
        open_transport(url, lambda _: None)
    assert "secret" not in str(error.value) or "keyring" in error.value.hint


def test_only_an_endpoint_on_this_machine_stays_here() -> None:
    assert stays_here("brevo://default?endpoint=http://127.0.0.1:8000")
    assert not stays_here("brevo://default?endpoint=https://relay.example")
    assert not stays_here("brevo://default")
    assert not stays_here("brevo://")


def test_a_secret_never_shows_in_what_a_transport_says_of_itself() -> None:
    transport = open_transport("postmark://default", lambda _: "hush-hush")
    assert "hush-hush" not in repr(transport) + repr(vars(transport)) + transport.url
