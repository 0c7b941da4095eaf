"""A simulated network device: one configuration in three datastores, which every dialect and protocol sees (RFC 8342).

What is configured at a command line over SSH or Telnet, NETCONF reads, and the other way round.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from netloom.contents import Forbidden, NotFound
from netloom.contents.shell.device import config as configs
from netloom.contents.shell.device.config import Config, ConfigError
from netloom.contents.shell.device.session import Busy, Change, Commit, Pending, Session
from netloom.contents.shell.device.state import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.shell.device.hardware import Hardware

__all__ = ["Busy", "Change", "Commit", "Config", "ConfigError", "Device", "Session"]

STORES = ("running", "candidate", "startup")
HISTORY = 50
"""How many earlier configurations are kept, as Junos does."""
SESSIONS = 256


class Device:
    """The device. What changes it is done for a session, which may lock a datastore against the others.

    `drafts` are configurations that somebody works on beside the datastores, by name.

    Everything happens at once, on the event loop: there is nothing to wait for.
    """

    def __init__(self, hardware: Hardware, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        self.hardware = hardware
        self.clock = clock
        self.booted = clock()
        self.running = hardware.complete(config)
        self.startup: Config | None = self.running
        self.sessions: dict[int, Session] = {}
        self.locks: dict[str, Session] = {}
        self.history: list[Commit] = []
        self.pending: Pending | None = None
        self.traffic = Traffic(hardware, self.running, self.booted)
        self.changed = self.booted
        self.drafts: dict[str, Config] = {}
        self._candidate: Config | None = None
        self._watchers: list[Callable[[Change], None]] = []
        self._numbers = 0

    @property
    def candidate(self) -> Config:
        """What a commit would make of the device: the running configuration, until somebody edits."""
        return self.running if self._candidate is None else self._candidate

    @property
    def is_edited(self) -> bool:
        """Whether the candidate differs from what runs."""
        return self._candidate is not None and self._candidate != self.running

    # Sessions

    def enter(self, user: str, via: str, *, peer: str = "", may_write: bool = True) -> Session:
        """Somebody has come; `via` is the protocol. Raises Busy where there are too many."""
        if len(self.sessions) >= SESSIONS:
            raise Busy("no session is free")
        self._numbers += 1
        session = Session(number=self._numbers, user=user, via=via, peer=peer, may_write=may_write, since=self.clock())
        self.sessions[session.number] = session
        self._tell(Change(kind="session-start", session=session))
        return session

    def leave(self, session: Session, why: str = "closed") -> None:
        """Somebody has gone: what was locked is free, what was edited under a lock and not committed is forgotten, and
        what was to be confirmed and wasn't is taken back. `why` is a reason of RFC 6470: closed, killed, dropped …"""
        if self.sessions.pop(session.number, None) is None:
            return
        for store in [store for store, holder in self.locks.items() if holder is session]:
            self.unlock(session, store)
            if store == "candidate":
                self._candidate = None
        if self.pending is not None and self.pending.session is session and not self.pending.persist:
            self._roll_back("cancel", session)
        self._tell(Change(kind="session-end", session=session, detail=why))

    # Datastores

    def get(self, store: str) -> Config:
        """A datastore's configuration. Raises NotFound for a startup configuration that was deleted."""
        if store == "startup":
            if self.startup is None:
                raise NotFound("there is no startup configuration")
            return self.startup
        return self.candidate if store == "candidate" else self.running

    def edit(self, session: Session, store: str, change: Callable[[Config], Config], *, check: bool = True) -> bool:
        """Change a datastore; whether that made a difference. What runs is checked always, as a whole.

        Raises Forbidden, Busy, ConfigError.
        """
        self.guard(session, store)
        before = self.get(store)
        after = self.hardware.complete(change(before))
        if check or store == "running":
            configs.check(after)
        if after == before:
            return False
        self._put(store, after, session)
        return True

    def delete_startup(self, session: Session) -> None:
        """Forget what the device begins with."""
        self.guard(session, "startup")
        self.startup = None

    def save(self, session: Session) -> None:
        """What runs is what the device begins with."""
        self.guard(session, "startup")
        self._put("startup", self.running, session)

    def restart(self, session: Session) -> None:
        """Begin anew with the startup configuration, or with nothing but ports and VLAN 1 where there is none."""
        self.guard(session, "running")
        self._candidate = None
        bare = Config(vlans={1: configs.usual_vlan_name(1)})
        self._run(self.hardware.complete(self.startup or bare), session, "restart")
        self.booted = self.clock()
        self.traffic = Traffic(self.hardware, self.running, self.booted)

    def guard(self, session: Session, store: str) -> None:
        """Raises Forbidden for whoever may only look, Busy where somebody else has locked a datastore."""
        if not session.may_write:
            raise Forbidden(f"{session.user} may not configure this device")
        holder = self.locks.get(store)
        if holder is not None and holder is not session:
            raise Busy(f"{store} is locked by {holder.user} (session {holder.number})", holder)

    def lock(self, session: Session, store: str) -> None:
        """Keep others from changing a datastore (RFC 6241 §7.5). Raises Forbidden, Busy."""
        if not session.may_write:
            raise Forbidden(f"{session.user} may not configure this device")
        holder = self.locks.get(store)
        if holder is not None:
            raise Busy(f"{store} is locked by {holder.user} (session {holder.number})", holder)
        if store == "candidate" and self.is_edited:
            raise Busy("candidate was changed and isn't committed")
        if store == "running" and self.pending is not None and self.pending.session is not session:
            raise Busy("a commit waits for being confirmed", self.pending.session)
        self.locks[store] = session

    def unlock(self, session: Session, store: str) -> None:
        """Let others again. Raises Busy where it isn't the session's own lock."""
        if self.locks.get(store) is not session:
            raise Busy(f"{store} isn't locked by this session", self.locks.get(store))
        del self.locks[store]

    # Commits

    def check(self, session: Session) -> None:
        """Whether the candidate could run. Raises ConfigError."""
        configs.check(self.candidate)

    def commit(  # noqa: PLR0913  # what RFC 6241 lets a commit say
        self,
        session: Session,
        config: Config | None = None,
        *,
        confirm_within: float | None = None,
        persist: str = "",
        persist_id: str | None = "",
        words: str = "",
    ) -> None:
        """The candidate, or a configuration of the session's own, runs from now on (RFC 6241 §8.3.4.1, §8.4).

        With `confirm_within` seconds it is taken back after them, unless another commit confirms it: by the same
        session, or, where it was given a `persist` name, by whoever knows that. `persist_id` None: by anybody.
        """
        self.guard(session, "running")
        if config is None:
            self.guard(session, "candidate")
        pending = self._confirmed_by(session, persist_id)
        wanted = self.hardware.complete(self.candidate if config is None else config)
        configs.check(wanted)
        before = self.running
        if config is None:
            self._candidate = None
        self._run(wanted, session, words)
        if confirm_within is not None:
            held = Pending(
                session=session,
                persist=persist or (pending.persist if pending is not None else ""),
                before=pending.before if pending is not None else before,
                timer=asyncio.get_running_loop().call_later(confirm_within, self._time_is_up),
                until=self.clock() + confirm_within,
            )
            self._settle(held, "extend" if pending is not None else "start", session)
        elif pending is not None:
            self._settle(None, "complete", session)

    def cancel_commit(self, session: Session, persist_id: str = "") -> None:
        """Take back a commit that waits for being confirmed. Raises ConfigError where it isn't this one's."""
        self.guard(session, "running")
        if self._confirmed_by(session, persist_id) is None:
            raise ConfigError("no commit waits for being confirmed")
        self._roll_back("cancel", session)

    def discard(self, session: Session) -> None:
        """The candidate is what runs again."""
        self.guard(session, "candidate")
        self._candidate = None

    def rolled_back(self, number: int) -> Config:
        """The configuration that ran `number` commits ago. Raises NotFound."""
        if number == 0:
            return self.running
        if number > len(self.history):
            raise NotFound(f"there is no configuration {number}")
        return self.history[number - 1].before

    # Watching

    def watch(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Be told of every change; what is returned ends it."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback) if callback in self._watchers else None

    def _tell(self, change: Change) -> None:
        for watcher in list(self._watchers):
            watcher(change)

    # Inside

    def _put(self, store: str, config: Config, session: Session) -> None:
        if store == "running":
            self._run(config, session, "")
        elif store == "candidate":
            self._candidate = config
        else:
            self.startup = config
            self._tell(Change(kind="config", store=store, session=session))

    def _run(self, config: Config, session: Session | None, words: str) -> None:
        before = self.running
        now = self.clock()
        commit = Commit(
            at=now,
            user=session.user if session is not None else "root",
            via=session.via if session is not None else "other",
            words=words,
            before=before,
        )
        self.history = [commit, *self.history[: HISTORY - 1]]
        if config == before:
            return
        self.running = config
        self.changed = now
        self.traffic.follow(config, now)
        self._tell(Change(kind="config", store="running", session=session, before=before, after=config))

    def _confirmed_by(self, session: Session, persist_id: str | None) -> Pending | None:
        """The commit that waits, where this session may confirm, extend or cancel it."""
        pending = self.pending
        if pending is None:
            if persist_id:
                raise ConfigError("no commit waits under that persist-id", "persist-id")
            return None
        if persist_id is None or (not pending.persist and pending.session is session and not persist_id):
            return pending
        if pending.persist and persist_id == pending.persist:
            return pending
        if persist_id:
            raise ConfigError("no commit waits under that persist-id", "persist-id")
        raise Busy(f"a commit of {pending.session.user} waits for being confirmed", pending.session)

    def _settle(self, pending: Pending | None, event: str, session: Session | None) -> None:
        if self.pending is not None:
            self.pending.timer.cancel()
        self.pending = pending
        self._tell(Change(kind="confirmed-commit", detail=event, session=session, pending=pending))

    def _roll_back(self, event: str, session: Session | None) -> None:
        assert self.pending is not None  # noqa: S101  # its callers have looked
        before = self.pending.before
        self._settle(None, event, session)
        self._run(before, session, f"rolled back ({event})")

    def _time_is_up(self) -> None:
        self._roll_back("timeout", None)
