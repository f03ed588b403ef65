"""A template's source and versions, the context it may use, the problems found in it, and money that prints itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any


class TemplateKind(StrEnum):
    HTML = "html"
    MJML = "mjml"
    DOCUMENT = "document"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Draft:
    """Everything an author writes. `text` None = the plain-text part is derived from the source.

    Every field but `kind` may hold Jinja. An empty sender falls back to the shop's. A document's `source` is its
    canonical JSON; `dress` is what it is compiled with beside that (rendering.document.dress), and is never stored.
    """

    kind: TemplateKind
    source: str
    subject: str
    preheader: str = ""
    sender_name: str = ""
    sender_email: str = ""
    reply_to: str = ""
    text: str | None = None
    dress: str = ""


@dataclass(frozen=True)
class Starter:
    """A finished mail to start from. `about` says in a few words what it is for, `picture` how it looks."""

    name: str
    about: str
    draft: Draft
    picture: Path | None = None


@dataclass(frozen=True)
class Template:
    id: int
    name: str
    kind: TemplateKind
    version: int
    version_id: int
    updated_at: datetime
    archived: bool = False
    root_id: int | None = None
    """The mail this is an edition of; None = it is a mail of its own. See domain.editions."""
    arm: int = 0
    language: str = ""


@dataclass(frozen=True)
class Ignored:
    """What somebody decided to live with: all findings of a rule, or those with this evidence or in this block."""

    rule: str
    reason: str
    by: str = ""
    evidence: str = ""
    block: str = ""


@dataclass(frozen=True)
class TemplateVersion:
    """One immutable save. `number` counts from 1 within the template.

    `ignored` is no part of the draft: it changes nothing of the mail, so that nothing is compiled again for it.
    """

    id: int
    template_id: int
    number: int
    draft: Draft
    author: str
    saved_at: datetime
    label: str = ""
    ignored: tuple[Ignored, ...] = ()


@dataclass(frozen=True)
class Edit:
    """One change of one field's text: what stands at `start` goes, `after` comes; void once `before` is not there."""

    where: str
    start: int
    before: str
    after: str


@dataclass(frozen=True)
class Problem:
    """Something wrong in a template. `where` is subject, preheader, sender, text or source; `line` is 1-based there.

    `operations` is the quick fix: operations of the document for a document, `Edit`s for a source.
    """

    rule: str
    severity: Severity
    message: str
    where: str = "source"
    line: int = 0
    fix: str = ""
    block: str = ""
    """The id of the document's node; empty in a source."""
    evidence: str = ""
    """What was found, as it stands there."""
    url: str = ""
    """Where the rule comes from."""
    scope: str = "template"
    """Whom it is about: template, recipient or campaign."""
    operations: tuple[object, ...] = field(default=(), hash=False)


@dataclass(frozen=True)
class RenderedMail:
    """One mail for one person, as a send produces it. `problems` names every undefined variable it met."""

    subject: str
    preheader: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    message: bytes
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Field:
    """One path of the context, for completion and documentation: `subscriber.first_name`, its type and its meaning."""

    path: str
    type: str
    doc: str
    nullable: bool = False


Context = Mapping[str, Any]
"""Plain data only: str, int, bool, datetime, Money, lists and dicts of these. The paths are those of CONTEXT_FIELDS."""

CONTEXT_FIELDS: tuple[Field, ...] = (
    Field("subscriber.custom_id", "text", "The shop's own id for this person", True),
    Field("subscriber.email", "text", "Their address"),
    Field("subscriber.first_name", "text", "First name", True),
    Field("subscriber.last_name", "text", "Last name", True),
    Field("subscriber.locale", "text", "Language and region, such as fr-CA", True),
    Field("subscriber.timezone", "text", "Time zone, such as Europe/Paris", True),
    Field("subscriber.attributes", "map", "Whatever else the shop knows, by name"),
    Field("event.id", "number", "The restock event's number"),
    Field("event.occurred_at", "date", "When stock came back"),
    Field("product.title", "text", "Product name at the time of the restock"),
    Field("product.description", "text", "Description as plain text", True),
    Field("product.vendor", "text", "Brand or maker", True),
    Field("product.url", "url", "Product page", True),
    Field("product.image_url", "url", "Main picture", True),
    Field("variant.sku", "text", "Stock keeping unit"),
    Field("variant.title", "text", "Size, colour or the like; empty for a single variant", True),
    Field("variant.price", "money", "Price with its currency, printed for the reader's locale", True),
    Field("variant.compare_at_price", "money", "Former price", True),
    Field("variant.stock", "number", "Units at the time of the restock", True),
    Field("variant.image_url", "url", "The variant's own picture, else the product's", True),
    Field("variant.url", "url", "The variant's page, else the product's", True),
    Field("interest.created_at", "date", "When this person asked to be told", True),
    Field("interest.source", "text", "Where they asked", True),
    Field("links.product", "url", "To the variant's page, counted as a click", True),
    Field("links.cart", "url", "Puts the variant into the cart, counted as a click", True),
    Field("links.wishlist", "url", "The wish list, counted as a click", True),
    Field("links.unsubscribe", "url", "The unsubscribe page"),
    Field("links.preferences", "url", "The preferences page", True),
    Field("links.browser", "url", "This mail in a browser", True),
    Field("shop.name", "text", "The shop's name"),
    Field("shop.url", "url", "The shop's front page", True),
    Field("shop.logo_url", "url", "The shop's logo", True),
    Field("shop.address", "text", "Postal address", True),
    Field(
        "items",
        "list",
        "All restocked things this person waits for, each with product, variant, event, interest, links",
    ),
    Field("shelf.related", "list", "Products like what restocked, each as in items"),
    Field("shelf.bestsellers", "list", "What is most asked for and in stock, each as in items"),
    Field("shelf.lists", "map", "Lists of fixed products that a product block or grid names"),
)
