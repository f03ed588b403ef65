"""What a renderer may use, and how it holds itself to that. From outside it is watched and killed: `renderer`."""

import contextlib
import signal
import sys
import time
from types import FrameType

from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.run import current

ADDRESS_SPACE, RESIDENT = 320 << 20, 256 << 20
"""Bytes. The first is the system's own limit, the second is watched from outside."""
CPU_S, WALL_S = 2, 1.0
"""Seconds of one mail: of the processor, and from asking to the answer."""
PATIENCE = 5
"""So many times its time may a renderer take that was not given the processor: others have it."""
STOP_S = 0.75
"""After so much of a mail's time, on the processor, the renderer ends it by itself: it still can name the line."""
_AGAIN_S = 0.05
TOO_LONG = "The template takes too long."
TOO_MUCH = "The template needs too much memory."


def confine() -> None:
    """Bind this process for good: memory, no core dump, no files written, no further processes worth having."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the application
    if sys.platform == "win32":
        return
    import resource

    signal.signal(signal.SIGPROF, _ring)
    hold = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 32)]
    if sys.platform == "linux":
        hold.append((resource.RLIMIT_AS, ADDRESS_SPACE))
    for what, most in hold:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def begin(seconds: float, ends_itself: bool = True) -> None:
    """A piece of work begins that may take so long. Work for many people does not end itself: nobody could tell whose
    mail it was; it is killed, and done again one by one."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + max(CPU_S, seconds * CPU_S)) + 1, most))
    if ends_itself:
        signal.setitimer(signal.ITIMER_PROF, seconds * STOP_S, _AGAIN_S)


def end() -> None:
    """The work is done."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, 0)


def _ring(_: int, __: FrameType | None) -> None:
    try:
        where = current().where
    except LookupError:
        where = "source"
    raise TemplateFault(TOO_LONG, "tpl.budget", where)
