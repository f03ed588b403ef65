"""Every colour of the window, by role, light and dark. No widgets here; nobody else names a colour."""

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor, QPalette


@dataclass(frozen=True)
class Colors:
    """One scheme. `*_soft` are backgrounds for the strong colour of the same name; text on them keeps 4.5:1."""

    window: str
    rail: str
    surface: str
    raised: str
    border: str
    strong_border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_text: str
    accent_soft: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    info: str
    info_soft: str
    neutral_soft: str
    selection: str


LIGHT = Colors(
    window="#f5f6f8",
    rail="#eceef2",
    surface="#ffffff",
    raised="#f3f4f7",
    border="#e4e7ec",
    strong_border="#c9ced8",
    text="#181c25",
    muted="#596274",
    accent="#3a57d0",
    accent_hover="#2f49b8",
    on_accent="#ffffff",
    accent_text="#3149b5",
    accent_soft="#e6eafb",
    good="#12683f",
    good_soft="#ddf3e6",
    warn="#8a4b06",
    warn_soft="#fcedd2",
    bad="#ad2431",
    bad_soft="#fde4e5",
    info="#0b5c8a",
    info_soft="#dcf0fb",
    neutral_soft="#e9ecf1",
    selection="#e6eafb",
)
DARK = Colors(
    window="#12151a",
    rail="#0e1115",
    surface="#1a1e25",
    raised="#232831",
    border="#2a303a",
    strong_border="#434c5a",
    text="#e8ebf0",
    muted="#a0a9b8",
    accent="#4a67e0",
    accent_hover="#3d59cf",
    on_accent="#ffffff",
    accent_text="#a3b5ff",
    accent_soft="#252f57",
    good="#6fd69d",
    good_soft="#15382a",
    warn="#f2b866",
    warn_soft="#40300f",
    bad="#ff9ba1",
    bad_soft="#4a1f25",
    info="#7fc8f2",
    info_soft="#12364a",
    neutral_soft="#2b313b",
    selection="#252f57",
)
SERIES_LIGHT = ("#3a57d0", "#d9730d", "#0f8a5f", "#b4357f", "#6b7280", "#0b7fb0", "#8a6d00", "#7646c1")
SERIES_DARK = ("#8fa5ff", "#f2a65a", "#5ccf9c", "#ef86bd", "#a0a9b8", "#6cc3ee", "#dcc15a", "#b493f5")

STATE_ROLES: dict[str, str] = {
    **dict.fromkeys(
        ("in_stock", "active", "subscribed", "undated", "sent", "finished", "open", "notified", "human"), "good"
    ),
    **dict.fromkeys(("delivered", "opened", "clicked"), "good"),
    **dict.fromkeys(("backorder", "preorder", "pending", "deferred", "paused", "in_doubt", "withdrawn"), "warn"),
    **dict.fromkeys(("soft_bounces", "never", "import", "manual", "unsubscribe", "unsubscribed"), "warn"),
    **dict.fromkeys(("out_of_stock", "failed", "complaint", "hard_bounce", "cancelled", "erased"), "bad"),
    **dict.fromkeys(("bounced", "complained", "rejected"), "bad"),
    **dict.fromkeys(("running", "preparing", "queued", "claimed", "started", "waiting"), "info"),
}
"""Which role a state's chip has; all others are neutral. The chip always carries the word as well."""

_now: list[Colors] = [LIGHT]


def use(scheme: Colors) -> None:
    """Make this the scheme that `color` answers from."""
    _now[0] = scheme


def current() -> Colors:
    return _now[0]


def is_dark() -> bool:
    return _now[0] is DARK


def color(role: str) -> QColor:
    """The colour of that role in the scheme in use."""
    return QColor(getattr(_now[0], role))


def named() -> dict[str, str]:
    """All roles of the scheme in use, for the style sheet."""
    return {f.name: getattr(_now[0], f.name) for f in fields(Colors)}


def palette() -> QPalette:
    """The scheme as Qt's palette, so that widgets without a rule of their own fit in."""
    made, role = QPalette(), QPalette.ColorRole
    for target, name in (
        (role.Window, "window"),
        (role.WindowText, "text"),
        (role.Base, "surface"),
        (role.AlternateBase, "raised"),
        (role.Text, "text"),
        (role.Button, "surface"),
        (role.ButtonText, "text"),
        (role.BrightText, "bad"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.ToolTipBase, "surface"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "muted"),
        (role.Link, "accent_text"),
        (role.LinkVisited, "accent_text"),
        (role.Light, "surface"),
        (role.Midlight, "raised"),
        (role.Mid, "border"),
        (role.Dark, "strong_border"),
        (role.Shadow, "strong_border"),
        (role.Accent, "accent"),
    ):
        made.setColor(target, color(name))
    for target in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, target, color("muted"))
    return made
