"""What the composer asks: documents of drafts and back, fresh ids, why a block is hidden, for how many it is shown."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from restock_desk.domain import conditions, paths
from restock_desk.domain.condition_words import because
from restock_desk.domain.conditions import ConditionFault
from restock_desk.domain.document import identity, kinds
from restock_desk.domain.document.tree import Document, Json, Node, thaw
from restock_desk.domain.templates import Draft, TemplateVersion
from restock_desk.rendering.document import drafts as drafts_
from restock_desk.services import context, journals, readers
from restock_desk.services import drafts as kept_drafts
from restock_desk.services.desk import Desk
from restock_desk.services.journals import Leftover
from restock_desk.services.readers import Whom
from restock_desk.store import audience, interests, restocks
from restock_desk.store import shop as shop_

COUNTED = 500
"""So many waiting people a condition is tried with."""


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds for the person who is shown, and why; for how many of those who wait it holds."""

    holds: bool
    words: str
    shown: int = 0
    tried: int = 0


def document_of(draft: Draft) -> Document:
    """The document of a draft. Raises DocumentFault, which says where it is wrong."""
    return drafts_.document_of(draft)


def draft_of(document: Document) -> Draft:
    """The draft that a version keeps."""
    return drafts_.draft_of(document)


def edited(document: Document) -> Draft:
    """The same for a document that edits led to, on its way to the preview."""
    return drafts_.edited(document)


def new_ids(desk: Desk) -> Callable[[], str]:
    """A maker of ids for new blocks."""
    return identity.ids(desk.now, secrets.token_bytes)


def blank(desk: Desk, name: str) -> Document:
    """A new e-mail with a section and a footer."""
    new_id = new_ids(desk)
    return kinds.blank(new_id(), name, new_id)


def recover(desk: Desk, template_id: int, saved: TemplateVersion) -> None:
    """Take over what a crash left of this template: kept as its unsaved draft, unless a newer one is."""
    for left in journals.leftovers(journals.folder_of(desk)):
        found = left.found
        if found.template != template_id:
            continue
        kept = kept_drafts.kept(desk, template_id)
        if kept is None or kept.kept_at < found.last_at:
            began_here = draft_of(found.base).source == saved.draft.source
            kept_drafts.keep(desk, template_id, saved.id if began_here else 0, draft_of(found.document))
        journals.forget(left)


def left_of_block(desk: Desk, block_id: str) -> list[Leftover]:
    """What crashes left of a saved block that was being edited, newest first."""
    found = journals.leftovers(journals.folder_of(desk))
    return [left for left in found if not left.found.template and left.found.base.id == block_id]


def data_of(desk: Desk, whom: Whom, draft: Draft | None = None) -> dict[str, Any]:
    """Everything a template may use for somebody, as plain data."""
    return readers.reader(desk, whom, draft).data


def why(condition: Json, data: dict[str, Any], now: datetime) -> Verdict | None:
    """Whether a condition holds for this data and what decides it; None for one that is not finished."""
    try:
        tree = conditions.checked(thaw(condition))
    except ConditionFault:
        return None
    reason = conditions.explain(tree, data, now)
    return Verdict(reason.holds, because(reason))


def judged(desk: Desk, condition: Json, whom: Whom) -> Verdict | None:
    """The same for the person who is shown, and for how many of the first COUNTED who wait it holds."""
    now = desk.now()
    found = why(condition, data_of(desk, whom), now)
    if found is None or not whom.event_ids:
        return found
    tree = conditions.checked(thaw(condition))
    roots = {str(leaf["var"]).partition(".")[0] for leaf in conditions.leaves(tree)}
    people = _waiting(desk, whom.event_ids, bool(roots & {"interest", "items"}))
    shown = sum(1 for data in people if conditions.holds(tree, data, now))
    return Verdict(found.holds, found.words, shown, len(people))


def _waiting(desk: Desk, event_ids: Sequence[int], with_interests: bool) -> list[dict[str, Any]]:
    """The context of each of those who wait, as far as conditions need it."""
    with desk.store.reading() as u:
        shop, key = shop_.shop(u), shop_.token_key(u)
        events = restocks.events_by_id(u, tuple(event_ids))
        people = audience.waiting_people(u, tuple(event_ids), COUNTED) if events else []
        waits = {person.id: interests.interests_of(u, person.id) for person in people if with_interests}
    who = context.identify(shop, key, "condition", desk.now())
    return [context.build(shop, person, events, waits.get(person.id, []), who) for person in people]


def hidden(document: Document, data: dict[str, Any], now: datetime) -> dict[str, str]:
    """Which blocks this person does not see, by id, with the reason as a sentence; not what is inside them."""
    found: dict[str, str] = {}

    def look(nodes: Sequence[Node], known: dict[str, Any]) -> None:
        for node in nodes:
            verdict = why(node.get("when"), known, now) if node.get("when") is not None else None
            if verdict is not None and not verdict.holds:
                found[node.id] = f"Hidden. {verdict.words}"
                continue
            inside = known
            if node.type == "repeat":
                entries = paths.reach(known, str(kinds.value(node, "path")))
                first = entries[0] if isinstance(entries, list) and entries else {}
                inside = {**known, str(kinds.value(node, "as")): first}
            taken = _taken(node, known, now) if node.type == "branch" else ""
            for slot, children in node.slots.items():
                if taken and slot != taken:
                    found.update({child.id: "Hidden. Another case of the branch is shown." for child in children})
                else:
                    look(children, inside)

    look(document.body, data)
    return found


def _taken(branch: Node, data: dict[str, Any], now: datetime) -> str:
    """The slot of a branch that is shown."""
    for at, case in enumerate(kinds.cases(branch)):
        verdict = why(case.get("when"), data, now)
        if verdict is not None and verdict.holds:
            return f"case:{at}"
    return "else"
