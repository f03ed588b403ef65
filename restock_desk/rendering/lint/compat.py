"""Which mail programs will not show what a mail uses: the client table laid over the finished HTML, by weight."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from restock_desk.domain.checks import COMPAT
from restock_desk.domain.templates import Draft, Problem, Severity, TemplateKind
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.lint import support
from restock_desk.rendering.lint.finding import at, tell
from restock_desk.rendering.lint.matchers import HARMLESS, MATCHERS, UNAVOIDABLE
from restock_desk.rendering.lint.page import Page
from restock_desk.rendering.lint.support import Feature
from restock_desk.rendering.lint.tree import Tree
from restock_desk.rendering.lint.uses import Situation, Use, Uses

WEIGHTY = 0.05
"""The share of readers from which something is told that no named mail program refuses."""
_SCORE = {"n": 1.0, "a": 0.5, "y": 0.0}
_OUTLOOK = "outlook.windows"
_SHOWN = 3
_EVERYTHING = """<mjml><mj-head><mj-style>a{color:red}</mj-style></mj-head><mj-body background-color="#fff">
<mj-wrapper><mj-section background-color="#fff" padding="1px"><mj-column padding="1px"><mj-text>x</mj-text>
<mj-button href="#a">x</mj-button><mj-image src="https://a.example/a.png" href="https://a.example" alt="x" />
<mj-divider /><mj-spacer /><mj-table><tr><td>x</td></tr></mj-table><mj-social>
<mj-social-element name="facebook" href="https://a.example">x</mj-social-element></mj-social>
</mj-column><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-wrapper>
<mj-section full-width="full-width"><mj-group><mj-column><mj-text>x</mj-text></mj-column></mj-group></mj-section>
<mj-hero><mj-text>x</mj-text></mj-hero></mj-body></mjml>"""


def check_page(page: Page, mjml: bool, targets: tuple[str, ...]) -> Iterator[Problem]:
    uses = Uses(page.tree)
    clients = support.chosen(targets)
    engine = _engine() if mjml else frozenset()
    folded = 0
    for slug, feature in support.features().items():
        tokens = [token for token in MATCHERS.get(slug, ()) if token in uses.tokens]
        if not tokens or slug in UNAVOIDABLE:
            continue
        found = _judged(feature, [uses.tokens[token] for token in tokens], clients)
        if found is not None and engine and all(token in engine for token in tokens):
            folded += 1
        elif found is not None:
            yield found
    if folded:
        words = f"The MJML engine itself uses {folded} features that some mail programs show in part or not at all."
        yield tell("compat.engine", words, "Nothing need be done: it writes a second way for them.")


def verdicts(uses: Uses, clients: Iterable[str]) -> set[tuple[str, str, str]]:
    """(feature, client, letter) of everything that is not fully shown, without weighing."""
    return {
        (slug, client, feature.verdicts[client].letter)
        for slug, feature in support.features().items()
        if any(token in uses.tokens for token in MATCHERS.get(slug, ()))
        for client in clients
        if feature.verdicts[client].letter in ("n", "a", "u")
    }


def _judged(feature: Feature, uses: list[Use], clients: tuple[str, ...]) -> Problem | None:
    """A finding, if enough people are concerned."""
    refused: list[str] = []
    partly: list[str] = []
    weight = 0.0
    for client in clients:
        worst = max((_score(feature, client, each) for use in uses for each in use.situations), default=0.0)
        weight += worst / len(clients)
        if worst >= 1:
            refused.append(client)
        elif worst > 0:
            partly.append(client)
    if not refused and (weight < WEIGHTY or feature.slug in HARMLESS or not _telling(feature, partly)):
        return None
    first, count = uses[0], sum(use.count for use in uses)
    grave = bool(refused) and feature.slug not in HARMLESS
    times = "" if count == 1 else f", used {count} times"
    words = f"{_title(feature.slug)}{times}: {_said(refused, partly)}.{_aged(feature)}"
    severity = Severity.WARNING if grave else Severity.INFO
    rule = f"{COMPAT}{feature.slug}"
    fix = "Check that the mail is whole without it." if refused else ""
    if first.element is None:
        return tell(rule, words, fix, evidence=first.evidence, severity=severity)
    return at(first.element, rule, words, fix, evidence=first.evidence, severity=severity)


def _telling(feature: Feature, clients: list[str]) -> bool:
    """Whether some of them leave part of it out, rather than only for some accounts or browsers."""
    kinds = {kind for client in clients for kind in feature.verdicts[client].notes}
    return not kinds or bool(kinds - {"account", "browser", "other"})


def _score(feature: Feature, client: str, where: Situation) -> float:
    """How much of this use a client's readers miss: 0 to 1."""
    if (where.reader == "outlook") != (client == _OUTLOOK) and where.reader != "all":
        return 0.0
    table = support.features()
    if where.media and not feature.slug.startswith("css-at-media") and _letter(table["css-at-media"], client) == "n":
        return 0.0
    if (
        where.dark
        and _letter(table["css-at-media-prefers-color-scheme"], client) == "n"
        and "at-media" not in feature.slug
    ):
        return 0.0
    if where.sheet and _letter(table["html-style"], client) == "n":
        return 0.0
    score = _SCORE.get(_letter(feature, client), 0.0)
    return min(score, 0.5) if where.fallback else score


def _letter(feature: Feature, client: str) -> str:
    return feature.verdicts[client].letter


def _said(refused: list[str], partly: list[str]) -> str:
    parts = []
    if refused:
        parts.append(f"not shown by {_names(refused)}")
    if partly:
        parts.append(f"only in part by {_names(partly)}")
    return ", ".join(parts)


def _names(clients: list[str]) -> str:
    named = [support.name(client) for client in clients[:_SHOWN]]
    more = len(clients) - _SHOWN
    return (
        f"{', '.join(named)} and {more} more"
        if more > 0
        else " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    )


def _aged(feature: Feature) -> str:
    return f" Tested {feature.tested[:4]}: this may have changed." if feature.old else ""


def _title(slug: str) -> str:
    """What a feature is, from its name in the table."""
    area, _, rest = slug.partition("-")
    for start, form in _FORMS:
        if rest.startswith(start):
            return form.format(rest.removeprefix(start))
    if slug in MATCHERS and area == "html":
        element = f"el:{rest}" in MATCHERS[slug]
        return f"<{rest}>" if element else f"{rest} in HTML"
    return f"{rest.upper()} pictures" if area == "image" else rest.replace("css-", "") or slug


_FORMS = (
    ("at-media-", "@media ({})"), ("at-", "@{}"), ("pseudo-class-", ":{}"), ("pseudo-element-", "::{}"),
    ("selector-", "The {} selector"), ("unit-", "The unit {}"), ("function-", "{}()"), ("display-", "display: {}"),
    ("input-", '<input type="{}">'), ("button-", '<button type="{}">'),
)  # fmt: skip


@lru_cache(maxsize=1)
def _engine() -> frozenset[str]:
    """Tokens that MJML writes by itself."""
    compiled = compile_template(Draft(TemplateKind.MJML, _EVERYTHING, "x"))
    html = "".join(part.text for part in compiled.parts.get("html", ()))
    return frozenset(Uses(Tree(html)).tokens)
