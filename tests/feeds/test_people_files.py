"""Files of people: whoever left, bounced or complained stays unreachable, in every spelling of every exporter."""

from pathlib import Path

import pytest

from restock_desk.domain.audience import ConsentState, InterestIn, SubscriberIn, SuppressionReason
from restock_desk.domain.imports import ImportKind, ReadOptions
from restock_desk.errors import DeskError
from tests.feeds.whole_files import Whole
from tests.feeds.whole_files import read as read_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def read(file: Path, text: str, **options: str) -> Whole:
    return read_file(file, text, ImportKind.SUBSCRIBERS, ReadOptions(**options))  # type: ignore[arg-type]  # texts only


def only(whole: Whole) -> SubscriberIn:
    (person,) = whole.all(SubscriberIn)
    return person


@pytest.mark.parametrize(
    ("name", "extra", "consent", "suppressed"),
    [
        ("unsubscribed_members_export_1a2b.csv", "", ConsentState.UNSUBSCRIBED, None),
        ("subscribed_members_export_1a2b.csv", "", ConsentState.SUBSCRIBED, None),
        ("cleaned_members_export_1a2b.csv", "", ConsentState.UNSTATED, SuppressionReason.HARD_BOUNCE),
        ("subscribed.csv", "UNSUB_TIME", ConsentState.UNSUBSCRIBED, None),
        ("subscribed.csv", "CLEAN_TIME", ConsentState.UNSTATED, SuppressionReason.HARD_BOUNCE),
    ],
)
def test_mailchimp_tells_the_state_by_columns_and_else_by_the_file_name(
    tmp_path: Path, name: str, extra: str, consent: ConsentState, suppressed: SuppressionReason | None
) -> None:
    text = f"Email Address,LEID,{extra or 'EUID'}\nana@shop.example,1,2024-05-06 07:08:09\n"
    person = only(read(tmp_path / name, text))
    assert (person.consent, person.suppressed) == (consent, suppressed)


@pytest.mark.parametrize(
    "name", ["people.csv", "non-subscribed.csv", "subscribed_and_cleaned.csv", "nonsubscribed.csv"]
)
def test_mailchimp_is_never_taken_for_subscribed_by_default(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeskError, match="whether its people are subscribed"):
        read(tmp_path / name, "Email Address,LEID\nana@shop.example,1\n")
    assert only(read(tmp_path / name, "Email Address,LEID\nana@shop.example,1\n", state="cleaned")).suppressed


@pytest.mark.parametrize("column", ["UNSUB_TIME", "CLEAN_TIME"])
def test_nobody_can_declare_people_subscribed_whose_columns_say_they_left(file: Path, column: str) -> None:
    with pytest.raises(DeskError, match="cannot be read as subscribed"):
        read(file, f"Email Address,{column}\nana@shop.example,2024-01-01 00:00:00\n", state="subscribed")


def test_mailchimp_times_tags_and_merge_fields(file: Path) -> None:
    head = "Shoe Size,Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME,LEID,TAGS\n"
    row = '39,Ana@Shop.example,Ana,Berg,2024-05-06 07:08:09,2024-05-06 08:00:00,1,"""VIP"",""Wien, Graz"""\n'
    whole = read(file, head + row, state="subscribed")
    person = only(whole)
    assert (person.email, person.first_name, person.consent_at and person.consent_at.isoformat()) == (
        "Ana@shop.example", "Ana", "2024-05-06T08:00:00+00:00"
    )  # fmt: skip
    assert person.attributes == {"Shoe Size": "39", "LEID": "1", "tags": "VIP, Wien, Graz"}
    assert whole.notes == ("Times without a zone were read as UTC.",)
    assert read(file, head + row.replace("08:00:00", "later"), state="subscribed").refused() == [(2, "confirm_time")]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUBSCRIBED", ConsentState.SUBSCRIBED), ("Subscribe", ConsentState.SUBSCRIBED),
        ("UNSUBSCRIBED", ConsentState.UNSUBSCRIBED), ("Unsubscribed", ConsentState.UNSUBSCRIBED),
        ("NEVER_SUBSCRIBED", ConsentState.NEVER), ("Never Subscribed", ConsentState.NEVER),
        ("", ConsentState.UNSTATED), ("  ", ConsentState.UNSTATED),
    ],
)  # fmt: skip
def test_klaviyo_spells_consent_in_several_ways(file: Path, word: str, state: ConsentState) -> None:
    text = f"\ufeffEmail,Email Marketing Consent,Klaviyo ID\nana@shop.example,{word},x\n"
    assert only(read(file, text)).consent is state


def test_an_unknown_word_for_consent_is_refused_and_never_guessed(file: Path) -> None:
    whole = read(file, "Email,Email Marketing Consent\nana@shop.example,perhaps\n")
    assert whole.refused() == [(2, "consent")]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("cleaned", SuppressionReason.HARD_BOUNCE),
        ("Bounced", SuppressionReason.HARD_BOUNCE),
        ("hard-bounced", SuppressionReason.HARD_BOUNCE),
        ("spam complaint", SuppressionReason.COMPLAINT),
        ("suppressed", SuppressionReason.IMPORT),
    ],
)
def test_a_column_of_consent_may_say_that_an_address_is_barred(
    file: Path, word: str, reason: SuppressionReason
) -> None:
    person = only(read(file, f"email,status\nana@shop.example,{word}\n", state="subscribed"))
    assert (person.consent, person.suppressed) == (ConsentState.UNSTATED, reason)


def test_a_no_counts_also_where_its_time_cannot_be_read(file: Path) -> None:
    rows = "a@shop.example,unsubscribed,3/4/2024\nb@shop.example,cleaned,soon\nc@shop.example,subscribed,soon\n"
    whole = read(file, f"email,consent,consent_at\n{rows}")
    told = [(one.consent, one.consent_at, one.suppressed is not None) for one in whole.all(SubscriberIn)]
    assert told == [(ConsentState.UNSUBSCRIBED, None, False), (ConsentState.UNSTATED, None, True)]
    assert whole.refused() == [(4, "consent_at")]
    mailchimp = "Email Address,LEID,UNSUB_TIME\nana@shop.example,1,long ago\n"
    assert only(read(file, mailchimp)).consent is ConsentState.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("headers", "row", "consent", "day"),
    [
        ("consent,status", "subscribed,unsubscribed", ConsentState.UNSUBSCRIBED, None),
        ("consent,consent_at,status", "yes,2024-05-06,never", ConsentState.NEVER, None),
        ("consent,consent_at,unsubscribed_at", "yes,2024-05-06,2025-01-02", ConsentState.UNSUBSCRIBED, "2025-01-02"),
        ("consent,consent_at,unsubscribed_at", "yes,2024-05-06,", ConsentState.SUBSCRIBED, "2024-05-06"),
        ("consent,opted_out", "yes,TRUE", ConsentState.UNSUBSCRIBED, None),
        ("consent,opted_out", "yes,no", ConsentState.SUBSCRIBED, None),
        ("consent,status", "yes,gold", ConsentState.SUBSCRIBED, None),
        ("status", "unsubscribed", ConsentState.UNSUBSCRIBED, None),
    ],
)
def test_a_no_in_a_column_beside_that_of_consent_counts(
    file: Path, headers: str, row: str, consent: ConsentState, day: str | None
) -> None:
    person = only(read(file, f"email,{headers}\nana@shop.example,{row}\n"))
    assert person.consent is consent
    assert (person.consent_at and person.consent_at.date().isoformat()) == day
    assert person.attributes == ({"status": "gold"} if "gold" in row else {})


@pytest.mark.parametrize(
    "cell",
    ["2026-03-31", "2026/03/31", "31.03.2026", "2026-03-31 02:00:00 +0200", "2026-03-31T00:00:00.1234567Z",
     "1774915200", "1774915200000", '"Tue, 31 Mar 2026 00:00:00 GMT"', "2026-03-31 00:00:00 UTC",
     '"31.3.2026, 00:00"'],
)  # fmt: skip
def test_times_are_read_in_every_form_that_means_one_thing(file: Path, cell: str) -> None:
    person = only(read(file, f"email,consent,consent_at\nana@shop.example,yes,{cell}\n"))
    assert person.consent_at is not None
    assert person.consent_at.replace(microsecond=0).isoformat() == "2026-03-31T00:00:00+00:00"


@pytest.mark.parametrize("cell", ["03/04/2026", "3/31/2026", "31.02.2026", "1.2.26", "2026", "99999999999", "now"])
def test_a_time_that_could_mean_two_things_or_none_is_refused(file: Path, cell: str) -> None:
    assert read(file, f"email,consent,consent_at\nana@shop.example,yes,{cell}\n").refused() == [(2, "consent_at")]


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("Suppressed", "TRUE", SuppressionReason.IMPORT),
        ("Suppressed", "FALSE", None),
        ("Email Suppressions", "", None),
        ("Email Suppressions", "[]", None),
        ("Email Suppressions", "UNSUBSCRIBED", SuppressionReason.UNSUBSCRIBE),
        ("Email Suppressions", "USER_SUPPRESSED", SuppressionReason.MANUAL),
        ("Email Suppressions", "INVALID_EMAIL", SuppressionReason.HARD_BOUNCE),
        ("Email Suppressions", "Hard Bounce", SuppressionReason.HARD_BOUNCE),
        ("Email Suppressions", "\"['UNSUBSCRIBED', 'SPAM_COMPLAINT']\"", SuppressionReason.COMPLAINT),
        ("Email Suppressions", "SOMETHING_NEW", SuppressionReason.IMPORT),
        ("Email Suppressions", "2024-01-01", SuppressionReason.IMPORT),
    ],
)
def test_a_suppression_beats_a_subscription(
    file: Path, header: str, cell: str, reason: SuppressionReason | None
) -> None:
    person = only(read(file, f"Email,Email Marketing Consent,{header}\nana@shop.example,SUBSCRIBED,{cell}\n"))
    assert person.suppressed is reason


@pytest.mark.parametrize("cells", ["TRUE,", ",HARD_BOUNCE", "FALSE,SPAM_COMPLAINT"])
def test_either_of_two_suppression_columns_is_enough(file: Path, cells: str) -> None:
    text = f"Email,Email Marketing Consent,Suppressed,Email Suppressions\nana@shop.example,SUBSCRIBED,{cells}\n"
    assert only(read(file, text)).suppressed


def test_a_file_of_bare_addresses_must_be_explained(file: Path) -> None:
    with pytest.raises(DeskError, match="does not say what they are"):
        read(file, "Email\nana@shop.example\n")
    assert only(read(file, "Email\nana@shop.example\n", state="cleaned")).suppressed is SuppressionReason.HARD_BOUNCE
    with pytest.raises(DeskError, match="does not say whether"):
        read(file, "Email\nana@shop.example\n", format="klaviyo")
    with pytest.raises(DeskError, match="not known"):
        read(file, "Email\nana@shop.example\n", state="happy")


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("Ann Berg <Ann@Shop.Example>", "Ann@shop.example"),
        ("  ann@shop.example\u00a0", "ann@shop.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("a.n.n+tag@shop.example", "a.n.n+tag@shop.example"),
        ("ann@shop.de", "ann@shop.de"),
        ("ann@mail.shop.co.uk", "ann@mail.shop.co.uk"),
    ],
)
def test_addresses_are_cleaned_but_never_folded(file: Path, typed: str, email: str) -> None:
    assert only(read(file, f"email,locale\n{typed},en\n")).email == email


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "ann", "ann@", "@shop.example", "ann@shop", "ann@shop..example", "ann.@shop.example",
     "a b@shop.example", '"ann@shop.example, bob@shop.example"',
     "ann@shop.example;bob@shop.example", "ann@@shop.example", "ann@shop.1",
     "ann@-shop.example", ".ann@shop.example", "ann@.shop.example", "ann@shop.example."],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(file: Path, typed: str) -> None:
    assert read(file, f"email,locale\n{typed},en\n").refused() == [(2, "email")]


def test_the_declared_state_of_a_file_holds_where_its_rows_say_nothing(file: Path) -> None:
    text = "email,consent\nana@shop.example,\nbob@shop.example,unsubscribed\n"
    states = [person.consent for person in read(file, text, state="subscribed").all(SubscriberIn)]
    assert states == [ConsentState.SUBSCRIBED, ConsentState.UNSUBSCRIBED]


def test_other_columns_are_attributes_and_names_may_stand_in_one(file: Path) -> None:
    text = "custom_id,email,Name,Shoe Size,consent_at\n"
    text += "0007, ana@shop.example ,Ana Maria Berg,39,2024-05-06T07:08:09+02:00\n"
    person = only(read(file, text))
    assert (person.custom_id, person.first_name, person.last_name, person.attributes) == (
        "0007", "Ana", "Maria Berg", {"Shoe Size": "39"}
    )  # fmt: skip
    assert person.consent_at is not None
    assert person.consent_at.isoformat() == "2024-05-06T05:08:09+00:00"


@pytest.mark.parametrize(
    ("row", "field"),
    [("2.71879E+17,a@shop.example,A,en", "custom_id"), (f"1,a@shop.example,{'A' * 256},en", "first_name"),
     (f"{'1' * 256},a@shop.example,A,en", "custom_id"), (f"1,a@shop.example,A,{'e' * 256}", "locale")],
)  # fmt: skip
def test_a_person_with_an_unusable_field_is_refused_with_its_name(file: Path, row: str, field: str) -> None:
    assert read(file, f"custom_id,email,first_name,locale\n{row}\n").refused() == [(2, field)]


def interests(file: Path, text: str) -> Whole:
    return read_file(file, text, ImportKind.INTERESTS)


def test_interests_name_a_person_and_a_variant_in_any_of_their_ways(file: Path) -> None:
    head = "email,custom_id,sku,handle,options,units,created_at,source,consent_wording\n"
    whole = interests(
        file,
        head + "ana@shop.example,,0012,,,2,2024-05-06,popup,Tell me once.\n"
        ",c7,,tee,Size=M / Color: Red,,,,\n"
        ",c7,,tee,M / Red,,,,\n",
    )
    first, second, third = whole.all(InterestIn)
    assert (first.email, first.sku, first.units, first.source, first.wording) == (
        "ana@shop.example", "0012", 2, "popup", "Tell me once."
    )  # fmt: skip
    assert first.created_at is not None
    assert first.created_at.isoformat() == "2024-05-06T00:00:00+00:00"
    assert (second.custom_id, second.handle, second.options, second.units) == (
        "c7", "tee", (("Size", "M"), ("Color", "Red")), 1
    )  # fmt: skip
    assert third.options == (("Option 1", "M"), ("Option 2", "Red"))


@pytest.mark.parametrize(
    ("row", "field"),
    [(",,A,1,", "email"), ("a@shop.example,,,1,", "sku"), ("nobody,,A,1,", "email"), ("a@shop.example,,A,0,", "units"),
     ("a@shop.example,,A,-1,", "units"), ("a@shop.example,,A,x,", "units"),
     ("a@shop.example,,A,1,31/12/2024", "created_at"),
     ("a@shop.example,,A,1,0001-01-01", "created_at"), ("a@shop.example,,2.71879E+17,1,", "sku")],
)  # fmt: skip
def test_an_interest_that_cannot_be_kept_is_refused_with_its_field(file: Path, row: str, field: str) -> None:
    assert interests(file, f"email,custom_id,sku,units,created_at\n{row}\n").refused() == [(2, field)]
