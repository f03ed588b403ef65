"""The line that offers back what was written and never saved."""

from datetime import datetime

from PySide6.QtWidgets import QFrame

from restock_desk.ui import theme


class KeptBar(QFrame):
    """Hidden until there is something to offer, and again once a button is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("note")
        self.words = theme.label("", wrap=True)
        self.bring_back = theme.button("Bring them back", kind="primary")
        self.discard = theme.button("Discard", kind="quiet")
        inside = theme.row(self.words, self.discard, self.bring_back, margin=theme.SPACE)
        inside.setStretch(0, 1)
        self.setLayout(inside)
        for button in (self.discard, self.bring_back):
            button.clicked.connect(self.hide)
            button.setAutoDefault(False)
        self.hide()

    def offer(self, written_at: datetime, on_newest: bool) -> None:
        """Show it. `on_newest`: they were made on the version that is the newest now."""
        older = "" if on_newest else " They were made on an older version."
        self.words.setText(f"Changes of {written_at.astimezone():%d %b, %H:%M} were never saved.{older}")
        self.show()
