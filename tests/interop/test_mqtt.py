"""MQTT: our client with Mosquitto, our broker with Mosquitto's tools, paho, aiomqtt and microcontrollers."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from typing import TYPE_CHECKING, Any

import aiomqtt
import paho.mqtt.client as paho
import pytest
import websockets
from paho.mqtt.subscribeoptions import SubscribeOptions

from netloom.accounts import Accounts
from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import Unauthenticated
from netloom.protocols.mqtt.probe import Facts, probe
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.mqtt.packets import Wanted
from tests.interop.mqtt_peers import (
    HANG,
    aedes,
    in_thread,
    minimqtt_dialogue,
    mosquitto,
    paho_client,
    paho_properties,
    tool,
    umqtt_dialogue,
)
from tests.interop.peers import need
from tests.interop.ws_peers import AUTHORITY, write_certificate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from netloom.attempts import Attempt

pytestmark = pytest.mark.interop

VERSIONS = ["3.1.1", "5"]
PAHO = {"3.1.1": paho.MQTTv311, "5": paho.MQTTv5}


async def _drop(record: object) -> None:
    """Nobody reads records here."""


def attempt(url: str, **options: Any) -> Attempt:
    place = Endpoint.parse(url).with_options([(name, str(value)) for name, value in options.items()])
    return Toolbox(_drop).attempt(place, HANG)


# Our client


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Mosquitto's places, by scheme."""
    folder = tmp_path_factory.mktemp("mosquitto")
    ca, _, _ = write_certificate(folder)
    with mosquitto(folder) as ports:
        found = {scheme: f"{scheme}://127.0.0.1:{port}" for scheme, port in ports.items()}
        found["mqtts"] += f"#ca={ca}"
        yield found


def at(url: str, path: str) -> str:
    """A path before the fragment."""
    place, mark, fragment = url.partition("#")
    return f"{place}{path}{mark}{fragment}"


@pytest.mark.meets(server="Mosquitto")
@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "mqtt+ws"])
@pytest.mark.parametrize("version", VERSIONS)
class TestMosquitto:
    async def test_messages_of_every_qos(self, broker: dict[str, str], scheme: str, version: str) -> None:
        topic = f"{scheme.replace('+', '-')}/{version}"
        url = at(broker[scheme], f"/{topic}/%23")
        async with attempt(url, version=version, qos=2) as hearing:
            messages = hearing.client.listen(hearing.endpoint.path)
            first = asyncio.ensure_future(anext(messages))
            heard: list[Message] = []
            for qos in range(3):
                for _ in range(200):  # the first may be sent before the subscription stands
                    async with attempt(at(broker[scheme], f"/{topic}/q{qos}"), version=version, qos=qos) as one:
                        reply = await one.client.send(Message(payload=b"%d" % qos * 300))
                    assert one.error is None
                    assert reply.meta["version"] == version
                    if first.done() or heard:
                        break
                heard.append(await first if not heard else await anext(messages))
                while heard[-1].topic != f"{topic}/q{qos}":
                    heard[-1] = await anext(messages)
            await messages.aclose()
        assert hearing.error is None
        assert [message.payload for message in heard] == [b"%d" % qos * 300 for qos in range(3)]
        assert [message.properties["qos"] for message in heard] == ["0", "1", "2"]

    async def test_what_a_probe_learns(self, broker: dict[str, str], scheme: str, version: str) -> None:
        facts = Facts()
        async with attempt(broker[scheme], version=version) as probing:
            await probe(probing.client, facts)
        assert probing.error is None
        assert facts.version == version
        assert facts.server.startswith("mosquitto version")
        assert facts.code == 0
        if version == "5":
            assert facts.topic_alias_maximum
            assert facts.shared_subscriptions


@pytest.mark.meets(server="Mosquitto")
class TestMosquittoAndVersion5:
    async def test_properties(self, broker: dict[str, str]) -> None:
        url = at(broker["mqtt"], "/properties")
        options = {
            "user_property": "k=v", "content_type": "text/plain", "response_topic": "r", "correlation_data": "c",
            "message_expiry": 60,
        }  # fmt: skip
        async with attempt(url, **options) as sending:
            await sending.client.send(Message(payload=b"x", retain=True))
        assert sending.error is None
        async with attempt(url, qos=1, subscription_identifier=7) as hearing:
            async for message in hearing.client.listen("/properties"):
                assert message.retain
                assert message.payload == b"x"
                expiry = int(message.properties.pop("message-expiry"))
                assert 0 < expiry <= 60
                assert message.properties == {
                    "qos": "0", "k": "v", "content-type": "text/plain", "response-topic": "r",
                    "correlation-data": "63", "subscription-identifier": "7",
                }  # fmt: skip
                break
        assert hearing.error is None
        async with attempt(url) as clearing:
            await clearing.client.send(Message(payload=b"", retain=True))
        assert clearing.error is None

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_a_session_that_is_kept(self, broker: dict[str, str], version: str) -> None:
        url = at(broker["mqtt"], f"/kept/{version}")
        kept: dict[str, Any] = {"version": version, "client_id": f"kept{version}", "clean_start": "no", "qos": 2}
        if version == "5":
            kept["session_expiry"] = 60
        async with attempt(url, **kept) as first:
            dialogue = await first.client.begin()
            assert not dialogue.answer.session_present
            await dialogue.subscribe((Wanted(filter=f"kept/{version}", qos=2),))
        for number in range(3):
            async with attempt(url, version=version, qos=number % 2 + 1) as sending:
                await sending.client.send(Message(payload=b"%d" % number))
            assert sending.error is None
        heard = []
        async with attempt(url, **kept) as second:
            assert (await second.client.begin()).answer.session_present
            async for message in second.client.listen(second.endpoint.path):
                heard.append(message.payload)
                if len(heard) == 3:
                    break
        assert second.error is None
        assert heard == [b"0", b"1", b"2"]

    async def test_a_will(self, broker: dict[str, str]) -> None:
        async with attempt(at(broker["mqtt"], "/wills"), qos=1) as hearing:
            messages = hearing.client.listen("/wills")
            first = asyncio.ensure_future(anext(messages))
            while not first.done():
                dying = attempt(broker["mqtt"], will_topic="wills", will_message="gone", will_qos=1)
                await dying.client.begin()
                await dying.dial.close()
                await asyncio.wait({first}, timeout=0.05)
            message = await first
            await messages.aclose()
        assert (message.payload, message.properties["qos"]) == (b"gone", "1")

    async def test_nobody_hears_it(self, broker: dict[str, str]) -> None:
        async with attempt(at(broker["mqtt"], "/nobody"), qos=1) as sending:
            reply = await sending.client.send(Message(payload=b"x"))
        assert reply.meta["subscribers"] == 0

    async def test_a_password(self, tmp_path: Path) -> None:
        (tmp_path / "users").touch(0o600)
        command = [need("mosquitto_passwd", "mosquitto"), "-b", str(tmp_path / "users"), "ann", "secret"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: ASYNC221  # nothing else is at work here
        with mosquitto(tmp_path, "per_listener_settings false", f"password_file {tmp_path}/users") as ports:
            for user, kind in (("ann:secret@", type(None)), ("ann:wrong@", Unauthenticated)):
                async with attempt(f"mqtt://{user}127.0.0.1:{ports['mqtt']}/a", qos=1) as trying:
                    await trying.client.send(Message(payload=b"x"))
                assert type(trying.error) is kind


@pytest.mark.meets(server="aedes")
async def test_aedes() -> None:
    async with aedes() as port:
        url = f"mqtt://127.0.0.1:{port}"
        for qos in range(3):
            async with attempt(f"{url}/kept/{qos}", version="3.1.1", qos=qos) as sending:
                reply = await sending.client.send(Message(payload=b"%d" % qos, retain=True))
            assert sending.error is None
            assert reply.meta["version"] == "3.1.1"
        heard = {}
        async with attempt(url, version="3.1.1", qos=2) as hearing:
            async for message in hearing.client.listen("/kept/+"):
                assert message.retain
                heard[message.topic] = (message.payload, message.properties["qos"])
                if len(heard) == 3:
                    break
        assert hearing.error is None
        assert heard == {f"kept/{qos}": (b"%d" % qos, str(qos)) for qos in range(3)}
        facts = Facts()
        async with attempt(url, version="3.1.1") as probing:
            await probe(probing.client, facts)
        assert probing.error is None
        assert (facts.version, facts.code) == ("3.1.1", 0)


# Our broker


@contextlib.asynccontextmanager
async def serving(
    *schemes: str, accounts: tuple[str, ...] = (), **options: str
) -> AsyncIterator[tuple[Bus, dict[str, int]]]:
    """Our broker, and its ports by scheme."""
    bus = Bus()
    chosen = ",".join(f"{name}={value}" for name, value in options.items())
    places = [Endpoint.parse(f"{scheme}://127.0.0.1:0#{chosen}") for scheme in schemes or ("mqtt",)]
    async with Serving(places, [bus], Accounts.from_texts(accounts), authority=AUTHORITY) as served:
        yield bus, {endpoint.scheme: endpoint.port or 0 for endpoint in served.endpoints}


async def somebody_hears(bus: Bus) -> None:
    """Return once somebody listens."""
    async with asyncio.timeout(HANG):
        while not bus.subscribers:  # noqa: ASYNC110  # what others do is looked at, not told
            await asyncio.sleep(0.01)


@pytest.mark.meets(client="mosquitto_pub and _sub")
class TestTools:
    @pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
    @pytest.mark.parametrize("qos", ["0", "1", "2"])
    async def test_pub_and_sub(self, version: str, qos: str) -> None:
        async with serving() as (bus, ports):
            hearing = asyncio.ensure_future(
                tool(
                    "mosquitto_sub", ports["mqtt"], "-V", version, "-t", "a/#", "-q", qos, "-C", "100", "-F", "%t %q %p"
                )
            )
            await somebody_hears(bus)
            lines = b"".join(b"%d\n" % number for number in range(100))
            code, said = await tool(
                "mosquitto_pub", ports["mqtt"], "-V", version, "-t", "a/b", "-q", qos, "-l", said=lines
            )
            assert (code, said) == (0, b"")
            code, heard = await hearing
            assert code == 0
            assert heard == b"".join(b"a/b %s %d\n" % (qos.encode(), number) for number in range(100))

    async def test_retained_and_properties(self) -> None:
        async with serving() as (bus, ports):
            sent = ["-D", "publish", "user-property", "k", "v", "-D", "publish", "content-type", "text/plain"]
            code, _ = await tool("mosquitto_pub", ports["mqtt"], "-V", "mqttv5", "-t", "a", "-m", "x", "-r", *sent)
            assert code == 0
            assert [message.properties for message in bus.retained()] == [{"k": "v", "content-type": "text/plain"}]
            code, heard = await tool(
                "mosquitto_sub", ports["mqtt"], "-V", "mqttv5", "-t", "a", "-C", "1", "-F", "%r %p %P %C"
            )
            assert heard.strip() == b"1 x k:v text/plain"

    async def test_a_large_message(self) -> None:
        async with serving() as (bus, ports):
            hearing = asyncio.ensure_future(tool("mosquitto_sub", ports["mqtt"], "-t", "a", "-q", "1", "-C", "1", "-N"))
            await somebody_hears(bus)
            body = bytes(range(256)) * 4000
            code, _ = await tool("mosquitto_pub", ports["mqtt"], "-t", "a", "-q", "1", "-s", said=body)
            assert code == 0
            assert (await hearing)[1] == body

    async def test_passwords_and_rights(self) -> None:
        async with serving(accounts=("ann:secret", "bob:pw:read")) as (_, ports):
            for user, password, code in (("ann", "secret", 0), ("ann", "wrong", 5), ("bob", "pw", 0)):
                found, _ = await tool(
                    "mosquitto_pub", ports["mqtt"], "-u", user, "-P", password, "-t", "a", "-n" if not code else "-m",
                    *([] if not code else ["x"]),
                )  # fmt: skip
                assert bool(found) is bool(code)
            found, said = await tool(
                "mosquitto_pub", ports["mqtt"], "-V", "mqttv5", "-u", "bob", "-P", "pw", "-t", "a", "-q", "1", "-m", "x"
            )
            assert b"Not authorized" in said

    async def test_over_tls(self, tmp_path: Path) -> None:
        ca, _, _ = write_certificate(tmp_path)
        async with serving("mqtts") as (bus, ports), bus.subscribe("a") as heard:
            code, said = await tool("mosquitto_pub", ports["mqtts"], "--cafile", str(ca), "-t", "a", "-m", "x")
            assert code == 0, said
            assert (await anext(heard)).payload == b"x"

    async def test_rr_asks_and_is_answered(self) -> None:
        """Request and response: our own client answers what mosquitto_rr asks."""
        async with serving() as (bus, ports):
            attempted = attempt(f"mqtt://127.0.0.1:{ports['mqtt']}/ask")
            async with attempted, contextlib.aclosing(attempted.client.listen("/ask")) as heard:
                first = asyncio.ensure_future(anext(heard))
                await somebody_hears(bus)
                asking = asyncio.ensure_future(
                    tool("mosquitto_rr", ports["mqtt"], "-V", "mqttv5", "-t", "ask", "-e", "answer", "-m", "question")
                )
                message = await first
            assert attempted.error is None
            assert (message.payload, message.properties["response-topic"]) == (b"question", "answer")
            bus.publish(Message(topic="answer", payload=b"because"))
            assert (await asking) == (0, b"because\n")


@pytest.mark.meets(client="paho-mqtt")
@pytest.mark.parametrize("transport", ["tcp", "websockets", "tls"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_paho(version: str, transport: str, tmp_path: Path) -> None:
    scheme = {"tcp": "mqtt", "websockets": "mqtt+ws", "tls": "mqtts"}[transport]
    extra: dict[str, Any] = {"tls": write_certificate(tmp_path)[0]} if transport == "tls" else {}
    async with serving(scheme) as (_, ports):
        way = "websockets" if transport == "websockets" else "tcp"
        async with (
            paho_client(PAHO[version], ports[scheme], way, client_id="hears", **extra) as (hears, answer),
            paho_client(PAHO[version], ports[scheme], way, client_id="speaks", **extra) as (speaks, _),
        ):
            assert not answer[1].is_failure
            codes = await hears.subscribe([("a/+", 2), ("b", 0)])
            assert [code.value for code in codes] == [2, 0]
            for qos in range(3):
                for size in (0, 1, 200, 70_000):
                    speaks.client.publish(f"a/{qos}", bytes(size), qos=qos)
                    message = await hears.next()
                    assert (message.topic, len(message.payload), message.qos) == (f"a/{qos}", size, qos)


async def test_paho_in_5() -> None:
    """Options of a subscription, its identifier, properties, and a session that stays."""
    async with serving() as (bus, ports):
        kept: dict[str, Any] = {"client_id": "ann", "clean_start": False}
        connect = paho_properties("CONNECT", SessionExpiryInterval=60, ReceiveMaximum=2, TopicAliasMaximum=5)
        async with paho_client(paho.MQTTv5, ports["mqtt"], **kept, properties=connect) as (ann, answer):
            assert not answer[0].session_present
            assert answer[2].ReceiveMaximum == 1000
            options = SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True, retainHandling=1)
            await ann.subscribe(
                "a", options=options, properties=paho_properties("SUBSCRIBE", SubscriptionIdentifier=42)
            )
            bus.publish(Message(topic="a", payload=b"kept", retain=True, properties={"k": "v"}))
            message = await ann.next()
            assert message.retain
            assert message.properties.UserProperty == [("k", "v")]
            assert message.properties.SubscriptionIdentifier == [42]
            info = ann.client.publish("a", b"own", qos=1, properties=paho_properties("PUBLISH", ContentType="x"))
            await asyncio.to_thread(info.wait_for_publish, HANG)
            await ann.subscribe("b", qos=2)
        for number in range(6):
            bus.publish(Message(topic="b", payload=b"%d" % number))
        async with paho_client(paho.MQTTv5, ports["mqtt"], **kept, properties=connect) as (ann, answer):
            assert answer[0].session_present
            assert [(await ann.next()).payload for _ in range(6)] == [b"%d" % number for number in range(6)]


async def test_paho_is_told_why() -> None:
    async with serving(accounts=("ann:secret",), max_packet="1000") as (_, ports):
        async with paho_client(paho.MQTTv5, ports["mqtt"], login=("ann", "wrong")) as (_, answer):
            assert answer[1].getName() == "Bad user name or password"
        async with (
            paho_client(paho.MQTTv5, ports["mqtt"], client_id="same") as (first, _),
            paho_client(paho.MQTTv5, ports["mqtt"], client_id="same") as (_, _),
        ):
            assert (await first.next(first.disconnected)).getName() == "Session taken over"
            first.client.disconnect()
        async with paho_client(paho.MQTTv5, ports["mqtt"]) as (reads, _):
            reads.client.publish("a", b"x", qos=1)
            assert (await reads.next(reads.published)).getName() == "Not authorized"


@pytest.mark.meets(client="aiomqtt")
@pytest.mark.parametrize("version", VERSIONS)
async def test_aiomqtt(version: str) -> None:
    async with serving() as (_, ports):
        protocol = aiomqtt.ProtocolVersion.V5 if version == "5" else aiomqtt.ProtocolVersion.V311
        async with (
            aiomqtt.Client("127.0.0.1", ports["mqtt"], protocol=protocol) as hears,
            aiomqtt.Client("127.0.0.1", ports["mqtt"], protocol=protocol, will=aiomqtt.Will("w", b"x")) as speaks,
        ):
            await hears.subscribe("a/#", qos=2)
            for qos in range(3):
                await speaks.publish("a/b", payload=b"%d" % qos, qos=qos)
            heard = []
            async for message in hears.messages:
                heard.append((str(message.topic), message.payload, message.qos))
                if len(heard) == 3:
                    break
            assert heard == [("a/b", b"%d" % qos, qos) for qos in range(3)]
            await hears.unsubscribe("a/#")


@pytest.mark.meets(client="umqtt's packets")
async def test_micropython() -> None:
    async with serving() as (bus, ports), bus.subscribe("will/#") as wills:
        async with asyncio.timeout(HANG):
            found = await in_thread(umqtt_dialogue, ports["mqtt"])
        assert found["connack"] == b"\x20\2\0\0"
        assert found["suback"] == b"\x90\3\0\1\1"
        assert found["own"] == b"\x30\x0f\0\x09micro/out21.5"
        assert found["puback"] == b"\x40\2\0\2"
        assert found["again"][1:12] == b"\0\x09micro/out"
        assert found["pingresp"] == b"\xd0\0"
        assert [message.topic for message in bus.retained()] == ["micro/out"]
        wills.close()
        assert [message async for message in wills] == [], "it said goodbye"


@pytest.mark.meets(client="minimqtt's packets")
async def test_circuitpython() -> None:
    async with serving(accounts=("ann:secret",)) as (_, ports):
        async with asyncio.timeout(HANG):
            found = await in_thread(minimqtt_dialogue, ports["mqtt"])
        assert found["connack"] == b"\x20\2\0\0"
        assert found["suback"] == b"\x90\4\0\1\0\1"
        assert found["own"] == b"\x30\xd4\x01\0\x0afeeds/long" + b"x" * 200
        assert found["pingresp"] == b"\xd0\0"
        assert found["unsuback"] == b"\xb0\2\0\2"


async def test_one_bus_behind_two_protocols() -> None:
    """What MQTT publishes a WebSocket hears, and the other way round."""
    async with (
        serving("mqtt", "ws") as (bus, ports),
        websockets.connect(f"ws://127.0.0.1:{ports['ws']}/house/kitchen") as browser,
    ):
        await somebody_hears(bus)
        async with attempt(f"mqtt://127.0.0.1:{ports['mqtt']}/house/kitchen", qos=1) as sending:
            await sending.client.send(Message(payload=b"21.5"))
        assert await browser.recv() == "21.5"
        async with paho_client(paho.MQTTv5, ports["mqtt"]) as (hears, _):
            await hears.subscribe("house/#")
            await browser.send("hello")
            message = await hears.next()
            assert (message.topic, message.payload) == ("house/kitchen", b"hello")
