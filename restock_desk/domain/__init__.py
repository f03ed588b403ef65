"""Records and rules. Frozen dataclasses and pure functions; imports the standard library only."""
