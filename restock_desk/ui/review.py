"""The review sheet: everything a person must see before a send, and the button that carries the number."""

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDoubleSpinBox, QScrollArea, QVBoxLayout, QWidget

from restock_desk.domain.campaigns import Campaign, Review
from restock_desk.domain.preflight import Preflight
from restock_desk.domain.restocks import RestockEvent
from restock_desk.domain.templates import Draft, RenderedMail, Severity, Template
from restock_desk.services import campaigns, editions, preflight, restocks, templates
from restock_desk.services.campaigns import UNDO_S
from restock_desk.services.desk import Desk
from restock_desk.ui import hosted, theme
from restock_desk.ui.audience_report import AudienceReport, Folded
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.cells import instant, way_out
from restock_desk.ui.detail import lines
from restock_desk.ui.exclusions import AudienceBars
from restock_desk.ui.mail_view import MailFaces
from restock_desk.ui.problems import reason_words, sentence
from restock_desk.ui.surroundings import Surroundings


class ReviewSheet(QDialog):
    """Choose event, template and transport; see audience, exclusions, first renders, problems; then send."""

    def __init__(
        self,
        desk: Desk,
        bridge: Bridge,
        parent: QWidget | None,
        launched: Callable[[Campaign], object],
        event_id: int | None = None,
        template_id: int | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk, self.bridge, self.launched = desk, bridge, launched
        self._review: Review | None = None
        self._wanted = (event_id, template_id)
        self._due: dict[int, datetime] = {}
        self._report: AudienceReport | None = None
        self._around: Surroundings | None = None
        self._hindrance = ""
        self.finished.connect(lambda _: self._stop())
        self.setWindowTitle("Review and send")
        self.resize(760, 700)
        self._choices()
        self._found: QVBoxLayout = theme.column(spacing=2 * theme.SPACE)
        inside = QWidget()
        inside.setObjectName("plain")
        inside.setLayout(theme.column(self._found, 1))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName("Review")
        scroll.setWidget(inside)
        self.send = theme.button("Send", "mdi6.send", kind="primary")
        self.send.setEnabled(False)
        self.send.clicked.connect(self._send)
        cancel = theme.button("Not now")
        cancel.clicked.connect(self.reject)
        self._why = theme.caption("", wrap=True)
        foot = theme.row(self._why, cancel, self.send)
        foot.setStretch(0, 1)
        picks = theme.card(*self._rows(), spacing=theme.SPACE)
        self.setLayout(theme.column(picks, scroll, foot, spacing=2 * theme.SPACE, margin=3 * theme.SPACE))
        for press in (self.send, cancel):
            press.setAutoDefault(False)  # a send is pressed, never a slip of the Enter key
        bridge.ask("review.choices", self._ask_choices, self._show_choices)

    def _choices(self) -> None:
        self.event_box, self.template_box = QComboBox(), QComboBox()
        self.event_box.setAccessibleName("Restock event")
        self.template_box.setAccessibleName("Template")
        self.rate_on = QCheckBox("At most")
        self.rate_on.setAccessibleName("Limit the rate")
        self.rate = QDoubleSpinBox()
        self.rate.setAccessibleName("Mails per second")
        self.rate.setRange(0.1, 1000)
        self.rate.setValue(20)
        self.rate.setSuffix(" mails per second")
        theme.with_margin(self.rate)
        self.rate.setEnabled(False)
        self.rate_on.toggled.connect(self.rate.setEnabled)
        self.transport = theme.label(way_out(self.desk.transport), wrap=True, selectable=True)

    def _rows(self) -> list[QWidget]:
        rows = []
        for name, widgets in (
            ("Restock", [self.event_box]),
            ("Template", [self.template_box]),
            ("Through", [self.transport]),
            ("Rate", [self.rate_on, self.rate]),
        ):
            words = theme.label(name, "muted")
            words.setFixedWidth(80)
            line = QWidget()
            line.setObjectName("plain")
            line.setLayout(theme.row(words, *widgets, *([1] if len(widgets) > 1 else [])))
            rows.append(line)
        return rows

    def _ask_choices(self) -> tuple[list[RestockEvent], list[Template]]:
        events = restocks.latest(self.desk, 100)
        wanted = self._wanted[0]
        if wanted is not None and all(event.id != wanted for event in events):
            events = [restocks.event(self.desk, wanted), *events]
        return events, [t for t in templates.templates(self.desk) if not t.archived]

    def _show_choices(self, found: tuple[list[RestockEvent], list[Template]]) -> None:
        events, known = found
        self._due = {event.id: event.due_at for event in events}
        for event in events:
            variant, product = event.snapshot["variant"], event.snapshot["product"]
            words = " · ".join(w for w in (product["title"], variant["title"], variant["sku"]) if w)
            self.event_box.addItem(f"{words} — {instant(event.occurred_at)}", event.id)
        for template in known:
            self.template_box.addItem(template.name, template.id)
        event_id, template_id = self._wanted
        self.event_box.setCurrentIndex(max(0, self.event_box.findData(event_id)))
        self.template_box.setCurrentIndex(max(0, self.template_box.findData(template_id)))
        for box in (self.event_box, self.template_box):
            box.setSizePolicy(box.sizePolicy().Policy.Expanding, box.sizePolicy().Policy.Fixed)
            box.currentIndexChanged.connect(self._look)
        if not events or not known:
            what = "a restock event" if not events else "a template"
            self._block(f"There is not yet {what} to send about.")
        else:
            self._look()

    def _look(self) -> None:
        event_id, template_id = self.event_box.currentData(), self.template_box.currentData()
        self._review = None
        self._stop()
        self._block("Counting who waits …")
        desk = self.desk
        self.bridge.ask("review", lambda: campaigns.review(desk, (event_id,), template_id), self._show, self._failed)

    def _failed(self, error: Exception) -> None:
        self._block(str(error))

    def _block(self, why: str) -> None:
        self.send.setEnabled(False)
        self.send.setToolTip(theme.tooltip(why))
        self._why.setText(why)

    def _show(self, review: Review) -> None:
        self._review = review
        theme.clear(self._found)
        self._found.addWidget(theme.card(AudienceBars(review.audience)))
        report = self._whole(review)
        if review.readers:
            self._found.addWidget(_readers(review))
        if review.samples:
            self._found.addWidget(self._samples(review))
        self._around = Surroundings(self.desk, self.bridge, review)
        self._around.done.connect(lambda: self._judge(report.found))
        around = theme.card(self._around)
        around.setVisible(bool(review.samples))
        self._found.addWidget(around)
        if review.problems or review.ignored:
            self._found.addWidget(_problems(review))
        n = review.audience.eligible
        words = f"Send to {n:,}"
        self.send.setText(words)
        self.send.setAccessibleName(words)
        errors = [p for p in review.problems if p.severity is Severity.ERROR]
        why = review.blocked or (errors[0].message if errors else "") or ("" if n else "Nobody would get this alert.")
        self._hindrance = why
        self._block(why or "Rendering everybody first …")
        if n:
            desk = self.desk
            report.run(lambda token, progress: preflight.of_review(desk, review, token, progress))

    def _whole(self, review: Review) -> AudienceReport:
        """The whole audience, and the question whether to send in spite of warnings."""
        self._report = report = AudienceReport(self.desk, self.bridge)
        report.done.connect(self._judge)
        report.stopped.connect(lambda why: self._block(self._hindrance or why))
        report.example.connect(lambda person, edition: self._ask_example(review, person, edition))
        self.in_spite = QCheckBox("Send in spite of the warnings")
        self.in_spite.setAccessibleName("Send in spite of the warnings")
        self.in_spite.hide()
        self.in_spite.toggled.connect(lambda _: self._judge(report.found))
        box = theme.card(report, self.in_spite)
        box.setVisible(bool(review.audience.eligible))
        self._found.addWidget(box)
        return report

    def _stop(self) -> None:
        if self._report is not None:
            self._report.stop()
        if self._around is not None:
            self._around.stop()

    def _judge(self, found: Preflight | None) -> None:
        """Errors stop, warnings ask."""
        review = self._review
        if review is None or found is None or self._hindrance:
            return
        asks = bool(found.warnings) or any(problem.severity is Severity.WARNING for problem in review.problems)
        asks = asks or (self._around is not None and self._around.asks)
        self.in_spite.setVisible(asks and not found.errors)
        if found.errors:
            first = found.errors[0]
            self._block(f"{first.count:,} mails would be wrong: {first.problem.message}")
        elif asks and not self.in_spite.isChecked():
            self._block("There are warnings: look at them, and say that they may be.")
        else:
            self.send.setEnabled(True)
            self.send.setToolTip("")
            self._why.setText(f"{self._starts(review)}; until then you can undo.")

    def _ask_example(self, review: Review, person: int, edition: str) -> None:
        desk = self.desk
        self.bridge.ask(
            "review.example",
            lambda: templates.preview(desk, _draft_of(desk, review, edition), person, review.event_ids),
            lambda mail: self._look_at(mail, dict(mail.headers).get("To", "")),
        )

    def _starts(self, review: Review) -> str:
        """When the first mail leaves: after the grace, and not before the alert rule's wait is over."""
        due = max((self._due[event_id] for event_id in review.event_ids if event_id in self._due), default=None)
        if due is not None and due > self.desk.now() + timedelta(seconds=UNDO_S):
            return f"The first mail leaves at {due.astimezone():%H:%M:%S}, when the wait of the alert rule is over"
        return f"The first mail leaves {UNDO_S} seconds after you press Send"

    def _samples(self, review: Review) -> QWidget:
        lines: list[QWidget] = [theme.heading("First mails")]
        for _, address, mail in review.samples:
            words = theme.column(
                theme.label(mail.subject, selectable=True),
                theme.caption(f"to {address} · {len(mail.message) / 1024:.0f} KB"),
                spacing=2,
            )
            look = theme.button("Preview", "mdi6.eye-outline", kind="quiet")
            look.setAccessibleName(f"Look at the mail to {address}")
            look.clicked.connect(lambda _=False, mail=mail, address=address: self._look_at(mail, address))
            line = QWidget()
            line.setObjectName("plain")
            line.setLayout(theme.row(words, 1, look))
            lines.append(line)
        return theme.card(*lines)

    def _look_at(self, mail: RenderedMail, address: str) -> None:
        faces = MailFaces(f"Mail to {address}", "preview.eml", hosted.finder(self.desk, self.bridge), self)
        faces.show_mail(mail, "What this person would get. Nothing has been sent.")
        faces.open()

    def _send(self) -> None:
        review, desk = self._review, self.desk
        if review is None:
            return
        limit = self.rate.value() if self.rate_on.isChecked() else None
        self.send.setEnabled(False)
        self.bridge.act(
            f"Preparing to send to {review.audience.eligible:,}",
            lambda token, progress: campaigns.launch(
                desk, review, rate_limit_per_s=limit, grace_s=UNDO_S, token=token, progress=progress
            ),
            self._launched,
            changes=("campaigns", "audience", "restocks"),
            failed=self._failed,
        )

    def _launched(self, campaign: Campaign) -> None:
        self.accept()
        self.launched(campaign)


def _draft_of(desk: Desk, review: Review, edition: str) -> Draft:
    """The draft of the edition of that name."""
    parts = editions.parts_of(desk, review)
    return next((part.draft for part in parts if part.name == edition), parts[0].draft)


def _readers(review: Review) -> QWidget:
    """About how many get which edition."""
    total = sum(n for _, n in review.readers) or 1
    rows = [(name, f"{n:,}", f"{n / total:.0%}") for name, n in review.readers]
    note = "By their language" if review.experiment is None else "By chance, and by their language"
    words = theme.caption(f"{note}; each person keeps theirs.", wrap=True)
    heads = ("Edition", "People, about", "Share")
    return theme.card(theme.heading("Editions"), words, lines(heads, rows, frozenset({1, 2})))


def _problems(review: Review) -> QWidget:
    """What stops the send and what asks, one by one; mere hints as a number."""
    lines: list[QWidget] = [theme.heading("Problems")]
    hints = [problem for problem in review.problems if problem.severity is Severity.INFO]
    for problem in review.problems:
        if problem.severity is not Severity.INFO:
            tone = "bad" if problem.severity is Severity.ERROR else "warn"
            lines.append(theme.label(sentence(problem), tone, wrap=True))
    if hints:
        words = " ".join(sentence(problem) for problem in hints[:3])
        more = f" And {len(hints) - 3} more hints." if len(hints) > 3 else ""
        lines.append(theme.caption(f"{words}{more}", wrap=True))
    if review.ignored:
        lines.append(_ignored(review))
    return theme.card(*lines, spacing=4)


def _ignored(review: Review) -> QWidget:
    """How many are ignored; who said so and why, on demand."""
    told = [
        theme.caption(f"{sentence(problem)} {reason_words(decided)}", wrap=True) for problem, decided in review.ignored
    ]
    return Folded(f"{len(review.ignored)} ignored with a reason.", "Show what is ignored, and why", told)
