"""JA4: a TLS client by what its ClientHello offers (FoxIO's JA4, the part for TLS clients)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from netloom.wire.tls_hello import ALPN, SERVER_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.wire.tls_hello import ClientHello

TCP, QUIC = "t", "q"
_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
_NONE = "0" * 12


def ja4(hello: ClientHello, transport: str = TCP) -> str:
    """The fingerprint: what can be read, the ciphers' hash, and that of extensions and signatures.

    `transport` is t for TCP or q for QUIC. Raises RemoteProtocolError where an extension that counts is broken.
    """
    ciphers = _known(hello.ciphers)
    extensions = _known(kind for kind, _ in hello.extensions)
    version = max(_known(hello.versions), default=hello.version)
    head = (
        f"{transport}{_VERSIONS.get(version, '00')}{'d' if SERVER_NAME in extensions else 'i'}"
        f"{min(len(ciphers), 99):02}{min(len(extensions), 99):02}{_protocol(hello.alpn)}"
    )
    offered = ",".join(sorted(_hex(kind for kind in extensions if kind not in (SERVER_NAME, ALPN))))
    signatures = ",".join(_hex(_known(hello.signatures)))
    hashed = _hash(f"{offered}_{signatures}" if signatures else offered) if offered else _NONE
    return f"{head}_{_hash(','.join(sorted(_hex(ciphers)))) if ciphers else _NONE}_{hashed}"


def grease(number: int) -> bool:
    """Whether a number means nothing, and is sent so that nobody relies on those that are known (RFC 8701 §2)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def _known(numbers: Iterable[int]) -> list[int]:
    return [number for number in numbers if not grease(number)]


def _hex(numbers: Iterable[int]) -> list[str]:
    return [f"{number:04x}" for number in numbers]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def _protocol(alpn: tuple[bytes, ...]) -> str:
    """The first protocol's first and last character; of its octets in hexadecimal, where those aren't alphanumeric."""
    if not alpn or not alpn[0]:
        return "00"
    first = alpn[0]
    plain = (first[:1] + first[-1:]).isalnum()
    text = first.decode("latin-1") if plain else first.hex()
    return text[0] + text[-1]
