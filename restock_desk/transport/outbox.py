"""A folder instead of a mail server: every mail becomes an .eml file, complete or not there at all."""

import hashlib
import os
import tempfile
from pathlib import Path

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError


class Outbox:
    """Writes into `folder`, made when needed, for its owner only. The same key writes the same file: idempotent."""

    idempotent = True
    batch = 50

    def __init__(self, url: str, folder: str) -> None:
        if not folder:
            raise DeskError("The outbox has no folder.", "Write outbox:FOLDER.")
        self.url = url
        self.folder = Path(folder).expanduser()

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        """Write the files; durable when this returns."""
        return [self._write(envelope) for envelope in envelopes]

    def check(self) -> str:
        """Make the folder and prove that files can be written there."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise DeskError(
                f"The outbox cannot be written: {error.strerror}.", "Choose another folder, or free some space."
            ) from error
        return f"Mails are written as files into {self.folder}."

    def close(self) -> None:
        """Nothing stays open."""

    def _write(self, envelope: Envelope) -> Receipt:
        name = f"{hashlib.sha256(envelope.key.encode()).hexdigest()[:24]}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, beside = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(envelope.message)
                os.replace(beside, self.folder / name)
            except OSError:
                Path(beside).unlink(missing_ok=True)
                raise
        except OSError as error:
            return Receipt(Handed.DEFERRED, "", f"The outbox cannot be written: {error.strerror}.", ours=True)
        return Receipt(Handed.SENT, "", "", name)
