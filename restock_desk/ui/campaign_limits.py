"""A small question: how fast may this one campaign go? Beside the limits that hold for all (Settings → Limits)."""

from PySide6.QtWidgets import QDialog, QDoubleSpinBox, QSpinBox, QWidget

from restock_desk.domain.campaigns import Campaign
from restock_desk.services import limits
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.settings_form import form_layout, name_label


class CampaignLimits(QDialog):
    """Saved through the bridge; senders keep to it from their next group on."""

    def __init__(self, parent: QWidget, desk: Desk, bridge: Bridge, campaign: Campaign) -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._campaign = desk, bridge, campaign
        self.setWindowTitle(f"Limits of {campaign.name}")
        self.setMinimumWidth(440)
        self.rate, self.cap = QDoubleSpinBox(), QSpinBox()
        self.rate.setDecimals(3)
        form = form_layout()
        rows: list[tuple[QSpinBox | QDoubleSpinBox, str, int, str]] = [
            (self.rate, "Mails a second", 100_000, "No limit of its own"),
            (self.cap, "Mails an hour", 100_000_000, "As all campaigns"),
        ]
        for box, title, high, none in rows:
            box.setRange(0, high)
            box.setSpecialValueText(none)
            box.setFixedWidth(220)
            box.setAccessibleName(title)
            form.addRow(name_label(title), box)
        self.rate.setValue(campaign.rate_limit_per_s or 0)
        self.cap.setValue(campaign.per_hour or 0)
        leave, self.go = theme.button("Cancel"), theme.button("Save", kind="primary")
        leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._save)
        self.setLayout(
            theme.column(form, theme.row(1, leave, self.go), spacing=2 * theme.SPACE, margin=3 * theme.SPACE)
        )

    def _save(self) -> None:
        desk, id = self._desk, self._campaign.id
        rate, cap = self.rate.value() or None, self.cap.value() or None
        self._bridge.act(
            f"Limits of {self._campaign.name}",
            lambda _t, _p: limits.limit_campaign(desk, id, rate, cap),
            changes=("campaigns", "staff"),
        )
        self.accept()
