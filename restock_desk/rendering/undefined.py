"""A name that does not exist: knows its path and line, and tells the current render when it is used."""

from collections.abc import Iterator
from typing import Any

from jinja2 import Undefined
from jinja2.utils import missing

from restock_desk.rendering.run import current


class Missing(Undefined):
    """`name` is the path as the author wrote it, `hint` its line. In a send every use of it raises.

    One use is free: to ask for an attribute of a person that this person does not have, in an `if` or a `default`.
    """

    __slots__ = ()

    def __init__(self, hint: Any = None, obj: Any = missing, name: str | None = None, exc: Any = None) -> None:
        super().__init__(None, obj, name or "this value")
        self._undefined_hint = str(hint or 0)

    def _tell(self) -> str:
        return current().undefined(self._undefined_name or "", int(self._undefined_hint or 0))

    def _fail_with_undefined_error(self, *args: Any, **kwargs: Any) -> Any:
        self._tell()
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _fail_with_undefined_error
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pos__ = __neg__ = _fail_with_undefined_error
    __getitem__ = __call__ = _fail_with_undefined_error

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __str__(self) -> str:
        return self._tell()

    def __bool__(self) -> bool:
        if ".attributes" not in (self._undefined_name or ""):
            self._tell()
        return False

    def __iter__(self) -> Iterator[Any]:
        self._tell()
        return iter(())

    def __len__(self) -> int:
        self._tell()
        return 0

    def __contains__(self, _: object) -> bool:
        self._tell()
        return False

    def __eq__(self, other: object) -> bool:
        self._tell()
        return False

    def __ne__(self, other: object) -> bool:
        self._tell()
        return True

    def _compare(self, other: object) -> bool:
        self._tell()
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _compare  # type: ignore[assignment]  # a preview goes on, a send has raised

    def __hash__(self) -> int:
        return id(type(self))
