"""How a client enters a session that begins in the clear: TLS laid over it, and what to log in with (RFC 3207)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from netloom.errors import PeerRefused, TLSError, UsageError
from netloom.wire.credentials import Credentials
from netloom.wire.sasl import Login

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.endpoint import Endpoint, Secret
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream


class Dialogue(Protocol):
    """A session that may be upgraded, once the server has said what it offers."""

    offers_starttls: bool

    @property
    def private(self) -> bool:
        """Whether TLS stands."""

    async def starttls(self, secure: Callable[[Stream], Awaitable[Any]]) -> None:
        """Ask for TLS and lay it. Raises PeerRefused where the server doesn't want to."""


class Options(Protocol):
    """The options of a protocol whose users log in by SASL."""

    @property
    def auth(self) -> str: ...
    @property
    def token(self) -> Secret | None: ...
    @property
    def allow_plain_auth(self) -> bool: ...


def login_of(endpoint: Endpoint, options: Options) -> Login | None:
    """What to authenticate with, or None without a user. Raises UsageError for what doesn't fit together."""
    user, place = endpoint.user, f"{endpoint.scheme}://USER:PASSWORD@HOST"
    if not user:
        if options.token or options.auth not in ("", "anonymous"):
            raise UsageError("authenticating needs a user", hint=place)
        return None
    secret = options.token or endpoint.password
    if not secret and options.auth != "anonymous":
        raise UsageError(f"there is no password for {user}", hint=f"{place}, or -O token=TOKEN")
    if options.token and options.auth not in ("", "xoauth2"):
        raise UsageError(f"a token isn't for {options.auth}", hint="auth=xoauth2")
    return Login(
        credentials=Credentials(user, secret.reveal() if secret else ""),
        mechanism="XOAUTH2" if options.token else options.auth.upper(),
        in_clear=options.allow_plain_auth or bool(endpoint.socket),
    )


def anonymous(options: Options, offered: list[str]) -> Login | None:
    """What to log in with where no user is named: nothing, or what is open to everybody (RFC 4505)."""
    if "ANONYMOUS" not in offered and options.auth != "anonymous":
        return None
    return Login(credentials=Credentials("anonymous", "netloom"), mechanism="ANONYMOUS")


async def upgrade(dialogue: Dialogue, dial: Dialler, login: Login | None, direct: str, word: str = "STARTTLS") -> bool:
    """Lay TLS over a session as the option `tls` wants it; whether that was done. `direct` is the scheme that has TLS
    from the start, `word` what the protocol says.

    By default TLS is tried, and has to be where a password is to follow and the server offers it. A server that offers
    it and then doesn't want to may leave the session as it is; a handshake that fails never does, and the certificate
    is checked as anywhere. Raises TLSError, PeerRefused.
    """
    mode = dial.options.tls
    if dialogue.private or mode == "never":
        return False
    if mode == "starttls" and not dialogue.offers_starttls:
        raise TLSError(
            f"the server offers no {word}",
            hint=f"nothing was sent. {direct}:// speaks TLS from the start; tls=try does without",
        )
    if not dialogue.offers_starttls:
        return False
    try:
        await dialogue.starttls(dial.secure)
    except PeerRefused:
        if mode == "try" or (not mode and login is None):
            return False
        raise
    except TLSError as exc:
        if not mode:  # nobody asked for it: say how to do without
            exc.hint = f"{exc.hint}, or do without TLS: #tls=never" if exc.hint else "#tls=never does without TLS"
        raise
    return True
