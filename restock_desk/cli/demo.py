"""The command that makes the sample shop and shows it."""

from pathlib import Path
from typing import Annotated

import typer

from restock_desk import app as desk_app
from restock_desk import settings
from restock_desk.cli.frame import Db, database, desk_for, progress_line
from restock_desk.services import sample


def demo(
    db: Db = "",
    pictures: Annotated[
        Path | None, typer.Option(help="Tell the story headless; a picture of every page goes here.")
    ] = None,
) -> None:
    """Make the sample shop and open it. Its mail goes to an outbox folder; nothing can reach a real person."""
    url = database(db) or f"sqlite:///{settings.data_dir() / 'sample-shop.db'}"
    desk = desk_for(url)
    if not sample.made(desk):
        print("Making the sample shop, about half a minute …", flush=True)
    if sample.build(desk, progress_line(False)):
        print(f"Made the sample shop in {desk.store.name}.")
    if pictures is None and not desk_app.has_display():
        pictures = Path("pictures")
        print("There is no display here. Telling the story in pictures instead.")
    if pictures is None:
        raise typer.Exit(desk_app.open_window(desk))
    for path in desk_app.tell_in_pictures(desk, pictures):
        print(path)
