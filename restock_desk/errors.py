"""The errors an operator can meet. Everything else that is raised is a bug of ours and is logged as one."""


class DeskError(Exception):
    """Says what went wrong and where (`message`) and what to do next (`hint`), both plain sentences.

    Neither part may hold a secret, an address or the text of a mail: both are shown and logged.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class WrongUse(DeskError):
    """The call itself is wrong (an option no format or command has): the command line ends with 2 instead of 1."""


class Unavailable(DeskError):
    """The database cannot answer now: busy, full, restarted, cut off. What was not committed is not written."""


class Cancelled(Exception):
    """A person asked a long job to stop. Shown nowhere: the job's own report says how far it came."""
