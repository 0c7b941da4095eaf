"""NETCONF, the client's side: datastores read and edited, operations, and what a server can do (RFC 6241)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import unquote

from msgspec import Meta

from netloom.errors import Phase, UsageError
from netloom.links.options import Seconds  # noqa: TC001  # msgspec reads it
from netloom.links.ssh.client import Connection, connect
from netloom.links.ssh.options import SSHOptions
from netloom.protocols.netconf import requests
from netloom.protocols.netconf.dialogue import Dialogue
from netloom.records import Entry
from netloom.shapes import Reply
from netloom.wire.netconf import messages, xml
from netloom.wire.netconf.xml import Node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler

GOODBYE = 2.0
"""Seconds in which a server has to answer to a goodbye. Some read it together with a hello, and never look at it."""
BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of a configuration that is put."""


class NetconfOptions(SSHOptions, frozen=True, kw_only=True):
    """What NETCONF can be told."""

    version: Annotated[Literal["", "1.0", "1.1"], Meta(description="speak only this version of the protocol")] = ""
    default_operation: Annotated[
        Literal["", "merge", "replace", "none"],
        Meta(description="put: what becomes of what isn't said otherwise (the server's default: merge)"),
    ] = ""
    test_option: Annotated[
        Literal["", "test-then-set", "set", "test-only"], Meta(description="put: check before, don't, or only check")
    ] = ""
    error_option: Annotated[
        Literal["", "stop-on-error", "continue-on-error", "rollback-on-error"], Meta(description="put: after an error")
    ] = ""
    lock: Annotated[bool, Meta(description="put: keep others from changing the datastore meanwhile")] = True
    commit: Annotated[bool, Meta(description="put: commit what was put into the candidate")] = True
    confirm: Annotated[
        Seconds | None, Meta(description="put: the commit is taken back after so many seconds unless it is confirmed")
    ] = None
    persist: Annotated[str, Meta(description="put: the word by which another session can confirm that commit")] = ""
    reply_limit: Annotated[int, Meta(ge=1024, description="bytes that an answer may have")] = 64 * 1024 * 1024


class Client:
    """One session on one SSH connection."""

    Options = NetconfOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: NetconfOptions) -> None:
        self.dial = dial
        self.endpoint = endpoint
        self.options = options
        self.connection: Connection | None = None
        self._dialogue: Dialogue | None = None

    async def dialogue(self) -> Dialogue:
        """The session, both hellos said. Raises PeerRefused where the server has no such subsystem."""
        if self._dialogue is None:
            self.connection = await connect(self.dial, self.endpoint, self.options)
            self.dial.trace.enter(Phase.REQUEST)
            stream = await self.connection.session(subsystem="netconf")
            if self.dial.trace.dialogue is not None:
                from netloom.links.tap import DialogueLayer

                DialogueLayer.under(stream, self.dial.trace.dialogue())
            dialogue = Dialogue(stream, self.options.reply_limit)
            await dialogue.begin(self.options.version)
            self._dialogue = dialogue
        self.dial.trace.enter(Phase.REQUEST)
        return self._dialogue

    async def get(self, path: str) -> Reply:
        """A datastore, `/running` for instance, or without one what runs together with its state; `?filter=` selects.

        The body is the data's elements, as XML.
        """
        wanted = requests.get(_store(path), requests.filter_of(self.endpoint.query))
        reply = await (await self.dialogue()).ask(wanted)
        data = next((node for node in reply.content if node.name == "data"), None)
        return Reply(_meta(reply), body=_shown(data.children if data is not None else ()))

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Edit a datastore: the candidate where there is one and no other is named, and then it is committed.

        What fails is undone: the lock is let go of, and a candidate's changes are discarded.
        """
        config = requests.config_of(await _whole(body))
        dialogue = await self.dialogue()
        has_candidate = dialogue.hello.has("candidate")
        target = _store(path) or ("candidate" if has_candidate else "running")
        options = self.options
        if options.confirm is not None and (target != "candidate" or not options.persist):
            raise UsageError(
                "a commit to be confirmed later is one of the candidate, and has a name: this session ends with it",
                hint="-O persist=NAME; then netloom run … 'commit persist-id NAME'",
            )
        if options.lock:
            await dialogue.ask(requests.locking("lock", target))
        try:
            reply = await dialogue.ask(requests.edit(target, config, options))
            if target == "candidate" and options.commit and options.test_option != "test-only":
                reply = await dialogue.ask(requests.commit(options.confirm, options.persist))
        except BaseException:
            if target == "candidate":
                await dialogue.try_to(Node("discard-changes", messages.BASE))
            raise
        finally:
            if options.lock:
                await dialogue.try_to(requests.locking("unlock", target))
        return Reply({"target": target, **_meta(reply)})

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """What the server can do: its capabilities and modules, or at `/schemas` the schemas that it gives away."""
        dialogue = await self.dialogue()
        if path.strip("/") == "schemas":
            reply = await dialogue.ask(requests.schemas())
            for node in requests.found(reply.content, "schema"):
                name = node.value("identifier")
                yield Entry(name=name, path=f"get-schema {name}", kind="schema", value={
                    "version": node.value("version"), "namespace": node.value("namespace"),
                })  # fmt: skip
            return
        for said in dialogue.hello.capabilities:
            name, kind, value = requests.described(said)
            yield Entry(name=name, path=said, kind=kind, value=value or None)

    async def run(self, command: str) -> Reply:
        """An operation by name (`lock candidate`, `commit confirmed 60`, `get-schema ietf-system`), or as XML."""
        operation = requests.operation(command)
        reply = await (await self.dialogue()).ask(operation)
        if operation.name == "close-session":
            await self.close()
        texts = [node for node in reply.content if node.name == "data" and not node.children]
        body = texts[0].text.encode() if texts else _shown(reply.content)
        return Reply(_meta(reply), body=body or b"")

    async def close(self) -> None:
        """Say goodbye. A server that doesn't answer to it is none the worse."""
        connection, dialogue = self.connection, self._dialogue
        self.connection = self._dialogue = None
        if dialogue is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await dialogue.try_to(Node("close-session", messages.BASE))
        if connection is not None:
            await connection.close()


def _store(path: str) -> str:
    name = unquote(path).strip("/")
    if name not in ("", "running", "candidate", "startup"):
        raise UsageError(f"there is no datastore {name!r}", hint="datastores: running, candidate, startup")
    return name


def _meta(reply: messages.Reply) -> dict[str, object]:
    warnings = [str(error) for error in reply.errors]
    return {"warnings": warnings} if warnings else {}


def _shown(nodes: object) -> bytes:
    return b"".join(xml.emit(node, indent=1) for node in nodes)  # type: ignore[attr-defined]  # any collection of nodes


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    data = bytearray()
    async for chunk in body:
        data += chunk
        if len(data) > BODY_LIMIT:
            raise UsageError(f"a configuration of more than {BODY_LIMIT} bytes")
    return bytes(data)
