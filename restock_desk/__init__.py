"""Restock Desk: back-in-stock alerts, from the waiting list to the chart. `README.md` beside this file is the map."""

__version__ = "0.1.0"
