"""A finished handshake as a record: version, cipher, chain with expiry."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from OpenSSL import SSL
from OpenSSL._util import lib

from netloom.records import TLS, Certificate

if TYPE_CHECKING:
    from netloom.links.tls.layer import TLSLayer


def describe(layer: TLSLayer) -> TLS:
    """What both sides agreed on, and the peer's chain, leaf first."""
    connection = layer.connection
    chain = peer_chain(connection)
    return TLS(
        version=connection.get_protocol_version_name().replace("TLSv", "TLS "),
        cipher=connection.get_cipher_name() or "",
        alpn=layer.alpn,
        server_name=layer.server_name,
        verified=connection.get_context().get_verify_mode() != SSL.VERIFY_NONE and not layer.problem and bool(chain),
        problem=layer.problem,
        resumed=_resumed(connection),
        group=connection.get_group_name() or "",
        expires_in=min(c.not_after for c in chain) - time.time() if chain else None,
        chain=chain,
    )


def _resumed(connection: SSL.Connection) -> bool:
    """Whether the session was resumed; the engine's wrapper has no word for it."""
    return bool(lib.SSL_session_reused(connection._ssl))


def peer_chain(connection: SSL.Connection) -> list[Certificate]:
    """The certificates that the peer showed, leaf first: to a server OpenSSL gives a client's issuers without it."""
    leaf = connection.get_peer_certificate(as_cryptography=True)
    shown = list(connection.get_peer_cert_chain(as_cryptography=True) or ())
    if leaf is not None and leaf not in shown[:1]:
        shown.insert(0, leaf)
    return [certificate_record(certificate) for certificate in shown]


@functools.lru_cache(maxsize=512)
def certificate_record(certificate: x509.Certificate) -> Certificate:
    """A certificate as a record, whatever is in it."""
    try:
        return _readable(certificate)
    except ValueError as exc:  # a peer may show what no authority would issue
        return Certificate(
            subject=f"unreadable: {exc}", issuer="", serial="", not_before=0.0, not_after=0.0, names=[], key="",
            signature="", fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        )  # fmt: skip


def _readable(certificate: x509.Certificate) -> Certificate:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        alternatives = [str(name.value) for name in names]
    except (x509.ExtensionNotFound, ValueError):
        alternatives = []
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        names=alternatives,
        key=_key(certificate),
        signature=certificate.signature_algorithm_oid._name,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _key(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except Exception:  # a key type that the library doesn't know is a fact to show, not a failure
        return "unknown"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return type(key).__name__.removesuffix("PublicKey")
    return f"DSA {key.key_size}" if isinstance(key, dsa.DSAPublicKey) else type(key).__name__
