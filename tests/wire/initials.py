"""QUIC's Initial packets as a client would send them, for tests (RFC 9000 §17.2.2, RFC 9001 §5)."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from netloom.wire.http3 import varint
from netloom.wire.quic_initial import VERSION_1, VERSIONS, Keys, keys


def crypto_frame(offset: int, data: bytes) -> bytes:
    """A piece of the handshake."""
    return b"\x06" + varint.emit(offset) + varint.emit(len(data)) + data


def initial(
    frames: bytes,
    destination: bytes,
    number: int = 0,
    version: int = VERSION_1,
    own: Keys | None = None,
    token: bytes = b"",
    size: int = 4,
) -> bytes:
    """A protected packet; `own` are keys, where they don't come from its own destination."""
    own = own or keys(destination, version)
    frames += bytes(max(0, 20 - len(frames)))
    first = 0xC0 | VERSIONS[version].initial << 4 | (size - 1)
    head = bytes([first]) + version.to_bytes(4, "big") + bytes([len(destination)]) + destination + b"\0"
    head += varint.emit(len(token)) + token + (0x4000 | size + len(frames) + 16).to_bytes(2, "big")
    at = len(head)
    head += number.to_bytes(size, "big")
    nonce = (int.from_bytes(own.iv, "big") ^ number).to_bytes(12, "big")
    packet = head + AESGCM(own.key).encrypt(nonce, frames, head)
    mask = Cipher(AES(own.header), ECB()).encryptor().update(packet[at + 4 : at + 20])  # noqa: S305  # one block
    covered = bytes(a ^ b for a, b in zip(packet[at : at + size], mask[1:], strict=False))
    return bytes([packet[0] ^ mask[0] & 0x0F]) + packet[1:at] + covered + packet[at + size :]
