"""The rules a mail is checked by: what each is for, how grave it is, where it comes from. An id never changes meaning.

Finding is done elsewhere. A rule without an address is the house's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from restock_desk.domain.templates import Edit, Problem, Severity

COMPAT = "compat."
"""What client support says: `compat.` and the feature's name in the table."""
FEATURE = "https://www.caniemail.com/features/"
STOP, ASK, TELL = Severity.ERROR, Severity.WARNING, Severity.INFO
_WCAG = "https://www.w3.org/WAI/WCAG22/Understanding/"
_JINJA = "https://jinja.palletsprojects.com/en/stable/templates/"
_MJML = "https://documentation.mjml.io/"
_HTML = "https://html.spec.whatwg.org/multipage/"
_BULK = "https://support.google.com/a/answer/81126"
_RFC = "https://www.rfc-editor.org/rfc/rfc"


@dataclass(frozen=True)
class Rule:
    """`firm` = it cannot be ignored: a mail like this cannot be made, or harms whoever gets it."""

    id: str
    severity: Severity
    why: str
    url: str = ""
    scope: str = "template"
    firm: bool = False


def rule(id: str) -> Rule:
    """The rule of this id; what no list knows is somebody's new id and grave."""
    found = RULES.get(id)
    if found is None and id.startswith(COMPAT):
        words = "Mail programs that many people use show this in another way, or not at all."
        return Rule(id, TELL, words, f"{FEATURE}{id.removeprefix(COMPAT)}/")
    return found or Rule(id, STOP, "")


def known(problem: Problem) -> Problem:
    """The problem with its rule's address and scope."""
    if problem.url and problem.scope != "template":
        return problem
    about = rule(problem.rule)
    return replace(problem, url=problem.url or about.url, scope=about.scope)


def mended(text: str, where: str, edits: Iterable[object]) -> str:
    """A field's text after the edits that are about it. What they were made for may have changed: such are left out."""
    for start, before, after in placed(text, where, edits):
        text = text[:start] + after + text[start + len(before) :]
    return text


def placed(text: str, where: str, edits: Iterable[object]) -> list[tuple[int, str, str]]:
    """(start, before, after) of the edits of a field that still hold, the last first: the order to make them in."""
    mine = [each for each in edits if isinstance(each, Edit) and each.where == where]
    found: list[tuple[int, str, str]] = []
    for each in sorted(mine, key=lambda edit: edit.start, reverse=True):
        free = not found or each.start + len(each.before) <= found[-1][0]
        if free and each.start <= len(text) and text.startswith(each.before, each.start):
            found.append((each.start, each.before, each.after))
    return found


_TABLE = (
    # variables
    Rule(
        "var.undefined", STOP, "Nobody has a value of this name: the send would stop.", _JINJA + "#variables", firm=True
    ),
    Rule(
        "var.type", STOP, "Comparing things that cannot be compared stops the send.", _JINJA + "#comparisons", firm=True
    ),
    Rule("var.nofallback", ASK, "People without this value would read a gap.", _JINJA + "#jinja-filters.default"),
    Rule("var.leftover", STOP, "Template code would be read by customers as it stands.", firm=True),
    Rule("var.empty", ASK, "A link or picture has no address for somebody.", scope="recipient"),
    # templates
    Rule("tpl.syntax", STOP, "The template cannot be read.", _JINJA, firm=True),
    Rule("tpl.sandbox", STOP, "Templates are text with values; they run nothing.", _JINJA, firm=True),
    Rule("tpl.filter", STOP, "There is no such filter or test.", _JINJA + "#list-of-builtin-filters", firm=True),
    Rule("tpl.loop", STOP, "Only lists can be gone through.", _JINJA + "#for", firm=True),
    Rule("tpl.context", STOP, "A value at this place could break out of it and run, or is lost.", firm=True),
    Rule("tpl.style", STOP, "A value in a style may end the style.", firm=True),
    Rule("tpl.size", STOP, "The template is beyond what can be checked.", firm=True),
    Rule("tpl.budget", STOP, "The mail takes more room or time than one mail may.", firm=True),
    Rule("tpl.fault", STOP, "The mail cannot be worked out.", firm=True),
    Rule("tpl.foreign", STOP, "Other systems' merge tags are mailed as they stand.", firm=True),
    Rule("url.scheme", STOP, "Only web, mail and telephone addresses are safe in a mail.", firm=True),
    Rule("css.inline", ASK, "Styles that cannot be read are left out by the mail programs that need them most."),
    # documents
    Rule("doc.footer", STOP, "The footer says who sends the mail and how to leave."),
    Rule("doc.required", ASK, "Without it the block is empty."),
    Rule("doc.type", ASK, "A block nobody here knows is left out of the mail."),
    Rule("doc.custom", STOP, "Nothing here says what this block looks like.", firm=True),
    Rule("doc.key", TELL, "It is kept, and changes nothing."),
    Rule("doc.color", ASK, "Where the brand has no colour of this name, there is none."),
    Rule("doc.condition", STOP, "A condition that cannot be worked out hides or shows by chance.", firm=True),
    Rule("doc.columns", ASK, "Layout and columns do not fit each other."),
    Rule("doc.path", STOP, "There is nothing of this name to go through.", firm=True),
    Rule("doc.invalid", STOP, "What cannot be read as a document makes no mail.", firm=True),
    Rule("doc.unknown", ASK, "Nothing is shown in place of a block that is not there any more."),
    Rule("doc.saved", STOP, "The block's content is not there.", firm=True),
    Rule("doc.sku", STOP, "The block shows one product and does not know which.", firm=True),
    Rule("doc.item", STOP, "There is no entry to show.", firm=True),
    # MJML
    Rule("mjml.syntax", STOP, "The MJML cannot be read.", _MJML, firm=True),
    Rule("mjml.unknown", STOP, "There is no such MJML element.", _MJML + "#components", firm=True),
    Rule("mjml.place", STOP, "The element would vanish at this place.", _MJML, firm=True),
    Rule("mjml.loose", ASK, "Outside of a column some mail programs put it beside the mail.", _MJML + "#mj-column"),
    Rule("mjml.stray", ASK, "MJML shows words inside of text, buttons, tables and raw HTML only.", _MJML),
    Rule("mjml.unclosed", ASK, "A tag without an end is closed by guess.", _MJML),
    Rule("mjml.ignored", ASK, "What it says is not in the mail.", _MJML),
    Rule("mjml.lost", STOP, "A condition or value that vanishes changes what people read.", firm=True),
    Rule("mjml.width", STOP, "MJML works out widths before there are values.", _MJML + "#mj-column", firm=True),
    Rule("mjml.attribute", ASK, "MJML passes over attributes it does not know.", _MJML + "#components"),
    # pictures
    Rule("img.alt", ASK, "Who does not see the picture hears or reads this text.", _WCAG + "non-text-content"),
    Rule("img.alt-file", ASK, "A file's name says nothing to a reader.", _WCAG + "non-text-content"),
    Rule("img.alt-long", ASK, "Screen readers read it in one go, without a pause.", _WCAG + "non-text-content"),
    Rule(
        "img.alt-link",
        STOP,
        "A linked picture without text is a link without a name.",
        _WCAG + "link-purpose-in-context",
    ),
    Rule("img.width", ASK, "Outlook on Windows shows the file's own size.", FEATURE + "html-width/"),
    Rule("img.height", TELL, "The text jumps while the picture loads.", FEATURE + "html-height/"),
    Rule("img.wide", ASK, "The picture pushes the mail wider than its frame."),
    Rule("img.insecure", ASK, "Some mail programs do not load pictures over http."),
    Rule("img.data", ASK, "Several mail programs show no embedded pictures.", FEATURE + "image-base64/"),
    Rule("img.weight", ASK, "An embedded picture counts for the size at which a mail is cut off."),
    Rule("img.format", ASK, "Some mail programs cannot show this kind of picture."),
    Rule(
        "img.only",
        ASK,
        "Without pictures nothing is left to read, and filters distrust such mail.",
        _WCAG + "images-of-text",
    ),
    # size
    Rule(
        "size.clip",
        STOP,
        "Gmail cuts a mail off after about 102 KB, and with it the way to unsubscribe.",
        "https://github.com/hteumeuleu/email-bugs/issues/41",
    ),
    Rule(
        "size.near",
        ASK,
        "Values and links make the mail longer than its template.",
        "https://github.com/hteumeuleu/email-bugs/issues/41",
    ),
    # leaving, law, sender
    Rule("unsub.body", ASK, "Who cannot leave presses “spam” instead.", _BULK),
    Rule("unsub.text", ASK, "Readers of plain text must be able to leave, too.", _BULK),
    Rule("unsub.late", ASK, "The link stands behind the place where Gmail cuts a mail off.", _BULK),
    Rule(
        "unsub.header",
        STOP,
        "A mail nobody can leave breaks the rules of every large mailbox provider.",
        _RFC + "8058",
        "campaign",
        firm=True,
    ),
    Rule(
        "legal.address",
        ASK,
        "Many countries require the sender's postal address in commercial mail.",
        "https://www.ftc.gov/business-guidance/resources/can-spam-act-compliance-guide-business",
    ),
    Rule(
        "auth.freemail",
        ASK,
        "Mail in the name of a free mailbox, sent by another server, is refused.",
        _BULK,
        "campaign",
    ),
    # links
    Rule("link.empty", ASK, "A click does nothing.", _WCAG + "link-purpose-in-context"),
    Rule("link.scheme", STOP, "Mail programs and filters remove it.", firm=True),
    Rule("link.noscheme", STOP, "Without https:// it leads nowhere in a mail."),
    Rule("link.insecure", ASK, "Browsers warn of pages over http."),
    Rule("link.ip", ASK, "Filters distrust links to bare machines."),
    Rule("link.shortener", ASK, "Filters distrust links that hide where they lead."),
    Rule("link.punycode", ASK, "Such addresses are used to imitate others.", "https://www.unicode.org/reports/tr39/"),
    Rule("link.mismatch", ASK, "A text that names another site looks like fraud.", _BULK),
    Rule("link.vague", ASK, "Read alone, the link does not say where it leads.", _WCAG + "link-purpose-in-context"),
    Rule("link.unsubscribe", ASK, "Only the application's own link takes a person off the list.", _BULK),
    # subject and preheader
    Rule("subj.empty", STOP, "A mail without a subject is taken for spam.", _RFC + "5322#section-3.6.5"),
    Rule("subj.long", ASK, "What stands behind 78 characters is read by nobody.", _RFC + "5322#section-2.1.1"),
    Rule("subj.cut", TELL, "Telephones cut a subject at 33 to 41 characters, desktops at about 70."),
    Rule("subj.caps", ASK, "Capitals are read as shouting."),
    Rule("subj.marks", ASK, "Filters and people distrust rows of exclamation marks."),
    Rule(
        "subj.reply",
        ASK,
        "A false answer or forward deceives.",
        "https://www.ftc.gov/business-guidance/resources/can-spam-act-compliance-guide-business",
    ),
    Rule("subj.emoji", ASK, "Some mail programs show boxes instead."),
    Rule("subj.mojibake", ASK, "The text was read in the wrong encoding somewhere."),
    Rule("subj.same", ASK, "People who had the last mail take it for the same.", scope="campaign"),
    Rule("pre.missing", ASK, "Inboxes show the first words of the mail instead."),
    Rule("pre.short", ASK, "Inboxes fill up a short preheader with the mail's first words."),
    Rule("pre.long", ASK, "No inbox shows more than 110 characters."),
    Rule("pre.repeats", ASK, "The line beside the subject is lost."),
    Rule("pre.leak", TELL, "Nothing keeps the mail's first words out of the inbox's line."),
    # for everybody
    Rule("a11y.lang", ASK, "Screen readers guess the language otherwise.", _WCAG + "language-of-page"),
    Rule("a11y.dir", ASK, "Right-to-left text needs its direction.", FEATURE + "html-dir/"),
    Rule("a11y.title", ASK, "Screen readers and browser tabs read the title first.", _WCAG + "page-titled"),
    Rule(
        "a11y.role",
        ASK,
        "Screen readers announce rows and columns of a layout table.",
        "https://www.w3.org/TR/wai-aria-1.2/#presentation",
    ),
    Rule("a11y.heading", TELL, "Headings are how people jump through a text.", _WCAG + "headings-and-labels"),
    Rule("a11y.order", ASK, "A level left out looks like something missing.", _WCAG + "info-and-relationships"),
    Rule("a11y.link", STOP, "A link without words is read out as its address.", _WCAG + "link-purpose-in-context"),
    Rule("a11y.justify", ASK, "Uneven gaps make reading hard for many.", _WCAG + "visual-presentation"),
    Rule("a11y.small", ASK, "Small text is hard to read on a telephone.", _WCAG + "resize-text"),
    Rule("a11y.target", TELL, "A finger needs about 44 pixels.", _WCAG + "target-size-enhanced"),
    Rule("a11y.contrast", ASK, "Text needs 4.5:1 against its background, large text 3:1.", _WCAG + "contrast-minimum"),
    Rule("a11y.contrast-dark", ASK, "The same holds for the mail's own dark colours.", _WCAG + "contrast-minimum"),
    Rule("a11y.contrast-unknown", TELL, "Over a picture nobody can work the contrast out.", _WCAG + "contrast-minimum"),
    # dark mode
    Rule("dark.none", TELL, "Mail programs invert colours as they like.", FEATURE + "html-meta-color-scheme/"),
    Rule(
        "dark.logo",
        TELL,
        "A dark logo on a transparent ground vanishes in the dark.",
        FEATURE + "css-at-media-prefers-color-scheme/",
    ),
    Rule(
        "dark.outlook",
        TELL,
        "Outlook's dark mode reads only rules under [data-ogsc].",
        FEATURE + "css-at-media-prefers-color-scheme/",
    ),
    # validity
    Rule(
        "html.active",
        STOP,
        "What runs, embeds or submits is taken out, and filters distrust the whole mail.",
        firm=True,
    ),
    Rule(
        "html.nested",
        STOP,
        "A link inside a link ends the outer one.",
        _HTML + "text-level-semantics.html#the-a-element",
    ),
    Rule(
        "html.id",
        ASK,
        "Two elements of one id: links and labels find the wrong one.",
        _HTML + "dom.html#the-id-attribute",
    ),
    Rule("html.unclosed", ASK, "Each mail program ends the element elsewhere.", _HTML + "syntax.html"),
    Rule("html.stray", ASK, "An end tag without a beginning closes what it should not.", _HTML + "syntax.html"),
    Rule(
        "html.bodies", STOP, "Only the first of two bodies is shown by all.", _HTML + "sections.html#the-body-element"
    ),
    Rule("html.external", ASK, "Mail programs load no style sheets from elsewhere.", FEATURE + "html-link/"),
    Rule("html.position", ASK, "Placed elements cover each other or vanish.", FEATURE + "css-position/"),
    # the message
    Rule(
        "mime.parts",
        STOP,
        "A mail needs both parts: HTML and plain text.",
        _RFC + "2046#section-5.1.4",
        "recipient",
        True,
    ),
    Rule(
        "mime.lines",
        STOP,
        "Mail servers cut lines above 998 characters.",
        _RFC + "5322#section-2.1.1",
        "recipient",
        True,
    ),
    Rule("mime.sender", STOP, "From and Reply-To must be addresses.", _RFC + "5322#section-3.6.2", "recipient", True),
    Rule("mime.text", ASK, "Readers of plain text should learn the same."),
    # filters
    Rule(
        "spam.score",
        ASK,
        "Filters add up such words and shapes; beside a sender's reputation they count.",
        "https://spamassassin.apache.org/",
    ),
    # the sender's domain, links and pictures, looked up before a send
    Rule("auth.spf", ASK, "Without it nobody knows which servers may send for the domain.", _RFC + "7208", "campaign"),
    Rule("auth.dkim", ASK, "Without the key nobody can check the signature.", _RFC + "6376", "campaign"),
    Rule("auth.dmarc", ASK, "Large mailbox providers ask bulk senders for it.", _BULK, "campaign"),
    Rule("link.broken", ASK, "Who presses it finds nothing.", scope="campaign"),
    Rule("img.broken", ASK, "Readers see a gap.", scope="campaign"),
    Rule("img.heavy", ASK, "On a telephone it comes late or not at all.", scope="campaign"),
    # the audience
    Rule("aud.none", STOP, "There is nobody to send to.", scope="campaign", firm=True),
    Rule("aud.many", ASK, "Far more people than usual: is it the right restock?", scope="campaign"),
    Rule("aud.suppressed", TELL, "They left, or their mailbox refuses.", scope="campaign"),
    Rule("aud.told", TELL, "Nobody is told of one restock twice.", scope="campaign"),
    Rule("aud.duplicate", TELL, "One address is mailed once.", scope="campaign"),
    Rule("aud.role", ASK, "Shared mailboxes complain more often than people.", _BULK, "campaign"),
    Rule("ab.equal", ASK, "Variants that say the same test nothing.", scope="campaign"),
    Rule("ab.share", ASK, "A variant without a share is sent to nobody.", scope="campaign"),
    Rule("ab.changed", ASK, "A test of what changes tests nothing.", scope="campaign"),
    Rule("ab.elsewhere", ASK, "What Batch writes has no editions of here.", scope="campaign"),
    Rule("ab.small", TELL, "A small test says nothing of small differences.", scope="campaign"),
    Rule("i18n.missing", ASK, "People get a language they may not read.", scope="campaign"),
    Rule("i18n.unsaid", TELL, "Nobody knows who reads the mail's own language.", scope="campaign"),
    Rule("aud.cooldown", ASK, "Two mails within a short time are one too many.", scope="campaign"),
    Rule("aud.quiet", ASK, "It is the shop's quiet time.", scope="campaign"),
    Rule("aud.stock", ASK, "More people wait than there are units.", scope="campaign"),
    Rule("aud.gone", ASK, "The stock is gone again.", scope="campaign"),
    Rule("aud.price", ASK, "The price changed since the restock.", scope="campaign"),
    Rule("aud.unpublished", ASK, "The product is not in the shop any more.", scope="campaign"),
    # languages
    Rule(
        "i18n.direction",
        ASK,
        "Text of both directions gets mixed up without marks.",
        "https://www.w3.org/International/articles/inline-bidi-markup/",
    ),
    Rule("i18n.currency", ASK, "A price prints its currency itself."),
    Rule("i18n.amount", TELL, "Who reads another language, or pays in another currency, sees it as it stands."),
    Rule("i18n.plural", ASK, "“1 items” is read by everybody who gets one."),
    # client support
    Rule("compat.engine", TELL, "What the MJML engine writes by itself, some mail programs do not know. It knows why."),
)
RULES: dict[str, Rule] = {each.id: each for each in _TABLE}
