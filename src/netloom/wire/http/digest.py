"""Digest authentication, both sides: what is hashed, and how it is said (RFC 7616, RFC 2069's form without qop)."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import quote as percent_encode
from urllib.parse import unquote

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.http.fields import check_field, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.wire.http.authentication import Authentication

_RULE = "RFC 7616 §3"
_ALGORITHMS = {"sha-512-256": "sha512_256", "sha-256": "sha256", "md5": "md5"}  # the strongest first
_HEX = re.compile(r"[0-9a-fA-F]+")


class Challenge(Struct, frozen=True, kw_only=True):
    """What a server asks for. `algorithm` as it was written, empty where it wasn't (MD5 then); `qop` in lower case."""

    realm: str
    nonce: str
    algorithm: str = ""
    qop: tuple[str, ...] = ()
    opaque: str | None = None
    stale: bool = False
    userhash: bool = False

    @property
    def strength(self) -> int:
        """Higher is stronger; -1 where we can't do it."""
        name = self.algorithm.lower().removesuffix("-sess") or "md5"
        known = list(reversed(_ALGORITHMS))
        usable = name in known and _ALGORITHMS[name] in hashlib.algorithms_available
        return known.index(name) if usable and (not self.qop or set(self.qop) & {"auth", "auth-int"}) else -1


class Answer(Struct, frozen=True, kw_only=True):
    """What a client says to a challenge. Without `qop` it is RFC 2069's form, with neither `cnonce` nor `nc`."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = ""
    qop: str = ""
    nc: str = ""
    cnonce: str = ""
    opaque: str | None = None
    userhash: bool = False


class Asked(Struct, frozen=True, kw_only=True):
    """The request that is to be proved. `body` matters for qop=auth-int only."""

    method: str
    uri: str
    nc: int = 1
    cnonce: str = ""
    body: bytes = b""


def parse_challenge(found: Authentication) -> Challenge:
    """A Digest challenge. Raises RemoteProtocolError without realm and nonce."""
    given = found.parameters
    if found.scheme != "digest" or "nonce" not in given or "realm" not in given:
        raise RemoteProtocolError("a Digest challenge has a realm and a nonce", rule=_RULE, offset=0)
    return Challenge(
        realm=given["realm"],
        nonce=given["nonce"],
        algorithm=given.get("algorithm", ""),
        qop=tuple(part.strip().lower() for part in given.get("qop", "").split(",") if part.strip()),
        opaque=given.get("opaque"),
        stale=given.get("stale", "").lower() == "true",
        userhash=given.get("userhash", "").lower() == "true",
    )


def emit_challenge(challenge: Challenge) -> str:
    """The challenge as a WWW-Authenticate field has it."""
    parts = [f"realm={quote(challenge.realm)}", f"nonce={quote(challenge.nonce)}"]
    parts += [f"qop={quote(', '.join(challenge.qop))}"] if challenge.qop else []
    parts += [f"algorithm={challenge.algorithm}"] if challenge.algorithm else []
    parts += [f"opaque={quote(challenge.opaque)}"] if challenge.opaque is not None else []
    parts += ["stale=true"] if challenge.stale else []
    parts += ["userhash=true"] if challenge.userhash else []
    return check_field("www-authenticate", "Digest " + ", ".join(parts))[1]


def strongest(challenges: Iterable[Challenge]) -> Challenge | None:
    """The one with the best algorithm that we know, the first among equals."""
    usable = [challenge for challenge in challenges if challenge.strength >= 0]
    return max(usable, key=lambda challenge: challenge.strength, default=None)


def answer(challenge: Challenge, username: str, password: str, asked: Asked) -> Answer:
    """What proves to know the password (§3.4). Raises LocalProtocolError for an algorithm that we don't have."""
    if challenge.strength < 0:
        raise LocalProtocolError(f"Digest with {challenge.algorithm} isn't known here", rule=_RULE)
    qop = "auth" if "auth" in challenge.qop else "auth-int" if "auth-int" in challenge.qop else ""
    session = challenge.algorithm.lower().endswith("-sess")
    bare = Answer(
        username=username,
        realm=challenge.realm,
        nonce=challenge.nonce,
        uri=asked.uri,
        response="",
        algorithm=challenge.algorithm,
        qop=qop,
        nc=f"{asked.nc:08x}" if qop else "",
        cnonce=asked.cnonce if qop or session else "",
        opaque=challenge.opaque,
    )
    made = proof(bare, password, asked)
    if not challenge.userhash:
        return _replace(bare, response=made)
    hashed = _hash(challenge.algorithm, f"{username}:{challenge.realm}".encode())
    return _replace(bare, response=made, username=hashed, userhash=True)


def proof(given: Answer, password: str, asked: Asked, username: str = "") -> str:
    """The response that an answer must have (§3.4.1). `username` where the answer has only its hash."""
    name = given.algorithm
    secret = _hash(name, f"{username or given.username}:{given.realm}:{password}".encode())
    if name.lower().endswith("-sess"):
        secret = _hash(name, f"{secret}:{given.nonce}:{given.cnonce}".encode())
    said = f"{asked.method}:{given.uri}"
    if given.qop == "auth-int":
        said += ":" + _hash(name, asked.body)
    hashed = _hash(name, said.encode())
    if not given.qop:
        return _hash(name, f"{secret}:{given.nonce}:{hashed}".encode())
    return _hash(name, f"{secret}:{given.nonce}:{given.nc}:{given.cnonce}:{given.qop}:{hashed}".encode())


def proves(given: Answer, username: str, password: str, asked: Asked) -> bool:
    """Whether an answer shows that its sender knows the password, for this method."""
    return hmac.compare_digest(proof(given, password, asked, username).encode(), given.response.lower().encode())


def emit_answer(given: Answer) -> str:
    """The answer as an Authorization field has it (§3.4). Raises LocalProtocolError."""
    named = f"username={quote(given.username)}" if given.username.isascii() else _extended(given.username)
    parts = [named, f"realm={quote(given.realm)}", f"nonce={quote(given.nonce)}", f"uri={quote(given.uri)}"]
    parts += [f"response={quote(given.response)}"]
    parts += [f"algorithm={given.algorithm}"] if given.algorithm else []
    parts += [f"opaque={quote(given.opaque)}"] if given.opaque is not None else []
    parts += [f"qop={given.qop}", f"nc={given.nc}"] if given.qop else []
    parts += [f"cnonce={quote(given.cnonce)}"] if given.cnonce else []
    parts += ["userhash=true"] if given.userhash else []
    return check_field("authorization", "Digest " + ", ".join(parts))[1]


def parse_answer(found: Authentication) -> Answer:
    """What an Authorization field says. Raises RemoteProtocolError for what is missing or malformed."""
    given = dict(found.parameters)
    if "username*" in given and "username" not in given:
        charset, _, value = given["username*"].partition("'")
        if charset.lower() != "utf-8":
            raise RemoteProtocolError("a name is encoded in UTF-8", rule="RFC 7616 §3.4", offset=0)
        given["username"] = unquote(value.partition("'")[2])
    missing = {"username", "realm", "nonce", "uri", "response"} - given.keys()
    qop = given.get("qop", "").lower()
    if found.scheme != "digest" or missing or qop not in ("", "auth", "auth-int"):
        raise RemoteProtocolError(
            f"Digest credentials lack {min(missing, default='a known qop')}", rule=_RULE, offset=0
        )
    nc = given.get("nc", "")
    if not _HEX.fullmatch(given["response"]) or (qop and (len(nc) != 8 or not _HEX.fullmatch(nc))):
        raise RemoteProtocolError("response and nc are hexadecimal, nc with 8 digits", rule=_RULE, offset=0)
    if qop and not given.get("cnonce"):
        raise RemoteProtocolError("with a qop there is a cnonce", rule=_RULE, offset=0)
    return Answer(
        username=given["username"],
        realm=given["realm"],
        nonce=given["nonce"],
        uri=given["uri"],
        response=given["response"],
        algorithm=given.get("algorithm", ""),
        qop=qop,
        nc=nc if qop else "",
        cnonce=given.get("cnonce", ""),
        opaque=given.get("opaque"),
        userhash=given.get("userhash", "").lower() == "true",
    )


def user_hash(algorithm: str, username: str, realm: str) -> str:
    """The name as an answer with `userhash` has it (§3.4.4)."""
    return _hash(algorithm, f"{username}:{realm}".encode())


def _hash(algorithm: str, data: bytes) -> str:
    name = _ALGORITHMS.get(algorithm.lower().removesuffix("-sess") or "md5", "")
    if name not in hashlib.algorithms_available:
        raise RemoteProtocolError(f"Digest with {algorithm} isn't known here", rule=_RULE, offset=0)
    return hashlib.new(name, data, usedforsecurity=False).hexdigest()


def _extended(username: str) -> str:
    return f"username*=UTF-8''{percent_encode(username, safe='')}"


def _replace(given: Answer, **changes: str | bool) -> Answer:
    from msgspec.structs import replace

    return replace(given, **changes)
