"""Which mails of a group share one template, and that template with a provider's own marks in it."""

from collections.abc import Callable, Sequence

from restock_desk.domain.handover import Envelope, Merge
from restock_desk.transport.provider import parts_of


def by_template(group: Sequence[Envelope], most: int, fits: Callable[[Envelope, Merge], bool]) -> list[list[int]]:
    """Calls of mails with the same template, sender and reply address, and different recipients; others one by one."""
    calls: list[list[int]] = []
    opened: dict[object, list[int]] = {}
    for position, envelope in enumerate(group):
        merge = envelope.contents.merge() if envelope.contents is not None else None
        if merge is None or not fits(envelope, merge):
            calls.append([position])
            continue
        parts = parts_of(envelope)
        fields = tuple(name for name, _ in parts.headers)
        like = (merge.literals, parts.sender_name, parts.sender_email, parts.reply_to, fields)
        call, to = opened.get(like), envelope.recipient.lower()
        if call is None or len(call) >= most or any(group[i].recipient.lower() == to for i in call):
            call = opened[like] = []
            calls.append(call)
        call.append(position)
    return calls


def flat(envelope: Envelope, mark: Callable[[int], str]) -> str:
    """The template's HTML with `mark(n)` in place of value n."""
    merge = envelope.contents.merge() if envelope.contents is not None else None
    assert merge is not None
    marks = [mark(number) for number in range(len(merge.values))]
    pairs = zip(marks, merge.literals[1:], strict=True)
    return merge.literals[0] + "".join(one + literal for one, literal in pairs)
