"""The client's side: what to trust, what to offer, and the handshake over a standing stream (RFC 8446, RFC 6125)."""

from __future__ import annotations

import functools
import ipaddress
import os
import re
from typing import TYPE_CHECKING

import msgspec
from OpenSSL import SSL, crypto
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address

from netloom.errors import Phase, RemoteProtocolError, TLSError, UsageError
from netloom.links.tls import material
from netloom.links.tls.describe import describe, peer_chain
from netloom.links.tls.explain import certificate_problem
from netloom.links.tls.layer import TLSLayer

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

    from netloom.links.stream import Stream

_NAME = re.compile(r"[A-Za-z0-9_\-.]{1,253}")


class ClientTLS(msgspec.Struct, frozen=True, kw_only=True):
    """What a client brings to a handshake: paths of PEM files, the lowest version (such as 1.2), and what to offer."""

    verify: bool = True
    ca: str = ""
    cert: str = ""
    key: str = ""
    minimum: str = "1.2"
    alpn: tuple[str, ...] = ()


async def secure(
    stream: Stream,
    server_name: str,
    config: ClientTLS,
    key_log: Callable[[bytes], None] | None = None,
    *,
    resume: TLSLayer | None = None,
) -> TLSLayer:
    """Begin TLS on a stream that stands, at once or after STARTTLS. Raises TLSError, RemoteProtocolError.

    `resume` is another connection to the same server, by the same configuration: its session is offered again, and the
    server decides (RFC 8446 §2.2). FTP's servers may want that of data connections.

    Bytes that arrived before the handshake were injected by somebody or sent by a broken server: they are refused,
    never taken for part of the secured dialogue (CVE-2011-0411).
    """
    stream.enter(Phase.TLS)
    if stream.peek():
        raise RemoteProtocolError(
            "bytes arrived before the TLS handshake", rule="RFC 3207 §5", hint="somebody may sit in between"
        )
    name = server_name.removesuffix(".")  # RFC 6066 §3: without the root's dot
    logs = material.key_log_wanted() or key_log is not None
    connection = SSL.Connection(_context(config, _files(config), logs), None)
    if name and not _is_address(name):
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} can't be a server's name in TLS")
        connection.set_tlsext_host_name(name.encode("ascii"))
    session = resume.connection.get_session() if resume is not None else None
    if session is not None:
        connection.set_session(session)
    connection.set_connect_state()
    layer = TLSLayer.under(stream, connection, name)
    assert isinstance(layer, TLSLayer)  # noqa: S101  # what `under` of this class makes
    layer.check = functools.partial(_check_name, verify=config.verify)
    layer.key_log = key_log
    if stream.trace is not None:
        stream.trace.tls_of = functools.partial(describe, layer)
    await layer.shake_hands(ended=stream.at_eof)
    return layer


@functools.lru_cache(maxsize=4096)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _check_name(layer: TLSLayer, *, verify: bool) -> None:
    name = layer.server_name
    certificate = layer.connection.get_peer_certificate(as_cryptography=True)
    if certificate is not None and is_for(certificate, name):
        return
    chain = peer_chain(layer.connection)
    names = ", ".join(chain[0].names) if chain else ""
    problem = f"certificate is for {names or 'nobody by name'}, not for {name}"
    layer.problem = layer.problem or problem
    if verify:
        raise TLSError(problem, hint="is that the right host? Look anyway: #verify=no")


@functools.lru_cache(maxsize=1024)
def is_for(certificate: x509.Certificate, name: str) -> bool:
    """Whether a certificate names a host (RFC 9525). The answer for the same two is the same: it takes long to find."""
    try:
        if _is_address(name):
            verify_certificate_ip_address(certificate, name)
        else:
            verify_certificate_hostname(certificate, name)
    except (VerificationError, CertificateError, ValueError):
        return False
    return True


def _trust(  # noqa: PLR0913  # the engine's callback
    layer_of: SSL.Connection, certificate: crypto.X509, number: int, depth: int, ok: int, *, verify: bool
) -> bool:
    """The engine asks for each certificate: keep the first reason why one isn't to be trusted."""
    layer = layer_of.get_app_data()
    if not ok and isinstance(layer, TLSLayer) and not layer.problem:
        layer.problem, layer.hint = certificate_problem(certificate, number, depth)
    return bool(ok) or not verify


def trusted(config: ClientTLS) -> crypto.X509Store:
    """Whom a configuration believes, for a chain that another engine's handshake brought. Raises UsageError."""
    store = _context(config, _files(config), material.key_log_wanted()).get_cert_store()
    if store is None:
        raise UsageError("there is nobody to trust")
    return store


def _files(config: ClientTLS) -> tuple[object, ...]:
    """What the context depends on besides its configuration: which files they are, and what they hold by now."""
    named = "" if config.ca else os.environ.get(material.CERT_FILE, "")
    found: list[object] = [] if config.ca else [named, os.environ.get("SSL_CERT_DIR")]
    for path in (config.ca, named, config.cert, config.key):
        if path:
            try:
                status = os.stat(path)  # noqa: PTH116  # on the way to every handshake
            except OSError:
                continue
            found.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)


@functools.lru_cache(maxsize=64)
def _context(config: ClientTLS, _: tuple[object, ...], logs: bool) -> SSL.Context:
    """One context for each distinct configuration: reading the system's store takes tens of milliseconds."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    material.require(context, config.minimum)
    context.set_options(SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_verify(SSL.VERIFY_PEER, functools.partial(_trust, verify=config.verify))
    if config.ca:
        material.believe(context, "ca", config.ca)
    else:
        material.believe_system(context)
    if config.cert:
        material.show(context, material.read(config.cert), material.read(config.key or config.cert))
    if config.alpn:
        context.set_alpn_protos(material.protocols(config.alpn))
    if logs:
        context.set_keylog_callback(material.log_key)
    return context
