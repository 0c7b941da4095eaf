"""What is shown and what is believed: certificates and keys from PEM into an engine's context, key logs out of it."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from OpenSSL import SSL

from netloom.errors import CapabilityError, UsageError
from netloom.links.tls.layer import TLSLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSIONS = {
    "1.0": SSL.TLS1_VERSION,
    "1.1": SSL.TLS1_1_VERSION,
    "1.2": SSL.TLS1_2_VERSION,
    "1.3": SSL.TLS1_3_VERSION,
}
CERT_FILE = "SSL_CERT_FILE"
_KEY_LOG = "SSLKEYLOGFILE"

log = logging.getLogger("netloom.tls")


def read(path: str) -> bytes:
    """A PEM file's bytes. Raises UsageError."""
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise UsageError(f"{path} can't be read: {exc.strerror}") from exc


def show(context: SSL.Context, cert_pem: bytes, key_pem: bytes) -> None:
    """Let a context show a certificate with its issuers. Raises UsageError where it and the key are no use."""
    try:
        leaf, *issuers = load_pem_x509_certificates(cert_pem)
        context.use_certificate(leaf)
        for issuer in issuers:
            context.add_extra_chain_cert(issuer)
        context.use_privatekey(load_pem_private_key(key_pem, None))  # type: ignore[arg-type]  # any that it can hold
        context.check_privatekey()
    except SSL.Error as exc:
        raise UsageError("the certificate and the key don't belong together") from exc
    except (ValueError, TypeError) as exc:
        why = str(exc).partition(". ")[0]  # what follows is a link to the library's pages
        raise UsageError(f"no usable certificate with its key: {why}") from exc


def certificates(pem: bytes) -> bytes:
    """The certificates alone of a PEM text that may hold their key as well. Raises ValueError."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in load_pem_x509_certificates(pem))


def believe(context: SSL.Context, option: str, place: str) -> None:
    """Trust the issuers in a PEM file or a folder of them, instead of the system's. Raises UsageError."""
    if os.path.isdir(place):  # noqa: PTH112  # Path's raises for names that are too long
        context.load_verify_locations(None, place)
    else:
        _believe_file(context, option, place)


def believe_system(context: SSL.Context) -> None:
    """Trust the system's issuers, or those that SSL_CERT_FILE and SSL_CERT_DIR name instead.

    Raises UsageError for an SSL_CERT_FILE without certificates, where the engine would go on without any.
    """
    context.set_default_verify_paths()
    named = os.environ.get(CERT_FILE)
    if named:
        _believe_file(context, CERT_FILE, named)


def _believe_file(context: SSL.Context, option: str, place: str) -> None:
    try:
        Path(place).open("rb").close()  # the engine doesn't say why it can't
    except OSError as exc:
        raise UsageError(f"{option}={place} can't be read: {exc.strerror}") from exc
    try:
        context.load_verify_locations(place, None)
    except SSL.Error as exc:
        raise UsageError(f"{option}={place} holds no PEM certificate") from exc


def require(context: SSL.Context, minimum: str) -> None:
    """Set the lowest version. Raises UsageError for one that there isn't."""
    if minimum not in VERSIONS:
        raise UsageError(f"tls_minimum is one of {', '.join(VERSIONS)}, not {minimum!r}")
    context.set_min_proto_version(VERSIONS[minimum])
    if minimum in ("1.0", "1.1"):
        # Both hash with SHA-1, which the engine allows on its lowest level only.
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")


def protocols(names: Sequence[str]) -> list[bytes]:
    """Protocols' names as ALPN has them (RFC 7301 §3.1), 1 to 255 octets each. Raises UsageError."""
    for name in names:
        if not name.isascii() or not 1 <= len(name) <= 255:
            raise UsageError(f"alpn={name}: names of 1 to 255 ASCII characters are expected", hint="alpn=h2;http/1.1")
    return [name.encode("ascii") for name in names]


def key_log_wanted() -> bool:
    """Whether SSLKEYLOGFILE names a file. Raises CapabilityError where it can't be written, while that can be told."""
    path = os.environ.get(_KEY_LOG)
    if not path:
        return False
    try:
        os.close(_append_to(path))
    except OSError as exc:
        raise CapabilityError(f"{_KEY_LOG}={path} can't be written: {exc.strerror}") from exc
    return True


def log_key(connection: SSL.Connection, line: bytes) -> None:
    """Give a secret to the connection's recording, and to the file that SSLKEYLOGFILE names."""
    layer = connection.get_app_data()
    if isinstance(layer, TLSLayer) and layer.key_log is not None:
        layer.key_log(line)
    keep_key(line)


def keep_key(line: bytes) -> None:
    """Append a secret's line to the file that SSLKEYLOGFILE names, if it does."""
    path = os.environ.get(_KEY_LOG)
    if not path:
        return
    try:
        file = _append_to(path)
        try:
            os.write(file, line + b"\n")
        finally:
            os.close(file)
    except OSError as exc:  # the engine calls from within the handshake, where nothing can be raised
        log.warning("%s=%s can't be written: %s", _KEY_LOG, path, exc.strerror)


def _append_to(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
