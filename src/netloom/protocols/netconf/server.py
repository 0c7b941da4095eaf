"""NETCONF, the server's side: one session at the simulated device (RFC 6241, RFC 6242)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.contents.shell.device import Busy
from netloom.errors import ConnectionLost, RemoteProtocolError
from netloom.links.ssh.hostkeys import identity as key_identity
from netloom.protocols.netconf.events import notification
from netloom.protocols.netconf.operations import CAPABILITIES, Operations
from netloom.wire.netconf import framing, messages
from netloom.wire.netconf.messages import Fault, Hello, Reply, Rpc, RpcError

if TYPE_CHECKING:
    from netloom.contents.shell import Shell
    from netloom.contents.shell.device import Change
    from netloom.links.context import Context
    from netloom.links.ssh.session import Session
    from netloom.links.stream import Stream
    from netloom.protocols.netconf.client import NetconfOptions

MESSAGE_LIMIT = 4 * 1024 * 1024
"""Bytes of a request."""
EVENTS = 256
"""Notifications that may wait for a client who doesn't read them; then its session ends."""


def identity(options: NetconfOptions) -> dict[str, str]:
    """The option with which a client knows this server: its host key's fingerprint. Raises UsageError."""
    return {"hostkey": key_identity(options.host_key)}


async def serve(link: Session, content: Shell, context: Context) -> None:
    """One session, until the client closes it."""
    device, accounts = content.device, context.accounts
    may_write = accounts.may(link.account, Right.WRITE)
    try:
        session = device.enter(link.user or "guest", "netconf", peer=context.peer, may_write=may_write)
    except Busy as error:
        await link.write_error(f"{error.message}\n".encode())
        link.exit(1)
        return

    def end() -> None:
        device.leave(session, "killed")
        link.stream.abort()

    session.end = end
    operations = Operations(device, session, may_read=accounts.may(link.account, Right.READ))
    served = _Served(link.stream, operations, context, link.user)
    try:
        await served.run()
        link.exit(0)
    finally:
        device.leave(session, "closed" if operations.closing else "dropped")


class _Served:
    """One session's messages."""

    def __init__(self, stream: Stream, operations: Operations, context: Context, user: str) -> None:
        self._stream = stream
        self._operations = operations
        self._context = context
        self._user = user
        self._reader = framing.Reader(MESSAGE_LIMIT)
        self._events: asyncio.Queue[Change] = asyncio.Queue(EVENTS)
        self._writing = asyncio.Lock()

    async def run(self) -> None:
        """Say hello, and answer until it is over."""
        number = self._operations.session.number
        hello = messages.emit_hello(Hello(CAPABILITIES, number))
        await self._stream.write(framing.emit(hello, chunked=False))
        said = await self._message()
        if said is None:
            return
        try:
            heard = messages.parse_hello(said)
            if heard.session is not None:
                raise RemoteProtocolError("a client's hello has no session-id", rule="RFC 6241 §8.1")
        except RemoteProtocolError:
            self._stream.abort()
            raise
        self._reader.chunked = heard.is_chunked
        stop = self._operations.device.watch(self._happened)
        telling = asyncio.get_running_loop().create_task(self._tell())
        try:
            await self._answer()
        finally:
            stop()
            telling.cancel()
            await asyncio.wait({telling})
            if not telling.cancelled():
                telling.exception()  # the connection is gone, which whoever reads has found out as well

    async def _answer(self) -> None:
        while not self._operations.closing and not self._context.closing:
            said = await self._message()
            if said is None:
                return
            started = time.time()
            with self._context.working():
                try:
                    asked = messages.parse(said)
                except RemoteProtocolError as error:
                    await self._say(messages.emit_reply(_malformed(error)))
                    raise
                if not isinstance(asked, Rpc):
                    raise RemoteProtocolError("a client sends rpcs alone", rule="RFC 6241 §4")
                reply = self._reply(asked)
                await self._say(messages.emit_reply(reply))
            self._report(asked, reply, started)

    def _reply(self, asked: Rpc) -> Reply:
        """What an rpc comes to: its attributes come back with it (§4.1)."""
        if "message-id" not in asked.attributes:
            error = messages.fault(
                "missing-attribute",
                "an rpc has a message-id",
                kind="rpc",
                bad_attribute="message-id",
                bad_element="rpc",
            )
            return Reply(asked.attributes, errors=error.errors)
        operation = asked.operation
        name = operation.name if self._operations.knows(operation) else ""
        no = self._context.refuses("rpc", name, target=_store(asked))
        if no is not None:
            return Reply(asked.attributes, errors=messages.fault(no.code, no.words()).errors)
        try:
            found = self._operations.run(operation)
        except Fault as error:
            return Reply(asked.attributes, errors=error.errors)
        return Reply(asked.attributes, content=found or (), is_ok=found is None)

    async def _message(self) -> bytes | None:
        """The next message, or None where the client has ended."""
        while (message := self._reader.take()) is None:
            data = await self._stream.read()
            if not data:
                if self._reader.is_empty:
                    return None
                raise ConnectionLost("the client ended in the middle of a message")
            self._reader.feed(data)
        return message

    async def _say(self, message: bytes) -> None:
        async with self._writing:
            await self._stream.write(framing.emit(message, chunked=self._reader.chunked))

    # Notifications

    def _happened(self, change: Change) -> None:
        if not self._operations.subscribed:
            return
        try:
            self._events.put_nowait(change)
        except asyncio.QueueFull:
            self._stream.abort()

    async def _tell(self) -> None:
        while True:
            change = await self._events.get()
            await self._say(messages.emit_notification(notification(change, self._operations.device.clock())))

    def _report(self, asked: Rpc, reply: Reply, started: float) -> None:
        status = reply.errors[0].tag if reply.errors else "ok"
        self._context.access(
            asked.operation.name[:40].upper(), _store(asked)[:40], status=status, user=self._user, started=started
        )


def _store(asked: Rpc) -> str:
    """The datastore that an rpc is about, where it names one."""
    target = next((child for child in asked.operation.children if child.name in ("target", "source")), None)
    return target.children[0].name if target is not None and target.children else ""


def _malformed(error: RemoteProtocolError) -> Reply:
    told = RpcError(tag="malformed-message", type="rpc", message=error.message)
    return Reply({}, errors=(told,))
