"""Who is at a device, what they did, and what waits for being confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import msgspec

from netloom.contents.shell.device.config import Config
from netloom.errors import NetloomError


class Session(msgspec.Struct, kw_only=True, eq=False):
    """Somebody at the device: over which protocol, from where, and since when (Unix seconds).

    `end` ends it from outside, where its protocol lets others do that.
    """

    number: int
    user: str
    via: str
    peer: str = ""
    may_write: bool = True
    since: float = 0.0
    end: Callable[[], None] | None = None


class Busy(NetloomError):
    """Somebody else holds it: `holder` is the session, where it is one's."""

    def __init__(self, message: str, holder: Session | None = None) -> None:
        super().__init__(message)
        self.holder = holder


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened. `session` is None where the device did it by itself."""

    kind: Literal["config", "session-start", "session-end", "confirmed-commit"]
    store: str = ""
    detail: str = ""
    session: Session | None = None
    before: Config | None = None
    after: Config | None = None
    pending: Pending | None = None


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that ran until `at` (Unix seconds), and who put another one in its place."""

    at: float
    user: str
    via: str
    words: str
    before: Config


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that is taken back at `until` (Unix seconds), to what ran `before`, unless it is confirmed."""

    session: Session
    persist: str
    before: Config
    timer: asyncio.TimerHandle
    until: float
