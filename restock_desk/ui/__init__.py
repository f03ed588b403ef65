"""The window: the only Qt. Pages call services through the bridge and never import one another."""
