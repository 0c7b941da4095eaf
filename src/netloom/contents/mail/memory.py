"""Mailboxes in memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from msgspec.structs import replace

from netloom.contents import NotFound, TooLarge
from netloom.contents.mail.box import Incoming, MessageInfo
from netloom.contents.mail.folders import Folders
from netloom.contents.mail.index import Index
from netloom.contents.mail.mailbox import Mailbox, changed
from netloom.contents.mail.names import INBOX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netloom.contents.mail.box import Limits
    from netloom.contents.mail.notes import Notes


class Memory:
    """Mailboxes by account; bytes that are in several of them are counted in each."""

    def __init__(self, limits: Limits, notes: Notes) -> None:
        self.limits = limits
        self.notes = notes
        self.used = 0
        self.kept: dict[str, MemoryFolders] = {}
        self._asked: WeakValueDictionary[str, MemoryFolders] = WeakValueDictionary()
        self._validity = int(time.time())

    def folders(self, owner: str) -> MemoryFolders:
        """An account's mailboxes. They are kept from the first message or folder on."""
        found = self.kept.get(owner) or self._asked.get(owner)
        if found is None:
            found = self._asked[owner] = MemoryFolders(self, owner)
        return found

    def inbox(self, owner: str) -> MemoryMailbox:
        return self.folders(owner).boxes[INBOX]

    async def owners(self) -> tuple[str, ...]:
        return tuple(sorted(self.kept))

    async def deliver(self, owners: list[str], data: bytes, received: float) -> None:
        """Keep a message in several INBOXes: all or none."""
        boxes = [self.inbox(owner) for owner in owners]
        message = Incoming(data=data, received=received)
        taken = [box.take(message) for box in boxes]
        self.check(sum(len(one.data) for one in taken), sum(owner not in self.kept for owner in owners))
        for box in boxes:
            box.check_count(1)
        for box in boxes:
            await box.append_all([message])

    def check(self, size: int, new_accounts: int) -> None:
        """Raises TooLarge where this much more would be too much."""
        if self.used + size > self.limits.total:
            raise TooLarge(f"no more than {self.limits.total} bytes of mail are kept in memory")
        if len(self.kept) + new_accounts > self.limits.mailboxes:
            raise TooLarge(f"no more than {self.limits.mailboxes} mailboxes are kept")

    def validity(self) -> int:
        """One that no mailbox had before, in this process or an earlier one."""
        self._validity = max(self._validity + 1, int(time.time()))
        return self._validity


class MemoryFolders(Folders):
    """The mailboxes of one account in memory."""

    def __init__(self, store: Memory, owner: str) -> None:
        super().__init__(owner, store.limits)
        self.store = store
        self.subscribed: frozenset[str] = frozenset()
        self.boxes: dict[str, MemoryMailbox] = {INBOX: MemoryMailbox(self, INBOX)}

    def keep(self) -> None:
        """From now on the account is remembered."""
        if self.owner not in self.store.kept:
            self.store.check(0, 1)
            self.store.kept[self.owner] = self

    async def names(self) -> tuple[str, ...]:
        return (INBOX, *sorted(name for name in self.boxes if name != INBOX))

    async def subscriptions(self) -> frozenset[str]:
        return self.subscribed

    async def subscribe(self, name: str, *, wanted: bool = True) -> None:
        if wanted:
            name = self.check_subscription(name, self.subscribed)
            self.keep()
            self.subscribed |= {name}
        else:
            self.subscribed -= {name}

    async def _open(self, name: str) -> Mailbox | None:
        return self.boxes.get(name)

    async def _create(self, names: list[str]) -> None:
        self.keep()
        for name in names:
            self.boxes[name] = MemoryMailbox(self, name)

    async def _delete(self, name: str) -> None:
        box = self.boxes.pop(name)
        await box.remove(list(box.index.messages))
        box.is_gone = True

    async def _rename(self, pairs: list[tuple[str, str]]) -> None:
        for old, new in pairs:
            box = self.boxes.pop(old)
            box.name = new
            self.boxes[new] = box


class MemoryMailbox(Mailbox):
    """One mailbox in memory."""

    def __init__(self, folders: MemoryFolders, name: str) -> None:
        store = folders.store
        super().__init__(folders.owner, name, store.limits, Index(store.validity()), store.notes)
        self.is_gone = False
        self._folders = folders
        self._store = store
        self._data: dict[int, bytes] = {}

    async def refresh(self) -> None:
        """Nobody else can get at it."""

    async def read(self, uids: Sequence[int]) -> list[bytes | None]:
        return [self._data.get(uid) for uid in uids]

    async def append_all(self, messages: Sequence[Incoming]) -> tuple[int, ...]:
        if self.is_gone:
            raise NotFound("the mailbox was deleted meanwhile")
        taken = [self.take(message) for message in messages]
        size = sum(len(message.data) for message in taken)
        self._store.check(size, self.owner not in self._store.kept)
        self.check_count(len(taken))
        self._folders.keep()
        self._store.used += size
        uids = tuple(range(self.index.next, self.index.next + len(taken)))
        infos = []
        for uid, message in zip(uids, taken, strict=True):
            self._data[uid] = message.data
            self.index.recent.add(uid)
            infos.append(MessageInfo(uid=uid, flags=message.flags, received=message.received, size=len(message.data)))
        self.index.update(infos)
        return uids

    async def store(self, uids: Iterable[int], flags: frozenset[str], action: str = "") -> None:
        flags = self.index.spelt(flags) if action == "-" else self.learn(flags)
        made = []
        for uid in uids:
            info = self.index.messages.get(uid)
            if info is not None and (new := changed(info.flags, flags, action)) != info.flags:
                made.append(replace(info, flags=new))
        self.index.update(made)

    async def claim_recent(self) -> frozenset[int]:
        return self.index.claim_recent()

    async def remove(self, uids: Sequence[int]) -> None:
        for uid in uids:
            self._store.used -= len(self._data.pop(uid))
        self.index.update(gone=uids)
