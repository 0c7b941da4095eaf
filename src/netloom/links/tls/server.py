"""The server's side: a certificate that can be replaced while serving, ALPN, client certificates."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING

from OpenSSL import SSL, crypto

from netloom.errors import RemoteProtocolError
from netloom.links.tls import material
from netloom.links.tls.describe import describe
from netloom.links.tls.explain import certificate_problem
from netloom.links.tls.layer import TLSLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netloom.links.stream import Stream


class ServerTLS:
    """The certificate of a server. `reload()` reads its files again; connections that stand keep the old one.

    `client_ca` is the path of a PEM file: with it, only clients whose certificates it vouches for are let in.
    """

    def __init__(
        self, cert_pem: bytes, key_pem: bytes, *, alpn: Sequence[str] = (), client_ca: str = "", minimum: str = "1.2"
    ) -> None:
        self._alpn = material.protocols(alpn)
        self._client_ca = client_ca
        self._minimum = minimum
        self._files: tuple[str, str] | None = None
        self.pem = (cert_pem, key_pem)
        self.context = self._make(cert_pem, key_pem)

    @classmethod
    def from_files(
        cls, cert: str, key: str, *, alpn: Sequence[str] = (), client_ca: str = "", minimum: str = "1.2"
    ) -> ServerTLS:
        """From PEM files, which `reload()` reads again."""
        made = cls(material.read(cert), material.read(key), alpn=alpn, client_ca=client_ca, minimum=minimum)
        made._files = (cert, key)
        return made

    def showing(self, cert_pem: bytes, key_pem: bytes) -> ServerTLS:
        """The same with another certificate."""
        made = copy.copy(self)
        made._files = None
        made.pem = (cert_pem, key_pem)
        made.context = made._make(cert_pem, key_pem)
        return made

    @property
    def asks_clients(self) -> bool:
        """Whether clients have to show a certificate."""
        return bool(self._client_ca)

    def reload(self) -> None:
        """Take the certificate from its files again. Raises UsageError, and keeps the old one, where they are unfit."""
        if self._files is not None:
            pem = material.read(self._files[0]), material.read(self._files[1])
            self.context, self.pem = self._make(*pem), pem

    def _make(self, cert_pem: bytes, key_pem: bytes) -> SSL.Context:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        material.require(context, self._minimum)
        context.set_options(SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE)
        context.set_mode(SSL.MODE_RELEASE_BUFFERS)
        context.set_session_id(b"netloom")
        material.show(context, cert_pem, key_pem)
        if self._alpn:
            context.set_alpn_select_callback(self._select)
        if self._client_ca:
            material.believe(context, "client_ca", self._client_ca)
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _trust)
        material.key_log_wanted()
        context.set_keylog_callback(material.log_key)
        return context

    def _select(self, _: SSL.Connection, offered: list[bytes]) -> bytes:
        """The first of ours that the client offers; none in common is an alert (RFC 7301 §3.2)."""
        found = next((name for name in self._alpn if name in offered), b"")
        if not found:  # what the engine's wrapper has for this case would go on without a protocol
            raise SSL.Error([("SSL routines", "", "no application protocol")])
        return found


async def accept(
    stream: Stream, config: ServerTLS, key_log: Callable[[bytes], None] | None = None, *, at_once: bool = False
) -> TLSLayer:
    """Begin TLS as the server: `at_once`, where the connection's first byte is the handshake's, or after STARTTLS.

    Raises TLSError, RemoteProtocolError.
    """
    early = stream.take_waiting()
    if early and not at_once:
        raise RemoteProtocolError("bytes arrived before the TLS handshake", rule="RFC 3207 §4.2")
    connection = SSL.Connection(config.context, None)
    connection.set_accept_state()
    layer = TLSLayer.under(stream, connection)
    assert isinstance(layer, TLSLayer)  # noqa: S101  # what `under` of this class makes
    layer.key_log = key_log
    if stream.trace is not None:
        stream.trace.tls_of = functools.partial(describe, layer)
    if early:
        layer.data_received(early)
    await layer.shake_hands(ended=stream.at_eof)
    layer.server_name = (connection.get_servername() or b"").decode("ascii", "backslashreplace")
    return layer


def _trust(connection: SSL.Connection, certificate: crypto.X509, number: int, depth: int, ok: int) -> bool:
    layer = connection.get_app_data()
    if not ok and isinstance(layer, TLSLayer) and not layer.problem:
        layer.problem, layer.hint = certificate_problem(certificate, number, depth)
    return bool(ok)
