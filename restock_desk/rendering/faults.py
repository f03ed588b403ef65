"""Why one mail cannot be made: a sentence about the template, never about the person."""

from restock_desk.errors import DeskError


class TemplateFault(DeskError):
    """Raised while compiling or rendering. `where` and `line` say where in the draft; `rule` is a problem's rule id.

    `block` is the document's block, where there is one.
    """

    def __init__(self, message: str, rule: str = "tpl.fault", where: str = "source", line: int = 0) -> None:
        super().__init__(message, "Change the template.")
        self.rule = rule
        self.where = where
        self.line = line
        self.block = ""
