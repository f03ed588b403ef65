"""What the preview needs before there is a QApplication, and whether it may run here. Imports no WebEngine."""

import os

from PySide6.QtCore import QCoreApplication, Qt

RESOLVER_RULE = '--host-resolver-rules="MAP * ~NOTFOUND"'
"""The browser engine never has a network: not even preconnect, which no interceptor sees, can leave."""

_FLAGS = "QTWEBENGINE_CHROMIUM_FLAGS"
_NO_SANDBOX = "QTWEBENGINE_DISABLE_SANDBOX"


def prepare() -> None:
    """Set what the browser engine reads once. Call before QApplication is made."""
    flags = os.environ.get(_FLAGS, "")
    if RESOLVER_RULE not in flags:
        os.environ[_FLAGS] = f"{flags} {RESOLVER_RULE} --disable-gpu".strip()
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)


def refusal() -> str:
    """Why the preview may not run here, as a sentence; empty when it may.

    As root the engine drops its sandbox. Only runs that show our own content (tests, pictures) say that this is fine,
    by setting QTWEBENGINE_DISABLE_SANDBOX=1.
    """
    if getattr(os, "geteuid", lambda: 1)() == 0 and os.environ.get(_NO_SANDBOX) != "1":
        return (
            "The picture of the mail is not shown to the administrator account, because the browser engine would run "
            "without its protection. Start Restock Desk as an ordinary user. The plain text and the source work here."
        )
    return ""
