"""The picture of a mail for an author who is still typing: the same HTML as a render gives, sooner.

A template is cut where nothing is open. What stands between two cuts is compiled and rendered by itself and kept, so
that a key costs one such chunk. There is no plain-text part, no message and no last look at what the HTML could do to a
reader; those follow with a whole render.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from jinja2.runtime import Context as Names

from restock_desk.domain.templates import Context, Draft, Problem, RenderedMail
from restock_desk.rendering import mime, pieces, programs, run
from restock_desk.rendering.compile import laid_out
from restock_desk.rendering.compiled import CompiledTemplate, Printed, line_of, recipient_of, state_of
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.pieces import Piece, Pieces
from restock_desk.rendering.retouch import retouched
from restock_desk.rendering.run import Run

_OPENS = frozenset({"if", "for", "with"})
_CLOSES = frozenset({"endif", "endfor", "endwith"})
_BETWEEN = frozenset({"else", "elif"})
_CAN_FAIL = (
    TemplateFault, ArithmeticError, TypeError, ValueError, LookupError, RecursionError, MemoryError, AttributeError,
)  # fmt: skip
Chunk = Pieces
Shown = tuple[str, tuple[Problem, ...]]
"""What a chunk prints, and what it tells."""


class Sketcher:
    """Sketches for one reader; what a chunk printed for them is kept. One thread at a time."""

    _KEPT = 4000

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context, self._identity = context, identity
        self._shown: dict[Chunk, Shown] = {}
        self._last: tuple[Draft, CompiledTemplate] | None = None

    def sketch(self, draft: Draft) -> tuple[Printed, tuple[Problem, ...]] | None:
        """Every part but the text, or None where only a whole render can tell what there is."""
        compiled = self._laid_out(draft)
        chunks = None if compiled.broken else cut(compiled.parts["html"])
        if chunks is None:
            return None
        state = state_of(self._context, self._identity, strict=False)
        mark = run.enter(state)
        try:
            subject, preheader, name, email, reply_to = (
                line_of(compiled, field, self._context, state) for field in Printed._fields[:5]
            )
            state.begin("source")
            html = "".join(self._outputs(chunks, state))
        except _CAN_FAIL:
            return None
        finally:
            run.leave(mark)
        if len(html) > run.OUTPUT_LIMIT:
            return None
        met = compiled.in_blocks(state.problems) if compiled.blocks else state.problems
        return Printed(subject, preheader, name, email, reply_to, html, ""), (*compiled.problems, *met)

    def _laid_out(self, draft: Draft) -> CompiledTemplate:
        compiled = retouched(*self._last, draft) if self._last else None
        compiled = compiled or laid_out(draft)
        self._last = draft, compiled
        return compiled

    def _outputs(self, chunks: list[Chunk], state: Run) -> Iterator[str]:
        if len(self._shown) > self._KEPT:
            self._shown.clear()
        names: Names | None = None
        for chunk in chunks:
            if chunk[0].line == 0:
                yield chunk[0].text
                continue
            moved, lines = programs.at_one(chunk)
            known = self._shown.get(moved)
            if known is None:
                program = programs.one(moved, True, "source")
                names = names or program.new_context(dict(self._context))
                before, state.problems = state.problems, []
                known = "".join(program.root_render_func(names)), tuple(state.problems)
                state.problems = before
                self._shown[moved] = known
            for met in known[1]:
                problem = replace(met, line=met.line + lines if met.line else 0)
                if problem not in state.problems:
                    state.problems.append(problem)
            yield known[0]


def unsent(made: Printed, problems: tuple[Problem, ...], context: Context, identity: Identity) -> RenderedMail | None:
    """A sketch as a mail without text part and message; None where it could not be addressed."""
    subject = f"{identity.subject_mark}{made.subject}"
    sender = (made.sender_name or identity.sender_name, made.sender_email or identity.sender_email)
    try:
        to = recipient_of(context)
        head = mime.addressed(identity, subject, sender, made.reply_to or identity.reply_to, to)
    except TemplateFault:
        return None
    return RenderedMail(subject, made.preheader, made.html, "", tuple(head), b"", problems)


def cut(parts: Pieces) -> list[Chunk] | None:
    """Chunks that say the same alone as together; None where one of them would be missed by the others (a `set`)."""
    chunks: list[Chunk] = []
    held: list[Piece] = []
    depth = 0
    for piece in parts:
        word = _statement(piece)
        if word in _OPENS:
            depth += 1
        elif word in _CLOSES:
            depth -= 1
        elif word and not (word in _BETWEEN and depth):
            return None
        held.append(piece)
        if depth < 0:
            return None
        if depth == 0:
            chunks.append(tuple(held))
            held = []
    return None if held else chunks


@lru_cache(maxsize=8192)
def _statement(piece: Piece) -> str:
    """The first word of a {% … %}, else nothing."""
    return pieces.inner(piece.text).split(None, 1)[0] if piece.statement and pieces.inner(piece.text) else ""
