"""What stands beside the mail being written: the same for somebody else, or another version or edition of it.

Each side is a draft for a reader. A further kind of comparison is one more way to say the second's draft or reader.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from restock_desk.domain.preflight import Part
from restock_desk.domain.templates import Draft, TemplateVersion
from restock_desk.services import editions, templates
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Whom
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.live import LivePreview, Outcome
from restock_desk.ui.picker import Choice, Picker
from restock_desk.ui.preview_bar import PreviewBar
from restock_desk.ui.side_by_side import Stage


@dataclass(frozen=True)
class Side:
    """One of the two mails that are compared."""

    draft: Draft
    whom: Whom


class Comparison(QObject):
    """Keeps the second side of `stage` in step with the first. GUI thread only."""

    def __init__(
        self, desk: Desk, bridge: Bridge, stage: Stage, parent: QWidget, first_name: Callable[[], str]
    ) -> None:
        """`first_name` says who the first mail is for."""
        super().__init__(parent)
        self._first_name = first_name
        self._desk, self._bridge, self._stage = desk, bridge, stage
        self.kind = ""
        self._first: Side | None = None
        self._template_id: int | None = None
        self._versions: list[TemplateVersion] = []
        self._version: TemplateVersion | None = None
        self.live = LivePreview(desk, bridge, self, "beside")
        self.who = PreviewBar(desk, bridge, parent, "beside", short=True)
        self._parts: list[Part] = []
        self._edition: Part | None = None
        self.version = Picker("Version", "mdi6.history", "No version chosen", parent)
        self.edition = Picker("Edition", "mdi6.translate", "There is no other edition", parent)
        for part in (self.who, self.version, self.edition):
            part.hide()
        self.who.chosen.connect(lambda *_: self._show())
        self.version.asked.connect(self._offer)
        self.version.chosen.connect(lambda choice: self._pick(choice.id))
        self.edition.asked.connect(self._offer_editions)
        self.edition.chosen.connect(lambda choice: self._pick_edition(choice.id))
        self.live.rendered.connect(self._rendered)

    def set_kind(self, kind: str) -> None:
        """people, versions, editions, or nothing beside the mail."""
        self.kind = kind
        self.live.stop()
        if not kind:
            self._stage.close_second()
        elif kind == "people":
            self._stage.open_second(self._first_name(), self.who)
            if self._first is not None:
                self._begin_people(self._first.whom)
        elif kind == "editions":
            self._stage.open_second("What is open", self.edition)
            self._ask_editions()
        else:
            self._stage.open_second("The draft as it is", self.version)
            self._ask_versions()

    def show_template(self, template_id: int) -> None:
        """Another template is open; its versions are asked for when they are compared."""
        if template_id != self._template_id:
            self._template_id, self._versions, self._version = template_id, [], None
            self._edition = None
            if self.kind == "versions":
                self._ask_versions()
            elif self.kind == "editions":
                self._ask_editions()

    def show_first(self, side: Side) -> None:
        """What stands at the other side now."""
        before, self._first = self._first, side
        if self.kind == "people" and (before is None or before.whom.event_ids != side.whom.event_ids):
            self._begin_people(side.whom)
        else:
            self._show()

    def stop(self) -> None:
        """Nothing is written any more."""
        self._first = None
        self.live.stop()

    def second(self) -> Side | None:
        """What is to be shown beside the first."""
        if self._first is None or not self.kind:
            return None
        if self.kind == "people":
            whom = Whom(self.who.subscriber_id, self._first.whom.event_ids, self.who.case)
            return Side(self._first.draft, whom)
        if self.kind == "editions":
            return Side(self._edition.draft, self._first.whom) if self._edition is not None else None
        return Side(self._version.draft, self._first.whom) if self._version is not None else None

    def _begin_people(self, first: Whom) -> None:
        """Somebody else who waits for the same."""
        self.who.subscriber_id, self.who.skipped = None, first.subscriber_id
        self.who.start(None, first.event_ids)

    def _show(self) -> None:
        side = self.second()
        if self.kind == "people":
            self._stage.words.setText(self._first_name())
        if side is None:
            return
        if self.live.whom != side.whom or not self.live.known:
            self.live.show_for(side.whom.subscriber_id, side.whom.event_ids, side.whom.case)
        self.live.show_draft(side.draft)

    def _rendered(self, result: Outcome) -> None:
        if self.kind == "people":
            self._stage.words.setText(self._first_name())
        if result.mail is not None and self.kind:
            self._stage.show_second(result.mail.html)

    def _ask_editions(self) -> None:
        desk, template_id = self._desk, self._template_id
        if template_id is not None:
            self._bridge.ask(
                "beside-editions", lambda: editions.parts(desk, template_id, every=True), self._editions_found
            )

    def _editions_found(self, found: Sequence[Part]) -> None:
        self._parts = [part for part in found if part.template_id != self._template_id]
        wanted = self._edition.template_id if self._edition is not None else 0
        ids = [part.template_id for part in self._parts]
        known = wanted if wanted in ids else next(iter(ids), 0)
        self._pick_edition(known)

    def _pick_edition(self, template_id: int) -> None:
        self._edition = next((part for part in self._parts if part.template_id == template_id), None)
        self.edition.set_current(_named(self._edition) if self._edition is not None else None)
        self._show()

    def _offer_editions(self, words: str) -> None:
        found = [_named(one) for one in self._parts]
        self.edition.set_choices([choice for choice in found if words.casefold() in choice.title.casefold()])

    def _ask_versions(self) -> None:
        desk, template_id = self._desk, self._template_id
        if template_id is not None:
            self._bridge.ask("beside-versions", lambda: templates.versions(desk, template_id), self._versions_found)

    def _versions_found(self, found: Sequence[TemplateVersion]) -> None:
        self._versions = list(found)
        wanted = self._version.id if self._version is not None else None
        first = self._first.draft if self._first is not None else None
        other = next((v for v in self._versions if v.draft != first), None) or next(iter(self._versions), None)
        known = next((v for v in self._versions if v.id == wanted), other)
        if known is not None:
            self._pick(known.id)

    def _pick(self, version_id: int) -> None:
        self._version = next((v for v in self._versions if v.id == version_id), None)
        self.version.set_current(_choice(self._version) if self._version is not None else None)
        self._show()

    def _offer(self, words: str) -> None:
        found = [_choice(version) for version in self._versions]
        low = words.casefold()
        self.version.set_choices([c for c in found if low in c.title.casefold() or low in c.detail.casefold()])
        self._ask_versions()


def _named(edition: Part) -> Choice:
    return Choice(edition.template_id, edition.name or "The mail itself")


def _choice(version: TemplateVersion) -> Choice:
    when = version.saved_at.astimezone().strftime("%d %b %Y, %H:%M")
    label = f" · {version.label}" if version.label else ""
    return Choice(version.id, f"Version {version.number}{label}", f"{when} by {version.author}")
