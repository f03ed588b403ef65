"""“Ignore…” and “Show again” of the problems of the template that is open."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from restock_desk.domain.templates import Ignored, Problem, TemplateVersion
from restock_desk.services import ignoring
from restock_desk.ui.ask_reason import ask_reason
from restock_desk.ui.problems import sentence
from restock_desk.ui.workspace import Workspace


class Ignoring(QObject):
    """Listens to both panels of a workspace. `say` shows a short sentence for a moment."""

    def __init__(self, workspace: Workspace, say: Callable[[str], object]) -> None:
        super().__init__(workspace)
        self._work, self._say = workspace, say
        for panel in (workspace.findings.problems, workspace.writing.problems):
            panel.ignore_wanted.connect(self.ask)
            panel.again_wanted.connect(self.show_again)

    def ask(self, problem: Problem) -> None:
        """Ask for the reason; without one nothing is ignored."""
        reason = ask_reason(self._work, "Ignore this problem", question(problem), "Ignore")
        if reason:
            self.ignore(problem, reason)

    def ignore(self, problem: Problem, reason: str) -> None:
        desk = self._work.desk
        self._act("Ignore a problem", lambda id: ignoring.ignore(desk, id, problem, reason), "It is ignored.")

    def show_again(self, decided: Ignored) -> None:
        desk = self._work.desk
        self._act("Show a problem again", lambda id: ignoring.show_again(desk, id, decided), "It counts again.")

    def _act(self, name: str, work: Callable[[int], TemplateVersion], words: str) -> None:
        template = self._work.template
        if template is None:
            return

        def done(version: TemplateVersion) -> None:
            if self._work.template is not None and self._work.template.id == version.template_id:
                self._work.decided(version)
            self._say(words)

        self._work.bridge.act(name, lambda _token, _progress: work(template.id), done, changes=("templates",))


def question(problem: Problem) -> str:
    """What is about to be ignored, and how far that reaches."""
    alike = "wherever it is found in this template" if not (problem.block or problem.evidence) else "here"
    return f"“{sentence(problem).rstrip('.')}” will not count {alike}. The versions keep who said so, and why."
