"""The shop's brand, saved blocks and other products in documents, and that a launched campaign keeps what it had."""

from dataclasses import replace
from typing import Any

import pytest

from restock_desk.domain.brand import DEFAULT, Shade, Social
from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Document, Node, freeze
from restock_desk.domain.templates import Draft
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.rendering.document import drafts
from restock_desk.services import campaigns, delivery, dressing, saved_blocks, support, templates
from restock_desk.services.desk import Desk
from restock_desk.services.dressing import Kit
from tests.builders import add_interest, add_product, add_subscriber
from tests.campaigning import ACCEPTED, Scripted, waiting_shop
from tests.documents import body_of, numbered

RED = Kit(replace(DEFAULT, brand=Shade("#c0ffee", "#bada55"), legal="Reg. 12345"))


def draft(*nodes: Node, **more: Any) -> Draft:
    footer = replace(kinds.new("footer", numbered("f")), id="footer")
    document: Document = body_of(*nodes, footer)
    subject = freeze({"subject": [{"v": "product.title"}, {"t": " is back"}]})
    return drafts.draft_of(replace(document, settings=subject, **more))  # type: ignore[arg-type]  # an object stays one


def button() -> Node:
    return kinds.new("button", numbered("b"))


def node(type: str, **props: Any) -> Node:
    return Node("n1", type, freeze(props))  # type: ignore[arg-type]  # an object stays one


def test_a_brand_is_kept_for_all_and_seen_in_the_next_mail(desk: Desk) -> None:
    assert dressing.kit(desk) == Kit()
    dressing.save_kit(desk, RED)
    assert dressing.kit(desk) == RED
    page = templates.preview(desk, draft(button()), None, ()).html
    assert "#c0ffee" in page
    assert "#bada55" in page
    assert "Reg. 12345" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"brand": Shade("red")}, {"text": Shade("#12345")}, {"scale": (300, 20, 18)},
        {"social": (Social("instagram", "javascript:x"),)}, {"logo_dark_url": "logo.png"},
    ],
)  # fmt: skip
def test_a_brand_that_no_mail_can_show_is_refused_in_a_sentence(desk: Desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(DeskError) as told:
        dressing.save_kit(desk, Kit(replace(DEFAULT, **wrong)))
    assert told.value.hint
    assert dressing.kit(desk) == Kit()


def test_a_launched_campaign_keeps_the_brand_it_was_launched_with(desk: Desk) -> None:
    dressing.save_kit(desk, RED)
    event = waiting_shop(desk.store, 2)
    review = campaigns.review(desk, (event,), templates.create(desk, "Back", draft(button())).id)
    campaign = campaigns.launch(desk, review)
    dressing.save_kit(desk, Kit(replace(DEFAULT, brand=Shade("#000001"))))
    sent = Scripted(lambda _: ACCEPTED)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=sent)
    assert len(sent.taken) == 2
    for envelope in sent.taken:
        assert b"#c0ffee" in envelope.message.replace(b"=\r\n", b"")
        assert b"#000001" not in envelope.message.replace(b"=\r\n", b"")
    again = support.message(desk, 1)
    assert "#c0ffee" in again.html


def test_a_saved_block_stands_in_its_slot_in_the_version_that_is_named(desk: Desk) -> None:
    section = body_of(node("text", text=[{"t": "Free delivery"}])).body[0]
    first = saved_blocks.save(desk, "promise", "Promise", section)
    saved_blocks.save(desk, "promise", "Promise", body_of(node("text", text=[{"t": "Not any more"}])).body[0])
    assert [(block.name, block.version) for block in saved_blocks.saved_blocks(desk)] == [("Promise", 2)]

    def mail(linked: bool, *overrides: dict[str, str]) -> str:
        kept = freeze({"sb_1": {"ref": first.ref, "linked": linked}})
        slot = Node("s1", "slot", freeze({"ref": "sb_1", "overrides": list(overrides)}))  # type: ignore[arg-type]  # likewise
        return templates.preview(desk, draft(slot, saved=kept), None, ()).html

    assert "Free delivery" in mail(linked=False)
    assert "Not any more" in mail(linked=True)
    assert "Consolas" in mail(False, {"block": "n1", "field": "style.font", "value": "$mono"})
    saved_blocks.archive(desk, "promise")
    assert saved_blocks.saved_blocks(desk) == []
    assert "Free delivery" in mail(linked=False)
    gone = draft(Node("s1", "slot", freeze({"ref": "sb_9"})))  # type: ignore[arg-type]  # likewise
    assert [problem.rule for problem in templates.check(desk, gone) if problem.block == "s1"] == ["doc.unknown"]


def test_a_saved_block_knows_the_templates_that_show_it(desk: Desk) -> None:
    row = body_of(node("text", text=[{"t": "Free delivery"}])).body[0]
    block = saved_blocks.save(desk, "promise", "Promise", row)
    slot = Node("s1", "slot", freeze({"ref": "sb_1"}))  # type: ignore[arg-type]  # likewise
    made = templates.create(desk, "Back", draft(slot, saved=freeze({"sb_1": {"ref": block.ref, "linked": True}})))
    templates.create(desk, "Other", draft(button()))
    (kept,) = saved_blocks.kept(desk)
    assert [(use.template, use.name, use.linked) for use in kept.uses] == [(made.id, "Back", True)]
    renamed = saved_blocks.rename(desk, "promise", "Our promise")
    assert (renamed.name, renamed.version, renamed.node) == ("Our promise", 2, block.node)
    saved_blocks.archive(desk, "promise")
    assert saved_blocks.kept(desk) == []
    assert saved_blocks.named(desk, "Our promise").archived
    saved_blocks.archive(desk, "promise", archived=False)
    assert [one.block.name for one in saved_blocks.kept(desk)] == ["Our promise"]
    with pytest.raises(DeskError):
        saved_blocks.named(desk, "Promise")


def test_products_beside_the_restocked_are_those_of_the_shop(desk: Desk) -> None:
    event = waiting_shop(desk.store, 1)
    for sku in ("HAT", "SCARF", "GONE"):
        variant = add_product(desk.store, sku=sku, stock=0 if sku == "GONE" else 3)
        if sku == "SCARF":
            add_interest(desk.store, add_subscriber(desk.store, f"{sku}@example.com").id, variant.id)
    fields = ("title", "price")
    related = draft(node("productGrid", source="related", fields=fields))
    page = templates.preview(desk, related, None, (event,)).html
    assert "Product HAT" in page
    assert "Product SCARF" in page
    assert "Product GONE" not in page
    best = draft(node("productGrid", source="feed", fallback="bestsellers", fields=fields))
    page = templates.preview(desk, best, None, (event,)).html
    assert "Product SCARF" in page
    assert "Product HAT" not in page
    chosen = draft(node("productGrid", source="manual", skus=["hat", "nothing"], fields=fields))
    assert "Product HAT" in templates.preview(desk, chosen, None, (event,)).html
    one = draft(
        node("product", source="sku", sku="HAT", fields=fields),
        replace(node("priceLine", source="sku", sku="NOTHING"), id="n2"),
    )
    mail = templates.preview(desk, one, None, (event,))
    assert "Product HAT" in mail.html
    assert "Product HAT" in mail.text
    assert mail.problems == ()


def test_a_document_is_turned_into_source_only_when_asked(desk: Desk) -> None:
    made = templates.create(desk, "Back", draft(button()))
    source = templates.turned_into_source(desk, made.version_id, "Back as source")
    kept = templates.version(desk, source.version_id).draft
    assert kept.source.startswith("<mjml")
    assert [p for p in templates.check(desk, kept) if p.severity == "error"] == []
    assert templates.version(desk, made.version_id).draft.kind == "document"
    with pytest.raises(DeskError, match="source already"):
        templates.turned_into_source(desk, source.version_id, "Again")
