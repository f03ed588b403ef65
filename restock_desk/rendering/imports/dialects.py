"""One merge tag of another system as ours: the tables and rules of each dialect. A walk over a text is in `tags`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from restock_desk.domain import paths
from restock_desk.domain.document.imported import Outcome
from restock_desk.rendering.imports import names
from restock_desk.rendering.imports.expressions import Inexpressible, condition, names_of, words
from restock_desk.rendering.imports.wording import (
    ARGUMENT,
    HELPERS,
    IDENT,
    Block,
    Scope,
    chimp_test,
    expression,
    filters_of,
    handlebars_test,
    liquid_test,
    name_here,
    native,
    operand,
    quoted,
)


@dataclass(frozen=True)
class Made:
    """Jinja for a tag, and what is to be told about it (empty words: nothing)."""

    text: str
    words: str = ""
    outcome: Outcome = Outcome.TRANSLATED


_CONSTRUCTS = re.compile(r"\{\{([^{}]{1,2000})\}\}|\{%-?\s*(?:if|elif)\s([^{}%]{1,2000}?)-?%\}")
_PIPE = re.compile(r"\s*\|\s*")
_LISTS = re.compile(r"(?:items|products|details|list|lines|rows|entries|[a-z]{3,}s)\Z", re.IGNORECASE)
_NO_PARTNER = "Nothing is called so here; it stays as it is until you choose a variable."
_LEFT = "This has no counterpart here and is left out; what it holds stays."


def _value(tag: str, scope: Scope) -> Made:
    return _output(tag, tag[2:-2], scope)


def _triple(tag: str, scope: Scope) -> Made:
    made = _output(tag, tag[3:-3].lstrip("&"), scope)
    return Made(
        made.text, made.words or "The value is escaped here: raw HTML of a variable is never sent.", made.outcome
    )


def _output(tag: str, inner: str, scope: Scope) -> Made:
    """{{ … }} of Mustache, Handlebars, Liquid, Django or ours."""
    inner = " ".join(inner.strip("&~-+ \t\n").split())
    if inner in ("else", "^"):
        return _else(tag, scope)
    if inner.startswith(("else if ", "elseif ")):
        return _elif(tag, inner.partition("if ")[2], scope)
    if inner.startswith("insert "):
        return _insert(tag, inner, scope)
    if native(inner, scope):
        return Made(tag)
    first, *filters = _PIPE.split(inner)
    name = first.strip()
    if not IDENT.match(name):
        return _as_jinja(tag, inner)
    made, told = name_here(name, scope)
    chain, dropped = filters_of(filters)
    text = "{{ " + made + "".join(f"|{one}" for one in chain) + " }}"
    if dropped:
        return Made(text, f"The filter {', '.join(dropped)} has no counterpart and is left out.", Outcome.LOST)
    if told is None:
        return Made(text, _NO_PARTNER, Outcome.KEPT)
    same = told == name and (not filters or text.replace(" ", "") == tag.replace(" ", ""))
    return Made(tag if same else text, "" if same else f"Now {text}.")


def _as_jinja(tag: str, inner: str) -> Made:
    """What is no plain name: as it is where it is Jinja of ours, else told."""
    try:
        condition(inner)
    except Inexpressible:
        if re.match(r"[A-Za-z_][\w.]*\s*(?:\(|\s[A-Za-z\"'])", inner):
            return Made(_words(tag), _NO_PARTNER, Outcome.KEPT)
    return Made(tag)


def _insert(tag: str, inner: str, scope: Scope) -> Made:
    """SendGrid: {{insert name "default=Customer"}}."""
    parts = [part.strip("\"'()") for part in ARGUMENT.findall(inner.removeprefix("insert "))]
    fallback = next((part.removeprefix("default=") for part in parts[1:] if part.startswith("default=")), "")
    made, told = name_here(parts[0] if parts else "", scope)
    text = "{{ " + made + (f"|default({quoted(fallback)})" if fallback else "") + " }}"
    return Made(text, f"Now {text}.") if told else Made(text, _NO_PARTNER, Outcome.KEPT)


def _opening(tag: str, scope: Scope) -> Made:
    """{{#each x}}, {{#if x}}, {{#unless x}}, {{#x}}, {{^x}}, SendGrid's comparisons."""
    inverted = tag[2] == "^"
    inner = " ".join(tag[3:-2].strip("~ ").split())
    word, _, rest = inner.partition(" ")
    lower = word.lower()
    if lower in ("each", "for", "foreach") and rest:
        return _each(tag, rest.partition(" as ")[0], rest.partition(" as |")[2].strip("| "), scope)
    if lower in ("if", "unless") and rest:
        told = not IDENT.match(rest) or name_here(rest, scope)[1] is not None
        return _test(tag, handlebars_test(rest, scope), inverted or lower == "unless", scope, told)
    if lower in HELPERS and rest:
        parts = ARGUMENT.findall(rest)
        if len(parts) == 2:
            left, right = (operand(part, scope) for part in parts)
            return _test(tag, f"{left} {HELPERS[lower]} {right}", inverted, scope)
    if lower in ("and", "or") and rest:
        tests = [handlebars_test(part, scope) for part in ARGUMENT.findall(rest)]
        return _test(tag, f" {lower} ".join(f"({one})" for one in tests), inverted, scope)
    if rest or not IDENT.match(word):
        scope.open.append(Block("left", ""))
        return Made("", _LEFT, Outcome.LOST)
    if not inverted and (names.known(word) == "items" or (_LISTS.search(word) and not names.known(word))):
        return _each(tag, word, "", scope)
    return _test(tag, name_here(word, scope)[0], inverted, scope, told=names.known(word) != "")


def _each(tag: str, list_: str, alias: str, scope: Scope, limit: int = 0) -> Made:
    made, told = name_here(list_.strip(), scope)
    taken = [block.alias for block in scope.open]
    alias = alias if alias and not paths.fault(alias) and "." not in alias else "item"
    while alias in taken:
        alias += "_in"
    scope.open.append(Block("each", "endfor", alias, told == "items"))
    text = f"{{% for {alias} in {made}{f'[:{limit}]' if limit else ''} %}}"
    return (
        Made(text, f"Now {text}.") if told else Made(text, f"Now {text}, but no list is called so here.", Outcome.KEPT)
    )


def _test(tag: str, test: str, inverted: bool, scope: Scope, told: bool = True) -> Made:
    test = f"not ({test})" if inverted and " " in test else f"not {test}" if inverted else test
    scope.open.append(Block("if", "endif"))
    text = f"{{% if {test} %}}"
    if text == tag:
        return Made(text)
    return (
        Made(text, f"Now {text}.") if told else Made(text, f"Now {text}, but nothing is called so here.", Outcome.KEPT)
    )


def _else(tag: str, scope: Scope) -> Made:
    if not scope.open or not scope.open[-1].end:
        return Made("", "It belongs to no condition and is left out.", Outcome.LOST)
    return Made("{% else %}", "" if "%" in tag else "Now {% else %}.")


def _elif(tag: str, test: str, scope: Scope) -> Made:
    if not scope.open or scope.open[-1].end != "endif":
        return Made("", "It belongs to no condition and is left out.", Outcome.LOST)
    text = f"{{% elif {handlebars_test(test, scope) if '%' not in tag else liquid_test(test, scope)} %}}"
    return Made(text, "" if text == tag else f"Now {text}.")


def _close(tag: str, scope: Scope) -> Made:
    if not scope.open:
        return Made("", "It closes nothing and is left out.", Outcome.LOST)
    end = scope.open.pop().end
    return Made(f"{{% {end} %}}" if end else "")


def _comment(tag: str, scope: Scope) -> Made:
    return Made("")


def _partial(tag: str, scope: Scope) -> Made:
    return Made("", "A part of another file; its content is not here.", Outcome.LOST)


def _words(tag: str) -> str:
    """A tag as literal words."""
    return tag.replace("{{", "{{ '{{' }}").replace("{%", "{{ '{%' }}")


def _statement(tag: str, scope: Scope) -> Made:
    """{% … %} of Liquid, Django, Klaviyo, or ours."""
    word, rest = words(tag)
    if word in ("if", "unless", "ifnotequal", "ifequal"):
        return _test(tag, liquid_test(rest, scope), word == "unless", scope) if rest else Made("")
    if word in ("elif", "elsif", "elseif"):
        return _elif(tag, rest, scope)
    if word == "else":
        return _else(tag, scope)
    if word == "for":
        return _for(tag, rest, scope)
    if word in ("endif", "endfor", "endunless", "endwith", "endifequal", "endifnotequal"):
        return _close(tag, scope) if scope.open or word != "endwith" else Made(tag)
    if word in _KLAVIYO:
        text = "{{ " + _KLAVIYO[word] + " }}"
        label = rest.strip().strip("\"'")
        if label and "=" not in label:
            text = f'<a href="{text}">{label}</a>'
        return Made(text, f"Now {text}.")
    if word in ("set", "raw", "endraw", "with", "include", "block", "endblock"):
        return Made(tag, "This stays as it is; a document cannot hold it.", Outcome.KEPT)
    if word.startswith("end"):
        if scope.open and scope.open[-1].kind == word.removeprefix("end"):
            scope.open.pop()
        return Made("")
    if word in ("case", "capture", "comment", "tablerow", "cycle", "autoescape", "trans", "blocktrans"):
        scope.open.append(Block(word, ""))
    return Made("", _LEFT, Outcome.LOST)


_KLAVIYO = {
    "unsubscribe": "links.unsubscribe", "unsubscribe_link": "links.unsubscribe", "unsubscribe_url": "links.unsubscribe",
    "manage_preferences": "links.preferences", "manage_preferences_link": "links.preferences",
    "web_view": "links.browser", "web_view_link": "links.browser", "view_in_browser": "links.browser",
}  # fmt: skip


def _for(tag: str, rest: str, scope: Scope) -> Made:
    alias, _, list_ = (part.strip() for part in rest.partition(" in "))
    if list_ and not paths.fault(alias) and native(list_, scope):
        scope.open.append(Block("for", "endfor", alias, list_.partition("[")[0] == "items"))
        return Made(tag)
    hit = re.match(r"([A-Za-z_]\w*)\s+in\s+([A-Za-z_][\w.]*)\s*(?:\[:(\d{1,4})\])?\s*(.*)\Z", rest)
    if not hit:
        scope.open.append(Block("for", "endfor", rest.partition(" ")[0]))
        return Made(tag)
    more = re.search(r"limit\s*:\s*(\d{1,4})", hit.group(4))
    limit = int(more.group(1)) if more else int(hit.group(3) or 0)
    made = _each(tag, hit.group(2), hit.group(1), scope, limit)
    return Made(tag) if made.text == tag else made


_OWN_FIELDS = ("MC:SUBJECT", "MC_PREVIEW_TEXT", "MC:PREVIEW_TEXT")


def readable(text: str) -> bool:
    """Whether Jinja can read every value and test in some text that was made of a tag."""
    for value, test in _CONSTRUCTS.findall(text):
        try:
            names_of(value or test)
        except Inexpressible:
            return False
    return True


def unreadable(tag: str, opened: list[Block]) -> Made:
    """A tag that means nothing here: a condition goes, a value becomes words."""
    for block in opened:
        block.end = ""
    if opened or tag.startswith("{%"):
        return Made("", "This cannot be read here and is left out; what it holds stays.", Outcome.LOST)
    return Made(_words(tag), "This cannot be read here; it stays as words.", Outcome.KEPT)


def _chimp(tag: str, scope: Scope) -> Made:
    """*|FNAME|*, *|IF:X|*, *|IF:X=1|*, *|IFNOT:X|*, *|ELSEIF:X|*, *|ELSE:|*, *|END:IF|*."""
    inner = tag[2:-2].strip()
    word, _, rest = inner.partition(":")
    word, rest = word.upper(), rest.strip()
    if (word == "IFNOT" and rest.upper() == "ARCHIVE_PAGE") or (word == "IF" and rest.upper() in _OWN_FIELDS):
        scope.open.append(Block("if", ""))
        return Made("", "In a mail this always holds: what it shows stays.")
    if inner.upper() in _OWN_FIELDS:
        return Made("", "Subject and preheader are fields of their own.")
    if word in ("IF", "IFNOT") and rest:
        told = bool(names.known(re.split(r"[<>=!]", rest)[0].strip()))
        return _test(tag, chimp_test(rest, scope), word == "IFNOT", scope, told)
    if word == "ELSEIF" and rest and scope.open and scope.open[-1].end == "endif":
        text = f"{{% elif {chimp_test(rest, scope)} %}}"
        return Made(text, f"Now {text}.")
    if word == "ELSE":
        return _else(tag, scope)
    if word == "END" and rest.upper() in ("IF", "INTERESTED", "EVEN", "FEED", ""):
        return _close(tag, scope)
    name = names.known(inner)
    if name:
        text = "{{ " + expression(name) + " }}"
        return Made(text, f"Now {text}.")
    return Made(tag, _NO_PARTNER, Outcome.KEPT)


def _marked(tag: str, scope: Scope) -> Made:
    """%%name%%, %recipient.name%, [[name]]."""
    name = names.known(tag.strip("%[] ").removeprefix("recipient."))
    if not name:
        return Made(tag, _NO_PARTNER, Outcome.KEPT)
    text = "{{ " + expression(name) + " }}"
    return Made(text, f"Now {text}.")


def _fallback(tag: str, scope: Scope) -> Made:
    """[firstname,fallback=friend] of Campaign Monitor and Sendy."""
    inner, _, fallback = tag[1:-1].partition(",")
    name = names.known(inner)
    if not name:
        return Made(tag, _NO_PARTNER, Outcome.KEPT)
    words_ = fallback.partition("=")[2].strip()
    text = "{{ " + expression(name) + (f"|default({quoted(words_)})" if words_ else "") + " }}"
    return Made(text, f"Now {text}.")


def _single(tag: str, scope: Scope) -> Made:
    """{firstname}, {$name}, {!Contact.FirstName}, %FIRSTNAME%: only where the name is known; else it may be words."""
    name = names.known(tag.strip("{}%!$"))
    if not name:
        return Made(tag, "It looks like a merge tag; it stays as words.", Outcome.KEPT)
    text = "{{ " + expression(name) + " }}"
    return Made(text, f"Now {text}.")


def _monitor(tag: str, scope: Scope) -> Made:
    """Tags of Campaign Monitor's editor: what they hold stays."""
    for word, link in (("webversion", "links.browser"), ("unsubscribe", "links.unsubscribe")):
        if tag.lower().startswith(f"<{word}"):
            return Made(f'<a href="{{{{ {link} }}}}">', f"Now a link to {{{{ {link} }}}}.")
        if tag.lower().startswith(f"</{word}"):
            return Made("</a>")
    return Made("", "" if tag.startswith("</") else _LEFT, Outcome.LOST)


def _program(tag: str, scope: Scope) -> Made:
    name = names.known(tag.strip("<%= >")) if tag.startswith("<%") else ""
    if name:
        text = "{{ " + expression(name) + " }}"
        return Made(text, f"Now {text}.")
    return Made(tag, "A piece of a program of another system; it stays as words.", Outcome.KEPT)


TRANSLATE: Mapping[str, Callable[[str, Scope], Made]] = {
    "triple": _triple, "comment": _comment, "open": _opening, "close": _close, "partial": _partial, "value": _value,
    "statement": _statement, "chimp": _chimp, "percent": _marked, "bracket": _marked, "program": _program,
    "fallback": _fallback, "single": _single, "capitals": _single, "monitor": _monitor, "script": _program,
    "sender": _marked,
}  # fmt: skip
