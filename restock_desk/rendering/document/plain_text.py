"""The plain-text part, a second walk over the same tree: so it says what the mail says, in the same order."""

from collections.abc import Callable, Iterator, Mapping

from restock_desk.domain.document.kinds import cases, kind_of, level_of, value
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering import conditions, pieces, text_part
from restock_desk.rendering.document import commerce, expressions
from restock_desk.rendering.document.basics import entries
from restock_desk.rendering.document.cleaning import cleaned, fault
from restock_desk.rendering.document.compound import network
from restock_desk.rendering.document.look import Look
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece
from restock_desk.rendering.positions import spots
from restock_desk.rendering.shield import Shield

_GAP = "\n\n"


def told(node: Node, look: Look, alias: str = "") -> str:
    """A body block and all below it as a plain-text template."""
    if node.type == "section":
        made = _each(node, (block for column in node.children("columns") for block in _shown(column, look, alias)))
    elif node.type == "hero":
        made = _blocks(node.children("blocks"), look, alias)
    elif node.type == "repeat":
        made = _repeat(node, look, alias)
    elif node.type == "branch":
        made = _branch(node, look, alias)
    else:
        return ""
    return _when(node.get("when"), made)


def _each(node: Node, parts: Iterator[str]) -> str:
    return _GAP.join(part for part in parts if part)


def _shown(column: Node, look: Look, alias: str) -> Iterator[str]:
    yield _when(column.get("when"), _blocks(column.children("blocks"), look, alias))


def _blocks(nodes: tuple[Node, ...], look: Look, alias: str) -> str:
    parts = []
    for node in nodes:
        kind = kind_of(node.type)
        for base in commerce.expansion(node, alias, 500, look) if kind and kind.expands else (node,):
            make = _TELLERS.get(base.type)
            parts.append(_when(base.get("when"), make(base, look, alias).strip("\n") if make else ""))
    return _GAP.join(part for part in parts if part)


def _repeat(node: Node, look: Look, alias: str) -> str:
    name, rows = expressions.loop(node)
    if not rows:
        return ""
    each, empty = _children(node.children("each"), look, name), _children(node.children("empty"), look, alias)
    made = f"{{% for {name} in {rows} %}}\n{each}\n{{% endfor %}}"
    return f"{{% if {rows} %}}{made}{{% else %}}{empty}{{% endif %}}" if empty else made


def _branch(node: Node, look: Look, alias: str) -> str:
    made, first = "", True
    for at, case in enumerate(cases(node)):
        when = case.get("when")
        test = conditions.expression(when) if isinstance(when, Mapping) and when else ""
        if test:
            made += f"{{% {'if' if first else 'elif'} {test} %}}{_children(node.children(f'case:{at}'), look, alias)}"
            first = False
    otherwise = _children(node.children("else"), look, alias)
    if first:
        return otherwise
    return f"{made}{{% else %}}{otherwise}{{% endif %}}" if otherwise else f"{made}{{% endif %}}"


def _children(nodes: tuple[Node, ...], look: Look, alias: str) -> str:
    if nodes and level_of(nodes[0].type) == "body":
        return _GAP.join(part for node in nodes if (part := told(node, look, alias)))
    return _blocks(nodes, look, alias)


def _when(when: Json, made: str) -> str:
    test = conditions.expression(when) if made and isinstance(when, Mapping) and when else ""
    return f"{{% if {test} %}}{made}{{% endif %}}" if test else made


def _need(condition: str, made: str) -> str:
    return f"{{% if {condition} %}}{made}{{% endif %}}" if condition and made else made


def _runs(node: Node, name: str, alias: str) -> str:
    return expressions.plain(value(node, name), alias)


def _link(words: str, href: Json, alias: str) -> str:
    """“words (address)”; the words alone where there is no address."""
    target = expressions.plain_address(href, alias)
    made = f"{words} ({target})" if words and target else words or target
    return _need(expressions.guard(href), made)


def _picture(node: Node, name: str, alt: str, alias: str) -> str:
    words = "" if value(node, "decorative") else _runs(node, alt, alias)
    made = _link(words, value(node, "href"), alias) if words else ""
    return _need(expressions.needs(value(node, name)), made)


def _links(node: Node, look: Look, alias: str) -> str:
    return "\n".join(
        _link(expressions.plain(link.get("label"), alias, links=False), link.get("href"), alias)
        for link in entries(value(node, "links"))
    )


def _social(node: Node, look: Look, alias: str) -> str:
    lines = []
    for link in entries(value(node, "links")) or look.social:
        words = str(link.get("label") or network(link.get("network"))[0])
        lines.append(_link(expressions.plain_words(words), link.get("href"), alias))
    return "\n".join(lines)


def _table(node: Node, look: Look, alias: str) -> str:
    rows = value(node, "rows")
    return "\n".join(
        " | ".join(expressions.plain(cell, alias) for cell in row) for row in rows if isinstance(row, tuple)
    ) if isinstance(rows, tuple) else ""  # fmt: skip


def _list(node: Node, look: Look, alias: str) -> str:
    items = value(node, "items")
    numbered = value(node, "ordered")
    return "\n".join(
        f"{f'{at}.' if numbered else '-'} {expressions.plain(item, alias)}"
        for at, item in enumerate(items if isinstance(items, tuple) else (), 1)
    )


def _html(node: Node, look: Look, alias: str) -> str:
    own = str(value(node, "text") or "")
    if fault(own):
        return expressions.plain_words(own)  # words that happen to look like the beginning of a construct
    return own or _read(cleaned(str(value(node, "html") or "")))


def _read(source: str) -> str:
    """An author's own HTML as words."""
    cut, wrong = pieces.cut(source, "source")
    if wrong or not source.strip():
        return ""
    shield = Shield(source)
    try:
        shielded = "".join(p.text if spot is None else shield.hide_at(p, spot) for p, spot in spots(cut, mjml=False))
        made = text_part.derive(shielded, shield)
    except TemplateFault:
        return ""
    return "".join(
        part.text if isinstance(part, Piece) else expressions.plain_words(part) for part in shield.split(made)
    )


def _code(node: Node, look: Look, alias: str) -> str:
    label, code, terms = (_runs(node, name, alias) for name in ("label", "code", "terms"))
    first = f"{label} {code}" if label and label.rstrip().endswith(":") else f"{label}: {code}" if label else code
    return f"{first}\n{terms}" if terms else first


def _footer(node: Node, look: Look, alias: str) -> str:
    lines = [_runs(node, "text", alias)]
    for name in ("unsubscribe", "preferences", "browser"):
        words = _runs(node, name, alias)
        made = f"{words}: {{{{ links.{name} }}}}" if words else ""
        lines.append(made if name == "unsubscribe" else _need(f"links.{name}", made))
    if value(node, "legal") and look.brand.legal:
        lines.append(expressions.plain_words(look.brand.legal))
    if value(node, "address"):
        own = "{% if shop.address %}{{ shop.name }}, {{ shop.address }}{% endif %}"
        lines.append(expressions.plain_words(look.brand.address) if look.brand.address else own)
    return "---\n" + "\n".join(line for line in lines if line)


Teller = Callable[[Node, Look, str], str]
_TELLERS: dict[str, Teller] = {
    "text": lambda node, look, alias: _runs(node, "text", alias),
    "heading": lambda node, look, alias: _runs(node, "text", alias),
    "image": lambda node, look, alias: _picture(node, "src", "alt", alias),
    "video": lambda node, look, alias: _picture(node, "poster", "alt", alias),
    "button": lambda node, look, alias: _link(_runs(node, "label", alias), value(node, "href"), alias),
    "divider": lambda node, look, alias: "---",
    "countdown": lambda node, look, alias: _link(_runs(node, "text", alias), value(node, "href"), alias),
    "social": _social, "menu": _links, "table": _table, "list": _list, "html": _html, "code": _code,
    "footer": _footer,
}  # fmt: skip
