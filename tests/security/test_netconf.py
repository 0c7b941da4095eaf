"""NETCONF: no DTD and no entities, bounded messages and work, and rights that hold."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netloom.contents.shell import Shell
from netloom.errors import NetloomError, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.protocols.netconf.models import modules
from netloom.wire.netconf import framing, messages
from netloom.wire.netconf.messages import BASE, BASE_10, BASE_11, Hello, Reply, Rpc
from netloom.wire.netconf.xml import Node
from tests.fuzzing import mutate
from tests.links.ssh.conftest import home
from tests.protocols.netconf.scenes import DEVICE, Session, contact, edit, interface, system
from tests.protocols.netconf.test_dialogue import ask, chunk, meet
from tests.protocols.netconf.test_server import Raw, get
from tests.protocols.places import Places, places
from tests.security.parsers.netconf import SAID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["home"]
pytestmark = pytest.mark.usefixtures("home")

URL = "netconf://127.0.0.1:0#host_key=none"
OPERATION = f'<rpc xmlns="{BASE}" message-id="1">%s</rpc>'
DTDS = {
    "billion laughs": '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + OPERATION % "<get>&b;</get>",
    "a file": '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + OPERATION % "<get>&a;</get>",
    "a parameter": '<!DOCTYPE a [<!ENTITY % a SYSTEM "http://127.0.0.1:1/">%a;]>' + OPERATION % "<get/>",
    "a DTD": '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">' + OPERATION % "<get/>",
    "an entity of nobody": OPERATION % "<get>&a;</get>",
    "nothing but a DTD": "<!DOCTYPE a []>" + OPERATION % "<get/>",
}


@pytest.fixture
def shell() -> Shell:
    return Shell("edge", dialect="ios")


@pytest.fixture
async def place(shell: Shell) -> AsyncIterator[Places]:
    accounts = ["ann:secret", "bob:secret", "eve:secret:read"]
    async with places(URL, contents=[shell], accounts=accounts) as made:
        yield made


async def is_served(place: Places) -> bool:
    """Whether somebody else's question is answered."""
    async with asyncio.timeout(5):
        return (await (await Session.of(place, "bob"))("get-config running")).content != ()


# XML


@pytest.mark.parametrize("kind", DTDS)
async def test_no_dtd_and_no_entity_is_taken_by_the_server(place: Places, kind: str) -> None:
    raw = await Raw.at(place, BASE_11)
    await raw.say(DTDS[kind].encode())
    reply = messages.parse(await raw.hear())
    assert isinstance(reply, Reply)
    assert [error.tag for error in reply.errors] == ["malformed-message"]
    assert "root:" not in str(reply)
    await raw.ended()
    assert await is_served(place)


@pytest.mark.parametrize("kind", DTDS)
async def test_nor_by_the_client(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    hello = framing.emit(messages.emit_hello(Hello((BASE_11,), 4)), chunked=False)
    reply = DTDS[kind].replace("rpc", "rpc-reply").replace("<get", "<data").replace("get>", "data>")
    with pytest.raises(RemoteProtocolError):
        await meet(monkeypatch, [hello, chunk(reply.encode())], ask)
    with pytest.raises(RemoteProtocolError):
        await meet(monkeypatch, [framing.emit(DTDS[kind].encode(), chunked=False)], ask)


@pytest.mark.parametrize(
    "message",
    [
        "<a>" * 5000,
        OPERATION % ("<a>" * 200 + "</a>" * 200),
        OPERATION % ("<a/>" * 200_000),
        OPERATION % "<get/>" + "<",
    ],
    ids=["never closed", "too deep", "too many", "more after it"],
)
async def test_trees_are_bounded(place: Places, message: str) -> None:
    raw = await Raw.at(place, BASE_11)
    await raw.say(message.encode())
    reply = messages.parse(await raw.hear())
    assert isinstance(reply, Reply)
    assert [error.tag for error in reply.errors] == ["malformed-message"]
    await raw.ended()
    assert await is_served(place)


@pytest.mark.parametrize("version", [BASE_10, BASE_11])
async def test_nothing_that_is_said_ends_a_message_early(place: Places, shell: Shell, version: str) -> None:
    """What is configured or asked comes back, and is no mark, no tag and no chunk."""
    evil = "]]>]]>\n##\n</contact><x a='b'>&amp;"
    shell.device.edit(
        shell.device.enter("x", "other"), "running", lambda config: _contact(config, evil.replace("\n", " "))
    )
    raw = await Raw.at(place, version)
    for number in ("1", evil):
        operation = Node("get-config", BASE, children=[Node("source", BASE, children=[Node("running", BASE)])])
        await raw.say(messages.emit_rpc(Rpc(operation, {"message-id": number})))
        reply = messages.parse(await raw.hear())
        assert isinstance(reply, Reply)
        assert reply.content[0].value("system", "contact") == evil.replace("\n", " ")
        # XML makes a blank of a line's end in an attribute
        assert reply.attributes["message-id"].split() == number.split()


def _contact(config: Any, text: str) -> Any:
    return msgspec.structs.replace(config, contact=text)


# Sizes


@pytest.mark.parametrize(
    "said",
    [b"\n#4294967295\n<rpc", b"\n#999999999\n<", b"x" * 5_000_000, (b"\n#1048576\n" + b" " * 1_048_576) * 6],
    ids=["the largest chunk", "a large one", "no chunk", "many chunks"],
)
async def test_sizes_are_not_believed(place: Places, said: bytes) -> None:
    raw = await Raw.at(place, BASE_11)
    with contextlib.suppress(NetloomError):
        await raw.stream.write(said)
    await raw.ended()
    assert await is_served(place)


async def test_a_hello_without_an_end(place: Places) -> None:
    raw = await Raw.at(place)
    with contextlib.suppress(NetloomError):
        for _ in range(100):
            await raw.stream.write(b"<hello>" + b" " * 100_000)
    await raw.ended()
    assert await is_served(place)


def many(text: str, count: int) -> str:
    return "".join(text.format(number) for number in range(count))


@pytest.mark.parametrize(
    "change",
    [
        system(f"<authentication>{many('<user><name>u{}</name></user>', 20_000)}</authentication>"),
        f'<vlans xmlns="{DEVICE}">{many("<vlan><id>{}</id></vlan>", 20_000)}</vlans>',
        f'<logging xmlns="{DEVICE}">{"<host>h</host>" * 1000}{many("<host>h{}</host>", 17)}</logging>',
        "".join(interface(f"Loopback{n}", "") for n in range(2000)),
    ],
    ids=["users", "vlans", "hosts", "interfaces"],
)  # fmt: skip
async def test_a_configuration_is_bounded(place: Places, shell: Shell, change: str) -> None:
    before = shell.device.running
    ann = await Session.of(place)
    with pytest.raises(PeerRefused):
        await ann(edit(change))
    assert shell.device.running == before
    assert await is_served(place)


async def test_a_filter_is_bounded(place: Places) -> None:
    ann = await Session.of(place)
    with pytest.raises(PeerRefused) as caught:
        await ann(f"<get><filter>{'<x/>' * 2000}</filter></get>")
    assert caught.value.code == "too-big"


# Rights


WRITES = [
    edit(contact("pwned")),
    edit(contact("pwned"), "candidate"),
    edit(contact("pwned"), more="<test-option>test-only</test-option>"),
    "copy-config startup running",
    "delete-config startup",
    "lock running",
    "lock candidate",
    "commit",
    "commit confirmed 5",
    "cancel-commit",
    "discard-changes",
]


@pytest.mark.parametrize("who", ["eve", ""])
@pytest.mark.parametrize("command", WRITES)
async def test_who_may_only_read_changes_nothing(shell: Shell, who: str, command: str) -> None:
    before = shell.device.running, shell.device.startup
    async with places(URL, contents=[shell], accounts=["eve:secret:read"] if who else []) as place:
        client = place.client("netconf", user=f"{who}:secret" if who else "")
        with pytest.raises(Unauthenticated):
            await client.run(command)
        assert (await client.run("get-config running")).has_body
        assert not shell.device.locks
    assert before == (shell.device.running, shell.device.startup)


async def test_no_session_is_killed_by_guessing(place: Places, shell: Shell) -> None:
    ann, eve = await Session.of(place), await Session.of(place, "eve")
    for number in range(5):
        with contextlib.suppress(PeerRefused):
            await eve(f"kill-session {number}")
    assert (await ann("get-config running")).content


async def test_passwords_are_kept_as_hashes(place: Places, shell: Shell) -> None:
    ann = await Session.of(place)
    user = "<authentication><user><name>bob</name><password>$0$can4ry</password></user></authentication>"
    await ann(edit(system(user)))
    for command in ("get-config running", "get"):
        assert "can4ry" not in str((await ann(command)).content)
    assert "can4ry" not in str(place.reports)
    with pytest.raises(PeerRefused) as caught:
        await ann(edit(system(user.replace("$0$", ""))))
    assert "can4ry" not in str(caught.value)


# Bytes of every kind, at every stage


@pytest.mark.parametrize("stage", ["at once", "1.0", "1.1", "subscribed", "locked"])
async def test_the_server_bears_anything(place: Places, shell: Shell, stage: str) -> None:
    generator = random.Random(stage)
    for number in range(30):
        if stage == "at once":
            raw = await Raw.at(place)
        else:
            raw = await Raw.at(place, BASE_10 if stage == "1.0" else BASE_11)
        if stage in ("subscribed", "locked"):
            wanted = {
                "subscribed": Node("create-subscription", messages.NOTIFICATION),
                "locked": Node("lock", BASE, children=[Node("target", BASE, children=[Node("running", BASE)])]),
            }[stage]
            await raw.say(messages.emit_rpc(Rpc(wanted, {"message-id": "0"})))
            await raw.hear()
        said = generator.randbytes(300) if number % 5 == 0 else mutate(generator, [*SAID["netconf"], get()])
        with contextlib.suppress(NetloomError):
            await raw.stream.write(said)
            await raw.stream.write_eof()
        await raw.ended()
    assert await is_served(place)
    assert not shell.device.locks
    assert len(shell.device.sessions) <= 60, "each left when it ended"


@pytest.mark.parametrize(
    "before", [b"", framing.emit(messages.emit_hello(Hello((BASE_10, BASE_11), 4)), chunked=False)]
)
async def test_the_client_bears_anything(monkeypatch: pytest.MonkeyPatch, before: bytes) -> None:
    generator = random.Random(before)
    for number in range(30):
        said = generator.randbytes(300) if number % 5 == 0 else mutate(generator, SAID["netconf"])
        with contextlib.suppress(NetloomError):
            await meet(monkeypatch, [before, said] if before else [said], ask)


# Those who hold on


async def test_who_asks_and_reads_nothing_holds_up_nobody(place: Places) -> None:
    raw = await Raw.at(place, BASE_11)
    raw.stream.transport.pause_reading()

    async def shout() -> None:
        with contextlib.suppress(NetloomError):
            for number in range(5000):
                await raw.say(get(str(number)))

    shouting = asyncio.ensure_future(shout())
    for _ in range(3):
        assert await is_served(place)
    shouting.cancel()
    await asyncio.wait({shouting})
    raw.stream.abort()


async def test_a_lock_ends_with_whoever_held_it(place: Places, shell: Shell) -> None:
    ann = await Session.of(place)
    await ann("lock running")
    ann.dialogue.stream.abort()
    bob = await Session.of(place, "bob")
    async with asyncio.timeout(5):
        while shell.device.locks:
            await bob("get-config running")
    await bob("lock running")


def test_names_of_modules_are_no_paths() -> None:
    for name in ("../netloom-device", "/etc/passwd", "netloom-device\0", "..", ""):
        assert modules.text(name) is None
