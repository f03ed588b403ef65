"""What one person's finished mail says: leftovers of code, its size, its lines and headers. For samples and sweeps."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr

from restock_desk.domain.templates import Problem, RenderedMail
from restock_desk.rendering.lint.finding import tell
from restock_desk.rendering.lint.legal import CLIPPED, NEAR

_CODE = re.compile(r"\{\{[^{}]{1,200}\}\}|\{%[^{}]{1,200}%\}|\*\|[A-Z][A-Z0-9_:]*\|\*|%%[A-Za-z_]+%%")
_NOTHING = re.compile(r"(?<![\w-])(?:undefined|None|NaN|nan|\[object Object\])(?![\w-])")
_TAGS = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
LINE = 998


def check(mail: RenderedMail) -> tuple[Problem, ...]:
    """Findings about this mail alone. Milliseconds; no rule here reads the template."""
    return (*_left(mail), *_size(mail), *_message(mail))


def _left(mail: RenderedMail) -> Iterator[Problem]:
    shown = _TAGS.sub(" ", mail.html) if "<" in mail.html else mail.html
    for where, text in (
        ("subject", mail.subject),
        ("preheader", mail.preheader),
        ("source", shown),
        ("text", mail.text),
    ):
        hit = _CODE.search(text) or (_NOTHING.search(text) if where == "subject" else None)
        if hit:
            words = f"“{hit.group()[:60]}” would be read as it stands."
            yield tell("var.leftover", words, "Look at the template there.", where=where, evidence=hit.group())
    if not mail.subject.strip() and mail.message:
        yield tell(
            "subj.empty", "For this person the subject is empty.", "Give it a fallback.", where="subject", line=1
        )


def _size(mail: RenderedMail) -> Iterator[Problem]:
    size = len(mail.html.encode())
    if size > CLIPPED:
        words = f"For this person the mail has {size // 1000} KB of HTML; it is cut off after {CLIPPED // 1000} KB."
        yield tell("size.clip", words, "Limit the list of products.")
    elif size > NEAR:
        yield tell("size.near", f"For this person the mail has {size // 1000} KB of HTML.", "Shorten it.")


def _message(mail: RenderedMail) -> Iterator[Problem]:
    if not mail.message:
        return
    if any(len(line) > LINE for line in mail.message.split(b"\r\n")):
        yield tell("mime.lines", "A line of the message is longer than mail servers take.", "Tell the developers.")
    names = {name.lower() for name, _ in mail.headers}
    if mail.headers and "list-unsubscribe" not in names:
        yield tell("unsub.header", "The mail has no List-Unsubscribe header.", "Set an address to unsubscribe by.")
    parsed = message_from_bytes(mail.message, policy=default)
    kinds = {part.get_content_type() for part in parsed.walk()}
    if not {"text/plain", "text/html"} <= kinds:
        yield tell("mime.parts", "The message has not both parts.", "Write HTML and plain text.")
    for name in ("From", "Reply-To"):
        value = parsed.get(name)
        if value is not None and "@" not in parseaddr(str(value))[1]:
            yield tell("mime.sender", f"{name} is no address.", "Correct the sender.", evidence=str(value))
