"""For every rule about a draft one draft that breaks it and one that comes close and does not."""

from dataclasses import dataclass, field, replace
from typing import Any

from restock_desk.domain.templates import Draft, TemplateKind

HEAD = '<title>Back in stock</title><meta name="color-scheme" content="light dark">'
SUBJECT, PREHEADER = "{{ product.title }} is back", "You asked us to tell you as soon as it is here"
BODY = (
    "<h1>It is back</h1>"
    '<p>Hello {{ subscriber.first_name|default("you") }}, what you waited for is here again, in your size.</p>'
    '<img src="https://x.example/a.png" alt="A shirt" width="300" height="200">'
    '<p><a href="{{ links.product|default(shop.url) }}">See the shirt</a></p>'
)
FOOT = '<p><a href="{{ links.unsubscribe }}">Unsubscribe</a>, {{ shop.address|default("") }}</p>'
MJML_BODY = (
    '<mj-section><mj-column><mj-text font-size="16px">'
    "<h1>It is back</h1>What you waited for is here again, in your size.</mj-text>"
    '<mj-button background-color="#1f5c4d" inner-padding="16px 25px" href="{{ links.product|default(shop.url) }}">'
    'See the shirt</mj-button><mj-text font-size="16px">'
    '<a href="{{ links.unsubscribe }}">Unsubscribe</a>, {{ shop.address|default("") }}</mj-text>'
    "</mj-column></mj-section>"
)


def html(body: str = "", head: str = "", root: str = 'lang="en" dir="ltr"', before: str = "", **fields: Any) -> Draft:
    """A good mail with something more in it. `body` stands on line 2, `before` is the first thing in the body."""
    source = f"<!doctype html><html {root}><head>{HEAD}{head}</head><body>{before}{BODY}\n{body}\n{FOOT}</body></html>"
    made = Draft(TemplateKind.HTML, source, SUBJECT, PREHEADER)
    return replace(made, **fields)


def mjml(body: str = "", head: str = "", **fields: Any) -> Draft:
    """The same in MJML."""
    head = '<mj-title>Back</mj-title><mj-raw><meta name="color-scheme" content="light dark" /></mj-raw>' + head
    source = f'<mjml lang="en"><mj-head>{head}</mj-head><mj-body>{MJML_BODY}\n{body}\n</mj-body></mjml>'
    made = Draft(TemplateKind.MJML, source, SUBJECT, PREHEADER)
    return replace(made, **fields)


def without(text: str, **fields: Any) -> Draft:
    """The good mail without a part of it."""
    good = html(**fields)
    return replace(good, source=good.source.replace(text, ""))


@dataclass(frozen=True)
class Case:
    rule: str
    bad: Draft
    good: Draft = field(default_factory=html)


DARK = "@media (prefers-color-scheme: dark) {{ p {{ color: {} !important; }} body {{ background: {} !important; }} }}"
DARK_STYLE = f"<style>{DARK.format('#eeeeee', '#111111')} [data-ogsc] p {{ color: #eeeeee !important; }} </style>"
PICTURE = '<img src="https://x.example/{}" alt="{}" width="30" height="20">'
TEXT_OK = "{{ product.title }} is back: {{ links.product|default(shop.url) }} Leave: {{ links.unsubscribe }}"
CASES = [
    Case("var.undefined", html("{{ product.titel }}"), html("{{ product.title }}")),
    Case("var.type", html("{% if product.title > 3 %}x{% endif %}"), html("{% if variant.stock > 3 %}x{% endif %}")),
    Case("var.nofallback", html("{{ product.vendor }}"), html('{{ product.vendor|default("us") }}')),
    Case("var.leftover", html("{% raw %}{{ name }}{% endraw %}"), html("{% raw %}{ name }{% endraw %}")),
    Case("tpl.syntax", html("{{ product.title"), html("{{ product.title }}")),
    Case("tpl.sandbox", html("{{ product.title() }}"), html("{{ product.title|upper }}")),
    Case("tpl.filter", html("{{ product.title|shout }}"), html("{{ product.title|upper }}")),
    Case("tpl.loop", html("{% for c in product.title %}{% endfor %}"), html("{% for i in items %}x{% endfor %}")),
    Case("tpl.context", html("<p title={{ product.title }}>x</p>"), html('<p title="{{ product.title }}">x</p>')),
    Case("tpl.style", html("<p style='color:{{ product.title }}'>x</p>"), html("<p style='color:#333333'>x</p>")),
    Case("tpl.size", html("<div>" * 250 + "</div>" * 250), html("<div>" * 50 + "x" + "</div>" * 50)),
    Case("tpl.foreign", html("*|FNAME|*"), html("* | FNAME | *")),
    Case(
        "css.inline",
        html('<p style="color red">x</p>', head="<style>p{margin:0}</style>"),
        html('<p style="color:#333333">x</p>'),
    ),
    Case("mjml.syntax", mjml("<mj-section>"), mjml()),
    Case("mjml.unknown", mjml("<mj-sektion></mj-sektion>"), mjml()),
    Case("mjml.place", mjml("<mj-column><mj-text>x</mj-text></mj-column>"), mjml("<mj-text>x</mj-text>")),
    Case("mjml.loose", mjml("<mj-text>x</mj-text>"), mjml()),
    Case("mjml.stray", mjml("<mj-section>x</mj-section>"), mjml("<mj-section> </mj-section>")),
    Case("mjml.ignored", mjml("<mj-html-attributes></mj-html-attributes>"), mjml()),
    Case("mjml.unclosed", mjml("<mj-text><b>x</mj-text>"), mjml("<mj-text><p>x</mj-text>")),
    Case(
        "mjml.lost",
        mjml('<mj-section><mj-column><mj-text colour="{{ product.title }}">x</mj-text></mj-column></mj-section>'),
        mjml(),
    ),
    Case(
        "mjml.width",
        mjml('<mj-section><mj-column width="{{ variant.stock }}px"><mj-text>x</mj-text></mj-column></mj-section>'),
        mjml('<mj-section><mj-column width="200px"><mj-text>x</mj-text></mj-column></mj-section>'),
    ),
    Case(
        "mjml.attribute",
        mjml('<mj-section><mj-column><mj-text colour="#333333">x</mj-text></mj-column></mj-section>'),
        mjml('<mj-section><mj-column><mj-text color="#333333">x</mj-text></mj-column></mj-section>'),
    ),
    Case(
        "img.alt", html('<img src="https://x.example/b.png" width="3" height="3">'), html(PICTURE.format("b.png", ""))
    ),
    Case("img.alt-file", html(PICTURE.format("b.png", "IMG_2041.jpg")), html(PICTURE.format("b.png", "A red hat"))),
    Case("img.alt-long", html(PICTURE.format("b.png", "so " * 60)), html(PICTURE.format("b.png", "so " * 30))),
    Case(
        "img.alt-link",
        html(f'<a href="https://x.example">{PICTURE.format("b.png", "")}</a>'),
        html(f'<a href="https://x.example">{PICTURE.format("b.png", "")} To the shop</a>'),
    ),
    Case("img.width", html('<img src="https://x.example/b.png" alt="B">'), html(PICTURE.format("b.png", "B"))),
    Case(
        "img.height",
        html('<img src="https://x.example/b.png" alt="B" width="300">'),
        html('<img src="https://x.example/b.png" alt="B" width="300" style="height:auto">'),
    ),
    Case(
        "img.wide",
        html('<div style="width:600px"><img src="https://x.example/b.png" alt="B" width="900" height="9"></div>'),
        html('<div style="width:600px"><img src="https://x.example/b.png" alt="B" width="600" height="9"></div>'),
    ),
    Case("img.insecure", html('<img src="http://x.example/b.png" alt="B" width="30" height="30">')),
    Case("img.data", html('<img src="data:image/png;base64,AAAA" alt="B" width="30" height="30">')),
    Case(
        "img.weight",
        html(f'<img src="data:image/png;base64,{"A" * 70_000}" alt="B" width="30" height="30">' * 3),
        html('<img src="data:image/png;base64,AAAA" alt="B" width="30" height="30">'),
    ),
    Case("img.format", html(PICTURE.format("b.webp", "B")), html(PICTURE.format("b.png?x=.webp", "B"))),
    Case(
        "img.only", replace(html(), source=html().source.replace(BODY, PICTURE.format("b.png", "B")).replace(FOOT, ""))
    ),
    Case("size.clip", html("<p>x</p>" * 14_000), html("<p>x</p>" * 1000)),
    Case("size.near", html("<p>x</p>" * 11_500), html("<p>x</p>" * 1000)),
    Case("unsub.body", without('<a href="{{ links.unsubscribe }}">Unsubscribe</a>, ')),
    Case("unsub.text", html(text="{{ product.title }} {{ links.product|default(shop.url) }}"), html(text=TEXT_OK)),
    Case("unsub.late", html("<p>x</p>" * 14_000), html("<p>x</p>" * 1000)),
    Case("legal.address", without('{{ shop.address|default("") }}'), html()),
    Case("link.empty", html("<a href='#'>The shirt</a>"), html("<a name='shirt'></a>")),
    Case(
        "link.scheme", html("<a href='javascript:x'>The shirt</a>"), html("<a href='mailto:a@b.example'>Write us</a>")
    ),
    Case("link.noscheme", html("<a href='www.x.example'>The shirt</a>"), html("<a href='tel:+1'>Call us</a>")),
    Case("link.insecure", html("<a href='http://x.example'>The shirt</a>"), html("<a href='https://x.example'>It</a>")),
    Case("link.ip", html("<a href='https://192.0.2.7/a'>The shirt</a>"), html("<a href='https://v4.example'>It</a>")),
    Case(
        "link.shortener", html("<a href='https://bit.ly/x'>The shirt</a>"), html("<a href='https://b.example'>It</a>")
    ),
    Case(
        "link.punycode", html("<a href='https://xn--80ak6aa92e.com'>It</a>"), html("<a href='https://a.example'>It</a>")
    ),
    Case(
        "link.mismatch",
        html("<a href='https://evil.test/a'>www.shop.example</a>"),
        html("<a href='https://click.shop.example/a'>www.shop.example</a>"),
    ),
    Case(
        "link.vague",
        html("<a href='https://x.example'>Click here</a>"),
        html("<a href='https://x.example'>Here it is</a>"),
    ),
    Case(
        "link.unsubscribe",
        html("<a href='https://x.example/unsubscribe'>Leave</a>"),
        html("<a href='{{ links.unsubscribe }}'>Leave</a>"),
    ),
    Case("subj.empty", html(subject=" "), html(subject="Back again")),
    Case("subj.long", html(subject="x " * 45), html(subject="x " * 38)),
    Case("subj.cut", html(subject="x " * 33), html(subject="x " * 20)),
    Case("subj.caps", html(subject="BUY THIS SHIRT NOW"), html(subject="The NASA shirt is back")),
    Case("subj.marks", html(subject="It is back!!!"), html(subject="It is back!")),
    Case("subj.reply", html(subject="Re: the shirt"), html(subject="Red shirts are back")),
    Case("subj.emoji", html(subject="🎉🎉🎉 It is back"), html(subject="It is back 🎉")),
    Case("subj.mojibake", html(subject="CafÃ© is back"), html(subject="Café is back")),
    Case("pre.missing", html(preheader=""), html()),
    Case("pre.short", html(preheader="Come and see"), html()),
    Case("pre.long", html(preheader="word " * 30), html(preheader="word " * 15)),
    Case("pre.repeats", html(subject="The shirt is back now", preheader="The shirt is back now, look at it")),
    Case(
        "pre.leak",
        html(preheader="", before='<div style="display:none">Come and see</div>'),
        html(preheader="", before='<div style="display:none">Come and see&#847;&zwnj;</div>'),
    ),
    Case("a11y.lang", html(root=""), html()),
    Case("a11y.dir", html("<p>שלום עולם</p>", root='lang="he"'), html("<p>שלום עולם</p>", root='lang="he" dir="rtl"')),
    Case("a11y.title", without("<title>Back in stock</title>")),
    Case(
        "a11y.role",
        html("<table><tr><td>x</td></tr></table>"),
        html('<table role="presentation"><tr><td>x</td></tr></table><table><tr><th>Size</th></tr></table>'),
    ),
    Case(
        "a11y.heading",
        html("<p>x</p>" * 300, before="").__class__(
            TemplateKind.HTML, html("<p>x</p>" * 300).source.replace("h1>", "p>"), SUBJECT, PREHEADER
        ),
    ),
    Case("a11y.order", html("<h3>More</h3>"), html("<h2>More</h2>")),
    Case("a11y.link", html('<a href="https://x.example"></a>'), html('<a href="https://x.example" title="Shop"></a>')),
    Case("a11y.justify", html('<p style="text-align:justify">x</p>'), html('<p style="text-align:left">x</p>')),
    Case(
        "a11y.small", html('<p style="font-size:8px">Very small print</p>'), html('<p style="font-size:14px">Print</p>')
    ),
    Case(
        "a11y.target",
        html('<a href="https://x.example" style="display:inline-block;background:#000;color:#fff">Buy</a>'),
        html(
            '<a href="https://x.example" style="display:inline-block;background:#000;color:#fff;padding:14px">Buy</a>'
        ),
    ),
    Case("a11y.contrast", html('<p style="color:#999999">x faint</p>'), html('<p style="color:#595959">x</p>')),
    Case(
        "a11y.contrast-dark",
        html(head=f"<style>{DARK.format('#333333', '#111111')}[data-ogsc] p {{}}</style>"),
        html(
            head=DARK_STYLE.replace(
                "</style>", "@media (prefers-color-scheme: dark) {h1, a{color:#eee !important}}</style>"
            )
        ),
    ),
    Case(
        "a11y.contrast-unknown",
        html('<div style="background:#fff url(https://x.example/b.png)">On a picture</div>'),
        html('<div style="background:#fff">On white</div>'),
    ),
    Case("dark.none", without('<meta name="color-scheme" content="light dark">'), html()),
    Case(
        "dark.logo",
        html(PICTURE.format("logo.png", "Our logo"), head=DARK_STYLE),
        html(PICTURE.format("logo.jpg", "Our logo"), head=DARK_STYLE),
    ),
    Case("dark.outlook", html(head=f"<style>{DARK.format('#eee', '#111')}</style>"), html(head=DARK_STYLE)),
    Case("html.active", html("<script>x</script>"), html("<p>a script: x</p>")),
    Case(
        "html.nested",
        html('<a href="https://x.example">One <a href="https://y.example">two</a></a>'),
        html('<a href="https://x.example">One</a> <a href="https://y.example">two</a>'),
    ),
    Case("html.id", html('<p id="a">x</p><p id="a">y</p>'), html('<p id="a">x</p><p id="b">y</p>')),
    Case("html.unclosed", html("<div>x"), html("<div>x</div>")),
    Case("html.stray", html("x</div>"), html("<div>x</div>")),
    Case("html.bodies", html("<body>"), html()),
    Case(
        "html.external",
        html(head='<link rel="stylesheet" href="https://x.example/a.css">'),
        html(head='<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=Inter">'),
    ),
    Case("html.position", html('<p style="position:absolute">x</p>'), html('<p style="background-position:top">x</p>')),
    Case(
        "mime.text",
        html(text="Hello. {{ links.unsubscribe }}", source=html("{{ product.title }}").source),
        html(text=TEXT_OK),
    ),
    Case("i18n.direction", html(subject="Levi's שלום is back"), html(subject="Levi's is back")),
    Case("i18n.direction", html("<p>The red שלום shirt</p>"), html("<p>The red <bdi>שלום</bdi> shirt</p>")),
    Case("i18n.amount", html("<p>Only €20 today</p>"), html("<p>Only 20 today</p>")),
    Case(
        "spam.score",
        html("<p>Dear friend, you have won!!! ACT NOW!!!</p>", subject="FREE FREE FREE!!!"),
        html("<p>You can have it now, from a friend!</p>"),
    ),
    Case("i18n.currency", html("€{{ variant.price|default('') }}"), html("{{ variant.price|default('') }}")),
    Case(
        "i18n.plural",
        html("{{ variant.stock|default(0) }} {{ items|length }} items"),
        html("Units: {{ items|length }}"),
    ),
    Case(
        "compat.css-display-flex", html('<div style="display:flex">x</div>'), html('<div style="display:block">x</div>')
    ),
    Case("compat.engine", mjml()),
]
"""Rules that need a person's finished mail or an audience have their cases elsewhere."""
