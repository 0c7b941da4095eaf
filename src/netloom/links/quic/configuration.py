"""What a QUIC connection brings to its handshake, from our own options and certificates (RFC 9000 §7.4, RFC 9001)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from qh3.quic.configuration import QuicConfiguration

from netloom.errors import UsageError
from netloom.links.tls import material

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from netloom.links.tls import ClientTLS, ServerTLS

DATAGRAM = 1200
"""Bytes that every path takes (RFC 9000 §14); a client looks whether its path takes more."""


class Windows(msgspec.Struct, frozen=True):
    """Bytes that a peer may send beyond what was taken: on the connection, and on each stream."""

    connection: int
    stream: int


class _Secrets:
    """A file as the engine wants one, for its lines of secrets."""

    def __init__(self, key_log: Callable[[bytes], None] | None) -> None:
        self._key_log = key_log

    def write(self, text: str) -> None:
        line = text.rstrip("\n").encode("ascii")
        if self._key_log is not None:
            self._key_log(line)
        material.keep_key(line)

    def flush(self) -> None:
        """Every line goes at once."""


def for_client(
    tls: ClientTLS, name: str, windows: Windows, idle: float, key_log: Callable[[bytes], None] | None
) -> QuicConfiguration:
    """A client's. The engine checks that the server owns its certificate; whether to trust it is judged by us.

    Raises UsageError for a certificate of ours that can't be used.
    """
    made = _base(tls.alpn, windows, idle, client=True)
    made.server_name = name
    made.verify_mode = ssl.CERT_NONE
    if tls.cert:
        _show(made, material.read(tls.cert), material.read(tls.key or tls.cert))
    _keep_secrets(made, key_log)
    return made


def for_server(
    tls: ServerTLS,
    alpn: Sequence[str],
    windows: Windows,
    idle: float,
    key_log: Callable[[bytes], None] | None = None,
) -> QuicConfiguration:
    """A server's. Raises UsageError for what the engine can't do."""
    if tls.asks_clients:
        raise UsageError("client certificates can't be asked for over HTTP/3 here", hint="client_ca goes without http3")
    made = _base(alpn, windows, idle, client=False)
    _show(made, *tls.pem)
    _keep_secrets(made, key_log)
    return made


def _base(alpn: Sequence[str], windows: Windows, idle: float, *, client: bool) -> QuicConfiguration:
    return QuicConfiguration(
        is_client=client,
        alpn_protocols=list(alpn),
        idle_timeout=idle,
        max_data=windows.connection,
        max_stream_data=windows.stream,
        max_datagram_size=DATAGRAM,
        probe_datagram_size=client,
    )


def _keep_secrets(made: QuicConfiguration, key_log: Callable[[bytes], None] | None) -> None:
    if key_log is not None or material.key_log_wanted():
        made.secrets_log_file = _text_file(_Secrets(key_log))


def _text_file(secrets: _Secrets) -> TextIO:
    return secrets  # type: ignore[return-value]  # the engine writes and flushes


def _show(made: QuicConfiguration, cert_pem: bytes, key_pem: bytes) -> None:
    """A certificate and its key, in the form that the engine reads."""
    try:
        key = load_pem_private_key(key_pem, None)
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        made.load_cert_chain(material.certificates(cert_pem), plain)
    except Exception as exc:
        raise UsageError(f"no certificate with its key that QUIC can show: {str(exc).partition('. ')[0]}") from exc
