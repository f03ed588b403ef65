"""The mails the preview is measured with: thirty products, by a loop or one by one, in HTML and in MJML."""

from collections.abc import Iterator

from restock_desk.domain.templates import Draft, TemplateKind

PRODUCTS = 30
HEADLINE = "XHeadlineX"
_HEAD = (
    '<!doctype html>\n<html lang="en"><head><style>.card{background:#fff} .quiet{color:#667788}</style></head>'
    '<body style="margin:0"><table width="100%"><tr><td align="center"><table class="card" width="560">\n'
    f'<tr><td style="font-size:28px;line-height:60px;">\n{HEADLINE}\n</td></tr>\n'
)
_TAIL = (
    '<tr><td class="quiet"><a href="{{ links.unsubscribe }}">Unsubscribe</a></td></tr>'
    "</table></td></tr></table></body></html>\n"
)
_CARD = (
    '<tr><td style="padding:16px 24px;border-bottom:1px solid #e4e7ec;font-family:Arial,sans-serif;font-size:14px;'
    'line-height:21px;color:#333333;"><img src="{{ ITEM.product.image_url }}" width="96" height="96" '
    'alt="{{ ITEM.product.title }}" style="display:block;border:0;border-radius:8px;">\n'
    '<strong style="font-size:16px;">{{ ITEM.product.title }}</strong><br><span class="quiet">{{ ITEM.variant.title }}'
    "</span> {% if ITEM.variant.stock < 5 %}<em>only {{ ITEM.variant.stock }} left</em>{% endif %} "
    "{{ ITEM.variant.price }}<br>A line of quiet words about the weave, the dye and the hands that made it, and "
    "how the wool of a whole valley becomes one blanket before winter comes, thread by thread, as it always has been; "
    "and one more about how it is washed, folded, wrapped and sent to you.<br>\n"
    '<a href="{{ ITEM.links.product }}" style="display:inline-block;padding:10px 18px;background:#3a57d0;color:#ffffff;'
    'text-decoration:none;border-radius:6px;">See it in the shop</a></td></tr>\n'
)
_MJML_HEAD = (
    "<mjml><mj-head><mj-style>.quiet{color:#667788}</mj-style></mj-head><mj-body><mj-section><mj-column>\n"
    f'<mj-text font-size="28px" line-height="60px" padding="0">\n{HEADLINE}\n</mj-text></mj-column></mj-section>\n'
    "<mj-section><mj-column>\n"
)
_MJML_CARD = (
    '<mj-text>{{ ITEM.product.title }}, <span class="quiet">{{ ITEM.variant.title }}</span> {{ ITEM.variant.price }}'
    '{% if ITEM.variant.stock < 5 %}, only {{ ITEM.variant.stock }} left{% endif %} <a href="{{ ITEM.links.product }}">'
    "See it in the shop</a><br>A line of quiet words about the weave, the dye and the hands that made it, "
    "the mill by the river and how the wool of a whole valley becomes one blanket before winter comes.</mj-text>\n"
)
_MJML_TAIL = (
    '<mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>\n'
)


def mails() -> Iterator[tuple[str, Draft]]:
    """Name and draft."""
    loop = "{% for item in items %}" + _CARD.replace("ITEM", "item") + "{% endfor %}\n"
    each = "".join(_CARD.replace("ITEM", f"items[{n}]") for n in range(PRODUCTS))
    mjml = "{% for item in items %}\n" + _MJML_CARD.replace("ITEM", "item") + "{% endfor %}\n"
    yield "HTML, 30 products by a loop", _draft(TemplateKind.HTML, _HEAD + loop + _TAIL)
    yield "HTML, 30 products one by one", _draft(TemplateKind.HTML, _HEAD + each + _TAIL)
    yield "MJML, 30 products by a loop", _draft(TemplateKind.MJML, _MJML_HEAD + mjml + _MJML_TAIL)


def _draft(kind: TemplateKind, source: str) -> Draft:
    return Draft(kind, source, "{{ product.title }} and more", sender_email="shop@shop.example")
