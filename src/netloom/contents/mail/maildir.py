"""Mailboxes on a disk, one Maildir each (cr.yp.to/proto/maildir.html), with the UIDs beside them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import re
import secrets
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from netloom.contents import Forbidden, NotFound, TooLarge
from netloom.contents.mail.box import FLAGS, Limits, MessageInfo
from netloom.errors import NetloomError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTS = ("tmp", "new", "cur")
_UIDS = "netloom-uids"
_HEADER = re.compile(r"netloom-uids 1 validity=(\d{1,10}) next=(\d{1,10})")
_LETTERS = {letter: flag for flag, letter in FLAGS.items()}
_counter = itertools.count()


class Maildirs:
    """A directory of Maildirs."""

    blocks = True

    def __init__(self, root: Path, limits: Limits) -> None:
        if not root.is_dir():
            raise UsageError(f"{root} is no directory", hint=f"mkdir -p {root}" if not root.exists() else "")
        if all((root / part).is_dir() for part in _PARTS):
            raise UsageError(
                f"{root} is itself a Maildir", hint="give the directory that has one Maildir for each account"
            )
        self.limits = limits
        self.root = root

    def box(self, name: str) -> MaildirBox:
        return MaildirBox(self, name)

    def names(self) -> tuple[str, ...]:
        with _translated():
            return tuple(sorted(unquote(item.name) for item in self.root.iterdir() if (item / "cur").is_dir()))

    def deliver(self, names: list[str], data: bytes, received: float) -> None:
        boxes = [self.box(name) for name in names]
        for box in boxes:
            box.make()
            box.check_room(data)
        for box in boxes:
            box.keep(data, frozenset(), received)


class MaildirBox:
    """One Maildir. Other programs may work in it meanwhile: what they add gets a UID, what they take is gone."""

    def __init__(self, store: Maildirs, name: str) -> None:
        self.name = name
        self._limits = store.limits
        self._store = store
        self._place = store.root / _directory_name(name)

    def make(self) -> None:
        """Make the directories that are missing. Raises TooLarge where there are too many mailboxes."""
        if (self._place / "cur").is_dir():
            return
        if len(self._store.names()) >= self._limits.mailboxes:
            raise TooLarge(f"no more than {self._limits.mailboxes} mailboxes are kept")
        with _translated():
            for part in _PARTS:
                (self._place / part).mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync(self._place)
            _sync(self._place.parent)

    def status(self) -> tuple[int, int]:
        with self._uids() as uids:
            return uids.validity, uids.next

    def list(self) -> tuple[MessageInfo, ...]:
        with self._uids() as uids:
            found = []
            for uid, file in uids.files.items():
                with contextlib.suppress(FileNotFoundError):  # taken by another program just now
                    seen = file.stat()
                    found.append(MessageInfo(uid=uid, flags=_flags(file), received=seen.st_mtime, size=seen.st_size))
            return tuple(found)

    def fetch(self, uid: int) -> bytes:
        with self._uids() as uids, uids.file(uid).open("rb") as opened:
            data = opened.read(self._limits.message + 1)
        if len(data) > self._limits.message:
            raise TooLarge(f"message {uid} has more than {self._limits.message} bytes")
        return data

    def append(self, data: bytes, flags: frozenset[str], received: float) -> int:
        self.make()
        self.check_room(data)
        base = self.keep(data, flags, received)
        with self._uids() as uids:
            for uid, file in uids.files.items():
                if _base(file.name) == base:
                    return uid
        raise NotFound("another program took the message away")

    def flag(self, uid: int, add: frozenset[str], remove: frozenset[str]) -> frozenset[str]:
        with self._uids() as uids:
            file = uids.file(uid)
            flags = (_flags(file) | add) - remove
            file.rename(self._place / "cur" / (_base(file.name) + _suffix(flags)))
            return flags

    def expunge(self, uids: frozenset[int] | None) -> tuple[int, ...]:
        gone = []
        with self._uids() as known:
            for uid, file in known.files.items():
                if uid in uids if uids is not None else "\\Deleted" in _flags(file):
                    with contextlib.suppress(FileNotFoundError):
                        file.unlink()
                        gone.append(uid)
        return tuple(gone)

    def keep(self, data: bytes, flags: frozenset[str], received: float) -> str:
        """Write a message to `tmp`, sync it, and move it to `new` (with flags: `cur`); returns its base name."""
        host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        unique = f"M{nanoseconds // 1000:06}P{os.getpid()}Q{next(_counter)}R{secrets.token_hex(4)}"
        base = f"{seconds}.{unique}.{host}"
        temporary = self._place / "tmp" / base
        final = self._place / ("cur" if flags else "new") / (base + (_suffix(flags) if flags else ""))
        with _translated():
            try:
                with temporary.open("xb") as opened:
                    opened.write(data)
                    opened.flush()
                    os.utime(opened.fileno(), (received, received))
                    os.fsync(opened.fileno())
                temporary.rename(final)
            finally:
                temporary.unlink(missing_ok=True)
            _sync(final.parent)
        return base

    def check_room(self, data: bytes) -> None:
        """Raises TooLarge where the message, the mailbox or the disk has no room."""
        if len(data) > self._limits.message:
            raise TooLarge(f"a message has no more than {self._limits.message} bytes here")
        with _translated():
            count = sum(len(os.listdir(self._place / part)) for part in ("new", "cur"))  # noqa: PTH208
            disk = os.statvfs(self._place)
        if count >= self._limits.messages:
            raise TooLarge(f"mailbox {self.name} is full: {self._limits.messages} messages")
        if disk.f_bavail * disk.f_frsize < self._limits.reserve + len(data):
            raise TooLarge("the disk is full", hint=f"{self._limits.reserve} bytes are left free on purpose")

    @contextlib.contextmanager
    def _uids(self) -> Iterator[_Uids]:
        """The UIDs as they are now, while no other thread or process of ours changes them."""
        self.make()
        with _translated(), (self._place / f"{_UIDS}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # it belongs to what was opened here: threads exclude each other, too
            yield _Uids(self._place)


class _Uids:
    """Which file has which UID, in the file `netloom-uids`: a header, then `UID BASENAME` lines by UID."""

    def __init__(self, place: Path) -> None:
        self._place = place / _UIDS
        known = self._load()
        present = {}
        for part in ("new", "cur"):
            for item in os.scandir(place / part):
                if not item.name.startswith(".") and "\n" not in item.name and item.is_file(follow_symlinks=False):
                    present[_base(item.name)] = Path(item.path)
        fresh = sorted(base for base in present if base not in known)
        # A base name begins with the second of its arrival, so that sorting gives the order in which they came.
        for base in fresh:
            known[base] = self.next
            self.next += 1
        if fresh or self._is_new:
            self._save({base: uid for base, uid in known.items() if base in present})
        self.files = {uid: present[base] for base, uid in known.items() if base in present}

    def file(self, uid: int) -> Path:
        if uid not in self.files:
            raise NotFound(f"there is no message {uid} in this mailbox")
        return self.files[uid]

    def _load(self) -> dict[str, int]:
        try:
            lines = self._place.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        except FileNotFoundError:
            lines = []
        header = _HEADER.fullmatch(lines[0]) if lines else None
        # Without a readable header the old UIDs mean nothing any more, and a new validity says so (RFC 9051 §2.3.1.1).
        self._is_new = header is None
        self.validity, self.next = (int(header[1]), int(header[2])) if header else (int(time.time()), 1)
        known = {}
        for line in lines[1:] if header else ():
            uid, _, base = line.partition(" ")
            if uid.isdecimal() and base:
                known[base] = int(uid)
        return known

    def _save(self, known: dict[str, int]) -> None:
        temporary = self._place.with_suffix(".new")
        lines = [f"netloom-uids 1 validity={self.validity} next={self.next}"]
        lines += [f"{uid} {base}" for base, uid in known.items()]
        with temporary.open("w", encoding="utf-8", errors="surrogateescape") as opened:
            opened.write("\n".join(lines) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        temporary.rename(self._place)
        _sync(self._place.parent)


def _directory_name(name: str) -> str:
    """A recipient is the peer's word: whatever it is, it becomes one plain name, and none of a Maildir's own."""
    quoted = quote(name, safe="=@", errors="surrogatepass")
    if name in _PARTS or quoted.startswith((".", "-")):
        quoted = f"%{ord(quoted[0]):02X}{quoted[1:]}"
    if len(quoted) > 200:
        raise Forbidden("this can't be the name of a mailbox")
    return quoted


def _base(name: str) -> str:
    return name.partition(":2,")[0]


def _flags(file: Path) -> frozenset[str]:
    return frozenset(_LETTERS[letter] for letter in file.name.partition(":2,")[2] if letter in _LETTERS)


def _suffix(flags: frozenset[str]) -> str:
    return ":2," + "".join(sorted(FLAGS[flag] for flag in flags))


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFound("the message is gone") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise TooLarge("the disk is full") from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise Forbidden(f"the mailbox can't be used: {error.strerror}") from None
        raise NetloomError(f"the mailbox can't be used: {error.strerror}") from error
