"""Figures for those who watch over it, in the text format that Prometheus reads. Nothing personal, nothing by name.

All of them come from the database, so that a worker and the web service tell the same, whichever is asked.
"""

from dataclasses import dataclass

from restock_desk import __version__
from restock_desk.errors import DeskError
from restock_desk.services import workers
from restock_desk.services.desk import Desk
from restock_desk.store import figures as stored

TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "restock_desk_"


_OF_WORKERS = (
    ("worker_slots", "Slots there are.", "gauge", "slots"),
    ("worker_slots_busy", "Slots at work.", "gauge", "busy"),
    ("worker_sent_total", "Mails sent.", "counter", "sent"),
    ("worker_batches_total", "Batches worked on.", "counter", "batches"),
    ("worker_errors_total", "Batches left because of an error.", "counter", "errors"),
    ("worker_reconnects_total", "Times the database went away.", "counter", "reconnects"),
)
"""Name, words, kind, and the worker's field."""


@dataclass(frozen=True)
class Figure:
    """One metric: its samples are labels and a number. `kind` is gauge or counter."""

    name: str
    help: str
    samples: list[tuple[dict[str, str], float]]
    kind: str = "gauge"


def metrics(desk: Desk) -> str:
    """All figures as text. A database that does not answer is told as `restock_desk_up 0`, not as an error."""
    info = Figure("info", "Version and kind of database.", [({"version": __version__, "db": desk.store.dialect}, 1)])
    try:
        found = _figures(desk)
    except DeskError:
        return written([Figure("up", "Whether the database answers.", [({}, 0)]), info])
    return written([Figure("up", "Whether the database answers.", [({}, 1)]), info, *found])


def written(figures: list[Figure]) -> str:
    """Figures in Prometheus' text format."""
    lines: list[str] = []
    for figure in figures:
        name = PREFIX + figure.name
        lines += [f"# HELP {name} {figure.help}", f"# TYPE {name} {figure.kind}"]
        for labels, value in figure.samples:
            inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            lines.append(f"{name}{'{' + inside + '}' if inside else ''} {value:.10g}")
    return "\n".join(lines) + "\n"


def _figures(desk: Desk) -> list[Figure]:
    with desk.store.reading() as u:
        state = stored.snapshot(u, desk.now())
    alive = workers.alive(desk)
    each = [({"host": one.host, "pid": str(one.pid)}, one) for one in alive]
    rate = sum(worker.rate_per_s for worker in alive)
    made = [
        Figure("deliveries", "By state; settled ones of all time.", _by("state", state.deliveries)),
        Figure("campaigns", "By state.", _by("state", state.campaigns)),
        Figure("batches", "Those not done: open, waiting, leased, overdue.", _by("state", state.batches)),
        Figure("lag_seconds", "How long the oldest batch that may be sent has waited.", [({}, state.lag_s)]),
        Figure("jobs", "Jobs of the workers' engine by status.", _by("status", state.jobs)),
        Figure("workers", "Send workers alive.", [({}, len(alive))]),
        Figure("send_rate", "Mails a second in the last half minute, all workers.", [({}, rate)]),
    ]
    for name, words, kind, field in _OF_WORKERS:
        made.append(Figure(name, words, [(label, getattr(worker, field)) for label, worker in each], kind))
    return made


def _by(label: str, counts: dict[str, int]) -> list[tuple[dict[str, str], float]]:
    return [({label: name}, n) for name, n in sorted(counts.items())]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
