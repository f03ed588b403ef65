"""Which edition of a mail is being written: its variants and languages as a row of buttons, where there are several."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from restock_desk.domain.editions import Family, arm_name, is_main
from restock_desk.domain.templates import Template
from restock_desk.services import editions
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.segments import Segment, Segments


class EditionBar(QWidget):
    """Hidden while the mail is alone. GUI thread only."""

    chosen = Signal(int)
    """The template of another edition, to be opened."""
    manage = Signal()

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk, self._bridge = desk, bridge
        self.family: Family | None = None
        self._template_id = 0
        self._place = theme.row(spacing=theme.SPACE)
        self.state = theme.caption("")
        self.more = theme.button("Variants and languages…", "mdi6.translate", "quiet")
        self.more.clicked.connect(self.manage)
        self.setLayout(theme.row(self._place, self.state, 1, self.more))
        self.hide()

    def show_template(self, template: Template) -> None:
        """That one is open now."""
        self._template_id = template.id
        if self.family is None or all(one.id != template.id for one in self.family.editions):
            self.hide()
        self.refresh()

    def refresh(self) -> None:
        """Ask which editions there are."""
        desk, wanted = self._desk, self._template_id
        self._bridge.ask("editions", lambda: editions.family(desk, wanted), self.show_family, lambda _: self.hide())

    def show_family(self, family: Family) -> None:
        self.family = family
        theme.clear(self._place)
        several = len(family.editions) > 1
        self.setVisible(several)
        current = next((one for one in family.editions if one.id == self._template_id), None)
        if not several or current is None:
            return
        if len(family.arms) > 1:
            arms = [Segment(str(arm), arm_words(family, arm), f"Variant {arm_name(arm)}") for arm in family.arms]
            self._add(Segments("Variant", arms, str(current.arm)), lambda arm: self._go(int(arm), _language(current)))
        of_arm = family.of_arm(current.arm)
        if len(of_arm) > 1:
            languages = [Segment(key, key or main_words(family), _readers(key)) for key in of_arm]
            self._add(Segments("Language", languages, _language(current)), lambda key: self._go(current.arm, key))
        self.state.setText(test_words(family))

    def _add(self, made: Segments, act: Callable[[str], None]) -> None:
        made.show_words(True)
        made.chosen.connect(act)
        self._place.addWidget(made)

    def _go(self, arm: int, language: str) -> None:
        """The edition of that variant in that language, or else the variant itself."""
        if self.family is not None:
            found = self.family.of_arm(arm)
            self.chosen.emit(found.get(language, found.get("", self.family.root)).id)


def arm_words(family: Family, arm: int) -> str:
    """A variant and its share, if a test goes on."""
    shares = family.plan.shares if family.plan is not None else ()
    return f"{arm_name(arm)} · {shares[arm]:.0%}" if arm < len(shares) else arm_name(arm)


def main_words(family: Family) -> str:
    """What the mail itself is called among its languages."""
    return f"{family.root.language} and others" if family.root.language else "Everybody else"


def test_words(family: Family) -> str:
    """How the test stands, in a few words."""
    if len(family.arms) < 2 or family.experiment is None:
        return ""
    return "An A/B test of all that is sent" if family.experiment.runs else "The test has ended: A is sent"


def _readers(language: str) -> str:
    return f"For readers of {language}" if language else "For readers of no other language here"


def _language(edition: Template) -> str:
    return "" if is_main(edition) else edition.language
