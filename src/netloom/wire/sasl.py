"""SASL, the client's side: which mechanism to take, and what to answer step by step (RFC 4422, 4505, 4616, 5802)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import Blocked, RemoteProtocolError, Unauthenticated
from netloom.wire import scram
from netloom.wire.credentials import Credentials
from netloom.wire.smtp import auth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MECHANISMS = ("PLAIN", "LOGIN", scram.MECHANISM, "CRAM-MD5", "XOAUTH2", "ANONYMOUS", "EXTERNAL")
NOTHING_TOLD = (scram.MECHANISM, "CRAM-MD5", "ANONYMOUS", "EXTERNAL")
"""Mechanisms that say nothing which a listener could use again."""


class Login(Struct, frozen=True, kw_only=True):
    """How to authenticate: `mechanism`, in upper case, or, where it is empty, the best that is offered.

    Without `in_clear` nothing is said without TLS that a listener could use again.
    """

    credentials: Credentials
    mechanism: str = ""
    in_clear: bool = False


def choose(login: Login, known: Sequence[str], offered: Sequence[str], *, private: bool) -> str:
    """The first of the `known` mechanisms that is `offered` and may be used here.

    Raises Unauthenticated where none is offered, Blocked where each would tell the password to everybody on the way.
    """
    wanted = [login.mechanism] if login.mechanism else known
    possible = [name for name in wanted if name in offered]
    if not possible:
        there = ", ".join(offered)
        hint = f"it offers {there}" if there else "" if private else "it offers none without TLS, or none at all"
        what = login.mechanism or "way to log in that is known here"
        raise Unauthenticated(f"the server offers no {what}", text=there, hint=hint)
    if private or login.in_clear:
        return possible[0]
    for name in possible:
        if name in NOTHING_TOLD:
            return name
    raise Blocked(
        "the connection has no TLS: the password wasn't sent",
        hint="speak TLS: the scheme that has it from the start, or -O tls=starttls where the protocol has that; "
        "-O allow_plain_auth=yes sends it for everybody on the way to read",
    )


class Exchange:
    """One authentication. `nonce` is printable, without commas, and nobody can guess it: SCRAM says it."""

    def __init__(self, mechanism: str, credentials: Credentials, nonce: str) -> None:
        self.mechanism = mechanism
        self._initial: bytes | None = None
        self._answers: list[Callable[[bytes], bytes]] = []
        if mechanism == "PLAIN":
            self._initial = auth.plain_answer(credentials)
        elif mechanism == "XOAUTH2":
            self._initial = auth.xoauth2_answer(credentials)
            self._answers = [lambda _: b""]  # a failure is told in a challenge; the answer to it is empty
        elif mechanism == "ANONYMOUS":
            self._initial = b"netloom"  # who asks, for the server's log (RFC 4505 §2)
        elif mechanism == "EXTERNAL":
            self._initial = b""  # as whom the certificate says (RFC 4422 appendix A)
        elif mechanism == "CRAM-MD5":
            self._answers = [lambda challenge: auth.cram_md5_answer(challenge, credentials)]
        elif mechanism == scram.MECHANISM:
            client = scram.Client(credentials.username, credentials.password, nonce)
            self._initial = client.first()
            self._answers = [client.answer, client.check]
        else:
            user, password = auth.login_answers(credentials)
            self._answers = [lambda _: user, lambda _: password]

    def begin(self, room: int) -> bytes | None:
        """What is said with the mechanism's name, where there is `room` for so many octets (-1: for nothing).

        None: nothing, since a challenge comes first; or it has to wait for one and is the first answer.
        """
        initial = self._initial
        if initial is None or len(initial) <= room:
            return initial
        self._answers.insert(0, lambda _: initial)
        return None

    def answer(self, challenge: bytes) -> bytes:
        """What to answer to a challenge. Raises RemoteProtocolError where everything was said already, or where the
        challenge is none of this mechanism's."""
        if not self._answers:
            message = f"the server asks on after the last answer of {self.mechanism}"
            raise RemoteProtocolError(message, rule="RFC 4422 §3")
        return self._answers.pop(0)(challenge)

    def succeed(self) -> None:
        """The server says that it is done. Raises RemoteProtocolError where that is too early: with SCRAM it has to
        show that it knows the password, too."""
        if len(self._answers) > (self.mechanism == "XOAUTH2"):
            raise RemoteProtocolError(f"{self.mechanism} ended before it was over", rule="RFC 4422 §3")
