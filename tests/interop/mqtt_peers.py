"""Foreign MQTT on 127.0.0.1: Mosquitto and its tools, aedes, paho, aiomqtt, and what microcontrollers' clients say."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import socket
import ssl
import struct
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from tests.interop.node_peers import node
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

HANG = 30.0
"""Seconds after which a meeting is given up; nothing is timed by it."""


@contextlib.contextmanager
def mosquitto(folder: Path, *lines: str) -> Iterator[dict[str, int]]:
    """Mosquitto with three listeners: plain, for WebSockets, and over TLS where the folder has `cert.pem`."""
    program = need("mosquitto", "mosquitto")
    ports = {"mqtt": free_port(), "mqtt+ws": free_port()}
    config = [
        "allow_anonymous true",
        *(["user root"] if os.geteuid() == 0 else []),  # another user couldn't read the test's files
        f"listener {ports['mqtt']} 127.0.0.1",
        f"listener {ports['mqtt+ws']} 127.0.0.1",
        "protocol websockets",
    ]
    if (folder / "cert.pem").exists():
        ports["mqtts"] = free_port()
        config += [f"listener {ports['mqtts']} 127.0.0.1"]
        config += [f"certfile {folder}/cert.pem", f"keyfile {folder}/key.pem"]
    (folder / "mosquitto.conf").write_text("\n".join([*lines, *config, ""]))
    log = folder / "mosquitto.log"
    with running([program, "-c", folder / "mosquitto.conf"], log) as process:
        for port in ports.values():
            wait_for_port(process, log, port)
        yield ports


_AEDES = """
const aedes = require("aedes")();
require("net").createServer(aedes.handle).listen(Number(process.argv[2]), "127.0.0.1", () => say("ready"));
"""


@contextlib.asynccontextmanager
async def aedes() -> AsyncIterator[int]:
    """Node's aedes, which speaks 3.1.1; its port."""
    port = free_port()
    async with node(_AEDES, str(port)) as program:
        assert await program.hear() == "ready"
        yield port


async def tool(name: str, port: int, *arguments: str, said: bytes | None = None) -> tuple[int, bytes]:
    """One of Mosquitto's tools: how it ended, and what it printed."""
    program = need(name, "mosquitto-clients")
    process = await asyncio.create_subprocess_exec(
        program, "-h", "127.0.0.1", "-p", str(port), *arguments,
        stdin=asyncio.subprocess.PIPE if said is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(HANG):
            out, _ = await process.communicate(said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out


class Paho:
    """paho's client in its own thread. `heard` has messages, `said` what else it was told."""

    def __init__(self, version: int, transport: str = "tcp", *, client_id: str = "", **fields: Any) -> None:
        self.heard: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self.connected: queue.Queue[Any] = queue.Queue()
        self.subscribed: queue.Queue[list[Any]] = queue.Queue()
        self.disconnected: queue.Queue[Any] = queue.Queue()
        self.published: queue.Queue[Any] = queue.Queue()
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, transport=transport, **fields,  # type: ignore[arg-type]
        )  # fmt: skip
        self.client.on_message = lambda _c, _d, message: self.heard.put(message)
        self.client.on_connect = lambda _c, _d, flags, code, said: self.connected.put((flags, code, said))
        self.client.on_subscribe = lambda _c, _d, _m, codes, _s: self.subscribed.put(codes)
        self.client.on_disconnect = lambda _c, _d, _f, code, _s: self.disconnected.put(code)
        self.client.on_publish = lambda _c, _d, _m, code, _s: self.published.put(code)

    async def connect(self, port: int, **fields: Any) -> Any:
        """Connect, and give what CONNACK said: flags, code and properties."""
        await asyncio.to_thread(self.client.connect, "127.0.0.1", port, **fields)
        self.client.loop_start()
        return await self.next(self.connected)

    async def subscribe(self, *arguments: Any, **fields: Any) -> list[Any]:
        """The codes of SUBACK."""
        self.client.subscribe(*arguments, **fields)
        found: list[Any] = await self.next(self.subscribed)
        return found

    async def next(self, inbox: queue.Queue[Any] | None = None) -> Any:
        """The next message, or what else it is to be."""
        return await asyncio.to_thread((inbox or self.heard).get, timeout=HANG)

    async def close(self) -> None:
        """Say goodbye, and end the thread."""
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)


@contextlib.asynccontextmanager
async def paho_client(
    version: int, port: int, transport: str = "tcp", **fields: Any
) -> AsyncIterator[tuple[Paho, Any]]:
    """paho, connected, and its CONNACK."""
    tls = fields.pop("tls", None)
    opening = {name: fields.pop(name) for name in ("clean_start", "keepalive", "properties") if name in fields}
    login = fields.pop("login", None)
    client = Paho(version, transport, **fields)
    if tls is not None:
        client.client.tls_set_context(ssl.create_default_context(cafile=str(tls)))
    if login is not None:
        client.client.username_pw_set(*login)
    if transport == "websockets":
        client.client.ws_set_options(path="/mqtt")
    answer = await client.connect(port, **opening)
    try:
        yield client, answer
    finally:
        await client.close()


def paho_properties(packet: str, **fields: Any) -> PahoProperties:
    """Properties as paho has them."""
    made = PahoProperties(getattr(PacketTypes, packet))  # type: ignore[no-untyped-call]  # paho's own
    for name, value in fields.items():
        setattr(made, name, value)
    return made


# What microcontrollers say


class Micro:
    """A blocking socket in a thread, as a microcontroller's client has it: packets byte by byte as theirs are."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), HANG)

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self._socket.recv(size - len(got))
            if not piece:
                raise ConnectionError(f"{len(got)} of {size} bytes")
            got += piece
        return got

    def close(self) -> None:
        self._socket.close()


def _counted(text: bytes) -> bytes:
    return struct.pack("!H", len(text)) + text


def umqtt_dialogue(port: int) -> dict[str, Any]:
    """The packets of MicroPython's umqtt.simple (3.1.1): written in the pieces in which it writes them."""
    found: dict[str, Any] = {}
    micro = Micro(port)
    # connect(): premsg with its remaining length, msg from the protocol's name to keep-alive, then strings one by one
    body = bytearray(b"\x04MQTT\x04\x02\0\0")
    body[6] |= 0x04 | 0x20 | (1 & 0x1) << 3  # last will, retained, QoS 1
    body[7:9] = struct.pack("!H", 60)
    rest = [_counted(b"umqtt_client"), _counted(b"will/topic"), _counted(b"gone")]
    size = 1 + len(body) + sum(map(len, rest))
    micro.write(b"\x10" + bytes((size,)) + b"\0")
    micro.write(bytes(body))
    for piece in rest:
        micro.write(piece[:2])
        micro.write(piece[2:])
    found["connack"] = micro.read(4)
    # subscribe(): header of 4 bytes with the packet id, then topic and QoS
    topic = b"micro/+"
    micro.write(b"\x82" + struct.pack("!BH", 2 + 2 + len(topic) + 1, 1))
    micro.write(struct.pack("!H", len(topic)))
    micro.write(topic)
    micro.write(b"\x01")
    found["suback"] = micro.read(5)
    # publish(): header, then topic, then the packet id for QoS 1, then the message
    topic, message = b"micro/out", b"21.5"
    micro.write(b"\x30" + bytes((2 + len(topic) + len(message),)))
    micro.write(struct.pack("!H", len(topic)))
    micro.write(topic)
    micro.write(message)
    found["own"] = micro.read(2 + 2 + len(topic) + len(message))
    micro.write(b"\x33" + bytes((2 + len(topic) + 2 + len(message),)))  # QoS 1, retained
    micro.write(struct.pack("!H", len(topic)))
    micro.write(topic)
    micro.write(struct.pack("!H", 2))
    micro.write(message)
    head = micro.read(1)
    if head == b"\x32":  # wait_msg(): what we publish comes back to us, with QoS 1, before or after its PUBACK
        found["again"] = micro.read(1 + 2 + len(topic) + 2 + len(message))
        found["puback"] = micro.read(4)
    else:
        found["puback"] = head + micro.read(3)
        found["again"] = micro.read(2 + 2 + len(topic) + 2 + len(message))[1:]
    packet_id = found["again"][3 + len(topic) : 5 + len(topic)]
    micro.write(b"\x40\x02" + packet_id)
    micro.write(b"\xc0\0")  # ping()
    found["pingresp"] = micro.read(2)
    micro.write(b"\xe0\0")  # disconnect()
    micro.close()
    return found


def minimqtt_dialogue(port: int) -> dict[str, Any]:
    """The packets of CircuitPython's adafruit_minimqtt (3.1.1): a fixed header, a variable one, then the payload."""
    found: dict[str, Any] = {}
    micro = Micro(port)
    client_id, user, password = b"cpy1234", b"ann", b"secret"
    variable = bytearray(b"\0\x04MQTT\x04\x02\0\x3c")
    variable[7] |= 0xC0  # user name and password
    size = 12 + len(client_id) + 2 + len(user) + 2 + len(password)
    micro.write(bytes((0x10, size)))
    micro.write(bytes(variable))
    for text in (client_id, user, password):
        micro.write(_counted(text))
    found["connack"] = micro.read(4)
    # subscribe() with two topics at once: SUBSCRIBE, remaining length, packet id, then each topic with its QoS
    wanted = [(b"feeds/+", 0), (b"feeds/q1", 1)]
    body = struct.pack("!H", 1) + b"".join(_counted(topic) + bytes((qos,)) for topic, qos in wanted)
    micro.write(b"\x82" + bytes((len(body),)) + body)
    found["suback"] = micro.read(6)
    # publish(): a remaining length of two bytes for a longer message, encoded as it does
    topic, message = b"feeds/long", b"x" * 200
    size = 2 + len(topic) + len(message)
    micro.write(bytes((0x30, size & 127 | 128, size >> 7)) + _counted(topic) + message)
    found["own"] = micro.read(3 + size)
    micro.write(b"\xc0\0")
    found["pingresp"] = micro.read(2)
    body = struct.pack("!H", 2) + _counted(b"feeds/+")
    micro.write(b"\xa2" + bytes((len(body),)) + body)
    found["unsuback"] = micro.read(4)
    micro.write(b"\xe0\0")
    micro.close()
    return found


def in_thread(dialogue: Any, port: int) -> Any:
    """Run a blocking dialogue beside the loop, which serves it."""
    return asyncio.get_running_loop().run_in_executor(None, dialogue, port)
