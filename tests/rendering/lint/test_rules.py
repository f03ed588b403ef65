"""Each rule finds what it is for and leaves alone what comes close; ids stay what they are for ever."""

import pytest

from restock_desk.domain import checks
from restock_desk.domain.templates import Severity
from restock_desk.rendering import lint
from tests.rendering.lint import cases
from tests.rendering.lint.cases import CASES, Case

ELSEWHERE = {
    "var.empty", "tpl.budget", "tpl.fault", "url.scheme", "unsub.header", "auth.freemail", "subj.same", "mime.parts",
    "mime.lines", "mime.sender", "i18n.missing", "i18n.unsaid",
    "auth.spf", "auth.dkim", "auth.dmarc", "link.broken", "img.broken", "img.heavy",
}  # fmt: skip
"""Rules about one person's mail or a campaign."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_finds_what_it_is_for_and_nothing_that_comes_close(case: Case) -> None:
    assert case.rule in {problem.rule for problem in lint.check(case.bad, deep=True)}
    assert case.rule not in {problem.rule for problem in lint.check(case.good, deep=True)}


def test_a_good_mail_has_no_finding() -> None:
    assert lint.check(cases.html(), deep=True) == ()


def test_a_good_mail_in_mjml_has_nothing_to_be_mended() -> None:
    assert {problem.severity for problem in lint.check(cases.mjml(), deep=True)} <= {Severity.INFO}


def test_every_rule_has_its_case() -> None:
    tried = {case.rule for case in CASES}
    others = {
        id for id in checks.RULES if id.startswith(("ab.", "aud.", "doc."))
    }  # of tests, audiences, a document's own form
    assert set(checks.RULES) - tried - others == ELSEWHERE


def test_ids_and_what_they_stop_are_frozen() -> None:
    firm = {rule.id for rule in checks.RULES.values() if rule.severity is Severity.ERROR}
    assert sorted(checks.RULES) == FROZEN.split()
    assert sorted(firm) == ERRORS.split()


def test_every_finding_carries_its_rule_s_address_and_scope() -> None:
    for case in CASES:
        for problem in lint.check(case.bad, deep=True):
            rule = checks.rule(problem.rule)
            assert (problem.url, problem.scope) == (rule.url, rule.scope)
            assert rule.why


FROZEN = """
a11y.contrast a11y.contrast-dark a11y.contrast-unknown a11y.dir a11y.heading a11y.justify a11y.lang a11y.link
a11y.order a11y.role a11y.small a11y.target a11y.title ab.changed ab.elsewhere ab.equal ab.share ab.small aud.cooldown
aud.duplicate aud.gone aud.many aud.none aud.price aud.quiet aud.role aud.stock aud.suppressed aud.told
aud.unpublished auth.dkim auth.dmarc auth.freemail auth.spf compat.engine css.inline dark.logo dark.none dark.outlook
doc.color doc.columns doc.condition doc.custom doc.footer doc.invalid doc.item doc.key doc.path doc.required doc.saved
doc.sku doc.type doc.unknown html.active html.bodies html.external html.id html.nested html.position html.stray
html.unclosed
i18n.amount i18n.currency i18n.direction i18n.missing i18n.plural i18n.unsaid img.alt img.alt-file img.alt-link
img.alt-long img.broken img.data img.format img.heavy img.height img.insecure img.only img.weight img.wide img.width
legal.address link.broken link.empty link.insecure link.ip link.mismatch link.noscheme link.punycode link.scheme
link.shortener link.unsubscribe link.vague mime.lines mime.parts mime.sender mime.text mjml.attribute mjml.ignored
mjml.loose mjml.lost mjml.place mjml.stray mjml.syntax mjml.unclosed mjml.unknown mjml.width
pre.leak pre.long pre.missing pre.repeats pre.short size.clip size.near
spam.score subj.caps subj.cut subj.emoji subj.empty subj.long subj.marks subj.mojibake subj.reply subj.same tpl.budget
tpl.context tpl.fault tpl.filter tpl.foreign tpl.loop tpl.sandbox tpl.size tpl.style tpl.syntax unsub.body
unsub.header unsub.late unsub.text url.scheme var.empty var.leftover var.nofallback var.type var.undefined
"""
ERRORS = """
a11y.link aud.none doc.condition doc.custom doc.footer doc.invalid doc.item doc.path doc.saved doc.sku html.active
html.bodies html.nested img.alt-link link.noscheme link.scheme mime.lines mime.parts mime.sender mjml.lost mjml.place
mjml.syntax
mjml.unknown mjml.width size.clip subj.empty tpl.budget tpl.context tpl.fault tpl.filter tpl.foreign tpl.loop
tpl.sandbox tpl.size tpl.style tpl.syntax unsub.header url.scheme var.leftover var.type var.undefined
"""
