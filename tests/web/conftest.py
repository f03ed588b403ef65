"""The web service as people and scanners meet it: a real server on a free port of this machine, a real HTTP client."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from restock_desk.domain import tokens
from restock_desk.services.desk import Desk
from restock_desk.store.shop import token_key
from restock_desk.web import serve

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


@contextmanager
def serving(desk: Desk) -> Iterator[httpx.Client]:
    """A client of a server that runs on `desk` until the block ends."""
    server = serve.server(desk)
    with serve.listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        pause = threading.Event()
        while not server.started and thread.is_alive():
            pause.wait(0.01)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            told = {"user-agent": CHROME}
            with httpx.Client(base_url=url, headers=told, timeout=30, trust_env=False, verify=False) as client:
                yield client  # without TLS there is nobody to verify, and to read all authorities takes long
        finally:
            server.should_exit = True
            thread.join(timeout=20)


@pytest.fixture
def web(desk: Desk) -> Iterator[httpx.Client]:
    """A client of the service on a SQLite shop."""
    with serving(desk) as client:
        yield client


@pytest.fixture
def any_web(any_desk: Desk) -> Iterator[httpx.Client]:
    """A client of the service on each kind of database."""
    with serving(any_desk) as client:
        yield client


@pytest.fixture
def token(desk: Desk) -> Callable[..., str]:
    """Makes tokens of the shop: ``token("open", delivery_id)``."""
    return token_maker(desk)


def token_maker(desk: Desk) -> Callable[..., str]:
    with desk.store.reading() as u:
        key = token_key(u)

    def make(purpose: str, delivery_id: int, number: int = 0) -> str:
        return tokens.make(key, purpose, delivery_id, number)

    return make
