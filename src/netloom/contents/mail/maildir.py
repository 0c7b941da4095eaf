"""One Maildir on a disk, with the UIDs beside it (cr.yp.to/proto/maildir.html).

What is here blocks: it is called in threads. Other programs may work in it meanwhile: what they add gets a UID, what
they take is gone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import secrets
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.contents import TooLarge
from netloom.contents.mail import disk
from netloom.contents.mail.box import FLAGS, Incoming, Limits, MessageInfo, to_crlf
from netloom.contents.mail.mailbox import changed
from netloom.contents.mail.uids import KEYWORDS, UIDS, Keywords, UidList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LETTERS = {letter: flag for flag, letter in FLAGS.items()}
_WIRE_SIZE = re.compile(r",W=(\d{1,12})(?:,|$)")
_SETTLED = 50_000_000
"""Nanoseconds after which a directory's time of change tells a change: clocks of file systems are coarse."""
_counter = itertools.count()


class Delta(Struct, frozen=True, kw_only=True):
    """What has become different since the last look."""

    validity: int
    next: int
    changed: tuple[MessageInfo, ...] = ()
    gone: tuple[int, ...] = ()
    recent: frozenset[int] = frozenset()
    keywords: tuple[str, ...] = ()


class _File(Struct):
    """Where a message is, and what is told of it."""

    path: str
    is_new: bool
    info: MessageInfo


class Maildir:
    """One Maildir, used by one thread at a time."""

    def __init__(self, place: Path, limits: Limits, validity: int) -> None:
        self.place = place
        self._limits = limits
        self._uids = UidList(place, validity)
        self._keywords = Keywords(place)
        self._files: dict[int, _File] = {}
        self._sizes: dict[str, tuple[int, float]] = {}  # by base name: size on the wire, and time of arrival
        self._seen: tuple[int, ...] | None = None
        self._made: dict[int, MessageInfo] = {}  # what nobody has been told of yet
        self._gone: list[int] = []

    @property
    def is_there(self) -> bool:
        return (self.place / "cur").is_dir()

    def make(self) -> None:
        """Make the directories that are missing."""
        if not self.is_there:
            disk.make_maildir(self.place)

    def move(self, place: Path) -> None:
        """The directory has another name now."""
        for file in self._files.values():
            file.path = str(place / Path(file.path).relative_to(self.place))
        self.place = place
        self._uids.place, self._keywords.place = place / UIDS, place / KEYWORDS

    def look(self, *, surely: bool = False) -> Delta:
        """What other programs and processes did. Without `surely`, directories that haven't changed aren't read."""
        with disk.translated():
            if not self.is_there:
                self._forget(list(self._files))
                self._seen = None
                return self._delta()
            stamps = self._stamps()
            if stamps != self._seen or surely:
                began = time.time_ns()
                with self._locked():
                    self._scan()
                # What changed only just now may change again without a later time of change
                stamps = self._stamps()
                self._seen = stamps if max(stamps) < began - _SETTLED else None
            return self._delta()

    def read(self, uids: Sequence[int]) -> list[bytes | None]:
        """Messages with CRLF lines; None where one has gone. Raises TooLarge."""
        found = []
        with disk.translated():
            for uid in uids:
                data = self._read(uid)
                if data is None and uid in self._files:
                    with self._locked():
                        self._scan()  # another program has given it another name
                    data = self._read(uid)
                found.append(data)
        return found

    def keep(self, messages: Sequence[Incoming]) -> tuple[tuple[int, ...], Delta]:
        """Keep messages, all or none, and give their UIDs."""
        self.check_room(messages)
        with disk.translated(), self._locked():
            bases = self._write_all(messages)
            self._scan()
            return tuple(self._uids.known[base] for base in bases), self._delta()

    def add(self, message: Incoming) -> None:
        """Keep a message and leave its UID for later."""
        with disk.translated():
            self._write_all([message])

    def store(self, uids: Iterable[int], flags: frozenset[str], action: str) -> Delta:
        """Change flags; messages that have gone are passed over."""
        with disk.translated(), self._locked():
            self._keywords.load()
            for uid in uids:
                if not self._change(uid, flags, action):
                    self._scan()
                    self._change(uid, flags, action)
        return self._delta()

    def claim(self) -> tuple[frozenset[int], Delta]:
        """Move what is new to where what has been seen is; gives the UIDs."""
        found = []
        with disk.translated(), self._locked():
            for uid, file in self._files.items():
                if file.is_new:
                    with contextlib.suppress(FileNotFoundError):
                        self._move(file, file.info.flags)
                        found.append(uid)
        return frozenset(found), self._delta()

    def remove(self, uids: Iterable[int]) -> Delta:
        """Remove messages."""
        with disk.translated(), self._locked():
            for uid in uids:
                if not self._unlink(uid):
                    self._scan()
                    self._unlink(uid)
                self._forget([uid])
            disk.sync(self.place / "cur")
        return self._delta()

    def check_room(self, messages: Sequence[Incoming]) -> None:
        """Raises TooLarge where a message, the mailbox or the disk has no room."""
        size = sum(len(message.data) for message in messages)
        if any(len(message.data) > self._limits.message for message in messages):
            raise TooLarge(f"a message has no more than {self._limits.message} bytes here")
        with disk.translated():
            count = sum(len(os.listdir(self.place / part)) for part in ("new", "cur"))  # noqa: PTH208
            free = os.statvfs(self.place)
        if count + len(messages) > self._limits.messages:
            raise TooLarge(f"mailbox {self.place.name} is full: {self._limits.messages} messages")
        if free.f_bavail * free.f_frsize < self._limits.reserve + size:
            raise TooLarge("the disk is full", hint=f"{self._limits.reserve} bytes are left free on purpose")

    # Inside

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return disk.locked(self.place / f"{UIDS}.lock")

    def _stamps(self) -> tuple[int, ...]:
        found = []
        for name in ("new", "cur", UIDS, KEYWORDS):
            try:
                found.append(os.stat(self.place / name).st_mtime_ns)  # noqa: PTH116  # asked very often
            except FileNotFoundError:
                found.append(0)
        return tuple(found)

    def _forget(self, uids: Iterable[int]) -> None:
        for uid in uids:
            if self._files.pop(uid, None) is not None:
                self._gone.append(uid)
                self._made.pop(uid, None)

    def _delta(self) -> Delta:
        """What was found out since the last one."""
        made, self._made = self._made, {}
        gone, self._gone = self._gone, []
        return Delta(
            validity=self._uids.validity,
            next=self._uids.next,
            changed=tuple(made[uid] for uid in sorted(made)),
            gone=tuple(gone),
            recent=frozenset(uid for uid, file in self._files.items() if file.is_new),
            keywords=tuple(self._keywords.letters.values()),
        )

    def _scan(self) -> None:
        """Read the directories, inside the lock."""
        self._uids.load()
        self._keywords.load()
        found = self._listed()
        known = self._uids.known
        if self._misses(found):
            # A file that is renamed while its directory is read may not be seen: only what is missed twice has gone
            found |= {base: place for base, place in self._listed().items() if base not in found}
        # A base name begins with the second of its arrival, so that sorting gives the order in which they came.
        self._uids.assign(sorted(base for base in found if base not in known), found)
        there = set()
        for base, (path, is_new) in found.items():
            uid = self._uids.known[base]
            there.add(uid)
            size, received = self._sized(base, path)
            flags = _flags(path, self._keywords.letters)
            file = self._files.get(uid)
            if file is None or file.info.flags != flags:
                info = MessageInfo(uid=uid, flags=flags, received=received, size=size)
                self._files[uid] = _File(path, is_new, info)
                self._made[uid] = info
            else:
                file.path, file.is_new = path, is_new
        self._forget([uid for uid in self._files if uid not in there])
        if len(self._sizes) > 2 * len(found) + 1000:
            self._sizes = {base: known for base, known in self._sizes.items() if base in found}

    def _misses(self, found: dict[str, tuple[str, bool]]) -> bool:
        """Whether something that was there isn't."""
        return any(_base(os.path.basename(file.path)) not in found for file in self._files.values())  # noqa: PTH119

    def _listed(self) -> dict[str, tuple[str, bool]]:
        """Paths by base name, and whether each is new."""
        found = {}
        for part in ("new", "cur"):
            with os.scandir(self.place / part) as entries:
                for item in entries:
                    if not item.name.startswith(".") and "\n" not in item.name and item.is_file(follow_symlinks=False):
                        found[_base(item.name)] = (item.path, part == "new")
        return found

    def _sized(self, base: str, path: str) -> tuple[int, float]:
        """The size on the wire and the time of arrival; what was found out once stays."""
        known = self._sizes.get(base)
        if known is not None:
            return known
        try:
            stat = os.stat(path)  # noqa: PTH116  # asked for each of many
            told = _WIRE_SIZE.search(base)
            size = int(told[1]) if told else _size_on_the_wire(Path(path), stat.st_size)
        except FileNotFoundError:  # taken by another program just now
            return 0, 0.0
        self._sizes[base] = size, stat.st_mtime
        return self._sizes[base]

    def _read(self, uid: int) -> bytes | None:
        file = self._files.get(uid)
        if file is None:
            return None
        try:
            data = disk.read(file.path, self._limits.message)
        except FileNotFoundError:
            return None
        if data is None:
            raise TooLarge(f"message {uid} has more than {self._limits.message} bytes")
        return to_crlf(data)

    def _write_all(self, messages: Sequence[Incoming]) -> list[str]:
        """Write messages to `tmp`, sync them, and move them to `new` (with flags: `cur`); gives the base names."""
        done: list[tuple[str, Path]] = []
        try:
            for message in messages:
                done.append(self._write(message))  # noqa: PERF401  # what was done counts where the next one fails
            for part in {path.parent for _, path in done}:
                disk.sync(part)
        except BaseException:
            for _, path in done:
                path.unlink(missing_ok=True)
            raise
        return [base for base, _ in done]

    def _write(self, message: Incoming) -> tuple[str, Path]:
        host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        number = next(_counter)
        unique = f"M{nanoseconds // 1000:06}P{os.getpid()}Q{number:06}R{secrets.token_hex(4)}"
        size = len(message.data)
        base = f"{seconds}.{unique}.{host},S={size},W={size}"
        temporary = self.place / "tmp" / base
        letters = self._letters(message.flags)
        final = self.place / ("cur" if letters else "new") / (f"{base}:2,{letters}" if letters else base)
        try:
            with temporary.open("xb") as opened:
                opened.write(message.data)
                opened.flush()
                os.utime(opened.fileno(), (message.received, message.received))
                os.fsync(opened.fileno())
            temporary.rename(final)
        finally:
            temporary.unlink(missing_ok=True)
        return base, final

    def _change(self, uid: int, flags: frozenset[str], action: str) -> bool:
        """Change a message's flags; False where its file has another name now."""
        file = self._files.get(uid)
        if file is not None:
            new = changed(file.info.flags, flags, action)
            if new != file.info.flags:
                try:
                    self._move(file, new)
                except FileNotFoundError:
                    return False
                self._made[uid] = file.info
        return True

    def _move(self, file: _File, flags: frozenset[str]) -> None:
        """Give a message's file the name that tells these flags."""
        base = _base(os.path.basename(file.path))  # noqa: PTH119
        target = str(self.place / "cur" / f"{base}:2,{self._letters(flags)}")
        os.rename(file.path, target)  # noqa: PTH104
        info = file.info
        file.path, file.is_new = target, False
        file.info = MessageInfo(uid=info.uid, flags=flags, received=info.received, size=info.size)

    def _letters(self, flags: frozenset[str]) -> str:
        made = set()
        for flag in flags:
            letter = FLAGS.get(flag) or self._keywords.letter(flag)
            if not letter:
                raise TooLarge("a mailbox on a disk has 26 keywords at most")
            made.add(letter)
        return "".join(sorted(made))

    def _unlink(self, uid: int) -> bool:
        """Remove a message's file; False where it has another name now."""
        file = self._files.get(uid)
        if file is not None:
            try:
                os.unlink(file.path)  # noqa: PTH108
            except FileNotFoundError:
                return False
        return True


def _base(name: str) -> str:
    return name.partition(":2,")[0]


def _flags(path: str, keywords: dict[str, str]) -> frozenset[str]:
    letters = path.rpartition(":2,")[2] if ":2," in path.rpartition("/")[2] else ""
    if not letters:
        return frozenset()
    return frozenset(flag for letter in letters if (flag := _LETTERS.get(letter) or keywords.get(letter)) is not None)


def _size_on_the_wire(path: Path, size: int) -> int:
    """What a message measures with CRLF lines; other programs keep it with LF."""
    bare = 0
    last = b""
    with path.open("rb") as opened:
        while piece := opened.read(1 << 20):
            text = last + piece
            bare += text.count(b"\n", len(last)) - text.count(b"\r\n")
            last = piece[-1:] if piece.endswith(b"\r") else b""
    return size + bare
