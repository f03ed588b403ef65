"""The only SQLAlchemy. Returns domain records; `schema` never leaves this package."""

from restock_desk.store.database import Store, Unit, open_store

__all__ = ["Store", "Unit", "open_store"]
