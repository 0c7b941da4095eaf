"""The TLS layer itself: ciphertext below, plaintext above, one engine connection on a memory BIO between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from OpenSSL import SSL

from netloom.errors import NetloomError, TLSError
from netloom.links.layer import Layer
from netloom.links.tls.explain import explain, looks_like_plaintext

_FLUSH = 64 * 1024
_RECORD = 16384

KeyLog = Callable[[bytes], None]


class TLSLayer(Layer):
    """One end of a TLS connection. `ready` completes when the handshake has; nothing passes before."""

    def __init__(self, upper: asyncio.Protocol, connection: SSL.Connection, server_name: str = "") -> None:
        super().__init__(upper)
        self.connection = connection
        self.server_name = server_name
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.check: Callable[[TLSLayer], None] | None = None
        self.key_log: KeyLog | None = None
        self.problem = self.hint = ""
        self.truncated = False
        self._open = False
        self._ended = False
        self._first = b""
        self._broken: NetloomError | None = None
        connection.set_app_data(self)

    @property
    def alpn(self) -> str:
        """The application protocol that both settled on (RFC 7301); empty where they spoke of none."""
        return self.connection.get_alpn_proto_negotiated().decode("ascii", "backslashreplace")

    async def shake_hands(self, *, ended: bool) -> None:
        """Begin the handshake and wait for its end. `ended`: the peer has closed its side before. Raises TLSError."""
        if ended:
            self._fail(self._lost_in_handshake())
        else:
            self._advance()
        await self.ready

    # Towards the protocol above

    def data_received(self, data: bytes) -> None:
        if len(self._first) < 64 and not self._open:
            self._first += data[:64]
        self.connection.bio_write(data)
        self._advance()

    def eof_received(self) -> bool | None:
        if not self._open:
            self._fail(self._lost_in_handshake())
            return False
        if not self._ended:
            # The peer ended without close_notify (RFC 8446 §6.1): whoever counts on the end asks `truncated`.
            self.truncated = self._ended = True
            self.upper.eof_received()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self._fail(self._lost_in_handshake())
        self.upper.connection_lost(self._broken or exc)

    # Towards the transport below

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data:
            return
        try:
            self.connection.sendall(data)
        except SSL.Error as exc:
            self._break(exc)
            return
        self._flush()

    def write_eof(self) -> None:
        """Say close_notify; the peer's side stays open (RFC 8446 §6.1)."""
        self._shutdown()

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self._shutdown()
        self.lower.close()

    def abort(self) -> None:
        # Without this the engine would hold the session for broken and never resume it.
        self.connection.set_shutdown(SSL.SENT_SHUTDOWN)
        self.lower.abort()

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self if name == "tls" else self.lower.get_extra_info(name, default)

    # Inside

    def _advance(self) -> None:
        if not self._open:
            try:
                self.connection.do_handshake()
            except SSL.WantReadError:
                self._flush()
                return
            except (SSL.Error, ValueError) as exc:  # ValueError: a certificate that can't be read
                self._flush()
                self._fail(self._explain(exc))
                return
            self._flush()
            try:
                if self.check is not None:
                    self.check(self)
            except NetloomError as exc:
                self._fail(exc)
                return
            self._open = True
            if not self.ready.done():
                self.ready.set_result(None)
        self._deliver()

    def _deliver(self) -> None:
        connection, upper = self.connection, self.upper
        while True:
            try:
                data = connection.recv(_RECORD)
            except SSL.WantReadError:
                break
            except SSL.ZeroReturnError:
                if not self._ended:
                    self._ended = True
                    upper.eof_received()
                break
            except SSL.Error as exc:
                self._break(exc)
                return
            upper.data_received(data)
            upper = self.upper
        self._flush()

    def _flush(self) -> None:
        bio_read, write = self.connection.bio_read, self.lower.write
        while True:
            try:
                data = bio_read(_FLUSH)
            except SSL.WantReadError:
                return
            write(data)
            if len(data) < _FLUSH:
                return

    def _shutdown(self) -> None:
        if self._open:
            try:
                self.connection.shutdown()
            except SSL.Error:
                return
            self._flush()

    def _fail(self, error: NetloomError) -> None:
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # it may be that nobody waits any more
        if self.lower is not None:
            self.lower.close()

    def _break(self, exc: SSL.Error) -> None:
        """The engine gave the connection up: the protocol above hears why once the transport has gone."""
        self._broken = self._broken or TLSError(f"TLS: {explain(exc)}")
        self.abort()

    def _lost_in_handshake(self) -> NetloomError:
        plain = looks_like_plaintext(self._first)
        if plain:
            return plain
        return TLSError(
            "the peer closed the connection during the TLS handshake",
            hint="does it speak TLS on this port? It may also want another version or a client certificate",
        )

    def _explain(self, exc: Exception) -> NetloomError:
        return looks_like_plaintext(self._first) or TLSError(
            self.problem or f"TLS handshake: {explain(exc)}", hint=self.hint
        )
