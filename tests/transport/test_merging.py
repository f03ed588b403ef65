"""When a template goes out once with everybody's values, and when a mail goes alone: never with a mark unfilled."""

from dataclasses import replace

import pytest

from restock_desk.domain.handover import Handed
from tests.rendering.samples import html
from tests.transport.letters import DRAFT, letter, letters, parts, person
from tests.transport.test_provider_faults import at

MERGES = ("sendgrid", "mailgun", "ses")
REST = "<p>" + "The same for everybody. " * 40 + "</p>"


@pytest.mark.parametrize("name", MERGES)
def test_one_call_carries_the_template_once(name: str) -> None:
    with at(name) as tried:
        group = letters(12, replace(DRAFT, text="Hi {{ subscriber.first_name }}, it is back."))
        assert {one.handed for one in tried.transport.send(group)} == {Handed.SENT}
        (request,) = tried.fake.requests
        assert request.body.count(b"Soft") == parts(group[0]).html.count("Soft")


@pytest.mark.parametrize("name", MERGES)
def test_mails_of_two_templates_go_in_two_calls(name: str) -> None:
    other = html(f"<p>{{{{ subscriber.first_name }}}}</p>{REST}", "Another one")
    with at(name) as tried:
        group = [letter(person(n), DRAFT if n % 2 else other) for n in range(6)]
        assert {one.handed for one in tried.transport.send(group)} == {Handed.SENT}
        assert tried.fake.calls == 2
        for envelope in group:
            (mail,) = [mail for mail in tried.fake.api.taken if mail.recipient == envelope.recipient]
            assert mail.html.strip() == parts(envelope).html.strip()


@pytest.mark.parametrize("name", MERGES)
def test_two_mails_to_one_address_never_share_a_call(name: str) -> None:
    with at(name) as tried:
        group = [letter(person(1), key="a"), letter(person(2)), letter(person(1), key="b")]
        assert {one.handed for one in tried.transport.send(group)} == {Handed.SENT}
        assert (tried.fake.calls, tried.taken) == (2, 3)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ses", "{{ '{{' }}first_name{{ '}}' }}"),
        ("ses", "{% raw %}{{{v0}}}{% endraw %}"),
        ("ses", "a back\\slash"),
        ("sendgrid", "[%rd0%]"),
    ],
)
def test_a_template_that_holds_their_language_goes_out_whole_and_unread(name: str, words: str) -> None:
    draft = html(f"<p>{{{{ subscriber.first_name }}}} {words}</p>{REST}")
    with at(name) as tried:
        group = letters(3, draft)
        assert {one.handed for one in tried.transport.send(group)} == {Handed.SENT}
        assert {mail.html.strip() for mail in tried.fake.api.taken} == {parts(one).html.strip() for one in group}


def test_values_longer_than_sendgrid_takes_go_alone() -> None:
    draft = html(f"<p>{{{{ subscriber.first_name }}}}</p>{REST * 30}", text="Long. " * 2_000)
    with at("sendgrid") as tried:
        assert {one.handed for one in tried.transport.send(letters(3, draft))} == {Handed.SENT}
        assert tried.fake.calls == 3


def test_what_mailgun_would_replace_is_refused_before_it_leaves() -> None:
    with at("mailgun") as tried:
        group = [letter(person(1, first_name="%recipient.name%")), letter(person(2))]
        first, second = tried.transport.send(group)
        assert (first.handed, second.handed) == (Handed.FAILED, Handed.SENT)
        assert "%recipient" in first.words


@pytest.mark.parametrize("name", MERGES)
def test_hostile_names_arrive_as_names(name: str) -> None:
    names = ["<b>&amp;", "{{{v0}}}", "{{s}}", "[%rdt%]", "\\", "%", "a\x1eb", "é\U0001f600", '"]}', "$1 \\1"]
    with at(name) as tried:
        group = [letter(person(n, first_name=one)) for n, one in enumerate(names)]
        assert {one.handed for one in tried.transport.send(group)} == {Handed.SENT}
        for envelope in group:
            (mail,) = [mail for mail in tried.fake.api.taken if mail.recipient == envelope.recipient]
            made = parts(envelope)
            assert (mail.html.strip(), mail.subject) == (made.html.strip(), made.subject)
