"""The scripted mail server under its former name: it lives in `tests.sinks.smtp`."""

from tests.sinks.smtp import CLOSE, RESET, SILENCE, Script, Sink

__all__ = ["CLOSE", "RESET", "SILENCE", "Script", "Sink"]
