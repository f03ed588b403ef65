"""The only ASGI: opens, clicks, unsubscribes and feedback events come in here. No rule of its own, no SQL."""
