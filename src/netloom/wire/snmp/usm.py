"""The user-based security model: keys from passwords, digests and privacy (RFC 3414, 3826, 7860).

AES with 192 and 256 bits as draft-blumenthal-aes-usm-04 has it, and as draft-reeder-snmpv3-usm-3desede-00 extends keys.
"""

from __future__ import annotations

import functools
import hashlib
import hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from msgspec import Struct

from netloom.endpoint import Secret
from netloom.errors import LocalProtocolError, RemoteProtocolError

DIGESTS: dict[str, tuple[str, int]] = {
    "md5": ("md5", 12), "sha": ("sha1", 12), "sha224": ("sha224", 16), "sha256": ("sha256", 24),
    "sha384": ("sha384", 32), "sha512": ("sha512", 48),
}  # fmt: skip
"""The authentication protocols: the hash, and the octets of its digest that are sent (RFC 3414 §6, RFC 7860 §4.1)."""
CIPHERS: dict[str, tuple[int, str]] = {
    "des": (16, ""), "aes": (16, ""), "aes192": (24, "blumenthal"), "aes256": (32, "blumenthal"),
    "aes192c": (24, "reeder"), "aes256c": (32, "reeder"),
}  # fmt: skip
"""The privacy protocols: the octets of their keys, and how a hash that is shorter is made longer."""
_MEGABYTE = 1 << 20
_SALT = 8


class Keys(Struct, frozen=True):
    """A user's keys at one engine: with these digests are made, and data encrypted. They are secrets."""

    auth: str
    auth_key: bytes
    priv: str = ""
    priv_key: bytes = b""

    def __repr__(self) -> str:
        return f"Keys({self.auth}, {self.priv}, •••)"

    @property
    def digest_size(self) -> int:
        """Octets of a digest."""
        return DIGESTS[self.auth][1]


class User(Struct, frozen=True):
    """Somebody's passwords and protocols; `priv` may be "", and both may be for a user who proves nothing."""

    name: bytes
    auth: str = ""
    auth_password: Secret | None = None
    priv: str = ""
    priv_password: Secret | None = None


@functools.lru_cache(maxsize=256)
def keys(user: User, engine_id: bytes) -> Keys | None:
    """A user's keys at an engine, or None for one who proves nothing. It takes milliseconds for a new password."""
    if not user.auth or user.auth_password is None:
        return None
    auth_key = localized(user.auth, password_key(user.auth, user.auth_password), engine_id)
    if not user.priv or user.priv_password is None:
        return Keys(user.auth, auth_key)
    key = localized(user.auth, password_key(user.auth, user.priv_password), engine_id)
    return Keys(user.auth, auth_key, user.priv, _extended(user, key, engine_id))


@functools.lru_cache(maxsize=256)
def password_key(auth: str, password: Secret) -> bytes:
    """The key that a password is, at no engine in particular (RFC 3414 §A.2). Raises LocalProtocolError."""
    octets = password.reveal().encode("utf-8", "surrogateescape")
    if not octets:
        raise LocalProtocolError("an empty password proves nothing", rule="RFC 3414 §A.2")
    return _stretched(auth, octets)


def _stretched(auth: str, octets: bytes) -> bytes:
    repeated = octets * (_MEGABYTE // len(octets) + 1)
    return hashlib.new(DIGESTS[auth][0], repeated[:_MEGABYTE], usedforsecurity=False).digest()


def localized(auth: str, key: bytes, engine_id: bytes) -> bytes:
    """The key for one engine only (RFC 3414 §2.6)."""
    return hashlib.new(DIGESTS[auth][0], key + engine_id + key, usedforsecurity=False).digest()


def _extended(user: User, key: bytes, engine_id: bytes) -> bytes:
    size, manner = CIPHERS[user.priv]
    while len(key) < size:
        if manner == "reeder":
            key += localized(user.auth, _stretched(user.auth, key), engine_id)
        else:
            key += hashlib.new(DIGESTS[user.auth][0], key, usedforsecurity=False).digest()
    return key[:size]


# Authentication


def signed(message: bytes, at: int, key: Keys) -> bytes:
    """The message, in which zeros stand for the digest, with its digest (RFC 3414 §6.3.1)."""
    name, size = DIGESTS[key.auth]
    return message[:at] + hmac.digest(key.auth_key, message, name)[:size] + message[at + size :]


def is_signed(message: bytes, at: int, digest: bytes, key: Keys) -> bool:
    """Whether the digest that stands at `at` is the message's, and as long as it has to be (RFC 3414 §6.3.2)."""
    name, size = DIGESTS[key.auth]
    bare = message[:at] + bytes(size) + message[at + size :]
    return hmac.compare_digest(hmac.digest(key.auth_key, bare, name)[:size], digest)


# Privacy


def encrypt(data: bytes, key: Keys, clock: tuple[int, int], number: int) -> tuple[bytes, bytes]:
    """Encrypted data, and the privacy parameters that go with them.

    `clock` is the authoritative engine's boots and time; no two messages may have the same `number` with one key.
    """
    boots, time = clock
    if key.priv == "des":
        salt = boots.to_bytes(4) + (number & 0xFFFFFFFF).to_bytes(4)
        padded = data + bytes(-len(data) % 8)
        return _des(key.priv_key, salt).encryptor().update(padded), salt
    salt = (number & (1 << 64) - 1).to_bytes(_SALT)
    initial = boots.to_bytes(4) + time.to_bytes(4) + salt
    return Cipher(_aes(key.priv_key), CFB(initial)).encryptor().update(data), salt


def decrypt(data: bytes, key: Keys, clock: tuple[int, int], salt: bytes) -> bytes:
    """What was encrypted, padding included. Raises RemoteProtocolError for what can't have been."""
    if len(salt) != _SALT:
        raise RemoteProtocolError(f"privacy parameters of {len(salt)} octets", rule="RFC 3414 §8.3.2")
    if key.priv == "des":
        if len(data) % 8 or not data:
            raise RemoteProtocolError(f"{len(data)} octets of DES", rule="RFC 3414 §8.3.2")
        return _des(key.priv_key, salt).decryptor().update(data)
    initial = clock[0].to_bytes(4) + clock[1].to_bytes(4) + salt
    return Cipher(_aes(key.priv_key), CFB(initial)).decryptor().update(data)


def _des(key: bytes, salt: bytes) -> Cipher[CBC]:
    """DES, which is triple DES with one key three times (RFC 3414 §8.1.1.1)."""
    initial = bytes(mine ^ theirs for mine, theirs in zip(salt, key[8:16], strict=True))
    return Cipher(TripleDES(key[:8] * 3), CBC(initial))


@functools.lru_cache(maxsize=256)
def _aes(key: bytes) -> AES:
    return AES(key)
