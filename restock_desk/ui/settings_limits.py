"""Settings → Limits: how fast and when mail leaves, and what makes a campaign pause by itself."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QLineEdit, QSpinBox

from restock_desk.domain import limit_words as words
from restock_desk.domain import limits as rules
from restock_desk.domain.limits import Breakers, Limits, RouteLimit
from restock_desk.services import limits
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.settings_form import SettingsForm, form_card, form_layout, name_label

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

SHARES = (
    ("hard_first", "Hard bounces of the first 200"),
    ("hard", "Hard bounces of all, beyond 200"),
    ("complaints", "Complaints"),
    ("doubts", "Mails in doubt"),
)


class LimitsSection(SettingsForm[Limits]):
    """Everything here holds for all who share the database; a rate and a warm-up for the transport in use."""

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window, "Limits", limits.limits, limits.save, ("limits", "campaigns", "staff"))
        self._route = rules.route(desk.transport)
        self.rate, self.grown, self.late = QDoubleSpinBox(), QDoubleSpinBox(), QDoubleSpinBox()
        self.cap, self.in_a_row, self.reserve = QSpinBox(), QSpinBox(), QSpinBox()
        self.warm_up, self.quiet = QLineEdit(), QLineEdit()
        self.shares = {name: QDoubleSpinBox() for name, _ in SHARES}
        self.warm_up.setPlaceholderText("None; or first day, mails, daily factor, end: 2026-03-01 50 1.5 10000")
        self.quiet.setPlaceholderText(f"None; or by the shop's clock: {words.QUIET_HINT}")
        pace, brakes, care = form_layout(), form_layout(), form_layout()
        rows: list[tuple[QFormLayout, QSpinBox | QDoubleSpinBox, str, str, int, str]] = [
            (pace, self.rate, "Mails a second", "", 100_000, "No limit"),
            (pace, self.cap, "Mails an hour of one campaign", "", 100_000_000, "No limit"),
            *((brakes, self.shares[name], title, " %", 100, "Off") for name, title in SHARES),
            (brakes, self.in_a_row, "Mails in a row not taken", "", 10_000, "Off"),
            (brakes, self.grown, "Audience grew beyond", " × approved", 100, "Off"),
            (care, self.late, "Ask a person when late by", " hours", 10_000, "Never"),
            (care, self.reserve, "Room to keep free on disk", " MB", 1_000_000, "None"),
        ]
        for form, box, title, suffix, high, none in rows:
            box.setRange(0, high)
            box.setSuffix(suffix)
            box.setSpecialValueText(none)
            box.setFixedWidth(220)
            box.setAccessibleName(title)
            box.valueChanged.connect(lambda _: self.touched())
            form.addRow(name_label(title), box)
        self.rate.setDecimals(3)
        for line, title in ((self.warm_up, "Warm-up"), (self.quiet, "Quiet hours")):
            line.setAccessibleName(title)
            line.textChanged.connect(lambda _: self.touched())
            pace.addRow(name_label(title), line)
        about = f"Mails a second and warm-up are of {self._route}; all campaigns that use it share them."
        for part in (
            form_card("How fast, and when", pace),
            theme.caption(about, wrap=True),
            form_card("A campaign pauses by itself beyond", brakes),
            theme.caption("A share counts from three cases on. Resume lets it go on until it gets worse.", wrap=True),
            form_card("Care", care),
        ):
            self._cards.addWidget(part)

    def fill(self, kept: Limits) -> None:
        mine = kept.routes.get(self._route, RouteLimit())
        self.rate.setValue(mine.rate_per_s or 0)
        self.warm_up.setText(words.warm_up_words(mine.warm_up))
        self.cap.setValue(kept.campaign_per_hour or 0)
        self.quiet.setText(words.window_words(kept.quiet))
        for name, box in self.shares.items():
            box.setValue(100 * float(getattr(kept.breakers, name)))
        self.in_a_row.setValue(kept.breakers.in_a_row)
        self.grown.setValue(kept.breakers.grown)
        self.late.setValue(kept.late_h)
        self.reserve.setValue(kept.reserve_mb)

    def changed(self, kept: Limits) -> Limits:
        mine = RouteLimit(self.rate.value() or None, words.warm_up(self.warm_up.text()))
        shares = {name: round(box.value() / 100, 6) for name, box in self.shares.items()}
        breakers = Breakers(**shares, in_a_row=self.in_a_row.value(), grown=round(self.grown.value(), 2))
        new = replace(
            words.with_route(kept, self._route, mine),
            campaign_per_hour=self.cap.value() or None,
            quiet=words.windows(self.quiet.text()),
            breakers=breakers,
            late_h=round(self.late.value(), 2),
            reserve_mb=self.reserve.value(),
        )
        why = rules.problem(new)
        if why:
            raise ValueError(why)
        return new
