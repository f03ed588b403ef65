"""Document ⇄ draft: what a version keeps of a document, and the MJML that a document stands for."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType

from restock_desk.domain import ignoring
from restock_desk.domain.document.kinds import setting
from restock_desk.domain.document.tree import Document, Node, freeze
from restock_desk.domain.templates import Draft, Ignored, TemplateKind
from restock_desk.rendering.document import expressions, head, layout, plain_text, saved, texts
from restock_desk.rendering.document.dress import PLAIN, Dress, dress_of
from restock_desk.rendering.document.look import Look
from restock_desk.rendering.document.writer import Fragment, Writer

_BLOCKS = 2_000
GAP = "\n\n"
"""Between the blocks of the plain text."""


def draft_of(document: Document) -> Draft:
    """The draft that a version keeps: the document, and its head as Jinja for everything that reads only that."""
    source = texts.serialise(document)
    return _draft(source, document)


def edited(document: Document) -> Draft:
    """The same for a document that edits led to: it is valid, and asked for as a document again and again."""
    return _draft(texts.written(document), document)


def document_of(draft: Draft) -> Document:
    """The document of a draft. Raises DocumentFault, which says where it is wrong."""
    return texts.parse(draft.source)


def ignored_in(draft: Draft) -> tuple[Ignored, ...]:
    """What a document's file says is ignored; nothing for a source. Raises DocumentFault."""
    return ignoring.from_json(document_of(draft).lint.get("ignore")) if draft.kind is TemplateKind.DOCUMENT else ()


def with_ignored(draft: Draft, ignored: tuple[Ignored, ...]) -> Draft:
    """A document's draft whose text says what is ignored, for a file. Raises DocumentFault."""
    document = document_of(draft)
    lint = {key: value for key, value in document.lint.items() if key != "ignore"}
    if ignored:
        lint["ignore"] = freeze(ignoring.to_json(ignored))
    return replace(draft, source=texts.serialise(replace(document, lint=MappingProxyType(lint))))


def filled(draft: Draft) -> Draft:
    """A document's draft with the fields of its head as the document says them."""
    if draft.kind is not TemplateKind.DOCUMENT:
        return draft
    return replace(_draft(draft.source, document_of(draft)), dress=draft.dress)


def to_draft(draft: Draft) -> Draft:
    """A document's draft as an MJML one that makes the same mail; any other as it is. Raises DocumentFault."""
    if draft.kind is not TemplateKind.DOCUMENT:
        return draft
    return in_parts(draft)[0]


def in_parts(draft: Draft) -> tuple[Draft, tuple[str, ...]]:
    """A document's draft as an MJML one, and its source in parts, each whole in itself: a line, then block by block."""
    made = written(document_of(draft), dress_of(draft))
    parts = (made.opening, *(fragment.mjml for fragment in made.fragments), head.CLOSING)
    source = "\n".join(parts) + "\n"
    return replace(draft, kind=TemplateKind.MJML, source=source, text=made.text, dress=""), parts


@dataclass(frozen=True)
class Written:
    """A document as MJML: a fragment for each body block. `own_text`, where the author wrote the plain text by hand."""

    look: Look
    fragments: tuple[Fragment, ...]
    title: str = ""
    own_text: str | None = None

    @property
    def opening(self) -> str:
        """The MJML before the first block."""
        rules = dict.fromkeys(rule for fragment in self.fragments for rule in fragment.rules)
        names = frozenset[str]().union(*(fragment.names for fragment in self.fragments))
        return head.opening(self.look, self.title, rules, names)

    @property
    def text(self) -> str:
        """The plain-text template."""
        parts = (fragment.text for fragment in self.fragments if fragment.text)
        return GAP.join(parts) + "\n" if self.own_text is None else self.own_text


def written(document: Document, dress: Dress = PLAIN) -> Written:
    """Everything of a document but its head. What was written for a block is kept while the block stays the same."""
    document = saved.resolved(document, dress.saved)
    look = Look.of(document, dress.brand)
    fragments = tuple(_block(node, look, dress.preview, dress.raw_html) for node in document.body)
    manual = setting(document, "textPart") == "manual"
    text = expressions.plain(setting(document, "text")) if manual else None
    return Written(look, fragments, expressions.attribute(setting(document, "subject")), text)


Key = tuple[int, Look, bool, bool]
_kept: "OrderedDict[Key, tuple[Node, Fragment]]" = OrderedDict()
_lock = Lock()


def _block(node: Node, look: Look, preview: bool, raw_html: bool) -> Fragment:
    """A node is kept with what was written for it, so that its id cannot become another's."""
    key = (id(node), look, preview, raw_html)
    with _lock:
        found = _kept.get(key)
    if found is not None and found[0] is node:
        return found[1]
    writer = Writer(look, preview, raw_html, look.width)
    layout.write(node, writer)
    fragment = writer.fragment(plain_text.told(node, look))
    with _lock:
        _kept[key] = (node, fragment)
        while len(_kept) > _BLOCKS:
            _kept.popitem(last=False)
    return fragment


def _sender(sender: str) -> tuple[str, str]:
    """Name and address of a sender such as “Shop <hello@shop.example>”; both empty for the shop's own."""
    if sender.startswith("sender:"):
        return "", ""
    name, _, rest = sender.rpartition("<")
    return (name.strip().strip('"'), rest.rstrip("> ")) if rest.endswith(">") else ("", sender.strip())


def _draft(source: str, document: Document) -> Draft:
    name, address = _sender(str(setting(document, "from") or "sender:main"))
    return Draft(
        TemplateKind.DOCUMENT,
        source,
        expressions.one_line(setting(document, "subject")),
        expressions.one_line(setting(document, "preheader")),
        expressions.plain_words(name),
        expressions.plain_words(address),
        expressions.plain_words(str(setting(document, "replyTo") or "")),
    )
