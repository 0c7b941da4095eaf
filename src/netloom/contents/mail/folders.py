"""The mailboxes of one account: its INBOX, and folders as deep as one likes (RFC 9051 §5.1)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from netloom.contents import Exists, Forbidden, NotFound, TooLarge
from netloom.contents.mail.box import Incoming
from netloom.contents.mail.names import INBOX, folder_name, is_below, superiors

if TYPE_CHECKING:
    from netloom.contents.mail.box import Limits
    from netloom.contents.mail.mailbox import Mailbox

SUBSCRIPTIONS = 1_000
"""Names that an account may be subscribed to; they needn't be there (RFC 9051 §6.3.7)."""
_BATCH = 50


class Folders(ABC):
    """Names have `/` between their parts. INBOX is always there. Errors: NotFound, Exists, Forbidden, TooLarge."""

    def __init__(self, owner: str, limits: Limits) -> None:
        self.owner = owner
        self.limits = limits

    # What each kind does in its own way

    @abstractmethod
    async def names(self) -> tuple[str, ...]:
        """The names of those that are there, sorted, INBOX first."""

    @abstractmethod
    async def subscriptions(self) -> frozenset[str]:
        """The names that the account is subscribed to."""

    @abstractmethod
    async def subscribe(self, name: str, *, wanted: bool = True) -> None:
        """Subscribe to a name, or don't any longer."""

    @abstractmethod
    async def _open(self, name: str) -> Mailbox | None: ...
    @abstractmethod
    async def _create(self, names: list[str]) -> None: ...
    @abstractmethod
    async def _delete(self, name: str) -> None: ...
    @abstractmethod
    async def _rename(self, pairs: list[tuple[str, str]]) -> None: ...

    # What follows from that

    async def open(self, name: str) -> Mailbox:
        """A mailbox that is there."""
        found = await self._open(folder_name(name))
        if found is None:
            raise NotFound(f"there is no mailbox {name[:100]}")
        return found

    async def create(self, name: str) -> None:
        """Make a mailbox, and those above it that are missing. A separator at the end changes nothing."""
        name = folder_name(name.removesuffix("/") or name)
        there = await self.names()
        if name in there:
            raise Exists(f"there is a mailbox {name} already")
        new = [one for one in (*superiors(name), name) if one not in there]
        if len(there) + len(new) > self.limits.folders + 1:
            raise TooLarge(f"an account has no more than {self.limits.folders} folders")
        await self._create(new)

    async def delete(self, name: str) -> None:
        """Remove a mailbox with all that is in it; those below it stay."""
        name = folder_name(name)
        if name == INBOX:
            raise Forbidden("INBOX can't be deleted")
        if name not in await self.names():
            raise NotFound(f"there is no mailbox {name}")
        await self._delete(name)

    async def rename(self, old: str, new: str) -> None:
        """Give a mailbox and all below it another name. INBOX stays, empty; its messages move (RFC 9051 §6.3.6)."""
        old, new = folder_name(old), folder_name(new)
        there = await self.names()
        if new in there:
            raise Exists(f"there is a mailbox {new} already")
        if old == INBOX:
            await self.create(new)
            await _move_all(await self.open(old), await self.open(new))
            return
        if is_below(new, old):
            raise Forbidden("a mailbox can't be moved into itself")
        pairs = [(one, new + one[len(old) :]) for one in there if one == old or is_below(one, old)]
        if not pairs:
            raise NotFound(f"there is no mailbox {old}")
        missing = [one for one in superiors(new) if one not in there]
        if len(there) + len(missing) > self.limits.folders + 1:
            raise TooLarge(f"an account has no more than {self.limits.folders} folders")
        for _, target in pairs:
            if target in there:
                raise Exists(f"there is a mailbox {target} already")
            folder_name(target)
        await self._create(missing)
        await self._rename(pairs)

    def check_subscription(self, name: str, known: frozenset[str]) -> str:
        """The name as it is kept. Raises Forbidden, TooLarge."""
        if len(known) >= SUBSCRIPTIONS:
            raise TooLarge(f"an account has no more than {SUBSCRIPTIONS} subscriptions")
        return folder_name(name)


async def _move_all(source: Mailbox, target: Mailbox) -> None:
    infos = await source.list()
    for at in range(0, len(infos), _BATCH):
        batch = infos[at : at + _BATCH]
        found = zip(batch, await source.read([info.uid for info in batch]), strict=True)
        there = [(info, data) for info, data in found if data is not None]
        await target.append_all([Incoming(data=data, flags=info.flags, received=info.received) for info, data in there])
        await source.expunge([info.uid for info, _ in there])
