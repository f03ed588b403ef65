"""What stands beside the mail being written: the same draft for somebody else, or another version for the same person.

Each side is a draft for a reader. A further kind of comparison is one more way to say the second's draft or reader.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from restock_desk.domain.templates import Draft, TemplateVersion
from restock_desk.services import templates
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
        self.version = Picker("Version", "mdi6.history", "No version chosen", parent)
        for part in (self.who, self.version):
            part.hide()
        self.who.chosen.connect(lambda *_: self._show())
        self.version.asked.connect(self._offer)
        self.version.chosen.connect(lambda choice: self._pick(choice.id))
        self.live.rendered.connect(self._rendered)

    def set_kind(self, kind: str) -> None:
        """people, versions, or nothing beside the mail."""
        self.kind = kind
        self.live.stop()
        if not kind:
            self._stage.close_second()
        elif kind == "people":
            self._stage.open_second(self._first_name(), self.who)
            if self._first is not None:
                self._begin_people(self._first.whom)
        else:
            self._stage.open_second("The draft as it is", self.version)
            self._ask_versions()

    def show_template(self, template_id: int) -> None:
        """Another template is open; its versions are asked for when they are compared."""
        if template_id != self._template_id:
            self._template_id, self._versions, self._version = template_id, [], None
            if self.kind == "versions":
                self._ask_versions()

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


def _choice(version: TemplateVersion) -> Choice:
    when = version.saved_at.astimezone().strftime("%d %b %Y, %H:%M")
    label = f" · {version.label}" if version.label else ""
    return Choice(version.id, f"Version {version.number}{label}", f"{when} by {version.author}")
