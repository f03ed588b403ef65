"""Retouching a text gives what laying out anew gives, or declines."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restock_desk.domain.templates import Draft
from restock_desk.rendering.compile import laid_out
from restock_desk.rendering.retouch import retouched, shared
from tests.rendering.samples import html, mjml

WORDS = "Come and see it before it is gone again"
BODY = (
    "<html><head><style>.a > .b{color:#123} .c{color:red}</style><title>Back</title></head><body>"
    f'<!-- a note --><table><tr><td class="c">Hello {{{{ subscriber.first_name }}}}, it is back.</td></tr></table>'
    f'<p title="Come">{WORDS}</p><p>A &amp; B</p><a href="{{{{ links.product }}}}">Buy   now</a> x</body></html>'
)
MJML = (
    f"<mj-section><mj-column><mj-text>{WORDS}</mj-text>"
    '<mj-button href="https://x.example">Buy now</mj-button></mj-column></mj-section>'
)


def edited(draft: Draft, at: int, cut: int, words: str) -> Draft:
    return replace(draft, source=draft.source[:at] + words + draft.source[at + cut :])


@settings(max_examples=300)
@given(st.data(), st.booleans())
def test_it_is_what_laying_out_anew_gives_or_nothing(data: st.DataObject, is_mjml: bool) -> None:
    draft = mjml(MJML, head="<mj-style>.a{color:red}</mj-style>") if is_mjml else html(BODY)
    at = data.draw(st.integers(0, len(draft.source)))
    words = data.draw(st.text(st.sampled_from("ab Z.é🎉<>&{}\"'\n\u00a0"), max_size=3))
    now = edited(draft, at, data.draw(st.integers(0, 3)), words)
    made = retouched(draft, laid_out(draft), now)
    if made is not None:
        assert made == laid_out(now)


@pytest.mark.parametrize("draft", [html(BODY), mjml(MJML)], ids=["html", "mjml"])
def test_letters_typed_into_a_text_need_no_layout(draft: Draft) -> None:
    now = draft
    compiled = laid_out(draft)
    for at, letter in enumerate("Quickly! ", draft.source.index(WORDS) + 5):
        before, now = now, edited(now, at, 0, letter)
        made = retouched(before, compiled, now)
        assert made == laid_out(now), now.source
        assert made is not None
        compiled = made


def test_a_changed_subject_is_not_only_a_text() -> None:
    draft = html(BODY)
    assert retouched(draft, laid_out(draft), replace(draft, subject="Other")) is None


def test_what_is_shared_is_counted_from_both_ends() -> None:
    assert shared("abXcd", "abYYcd") == (2, 2)
    assert shared("aa", "aaa") == (2, 0)
    assert shared("same", "same") == (4, 0)
