"""The plain-text part says what the HTML says, and is a template itself."""

import pytest

from tests.rendering.samples import SHOP, column, context, event, html, mjml, sent

CASES = [
    ("<h1>Title</h1><p>One\n  two</p><p>three</p>", "Title\n\nOne two\n\nthree"),
    ("<ul><li>a</li><li>b</li></ul>", "- a\n\n- b"),
    ("a<br>b<hr>c", "a\nb\n\n---\n\nc"),
    ("<a href='mailto:x@y.example'>x@y.example</a>", "x@y.example"),
    ("<a href='#top'>up</a>", "up"),
    ("<div style='display:none'>hidden</div>seen<script>x</script><style>y</style>", "seen"),
    ("<table><tr><td>Price</td><td>5</td></tr><tr><td>Size</td><td>M</td></tr></table>", "Price 5\n\nSize M"),
    ("<img src='https://x.example/i.png' alt='A cup'>", "A cup"),
    ("now 5, was <s>9</s>", "now 5, was ~9~"),
    ("&lt;b&gt; &amp; caf&eacute;", "<b> & café"),
    ("{% if variant.stock > 3 %}plenty{% else %}few{% endif %}", "plenty"),
    ("{% set n = product.title %}<!doctype html><html><body>{{ n }}</body></html>", "T-shirt"),
]


@pytest.mark.parametrize(("source", "text"), CASES, ids=range(len(CASES)))
def test_html_reads_as_text(source: str, text: str) -> None:
    lines = [line for line in sent(html(source)).text.splitlines() if line]
    assert lines == [line for line in text.splitlines() if line]


def test_a_link_keeps_its_counted_address() -> None:
    mail = sent(html('<a href="{{ links.product }}"><b>See</b> it</a>'))
    address = mail.html.split('href="')[1].split('"')[0]
    assert address.startswith(f"{SHOP.public_url}/c/")
    assert mail.text == f"See it ({address})\n"


def test_a_link_that_leads_nowhere_leaves_no_empty_brackets() -> None:
    assert sent(html('<a href="{{ links.wishlist }}">Wish list</a>')).text == "Wish list\n"


def test_a_loop_in_mjml_loops_in_the_text() -> None:
    body = "{% for item in items %}" + column("<mj-text>{{ item.variant.sku }}</mj-text>") + "{% endfor %}"
    assert sent(mjml(body), context(event(1), event(2))).text.split() == ["TEE-1", "TEE-2"]
