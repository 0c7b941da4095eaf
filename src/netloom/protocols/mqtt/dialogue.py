"""The client's side of a connection: packets out, answers in, pings in time (MQTT 5.0 §3, §4)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from msgspec import structs

from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    NetloomError,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    Unauthenticated,
)
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.emit import PINGREQ, emit
from netloom.wire.mqtt.packets import V5
from netloom.wire.mqtt.properties import NONE, Properties
from netloom.wire.mqtt.reader import Reader
from netloom.wire.mqtt.reasons import FAILURE, PacketError, Reason, words

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from netloom.links.stream import Stream

ANSWER = 30.0
"""Seconds of silence that are borne while an answer is due, where the endpoint doesn't say."""

_CONNACK = 0x20
_PIECE = 64 * 1024
_HEARD = 16 << 20
"""Bytes of messages that may come while something else is due."""
_UNKNOWN_TO_SERVER = (4, 5, Reason.BAD_USER_NAME_OR_PASSWORD, Reason.NOT_AUTHORIZED, Reason.BAD_AUTHENTICATION_METHOD)
_ELSEWHERE = (Reason.USE_ANOTHER_SERVER, Reason.SERVER_MOVED)


def refusal(what: str, code: int, said: Properties, version: int = V5) -> PeerRefused:
    """What a code says that isn't a success."""
    text = words(code, version)
    kind = Unauthenticated if code in _UNKNOWN_TO_SERVER else PeerRefused
    hint = f"it is elsewhere: {said.server_reference}" if code in _ELSEWHERE and said.server_reference else ""
    told = f": {said.reason_string}" if said.reason_string else ""
    return kind(f"{what}: {text}{told}", code=code, text=said.reason_string or text, hint=hint)


class Dialogue:
    """One connection. Whoever waits for an answer reads; several may wait, and what nobody waits for isn't read.

    `answer` is the server's CONNACK. Messages wait in a row, and are acknowledged as they are handed out.
    """

    def __init__(self, link: Stream, version: int, *, limit: int, aliases: int) -> None:
        self.link = link
        self.version = version
        self.answer = packets.ConnAck()
        self._reader = Reader("server", version=version, limit=limit)
        self._aliases_taken = aliases
        self._aliases: dict[int, str] = {}
        self._expected: dict[int, type] = {}
        self._answers: dict[int, packets.Packet] = {}
        self._halfway: dict[int, packets.PubRec] = {}  # it says more than the PUBCOMP that follows
        self._heard: deque[packets.Publish] = deque()
        self._heard_bytes = 0
        self._received: set[int] = set()
        self._began = self._connected = False
        self._pongs = self._pings = 0
        self._last_id = 0
        self._error: NetloomError | None = None
        self._reads = False
        self._waiters: list[asyncio.Future[None]] = []
        self._spoke = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def answered(self) -> bool:
        """Whether CONNACK has come."""
        return self._connected

    # What is said

    async def connect(self, packet: packets.Connect, idle: float | None) -> None:
        """CONNECT, and its answer. Raises PeerRefused, Unauthenticated for "no", RemoteProtocolError for no MQTT."""
        self.link.set_idle(idle or ANSWER)
        self.link.enter(Phase.AUTH if packet.user is not None else Phase.GREETING)
        self._write(emit(packet, self.version))
        await self._until(lambda: self._connected, "the answer to CONNECT")
        answer = self.answer
        if answer.reason:
            raise refusal("the server refused", answer.reason, answer.properties, self.version)
        if answer.session_present and packet.clean_start:
            raise RemoteProtocolError("a session is there that was to be new", rule="MQTT 5.0 §3.2.2.1.1")
        granted = answer.properties.server_keep_alive
        keep_alive = packet.keep_alive if granted is None else granted
        if keep_alive:
            self._timer = self.link.loop.call_later(keep_alive, self._nudge, keep_alive)

    async def publish(self, packet: packets.Publish) -> packets.Packet | None:
        """A message, and what acknowledges it; with QoS 0 a ping behind it tells that it was taken.

        Raises PeerRefused where it isn't.
        """
        self._check(packet)
        if not packet.qos:
            self.link.enter(Phase.REQUEST)
            self._say(packet)
            self.link.enter(Phase.FIRST_BYTE)
            await self.ping()
            return None
        most = self.answer.properties.receive_maximum or 65_535
        await self._until(lambda: len(self._expected) < most, "an acknowledgement")
        answer = await self._ask(packet, packets.PubAck if packet.qos == 1 else packets.PubRec, "PUBLISH")
        assert isinstance(answer, packets.PubAck | packets.PubRec)  # noqa: S101  # as expected
        if answer.reason >= FAILURE:
            raise refusal("the server didn't take it", answer.reason, answer.properties)
        return answer

    async def subscribe(self, wanted: tuple[packets.Wanted, ...], said: Properties = NONE) -> packets.SubAck:
        """Subscribe. Raises PeerRefused for the first filter that is refused."""
        packet = packets.Subscribe(packet_id=1, wanted=wanted, properties=said)
        answer = await self._ask(packet, packets.SubAck, "SUBSCRIBE")
        assert isinstance(answer, packets.SubAck)  # noqa: S101  # as expected
        if len(answer.reasons) != len(wanted):
            raise RemoteProtocolError(
                f"{len(answer.reasons)} answers to {len(wanted)} filters", rule="MQTT 5.0 §3.8.4 [MQTT-3.8.4-6]"
            )
        for one, reason in zip(wanted, answer.reasons, strict=True):
            if reason >= FAILURE:
                text = "refused" if self.version < V5 else words(reason)
                code = reason if self.version == V5 else FAILURE
                raise PeerRefused(f"no subscription to {one.filter!r}: {text}", code=code, text=text)
        return answer

    async def ping(self) -> float:
        """Seconds until PINGREQ is answered."""
        clock = self.link.trace.clock if self.link.trace is not None else self.link.loop.time
        began = clock()
        self._pings += 1
        number = self._pings
        self._write(PINGREQ)
        await self._until(lambda: self._pongs >= number, "the answer to PINGREQ")
        return clock() - began

    async def next(self) -> packets.Publish:
        """The next message, which is acknowledged. Raises PeerRefused where the server ends it with a reason."""
        await self._until(lambda: bool(self._heard), "")
        packet = self._heard.popleft()
        self._heard_bytes -= len(packet.payload)
        if packet.qos == 1:
            self._say(packets.PubAck(packet_id=packet.packet_id))
        elif packet.qos == 2:
            self._say(packets.PubRec(packet_id=packet.packet_id))
        return packet

    def heard(self) -> list[packets.Publish]:
        """The messages that have come and weren't handed out, without acknowledging them."""
        return list(self._heard)

    def goodbye(self) -> None:
        """DISCONNECT: the session ends, or is kept, as agreed; a will isn't published."""
        self.stop()
        if self._connected and not self.answer.reason and self._error is None:
            self._say(packets.Disconnect())

    def stop(self) -> None:
        """No pings any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Inside

    def _check(self, packet: packets.Publish) -> None:
        """What the server has said that it doesn't take isn't sent (MQTT 5.0 §3.2.2.3)."""
        said = self.answer.properties
        if packet.qos > (2 if said.maximum_qos is None else said.maximum_qos):
            raise PeerRefused(f"the server takes QoS {said.maximum_qos} at most", code=int(Reason.QOS_NOT_SUPPORTED))
        if packet.retain and said.retain_available is False:
            raise PeerRefused("the server retains nothing", code=int(Reason.RETAIN_NOT_SUPPORTED))

    async def _ask(self, packet: packets.Publish | packets.Subscribe, expected: type, name: str) -> packets.Packet:
        number = self._last_id
        while True:
            number = number % 65_535 + 1
            if number not in self._expected:
                break
        self._last_id = number
        said = structs.replace(packet, packet_id=number)
        self.link.enter(Phase.REQUEST)
        self._say(said)
        self._expected[number] = expected
        self.link.enter(Phase.FIRST_BYTE)
        try:
            await self._until(lambda: number in self._answers, f"the answer to {name}")
            return self._answers.pop(number)
        finally:
            self._expected.pop(number, None)
            self._halfway.pop(number, None)

    def _say(self, packet: packets.Packet) -> None:
        said = emit(packet, self.version)
        most = self.answer.properties.maximum_packet_size
        if most is not None and len(said) > most:
            raise PeerRefused(
                f"a packet of {len(said)} bytes; the server takes {most}", code=int(Reason.PACKET_TOO_LARGE)
            )
        self._write(said)

    def _write(self, data: bytes) -> None:
        self._spoke = self.link.loop.time()
        self.link.write_soon(data)

    async def _until(self, done: Callable[[], bool], due: str) -> None:
        """Read until something has come about; one who waits reads for all."""
        while not done():
            if self._error is not None:
                raise self._error
            if due and self._heard_bytes > _HEARD:
                raise RemoteProtocolError(f"{self._heard_bytes} bytes of messages, and not {due}", rule="MQTT 5.0 §4.6")
            if self._reads:
                waiter = self.link.loop.create_future()
                self._waiters.append(waiter)
                await waiter
                continue
            self._reads = True
            try:
                await self._read(due)
            except NetloomError as error:
                self._error = error
            finally:
                self._reads = False
                waiters, self._waiters = self._waiters, []
                for waiter in waiters:
                    if not waiter.done():
                        waiter.set_result(None)

    async def _read(self, due: str) -> None:
        data = await self.link.read(_PIECE)
        if not data:
            told = "MQTT 3.1.1 has no other way to refuse a message: may we publish there?"
            hint = told if self._connected and self.version < V5 and due else ""
            raise ConnectionLost(f"the server closed the connection{f': {due} was due' if due else ''}", hint=hint)
        if not self._connected and not self._began and data[0] != _CONNACK:
            words_seen = f"CONNACK is due, and not what begins with {data[0]:#04x}"
            raise RemoteProtocolError(words_seen, rule="MQTT 5.0 §3.2 [MQTT-3.2.0-1]", seen=data[:64])
        self._began = True
        try:
            for packet in self._reader.feed(data):
                self._take(packet)
        except PacketError as error:
            if not self._connected:
                error.seen = data[:64]
            raise

    def _take(self, packet: packets.Packet) -> None:
        if isinstance(packet, packets.Publish):
            self._take_message(packet)
        elif isinstance(packet, packets.ConnAck) != (not self._connected):
            raise PacketError(
                f"{type(packet).__name__} where CONNACK is due once", rule="MQTT 5.0 §3.2 [MQTT-3.2.0-1]", reason=0x82
            )
        elif isinstance(packet, packets.ConnAck):
            self.answer, self._connected = packet, True
        elif isinstance(packet, packets.PingResp):
            self._pongs += 1
        elif isinstance(packet, packets.Disconnect):
            raise refusal("the server ended it", packet.reason, packet.properties)
        elif isinstance(packet, packets.PubRel):
            self._received.discard(packet.packet_id)
            self._say(packets.PubComp(packet_id=packet.packet_id))
        elif isinstance(packet, packets.PubAck | packets.PubRec | packets.PubComp | packets.SubAck):
            self._answered(packet)
        else:
            raise PacketError(f"{type(packet).__name__} wasn't asked for", rule="MQTT 5.0 §4.12", reason=0x82)

    def _answered(self, packet: packets.PubAck | packets.PubRec | packets.PubComp | packets.SubAck) -> None:
        number = packet.packet_id
        if self._expected.get(number) is not type(packet):
            raise PacketError(
                f"{type(packet).__name__} for packet id {number}, which isn't under way",
                rule="MQTT 5.0 §4.3",
                reason=Reason.PROTOCOL_ERROR,
            )
        if isinstance(packet, packets.PubRec) and packet.reason < FAILURE:
            self._expected[number] = packets.PubComp
            self._halfway[number] = packet
            self._say(packets.PubRel(packet_id=number))
        else:
            self._answers[number] = self._halfway.pop(number, packet)

    def _take_message(self, packet: packets.Publish) -> None:
        if not self._connected:
            raise PacketError("PUBLISH before CONNACK", rule="MQTT 5.0 §3.2 [MQTT-3.2.0-1]", reason=0x82)
        alias = packet.properties.topic_alias
        if alias is not None:
            if alias > self._aliases_taken or not (packet.topic or alias in self._aliases):
                raise PacketError(f"topic alias {alias} isn't known", rule="MQTT 5.0 §3.3.2.3.4", reason=0x94)
            topic = self._aliases[alias] = packet.topic or self._aliases[alias]
            packet = structs.replace(packet, topic=topic)
        if packet.qos == 2:
            if packet.packet_id in self._received:
                return  # it came before: PUBREC was said, or will be when it is handed out
            self._received.add(packet.packet_id)
        self._heard.append(packet)
        self._heard_bytes += len(packet.payload)

    def _nudge(self, interval: float) -> None:
        """Ping where we were silent for so long; a server that doesn't answer while we listen is gone (§3.1.2.10)."""
        loop = self.link.loop
        self._timer = None
        if self.link.transport.is_closing():
            return
        due = self._spoke + interval
        if loop.time() >= due:
            if self._reads and self._pongs < self._pings:
                self.link.fail(DeadlineExceeded(f"no answer to PINGREQ for {interval:g} s", phase=Phase.TRANSFER))
                return
            self._pings += 1
            self._write(PINGREQ)
            due = loop.time() + interval
        self._timer = loop.call_at(due, self._nudge, interval)
