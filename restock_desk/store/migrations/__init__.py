"""The steps from one schema to the next, for both dialects. Run by `store.upgrade` only; never imported elsewhere."""
