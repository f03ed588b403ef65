"""What other systems call the things of our context: the table by which merge tags are translated, and nothing else.

A name is looked up without case, blanks and underscores, first whole, then without words such as `person` before it.
"""

import re

from restock_desk.domain.templates import CONTEXT_FIELDS

_PLAIN = re.compile(r"[^a-z0-9]")
_OURS = {field.path for field in CONTEXT_FIELDS}
ROOTS = frozenset(path.partition(".")[0] for path in _OURS)
_BEFORE = frozenset(
    [
        "person",
        "customer",
        "contact",
        "user",
        "subscriber",
        "recipient",
        "merge",
        "data",
        "profile",
        "member",
        "lead",
        "account",
        "order",
        "event",
        "custom",
        "attributes",
        "message",
        "vars",
        "properties",
        "extra",
        "html",
    ]
)
_THINGS = frozenset(["order", "event", "account", "message", "custom"])
"""What has a name of its own, which is nobody's first name."""
TABLE = {
    "subscriber.first_name": "fname firstname name givenname forename contactfirstname customerfirstname userfirstname"
    " recipientname recipientfirstname personfirstname subscriberfirstname customername vorname prenom",
    "subscriber.last_name": "lname lastname surname familyname contactlastname customerlastname nachname nom",
    "subscriber.email": "email emailaddress useremail recipientemail contactemail customeremail subscriberemail mail",
    "subscriber.locale": "locale language lang preferredlanguage",
    "subscriber.timezone": "timezone",
    "subscriber.custom_id": "customerid userid externalid customid personid subscriberid uniqid uniqueid euid",
    "product.title": "product productname producttitle itemname itemtitle",
    "product.description": "productdescription itemdescription",
    "product.vendor": "productvendor vendor brand brandname productbrand",
    "product.url": "productpageurl",
    "product.image_url": "productimage productimageurl imageurl itemimage productimg featuredimage",
    "variant.sku": "sku productsku itemsku variantsku",
    "variant.title": "variant varianttitle variantname size option",
    "variant.price": "price productprice itemprice variantprice saleprice",
    "variant.compare_at_price": "compareatprice oldprice regularprice listprice originalprice",
    "variant.stock": "stock inventory quantity inventoryquantity stocklevel qty",
    "variant.image_url": "variantimage variantimageurl",
    "links.product": "producturl productlink itemurl buyurl shopurlproduct actionurl ctaurl url link",
    "links.cart": "carturl cartlink checkouturl addtocarturl",
    "links.wishlist": "wishlisturl wishlist",
    "links.unsubscribe": "unsub unsubscribe unsubscribeurl unsubscribelink unsubscribelinkurl unsubscriberaw"
    " asmgroupunsubscriberawurl asmgroupunsubscribeurl pmunsubscribe pmunsubscribeurl tagunsubscribeurl optouturl"
    " unsubscribetag",
    "links.preferences": "updateprofile managepreferences managepreferencesurl preferences preferencesurl"
    " asmpreferencesrawurl asmpreferencesurl preferencecenter updatepreferences emailpreferences",
    "links.browser": "archive webview viewinbrowser viewinbrowserurl webversion browserurl mirror permalink onlineurl"
    " weblink webviewlink viewonline",
    "shop.name": "company companyname listcompany organizationname organization storename shopname brandnameshop"
    " sendername sendercompany store shop listname",
    "shop.url": "companyurl organizationurl organizationwebsite shopurl storeurl websiteurl website homepage listurl"
    " homeurl shoplink",
    "shop.logo_url": "logo logourl shoplogo companylogo",
    "shop.address": "companyaddress listaddress listaddresshtml organizationfulladdress organizationaddress"
    " senderaddress physicaladdress postaladdress address storeaddress shopaddress",
    "items": "items products lineitems orderitems cartitems productlist eventitems",
    "interest.created_at": "signupdate requestedat subscribedat optindate optintime askedat",
    "event.occurred_at": "restockedat restockdate backinstockat",
}
_KNOWN = {name: path for path, names in TABLE.items() for name in names.split()}
_OF_ITEM = {
    "name": "product.title", "title": "product.title", "description": "product.description", "vendor": "product.vendor",
    "brand": "product.vendor", "image": "product.image_url", "imageurl": "product.image_url",
    "img": "product.image_url",
    "src": "product.image_url", "url": "links.product", "link": "links.product", "href": "links.product",
    "price": "variant.price", "amount": "variant.price", "sku": "variant.sku", "size": "variant.title",
    "variant": "variant.title", "quantity": "variant.stock", "stock": "variant.stock", "carturl": "links.cart",
    "compareatprice": "variant.compare_at_price", "oldprice": "variant.compare_at_price",
}  # fmt: skip


def ours(name: str) -> bool:
    """Whether a path is one of our context as it stands."""
    return name in _OURS or name.startswith(("subscriber.attributes.", "items.", "loop."))


def known(name: str) -> str:
    """Our path for another system's name; empty where there is none."""
    if ours(name):
        return name
    parts = [_plain(part) for part in re.split(r"[.:|]", name)]
    whole = "".join(parts)
    if whole in _KNOWN:
        return _KNOWN[whole]
    while len(parts) > 1 and parts[0] in _BEFORE:
        if parts[0] in _THINGS and parts[-1] in ("name", "number", "title", "id"):
            return ""
        parts = parts[1:]
        if "".join(parts) in _KNOWN:
            return _KNOWN["".join(parts)]
    return ""


def of_item(name: str) -> str:
    """Our path below an entry of `items` for another system's name; empty where there is none."""
    if name.partition(".")[0] in ("product", "variant", "links", "event", "interest") and ours(name):
        return name
    found = _OF_ITEM.get(_plain(name)) or known(name)
    return found if found.partition(".")[0] in ("product", "variant", "links", "event", "interest") else ""


def _plain(name: str) -> str:
    return _PLAIN.sub("", name.lower())
