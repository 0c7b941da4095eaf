"""Anonymity: addresses by a key, such that two which share n bits share exactly n afterwards.

The scheme is Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, ICNP 2002), with AES.
Hardware addresses have no prefixes to keep: they are permuted.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from netloom.errors import UsageError

if TYPE_CHECKING:
    from netloom.endpoint import Secret

KEY = 32
"""Octets of a key: half of them AES's, half of them what makes the padding."""
FRESH = "fresh"
_HEX = 2 * KEY
_ROUNDS = 8
_HALF = 3
_NOBODY, _EVERYBODY = bytes(6), b"\xff" * 6


def key_of(secret: Secret) -> bytes:
    """The key that a secret is: 64 hexadecimal digits are its octets, `fresh` a random one, other words are stretched.

    Raises UsageError for an empty one.
    """
    words = secret.reveal().strip()
    if not words:
        raise UsageError("the key is empty", hint="64 hexadecimal digits, any words, or fresh")
    if words == FRESH:
        return secrets.token_bytes(KEY)
    if len(words) == _HEX:
        try:
            return bytes.fromhex(words)
        except ValueError:
            pass  # words of that length
    return hashlib.scrypt(
        words.encode("utf-8", "surrogatepass"), salt=b"netloom anonymise", n=1 << 14, r=8, p=1, dklen=KEY
    )


class Anonymity:
    """Other addresses by a key of 32 octets, always the same for the same key."""

    def __init__(self, key: bytes) -> None:
        self._encrypt = Cipher(algorithms.AES(key[:16]), modes.ECB()).encryptor().update  # noqa: S305 - the scheme is it
        self._padding = int.from_bytes(self._encrypt(key[16:KEY]), "big")
        permuting = hashlib.blake2b(key, digest_size=16, person=b"hardware").digest()
        self._permute = Cipher(algorithms.AES(permuting), modes.ECB()).encryptor().update  # noqa: S305 - a round of it

    def address(self, address: bytes) -> bytes:
        """An address of IP, of either version; also the beginning of one."""
        size = len(address)
        bits = 8 * size
        number = int.from_bytes(address, "big") << 128 - bits
        blocks = bytearray()
        for kept in range(bits):
            rest = (1 << 128 - kept) - 1
            blocks += (number & ~rest | self._padding & rest).to_bytes(16, "big")
        flips = 0
        for octet in self._encrypt(bytes(blocks))[::16]:
            flips = flips << 1 | octet >> 7
        return (int.from_bytes(address, "big") ^ flips).to_bytes(size, "big")

    def hardware(self, address: bytes) -> bytes:
        """A hardware address. A group's stays a group's; nobody and everybody are who they were.

        One that hasn't six octets, or was cut, becomes zeros.
        """
        if len(address) != 2 * _HALF:
            return bytes(len(address))
        if address in (_NOBODY, _EVERYBODY):
            return address
        group = address[0] & 1
        while True:  # along the permutation's cycle, until it is such an address again
            address = self._permuted(address)
            if address[0] & 1 == group and address not in (_NOBODY, _EVERYBODY):
                return address

    def _permuted(self, address: bytes) -> bytes:
        """Feistel's: each half is changed by the other in turn."""
        left, right = int.from_bytes(address[:_HALF], "big"), int.from_bytes(address[_HALF:], "big")
        for turn in range(_ROUNDS):
            block = bytes((turn, *bytes(12))) + right.to_bytes(_HALF, "big")
            left, right = right, left ^ int.from_bytes(self._permute(block)[:_HALF], "big")
        return left.to_bytes(_HALF, "big") + right.to_bytes(_HALF, "big")
