"""A campaign's template with everything done that is the same for many readers: a plate, from which mails are struck.

A plate belongs to those who share restocks, locale and time zone. Per person only the personal units are rendered, the
tokens of links made, and the parts joined: already quoted-printable. Equal in meaning to `CompiledTemplate.render`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from jinja2 import Template, nodes
from jinja2.runtime import Context as Reading

from restock_desk.domain import tokens
from restock_desk.domain.templates import Context
from restock_desk.rendering import encoding, folding, headers, marked, mime, programs, run, text_part
from restock_desk.rendering.compiled import CompiledTemplate, line_of, state_of, text_of
from restock_desk.rendering.environment import ENCODED, HTML, TEXT, MailEnvironment
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.folding import Unit
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.marked import Marked
from restock_desk.rendering.run import Run

Printed = str | int
Slot = tuple[int, int]
"""A place among parts, and what goes there: a token by its number, or ~n for the n-th personal block."""
_LIGHT = frozenset({"subscriber", "shop", "product", "variant", "event"})
"""What a mail can say without the whole context being built for it."""
_FIELDS = ("subject", "sender_name", "sender_email", "reply_to")
_IN_HEADS = ("unsubscribe", "message", "to", "date", "msg")
_TO = "to@restock-desk.invalid"
_SIMPLE = re.compile(r"[^\s()](?:[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029()]*[^\s()])?")
"""A value that the tidying of a plain text leaves alone, and that changes nothing around it."""
_CAN_FAIL = (
    TemplateFault, ArithmeticError, TypeError, ValueError, LookupError, RecursionError, MemoryError, AttributeError,
)  # fmt: skip


@dataclass(frozen=True)
class _Half:
    """One body part of a template: its shared and its personal units, each kind as one program.

    `turns` has a number for each unit in order: None for a shared one, else which block of `personal` stands there. The
    same expression at several places is worked out once.
    """

    shared: Template
    personal: Template
    order: tuple[Unit, ...]
    turns: tuple[int | None, ...]

    @property
    def single(self) -> bool:
        return all(unit.shared or unit.single for unit in self.order)


@dataclass(frozen=True)
class Press:
    """What a campaign's compiled template gives for all plates. Raises TemplateFault when it cannot be rendered."""

    compiled: CompiledTemplate
    html: _Half
    text: _Half
    needs: frozenset[str]
    """The names of the context that personal units read: what a strike must be given."""
    fields: tuple[bool, ...]
    """Whether each of _FIELDS comes out the same for all readers of a plate."""

    @cached_property
    def light(self) -> bool:
        """Whether a strike needs of the person only who they are, not what they wait for."""
        return self.needs <= _LIGHT

    @classmethod
    def of(cls, compiled: CompiledTemplate) -> "Press":
        where = "text" if compiled.own_text else "source"
        html = _half(programs.parse(compiled.parts["html"], "source"), HTML, ENCODED, "source")
        text = _half(programs.parse(compiled.parts["text"], where), TEXT, TEXT, where)
        personal = [unit for unit in (*html.order, *text.order) if not unit.shared]
        lines = [folding.units(programs.parse(compiled.parts[name], name)) for name in _FIELDS]
        personal += [unit for line in lines for unit in line if not unit.shared]
        needs = frozenset[str]().union(*(folding.roots(unit) for unit in personal))
        return cls(compiled, html, text, needs, tuple(all(unit.shared for unit in line) for line in lines))

    def plate(self, build: Callable[[Identity], Context], identity: Identity) -> "Plate":
        """What is the same for all readers of one key. `build` gives their context, without anything personal, for an
        identity; `identity` is any of theirs. Raises what a render raises."""
        blank = Marked.of(identity)
        full = build(blank)
        context = {name: value for name, value in full.items() if name not in ("subscriber", "interest")}
        state = state_of(full, blank, strict=True)
        mark = run.enter(state)
        try:
            html = self._printed(self.html, context, state)
            text = self._printed(self.text, context, state)
            known = tuple(
                line_of(self.compiled, name, context, state) if same else None
                for name, same in zip(_FIELDS, self.fields, strict=True)
            )
        finally:
            run.leave(mark)
        marks = marked.marks(blank.salt)
        for purpose in _IN_HEADS:
            blank.mark((purpose, 0))
        body = _encoded(html, marks)
        words = _tidied(text, marks, self.compiled.own_text) if self.text.single else None
        slots = [what for _, what in (*body.slots, *(words.slots if words else ())) if what >= 0]
        made = _Made.of(blank, slots)
        read = dict(context)
        views = (_view(self.html, read), _view(self.text, read))
        words = made.places(words) if words else None
        return Plate(self, context, blank, marks, made.places(body), words, known, made, read, views)

    @staticmethod
    def _printed(half: _Half, context: Context, state: Run) -> list[Printed]:
        """What the shared units print, and the number of the block where a personal one stands."""
        state.begin("source")
        blocks = iter(_blocks(half.shared, context))
        return ["".join(next(blocks)) if turn is None else turn for turn in half.turns]


@dataclass(frozen=True)
class Plate:
    """Encoded parts with empty places, and the fields of the head that are known (None = personal)."""

    press: Press
    context: Context
    blank: Marked
    marks: re.Pattern[str]
    html: "_Body"
    text: "_Body | None"
    known: tuple[str | None, ...]
    made: "_Made"
    read: dict[str, Any]
    """What the programs of both bodies read: filled anew for each mail. Used by one thread."""
    views: tuple[Reading, Reading]
    heads: dict[tuple[str | None, ...], "_Head"] = field(default_factory=dict)

    def strike(
        self, identity: Identity, recipient: str, personal: Context, whole: Callable[[], Context]
    ) -> tuple[bytes, str]:
        """One mail's bytes, and the address it is from.

        `personal` holds what `Press.needs` names beside the plate's own context; `whole` makes the full context, for
        the rare text that must be tidied as a whole. Raises TemplateFault as a render does.
        """
        context = self.read
        context.clear()
        context.update(self.context)
        context.update(personal)
        state = state_of(personal, identity, strict=True)
        mark = run.enter(state)
        try:
            head = self._head(identity, recipient, context, state)
            made = self.made.of_mail(identity, recipient)
            html = self._html(state, made)
            text = self._text(state, made, whole)
            top = head.filled(made)
        except _CAN_FAIL:
            run.leave(mark)
            # The plain way tells what is wrong, and where.
            mail = self.press.compiled.render(whole(), identity)
            return mail.message, headers.envelope_sender(mail.headers)
        run.leave(mark)
        return mime.join(top, text, html), head.sender

    def _head(self, identity: Identity, recipient: str, context: Context, state: Run) -> "_Head":
        lines = self.known
        if None in lines:
            compiled = self.press.compiled
            lines = tuple(
                line_of(compiled, name, context, state) if line is None else line
                for name, line in zip(_FIELDS, lines, strict=True)
            )
        found = self.heads.get(lines)
        if found is None:
            if len(self.heads) > 1000:
                self.heads.clear()
            subject, name, email, reply_to = (line or "" for line in lines)
            sender = (name or identity.sender_name, email or identity.sender_email)
            blank = replace(self.blank, feedback_id=identity.feedback_id, test=identity.test)
            subject = f"{identity.subject_mark}{subject}"
            fields = mime.addressed(blank, subject, sender, reply_to or identity.reply_to, _TO)
            found = self.heads[lines] = _Head.of(fields, self.marks, blank, self.made)
        return found

    def _html(self, state: Run, made: list[bytes]) -> list[bytes]:
        state.begin("source")
        printed = _units(self.press.html.personal, self.views[0])
        blocks = [encoding.BREAK.join(block).encode("ascii") for block in printed]
        if self.html.size + sum(map(len, blocks)) > run.OUTPUT_LIMIT:
            raise TemplateFault("The mail may be too large.", "tpl.budget")  # the plain way counts it exactly
        return self.html.filled(made, blocks)

    def _text(self, state: Run, made: list[bytes], whole: Callable[[], Context]) -> list[bytes]:
        state.begin("text" if self.press.compiled.own_text else "source")
        if self.text is not None:
            blocks = ["".join(block) for block in _units(self.press.text.personal, self.views[1])]
            if all(map(_SIMPLE.fullmatch, blocks)):
                return self.text.filled(made, [encoding.value(block).encode("ascii") for block in blocks])
        return [encoding.part(text_of(self.press.compiled, whole(), state)).encode("ascii")]


@dataclass(frozen=True)
class _Body:
    """One encoded body in parts that are ready for the wire, with empty places among them. `size` is theirs."""

    parts: list[bytes]
    slots: list[Slot]
    size: int

    @classmethod
    def of(cls, parts: list[str], slots: list[Slot]) -> "_Body":
        """Neighbours that are known become one part, the soft line breaks between all of them included."""
        where, ready, places, run_ = dict(slots), [], [], ""
        for number, text in enumerate(parts):
            between = encoding.BREAK if number else ""
            if number not in where:
                run_ += between + text
                continue
            ready += [(run_ + between).encode("ascii"), b""]
            places.append((len(ready) - 1, where[number]))
            run_ = ""
        ready.append(run_.encode("ascii"))
        return cls(ready, places, sum(map(len, ready)))

    def filled(self, made: list[bytes], blocks: list[bytes]) -> list[bytes]:
        parts = self.parts[:]
        for place, what in self.slots:
            parts[place] = made[what] if what >= 0 else blocks[~what]
        return parts


@dataclass(frozen=True)
class _Made:
    """What is made for each mail anew: the tokens of its links together, then what else stands in its places."""

    booklet: tokens.Booklet
    others: list[str]
    place: dict[int, int]
    """Where in what is made a mark stands, by its number in `asked`."""

    @classmethod
    def of(cls, blank: Marked, used: Iterable[int]) -> "_Made":
        """Only what is used: a context names more links than a mail has."""
        wanted = {*used, *(blank.asked.index((purpose, 0)) for purpose in _IN_HEADS)}
        links = [number for number in sorted(wanted) if blank.asked[number][0] in tokens.PURPOSES]
        others = [number for number in sorted(wanted) if number not in links]
        booklet = tokens.Booklet(blank.token_key, [blank.asked[number] for number in links])
        places = {number: place for place, number in enumerate([*links, *others])}
        return cls(booklet, [blank.asked[number][0] for number in others], places)

    def places(self, body: "_Body") -> "_Body":
        """The same body with its slots by place."""
        slots = [(at, self.place[what] if what >= 0 else what) for at, what in body.slots]
        return replace(body, slots=slots)

    def of_mail(self, identity: Identity, recipient: str) -> list[bytes]:
        made = self.booklet.make(identity.delivery_id)
        made += [_other(identity, purpose, recipient).encode("utf-8") for purpose in self.others]
        return made


@dataclass(frozen=True)
class _Head:
    """A header block with empty places. It was read back once with marks in them; what is filled in must not change
    where its lines end."""

    parts: list[bytes]
    slots: list[tuple[int, int]]
    lines: int
    sender: str

    @classmethod
    def of(cls, fields: list[mime.Header], marks: re.Pattern[str], blank: Marked, made: "_Made") -> "_Head":
        mine = {"To": blank.mark(("to", 0)), "Date": blank.mark(("date", 0)), "X-RD-Msg": blank.mark(("msg", 0))}
        full = [(name, mine.get(name, value)) for name, value in (*fields, mime.CONTENT)]
        head = "".join(f"{name}: {value}\r\n" for name, value in full)
        headers.verify(head.encode("utf-8"), [name for name, _ in full], mine["To"])
        found = marks.split(head)
        slots = [(place, made.place[int(found[place])]) for place in range(1, len(found), 2)]
        parts = [part.encode("utf-8") for part in found]
        return cls(parts, slots, head.count("\r\n"), headers.envelope_sender(fields))

    def filled(self, made: list[bytes]) -> bytes:
        """Raises TemplateFault when a value brought a line end along: the plain way then tells which."""
        parts = self.parts[:]
        for place, token in self.slots:
            parts[place] = made[token]
        head = b"".join(parts)
        if not head.count(b"\r\n") == head.count(b"\r") == head.count(b"\n") == self.lines:
            raise TemplateFault("The finished headers do not read as they were meant.", "header.unsafe", "subject")
        return head


def _half(tree: nodes.Template, plain: MailEnvironment, live: MailEnvironment, where: str) -> _Half:
    order = folding.units(tree)
    personal: list[Unit] = []
    turns: list[int | None] = []
    for unit in order:
        if not unit.shared and unit not in personal:
            personal.append(unit)
        turns.append(None if unit.shared else personal.index(unit))
    if live is ENCODED:
        for node in (node for unit in personal for node in unit.nodes):
            for data in node.find_all(nodes.TemplateData):
                data.data = encoding.part(data.data)
    shared = [unit for unit in order if unit.shared]
    return _Half(_program(shared, plain, where), _program(personal, live, where), order, tuple(turns))


def _program(units: Iterable[Unit], environment: MailEnvironment, where: str) -> Template:
    body: list[nodes.Node] = []
    for unit in units:
        body += unit.nodes
        body.append(nodes.Output([nodes.EnvironmentAttribute("cut", lineno=1)], lineno=1))
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(environment)
    return programs.runnable(tree, environment, where)


def _view(half: _Half, read: dict[str, Any]) -> Reading:
    return half.personal.new_context(read, shared=True)


def _blocks(template: Template, context: Context) -> Iterator[list[str]]:
    return _units(template, template.new_context(dict(context), shared=True))


def _units(template: Template, reading: Reading) -> Iterator[list[str]]:
    """What each unit of a program prints, in chunks, up to the limit."""
    cut = MailEnvironment.cut
    block: list[str] = []
    size = 0
    for chunk in template.root_render_func(reading):
        if chunk is cut:
            yield block
            block = []
            continue
        size += len(chunk)
        if size > run.OUTPUT_LIMIT:
            raise TemplateFault("The mail may be too large.", "tpl.budget")
        block.append(chunk)
    reading.vars.clear()  # what a template assigned is its mail's own
    reading.exported_vars.clear()


def _encoded(printed: list[Printed], marks: re.Pattern[str]) -> _Body:
    parts: list[str] = []
    slots: list[Slot] = []
    for block in printed:
        if isinstance(block, int):
            slots.append((len(parts), ~block))
            parts.append("")
            continue
        for number, found in enumerate(marks.split(block)):
            if number % 2:
                slots.append((len(parts), int(found)))
                parts.append("")
            elif found:
                parts.append(encoding.part(found))
    return _Body.of(parts, slots)


def _tidied(printed: list[Printed], marks: re.Pattern[str], own: bool) -> _Body | None:
    """The plain text, tidied with a word in each personal place: values that are simple change nothing about it."""
    word = "\ue0f0"
    text = "".join(word if isinstance(block, int) else block for block in printed)
    turns = [block for block in printed if isinstance(block, int)]
    if text.count(word) != len(turns):
        return None
    if not own:
        text = text_part.without_empty_links(text)
    blocks = (text_part.tidy(text) + "\n").split(word)
    spread: list[Printed] = [blocks[0]]
    for turn, block in zip(turns, blocks[1:], strict=True):
        spread += (turn, block)
    return _encoded(spread, marks)


def _other(identity: Identity, purpose: str, recipient: str) -> str:
    """What stands in a place that is no link's token."""
    if purpose == "to":
        return headers.email(recipient, "To")
    if purpose == "msg":
        return mime.mark(identity)
    if purpose == "date":
        return mime.date(identity.date)
    return identity.message_mark if purpose == "message" else identity.digest(purpose)
