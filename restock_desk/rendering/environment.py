"""The Jinja sandbox: dictionary access only, nothing to call, no globals, own filters, and names that know their line.

Two of them: HTML (escapes) and plain text (does not). The generated code differs from Jinja's own in four places:
lookups carry path and line, outputs too, concatenation and slices go through us.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.idtracking import VAR_LOAD_PARAMETER
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from markupsafe import Markup

from restock_desk.domain.money import Money
from restock_desk.rendering import encoding
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.filters import FILTERS, bounded, text
from restock_desk.rendering.links import INTERNAL
from restock_desk.rendering.run import LOOP_LIMIT, current
from restock_desk.rendering.undefined import Missing

LOOP_FIELDS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem"})
_TESTS = (
    "defined", "undefined", "none", "number", "string", "even", "odd", "divisibleby", "in", "eq", "ne", "lt", "le",
    "gt", "ge", "==", "!=", "<", "<=", ">", ">=", "equalto",
)  # fmt: skip
_BIGGEST = 10**15


class _Code(CodeGenerator):
    """Writes where in the author's source each lookup and each output stands."""

    def _make_finalize(self) -> Any:
        return self._FinalizeInfo(None, "environment.show(")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if isinstance(node, nodes.EnvironmentAttribute):
            self.write("(")  # the mark between two units: nothing an author can write
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        marked = isinstance(node, nodes.EnvironmentAttribute)
        self.write(")" if marked else f", {path_of(node)!r}, {node.lineno}))")

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:
        if node.ctx == "store" and (frame.toplevel or frame.loop_frame or frame.block_frame) and self._assign_stack:
            self._assign_stack[-1].add(node.name)
        ref = frame.symbols.ref(node.name)
        load = frame.symbols.find_load(ref)
        known = load is not None and load[0] == VAR_LOAD_PARAMETER and not self.parameter_is_undeclared(ref)
        if node.ctx != "load" or known:
            self.write(ref)
        else:
            self.write(f"(undefined(name={node.name!r}, hint={node.lineno}) if {ref} is missing else {ref})")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        self.write("environment.reach(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {path_of(node)!r}, {node.lineno})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        self.write("environment.reach(")
        self.visit(node.node, frame)
        self.write(", ")
        if isinstance(node.arg, nodes.Slice):
            self.write("slice(")
            for end in (node.arg.start, node.arg.stop, node.arg.step):
                self.visit(end or nodes.Const(None), frame)
                self.write(", ")
            self.write(")")
        else:
            self.visit(node.arg, frame)
        self.write(f", {path_of(node)!r}, {node.lineno})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.tilde((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(f", {path_of(part)!r}, {part.lineno}, ")
        self.write("))")


class _EncodedCode(_Code):
    """Every value leaves as a part of a quoted-printable body."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("(" if isinstance(node, nodes.EnvironmentAttribute) else "environment.encoded(")
        super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        super()._output_child_post(node, frame, finalize)
        self.write(")")


class MailEnvironment(ImmutableSandboxedEnvironment):
    code_generator_class = _Code
    cut = "\x00cut"
    """What a program of several units yields between two of them. Compared by identity."""
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self, escapes: bool) -> None:
        super().__init__(
            autoescape=escapes, undefined=Missing, keep_trailing_newline=True, optimized=False, cache_size=0
        )
        self.globals.clear()
        self.filters = {**FILTERS, **INTERNAL, "_each": _each}
        self.tests = {name: TESTS[name] for name in _TESTS}
        if not escapes:
            self.filters["nl2br"] = FILTERS["trim"]

    def show(self, value: Any, path: str, line: int) -> Any:
        """What an expression prints. Text is escaped afterwards by the generated code."""
        current().step()
        if type(value) is str or isinstance(value, Markup):
            return value
        if value is None:
            current().empty(path, line)
            return ""
        return text(value)

    def reach(self, value: Any, key: Any, path: str, line: int) -> Any:
        """One step down: a key of a dictionary, a place in a list, a field of `loop`. Nothing else exists."""
        if type(value) is dict:
            found = value.get(key, Missing) if isinstance(key, str | int) else Missing
            if found is not Missing:
                return found
        elif type(value) in (list, tuple):
            if isinstance(key, slice) or (type(key) is int and -len(value) <= key < len(value)):
                return value[key]
        elif (isinstance(value, LoopContext) and key in LOOP_FIELDS) or (
            isinstance(value, Money) and key in ("amount", "currency")
        ):
            return getattr(value, key)
        elif isinstance(value, str) and isinstance(key, slice):
            return value[key]
        return Missing(line, name=path)

    def tilde(self, parts: tuple[Any, ...]) -> str:
        """The `~` operator over (value, path, line) triples laid flat."""
        shown = [self.show(*parts[at : at + 3]) for at in range(0, len(parts), 3)]
        if any(isinstance(part, Markup) for part in shown):
            return Markup(bounded(Markup("").join(shown)))
        return bounded("".join(map(str, shown)))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers of bearable size only: no text, no lists, no powers."""
        for side in (left, right):
            if isinstance(side, Missing):
                return side._fail_with_undefined_error()
        sides = [_figure(side) for side in (left, right)]
        if operator == "**":
            raise TemplateFault("Powers cannot be used in a template.", "tpl.sandbox", current().where)
        return _figure(self.binop_table[operator](*sides))

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
        return self.unop_table[operator](_figure(arg))

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.reach(obj, attribute, attribute, 0)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.reach(obj, argument, str(argument), 0)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def path_of(node: nodes.Node) -> str:
    """How an author would name what a node is: product.title, items[0].variant, or "this value"."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{path_of(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        inner = path_of(node.node)
        return f"{inner}[{node.arg.value!r}]" if isinstance(node.arg, nodes.Const) else f"{inner}[…]"
    if isinstance(node, nodes.Filter) and node.node is not None:
        return path_of(node.node)
    return "this value"


def _figure(value: object) -> int | Decimal:
    if isinstance(value, float):
        value = Decimal(str(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TemplateFault("Only numbers can be calculated with. Join texts with “~”.", "tpl.sandbox", current().where)
    if not -_BIGGEST < value < _BIGGEST:
        raise TemplateFault("A number grows too large.", "tpl.budget", current().where)
    return value


def _each(value: Any) -> Iterator[Any]:
    """What a `for` runs over: lists and the keys of maps, up to the limit, each round counted."""
    if isinstance(value, Missing):
        return iter(value)
    if value is None:
        return iter(())
    if not isinstance(value, list | tuple | dict):
        raise TemplateFault("Only a list can be looped over.", "tpl.loop", current().where)
    return _counted(list(value)[:LOOP_LIMIT])


def _counted(rows: list[Any]) -> Iterator[Any]:
    for row in rows:
        current().step()
        yield row


class EncodingEnvironment(MailEnvironment):
    """HTML whose literal text is encoded already and whose values are encoded as they print."""

    code_generator_class = _EncodedCode
    encoded = staticmethod(encoding.value)


HTML = MailEnvironment(escapes=True)
TEXT = MailEnvironment(escapes=False)
ENCODED = EncodingEnvironment(escapes=True)
