"""Who works here and what they did. Until roles come, whoever sits at the machine acts as manager."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Actor:
    """The person acting. `name` is the operating system's or the database's name for them."""

    name: str
    role: str = "manager"


@dataclass(frozen=True)
class AuditEntry:
    """One line of the append-only, hash-chained trail."""

    at: datetime
    actor: str
    action: str
    subject: str
    reason: str = ""
    details: dict[str, object] = field(default_factory=dict)
