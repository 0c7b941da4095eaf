"""Passwords as a configuration shows them: SHA-512-crypt, as crypt(5) has it, so that none is kept as typed."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5000
_HASH = re.compile(r"\$6\$([./0-9A-Za-z]{1,16})\$[./0-9A-Za-z]{86}")
_ANY = re.compile(r"\$(1|5|6|8|9|y|2[aby])\$[!-~]{1,200}")
_LIMIT = 128


def hashed(password: str, salt: str = "") -> str:
    """`$6$SALT$…`, with a new salt unless one is given. Raises ValueError for a password of more than 128 bytes."""
    salt = salt or "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return f"$6${salt}${_digest(password.encode(), salt.encode())}"


def is_hash(text: str) -> bool:
    """Whether a text is a password as some system hashes it; not each of those can be compared with here."""
    return bool(_ANY.fullmatch(text))


def matches(password: str, known: str) -> bool:
    """Whether this is the password. False for hashes of other kinds than ours."""
    found = _HASH.fullmatch(known)
    if found is None or len(password.encode()) > _LIMIT:
        return False
    return hmac.compare_digest(hashed(password, found[1]), known)


def _digest(password: bytes, salt: bytes) -> str:
    """Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512", version 0.6, step by step."""
    size = len(password)
    if size > _LIMIT:
        raise ValueError("a password has no more than 128 bytes")
    other = hashlib.sha512(password + salt + password).digest()
    first = password + salt + _repeated(other, size)
    bits = size
    while bits:
        first += other if bits & 1 else password
        bits >>= 1
    current = hashlib.sha512(first).digest()
    own = _repeated(hashlib.sha512(password * size).digest(), size)
    spice = _repeated(hashlib.sha512(salt * (16 + current[0])).digest(), len(salt))
    for number in range(_ROUNDS):
        said = own if number & 1 else current
        if number % 3:
            said += spice
        if number % 7:
            said += own
        said += current if number & 1 else own
        current = hashlib.sha512(said).digest()
    return _encoded(current)


def _repeated(digest: bytes, size: int) -> bytes:
    return (digest * (size // 64 + 1))[:size]


def _encoded(digest: bytes) -> str:
    """Base 64 of its own, over bytes in an order of its own."""
    text = ""
    for group in range(21):
        places = (group, group + 21, group + 42)
        turned = [places[(at + group) % 3] for at in range(3)]
        text += _letters(digest[turned[0]] << 16 | digest[turned[1]] << 8 | digest[turned[2]], 4)
    return text + _letters(digest[63], 2)


def _letters(number: int, count: int) -> str:
    return "".join(_ALPHABET[number >> 6 * place & 63] for place in range(count))
