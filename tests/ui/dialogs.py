"""What opens from the pages, each dialog and popover once: for the tests of names and for `make screenshots`.

Every scene opens its dialog as a person's click would, and returns the widget to look at.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from restock_desk.domain.listing import Filter, Listing, Op
from restock_desk.errors import DeskError
from restock_desk.services import listing, support, template_imports, templates
from restock_desk.services.desk import Desk
from restock_desk.ui.pictures import Scene
from restock_desk.ui.window import Window

SECTIONS = ("Brand", "Alert rule", "Sending", "Web service", "Appearance", "Database", "Imports", "Audit trail")
FOREIGN = """<mjml><mj-head><mj-title>Back: {{product_name}}</mj-title></mj-head><mj-body><mj-section><mj-column>
<mj-text font-family="Ubuntu, sans-serif">Hello *|FNAME|*, only %%moon%% left</mj-text>
<mj-carousel><mj-carousel-image src="https://shop.example/1.jpg" /></mj-carousel>
<mj-button href="{{product_url}}">See it</mj-button></mj-column></mj-section></mj-body></mjml>
"""
PEOPLE = "custom_id,email,first_name,locale,consent\n1,ana@example.com,Ana,pt-PT,yes\n2,nobody,Bob,en-GB,yes\n"


def dialogs(desk: Desk) -> Iterator[tuple[str, Scene]]:
    """Name and scene of each; for a shop that has a template, people, restocks and sent mail."""
    file = desk.data_dir / "people.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    mail = support.delivery(desk, _first(desk, Listing("deliveries", sort="clicked_at", descending=True)))
    template = templates.templates(desk)[0].id
    yield "import", lambda window: _import(window, "")
    yield "import-file", lambda window: _import(window, str(file))
    yield "import-dry-run", lambda window: _dry_run(window, file)
    yield "set-stock", _set_stock
    yield "add-interest", _add_interest
    yield "open-shop", _open_shop
    yield "guide", _guide
    yield "quick-open", _quick_open
    yield "columns", _columns
    yield "filter", _filter
    yield "filtered", _filtered
    yield "nothing-matches", _nothing_matches
    yield "tasks", _tasks
    yield "problem", _problem
    yield "message", _message
    yield "resend", lambda window: _resend(window, mail.id)
    yield "mail-as-sent", lambda window: _mail(window, mail.id)
    yield "reason", _reason
    yield "versions", lambda window: _versions(window, template)
    yield "new-template", _new_template
    yield "template-import", lambda window: _template_import(window, "")
    yield "template-import-report", lambda window: _template_import(window, str(_foreign(desk)))
    yield "template-list", _template_list
    yield "template-problem", lambda window: _template_problem(window, template)
    yield "audience-report", lambda window: _audience_report(window, template)
    yield "branches", lambda window: _branches(window, template)
    yield from ((f"settings-{name.lower().replace(' ', '-')}", _settings(name)) for name in SECTIONS)


def _first(desk: Desk, question: Listing) -> int:
    return listing.page(desk, question, 0, 1)[0].id


def _import(window: Window, path: str) -> QWidget:
    from restock_desk.ui.import_dialog import ImportDialog

    dialog = ImportDialog(window, "subscribers", path)
    dialog.open()
    return dialog


def _dry_run(window: Window, path: Path) -> QWidget:
    dialog: Any = _import(window, str(path))
    dialog.try_it.setEnabled(True)
    window.bridge.ask("pictures.dry", lambda: None, lambda _: dialog.try_it.click())
    return dialog  # type: ignore[no-any-return]  # a dialog


def _set_stock(window: Window) -> QWidget:
    from restock_desk.ui.stock_dialog import StockDialog

    dialog = StockDialog(window, "TEE-M", 3)
    dialog.open()
    return dialog


def _add_interest(window: Window) -> QWidget:
    from restock_desk.ui.person_acts import InterestDialog

    dialog = InterestDialog(window, window)
    dialog.open()
    return dialog


def _open_shop(window: Window) -> QWidget:
    from restock_desk.ui.open_shop import OpenShop

    dialog = OpenShop(window)
    dialog.open()
    return dialog


def _guide(window: Window) -> QWidget:
    from restock_desk.ui.guide import Guide

    dialog = Guide(window)
    dialog.open()
    return dialog


def _quick_open(window: Window) -> QWidget:
    from restock_desk.ui.quick_open import QuickOpen

    palette = QuickOpen(window)
    palette.show_palette()
    palette.text.setText("an")
    return palette


def _catalog(window: Window) -> Any:
    window.open_page("catalog")
    return window.page("catalog")


def _columns(window: Window) -> QWidget:
    from restock_desk.ui.columns import ColumnChooser

    page = _catalog(window)
    chooser = ColumnChooser(page.list.table.horizontalHeader(), page.list.columns, page.list)
    chooser.show_under(page.list)
    return chooser


def _filter(window: Window) -> QWidget:
    from restock_desk.ui.filter_bar import FilterEditor

    page = _catalog(window)
    editor = FilterEditor(page.list.columns, page)
    editor.edit(Filter("stock", Op.MORE, "0"))
    editor.show()
    return editor


def _filtered(window: Window) -> None:
    page = _catalog(window)
    page.list.set_filters((Filter("stock", Op.MORE, "0"), Filter("availability", Op.IS, "in_stock")))


def _nothing_matches(window: Window) -> None:
    page = _catalog(window)
    page.list.set_filters(())
    page.list.set_search("no such thing")


def _tasks(window: Window) -> QWidget:
    _catalog(window).list.set_search("")

    def broken(_token: object, _tell: object) -> None:
        raise DeskError("The file people.csv cannot be read.", "Save it as UTF-8 and try again.")

    window.bridge.act("Import people.csv", broken)
    window.tasks.toggle()
    return window.tasks._popover


def _problem(window: Window) -> None:
    window.tasks._popover.hide()
    _catalog(window)
    window.bridge.failed.emit(DeskError("The database is busy.", "Wait for the other import, then try again."))


def _message(window: Window) -> None:
    window.problem.hide()
    window.toast.say("Stock of AF-TEAP-SAND set to 12: a restock", ("Undo", lambda: None), seconds=600)


def _resend(window: Window, delivery: int) -> QWidget:
    from restock_desk.ui.resend_dialog import ResendDialog

    window.toast.hide()
    dialog = ResendDialog(window, delivery, "ana@example.com")
    dialog.open()
    return dialog


def _mail(window: Window, delivery: int) -> QWidget:
    from restock_desk.ui.mail_view import MailView

    dialog = MailView(window.desk, window.bridge, delivery, window)
    dialog.open()
    return dialog


def _reason(window: Window) -> QWidget:
    from restock_desk.ui.ask_reason import ReasonDialog

    dialog = ReasonDialog(window, "Suppress", "Nobody will be able to mail this address.", "Suppress")
    dialog.open()
    return dialog


def _versions(window: Window, template: int) -> QWidget:
    from restock_desk.ui.history import HistoryDialog

    dialog = HistoryDialog(window.desk, window.bridge, template, "Product card", window)
    dialog.open()
    return dialog


def _new_template(window: Window) -> QWidget:
    from restock_desk.ui.template_dialogs import NewTemplateDialog

    dialog = NewTemplateDialog(window, templates.gallery())
    dialog.open()
    return dialog


def _foreign(desk: Desk) -> Path:
    file = desk.data_dir / "boots.mjml"
    file.write_text(FOREIGN, encoding="utf-8")
    template_imports.read(desk, file)  # a renderer is there: the picture need not wait for its start
    return file


def _template_import(window: Window, path: str) -> QWidget:
    window.open_page("templates")
    page: Any = window.page("templates")
    return page.import_file(path)  # type: ignore[no-any-return]  # a dialog


def _template_list(window: Window) -> None:
    window.open_page("templates")


def _template_problem(window: Window, template: int) -> None:
    window.open_page("templates", template_id=template)
    page: Any = window.page("templates")
    work = page.workspace

    def spoil() -> None:
        text = work.writing.source.toPlainText()
        work.writing.source.replace_text(text.replace("{{ product.title }}", "{{ product.tittle }}"))

    window.bridge.ask("pictures.spoil", lambda: None, lambda _: spoil())


def _branchy(window: Window, template: int) -> Any:
    """The workspace with a template that is not right for everybody, and has branches."""
    if window.page("templates").isHidden():
        window.open_page("templates", template_id=template)
    page: Any = window.page("templates")
    draft = page.workspace.draft
    mjml = (
        "<mj-text>Dear {{ subscriber.first_name }} {{ subscriber.last_name }},\n"
        "{% if variant.stock < 3 %}only a few are left{% else %}there is enough for all{% endif %}\n"
        "{% if subscriber.locale == 'fr-FR' %}Bonjour{% elif subscriber.locale == 'xx' %}?{% endif %}\n"
        "{{ subscriber.timezone|default('Your time') }} {{ subscriber.attributes.size }}</mj-text>"
    )
    spoilt = draft.source.replace("<mj-column>", f"<mj-column>{mjml}", 1)
    page.workspace._show_draft(replace(draft, source=spoilt))
    return page


def _audience_report(window: Window, template: int) -> QWidget:
    page = _branchy(window, template)
    page.tools.check_audience()
    return page.tools._audience  # type: ignore[no-any-return]  # a dialog


def _branches(window: Window, template: int) -> None:
    window.open_page("templates", template_id=template)

    def look() -> None:
        _branchy(window, template).workspace.side.branches.look()

    window.bridge.ask("pictures.branches", lambda: None, lambda _: QTimer.singleShot(300, window, look))


def _settings(name: str) -> Scene:
    def show(window: Window) -> None:
        window.open_page("settings", section=name)

    return show
