"""The schema of what arranges: section, column, hero, repeat, branch, slot."""

from restock_desk.domain.document.fields import (
    COMMON_FIRST,
    COMMON_LAST,
    FieldSpec,
    Kind,
    SlotSpec,
    align,
    border,
    color,
    padding,
    px,
)

LAYOUTS = ("1", "1-1", "1-1-1", "1-1-1-1", "1-2", "2-1", "1-3", "3-1", "2-3", "3-2", "1-2-1", "custom")
BODY = SlotSpec("body", "E-mail", ("body",))
_BLOCKS = SlotSpec("blocks", "Blocks", ("content",))

LAYOUT: tuple[Kind, ...] = (
    Kind(
        "section",
        "Section",
        "layout",
        "mdi6.view-agenda-outline",
        (
            *COMMON_FIRST,
            FieldSpec(
                "layout", "select", "Columns", "1", LAYOUTS, doc="Shares of the width; custom: each column's own width"
            ),
            FieldSpec("stack", "boolean", "Stack on phones", True),
            FieldSpec("fullWidth", "boolean", "Background over the whole width", False),
            color("background", "Background"),
            FieldSpec("style.backgroundImage", "image", "Background picture", ""),
            padding(24, 24, 24, 24),
            align("left", phone=False),
            *border(),
            *COMMON_LAST,
        ),
        (SlotSpec("columns", "Columns", ("column",), most=4),),
        "body",
        doc="A row of one to four columns",
    ),
    Kind(
        "column",
        "Column",
        "layout",
        "mdi6.view-column-outline",
        (
            *COMMON_FIRST,
            FieldSpec(
                "width", "number", "Width", None, min=1, max=100, unit="%", doc="Used where the section is custom"
            ),
            FieldSpec("style.valign", "select", "Vertical alignment", "top", ("top", "middle", "bottom")),
            color("background", "Background"),
            padding(),
            *border(),
            *COMMON_LAST,
        ),
        (_BLOCKS,),
        "column",
    ),
    Kind(
        "hero",
        "Hero",
        "layout",
        "mdi6.image-text",
        (
            *COMMON_FIRST,
            FieldSpec("image", "image", "Picture", ""),
            FieldSpec("height", "number", "Height", 320, min=80, max=900, unit="px"),
            color("background", "Background", "$surface", "Seen where the picture is not"),
            padding(48, 24, 48, 24),
            FieldSpec("style.valign", "select", "Vertical alignment", "middle", ("top", "middle", "bottom")),
            *COMMON_LAST,
        ),
        (_BLOCKS,),
        "body",
        doc="Blocks over a picture",
    ),
    Kind(
        "repeat",
        "Repeat",
        "layout",
        "mdi6.repeat",
        (
            *COMMON_FIRST,
            FieldSpec("path", "text", "List", "items", doc="A list of the context", required=True, most=120),
            FieldSpec("as", "text", "Called", "item", doc="The name of one entry inside: item.product.title", most=40),
            FieldSpec("limit", "number", "At most", 12, min=1, max=50),
            FieldSpec("perRow", "number", "Side by side", 1, min=1, max=4),
            FieldSpec("stack", "boolean", "Stack on phones", True),
            color("background", "Background"),
            padding(24, 24, 24, 24),
            px("gap", "Gap", 16, 0, 60, doc="Between entries side by side"),
            *COMMON_LAST,
        ),
        (
            SlotSpec("each", "For each entry", ("content", "body")),
            SlotSpec("empty", "When there is none", ("content", "body")),
        ),
        "body",
        doc="Content blocks stand in one column an entry, `perRow` columns a row; body blocks are whole rows an entry",
    ),
    Kind(
        "branch",
        "Branch",
        "layout",
        "mdi6.source-branch",
        (
            *COMMON_FIRST,
            FieldSpec(
                "cases",
                "list",
                "Cases",
                (),
                items=(
                    FieldSpec("name", "text", "Name", "", most=120),
                    FieldSpec("when", "condition", "When", required=True),
                ),
                most=10,
            ),
            *COMMON_LAST,
        ),
        (SlotSpec("case", "Case", ("body",)), SlotSpec("else", "Otherwise", ("body",))),
        "body",
        doc="The first case that holds for the reader is shown; a case without a condition never holds",
    ),
    Kind(
        "slot",
        "Saved block",
        "layout",
        "mdi6.bookmark-outline",
        (
            *COMMON_FIRST,
            FieldSpec("ref", "text", "Saved block", "", doc="A key of the document's `saved`", required=True, most=60),
            FieldSpec(
                "overrides",
                "list",
                "Changes here",
                (),
                items=(
                    FieldSpec("block", "text", "Block", "", most=60),
                    FieldSpec("field", "text", "Field", "", most=120),
                    FieldSpec("value", "json", "Value"),
                ),
                most=100,
            ),
            *COMMON_LAST,
        ),
        (),
        "body",
        doc="A block kept under a name and used in several e-mails",
    ),
)
