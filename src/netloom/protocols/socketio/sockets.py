"""Socket.IO's side of a session: namespaces, who connects to them, and events as messages of a bus.

A namespace is a topic, and its events are topics below it: who is connected to `/house` hears what is published to
`house` as the event `message`, and to `house/kitchen`, once subscribed to it, as the event `kitchen`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from netloom.accounts import Right
from netloom.contents import TooLarge
from netloom.contents.bus import check_pattern
from netloom.errors import RemoteProtocolError, UsageError
from netloom.protocols.socketio.values import event, payload_of, told
from netloom.records import Message
from netloom.wire.socketio import packets
from netloom.wire.socketio.packets import Kind, Packet

if TYPE_CHECKING:
    from netloom.accounts import Account
    from netloom.contents.bus import Bus, Delivery
    from netloom.protocols.socketio.admission import Gate
    from netloom.protocols.socketio.session import Said, Session
    from netloom.wire.socketio import engine

NAMESPACES = 100
"""Namespaces of one session."""
MESSAGE = "message"
ERROR = "error"


class Sockets:
    """All sockets of one session, one a namespace."""

    def __init__(self, session: Session, bus: Bus, gate: Gate) -> None:
        self.session = session
        self.bus = bus
        self.gate = gate
        self._reader = packets.Reader(packets.Limits(size=bus.limits.message))
        self._sockets: dict[str, Socket] = {}
        session.receive = self.receive
        session.ends.append(self.close)

    async def receive(self, said: Said) -> None:
        """A message of the session's. Raises RemoteProtocolError for what is no packet, or has no place."""
        packet = self._reader.feed(said)
        if packet is None:
            return
        socket = self._sockets.get(packet.namespace)
        if packet.kind is Kind.CONNECT and socket is None:
            await self._connect(packet)
        elif socket is None:
            raise RemoteProtocolError(f"namespace {packet.namespace[:80]} isn't connected", rule="Socket.IO 5")
        elif packet.kind is Kind.EVENT:
            socket.hear_event(packet)
        elif packet.kind is Kind.DISCONNECT:
            del self._sockets[packet.namespace]
            socket.leave()
        elif packet.kind is not Kind.ACK:
            raise RemoteProtocolError(f"{packet.kind.name} has no place here", rule="Socket.IO 5")

    def close(self) -> None:
        """The session is over."""
        sockets, self._sockets = self._sockets, {}
        for socket in sockets.values():
            socket.leave()

    async def _connect(self, packet: Packet) -> None:
        namespace = packet.namespace
        if len(self._sockets) >= NAMESPACES:
            self._refuse(namespace, f"no more than {NAMESPACES} namespaces")
            return
        if (no := self.gate.refuses(namespace)) is not None:
            self._refuse(namespace, no.words())
            return
        with self.session.deaf():  # a guess has to wait for those before it
            admitted, account = await self.gate.admit(packet.data or {}, namespace)
        if self.session.closed:
            return
        if not admitted:
            self._refuse(namespace, "not authorized")
            return
        socket = Socket(self, namespace, account)
        try:
            socket.join()
        except UsageError:
            self._refuse(namespace, "Invalid namespace")
        except TooLarge as exc:
            self._refuse(namespace, exc.message)
        else:
            self._sockets[namespace] = socket
            self.session.joined()

    def _refuse(self, namespace: str, why: str) -> None:
        self.session.say(told(Packet(kind=Kind.CONNECT_ERROR, namespace=namespace, data={"message": why})))


class Socket:
    """A client in a namespace: it hears of the bus what it subscribed to, and publishes."""

    def __init__(self, sockets: Sockets, namespace: str, account: Account | None) -> None:
        accounts = sockets.gate.accounts
        self.namespace = namespace
        self.session = sockets.session
        self.bus = sockets.bus
        # Without accounts a bus in memory is open; with them, publishing is writing.
        self.may_publish = not len(accounts) or accounts.may(account, Right.WRITE)
        self._peer = sockets.gate.peer
        self._root = namespace[1:] + "/" if namespace != packets.ROOT else ""

    def join(self) -> None:
        """Connected: what is published to the namespace itself is heard. Raises UsageError, TooLarge."""
        self.bus.attach(self)
        topic = self.topic(MESSAGE)
        try:
            if "+" in topic or "#" in topic:
                raise UsageError(f"{self.namespace[:80]!r} is no namespace")
            self.bus.listen(self, topic)
        except (UsageError, TooLarge):
            self.bus.detach(self)
            raise
        self.session.say(
            told(Packet(kind=Kind.CONNECT, namespace=self.namespace, data={"sid": secrets.token_urlsafe(15)}))
        )
        self._say_retained([topic])

    def leave(self) -> None:
        """Disconnected."""
        self.bus.detach(self)

    def topic(self, event: str) -> str:
        """The topic that an event is."""
        return self._root + event if event != MESSAGE else self._root[:-1]

    def event_of(self, topic: str) -> str:
        """The event that a topic is: `message` for the namespace's own, and where the name is the protocol's."""
        name = topic.removeprefix(self._root) if topic != self._root[:-1] else MESSAGE
        return MESSAGE if not name or name == ERROR or name in packets.RESERVED else name

    def hear_event(self, packet: Packet) -> None:
        """What the client wants: a verb, or an event that is published under its name."""
        name, *arguments = packet.data
        answer: dict[str, Any] = {"status": "ok"}
        fresh: list[str] = []
        try:
            if name == "subscribe":
                fresh = self._subscribe(arguments)
            elif name == "unsubscribe":
                answer["known"] = [self.bus.unlisten(self, self._root + pattern) for pattern in _texts(arguments)]
            elif name == "publish":
                answer["subscribers"] = self._publish_to(arguments)
            else:
                answer["subscribers"] = self._publish(str(name), arguments)
        except (UsageError, TooLarge) as exc:
            answer = {"status": "error", "message": exc.message}
        if packet.id is not None:
            self.session.say(told(Packet(kind=Kind.ACK, namespace=self.namespace, id=packet.id, data=[answer])))
        elif answer["status"] == "error":
            why = {"event": name, "message": answer["message"]}
            self.session.say(told(Packet(kind=Kind.EVENT, namespace=self.namespace, data=[ERROR, why])))
        self._say_retained(fresh)

    # What the bus calls

    def plan(self, terms: list[None]) -> None:
        """Each pattern is as good as another."""

    def hear(self, delivery: Delivery, plan: None) -> None:
        """A message, put into words once for all in this namespace."""
        key = (Socket, self.namespace)
        messages = delivery.forms.get(key)
        if messages is None:
            messages = delivery.forms[key] = self._told(delivery.message)
        if not self.session.offer(messages):
            self.bus.dropped += 1

    # Inside

    def _subscribe(self, arguments: list[Any]) -> list[str]:
        patterns = [self._root + pattern for pattern in _texts(arguments)]
        for pattern in patterns:
            check_pattern(pattern)
        for pattern in patterns:
            self.bus.listen(self, pattern)
        return patterns

    def _publish_to(self, arguments: list[Any]) -> int:
        topic, payload, options = [*arguments, *[None] * 3][:3]
        if not isinstance(topic, str) or len(arguments) > 3 or not isinstance(options, dict | None):
            raise UsageError("publish takes a topic, a payload and {retain: true}")
        retain = options is not None and options.get("retain") is True
        return self._publish(topic, [payload] if len(arguments) > 1 else [], retain=retain)

    def _publish(self, event: str, arguments: list[Any], *, retain: bool = False) -> int:
        if not self.may_publish:
            raise UsageError("only accounts that may write publish here")
        payload, kind = payload_of(arguments)
        message = Message(
            topic=self.topic(event), payload=payload, sender=self._peer, retain=retain, properties={"type": kind}
        )
        return self.bus.publish(message)

    def _say_retained(self, patterns: list[str]) -> None:
        kept = {message.topic: message for pattern in patterns for message in self.bus.retained(pattern)}
        if kept:
            self.session.say_later(self._told(message) for message in kept.values())

    def _told(self, message: Message) -> tuple[engine.Message, ...]:
        return event(self.namespace, self.event_of(message.topic), message)


def _texts(arguments: list[Any]) -> list[str]:
    """One or more patterns."""
    if not arguments or not all(isinstance(argument, str) for argument in arguments):
        raise UsageError("one or more patterns are expected, each a text")
    return arguments
