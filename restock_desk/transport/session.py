"""One SMTP connection as a state machine: it never blocks, it never decides whose turn it is.

What is known of a mail is told apart by phase. Until its final dot was handed to the operating system a failure is
definite; from then until the reply, silence and resets are in doubt. A refused recipient never sees a body.
"""

import time
from collections import deque
from functools import lru_cache

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.transport.conversation import Conversation, Job, Pipelining
from restock_desk.transport.link import Link
from restock_desk.transport.wire import Reply, command, stuffed

SLOW_S = 0.25
"""A server that takes longer for one mail is given the next envelope only after its answer."""
_LOGIN = (530, 534, 535, 538)
_GROUPED = ("RSET", "MAIL", "RCPT", "DATA")


class Session(Conversation):
    """The mails of one connection, one after the other or, where the server bears it, chained."""

    def on_time(self) -> None:
        """As ever; but who leaves grouped commands unanswered may have thrown away what was sent ahead."""
        if self.mode is not Pipelining.OFF and self._expect and self._expect[0][0] in _GROUPED:
            self._surprise("no answer to grouped commands")
        else:
            super().on_time()

    def _lost(self, error: Exception) -> None:
        """As ever; but who ends a connection over grouped commands may not bear them. (To close it after some mails is
        anybody's right.)"""
        rude = isinstance(error, ConnectionResetError | BrokenPipeError) or not self.sent
        if rude and self.mode is not Pipelining.OFF and any(kind in _GROUPED for kind, _ in self._expect):
            self._odd = True
            self.owner.broke(self)
        super()._lost(error)

    def _on_reply(self, reply: Reply) -> None:
        if self._script is not None:
            return self._step(reply)
        if not self._expect:
            return self.close(reply.told) if reply.code == 421 else self._surprise("an answer nobody asked for")
        kind, job = self._expect.popleft()
        if kind == "QUIT" or job is None:
            if kind == "RSET" and reply.code // 100 == 2:
                return None
            return self.close(reply.told)
        if reply.code == 421:
            return self._enough(kind, job, reply)
        if kind == "DOT":
            return self._dotted(job, reply)
        if job.refused is None and reply.code in (500, 503) and self.mode and (kind != "MAIL" or self.sent):
            self._expect.appendleft((kind, job))
            return self._surprise(reply.told)
        if kind == "DATA" and (reply.code // 100 == 3 or job.refused is not None):
            return self._go_on(job, reply)
        if reply.code // 100 != 2 and job.refused is None:
            job.refused = reply
        if self.mode is not Pipelining.OFF and kind != "DATA":
            return None
        if job.refused is not None:
            return self._not_taken(job)
        following = "RCPT" if kind == "MAIL" else "DATA"
        self._expect.append((following, job))
        return self._say(self._lines(job)[following], self._patience(following, job))

    def _go_on(self, job: Job, reply: Reply) -> None:
        """After DATA: the body, unless the mail was refused or has waited too long."""
        if job.refused is None and time.monotonic() <= job.fresh_until:
            return self._body(job)
        if reply.code // 100 != 3:
            return self._not_taken(job)
        if job.refused is not None:
            job.settle(_refusal(job.refused))
        else:
            job.settle(STALE)
        return self.close("")  # it waits for a body that must not come

    def _body(self, job: Job) -> None:
        message = job.envelope.message
        data = [message, b".\r\n"] if job.envelope.wired else [stuffed(message)]
        job.begun = time.monotonic()
        job.dot_at = (self.link.queued if self.link is not None else 0) + sum(map(len, data))
        self._expect.append(("DOT", job))
        across = self.mode is Pipelining.ACROSS and self._latency < SLOW_S and not self._full(1)
        self._next(data) if across else self._say(data, self.server.patience.body)

    def _dotted(self, job: Job, reply: Reply) -> None:
        early = job.dot_at is not None and self.link is not None and not self.link.handed(job.dot_at)
        self._latency = time.monotonic() - job.begun
        if early and reply.code // 100 == 2:
            job.settle(Receipt(Handed.IN_DOUBT, str(reply.code), "The server answered before the mail was complete."))
            return self.close("")
        if reply.code // 100 == 2:
            self.sent += 1
            job.settle(_taken(reply))
        else:
            job.settle(_refusal(reply))
        if early:
            return self.close("")  # what is left of the body must not be read as commands
        return self._next([]) if not self._expect else None

    def _next(self, before: list[bytes]) -> None:
        """The next mail's envelope, behind `before`, in one write; or only `before`."""
        job = None if self._full(0) else self._usable()
        if job is None:
            if before:
                self._say(before, self.server.patience.body)
            elif self._full(0):
                self.leave()
            else:
                self.deadline = time.monotonic() + self.server.patience.idle
            return
        lines = self._lines(job)
        parts = []
        if self._rset:
            self._rset = False
            parts.append(b"RSET\r\n")
            self._expect.append(("RSET", None))
        kinds = ("MAIL", "RCPT", "DATA") if self.mode is not Pipelining.OFF else ("MAIL",)
        for kind in kinds:
            parts.append(lines[kind])
            self._expect.append((kind, job))
        patience = self.server.patience.body if before else self.server.patience.command
        self._say([*before, b"".join(parts)], patience)

    def _full(self, more: int) -> bool:
        return self.sent + more >= self.server.mails_per_connection

    def _usable(self) -> Job | None:
        """The next mail this server can take; those it cannot are settled at once."""
        while (job := self.owner.next_job()) is not None:
            fault = self._unsendable(job.envelope)
            if not fault:
                job.refused, job.dot_at = None, None
                return job
            job.settle(Receipt(Handed.FAILED, "", fault))
        return None

    def _unsendable(self, envelope: Envelope) -> str:
        if not (envelope.recipient.isascii() and envelope.sender.isascii()) and "SMTPUTF8" not in self.offers:
            return "needs_smtputf8: the server takes plain ASCII addresses only."
        size = self.offers.get("SIZE", "")
        if size.isdigit() and 0 < int(size) < len(envelope.message):
            return "The mail is larger than the server takes."
        return ""

    def _lines(self, job: Job) -> dict[str, bytes]:
        sender, recipient = job.envelope.sender, job.envelope.recipient
        mail = f"MAIL FROM:<{sender}>"
        if not (sender.isascii() and recipient.isascii()):
            mail += " SMTPUTF8"
        return {"MAIL": command(mail), "RCPT": command(f"RCPT TO:<{recipient}>"), "DATA": b"DATA\r\n"}

    def _not_taken(self, job: Job) -> None:
        """Refused before any body byte; the connection is made ready for the next mail."""
        assert job.refused is not None
        job.settle(_refusal(job.refused, login=job.refused.code in _LOGIN))
        self._rset = True
        self._next([])

    def _enough(self, kind: str, job: Job, reply: Reply) -> None:
        """421: the server closes the connection. A mail that it ends before its body may go through another one."""
        if kind == "DOT" or job.refused is not None or not self.sent:
            self._unexpect(job)
            job.settle(_refusal(job.refused or reply))
        else:
            self._expect.appendleft((kind, job))
        self.close(reply.told)

    def _unexpect(self, job: Job) -> None:
        self._expect = deque(one for one in self._expect if one[1] is not job)

    def _surprise(self, what: str) -> None:
        self._odd = True
        self.owner.surprised(self, what)
        self.close("The server's answers did not match what was sent.")

    def _settle_lost(self, link: Link, job: Job, words: str) -> None:
        if job.refused is not None:
            job.settle(_refusal(job.refused))
        elif job.dot_at is None:
            self.owner.give_back(job, words, self._odd or self.sent > 0)
        elif not link.may_have_left(job.dot_at):
            job.settle(Receipt(Handed.DEFERRED, "", f"{words} The mail was not complete by then."))
        else:
            job.settle(Receipt(Handed.IN_DOUBT, "", f"{words} The mail was complete by then."))


STALE = Receipt(Handed.DEFERRED, "", "It waited too long and is looked at again.", unbegun=True)


@lru_cache(maxsize=16)
def _taken(reply: Reply) -> Receipt:
    return Receipt(Handed.SENT, str(reply.code), reply.told, reply.words[:200])


def _refusal(reply: Reply, login: bool = False) -> Receipt:
    if login:
        return Receipt(Handed.DEFERRED, str(reply.code), reply.told, ours=True)
    handed = Handed.FAILED if reply.code // 100 == 5 else Handed.DEFERRED
    return Receipt(handed, str(reply.code), reply.told)
