"""SMTP authentication exchanges: PLAIN, LOGIN, CRAM-MD5, XOAUTH2 (RFC 4954, RFC 4616, RFC 2195)."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode, b64encode

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.credentials import Credentials

MECHANISMS = ("CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2")
LOGIN_PROMPTS = (b"Username:", b"Password:")
"""A server's two challenges of LOGIN, which has no RFC: this is what clients look for."""

_RULE = "RFC 4954 §4"
_MECHANISM = re.compile(r"[A-Z0-9_-]{1,20}")


class Attempt(Struct, frozen=True):
    """The argument of AUTH: a mechanism and perhaps its first answer, None if it is still to be asked for."""

    mechanism: str
    initial: bytes | None = None

    def __repr__(self) -> str:
        return f"Attempt(mechanism={self.mechanism!r}, initial={'None' if self.initial is None else '***'})"


# The frame of an exchange: base64, "=" for an empty first answer, "*" to give up


def encode(answer: bytes) -> str:
    """A challenge or an answer as it stands on the wire."""
    return b64encode(answer).decode("ascii")


def decode(text: str) -> bytes:
    """A challenge or an answer from the wire; a client's `*` is for the server to look for before."""
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RemoteProtocolError("what was said to authenticate isn't base64", rule=_RULE) from None


def emit_attempt(attempt: Attempt) -> str:
    """The argument of AUTH."""
    if not _MECHANISM.fullmatch(attempt.mechanism):
        raise LocalProtocolError(f"{attempt.mechanism!r} is no SASL mechanism", rule="RFC 4422 §3.1")
    if attempt.initial is None:
        return attempt.mechanism
    return f"{attempt.mechanism} {encode(attempt.initial) or '='}"


def parse_attempt(argument: str) -> Attempt:
    """The argument of AUTH."""
    mechanism, _, initial = argument.partition(" ")
    if not (mechanism.isascii() and _MECHANISM.fullmatch(mechanism.upper())):
        raise RemoteProtocolError("AUTH names a SASL mechanism", rule="RFC 4422 §3.1", offset=0)
    if not initial:
        return Attempt(mechanism.upper())
    return Attempt(mechanism.upper(), b"" if initial == "=" else decode(initial))


def _octets(text: str, forbidden: str, what: str, rule: str) -> bytes:
    if any(character in text for character in forbidden):
        raise LocalProtocolError(f"{what} holds a character that can't be sent", rule=rule)
    return text.encode()


def _text(data: bytes, what: str, rule: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RemoteProtocolError(f"{what} isn't UTF-8", rule=rule) from None


# PLAIN


def plain_answer(credentials: Credentials) -> bytes:
    """The client's only answer."""
    parts = (credentials.authorize_as, credentials.username, credentials.password)
    if not credentials.username or not credentials.password:
        raise LocalProtocolError("PLAIN needs a user name and a password", rule="RFC 4616 §2")
    return b"\0".join(_octets(part, "\0", "the user name or the password", "RFC 4616 §2") for part in parts)


def parse_plain(answer: bytes) -> Credentials:
    """Who the client says it is."""
    parts = answer.split(b"\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        raise RemoteProtocolError("PLAIN has three parts, the last two not empty", rule="RFC 4616 §2")
    authorize_as, username, password = (_text(part, "what PLAIN says", "RFC 4616 §2") for part in parts)
    return Credentials(username, password, authorize_as)


# LOGIN


def login_answers(credentials: Credentials) -> tuple[bytes, bytes]:
    """The client's answers to the two challenges."""
    if credentials.authorize_as:
        raise LocalProtocolError("LOGIN can't act as another user", rule=_RULE, hint="use PLAIN")
    what = "the user name or the password"
    return (_octets(credentials.username, "\0", what, _RULE), _octets(credentials.password, "\0", what, _RULE))


def parse_login(username: bytes, password: bytes) -> Credentials:
    """Who the client says it is, from its two answers."""
    if not username or b"\0" in username + password:
        raise RemoteProtocolError("LOGIN has a user name, and no NUL", rule=_RULE)
    return Credentials(_text(username, "the user name", _RULE), _text(password, "the password", _RULE))


# CRAM-MD5


class Digest(Struct, frozen=True):
    """A client's answer to a CRAM-MD5 challenge: 32 hexadecimal digits that only the password gives."""

    username: str
    digest: str


def cram_md5_challenge(unique: str, host: str) -> bytes:
    """A server's challenge: `unique` must be hard to guess and never come twice."""
    challenge = f"<{unique}@{host}>"
    if not re.fullmatch(r"<[!-;=?A-~]+@[!-;=?A-~]+>", challenge):
        raise LocalProtocolError("a challenge is made of printable ASCII", rule="RFC 2195 §2")
    return challenge.encode("ascii")


def cram_md5_digest(challenge: bytes, password: str) -> str:
    """What the right password makes of the challenge."""
    return hmac.new(password.encode(), challenge, "md5").hexdigest()


def cram_md5_answer(challenge: bytes, credentials: Credentials) -> bytes:
    """The client's answer to a challenge."""
    if credentials.authorize_as or not credentials.username:
        raise LocalProtocolError("CRAM-MD5 needs a user name, and can't act as another", rule="RFC 2195 §2")
    name = _octets(credentials.username, "\0\r\n", "the user name", "RFC 2195 §2")
    return name + b" " + cram_md5_digest(challenge, credentials.password).encode("ascii")


def parse_cram_md5(answer: bytes) -> Digest:
    """Who answered, and what; `cram_md5_digest` and `hmac.compare_digest` tell whether it is right."""
    name, _, digest = answer.rpartition(b" ")
    if not name or not re.fullmatch(rb"[0-9a-f]{32}", digest):
        raise RemoteProtocolError("CRAM-MD5 has a user name and 32 hexadecimal digits", rule="RFC 2195 §2")
    return Digest(_text(name, "the user name", "RFC 2195 §2"), digest.decode("ascii"))


# XOAUTH2

_RULE_XOAUTH2 = "SASL XOAUTH2"


def xoauth2_answer(credentials: Credentials) -> bytes:
    """The client's only answer; the password is the bearer token."""
    if credentials.authorize_as or not credentials.username or not credentials.password:
        raise LocalProtocolError("XOAUTH2 needs a user name and a token, and can't act as another", rule=_RULE_XOAUTH2)
    user = _octets(credentials.username, "\x01\0\r\n", "the user name", _RULE_XOAUTH2)
    token = _octets(credentials.password, "\x01\0\r\n ", "the token", _RULE_XOAUTH2)
    return b"user=" + user + b"\x01auth=Bearer " + token + b"\x01\x01"


def parse_xoauth2(answer: bytes) -> Credentials:
    """Who the client says it is; the password is the bearer token."""
    found = re.fullmatch(rb"user=([^\x01\x00\r\n]+)\x01auth=Bearer ([^\x01\x00\r\n ]+)\x01\x01", answer, re.IGNORECASE)
    if not found:
        raise RemoteProtocolError("XOAUTH2 has a user and a bearer token", rule=_RULE_XOAUTH2)
    return Credentials(_text(found[1], "the user name", _RULE_XOAUTH2), _text(found[2], "the token", _RULE_XOAUTH2))
