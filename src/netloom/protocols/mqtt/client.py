"""MQTT, the client's side: publish a message, or hear those of some topics (MQTT 5.0, MQTT 3.1.1)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import unquote

from msgspec import structs

from netloom.errors import ConnectionLost, PeerRefused, UsageError
from netloom.protocols.mqtt import messages
from netloom.protocols.mqtt.dialogue import Dialogue
from netloom.protocols.mqtt.options import Options as MqttOptions
from netloom.protocols.mqtt.options import user_properties
from netloom.protocols.mqtt.way import Way, open_way
from netloom.shapes import Reply
from netloom.wire.mqtt.packets import NAMES, V5, V311, Connect, Publish, Wanted, Will
from netloom.wire.mqtt.properties import NONE, Properties
from netloom.wire.mqtt.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.records import Message

MAX_PACKET = 16 << 20

_LEVELS = {"3.1.1": (V311,), "5": (V5,), "auto": (V5, V311)}
_RETAIN = {"always": 0, "new": 1, "never": 2}
_OF_5 = (
    "session_expiry", "user_property", "receive_maximum", "content_type", "response_topic", "correlation_data",
    "message_expiry", "text", "will_delay", "no_local", "retain_as_published", "subscription_identifier",
)  # fmt: skip
_REFUSES_5 = (1, Reason.UNSUPPORTED_PROTOCOL_VERSION)


class Client:
    """Publishes and subscribes over one connection, which the first verb opens."""

    Options = MqttOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: MqttOptions) -> None:
        self.options = options
        self.media_type = ""
        self._dial = dial
        self._endpoint = endpoint
        self._way: Way | None = None
        self._dialogue: Dialogue | None = None

    async def begin(self, learnt: Callable[[Dialogue], None] = lambda _: None) -> Dialogue:
        """The connection that stands; `learnt` is called with each that was tried, however far it came.

        Raises PeerRefused, Unauthenticated, and what dialling raises.
        """
        if self._dialogue is None:
            levels = _LEVELS[self.options.version]
            for level in levels[:-1]:
                try:
                    self._dialogue = await self._connect(level, learnt)
                except PeerRefused as exc:
                    if exc.code not in _REFUSES_5:
                        raise
                except ConnectionLost:
                    if self._way is None:
                        raise  # there was no connection at all
                if self._dialogue is not None:
                    return self._dialogue
                await self._hang_up()
            self._dialogue = await self._connect(levels[-1], learnt)
        return self._dialogue

    async def send(self, message: Message) -> Reply:
        """Publish to the message's topic, the URL's path, or the option `topic`; QoS 1 and 2 wait until it has arrived.

        A message's `properties` go with it. Raises PeerRefused, LocalProtocolError for what is no topic.
        """
        options = self.options
        topic = message.topic or self._topic() or options.topic
        dialogue = await self.begin()
        said = self._described(message.properties) if dialogue.version == V5 else NONE
        if dialogue.version < V5 and message.properties:
            raise UsageError("MQTT 3.1.1 has no properties", hint="version=5, where the server speaks it")
        answer = await dialogue.publish(
            Publish(topic=topic, payload=message.payload, qos=options.qos, retain=message.retain, properties=said)
        )
        meta = {"topic": topic, "qos": options.qos, "version": NAMES[dialogue.version]}
        if answer is not None and getattr(answer, "reason", 0) == Reason.NO_MATCHING_SUBSCRIBERS:
            meta["subscribers"] = 0
        return Reply(meta)

    async def listen(self, path: str) -> AsyncIterator[Message]:
        """Messages of the topic filters that the path and `subscribe` name (everything, without any), until the end.

        Each is acknowledged as it is handed out.
        """
        options = self.options
        named = [*filter(None, [_decoded(path) or self._topic()]), *options.subscribe]
        dialogue = await self.begin()
        five = dialogue.version == V5
        wanted = tuple(
            Wanted(
                filter=pattern,
                qos=options.qos,
                no_local=options.no_local,
                retain_as_published=options.retain_as_published,
                retain_handling=_RETAIN[options.retain_handling],
            )
            for pattern in named or ["#"]
        )
        said = NONE
        if five and (options.subscription_identifier is not None or options.user_property):
            number = options.subscription_identifier
            said = Properties(
                subscription_identifiers=(number,) if number is not None else (),
                user=user_properties(options.user_property),
            )
        await dialogue.subscribe(wanted, said)
        dialogue.link.set_idle(self._dial.options.idle)
        while True:
            yield messages.heard(await dialogue.next(), dialogue.link.peer)

    async def close(self) -> None:
        """Say DISCONNECT, and close."""
        if self._dialogue is not None:
            self._dialogue.goodbye()
        await self._hang_up()

    # Inside

    async def _hang_up(self) -> None:
        way, self._way, self._dialogue = self._way, None, None
        if way is not None:
            await way.close()

    async def _connect(self, level: int, learnt: Callable[[Dialogue], None]) -> Dialogue:
        packet = self._hello(level)
        options = self.options
        self._way = await open_way(self._dial, self._endpoint, options.place)
        dialogue = Dialogue(
            self._way.stream, level, limit=options.max_packet or MAX_PACKET, aliases=options.topic_aliases
        )
        self._dial.also_close(dialogue.stop)
        try:
            await dialogue.connect(packet, self._dial.options.idle)
        finally:
            learnt(dialogue)
        return dialogue

    def _hello(self, level: int) -> Connect:
        """CONNECT. Raises UsageError for what the version can't say."""
        options, endpoint = self.options, self._endpoint
        given = next((name for name in _OF_5 if getattr(options, name)), "")
        given = given or ("retain_handling" if options.retain_handling != "always" else "")
        if given and level < V5:
            raise UsageError(
                f"option {given}: MQTT 3.1.1 has no such thing", hint="version=5, where the server speaks it"
            )
        if not options.clean_start and not options.client_id:
            raise UsageError("a session that is kept belongs to a client id", hint="client_id=NAME")
        password = endpoint.password
        return Connect(
            version=level,
            client_id=options.client_id or ("" if level == V5 else f"netloom-{secrets.token_hex(7)}"),
            clean_start=options.clean_start,
            keep_alive=options.keep_alive,
            user=endpoint.user or None,
            password=password.reveal().encode() if password is not None else None,
            will=self._will(level),
            properties=self._wishes() if level == V5 else NONE,
        )

    def _wishes(self) -> Properties:
        options = self.options
        return Properties(
            session_expiry=options.session_expiry or None,
            receive_maximum=options.receive_maximum,
            maximum_packet_size=options.max_packet,
            topic_alias_maximum=options.topic_aliases or None,
            user=user_properties(options.user_property),
        )

    def _will(self, level: int) -> Will | None:
        options = self.options
        if not options.will_topic:
            given = options.will_message or options.will_qos or options.will_retain or options.will_delay
            if given:
                raise UsageError("a will needs a topic", hint="will_topic=TOPIC")
            return None
        return Will(
            topic=options.will_topic,
            payload=options.will_message.encode(),
            qos=options.will_qos,
            retain=options.will_retain,
            properties=Properties(will_delay=options.will_delay) if options.will_delay and level == V5 else NONE,
        )

    def _described(self, given: dict[str, str]) -> Properties:
        """What goes with a message: its own properties, and the options'."""
        options = self.options
        said = messages.properties_of(given)
        return structs.replace(
            said,
            payload_format=True if options.text else None,
            message_expiry=options.message_expiry,
            content_type=options.content_type or said.content_type or self.media_type or None,
            response_topic=options.response_topic or said.response_topic,
            correlation_data=options.correlation_data.encode() or said.correlation_data,
            user=(*said.user, *user_properties(options.user_property)),
        )

    def _topic(self) -> str:
        return _decoded(self._endpoint.path)


def _decoded(path: str) -> str:
    """A path is a topic behind its first slash."""
    return unquote(path.removeprefix("/"))
