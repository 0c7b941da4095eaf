"""Asks an SNMP agent as fast as it answers: requests are made beforehand, so many are under way at once."""

from __future__ import annotations

import random
import socket
import struct
import time
from time import perf_counter
from typing import Any

from benchmarks.workers import Watch, attend
from netloom.endpoint import Endpoint, Secret
from netloom.protocols.snmp.options import Options, identity
from netloom.protocols.snmp.security import Secured
from netloom.wire.oid import parse_oid, show_oid
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import V2C
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.values import Varbind, emit_varbinds

PATIENCE = 5.0
"""Seconds after which an answer counts as lost."""
SIZE = 1 << 16
_LATEST = 16
"""Of so many encrypted answers one is verified and opened; the others are looked at from outside."""

Answers = dict[bytes, bytes]


def asked(kind: str, oids: list[str], number: int, repetitions: int) -> bytes:
    """A PDU."""
    binds = emit_varbinds([Varbind(parse_oid(oid)) for oid in oids])
    tag = {"get": pdus.GET, "bulk": pdus.GET_BULK}[kind]
    return pdus.framed(tag, number, 0, repetitions if kind == "bulk" else 0, binds)


def shown(pdu: Pdu) -> list[list[Any]]:
    """What an answer says, for comparing."""
    if pdu.status:
        raise AssertionError(f"{pdus.error_name(pdu.status)}")
    said = []
    for bind in pdu.varbinds:
        value: Any = bind.value
        value = value.hex() if isinstance(value, bytes) else show_oid(value) if isinstance(value, tuple) else value
        said.append([show_oid(bind.oid), bind.tag, value])
    return said


class Plain:
    """Requests of version 2c. An answer is right if nothing but its number differs from the first."""

    def __init__(self, requests: dict[int, bytes]) -> None:
        self.requests = {number: message.around(V2C, b"public", pdu) for number, pdu in requests.items()}
        self.head = self.tail = b""
        self.at = 0

    def first(self, number: int, data: bytes) -> list[list[Any]]:
        """Learn how answers look."""
        heard = message.parse(data).pdu
        if not isinstance(heard, Pdu) or heard.request_id != number:
            raise AssertionError(f"{heard} isn't the answer to {number}")
        self.at = data.index(struct.pack("!BBi", 2, 4, number)) + 2
        self.head, self.tail = data[: self.at], data[self.at + 4 :]
        return shown(heard)

    def number(self, data: bytes) -> int:
        at = self.at
        if data[:at] != self.head or data[at + 4 :] != self.tail:
            raise AssertionError(f"an answer that differs: {data.hex()}")
        return int.from_bytes(data[at : at + 4])


class Encrypted:
    """Requests of version 3, signed and encrypted."""

    def __init__(self, link: socket.socket, place: Endpoint, requests: dict[int, bytes]) -> None:
        options = Options(version="3", auth="sha256", priv="aes")
        self.secured = Secured(identity(place, options), options)
        started = time.monotonic()
        link.send(self.secured.discovery(1))
        if not self.secured.discovered(link.recv(SIZE), 1, started):
            raise AssertionError("the agent's engine wasn't discovered")
        # The first of an engine's answers may be a report that corrects our clock.
        self.requests = {n: self.secured.request(pdu, n, time.monotonic()) for n, pdu in requests.items()}
        self.at = self.size = self.seen = 0

    def first(self, number: int, data: bytes) -> list[list[Any]]:
        pdu = self.secured.response(data, number, time.monotonic())
        if pdu is None or pdu.request_id != number:
            raise AssertionError(f"{pdu} isn't the answer to {number}")
        self.at, self.size = data.index(struct.pack("!BBi", 2, 4, number)) + 2, len(data)
        return shown(pdu)

    def number(self, data: bytes) -> int:
        found = int.from_bytes(data[self.at : self.at + 4])
        self.seen += 1
        if not self.seen % _LATEST or len(data) != self.size:
            pdu = self.secured.response(data, found, time.monotonic())
            if pdu is None or pdu.request_id != found or pdu.status:
                raise AssertionError(f"an answer that isn't one: {pdu}")
        return found


def work(  # noqa: PLR0917
    port: int, kind: str, oids: list[str], user: str, password: str, window: int, repetitions: int, seconds: float
) -> dict[str, Any]:
    """One slice; with 0 seconds one request, whose answer is told."""
    first = random.randrange(1 << 29, 1 << 30)
    requests = {first + n: asked(kind, oids, first + n, repetitions) for n in range(window)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.connect(("127.0.0.1", port))
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(PATIENCE), 0))
        place = Endpoint.parse(f"snmp://127.0.0.1:{port}")
        dialogue: Plain | Encrypted
        if user:
            dialogue = Encrypted(link, place.replace(user=user, password=Secret(password)), requests)
        else:
            dialogue = Plain(requests)
        link.send(dialogue.requests[first])
        said = dialogue.first(first, link.recv(SIZE))
        watch = Watch()
        count = exchange(link, dialogue, perf_counter() + seconds) if seconds else 0
        return {**watch.read(count), "said": said}


def exchange(link: socket.socket, dialogue: Plain | Encrypted, until: float) -> int:
    """Ask until then; each answer makes room for the next request. Raises where one is lost."""
    send, receive, number_of, requests = link.send, link.recv, dialogue.number, dialogue.requests
    for request in requests.values():
        send(request)
    waiting = set(requests)
    count = 0
    try:
        while perf_counter() < until:
            for _ in range(32):
                number = number_of(receive(SIZE))
                waiting.remove(number)
                send(requests[number])
                waiting.add(number)
                count += 1
        while waiting:
            waiting.remove(number_of(receive(SIZE)))
            count += 1
    except BlockingIOError:
        raise AssertionError(f"{len(waiting)} answers are lost") from None
    return count


attend(work)
