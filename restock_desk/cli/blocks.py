"""Commands on saved blocks: what is kept under a name and used in several e-mails."""

from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, say, table
from restock_desk.domain.document.reading import plain_node
from restock_desk.services import saved_blocks
from restock_desk.services.saved_blocks import Kept

blocks = typer.Typer(help="Saved blocks: rows kept under a name, used in several e-mails.", no_args_is_help=True)
Named = Annotated[str, typer.Argument(metavar="NAME", help="The block's name or id.")]


@blocks.command("list")
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="Those that were put away, too.")] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Every saved block, its newest version, and in how many templates it is shown."""
    found = saved_blocks.kept(desk_for(db), archived)
    rows = [(one.block.id, one.block.name, one.block.version, len(one.uses), one.saved_at) for one in found]
    say([_plain(one) for one in found], json, table(("ID", "Name", "Version", "Templates", "Saved"), rows))


@blocks.command("show")
def show(name: Named, db: Db = "", json: Json = False) -> None:
    """A saved block: its versions' newest content, and the templates that show it."""
    one = saved_blocks.named(desk_for(db), name)
    words = [f"{one.block.name}, version {one.block.version}, saved {one.saved_at:%Y-%m-%d %H:%M} by {one.author}."]
    words += [f"  {use.name} ({'linked' if use.linked else 'stays with its version'})" for use in one.uses]
    value = {**_plain(one), "node": plain_node(one.block.node)}
    say(value, json, "\n".join(words if one.uses else [*words, "  No template shows it."]))


@blocks.command("archive")
def archive(name: Named, db: Db = "", json: Json = False) -> None:
    """Take a saved block out of the lists. Templates that show it keep it."""
    _put(name, True, db, json)


@blocks.command("restore")
def restore(name: Named, db: Db = "", json: Json = False) -> None:
    """Put an archived block back into the lists."""
    _put(name, False, db, json)


def _put(name: str, away: bool, db: str, json: bool) -> None:
    desk = desk_for(db)
    block = saved_blocks.named(desk, name).block
    saved_blocks.archive(desk, block.id, away)
    words = f"“{block.name}” is {'archived' if away else 'in the lists again'}."
    say({"id": block.id, "archived": away}, json, words)


def _plain(one: Kept) -> dict[str, object]:
    return {
        "id": one.block.id, "name": one.block.name, "version": one.block.version, "author": one.author,
        "saved_at": one.saved_at, "archived": one.archived, "uses": one.uses,
    }  # fmt: skip
