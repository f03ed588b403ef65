"""Variants and languages of one mail: which there are, who gets them, what their test lays down and how it stands."""

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QScrollArea, QSpinBox, QWidget

from restock_desk.domain.editions import MOST_ARMS, Family, arm_name, is_main
from restock_desk.domain.templates import Template
from restock_desk.services import editions, experiments
from restock_desk.services.desk import Desk
from restock_desk.services.experiments import Standing
from restock_desk.ui import theme
from restock_desk.ui.ask_reason import ask_reason
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.experiment import TestPanel
from restock_desk.ui.experiment_rules import ExperimentRules

Found = tuple[Family, Standing | None]


class EditionDialog(QDialog):
    """Every change is made at once and told; `opened(template_id)` wants an edition to be written."""

    opened = Signal(int)
    changed = Signal()

    def __init__(self, desk: Desk, bridge: Bridge, template_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._template_id = desk, bridge, template_id
        self.family: Family | None = None
        self.setWindowTitle("Variants and languages")
        self.resize(760, 720)
        self.head = theme.heading("", wrap=True)
        self.wrong = theme.label("", "bad", wrap=True)
        self.wrong.hide()
        self._languages, self._variants = theme.column(spacing=theme.SPACE), theme.column(spacing=theme.SPACE)
        self.shares: list[QSpinBox] = []
        self._build_languages()
        self._build_variants()
        self.panel = TestPanel()
        self.panel.ended.connect(self._end)
        self.panel.decided.connect(self._decide)
        self._test = theme.card(theme.heading("The test"), self.panel)
        language_card = theme.card(
            theme.heading("Languages"),
            theme.caption("Everybody gets the edition of their language, else the mail itself.", wrap=True),
            self._own_row, theme.plain(self._languages), self._new_language,
        )  # fmt: skip
        variant_card = theme.card(
            theme.heading("Variants"),
            theme.caption("An A/B test: people are divided by chance, and each keeps their variant.", wrap=True),
            theme.plain(self._variants), self.rules, self._variant_foot,
        )  # fmt: skip
        cards = theme.column(language_card, variant_card, self._test, 1, spacing=2 * theme.SPACE)
        area = _scrolled(theme.plain(cards), "Variants and languages")
        close = theme.button("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        foot = theme.row(self.wrong, 1, close)
        whole = theme.column(self.head, area, foot, spacing=2 * theme.SPACE, margin=3 * theme.SPACE)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.refresh()

    def refresh(self) -> None:
        """Ask which there are and how the test stands."""
        desk, wanted = self._desk, self._template_id

        def look() -> Found:
            found = editions.family(desk, wanted)
            return found, experiments.of_template(desk, found.root.id)

        self._bridge.ask("editions.dialog", look, self.show_found, self._failed)

    def show_found(self, found: Found) -> None:
        """Show these."""
        if not shiboken6.isValid(self):
            return
        family, standing = found
        self.family = family
        self.head.setText(f"Variants and languages of “{family.root.name}”")
        sent = standing is not None and bool(standing.campaigns) and family.experiment is not None
        fixed = sent and family.experiment is not None and family.experiment.ended_at is None
        self._show_languages(family)
        self._show_variants(family, fixed)
        self._test.setVisible(standing is not None)
        self.panel.show_standing(standing, deciding=len(family.arms) > 1)

    # -- languages -------------------------------------------------------------------------------------------------

    def _build_languages(self) -> None:
        self.own = QLineEdit()
        self.own.setAccessibleName("Language of the mail itself")
        self.own.setPlaceholderText("en")
        self.own.setMaximumWidth(110)
        self.own.setMaxLength(20)
        self.own.editingFinished.connect(self._set_own)
        self._own_row = _row(theme.label("The mail itself is in"), self.own, theme.caption("such as en or pt-BR"), 1)
        self.language = QLineEdit()
        self.language.setAccessibleName("Language to add")
        self.language.setPlaceholderText("fr")
        self.language.setMaximumWidth(110)
        self.language.setMaxLength(20)
        self.of_arm = QComboBox()
        self.of_arm.setAccessibleName("Variant to translate")
        self.of_arm.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.of_arm.setMinimumWidth(140)
        self.add_language = theme.button("Add language", "mdi6.plus")
        self.add_language.setAutoDefault(False)
        self.add_language.setEnabled(False)
        self.language.textChanged.connect(lambda words: self.add_language.setEnabled(bool(words.strip())))
        self.language.returnPressed.connect(self._add_language)
        self.add_language.clicked.connect(self._add_language)
        self._new_language = _row(self.language, self.of_arm, self.add_language, 1)

    def _show_languages(self, family: Family) -> None:
        self.own.setText(family.root.language)
        before = self.of_arm.currentData()
        self.of_arm.clear()
        for arm in family.arms:
            self.of_arm.addItem(f"of variant {arm_name(arm)}", arm)
        self.of_arm.setCurrentIndex(max(0, self.of_arm.findData(before)))
        self.of_arm.setVisible(len(family.arms) > 1)
        theme.clear(self._languages)
        for edition in family.editions:
            if not is_main(edition):
                words = edition.language + (f" of variant {arm_name(edition.arm)}" if len(family.arms) > 1 else "")
                self._languages.addWidget(self._line(theme.label(words), edition, words))

    def _set_own(self) -> None:
        language = self.own.text().strip()
        if self.family is not None and language != self.family.root.language:
            root = self.family.root.id
            self._change("Set the language", lambda: editions.set_language(self._desk, root, language))

    def _add_language(self) -> None:
        words, arm = self.language.text().strip(), self.of_arm.currentData() or 0
        if words:
            wanted = self._template_id
            self._change(
                f"Add {words}",
                lambda: editions.add_language(self._desk, wanted, words, arm),
                lambda _: self.language.clear(),
            )

    # -- variants --------------------------------------------------------------------------------------------------

    def _build_variants(self) -> None:
        self.rules = ExperimentRules()
        self.add_arm = theme.button("Add a variant", "mdi6.plus", tip="A copy of the mail, to be changed")
        self.keep = theme.button("Save the split", kind="primary")
        for press in (self.add_arm, self.keep):
            press.setAutoDefault(False)
        self.add_arm.clicked.connect(self._add_arm)
        self.keep.clicked.connect(self._set_test)
        self.stands = theme.caption("Mails of this test left: its rules stand until it is ended.", wrap=True)
        self._variant_foot = _row(self.add_arm, self.stands, 1, self.keep)

    def _show_variants(self, family: Family, fixed: bool) -> None:
        theme.clear(self._variants)
        self.shares = []
        plan = family.experiment
        for arm in family.arms if len(family.arms) > 1 else ():
            box = QSpinBox()
            box.setRange(0, 100)
            box.setSuffix(" %")
            box.setAccessibleName(f"Share of variant {arm_name(arm)}")
            theme.with_margin(box)
            box.setValue(round(100 * plan.shares[arm]) if plan is not None and arm < len(plan.shares) else 0)
            box.setEnabled(not fixed)
            self.shares.append(box)
            words = theme.label(arm_name(arm) + (" (the mail itself)" if not arm else ""))
            self._variants.addWidget(
                self._line(words, family.of_arm(arm)[""], f"variant {arm_name(arm)}", box, fixed or not arm)
            )
        several = bool(self.shares)
        for part in (self.rules, self.keep):
            part.setVisible(several)
        self.keep.setEnabled(not fixed)
        self.rules.show_rules(plan, fixed)
        self.stands.setVisible(fixed)
        self.add_arm.setEnabled(not fixed and len(family.arms) < MOST_ARMS)

    def _add_arm(self) -> None:
        wanted = self._template_id
        self._change("Add a variant", lambda: editions.add_arm(self._desk, wanted))

    def _set_test(self) -> None:
        shares = [float(box.value()) for box in self.shares]
        laid, wanted = self.rules.laid_down, self._template_id
        self._change("Save the split", lambda: editions.set_test(self._desk, wanted, shares, *laid))

    # -- the test --------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        if self.family is not None:
            root = self.family.root.id
            self._change("End the test", lambda: experiments.end(self._desk, root))

    def _decide(self, arm: int) -> None:
        name = arm_name(arm)
        sentence = f"Variant {name} becomes the mail’s newest version; the other variants are taken away."
        sentence += _left_behind(self.family, arm)
        reason = ask_reason(self, f"Use variant {name} from now on?", sentence, f"Use {name}")
        if reason:
            wanted = self._template_id
            self._change(f"Use variant {name}", lambda: editions.decide(self._desk, wanted, arm, reason), self._decided)

    def _decided(self, root: Template) -> None:
        self._template_id = root.id
        self.opened.emit(root.id)

    # -- both ------------------------------------------------------------------------------------------------------

    def _line(
        self, words: QWidget, edition: Template, name: str, box: QWidget | None = None, fixed: bool = False
    ) -> QWidget:
        made = (lambda: self._open(edition.id)), (lambda: self._remove(edition, name))
        return _edition_line(words, name, box, fixed, *made)

    def _open(self, template_id: int) -> None:
        self.opened.emit(template_id)
        self.accept()

    def _remove(self, edition: Template, name: str) -> None:
        def gone(family: Family) -> None:
            if all(one.id != self._template_id for one in family.editions):
                self._template_id = family.root.id
                self.opened.emit(family.root.id)

        self._change(f"Take {name} away", lambda: editions.remove(self._desk, edition.id), gone)

    def _change(self, name: str, work: Callable[[], object], done: Callable[..., object] = lambda _: None) -> None:
        def made(result: object) -> None:
            if not shiboken6.isValid(self):
                return
            self.wrong.hide()
            done(result)
            self.changed.emit()
            self.refresh()

        self._bridge.act(name, lambda _token, _progress: work(), made, changes=("templates",), failed=self._failed)

    def _failed(self, error: Exception) -> None:
        if not shiboken6.isValid(self):
            return
        self.wrong.setText(str(error))
        self.wrong.show()


def _left_behind(family: Family | None, arm: int) -> str:
    left = sorted(set(family.of_arm(0)) - set(family.of_arm(arm))) if family is not None else []
    return f" It is not there in {', '.join(left)}: readers of that go on getting what A says." if left else ""


def _edition_line(
    words: QWidget, name: str, box: QWidget | None, fixed: bool, opens: Callable[[], None], takes: Callable[[], None]
) -> QWidget:
    """One edition: what it is, its share, and what can be done with it."""
    write = theme.button("Open", "mdi6.pencil-outline", "quiet")
    write.setAccessibleName(f"Open {name}")
    write.setAutoDefault(False)
    write.clicked.connect(opens)
    away = theme.tool("mdi6.close", f"Take {name} away")
    away.clicked.connect(takes)
    away.setEnabled(not fixed)
    words.setMinimumWidth(150)
    return _row(words, *([box] if box is not None else []), 1, write, away)


def _scrolled(inside: QWidget, name: str) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setAccessibleName(name)
    area.setWidget(inside)
    return area


def _row(*parts: QWidget | int) -> QWidget:
    return theme.plain(theme.row(*parts))
