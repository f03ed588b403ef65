"""Reading a template of another make in a renderer: files from anywhere, so with its limits of time, memory, output."""

from datetime import datetime

from restock_desk.domain import brand as kits
from restock_desk.domain.brand import Brand
from restock_desk.domain.document import reading
from restock_desk.domain.document.imported import Imported, Note, Outcome
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.processes import wire
from restock_desk.rendering.processes.crew import Killed, crew

WALL_S = 10.0
"""Seconds a file may take; the largest of the public ones take a tenth of one."""
_MOST = 2000


def imported(kind: str, text: str, brand: Brand, now: datetime, seed: str) -> Imported:
    """What `import_mjml` or `import_html` makes of a text, by `kind`. Raises TemplateFault where it takes too much.

    `seed`: what the ids of the blocks are made of, besides the time.
    """
    request = {
        "do": "import", "kind": kind, "text": text, "brand": kits.to_json(brand), "now": now.isoformat(), "seed": seed
    }  # fmt: skip
    try:
        answer = crew.ask(request, WALL_S)
    except Killed as killed:
        raise TemplateFault(killed.why, "tpl.budget") from killed
    if "fault" in answer:
        raise wire.fault_in(answer["fault"])
    notes = tuple(
        Note(Outcome(outcome), str(what), str(words), int(line), int(count))
        for outcome, what, words, line, count in answer["notes"][:_MOST]
    )
    return Imported(reading.parse(str(answer["document"])), notes, kind, str(answer["source"]))
