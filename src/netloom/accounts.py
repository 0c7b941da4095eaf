"""Who may do what, for every protocol: passwords (scrypt, RFC 7914), OpenSSH public keys, tokens and rights."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
import re
import tomllib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

import msgspec

from netloom.endpoint import Secret
from netloom.errors import UsageError
from netloom.throttle import Throttle

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NAME_LIMIT = 255
_RECENT = 1024
_RECENT_AGE = 60.0
_KEYS_IN_FILE = ("password", "keys", "tokens", "rights")


class Right(StrEnum):
    """What somebody may do with a content."""

    READ = "read"
    WRITE = "write"


NONE: frozenset[Right] = frozenset()
READS: frozenset[Right] = frozenset({Right.READ})
WRITES: frozenset[Right] = frozenset({Right.READ, Right.WRITE})
_RIGHTS = {"none": NONE, "read": READS, "write": WRITES}


class PasswordHash(msgspec.Struct, frozen=True):
    """A password as scrypt left it (RFC 7914): `scrypt$LOG2_N$R$P$SALT$HASH`, both in unpadded base64url."""

    log2_n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: Secret | str, *, log2_n: int = 14) -> Self:
        """Hash a password with a new salt; 2^14 · 8 takes 16 MiB and about 50 ms."""
        salt = os.urandom(16)
        return cls(log2_n, 8, 1, salt, _scrypt(_bytes(password), salt, (log2_n, 8, 1)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form. Raises UsageError; costs above 256 MiB (2^18 · 8) are refused."""
        parts = text.split("$")
        try:
            scheme, log2_n, r, p = parts[0], int(parts[1]), int(parts[2]), int(parts[3])
            salt, digest = (base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True) for part in parts[4:])
        except (ValueError, IndexError, binascii.Error):
            scheme, log2_n, r, p, salt, digest = "", 0, 0, 0, b"", b""
        in_bounds = 1 <= log2_n <= 18 and 1 <= r <= 8 and 1 <= p <= 16
        if scheme != "scrypt" or not in_bounds or len(salt) < 8 or len(digest) != 32:
            raise UsageError(
                "this is no password hash: scrypt$LOG2_N$R$P$SALT$HASH is expected",
                hint="LOG2_N from 1 to 18, R to 8, P to 16; netloom.accounts.PasswordHash.of(password) makes one",
            )
        return cls(log2_n, r, p, salt, digest)

    def matches(self, password: Secret | str) -> bool:
        """Whether this is the password. Takes as long for a wrong one."""
        given = _scrypt(_bytes(password), self.salt, (self.log2_n, self.r, self.p))
        return hmac.compare_digest(given, self.digest)

    @property
    def cost(self) -> int:
        return self.p * self.r << self.log2_n

    def __str__(self) -> str:
        salt, digest = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (self.salt, self.digest))
        return f"scrypt${self.log2_n}${self.r}${self.p}${salt}${digest}"

    def __repr__(self) -> str:
        return "scrypt$•••"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody by name. `keys` are lines `TYPE BASE64 [COMMENT]`; `tokens` are bearer tokens."""

    name: str
    password: Secret | PasswordHash | None = None
    keys: tuple[str, ...] = ()
    tokens: tuple[Secret, ...] = ()
    rights: frozenset[Right] = WRITES

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > _NAME_LIMIT or _CONTROL.search(self.name):
            raise UsageError(f"an account's name has 1 to {_NAME_LIMIT} characters and no control characters")
        for line in self.keys:
            _key_blob(line)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `USER[:PASSWORD[:read]]`, percent-encoded; without a password it has none yet. Raises UsageError."""
        parts = text.split(":")
        if len(parts) > 3 or not parts[0]:
            raise UsageError(
                "an account is USER[:PASSWORD[:read]]", hint="write ':' in a name or password as %3A, and '%' as %25"
            )
        bad = _BAD_PERCENT.search(text)
        if bad:
            raise UsageError(
                f"two hexadecimal digits must follow '%', at column {bad.start() + 1}",
                hint="write '%' itself as %25",
                column=bad.start(),
            )
        name, password = unquote(parts[0]), unquote(parts[1]) if len(parts) > 1 else ""
        rights = _rights(parts[2], f"account {name}") if len(parts) > 2 else WRITES
        return cls(name=name, password=Secret(password) if password else None, rights=rights)

    @property
    def has_credentials(self) -> bool:
        """False where nobody can log in as this account yet, so that a password is to be asked for."""
        return self.password is not None or bool(self.keys or self.tokens)

    def with_password(self, password: Secret) -> Self:
        """The same account with this password."""
        return msgspec.structs.replace(self, password=password)


class Accounts:
    """All accounts of a server, and what those without one may do (`anonymous`: by default they read)."""

    def __init__(
        self, accounts: Iterable[Account] = (), *, anonymous: frozenset[Right] = READS, throttle: Throttle | None = None
    ) -> None:
        self.anonymous = anonymous
        self.throttle = throttle if throttle is not None else Throttle()
        self._accounts: dict[str, Account] = {}
        for account in accounts:
            if account.name in self._accounts:
                raise UsageError(f"account {account.name} is given twice")
            self._accounts[account.name] = account
        hashes = [account.password for account in self if isinstance(account.password, PasswordHash)]
        dearest = max(hashes, key=lambda known: known.cost, default=None)
        # Every attempt costs as much as one with the dearest hash, so that time tells nothing about a name.
        self._decoy = None if dearest is None else msgspec.structs.replace(dearest, digest=bytes(32))
        self._hashing = asyncio.Semaphore(2)
        self._salt = os.urandom(32)
        self._recent: OrderedDict[bytes, tuple[Account, float]] = OrderedDict()

    @classmethod
    def from_texts(cls, texts: Iterable[str], *, anonymous: frozenset[Right] = READS) -> Self:
        """Accounts from `USER[:PASSWORD[:read]]`. Raises UsageError, which never shows a password."""
        return cls([Account.parse(text) for text in texts], anonymous=anonymous)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Accounts from a TOML file; `anonymous` and `rights` are "none", "read" or "write". Raises UsageError.

        anonymous = "read"
        [accounts.ann]
        password = "scrypt$14$8$1$…"     # or the password itself
        keys = ["ssh-ed25519 AAAA… ann@home"]
        tokens = ["…"]
        rights = "write"
        """
        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"the accounts file {path} can't be read: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"the accounts file {path} is no TOML: {error}") from None
        listed = table.pop("accounts", {})
        anonymous = _rights(table.pop("anonymous", "read"), "anonymous")
        if table or not isinstance(listed, dict):
            raise UsageError(f"{path} has `anonymous` and tables [accounts.NAME], but not {', '.join(table) or 'this'}")
        return cls([_from_table(name, fields, path) for name, fields in listed.items()], anonymous=anonymous)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def __len__(self) -> int:
        return len(self._accounts)

    def __contains__(self, name: object) -> bool:
        return name in self._accounts

    def get(self, name: str) -> Account | None:
        """The account of that name, without any proof."""
        return self._accounts.get(name)

    def may(self, account: Account | None, right: Right) -> bool:
        """Whether an account, or with None anybody, has a right."""
        return right in (self.anonymous if account is None else account.rights)

    def verify(self, name: str, password: Secret | str) -> Account | None:
        """The account whose password this is, or None, which takes as long for an unknown name.

        Where passwords are hashed this blocks for about 50 ms: servers call `authenticate`.
        """
        account = self._accounts.get(name)
        known = account.password if account is not None else None
        if isinstance(known, PasswordHash):
            right = known.matches(password)
        else:
            if self._decoy is not None:
                self._decoy.matches(password)
            right = _same(known.reveal() if known is not None else "\0", password) and known is not None
        return account if right else None

    async def authenticate(self, name: str, password: Secret | str, peer: str = "") -> Account | None:
        """`verify` with everything that a server owes: the peer's turn is waited for, hashing happens in a thread (two
        at once, and not again for a minute where it was right), and how it ended is remembered for the peer."""
        async with self.turn(peer):
            if self._decoy is None:
                account = self.verify(name, password)
            else:
                account = await self._verify_slowly(name, password)
            self.note(account, peer)
        return account

    async def _verify_slowly(self, name: str, password: Secret | str) -> Account | None:
        now = asyncio.get_running_loop().time()
        who = _bytes(name)
        mark = hmac.digest(self._salt, b"%d:%b%b" % (len(who), who, _bytes(password)), "sha256")
        account, until = self._recent.get(mark, (None, 0.0))
        if account is not None and now < until:
            return account
        async with self._hashing:
            account = await asyncio.to_thread(self.verify, name, password)
        if account is not None and isinstance(account.password, PasswordHash):
            self._recent[mark] = (account, now + _RECENT_AGE)
            while len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        return account

    def turn(self, peer: str) -> AbstractAsyncContextManager[None]:
        """`async with accounts.turn(peer):` around an attempt that is verified by other means than `authenticate`, and
        around the `note` of how it ended: a peer's attempts wait for the delay and for each other."""
        return self.throttle.turn(peer)

    def verify_token(self, token: Secret | str, name: str | None = None) -> Account | None:
        """The account (of that name, where one is given) which has this bearer token, or None."""
        found = None
        for account in self:
            for known in account.tokens:  # all of them: an early end would tell where the right one stands
                found = account if _same(known.reveal(), token) else found
        return found if found is not None and name in (None, found.name) else None

    def verify_key(self, name: str, key: str) -> Account | None:
        """The account of that name if it lists this public key (`TYPE BASE64 [COMMENT]`), or None.

        That the peer holds the private part is for the protocol to show.
        """
        account = self._accounts.get(name)
        try:
            blob = _key_blob(key)
        except UsageError:
            return None
        if account is None:
            return None
        return account if any(hmac.compare_digest(_key_blob(line), blob) for line in account.keys) else None

    def secret_of(self, name: str) -> Secret | None:
        """The password itself, for challenge-response (CRAM-MD5, digest); None where only its hash is known."""
        account = self._accounts.get(name)
        return account.password if account is not None and isinstance(account.password, Secret) else None

    def note(self, account: Account | None, peer: str) -> None:
        """Remember how an attempt ended, inside its `turn`."""
        if account is None:
            self.throttle.failed(peer)
        else:
            self.throttle.succeeded(peer)

    def failed(self, peer: str) -> None:
        """One failure more of this peer."""
        self.throttle.failed(peer)

    def delay_for(self, peer: str) -> float:
        """Seconds until this peer's next attempt is looked at."""
        return self.throttle.delay_for(peer)


def _from_table(name: str, fields: object, path: str | Path) -> Account:
    if not isinstance(fields, Mapping):
        raise UsageError(f"{path}: [accounts.{name}] is a table")
    unknown = set(fields) - set(_KEYS_IN_FILE)
    if unknown:
        raise UsageError(f"{path}: account {name} has no {min(unknown)!r}", hint=f"it has {', '.join(_KEYS_IN_FILE)}")
    password, keys, tokens = fields.get("password"), fields.get("keys", []), fields.get("tokens", [])
    if not (password is None or (isinstance(password, str) and password)) or not (_texts(keys) and _texts(tokens)):
        raise UsageError(f"{path}: account {name}: password is a text, keys and tokens are lists of texts, none empty")
    known: Secret | PasswordHash | None = None
    if password is not None:
        known = PasswordHash.parse(password) if password.startswith("scrypt$") else Secret(password)
    return Account(
        name=name,
        password=known,
        keys=tuple(keys),
        tokens=tuple(Secret(token) for token in tokens),
        rights=_rights(fields.get("rights", "write"), f"{path}: account {name}"),
    )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _rights(text: object, where: str) -> frozenset[Right]:
    if not isinstance(text, str) or text not in _RIGHTS:
        # The text isn't repeated: with a ':' in a password, part of that password stands here.
        raise UsageError(
            f"{where}: rights are none, read or write (which includes read)",
            hint="USER:PASSWORD:read; write ':' in a password as %3A",
        )
    return _RIGHTS[text]


def _key_blob(line: str) -> bytes:
    """The key's bytes (RFC 4253 §6.6). Options such as `command=` are refused: dropped, they would widen."""
    parts = line.split()
    try:
        kind, blob = parts[0].encode(), base64.b64decode(parts[1], validate=True)
    except (IndexError, ValueError):
        kind, blob = b"", b""
    if not kind or blob[4 : 4 + len(kind)] != kind or int.from_bytes(blob[:4], "big") != len(kind):
        raise UsageError(
            "this is no OpenSSH public key: TYPE BASE64 [COMMENT] is expected",
            hint="one line of a .pub file, such as ssh-ed25519 AAAA… ann@home, without options before it",
        )
    return blob


def _same(known: str, given: Secret | str) -> bool:
    # Digests have one length: comparing them tells nothing about the length of what is known.
    return hmac.compare_digest(hashlib.sha256(_bytes(known)).digest(), hashlib.sha256(_bytes(given)).digest())


def _bytes(text: Secret | str) -> bytes:
    return (text.reveal() if isinstance(text, Secret) else text).encode("utf-8", "surrogatepass")


def _scrypt(password: bytes, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    log2_n, r, p = cost
    return hashlib.scrypt(password, salt=salt, n=1 << log2_n, r=r, p=p, maxmem=512 << 20, dklen=32)
