"""What happens once per template: constructs come through MJML and the inliner whole, and mistakes name their line."""

import os
from pathlib import Path

import pytest

from restock_desk.domain.templates import Draft, Severity, TemplateKind
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.starters import starters
from tests.rendering.samples import column, context, event, html, mjml, seen, sent

REAL = Path(os.environ.get("RESTOCK_DESK_REAL", Path(__file__).parents[3] / "shared" / "real")) / "email-html"
FILES = sorted([*REAL.rglob("*.html"), *REAL.rglob("*.txt")])


def problems(draft: Draft) -> list[tuple[str, int]]:
    return [(problem.rule, problem.line) for problem in compile_template(draft).problems]


@pytest.mark.parametrize("kind", TemplateKind)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_mail_compiles_or_says_in_which_line_it_does_not(path: Path, kind: TemplateKind) -> None:
    compiled = compile_template(Draft(kind, path.read_text(encoding="utf-8"), "Subject"))
    errors = [problem for problem in compiled.problems if problem.severity is Severity.ERROR]
    assert all(problem.line > 0 for problem in errors)
    if kind is TemplateKind.HTML and "{{#" not in path.read_text(encoding="utf-8"):
        assert errors == []


def test_the_real_files_are_there() -> None:
    assert len(FILES) >= 25


SHAPES = [
    ("a {{ product.title }} b", "a T-shirt b"),
    ("{{ 'x}}y' }}", "x}}y"),
    ("{{ \"a\" ~ '<' }}", "a&lt;"),
    ("{% if 5 > 3 and 2 < 4 %}yes{% endif %}", "yes"),
    ("{% raw %}{{ not.mine }}{% endraw %}", "{{ not.mine }}"),
    ("{# nothing #}x", "x"),
    ("{%- for i in items -%} {{ i.variant.sku }} {%- endfor -%}", "TEE-1"),
    ('<a href="https://x.example/{{ variant.sku }}" title="{{ "é" ~ product.title }}">q</a>', 'title="éT-shirt"'),
    ('<b title="Zürich „x“ &amp; &quot;y&quot; \\n">q</b>', 'title="Zürich „x“ &amp; &quot;y&quot; \\n"'),
    ('<b title="one\n   two">q</b>', "one"),
    ("{{ product.title }}{{ variant.sku }}", "T-shirtTEE-1"),
    ("<table><tr>{% for i in items %}<td>{{ i.variant.sku }}</td>{% endfor %}</tr></table>", "TEE-1</td>"),
]


@pytest.mark.parametrize(("source", "shown"), SHAPES, ids=range(len(SHAPES)))
def test_every_shape_comes_through_html_and_mjml(source: str, shown: str) -> None:
    styled = html(f"<html><head><style>p{{margin:0}}</style></head><body>{source}</body></html>")
    boxed = mjml(column(f"<mj-text>{source}</mj-text>"))
    for draft in (styled, boxed):
        assert problems(draft) == []
        assert shown in sent(draft).html


def test_a_loop_around_table_rows_keeps_its_rows() -> None:
    rows = "<table>{% for i in items %}<tr><td>{{ i.variant.sku }}</td></tr>{% endfor %}</table>"
    styled = html(f"<html><head><style>p{{margin:0}}</style></head><body>{rows}</body></html>")
    boxed = mjml(column(f"<mj-table>{rows[7:-8]}</mj-table>"))
    for draft in (styled, boxed):
        mail = sent(draft, context(event(1), event(2)))
        assert mail.html.index("TEE-1</td></tr>") < mail.html.index("TEE-2</td></tr>")


@pytest.mark.parametrize(
    "body",
    [
        "{% for i in items %}" + column("<mj-text>{{ i.variant.sku }}</mj-text>") + "{% endfor %}",
        "<mj-wrapper>{% for i in items %}"
        + column("<mj-text>{{ i.variant.sku }}</mj-text>")
        + "{% endfor %}</mj-wrapper>",
        "<mj-section>{% for i in items %}<mj-column width='50%'><mj-text>{{ i.variant.sku }}</mj-text></mj-column>"
        "{% endfor %}</mj-section>",
        column("{% for i in items %}<mj-text>{{ i.variant.sku }}</mj-text>{% endfor %}"),
        "<mj-raw>{% for i in items %}</mj-raw>"
        + column("<mj-text>{{ i.variant.sku }}</mj-text>")
        + "<mj-raw>{% endfor %}</mj-raw>",
    ],
    ids=["sections", "wrapper", "columns", "content", "raw"],
)
def test_loops_may_stand_around_any_block_of_mjml(body: str) -> None:
    mail = sent(mjml(body), context(event(1), event(2)))
    assert mail.html.count("<!--[if") == mail.html.count("<![endif]")
    assert "rdj" not in mail.html
    assert [sku for sku in ("TEE-1", "TEE-2") if mail.html.count(sku) == 1 and mail.text.count(sku) == 1] == [
        "TEE-1",
        "TEE-2",
    ]


MISTAKES = [
    (mjml(column("<mj-text>\n<b>x</mj-text>")), ("mjml.unclosed", 4)),
    (mjml(column("<mj-text>\n<p>x</div></p></mj-text>")), ("mjml.unclosed", 4)),
    (mjml("\n<mj-section>\n"), ("mjml.syntax", 5)),
    (mjml("\n\n</mj-section>"), ("mjml.syntax", 5)),
    (mjml("\n<mj-section><mj-text>x</mj-text></mj-section>"), ("mjml.loose", 4)),
    (mjml("\n<mj-section><mj-wrapper></mj-wrapper></mj-section>"), ("mjml.place", 4)),
    (mjml(column("\n<mj-txt>x</mj-txt>")), ("mjml.unknown", 4)),
    (mjml(column('\n<mj-text color"red">x</mj-text>')), ("mjml.syntax", 4)),
    (mjml(column("\n<mj-list><li>x</li></mj-list>")), ("mjml.unknown", 4)),
    (mjml("\n<mj-section>words<mj-column></mj-column></mj-section>"), ("mjml.stray", 4)),
    (mjml("", head="\n<mj-html-attributes></mj-html-attributes>"), ("mjml.ignored", 3)),
    (mjml(column("\n<mj-image src='x' alt='' width='{{ variant.stock }}px' />")), ("mjml.width", 4)),
    (Draft(TemplateKind.MJML, "<p>\nx</p>", "s"), ("mjml.syntax", 1)),
    (html("a\n{{ product.title"), ("tpl.syntax", 2)),
    (html("a\n{% if x %}"), ("tpl.syntax", 2)),
    (html("a\n\n{{ product.title|upperr }}"), ("tpl.filter", 3)),
    (html("a\n{{#each items}}\n{{/each}}"), ("tpl.foreign", 2)),
    (html("<a\nhref={{ product.url }}>x</a>"), ("tpl.context", 2)),
    (html("<p onclick=\n'{{ product.title }}'>x</p>"), ("tpl.context", 2)),
    (html("<script>\n{{ product.title }}</script>"), ("tpl.context", 2)),
    (html("<style>\n.{{ product.title }} {}</style>"), ("tpl.context", 2)),
    (html("<p\n{{ product.title }}>x</p>"), ("tpl.context", 2)),
    (html("<table><tr>\n{{ product.title }}<td>x</td></tr></table>"), ("tpl.context", 2)),
]


@pytest.mark.parametrize(("draft", "told"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_its_line(draft: Draft, told: tuple[str, int]) -> None:
    assert told in problems(draft)


def test_a_construct_that_vanishes_is_told() -> None:
    draft = mjml(column('\n<mj-text no-such-attribute="{{ product.title }}">x</mj-text>'))
    assert problems(draft) == [("mjml.lost", 4)]


def test_styles_are_inlined_and_rules_for_dark_mode_stay() -> None:
    sheet = ".a{color:#123456} @media (prefers-color-scheme: dark){.a{color:#fff !important}}"
    source = f'<html><head><style>{sheet}</style></head><body><p class="a">x</p></body></html>'
    for draft in (
        html(source),
        mjml(column('<mj-text css-class="a">x</mj-text>'), head=f"<mj-style>{sheet}</mj-style>"),
    ):
        page = sent(draft).html
        assert "#123456" in page.split("</head>")[1]
        assert "prefers-color-scheme: dark" in page


def test_compiling_never_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><style>@import url(http://127.0.0.1:9/y.css);p{margin:0}</style>'
    assert not compile_template(html(f"<html><head>{link}</head><body><p>x</p></body></html>")).broken
    head = '<mj-font name="X" href="http://127.0.0.1:9/x.css" />'
    assert not compile_template(mjml(column('<mj-text font-family="X">x</mj-text>'), head=head)).broken


def test_a_broken_style_costs_the_inlining_and_nothing_else() -> None:
    draft = html(
        '<html><head><style>p{margin:0}</style></head><body><p style="color">{{ product.title }}</p></body></html>'
    )
    mail = seen(draft)
    assert "T-shirt" in mail.html


@pytest.mark.parametrize(("name", "draft"), starters(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_starter_is_without_fault_in_every_situation(name: str, draft: Draft) -> None:
    poor = event(
        3,
        description="",
        vendor="",
        url="",
        image_url="",
        variant={"title": "Default Title", "price": None, "stock": None},
    )
    rich = event(2, variant={"compare_at_price": "2000", "stock": 2})
    for events in ((event(),), (rich, event(), event(3)), (poor,)):
        mail = sent(draft, context(*events))
        assert seen(draft, context(*events)).problems == ()
        assert 2_000 < len(mail.message) < 60_000
        assert f'lang="{"ar" if "Arabic" in name else "en"}"' in mail.html
        assert 'content="light dark"' in mail.html
        assert "prefers-color-scheme: dark" in mail.html
        assert mail.html.count("<img") == mail.html.count('alt="')
        assert "/u/" in mail.html
        assert "/u/" in mail.text
        assert "1 Mill Lane" in mail.text
        assert mail.subject
        assert mail.preheader
    assert name
