"""What comes into a mail from outside: files of pictures, addresses of pictures, products of the catalog."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restock_desk.errors import DeskError
from restock_desk.services import pictures, shop
from restock_desk.services.desk import Desk
from restock_desk.ui import hosted
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.carried import SKU, carries, unpacked
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.list_view import ListView
from restock_desk.ui.rail import Rail
from restock_desk.ui.rows import DeskSource
from restock_desk.ui.sku_rows import SkuRows
from tests.builders import add_product
from tests.ui.composing import alone, letter
from tests.ui.test_preview import png

PNG = png(255, 0, 0)


@pytest.fixture
def composer(qtbot: QtBot, desk: Desk, bridge: Bridge) -> Composer:
    return alone(qtbot, desk, bridge)


def files(*paths: Path) -> QMimeData:
    made = QMimeData()
    made.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return made


def test_a_file_of_a_picture_is_kept_served_and_shown(
    qtbot: QtBot, desk: Desk, composer: Composer, tmp_path: Path
) -> None:
    shop.save(desk, replace(shop.shop(desk), public_url="https://alerts.shop.example/"))
    file = tmp_path / "Boots.PNG"
    file.write_bytes(PNG)
    carried = unpacked(files(file))
    assert carried
    composer.put(carried, "head", "after")
    qtbot.waitUntil(lambda: any(node.type == "image" for node in composer.editing.document.walk()))
    (picture,) = (node for node in composer.editing.document.walk() if node.type == "image")
    url = str(picture.get("src"))
    assert url.startswith("https://alerts.shop.example/i/")
    assert pictures.served(desk, url.rpartition("/")[2]) == (PNG, "image/png")
    assert pictures.here(desk)(url) == PNG
    assert pictures.served(desk, "../secret.png") is None


def test_another_desktop_of_the_shop_previews_a_kept_picture_from_the_database(
    qtbot: QtBot, desk: Desk, bridge: Bridge, tmp_path: Path
) -> None:
    shop.save(desk, replace(shop.shop(desk), public_url="https://alerts.shop.example"))
    file = tmp_path / "boots.png"
    file.write_bytes(PNG)
    url = pictures.keep(desk, file)
    other = replace(desk, data_dir=tmp_path / "other")
    found: list[bytes | None] = []
    for asked in (url, url.replace("/i/", "/i/A", 1)[:-5] + ".png", "https://elsewhere.example/a.png"):
        hosted.finder(other, bridge)(asked, found.append)
        qtbot.waitUntil(lambda: len(found) > 0)
        assert found.pop() == (PNG if asked == url else None)
    assert pictures.here(other)(url) == PNG


def test_a_damaged_picture_is_refused_with_a_sentence(desk: Desk, tmp_path: Path) -> None:
    shop.save(desk, replace(shop.shop(desk), public_url="https://alerts.shop.example"))
    file = tmp_path / "boots.png"
    file.write_bytes(PNG[:-9])
    with pytest.raises(DeskError, match="damaged"):
        pictures.keep(desk, file)


def test_without_a_web_service_a_picture_s_file_is_refused_with_a_sentence(
    qtbot: QtBot, composer: Composer, tmp_path: Path
) -> None:
    file = tmp_path / "boots.jpg"
    file.write_bytes(PNG)
    said: list[str] = []
    composer.refused.connect(said.append)
    QApplication.clipboard().setMimeData(files(file))
    composer.commands.paste()
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].startswith("A picture in a mail needs an address on the web.")
    assert composer.editing.document == letter()


def test_an_address_of_a_picture_becomes_a_picture_and_other_files_nothing(composer: Composer, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://shop.example/a.jpg")])
    carried = unpacked(data)
    assert carried
    composer.put(carried, "head", "before")
    (picture,) = (node for node in composer.editing.document.walk() if node.type == "image")
    assert picture.get("src") == "https://shop.example/a.jpg"
    assert not carries(files(tmp_path / "list.csv"))


def test_rows_of_the_catalog_become_products_with_their_sku(
    qtbot: QtBot, desk: Desk, bridge: Bridge, composer: Composer
) -> None:
    add_product(desk.store, sku="MUG-1")
    model = SkuRows(DeskSource(desk), bridge)
    model.show_listing(model.listing)
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    index = model.index(0, 0)
    assert model.flags(index) & Qt.ItemFlag.ItemIsDragEnabled
    carried = unpacked(model.mimeData([index]))
    assert carried
    composer.put(carried, "press", "after")
    (product,) = (node for node in composer.editing.document.walk() if node.type == "product")
    assert (product.get("source"), product.get("sku")) == ("sku", "MUG-1")
    several = QMimeData()
    several.setData(SKU, QByteArray(b"A\nB\n"))
    carried = unpacked(several)
    assert carried
    composer.put(carried, "press", "after")
    assert sum(node.type == "product" for node in composer.editing.document.walk()) == 3


def test_copied_rows_of_the_catalog_are_pasted_as_products_or_as_a_sheet(
    qtbot: QtBot, desk: Desk, bridge: Bridge, composer: Composer
) -> None:
    for sku in ("MUG-1", "MUG-2"):
        add_product(desk.store, sku=sku)
    view = ListView(desk, bridge, "variants")
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.model.rowCount() == 2)
    view.table.selectAll()
    clipboard = QApplication.clipboard()
    clipboard.setText("nothing")
    view.take.copy()
    qtbot.waitUntil(lambda: carries(clipboard.mimeData()))
    head, *lines = clipboard.text().splitlines()
    assert "SKU" in head.split("\t")
    assert len(lines) == 2
    composer.editing.select("press")
    composer.commands.paste()
    products = [node for node in composer.editing.document.walk() if node.type == "product"]
    assert {(node.get("source"), node.get("sku")) for node in products} == {("sku", "MUG-1"), ("sku", "MUG-2")}
    composer.editing.undo()
    assert composer.editing.document == letter()


def test_more_rows_than_a_mail_takes_at_once_are_told(composer: Composer) -> None:
    said: list[str] = []
    composer.library.said.connect(said.append)
    many = QMimeData()
    many.setData(SKU, QByteArray("\n".join(f"MUG-{n}" for n in range(20)).encode()))
    QApplication.clipboard().setMimeData(many)
    composer.commands.paste()
    assert sum(node.type == "product" for node in composer.editing.document.walk()) == 12
    assert said == ["The first 12 came. 8 more are too many at once."]


def test_what_is_dragged_over_a_page_s_name_opens_it(qtbot: QtBot) -> None:
    rail = Rail(
        [
            ("catalog", "Catalog", "mdi6.tag"),
            ("templates", "Templates", "mdi6.file"),
            ("settings", "Settings", "mdi6.cog"),
        ]
    )
    qtbot.addWidget(rail)
    rail._over = "templates"
    with qtbot.waitSignal(rail.chosen) as told:
        rail._wait.start()
    assert told.args == ["templates"]
