"""The pictures that previews show: what this machine has at once, what the shop's database keeps a moment later."""

from collections.abc import Callable
from itertools import count

from restock_desk.services import pictures
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge

FindImage = Callable[[str, Callable[[bytes | None], object]], object]
"""Asked on the GUI thread for the picture behind an address; answers once, now or later, None where there is none.
Nothing is fetched from the web."""
_numbers = count()


def nothing(url: str, done: Callable[[bytes | None], object]) -> None:
    """No picture at all."""
    done(None)


def finder(desk: Desk, bridge: Bridge) -> FindImage:
    """Pictures of the sample shop and those that authors brought."""
    here = pictures.here(desk)

    def find(url: str, done: Callable[[bytes | None], object]) -> None:
        data = here(url)
        if data is not None or not pictures.is_kept(url):
            done(data)
        else:
            bridge.ask(f"picture:{next(_numbers)}", lambda: pictures.bring(desk, url), done, lambda _: done(None))

    return find
