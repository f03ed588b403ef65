"""Who gets which edition of a mail."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.editions import Experiment, Family, SentEditions, arm_of, fitting, label, tag, whole
from restock_desk.domain.templates import Template, TemplateKind

AT = datetime(2026, 1, 1, tzinfo=UTC)


def edition(id: int, arm: int = 0, language: str = "", root: int | None = 1) -> Template:
    return Template(id, f"T{id}", TemplateKind.HTML, 1, id, AT, False, root, arm, language)


@pytest.mark.parametrize(
    ("locale", "languages", "found"),
    [
        ("fr-CA", ["fr", "fr-CA"], "fr-CA"),
        ("fr_CA.UTF-8", ["fr"], "fr"),
        ("fr-CA-x-more", ["fr-CA"], "fr-CA"),
        ("pt", ["de", "pt-BR"], "pt-BR"),
        ("FR-be", ["fr-FR", "de"], "fr-FR"),
        ("zh-Hant-TW", ["zh-Hans", "zh-Hant"], "zh-Hant"),
        ("zh-Hant", ["zh-Hans"], ""),
        ("zh-TW", ["zh-CN"], ""),
        ("zh-TW", ["zh-Hant", "zh"], "zh-Hant"),
        ("zh", ["zh-TW", "zh-CN"], "zh-CN"),
        ("de", ["fr"], ""),
        ("", ["fr"], ""),
        ("no locale at all", ["fr"], ""),
    ],
)
def test_a_reader_gets_the_nearest_language(locale: str, languages: list[str], found: str) -> None:
    assert fitting(locale, languages) == found


@pytest.mark.parametrize(
    ("locale", "own", "languages", "found"),
    [
        ("en-AU", "en-US", ["en-GB"], ""),
        ("en", "en-US", ["en-GB"], ""),
        ("en-GB", "en-US", ["en-GB"], "en-GB"),
        ("fr-CA", "en", ["fr"], "fr"),
        ("de", "en", ["fr"], ""),
    ],
)
def test_the_mails_own_language_goes_before_a_near_one(locale: str, own: str, languages: list[str], found: str) -> None:
    assert fitting(locale, languages, own) == found


def test_a_tag_is_written_as_the_standard_writes_it() -> None:
    assert [tag(words) for words in ("FR", "pt_br", "zh-hant", "en_GB.UTF-8", "french", "e", "")] == [
        "fr",
        "pt-BR",
        "zh-Hant",
        "en-GB",
        "",
        "",
        "",
    ]


@given(st.integers(1, 10**9), st.binary(min_size=16, max_size=32))
def test_a_person_keeps_the_arm_whoever_else_is_there(person: int, key: bytes) -> None:
    shares = (0.5, 0.3, 0.2)
    assert arm_of(key, person, shares) == arm_of(key, person, [5, 3, 2])
    assert arm_of(key, person, (0.0, 1.0)) == 1


def test_the_split_is_as_planned() -> None:
    counts = [0, 0, 0]
    for person in range(20_000):
        counts[arm_of(b"key of a test", person, (0.6, 0.3, 0.1))] += 1
    assert [round(n / 20_000, 2) for n in counts] == pytest.approx([0.6, 0.3, 0.1], abs=0.015)


def test_shares_add_up_or_are_refused() -> None:
    assert whole((1, 3)) == (0.25, 0.75)
    for bad in ((), (-1, 2), (0, 0), (float("nan"), 1), (float("inf"), 1)):
        with pytest.raises(ValueError, match="above zero"):
            whole(bad)


def test_a_mails_own_language_goes_before_another_of_the_same_tongue() -> None:
    root = edition(1, language="en", root=None)
    family = Family(root, (root, edition(2, language="en-US"), edition(3, language="fr")))
    assert [family.fitting(0, locale).id for locale in ("en-GB", "en-US", "en", "fr-CH", "de")] == [1, 2, 1, 3, 1]


def test_a_variant_without_a_language_gives_its_own_mail() -> None:
    root = edition(1, root=None)
    family = Family(root, (root, edition(2, language="fr"), edition(3, arm=1)))
    assert family.fitting(1, "fr").id == 3
    assert family.sent() == (root, edition(2, language="fr"))
    tested = Family(root, family.editions, Experiment("k", (0.5, 0.5)))
    assert [one.id for one in tested.sent()] == [1, 2, 3]
    assert [label(one, 2) for one in tested.editions] == ["A", "A · fr", "B"]


@pytest.mark.parametrize(
    ("sent", "arm", "locale", "words"),
    [
        (SentEditions(), 0, "fr", ""),
        (SentEditions("en", ((0, "fr"),)), 0, "fr-CA", "fr"),
        (SentEditions("en", ((0, "fr"),)), 0, "de", "en"),
        (SentEditions("", ((0, "fr"),)), 0, "de", ""),
        (SentEditions("en", ((1, ""),)), 0, "fr", "Variant A"),
        (SentEditions("en", ((1, ""), (1, "fr"))), 1, "fr", "Variant B · fr"),
    ],
)
def test_what_somebody_got_is_named_where_not_all_got_the_same(
    sent: SentEditions, arm: int, locale: str, words: str
) -> None:
    assert sent.words(arm, locale) == words
