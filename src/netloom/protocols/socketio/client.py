"""Socket.IO, the client's side: send an event, or hear those of a namespace (Socket.IO protocol 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec

from netloom.errors import UsageError
from netloom.protocols.socketio.dialogue import Dialogue
from netloom.protocols.socketio.options import Options as SocketioOptions
from netloom.protocols.socketio.ways import Server
from netloom.records import Message
from netloom.shapes import Reply
from netloom.wire.socketio import packets
from netloom.wire.socketio.packets import Kind, Packet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler


class Client:
    """One session, which the first verb begins. The URL's path is a namespace."""

    Options = SocketioOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: SocketioOptions) -> None:
        self.options = options
        self.endpoint = endpoint
        self.dialogue: Dialogue | None = None
        self._dial = dial

    async def begin(self) -> Dialogue:
        """The session that stands. Raises PeerRefused, and what dialling raises."""
        if self.dialogue is None:
            dialogue = Dialogue(Server(self._dial, self.endpoint, self.options))
            await dialogue.begin()
            self.dialogue = dialogue
        return self.dialogue

    async def connect(self, path: str = "") -> tuple[Dialogue, str, dict[str, Any]]:
        """The session, a namespace of it that is connected, and what the server said to that."""
        namespace = unquote(path or self.endpoint.path) or packets.ROOT
        auth = self._auth()
        dialogue = await self.begin()
        if namespace in dialogue.namespaces:
            return dialogue, namespace, {}
        return dialogue, namespace, await dialogue.connect(namespace, auth)

    async def send(self, message: Message) -> Reply:
        """Send an event: a topic is its name, otherwise the option `event`. What `reply` waits for comes as the value.

        Raises UsageError for a payload that isn't what `type` says, PeerRefused.
        """
        event = message.topic or self.options.event
        arguments = self._arguments(message.payload)
        if event in packets.RESERVED:
            raise UsageError(f"{event} is no event to send", hint=f"these are Socket.IO's own: {_RESERVED}")
        wanted = self.options.reply
        dialogue, namespace, told = await self.connect()
        await dialogue.say(
            Packet(
                kind=Kind.EVENT, namespace=namespace, id=0 if wanted == "ack" else None, data=[event, *arguments]
            )
        )  # fmt: skip
        meta = {"namespace": namespace, "event": event, "transport": dialogue.way.name, "sid": str(told.get("sid", ""))}
        while wanted != "none":
            packet = await dialogue.next()
            if packet.namespace != namespace:
                continue
            if wanted == "ack" and packet.kind is Kind.ACK and packet.id == 0:
                return _reply(meta, packet.data)
            if wanted == "event" and packet.kind is Kind.EVENT:
                return _reply({**meta, "answer": str(packet.data[0])}, packet.data[1:])
        return Reply(meta)

    async def listen(self, path: str) -> AsyncIterator[Message]:
        """Events of a namespace, until the server disconnects us: their names are the topics.

        The only argument, where there is one, is the payload: text or bytes as they are, anything else as JSON, which
        the property `type` tells; several are a JSON array.
        """
        dialogue, namespace, _ = await self.connect(path)
        for pattern in self.options.subscribe:
            await dialogue.say(Packet(kind=Kind.EVENT, namespace=namespace, data=["subscribe", pattern]))
        peer = self._dial.trace.peer
        while True:
            packet = await dialogue.next()
            if packet.namespace != namespace:
                continue
            if packet.kind is Kind.DISCONNECT:
                dialogue.namespaces.remove(namespace)
                return
            if packet.kind is not Kind.EVENT:
                continue
            if packet.id is not None and self.options.acknowledge:
                await dialogue.say(Packet(kind=Kind.ACK, namespace=namespace, id=packet.id, data=[]))
            name, *arguments = packet.data
            payload, kind = _payload(arguments)
            properties = {"type": kind, "namespace": namespace}
            yield Message(topic=str(name), payload=payload, sender=peer, properties=properties)

    async def close(self) -> None:
        """Say goodbye, and hang up."""
        dialogue, self.dialogue = self.dialogue, None
        if dialogue is not None:
            await dialogue.close()

    def _auth(self) -> dict[str, Any] | None:
        auth: dict[str, Any] = {}
        for given in self.options.tokens:
            name, equals, value = given.reveal().partition("=")
            if not name or not equals:
                raise UsageError("option tokens: NAME=VALUE is expected")
            auth[name] = value
        if self.options.token is not None:
            auth["token"] = self.options.token.reveal()
        return auth or None

    def _arguments(self, payload: bytes) -> list[Any]:
        kind = self.options.type
        if kind == "binary":
            return [payload]
        if kind in ("json", "arguments"):
            try:
                value = msgspec.json.decode(payload)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
                raise UsageError(f"type={kind}, but the message isn't JSON: {exc}") from None
            if kind == "json":
                return [value]
            if not isinstance(value, list):
                raise UsageError("type=arguments, but the message is no JSON array")
            return value
        try:
            return [payload.decode()]
        except UnicodeDecodeError:
            if kind == "text":
                raise UsageError(
                    "type=text, but the message isn't UTF-8", hint="type=binary sends it as it is"
                ) from None
            return [payload]


def _reply(meta: dict[str, Any], arguments: list[Any]) -> Reply:
    """What came back: bytes as a body, anything else as a value."""
    if len(arguments) == 1 and isinstance(arguments[0], bytes):
        return Reply(meta, body=arguments[0])
    return Reply(meta, value=arguments[0] if len(arguments) == 1 else arguments)


def _payload(arguments: list[Any]) -> tuple[bytes, str]:
    """An event's arguments as a payload, and what it is."""
    if not arguments:
        return b"", "text"
    value: Any = arguments[0] if len(arguments) == 1 else arguments
    if isinstance(value, str):
        return value.encode(), "text"
    if isinstance(value, bytes):
        return value, "binary"
    return msgspec.json.encode(value), "json"  # bytes inside of it become base64


_RESERVED = ", ".join(sorted(packets.RESERVED))
