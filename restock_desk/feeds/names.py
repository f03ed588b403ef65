# ruff: noqa: E501  (tables of facts)
"""Header names by kind and format, folded as `columns.fold` does it. Facts only, no logic."""

from restock_desk.domain.feedback_in import FIELDS as FEEDBACK_FIELDS
from restock_desk.domain.imports import ImportKind

Fields = dict[str, tuple[str, ...]]

_OPTIONS: Fields = {
    f"option{n}_{part}": (f"option{n} {part}",) for n in (1, 2, 3) for part in ("name", "value")
}  # fmt: skip

GENERIC_PRODUCTS: Fields = {
    "sku": ("sku", "variant sku", "item number", "article number", "artikelnummer"),
    "title": ("title", "name", "product name", "product title", "product"),
    "handle": ("handle", "url handle", "slug"),
    "product_id": ("product id",),
    "variant": ("variant title", "variant", "variant name"),
    "description": ("description", "description html", "body html", "body (html)"),
    "vendor": ("vendor", "brand", "manufacturer"),
    "type": ("type", "product type", "category"),
    "tags": ("tags",),
    "status": ("status",),
    "price": ("price", "regular price", "unit price"),
    "compare_at_price": ("compare at price", "old price", "list price"),
    "currency": ("currency", "currency code"),
    "stock": ("stock", "quantity", "qty", "inventory", "inventory quantity", "stock quantity", "available"),
    "availability": ("availability",),
    "url": ("url", "link", "product url"),
    "image_url": ("image url", "image", "image link", "picture"),
    "barcode": ("barcode", "gtin", "ean", "upc"),
    **_OPTIONS,
}

SHOPIFY: Fields = {
    "handle": ("handle",), "title": ("title",), "description": ("body (html)",), "vendor": ("vendor",),
    "type": ("type",), "tags": ("tags",), "published": ("published",), "status": ("status",), **_OPTIONS,
    "sku": ("variant sku",), "barcode": ("variant barcode",), "stock": ("variant inventory qty",),
    "tracker": ("variant inventory tracker",), "oversell": ("variant inventory policy",),
    "price": ("variant price",), "compare_at_price": ("variant compare at price",),
    "image": ("image src",), "variant_image": ("variant image",),
}  # fmt: skip

SHOPIFY_NEW: Fields = {
    "handle": ("url handle",), "title": ("title",), "description": ("description",), "vendor": ("vendor",),
    "type": ("type",), "tags": ("tags",), "published": ("published on online store",), "status": ("status",),
    **_OPTIONS, "sku": ("sku",), "barcode": ("barcode",), "stock": ("inventory quantity",),
    "tracker": ("inventory tracker",), "oversell": ("continue selling when out of stock",),
    "price": ("price",), "compare_at_price": ("compare at price",),
    "image": ("product image url",), "variant_image": ("variant image url",),
}  # fmt: skip

WOOCOMMERCE: Fields = {
    "id": ("id",),
    "type": ("type", "typ", "tipo"),
    "sku": ("sku", "artikelnummer", "ugs", "cod. art.", "art.nr."),
    "barcode": ("gtin, upc, ean, or isbn", "gtin, upc, ean oder isbn", "gtin, upc, ean ou isbn", "gtin, upc, ean o isbn"),
    "title": ("name", "nom", "nombre", "nome", "naam"),
    "published": ("published", "veröffentlicht", "publié", "publicado", "pubblicato", "gepubliceerd"),
    "description": ("description", "beschreibung", "descripción", "descrizione", "beschrijving"),
    "sale_from": ("date sale price starts", "datum, an dem angebotspreis beginnt", "date de début de promo",
                  "día en que empieza el precio rebajado", "data di inizio dell'offerta", "startdatum actieprijs"),
    "sale_to": ("date sale price ends", "datum, an dem angebotspreis endet", "date de fin de promo",
                "día en que termina el precio rebajado", "data di fine dell'offerta", "einddatum actieprijs"),
    "in_stock": ("in stock?", "vorrätig?", "auf lager?", "en stock ?", "en stock?", "¿existencias?",
                 "¿en inventario?", "in stock ?", "op voorraad?"),
    "stock": ("stock", "lager", "lagerbestand", "bestand", "inventario", "existencias", "magazzino", "voorraad"),
    "backorders": ("backorders allowed?", "lieferrückstände erlaubt?", "autoriser les commandes de produits en rupture ?",
                   "¿permitir reservas de productos agotados?", "abilita gli ordini arretrati?", "nabestellingen toestaan?"),
    "sale_price": ("sale price", "angebotspreis", "tarif promo", "precio rebajado", "prezzo in offerta", "actieprijs"),
    "price": ("regular price", "normaler preis", "regulärer preis", "tarif régulier", "precio normal",
              "prezzo di listino", "reguliere prijs"),
    "categories": ("categories", "kategorien", "catégories", "categorías", "categorie", "categorieën"),
    "tags": ("tags", "schlagwörter", "étiquettes", "etiquetas", "tag"),
    "images": ("images", "bilder", "imágenes", "immagine", "immagini", "afbeeldingen"),
    "parent": ("parent", "übergeordnetes produkt", "übergeordnet", "superior", "genitore", "hoofd"),
    "external_url": ("external url", "externe url", "url externe", "url externa", "url esterno"),
    **{f"name{n}": (f"attribute{n} name", f"attribut{n} name", f"name des attributs{n}", f"nom de l’attribut{n}", f"nom de l'attribut{n}",
                    f"nombre del atributo{n}", f"nome dell'attributo{n}", f"naam eigenschap{n}") for n in range(1, 4)},
    **{f"value{n}": (f"attribute{n} value(s)", f"attribut{n} wert(e)", f"wert(e) des attributs{n}", f"valeur(s) de l’attribut{n}",
                     f"valeur(s) de l'attribut{n}", f"valor(es) del atributo{n}", f"valore(i) dell'attributo{n}",
                     f"waarde(n) eigenschap{n}") for n in range(1, 4)},
}  # fmt: skip

MAGENTO: Fields = {
    name: (name.replace("_", " "),)
    for name in [
        "sku",
        "store_view_code",
        "attribute_set_code",
        "product_type",
        "categories",
        "name",
        "description",
        "product_online",
        "price",
        "special_price",
        "special_price_from_date",
        "special_price_to_date",
        "url_key",
        "base_image",
        "visibility",
        "additional_attributes",
        "qty",
        "out_of_stock_qty",
        "allow_backorders",
        "use_config_backorders",
        "is_in_stock",
        "manage_stock",
        "use_config_manage_stock",
        "configurable_variations",
    ]
}

SUBSCRIBERS: Fields = {
    "email": ("email", "e mail", "email address", "e mail address", "mail"),
    "custom_id": ("custom id", "customer id", "external id", "user id"),
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "name": ("name", "full name"),
    "locale": ("locale", "language"),
    "timezone": ("timezone", "time zone"),
    "consent": ("consent", "consent state", "email consent", "status"),
    "consent_at": ("consent at", "consent time", "consent date", "consented at"),
    "consent_source": ("consent source", "source"),
    "status": ("status", "subscription status", "email status"),
    "unsubscribed": (
        "unsubscribed",
        "unsubscribed at",
        "unsubscribe time",
        "unsubscribe date",
        "unsub time",
        "opted out",
        "opted out at",
        "opt out",
        "email opt out",
        "has opted out of email",
    ),
    "suppressed": ("suppressed", "suppression"),
    "suppression": ("suppression reason",),
}

MAILCHIMP: Fields = {
    "email": ("email address",), "first_name": ("first name",), "last_name": ("last name",),
    "timezone": ("timezone",), "tags": ("tags",), "optin_time": ("optin time",), "confirm_time": ("confirm time",),
    "unsub_time": ("unsub time",), "clean_time": ("clean time",),
}  # fmt: skip

KLAVIYO: Fields = {
    "email": ("email",), "custom_id": ("external id",), "first_name": ("first name",), "last_name": ("last name",),
    "locale": ("locale",), "timezone": ("timezone",), "consent_source": ("source",),
    "consent": ("email marketing consent",), "consent_at": ("email marketing consent timestamp",),
    "suppressed": ("suppressed",), "suppression": ("email suppressions",),
}  # fmt: skip

INTERESTS: Fields = {
    "email": SUBSCRIBERS["email"], "custom_id": SUBSCRIBERS["custom_id"],
    "sku": ("sku", "variant sku", "variant id", "item number"), "handle": ("handle",), **_OPTIONS,
    "options": ("options",), "units": ("units", "quantity", "qty"),
    "created_at": ("created at", "since", "signed up at", "date"),
    "source": ("source",), "wording": ("consent wording", "wording"),
}  # fmt: skip

STOCK: Fields = {
    "sku": GENERIC_PRODUCTS["sku"], "stock": (*GENERIC_PRODUCTS["stock"], "on hand"),
    "location": ("location", "warehouse"), "inventory_item_id": ("inventory item id",),
    "observed_at": ("observed at", "updated at"),
}  # fmt: skip

SHOPIFY_STOCK: Fields = {
    "handle": ("handle",), "title": ("title",), **_OPTIONS, "sku": ("sku",), "location": ("location",),
    "available": ("available (not editable)", "available"),
    "on_hand": ("on hand (current)", "on hand"),
}  # fmt: skip

FEEDBACK: Fields = {name: (name.replace("_", " "),) for name in FEEDBACK_FIELDS}

FIELDS: dict[ImportKind, dict[str, Fields]] = {
    ImportKind.PRODUCTS: {
        "shopify": SHOPIFY, "shopify-new": SHOPIFY_NEW, "woocommerce": WOOCOMMERCE, "magento": MAGENTO,
        "generic": GENERIC_PRODUCTS,
    },
    ImportKind.SUBSCRIBERS: {"mailchimp": MAILCHIMP, "klaviyo": KLAVIYO, "generic": SUBSCRIBERS},
    ImportKind.INTERESTS: {"generic": INTERESTS},
    ImportKind.STOCK: {"shopify": SHOPIFY_STOCK, "generic": STOCK},
    ImportKind.FEEDBACK: {"generic": FEEDBACK},
}  # fmt: skip


def _any(*names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for group in names for name in group)


SIGNS: dict[ImportKind, dict[str, tuple[frozenset[str], ...]]] = {
    ImportKind.PRODUCTS: {
        "shopify": (_any(("handle",)), _any(("option1 value",)), _any(("variant sku", "variant price", "body (html)"))),
        "shopify-new": (_any(("url handle",)), _any(("option1 value",))),
        "woocommerce": (
            _any(WOOCOMMERCE["type"]), _any(WOOCOMMERCE["title"]), _any(WOOCOMMERCE["sku"]),
            _any(WOOCOMMERCE["price"]), _any(WOOCOMMERCE["published"], WOOCOMMERCE["parent"]),
        ),
        "magento": (_any(("sku",)), _any(("product type",)), _any(("attribute set code",))),
        "generic": (_any(GENERIC_PRODUCTS["sku"], GENERIC_PRODUCTS["handle"]), _any(GENERIC_PRODUCTS["title"])),
    },
    ImportKind.SUBSCRIBERS: {
        "mailchimp": (
            _any(("email address",)),
            _any(("member rating", "optin time", "leid", "euid", "unsub time", "clean time")),
        ),
        "klaviyo": (
            _any(("email",)),
            _any(("email marketing consent", "email marketing consent timestamp", "email suppressions", "klaviyo id")),
        ),
        "generic": (_any(SUBSCRIBERS["email"]),),
    },
    ImportKind.INTERESTS: {
        "generic": (_any(INTERESTS["email"], INTERESTS["custom_id"]), _any(INTERESTS["sku"], INTERESTS["handle"])),
    },
    ImportKind.STOCK: {
        "shopify": (
            _any(("handle",)), _any(("option1 value",)),
            _any(("location", "coo", "available (not editable)", "on hand (current)")),
        ),
        "generic": (_any(STOCK["sku"], STOCK["inventory_item_id"]), _any(STOCK["stock"])),
    },
    ImportKind.FEEDBACK: {"generic": (frozenset({"event id"}), frozenset({"kind"}))},
}  # fmt: skip
"""What headers give a format away: one of each group must be there."""
