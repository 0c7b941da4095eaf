"""A client's view of how a server greets: what it says before encryption is read along (RFC 4253 §4.2, §7)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from netloom.errors import NetloomError, Phase, RemoteProtocolError
from netloom.links.ssh.handover import Handover
from netloom.wire import ssh

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.stream import Stream

PATIENCE = 2.0
"""Seconds that a server has for its version once it has said another line: those who speak SSH have it ready."""
SEEN = 256
"""Bytes of an answer that isn't SSH which are kept, to tell what it is."""


class Greeting(Handover):
    """Reads along until the new keys are there; then it is out of the way.

    `check` is given the host key before the server's proof of it is looked at, and may raise: the connection ends with
    that error. Whoever is told that a connection failed asks `error` first.
    """

    def __init__(
        self, stream: asyncio.Protocol, enter: Callable[[Phase], None], check: Callable[[bytes], None] | None = None
    ) -> None:
        super().__init__(stream)
        self.lines: tuple[str, ...] = ()
        self.version: ssh.Version | None = None
        self.proposal: ssh.KexInit | None = None
        self.host_key = b""
        self.error: NetloomError | None = None
        self.seen = b""
        self._enter = enter
        self._check = check
        self._method = ""
        self._buffers = {"client": b"", "server": b""}
        self._offered: tuple[str, ...] = ()
        self._reading = {"client": self._read_own, "server": self._read_version}
        self._done = False
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, stream: Stream, *args: Any) -> Self:
        """Put it below a stream; what has come already is read along too."""
        layer = super().of(stream, *args)
        layer.read_along("server", stream.peek())
        return layer

    @property
    def method(self) -> str:
        """The key exchange method that both sides agreed on."""
        return self._method

    def data_received(self, data: bytes) -> None:
        self.read_along("server", data)
        if self.error is None:
            self.upper.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._done:
            self.read_along("client", bytes(data))
        self.lower.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        if self.error is None and self.version is None and self.seen:
            self.error = self._no_ssh()
        super().connection_lost(exc)

    def read_along(self, sender: str, data: bytes) -> None:
        """Bytes that one side said."""
        if self._done:
            return
        if sender == "server" and self.version is None:
            self.seen = (self.seen + data[:SEEN])[:SEEN]
        self._buffers[sender] += data
        try:
            while self._reading[sender]():
                pass
        except NetloomError as error:
            self._fail(error)

    def _read_version(self) -> bool:
        try:
            found = ssh.parse_greeting(self._buffers["server"])
        except RemoteProtocolError:
            raise self._no_ssh() from None
        if found is None:
            if b"\n" in self._buffers["server"] and self._timer is None:
                self._watch_patience()
            return False
        self._stop_timer()
        self.version, self.lines = found[0].version, found[0].lines
        self._buffers["server"] = self._buffers["server"][found[1] :]
        self._reading["server"] = self._read_packet
        return True

    def _read_packet(self) -> bool:
        found = ssh.parse_packet(self._buffers["server"])
        if found is None:
            return False
        payload = found[0]
        self._buffers["server"] = self._buffers["server"][found[1] :]
        if payload[0] == ssh.KEXINIT:
            self.proposal = ssh.parse_kexinit(payload)
            self._method = ssh.agreed(self._offered, self.proposal.kex)
        elif payload[0] == ssh.NEWKEYS:
            if self._check is not None and not self.host_key:
                raise RemoteProtocolError("the server showed no host key", rule="RFC 4253 §8")
            self._done = True
            self._buffers.clear()
            self._enter(Phase.AUTH)
            return False
        elif not self.host_key:
            key = ssh.parse_host_key(payload, self._method)
            if key is not None:
                self.host_key = key
                if self._check is not None:
                    self._check(key)
        return True

    def _read_own(self) -> bool:
        """What we offer: the server's choice follows from it. Ours comes before the server's answer is looked at."""
        data = self._buffers["client"]
        start = data.find(b"\n") + 1
        found = ssh.parse_packet(data[start:]) if start else None
        if found is None:
            return False
        self._offered = ssh.parse_kexinit(found[0]).kex
        if self.proposal is not None:
            self._method = ssh.agreed(self._offered, self.proposal.kex)
        self._buffers["client"] = b""
        self._reading["client"] = self._forget_own
        return False

    def _forget_own(self) -> bool:
        self._buffers["client"] = b""
        return False

    def _no_ssh(self) -> RemoteProtocolError:
        said = self.seen[:60].decode("utf-8", "backslashreplace").strip()
        return RemoteProtocolError(f"that isn't SSH: it says {said!r}", rule="RFC 4253 §4.2", seen=self.seen)

    def _fail(self, error: NetloomError) -> None:
        self.error = error
        self._done = True
        self.lower.abort()

    def _watch_patience(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, lambda: self._fail(self._no_ssh()))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
