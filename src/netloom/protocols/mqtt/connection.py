"""One client's connection at the server: its packets, and what the standard has done about them (MQTT 5.0 §3, §4)."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.contents.bus import Delivery
from netloom.errors import UsageError
from netloom.protocols.mqtt.admission import admit
from netloom.protocols.mqtt.counters import ROOT
from netloom.protocols.mqtt.forms import origin_of
from netloom.protocols.mqtt.outbox import Outbox
from netloom.protocols.mqtt.session import NEVER, Terms, granted
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.emit import PINGRESP, emit
from netloom.wire.mqtt.packets import V5, V311
from netloom.wire.mqtt.properties import NONE, Properties
from netloom.wire.mqtt.reader import Reader
from netloom.wire.mqtt.reasons import ALLOWED, FAILURE, Kind, PacketError, Reason, words
from netloom.wire.mqtt.topics import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.protocols.mqtt.admission import Admitted
    from netloom.protocols.mqtt.broker import Broker
    from netloom.protocols.mqtt.options import Options
    from netloom.protocols.mqtt.session import Session

log = logging.getLogger("netloom.serve")

MAX_PACKET = 1 << 20
RECEIVE_MAXIMUM = 1000

_GRACE = 2.0  # seconds in which what a client says meanwhile is heard out, so that it hears why it ended
_PIECE = 64 * 1024
_TURN = 1000
"""So many messages are told for one client before others have their turn: about a millisecond's worth."""
_RETURN_CODES = {
    Reason.UNSUPPORTED_PROTOCOL_VERSION: 1,
    Reason.CLIENT_IDENTIFIER_NOT_VALID: 2,
    Reason.BAD_USER_NAME_OR_PASSWORD: 4,
    Reason.NOT_AUTHORIZED: 5,
    Reason.BAD_AUTHENTICATION_METHOD: 5,
}


class _End(Exception):
    """The server ends the connection and, in 5.0, says why."""

    def __init__(self, reason: int, text: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text


class Connection:
    """From CONNECT to the end. Everything that it says goes through its outbox."""

    def __init__(self, link: Stream, broker: Broker, context: Context) -> None:
        options: Options = context.options
        self._link = link
        self._broker = broker
        self._context = context
        self._options = options
        self._receive_maximum = options.receive_maximum or RECEIVE_MAXIMUM
        self._reader = Reader("client", limit=options.max_packet or MAX_PACKET)
        self._outbox = Outbox(broker, link, V311)
        self._session: Session | None = None
        self._admitted: Admitted | None = None
        self._aliases: dict[int, str] = {}
        self._over = self._will = False
        self._faulty = context.faulty
        self._started = time.time()
        self._work = 0

    async def run(self) -> None:
        """Serve until either side ends it."""
        self._will = True
        try:
            async with asyncio.timeout(self._context.idle) as patience:
                await self._converse(patience)
        except _End as end:
            self._goodbye(end.reason, end.text)
        except PacketError as error:
            log.debug("%s: %s", self._context.peer, error.message)
            self._refuse(error)
        except asyncio.CancelledError:
            if self._context.closing:
                self._will = False
                self._goodbye(Reason.SERVER_SHUTTING_DOWN)
            raise
        finally:
            self._leave()
        if self._link.transport.can_write_eof():  # a WebSocket says Close by itself
            await self._link.part(_GRACE)

    def taken_over(self) -> None:
        """Another connection has our session now."""
        self._goodbye(Reason.SESSION_TAKEN_OVER)
        self._session = None
        self._over = True
        self._link.transport.close()

    async def _converse(self, patience: asyncio.Timeout) -> None:
        link, reader, counters = self._link, self._reader, self._broker.counters
        while not self._over:
            data = await link.read(_PIECE)
            if not data:
                return
            counters.bytes_received += len(data)
            with self._context.working():
                for packet in reader.feed(data):
                    counters.packets_received += 1
                    if type(packet) is packets.Publish:
                        self._publish(packet)
                    elif type(packet) is packets.PubAck:
                        self._of_session().acknowledged(packet.packet_id)
                    else:
                        await _HANDLERS[type(packet)](self, packet)
                        if type(packet) is packets.Connect and self._session is not None:
                            patience.reschedule(None)
                    if self._over:
                        return
                    if self._work > _TURN:
                        self._work = 0
                        self._broker.flush()
                        await asyncio.sleep(0)

    # The ends

    def _goodbye(self, reason: int, text: str = "") -> None:
        """Say why, where the version has a word for it and the client has connected (MQTT 5.0 §4.13)."""
        if self._session is not None and self._outbox.version == V5:
            said = Properties(reason_string=text) if text else NONE
            self._outbox.push(emit(packets.Disconnect(reason=reason, properties=said), V5))
        self._outbox.flush()

    def _refuse(self, error: PacketError) -> None:
        """What broke the standard ends the connection; a CONNECT is answered where its sender may understand it."""
        if self._session is not None:
            self._goodbye(error.reason)
        elif error.level and error.reason in ALLOWED[Kind.CONNACK]:
            self._outbox.version = V5 if error.level >= V5 else V311
            if self._outbox.version == V5 or error.reason in _RETURN_CODES:
                self._answer(error.reason)
            self._context.access("CONNECT", status=words(error.reason), started=self._started)
        self._outbox.flush()

    def _leave(self) -> None:
        session, self._session = self._session, None
        self._over = True
        if session is not None:
            self._outbox.flush()
            self._broker.left(session, will=self._will and not self._context.closing)
            self._context.access("DISCONNECT", session.client_id, user=session.user, started=self._started)

    # CONNECT

    async def _connect(self, packet: packets.Connect) -> None:
        outbox, said = self._outbox, packet.properties
        outbox.version = packet.version
        if said.maximum_packet_size is not None:
            outbox.maximum = said.maximum_packet_size
        admitted = await admit(packet, self._context)
        reason, text = self._refusal("CONNECT", Kind.CONNACK, packet.client_id)
        if not reason:
            reason = admitted.reason or self._objection(packet, admitted)
        if reason:
            self._answer(reason, said=Properties(reason_string=text) if text else NONE)
            self._record("CONNECT", packet.client_id, reason, admitted.user)
            self._over = True
            outbox.flush()
            return
        self._admitted = admitted
        self._begin(packet, admitted)

    def _objection(self, packet: packets.Connect, admitted: Admitted) -> Reason:
        """What else stands against it: another's session, or a will that may not be published."""
        found = self._broker.sessions.get(packet.client_id)
        if found is not None and found.user != admitted.user:
            return Reason.NOT_AUTHORIZED
        if packet.will is not None and (not admitted.may_publish or _reserved(packet.will.topic)):
            return Reason.NOT_AUTHORIZED
        return Reason.SUCCESS

    def _begin(self, packet: packets.Connect, admitted: Admitted) -> None:
        options, outbox, said = self._options, self._outbox, packet.properties
        client_id = packet.client_id or f"netloom-{secrets.token_hex(8)}"
        session, present = self._broker.begin(client_id, admitted.user, clean=packet.clean_start)
        wanted = said.session_expiry or 0 if packet.version == V5 else 0 if packet.clean_start else NEVER
        session.expiry = min(wanted, options.max_session_expiry)
        session.will = packet.will
        session.peer = self._context.peer
        session.connection = self
        self._session = session
        keep_alive = packet.keep_alive
        if packet.version == V5 and options.max_keep_alive and not 0 < keep_alive <= options.max_keep_alive:
            keep_alive = options.max_keep_alive
        self._link.set_idle(1.5 * keep_alive if keep_alive else None)
        outbox.window = min(said.receive_maximum or 65_535, options.window)
        outbox.aliases = said.topic_alias_maximum or 0
        answer = Properties(
            session_expiry=session.expiry if session.expiry != wanted else None,
            receive_maximum=self._receive_maximum if self._receive_maximum < 65_535 else None,
            maximum_packet_size=self._reader.limit,
            assigned_client_id=client_id if client_id != packet.client_id else None,
            topic_alias_maximum=options.topic_aliases or None,
            server_keep_alive=keep_alive if keep_alive != packet.keep_alive else None,
        )
        self._answer(Reason.SUCCESS, present=present, said=answer)
        self._record("CONNECT", client_id, 0, admitted.user)
        self._refusal("connected", Kind.DISCONNECT, client_id)
        session.resume(outbox)

    def _answer(self, reason: int, *, present: bool = False, said: Properties = NONE) -> None:
        version = self._outbox.version
        if version == V311:
            reason, said = _RETURN_CODES.get(reason, 3) if reason else 0, NONE  # type: ignore[call-overload]  # any code may be asked for
        self._say(packets.ConnAck(session_present=present, reason=reason, properties=said))

    # PUBLISH, and what answers it

    def _publish(self, packet: packets.Publish) -> None:
        session, number = self._of_session(), packet.packet_id
        if packet.qos == 2:
            if number in session.received:
                self._outbox.push(b"\x50\2" + number.to_bytes(2, "big"))
                return
            if len(session.received) >= self._receive_maximum:
                raise _End(Reason.RECEIVE_MAXIMUM_EXCEEDED)
        reason = self._refusal("PUBLISH", Kind.PUBACK, packet.topic, tells=bool(packet.qos))[0] if self._faulty else 0
        reason = reason or self._deliver(packet, session)
        if reason in (Reason.NOT_AUTHORIZED, Reason.TOPIC_NAME_INVALID) and (
            not packet.qos or self._outbox.version == V311
        ):
            raise _End(reason)
        if not packet.qos:
            return
        if packet.qos == 2 and reason < FAILURE:
            session.received.add(number)
        if not reason or self._outbox.version == V311:
            self._outbox.push((b"\x40\2" if packet.qos == 1 else b"\x50\2") + number.to_bytes(2, "big"))
        else:
            kind = packets.PubAck if packet.qos == 1 else packets.PubRec
            self._say(kind(packet_id=number, reason=reason))

    def _deliver(self, packet: packets.Publish, session: Session) -> int:
        """Publish it; gives the reason code of its acknowledgement."""
        topic, said, broker = packet.topic, packet.properties, self._broker
        if said is not NONE and said.topic_alias is not None:
            topic = self._by_alias(topic, said.topic_alias)
        counters = broker.counters
        counters.published += 1
        counters.payload_received += len(packet.payload)
        admitted = self._admitted
        assert admitted is not None  # noqa: S101  # a session has one
        reason, count = int(Reason.NOT_AUTHORIZED), 0
        if admitted.may_publish and not _reserved(topic):
            reason, count = self._told(packet, said, topic)
        self._work += count + 1
        if self._context.reports:
            self._record("PUBLISH", topic, reason, session.user, len(packet.payload))
        return reason

    def _told(self, packet: packets.Publish, said: Properties, topic: str) -> tuple[int, int]:
        """How it went, and how many heard it."""
        broker = self._broker
        try:
            count = broker.bus.publish(broker.publication(packet, said, self._of_session(), topic))
        except UsageError:
            return Reason.TOPIC_NAME_INVALID, 0
        except TooLarge:
            broker.counters.dropped += 1
            return Reason.QUOTA_EXCEEDED, 0
        return (0 if count else Reason.NO_MATCHING_SUBSCRIBERS), count

    def _by_alias(self, topic: str, alias: int) -> str:
        """The topic that a number stands for, or is to stand for from now on (MQTT 5.0 §3.3.2.3.4)."""
        if alias > self._options.topic_aliases or not (topic or alias in self._aliases):
            raise PacketError(
                f"topic alias {alias} isn't known", rule="MQTT 5.0 §3.3.2.3.4", reason=Reason.TOPIC_ALIAS_INVALID
            )
        if topic:
            self._aliases[alias] = topic
        return self._aliases[alias]

    async def _pubrec(self, packet: packets.PubRec) -> None:
        session, number = self._of_session(), packet.packet_id
        if packet.reason >= FAILURE:
            session.refused(number)
            return
        known = session.received_by(number) or self._outbox.version == V311
        self._say(packets.PubRel(packet_id=number, reason=0 if known else Reason.PACKET_IDENTIFIER_NOT_FOUND))

    async def _pubrel(self, packet: packets.PubRel) -> None:
        received, number = self._of_session().received, packet.packet_id
        known = number in received or self._outbox.version == V311
        received.discard(number)
        self._say(packets.PubComp(packet_id=number, reason=0 if known else Reason.PACKET_IDENTIFIER_NOT_FOUND))

    async def _pubcomp(self, packet: packets.PubComp) -> None:
        self._of_session().completed(packet.packet_id)

    # Subscriptions

    async def _subscribe(self, packet: packets.Subscribe) -> None:
        identifiers = packet.properties.subscription_identifiers
        reasons: list[int] = []
        due: list[Terms] = []
        if any(wanted.filter.startswith(ROOT) for wanted in packet.wanted):
            self._broker.tell_all()
        for wanted in packet.wanted:
            terms = Terms(wanted, identifiers)
            reason, new = self._subscribe_to(terms)
            reasons.append(reason if reason < FAILURE or self._outbox.version == V5 else FAILURE)
            if reason < FAILURE and (not wanted.retain_handling or (wanted.retain_handling == 1 and new)):
                due.append(terms)
            self._record("SUBSCRIBE", wanted.filter, reason, self._of_session().user)
        self._say(packets.SubAck(packet_id=packet.packet_id, reasons=tuple(reasons)))
        for terms in due:
            await self._replay(terms)
            if self._over:
                return

    def _subscribe_to(self, terms: Terms) -> tuple[int, bool]:
        """The QoS that is granted, or why none is; and whether the subscription is new."""
        session, wanted = self._of_session(), terms.wanted
        if reason := self._refusal("SUBSCRIBE", Kind.SUBACK, wanted.filter)[0]:
            return reason, False
        if self._admitted is None or not self._admitted.may_hear:
            return Reason.NOT_AUTHORIZED, False
        try:
            return wanted.qos, session.subscribe(wanted.filter, terms)
        except UsageError:
            return Reason.TOPIC_FILTER_INVALID, False
        except TooLarge:
            return Reason.QUOTA_EXCEEDED, False

    async def _replay(self, terms: Terms) -> None:
        """Send what is retained; not to those who share (MQTT 5.0 §3.3.1.3, §4.8.2). It may take a while to find."""
        session, wanted, broker = self._of_session(), terms.wanted, self._broker
        if shared(wanted.filter)[0]:
            return
        grant = granted([terms])
        assert grant is not None  # noqa: S101  # there is a term
        kept = [
            Delivery(message)
            for message in broker.bus.retained(wanted.filter)
            if not (wanted.no_local and origin_of(message) == session.client_id)
        ]
        session.give_retained(kept, grant)
        self._work += len(kept) + 100 * ("+" in wanted.filter or "#" in wanted.filter)
        if self._work > _TURN:
            self._work = 0
            broker.flush()
            await asyncio.sleep(0)

    async def _unsubscribe(self, packet: packets.Unsubscribe) -> None:
        session = self._of_session()
        reasons = []
        for pattern in packet.filters:
            reasons.append(0 if session.unsubscribe(pattern) else Reason.NO_SUBSCRIPTION_EXISTED)
            self._record("UNSUBSCRIBE", pattern, reasons[-1], session.user)
        answer = tuple(reasons) if self._outbox.version == V5 else ()
        self._say(packets.UnsubAck(packet_id=packet.packet_id, reasons=answer))

    def _refusal(self, step: str, answer: Kind, target: str, *, tells: bool = True) -> tuple[int, str]:
        """The reason, and its words, with which a fault wants a packet to be answered; 0 where none does.

        Raises _End where what answers it has no such reason, or there is no answer (`tells`): DISCONNECT says it then.
        """
        no = self._context.refuses(step, target=target)
        if no is None:
            return 0, ""
        if step == "PUBLISH":
            self._record(step, target, no.number, self._of_session().user)
        old = self._outbox.version == V311 and answer is Kind.PUBACK
        if answer is Kind.DISCONNECT or old or not tells or no.number not in ALLOWED[answer]:
            sayable = no.number in ALLOWED[Kind.DISCONNECT]
            raise _End(no.number if sayable else Reason.UNSPECIFIED_ERROR, no.text)
        return no.number, no.text

    # The rest

    async def _pingreq(self, packet: packets.PingReq) -> None:
        self._outbox.push(PINGRESP)

    async def _disconnect(self, packet: packets.Disconnect) -> None:
        session = self._of_session()
        expiry = packet.properties.session_expiry
        if expiry is not None:
            if expiry and not session.expiry:
                raise PacketError(
                    "a session that was to end with the connection is to stay",
                    rule="MQTT 5.0 §3.14.2.2.2",
                    reason=Reason.PROTOCOL_ERROR,
                )
            session.expiry = min(expiry, self._options.max_session_expiry)
        self._will = packet.reason != 0
        self._over = True

    async def _auth(self, packet: packets.Auth) -> None:
        raise PacketError(
            "AUTH, and CONNECT had no method", rule="MQTT 5.0 §4.12 [MQTT-4.12.0-6]", reason=Reason.PROTOCOL_ERROR
        )

    def _of_session(self) -> Session:
        assert self._session is not None  # noqa: S101  # the reader lets nothing in before CONNECT
        return self._session

    def _say(self, packet: packets.Packet) -> None:
        said = emit(packet, self._outbox.version)
        if len(said) > self._outbox.maximum:
            raise _End(Reason.PACKET_TOO_LARGE)  # what has to be answered can't be (MQTT 5.0 [MQTT-3.1.2-24])
        self._outbox.push(said)

    def _record(self, verb: str, target: str, reason: int, user: str, size: int = 0) -> None:
        if self._context.reports:
            self._context.access(verb, target[:1000], status=words(reason), user=user, size=size)


_HANDLERS: dict[type, Callable[[Connection, Any], Coroutine[Any, Any, None]]] = {
    packets.Connect: Connection._connect,
    packets.PubRec: Connection._pubrec,
    packets.PubRel: Connection._pubrel,
    packets.PubComp: Connection._pubcomp,
    packets.Subscribe: Connection._subscribe,
    packets.Unsubscribe: Connection._unsubscribe,
    packets.PingReq: Connection._pingreq,
    packets.Disconnect: Connection._disconnect,
    packets.Auth: Connection._auth,
}


def _reserved(topic: str) -> bool:
    """What the server alone says something about, and what names no topic (MQTT 5.0 §4.7.2)."""
    return topic.startswith("$") and topic.partition("/")[0] in (ROOT, "$share")
