"""Why mails were not taken, told apart: the server's words without what differs from one person to the next."""

import re
from functools import lru_cache

LONGEST = 160
MASK = "…"
"""Stands for an address, an id or a number that was in the words."""

_ADDRESS = re.compile(r"<?[^\s<>@,;:()\"']+@[^\s<>@,;()\"']*[^\s<>@,;:.()\"']>?")
_CODE = re.compile(r"^((?:expired: )?[245]\d\d)([ -]|$)")
_STATUS = re.compile(r"(?<![\w.])[245]\.\d{1,3}\.\d{1,3}(?![\w.]*\d)")
_REPEATED = re.compile(r"\s+[245]\d\d[ -](?=[245]\.\d{1,3}\.\d{1,3})")
_WORD = re.compile(r"[^\s<>\[\]()\"',;=]*\d[^\s<>\[\]()\"',;=]*")
_MANY = re.compile(rf"[<\[(\"']*{MASK}[>\])\"']*(?:[\s,;.:/-]*[<\[(\"']*{MASK}[>\])\"']*)+")


@lru_cache(maxsize=2_048)
def cause_of(words: str) -> str:
    """The words with addresses, ids and numbers masked; the reply code and the enhanced status stay. "" stays "".

    Two refusals for one reason have one cause: 550 5.1.1 <ana@example.com>: unknown → 550 5.1.1 …: unknown
    """
    text, head = " ".join(words.split()), ""
    if code := _CODE.match(text):
        head, text = code[1], text[code.end() :]
    text = _REPEATED.sub(" ", text)
    if status := _STATUS.match(text):
        head, text = f"{head} {status[0]}".strip(), _without(text[status.end() :].lstrip(" -"), status[0])
    text = _ADDRESS.sub(MASK, text)
    text = _STATUS.sub(lambda found: found[0].replace(".", "\0"), text)  # a status inside stays as well
    text = _WORD.sub(lambda found: found[0] if "\0" in found[0] else MASK + _tail(found[0]), text).replace("\0", ".")
    cause = f"{head} {_MANY.sub(MASK, text)}".strip()
    return cause if len(cause) <= LONGEST else cause[: LONGEST - 1].rstrip() + "…"


def _without(text: str, status: str) -> str:
    """The lines of a reply in several repeat its status; once is enough."""
    return " ".join(text.replace(f" {status} ", " ").split())


def _tail(word: str) -> str:
    """The stop or colon at a word's end, which is not part of the id."""
    return word[-1] if word[-1] in ".:" else ""
