"""What surrounds rows: backgrounds, borders, wrappers, heroes, and the conditions under which a row is shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from restock_desk.domain.document.tree import Node
from restock_desk.rendering.imports import expressions, values
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.flow import Choice, Item, elements_of
from restock_desk.rendering.imports.runs import address_of
from restock_desk.rendering.imports.tree import Element

if TYPE_CHECKING:
    from restock_desk.rendering.imports.mjml_rows import Rows


def frame(
    rows: "Rows", resolved: Mapping[str, str], around: Mapping[str, str] | None, padding: tuple[float | int, ...]
) -> dict[str, Any]:
    """Background, border, alignment of a row."""
    outer = around or {}
    classes = resolved.get("css-class", "")
    behind = ground(rows, resolved, "fill") or ground(rows, outer, "fill")
    width, shade = values.border(resolved.get("border", ""))
    picture = resolved.get("background-url", "")
    align = resolved.get("text-align", "")
    try:
        image = address_of(picture.strip("'\""), rows.m.constructs, rows.m.alias) if picture else ""
    except Inexpressible:
        image = picture_of(rows, picture)
    return {
        "style.padding": padding,
        "style.background": behind,
        "style.backgroundImage": image,
        "style.borderWidth": width,
        "style.borderColor": values.token(classes, "frame") or shade or None,
        "style.radius": values.within(values.pixels(resolved.get("border-radius", "")), 0, 60),
        "style.align": align if align in ("left", "center", "right") else "",
        "fullWidth": "full-width" in (resolved.get("full-width"), outer.get("full-width")),
        **seen(classes),
    }


def ground(rows: "Rows", resolved: Mapping[str, str], kind: str) -> str:
    found = resolved.get("background-color", "")
    if not found and resolved.get("background", "").lower().startswith(("#", "rgb")):
        found = resolved["background"].split()[0]
    return values.token(resolved.get("css-class", ""), kind) or values.color(found) or ""


def picture_of(rows: "Rows", address: str) -> Any:
    """Our compiler makes a variable safe for a style by two filters more."""
    construct = rows.m.constructs.one(address)
    plain = construct.replace("|replace(\"'\", '%27')|replace('(', '%28')|replace(')', '%29')", "")
    try:
        return expressions.address(plain, rows.m.alias) if plain else ""
    except Inexpressible:
        rows.m.journal.lost("background-url", "A picture's address is a text or one variable.")
        return ""


def wrapper(rows: "Rows", element: Element) -> list[Node]:
    """A wrapper's background and padding go to the rows inside."""
    resolved = rows.attributes.of(element)
    rows.m.journal.translated("<mj-wrapper>", "Its rows have its background and padding now.", element.line)
    for name in ("border", "border-radius", "background-url"):
        if resolved.get(name) not in (None, "", "none", "0", "0px"):
            rows.m.journal.lost(f"{name} of <mj-wrapper>", "A frame around several rows cannot be kept.", element.line)
    inside = rows.flow(element)
    sections = [one for one in elements_of(inside) if one.name == "mj-section"]
    top, right, bottom, left = values.space(resolved, whole=rows.width)
    for at, one in enumerate(sections):
        own = values.space(rows.attributes.of(one), whole=rows.width)
        more = (top if at == 0 else 0, right, bottom if at == len(sections) - 1 else 0, left)
        whole = [min(a + b, 200) for a, b in zip(own, more, strict=True)]
        for side, size in zip(("top", "right", "bottom", "left"), whole, strict=True):
            one.attributes[f"padding-{side}"] = f"{size:g}px"
    return rows.rows(inside, resolved)


def hero_of(rows: "Rows", choice: Choice) -> list[Node] | None:
    """Our compiler writes a hero twice, with its picture and without."""
    heroes = elements_of(choice.flows[0]), elements_of(choice.otherwise)
    if len(choice.tests) != 1 or [len(one) for one in heroes] != [1, 1]:
        return None
    first, second = heroes[0][0], heroes[1][0]
    if first.name != "mj-hero" or second.name != "mj-hero" or second.get("background-url"):
        return None
    node = hero(rows, first, second)
    image = node.get("image")
    need = image.get("v") if isinstance(image, Mapping) and not image.get("fallback") else None
    return [node] if need and need == choice.tests[0].replace('["', ".").replace('"]', "") else None


def hero(rows: "Rows", element: Element, bare: Element | None = None) -> Node:
    """`bare` is the same hero without its picture, whose class names the background's token."""
    resolved = rows.attributes.of(element)
    plain = rows.attributes.of(bare) if bare else resolved
    picture = resolved.get("background-url", "")
    try:
        image: Any = address_of(picture, rows.m.constructs, rows.m.alias) if picture else ""
    except Inexpressible:
        image = picture_of(rows, picture)
    padding = values.space(resolved, whole=rows.width)
    height = values.within(values.pixels(resolved.get("height", "")), 80, 900)
    valign = resolved.get("vertical-align", "top")
    props = {
        "image": image,
        "height": height if height and height > 80 else values.within(
            values.pixels(resolved.get("background-height", "")), 80, 900
        ) or 80,
        "style.background": ground(rows, plain, "col"),
        "style.padding": padding,
        "style.valign": valign if valign in ("top", "middle", "bottom") else "top",
        **seen(resolved.get("css-class", "")),
    }  # fmt: skip
    inner = rows.width - float(padding[1]) - float(padding[3])
    return rows.m.node("hero", props, element.line, blocks=tuple(rows.blocks.read(rows.flow(element), inner)))


def tests(rows: "Rows", choice: Choice) -> list[tuple[Any, list[Item]]]:
    """Each flow of a choice with its whole condition: what stands before it does not hold."""
    made: list[tuple[Any, list[Item]]] = []
    before: list[Any] = []
    known = True
    for test, flow in zip(choice.tests, choice.flows, strict=True):
        when: Any = None
        try:
            own = expressions.condition(test)
            when = {"all": [*({"not": one} for one in before), own]} if before else own
            before.append(own)
        except Inexpressible:
            known = False
            when = test
            words = "This condition cannot be read; what it hid is always shown, with a note at the block."
            rows.m.journal.lost(f"{{% if {test} %}}", words, choice.line)
        made.append((when if known else when if isinstance(when, str) else test, flow))
    if choice.otherwise:
        rest: Any = [{"not": one} for one in before]
        otherwise = rest[0] if len(rest) == 1 else {"all": rest}
        made.append((otherwise if known else "the condition before does not hold", choice.otherwise))
    return made


def conditioned(rows: "Rows", node: Node, when: Any, line: int) -> Node:
    """The node under a condition; where that is too much, the node with a note."""
    if when is None:
        return node
    if isinstance(when, str):
        return rows.m.noted(node, f"Was shown only where: {when}")
    try:
        return rows.m.shown(node, when)
    except Inexpressible:
        rows.m.journal.lost("a condition", "It is too long to be kept; what it hid is always shown.", line)
        return node


def seen(classes: str) -> dict[str, Any]:
    """Who sees a block, as our own compiler's classes say."""
    names = classes.split()
    made: dict[str, Any] = {}
    if "rd-phone" in names or "rd-phone-cell" in names:
        made["visibility.desktop"] = False
    if "rd-desk" in names:
        made["visibility.mobile"] = False
    return made
