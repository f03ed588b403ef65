"""Document ⇄ canonical text, body block by body block: what is the same text stays the same node, and costs nothing.

Says what `domain.document.reading` says, sooner; whatever is not in canonical form is left to it.
"""

import json
from collections import OrderedDict
from dataclasses import replace
from functools import lru_cache
from threading import Lock

from restock_desk.domain.document import checking, reading
from restock_desk.domain.document.tree import Document, DocumentFault, Node, freeze

_OPENS, _CLOSES, _BETWEEN = '\n  "body": [\n    {', "\n    }\n  ]", "\n    },\n    {"
_MARK = Node("0", "spacer")
_STAND_IN = '    {\n      "id": "0",\n      "type": "spacer"\n    }'
_NODES = 2_000
_DOCUMENTS = 8
_documents: "OrderedDict[str, Document]" = OrderedDict()
_texts: "OrderedDict[int, tuple[Node, str]]" = OrderedDict()
_lock = Lock()


def parse(source: str) -> Document:
    """The document of a text. Raises DocumentFault, which says where it is wrong."""
    with _lock:
        known = _documents.get(source)
    if known is not None:
        return known
    cut = _cut(source)
    if cut is None:
        return _whole(source)
    try:
        frame = _whole(cut[0])
        made = replace(frame, body=tuple(map(_node, cut[1])))
        checking.checked_children(None, "body", made.body, ("body",))
        checking.checked_whole(made)
    except (DocumentFault, ValueError, RecursionError):
        return _whole(source)  # says what is wrong, and at which line
    if serialise(made) != source:
        return _whole(source)
    _keep(source, made)
    return made


def serialise(document: Document) -> str:
    """The one text of a document, with a final newline."""
    if not document.body:
        return reading.serialise(document)
    frame = reading.serialise(replace(document, body=(_MARK,)))
    return frame.replace(_STAND_IN, ",\n".join(map(_text, document.body)), 1)


def written(document: Document) -> str:
    """The text of a document that is known to be valid, such as one that edits led to: `parse` need not read it."""
    source = serialise(document)
    _keep(source, document)
    return source


def _keep(source: str, document: Document) -> None:
    with _lock:
        _documents[source] = document
        while len(_documents) > _DOCUMENTS:
            _documents.popitem(last=False)


def _cut(source: str) -> tuple[str, list[str]] | None:
    """A text without its blocks, and the blocks; None where it does not look canonical."""
    start = source.find(_OPENS)
    end = source.find(_CLOSES, start)
    if start < 0 or end < 0 or source.find(_OPENS, start + 1) >= 0:
        return None
    blocks = source[start + len(_OPENS) : end].split(_BETWEEN)
    return source[:start] + '\n  "body": []' + source[end + len(_CLOSES) :], [f"{{{block}\n}}" for block in blocks]


@lru_cache(maxsize=64)
def _whole(source: str) -> Document:
    return reading.parse(source)


@lru_cache(maxsize=_NODES)
def _node(text: str) -> Node:
    return reading.node_of(freeze(json.loads(text, parse_constant=_refused)))


def _text(node: Node) -> str:
    """A node is kept with its text, so that its id cannot become another's."""
    with _lock:
        found = _texts.get(id(node))
    if found is not None and found[0] is node:
        return found[1]
    lines = json.dumps(reading.plain_node(node), ensure_ascii=False, indent=2, allow_nan=False).split("\n")
    text = "\n".join(f"    {line}" for line in lines)
    with _lock:
        _texts[id(node)] = (node, text)
        while len(_texts) > _NODES:
            _texts.popitem(last=False)
    return text


def _refused(word: str) -> None:
    raise ValueError(word)
