"""The head of a document's MJML: language, fonts, rules for phones and dark mode of the classes that are used."""

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet

from restock_desk.rendering.document import expressions
from restock_desk.rendering.document.expressions import px
from restock_desk.rendering.document.look import Look

_CLASS = re.compile(r"rd-(ink|fill|col|box|btn|lbl|edge|rule|cell|frame|colframe)-([a-z][a-z0-9-]*)")
_INNER = ">table>tbody>tr>td"
_DARK: Mapping[str, Callable[[str], tuple[str, str]]] = {
    "ink": lambda c: (f"{c},{c}>div", "color"),
    "fill": lambda c: (f"{c},{c}>table", "background"),
    "col": lambda c: (f"{c}>table,{c}{_INNER}", "background"),
    "box": lambda c: (c, "background"),
    "btn": lambda c: (f"{c} td,{c} a", "background"),
    "lbl": lambda c: (f"{c} a", "color"),
    "edge": lambda c: (f"{c} td", "border-color"),
    "rule": lambda c: (f"{c} p", "border-top-color"),
    "cell": lambda c: (c, "border-color"),
    "frame": lambda c: (f"{c}{_INNER}", "border-color"),
    "colframe": lambda c: (f"{c}{_INNER}", "border-color"),
}
_HALVES = (
    "&{display:inline-block!important;width:50%!important;box-sizing:border-box!important;"
    "padding-left:0!important;padding-right:16px!important;}"
)
_PHONE = {
    "rd-phone": ".rd-phone{display:block!important;}",
    "rd-phone-cell": ".rd-phone-cell{display:table-cell!important;}",
    "rd-desk": ".rd-desk{display:none!important;}",
    "rd-wide": ".rd-wide table{width:100%!important;}.rd-wide a{display:block!important;text-align:center!important;}",
    "rd-shot": ".rd-shot{width:96px!important;padding-left:0!important;padding-right:12px!important;}",
    "rd-grid-3": _HALVES.replace("&", ".rd-grid-3"),
    "rd-grid-4": _HALVES.replace("&", ".rd-grid-4"),
}


def opening(look: Look, subject: str, rules: Iterable[str], names: AbstractSet[str]) -> str:
    """Everything of the MJML before its first block, on one line. `names` are the classes in use."""
    fonts = "".join(
        f'<mj-font name="{expressions.words(name)}" href="{expressions.words(url)}" />' for name, url in look.web_fonts
    )
    scheme = "light dark" if look.dark else "light only"
    meta = "".join(f'<meta name="{name}" content="{scheme}" />' for name in ("color-scheme", "supported-color-schemes"))
    return (
        f'<mjml lang="{expressions.words(look.lang)}" dir="{"rtl" if look.rtl else "ltr"}"><mj-head>'
        f"<mj-title>{subject or 'Mail'}</mj-title>{fonts}<mj-raw>{meta}</mj-raw>{_defaults(look)}"
        f"<mj-style>{styles(look, rules, names)}</mj-style></mj-head>{_body(look)}"
    )


def around(look: Look) -> str:
    """What a fragment needs before it to come out as it does in the whole."""
    direction = "rtl" if look.rtl else "ltr"
    return f'<mjml lang="en" dir="{direction}"><mj-head>{_defaults(look)}</mj-head>{_body(look)}'


def _defaults(look: Look) -> str:
    return (
        f'<mj-attributes><mj-all font-family="{look.font("$body")}" /><mj-section padding="0" />'
        '<mj-column padding="0" /><mj-text padding="0" /></mj-attributes>'
    )


def _body(look: Look) -> str:
    ground = f' background-color="{look.background}"' if look.background else ""
    return f'<mj-body width="{px(look.width)}"{ground}>'


CLOSING = "</mj-body></mjml>"


def styles(look: Look, rules: Iterable[str], names: AbstractSet[str]) -> str:
    """The style sheet: who sees what, phones, dark mode. Only for the classes in use."""
    scheme = "light dark" if look.dark else "light"
    made = f":root{{color-scheme:{scheme};supported-color-schemes:{scheme};}}"
    hidden = [f".{name}" for name in ("rd-phone", "rd-phone-cell") if name in names]
    made += f"{','.join(hidden)}{{display:none;mso-hide:all;}}" if hidden else ""
    phone = "".join(css for name, css in _PHONE.items() if name in names) + "".join(rules)
    made += f"@media (max-width:479px){{{phone}}}" if phone else ""
    return made + (_dark(look, names) if look.dark else "")


def _dark(look: Look, names: AbstractSet[str]) -> str:
    ground = look.twin(look.background_token)
    made = f"body,body>div{{background-color:{ground}!important;}}" if ground else ""
    made += ".rd-light{display:none!important;}.rd-dark{display:table-row!important;}" if "rd-light" in names else ""
    outlook = ""
    for hit in filter(None, map(_CLASS.fullmatch, sorted(names))):
        kind, token = hit.groups()
        shade = look.twin(f"${token}")
        if not shade:
            continue
        selectors, what = _DARK[kind](f".rd-{kind}-{token}")
        style = (
            f"background:{shade}!important;background-color:{shade}!important;"
            if what == "background"
            else f"{what}:{shade}!important;"
        )
        made += f"{selectors}{{{style}}}"
        mark = "[data-ogsb]" if what == "background" else "[data-ogsc]"
        outlook += ",".join(f"{mark} {one}" for one in selectors.split(",")) + f"{{{style}}}"
    return f"@media (prefers-color-scheme: dark){{{made}}}{outlook}" if made else ""
