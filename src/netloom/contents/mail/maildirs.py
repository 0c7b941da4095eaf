"""Mailboxes on a disk: a Maildir++ for each account, `root/ann/{tmp,new,cur}` with folders such as `root/ann/.Sent`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote
from weakref import WeakValueDictionary

from netloom.contents import Forbidden, TooLarge
from netloom.contents._thread import in_thread
from netloom.contents.mail import disk
from netloom.contents.mail.box import Incoming, to_crlf
from netloom.contents.mail.folders import Folders
from netloom.contents.mail.index import Index
from netloom.contents.mail.mailbox import Mailbox
from netloom.contents.mail.maildir import Delta, Maildir
from netloom.contents.mail.names import INBOX
from netloom.contents.mail.notes import Notes
from netloom.errors import NetloomError, UsageError
from netloom.wire.imap import mutf7

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from netloom.contents.mail.box import Limits

_T = TypeVar("_T")
_TEXTS = 16 << 20
"""Bytes of the messages that were read last and are kept; one of them has `_TEXT` at most."""
_TEXT = 256 << 10
_SMALL = 300
_WARM = 64
"""Mailboxes that nobody uses now, whose contents are still known."""
_SUBSCRIPTIONS = "netloom-subscriptions"
_VALIDITY = "netloom-uidvalidity"
_LOCK = "netloom-folders.lock"
_ESCAPED = "./~:"
"""What can't be in a directory's name, or would mean something there: it is shifted in modified UTF-7."""


class Maildirs:
    """A directory of Maildirs, by account."""

    def __init__(self, root: Path, limits: Limits, notes: Notes) -> None:
        """Raises UsageError where `root` is no directory for Maildirs."""
        if not root.is_dir():
            raise UsageError(f"{root} is no directory", hint=f"mkdir -p {root}" if not root.exists() else "")
        if all((root / part).is_dir() for part in disk.PARTS):
            raise UsageError(
                f"{root} is itself a Maildir", hint="give the directory that has one Maildir for each account"
            )
        self.limits = limits
        self.notes = notes
        self.texts = Notes(_TEXTS)
        self.root = root
        self._boxes: WeakValueDictionary[tuple[str, str], MaildirMailbox] = WeakValueDictionary()
        self._warm: OrderedDict[tuple[str, str], MaildirMailbox] = OrderedDict()

    def folders(self, owner: str) -> MaildirFolders:
        return MaildirFolders(self, owner, self.root / _directory_name(owner))

    def inbox(self, owner: str) -> MaildirMailbox:
        return self.box(owner, INBOX, self.root / _directory_name(owner))

    def box(self, owner: str, name: str, place: Path) -> MaildirMailbox:
        """The one object for a mailbox."""
        key = (owner, name)
        found = self._boxes.get(key)
        if found is None:
            found = self._boxes[key] = MaildirMailbox(self, owner, name, place)
        self._warm[key] = found
        self._warm.move_to_end(key)
        while len(self._warm) > _WARM:
            self._warm.popitem(last=False)
        return found

    def forget(self, owner: str, name: str) -> MaildirMailbox | None:
        """Let go of a mailbox that has gone, or that has another name."""
        self._warm.pop((owner, name), None)
        return self._boxes.pop((owner, name), None)

    def adopt(self, box: MaildirMailbox) -> None:
        """Take in a mailbox that has another name now."""
        self._boxes[box.owner, box.name] = box

    async def owners(self) -> tuple[str, ...]:
        return await in_thread(self._owners)

    def _owners(self) -> tuple[str, ...]:
        with disk.translated():
            return tuple(sorted(unquote(item.name) for item in self.root.iterdir() if (item / "cur").is_dir()))

    def check_new(self) -> None:
        """Raises TooLarge where there are too many accounts."""
        if len(self._owners()) >= self.limits.mailboxes:
            raise TooLarge(f"no more than {self.limits.mailboxes} mailboxes are kept")

    async def deliver(self, owners: list[str], data: bytes, received: float) -> None:
        """Keep a message in several INBOXes: all or none, as far as a disk can. Who looks at one is told."""
        if len(data) > self.limits.message:
            raise TooLarge(f"a message has no more than {self.limits.message} bytes here")
        places = [self.root / _directory_name(owner) for owner in owners]
        message = Incoming(data=to_crlf(data), received=received)
        await in_thread(lambda: self._deliver(places, message))
        for owner in owners:
            live = self._boxes.get((owner, INBOX))
            if live is not None:
                await live.refresh()

    def _deliver(self, places: list[Path], message: Incoming) -> None:
        made = [Maildir(place, self.limits, int(time.time())) for place in places]
        for maildir in made:
            self.make(maildir)
            maildir.check_room([message])
        for maildir in made:
            maildir.add(message)

    def make(self, maildir: Maildir) -> None:
        """Make an account's directories where they are missing."""
        if not maildir.is_there:
            self.check_new()
            with disk.translated():
                maildir.make()


class MaildirMailbox(Mailbox):
    """One mailbox on a disk. What was seen there last stands in `index`."""

    is_shared = True

    def __init__(self, store: Maildirs, owner: str, name: str, place: Path) -> None:
        validity = int(time.time())
        super().__init__(owner, name, store.limits, Index(validity), store.notes)
        self.maildir = Maildir(place, store.limits, validity)
        self._store = store
        self.turn = asyncio.Lock()

    async def refresh(self) -> None:
        await self._do(self.maildir.look)

    async def read(self, uids: Sequence[int]) -> list[bytes | None]:
        # A client asks for one part of a message after the other
        texts, messages = self._store.texts, self.index.messages
        keys = {uid: (self.owner, self.name, self.index.validity, uid) for uid in uids}
        found = {uid: texts.get(key) if uid in messages else None for uid, key in keys.items()}
        missing = [uid for uid in uids if found[uid] is None]
        if missing:
            async with self.turn:
                read = await in_thread(lambda: self.maildir.read(missing))
            for uid, data in zip(missing, read, strict=True):
                found[uid] = data
                if data is not None and len(data) <= _TEXT:
                    texts.put(keys[uid], data, len(data) + _SMALL)
        return [found[uid] for uid in uids]

    async def append_all(self, messages: Sequence[Incoming]) -> tuple[int, ...]:
        taken = [self.take(message) for message in messages]
        async with self.turn:
            uids, delta = await in_thread(lambda: self._keep(taken))
            self._apply(delta)
            return uids

    async def store(self, uids: Iterable[int], flags: frozenset[str], action: str = "") -> None:
        flags = self.index.spelt(flags) if action == "-" else self.learn(flags)
        chosen = list(uids)
        await self._do(lambda: self.maildir.store(chosen, flags, action))

    async def claim_recent(self) -> frozenset[int]:
        async with self.turn:
            if self.index.recent:
                found, delta = await in_thread(self.maildir.claim)
                self._apply(delta)
                return found
            return frozenset()

    async def remove(self, uids: Sequence[int]) -> None:
        await self._do(lambda: self.maildir.remove(uids))

    def _keep(self, messages: Sequence[Incoming]) -> tuple[tuple[int, ...], Delta]:
        if self.name == INBOX:
            self._store.make(self.maildir)
        return self.maildir.keep(messages)

    async def _do(self, work: Callable[[], Delta]) -> None:
        async with self.turn:
            self._apply(await in_thread(work))

    def _apply(self, delta: Delta) -> None:
        index = self.index
        index.validity = delta.validity
        index.recent = set(delta.recent)
        index.keywords = {word.lower(): word for word in delta.keywords}
        index.update(delta.changed, delta.gone)
        index.next = max(index.next, delta.next)


class MaildirFolders(Folders):
    """The mailboxes of one account on a disk, as Maildir++ has them."""

    def __init__(self, store: Maildirs, owner: str, place: Path) -> None:
        super().__init__(owner, store.limits)
        self._store = store
        self._place = place

    async def names(self) -> tuple[str, ...]:
        return (INBOX, *sorted(await in_thread(self._directories)))

    async def subscriptions(self) -> frozenset[str]:
        return await in_thread(self._subscribed)

    async def subscribe(self, name: str, *, wanted: bool = True) -> None:
        await in_thread(lambda: self._subscribe(name, wanted))

    async def _open(self, name: str) -> Mailbox | None:
        if name == INBOX:
            return self._store.inbox(self.owner)
        found = (await in_thread(self._directories)).get(name)
        return None if found is None else self._store.box(self.owner, name, found)

    async def _create(self, names: list[str]) -> None:
        await in_thread(lambda: self._make(names))

    async def _delete(self, name: str) -> None:
        places = await in_thread(self._directories)
        box = self._store.forget(self.owner, name)
        async with box.turn if box is not None else contextlib.nullcontext():
            await in_thread(lambda: self._remove(places[name]))
        if box is not None:
            await box.refresh()

    async def _rename(self, pairs: list[tuple[str, str]]) -> None:
        places = await in_thread(self._directories)
        for old, new in pairs:
            target = self._place / _folder_directory(new)
            box = self._store.forget(self.owner, old)
            async with box.turn if box is not None else contextlib.nullcontext():
                await in_thread(functools.partial(self._move, places[old], target))
                if box is not None:
                    box.name = new
                    box.maildir.move(target)
                    self._store.adopt(box)

    # In threads

    def _directories(self) -> dict[str, Path]:
        """The folders by name. A directory whose name isn't modified UTF-7 stands for itself."""
        found: dict[str, Path] = {}
        with disk.translated():
            if not self._place.is_dir():
                return {}
            for item in self._place.iterdir():
                if item.name.startswith(".") and (item / "cur").is_dir():
                    found[_folder_of(item.name)] = item
        return found

    def _make(self, names: list[str]) -> None:
        inbox = Maildir(self._place, self.limits, int(time.time()))
        self._store.make(inbox)
        with disk.translated(), self._locked():
            for name in names:
                place = self._place / _folder_directory(name)
                disk.make_maildir(place)
                (place / "maildirfolder").touch()
                maildir = Maildir(place, self.limits, max(int(time.time()), self._last_validity() + 1))
                maildir.look(surely=True)  # writes the validity down

    def _remove(self, place: Path) -> None:
        with disk.translated(), self._locked():
            self._outlive(place)
            for part in disk.PARTS:
                for item in (place / part).iterdir():
                    item.unlink()
                (place / part).rmdir()
            for item in place.iterdir():
                if item.is_file():
                    item.unlink()
            place.rmdir()
            disk.sync(self._place)

    def _move(self, source: Path, target: Path) -> None:
        with disk.translated(), self._locked():
            self._outlive(source)
            source.rename(target)
            disk.sync(self._place)

    def _outlive(self, place: Path) -> None:
        """Whatever gets the name of this mailbox next has a higher UIDVALIDITY (RFC 9051 §2.3.1.1)."""
        maildir = Maildir(place, self.limits, int(time.time()))
        last = max(maildir.look(surely=True).validity, self._last_validity())
        disk.replace(self._place / _VALIDITY, f"{last}\n")

    def _last_validity(self) -> int:
        try:
            text = (self._place / _VALIDITY).read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return 0
        return int(text) if text.isdecimal() and len(text) <= 10 else int(time.time())

    def _subscribed(self) -> frozenset[str]:
        with disk.translated():
            try:
                text = (self._place / _SUBSCRIPTIONS).read_text(encoding="utf-8", errors="replace")
            except FileNotFoundError:
                return frozenset()
        return frozenset(line for line in text.split("\n") if line)

    def _subscribe(self, name: str, wanted: bool) -> None:
        if not wanted and name not in self._subscribed():
            return
        self._store.make(Maildir(self._place, self.limits, int(time.time())))
        with disk.translated(), self._locked():
            known = self._subscribed()
            known = known | {self.check_subscription(name, known)} if wanted else known - {name}
            disk.replace(self._place / _SUBSCRIPTIONS, "".join(f"{one}\n" for one in sorted(known)))

    def _locked(self) -> AbstractContextManager[None]:
        return disk.locked(self._place / _LOCK)


def _directory_name(owner: str) -> str:
    """A recipient is the peer's word: whatever it is, it becomes one plain name, and none of a Maildir's own."""
    quoted = quote(owner, safe="=@", errors="surrogatepass")
    if owner in disk.PARTS or quoted.startswith((".", "-")):
        quoted = f"%{ord(quoted[0]):02X}{quoted[1:]}"
    if len(quoted) > 200:
        raise Forbidden("this can't be the name of a mailbox")
    return quoted


def _folder_directory(name: str) -> str:
    """`Sent/2026` as `.Sent.2026`."""
    made = "." + ".".join(mutf7.encode(part, _ESCAPED).decode("ascii") for part in name.split("/"))
    if len(made) > 240:
        raise Forbidden("this name is too long for a mailbox")
    return made


def _folder_of(directory: str) -> str:
    try:
        return "/".join(mutf7.decode(part.encode("ascii")) for part in directory[1:].split("."))
    except (NetloomError, UnicodeEncodeError):
        return directory[1:].replace(".", "/")
