"""SCRAM-SHA-256: both sides show that they know a password, and neither says it (RFC 5802, RFC 7677)."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
import stringprep
import unicodedata
from base64 import b64decode, b64encode

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

MECHANISM = "SCRAM-SHA-256"
ITERATIONS = 4096
MOST_ITERATIONS = 1_000_000
"""What a server may ask of a client: about half a second's work."""

_RULE = "RFC 5802 §7"
_NAME = r"(?:[^,=\0]|=2C|=3D)+"
_FIRST = re.compile(
    rf"(?P<gs2>[ny],(?:a=(?P<act_as>{_NAME}))?,)(?P<bare>n=(?P<user>{_NAME}),r=(?P<nonce>[!-+\--~]+))(?:,.*)?"
)
_SERVER_FIRST = re.compile(r"r=(?P<nonce>[!-+\--~]+),s=(?P<salt>[A-Za-z0-9+/=]+),i=(?P<count>[1-9]\d{0,9})(?:,.*)?")
_FINAL = re.compile(
    r"(?P<bare>c=(?P<gs2>[A-Za-z0-9+/=]+),r=(?P<nonce>[!-+\--~]+)(?:,[^p][^,]*)*),p=(?P<proof>[A-Za-z0-9+/=]+)"
)
_PROHIBITED = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4,
    stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
    stringprep.in_table_c9,
)  # fmt: skip


class ClientFirst(Struct, frozen=True):
    """What a client begins with. `gs2` and `bare` are parts of it as they were said."""

    username: str
    authorize_as: str
    nonce: str
    gs2: str
    bare: str


def prepared(text: str) -> bytes:
    """A name or password as it is compared (SASLprep, RFC 4013). Raises LocalProtocolError for what can't be one."""
    if not text.isascii():
        kept = (" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
        text = unicodedata.normalize("NFKC", "".join(kept))
    if any(prohibited(c) for c in text for prohibited in _PROHIBITED):
        raise LocalProtocolError("a name or password has characters that none may have", rule="RFC 4013 §2.3")
    return text.encode()


def parse_first(said: bytes) -> ClientFirst:
    """A client's first message. Channel binding isn't done here, and one that asks for it is refused."""
    found = _FIRST.fullmatch(_text(said))
    if found is None:
        raise RemoteProtocolError("a first message `n,,n=USER,r=NONCE` is expected", rule=_RULE)
    return ClientFirst(_name(found["user"]), _name(found["act_as"] or ""), found["nonce"], found["gs2"], found["bare"])


class Server:
    """The server's side, for a client's first message. `password` None never fits, and takes as long."""

    def __init__(self, first: ClientFirst, nonce: str, salt: bytes, password: str | None) -> None:
        self._first = first
        self._nonce = first.nonce + nonce
        self._salt = salt
        self._password = password
        self._challenge = f"r={self._nonce},s={b64encode(salt).decode()},i={ITERATIONS}"

    def challenge(self) -> bytes:
        """What the server answers to the first message."""
        return self._challenge.encode()

    def verdict(self, said: bytes) -> bytes | None:
        """What shows the client that we know it, too; None where the client doesn't. Raises RemoteProtocolError."""
        found = _FINAL.fullmatch(_text(said))
        if found is None or found["nonce"] != self._nonce or _octets(found["gs2"]) != self._first.gs2.encode():
            raise RemoteProtocolError("a last message `c=…,r=…,p=…` of this exchange is expected", rule=_RULE)
        known = self._password is not None
        try:
            secret = prepared(self._password or "-")
        except LocalProtocolError:
            secret, known = b"-", False
        keys = _Keys(secret, self._salt, ITERATIONS)
        signed = ",".join((self._first.bare, self._challenge, found["bare"])).encode()
        right = hmac.compare_digest(keys.proof(signed), _octets(found["proof"]))
        return b"v=" + b64encode(keys.signature(signed)) if right and known else None


class Client:
    """The client's side: `first`, then `answer` to what the server says, then `check` what it shows."""

    def __init__(self, username: str, password: str, nonce: str) -> None:
        self._password = prepared(password)
        self._nonce = nonce
        name = prepared(username).decode().replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={nonce}"
        self._signature = b""

    def first(self) -> bytes:
        """What the client begins with."""
        return f"n,,{self._bare}".encode()

    def answer(self, said: bytes) -> bytes:
        """The proof. Raises RemoteProtocolError for a challenge that is none, or asks for too much work."""
        challenge = _text(said)
        found = _SERVER_FIRST.fullmatch(challenge)
        if found is None or not found["nonce"].startswith(self._nonce) or found["nonce"] == self._nonce:
            raise RemoteProtocolError("a challenge `r=…,s=…,i=…` to our nonce is expected", rule=_RULE)
        count = int(found["count"])
        if not ITERATIONS <= count <= MOST_ITERATIONS:
            wanted = f"{ITERATIONS} to {MOST_ITERATIONS} iterations"
            raise RemoteProtocolError(f"{count} iterations are asked for, and {wanted} are done", rule="RFC 7677 §4")
        keys = _Keys(self._password, _octets(found["salt"]), count)
        bare = f"c=biws,r={found['nonce']}"
        signed = ",".join((self._bare, challenge, bare)).encode()
        self._signature = keys.signature(signed)
        return f"{bare},p={b64encode(keys.proof(signed)).decode()}".encode()

    def check(self, said: bytes) -> bytes:
        """The last answer, which is empty. Raises RemoteProtocolError where the server doesn't know the password."""
        shown = _text(said).removeprefix("v=").partition(",")[0]
        if not self._signature or not hmac.compare_digest(_octets(shown), self._signature):
            raise RemoteProtocolError("the server doesn't show that it knows the password", rule="RFC 5802 §3")
        return b""


class _Keys:
    """What follows from a password (RFC 5802 §3)."""

    def __init__(self, password: bytes, salt: bytes, count: int) -> None:
        salted = hashlib.pbkdf2_hmac("sha256", password, salt, count)
        self._client = hmac.digest(salted, b"Client Key", "sha256")
        self._stored = hashlib.sha256(self._client).digest()
        self._server = hmac.digest(salted, b"Server Key", "sha256")

    def proof(self, signed: bytes) -> bytes:
        signature = hmac.digest(self._stored, signed, "sha256")
        return bytes(a ^ b for a, b in zip(self._client, signature, strict=True))

    def signature(self, signed: bytes) -> bytes:
        return hmac.digest(self._server, signed, "sha256")


def _name(said: str) -> str:
    return said.replace("=2C", ",").replace("=3D", "=")


def _text(said: bytes) -> str:
    try:
        return said.decode()
    except UnicodeDecodeError:
        raise RemoteProtocolError("what SCRAM says isn't UTF-8", rule=_RULE) from None


def _octets(said: str) -> bytes:
    try:
        return b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        raise RemoteProtocolError("what SCRAM says isn't base64", rule=_RULE) from None
