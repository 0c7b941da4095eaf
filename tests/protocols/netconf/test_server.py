"""NETCONF's server: hellos, framing, notifications, and messages that break the rules."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.shell import Shell
from netloom.errors import NetloomError, PeerRefused
from netloom.protocols.netconf.client import NetconfOptions
from netloom.protocols.netconf.server import EVENTS, MESSAGE_LIMIT, identity
from netloom.wire.netconf import framing, messages
from netloom.wire.netconf.messages import BASE, BASE_10, BASE_11, NOTIFICATION, Hello, Notification, Reply, Rpc
from netloom.wire.netconf.xml import Node
from tests.protocols.netconf.conftest import ACCOUNTS, URL
from tests.protocols.netconf.scenes import Session, contact
from tests.protocols.places import Places, places

if TYPE_CHECKING:
    from netloom.links.stream import Stream


class Raw:
    """A session that is spoken by hand."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.reader = framing.Reader()

    @classmethod
    async def at(cls, place: Places, *capabilities: str, user: str = "ann") -> Raw:
        client = place.client("netconf", user=f"{user}:secret")
        await client.dialogue()
        made = cls(await client.connection.session(subsystem="netconf"))
        if capabilities:
            await made.say(messages.emit_hello(Hello(capabilities)))
            await made.hear()
            made.reader.chunked = BASE_11 in capabilities
        return made

    async def say(self, message: bytes) -> None:
        await self.stream.write(framing.emit(message, chunked=self.reader.chunked))

    async def hear(self) -> bytes:
        while (message := self.reader.take()) is None:
            data = await self.stream.read()
            assert data, "it ended"
            self.reader.feed(data)
        return message

    async def ended(self) -> None:
        """Nothing more comes."""
        with contextlib.suppress(NetloomError):
            while await self.stream.read():
                pass


def get(number: str = "1") -> bytes:
    return messages.emit_rpc(Rpc(Node("get", BASE), {"message-id": number, "{urn:mine}x": "y"}))


class TestVersions:
    @pytest.mark.parametrize("capabilities", [(BASE_10,), (BASE_10, BASE_11), (BASE_11,)])
    async def test_the_newer_one_that_both_speak(self, place: Places, capabilities: tuple[str, ...]) -> None:
        raw = await Raw.at(place, *capabilities)
        await raw.say(get("7"))
        reply = messages.parse(await raw.hear())
        assert isinstance(reply, Reply)
        assert reply.attributes == {"message-id": "7", "{urn:mine}x": "y"}

    async def test_what_it_says_of_itself(self, place: Places) -> None:
        raw = await Raw.at(place)
        hello = messages.parse_hello(await raw.hear())
        assert hello.session is not None
        for name in ("candidate", "confirmed-commit", "startup", "validate", "rollback-on-error", "writable-running"):
            assert hello.has(name)
        assert not hello.has("xpath")
        assert any("module=ietf-interfaces&revision=2018-02-20" in one for one in hello.capabilities)

    @pytest.mark.parametrize(
        "hello",
        [
            b"<hello/>", b"no xml", messages.emit_hello(Hello((BASE_10,), 5)), messages.emit_hello(Hello(("urn:x",))),
            b'<!DOCTYPE hello [<!ENTITY a "b">]>' + messages.emit_hello(Hello((BASE_10,))).partition(b"\n")[2],
        ],
    )  # fmt: skip
    async def test_what_is_no_hello_ends_it(self, place: Places, shell: Shell, hello: bytes) -> None:
        raw = await Raw.at(place)
        await raw.say(hello)
        await raw.ended()
        assert await (await Session.of(place)).value("system", "hostname") == "edge"


class TestRules:
    @pytest.mark.parametrize(
        "message",
        [
            b"<a>", b"\xff", b"<other/>", b'<rpc xmlns="%s" message-id="1"/>' % BASE.encode(),
            b'<!DOCTYPE rpc [<!ENTITY lol "lol">]><rpc xmlns="%s" message-id="1"><get/></rpc>' % BASE.encode(),
            b"<a>" * 200 + b"</a>" * 200,
        ],
    )  # fmt: skip
    async def test_what_is_malformed_is_told_and_ends_it(self, place: Places, message: bytes) -> None:
        raw = await Raw.at(place, BASE_10, BASE_11)
        await raw.say(message)
        reply = messages.parse(await raw.hear())
        assert isinstance(reply, Reply)
        assert [error.tag for error in reply.errors] == ["malformed-message"]
        await raw.ended()
        assert await (await Session.of(place)).value("system", "hostname") == "edge"

    async def test_a_reply_is_no_request(self, place: Places) -> None:
        raw = await Raw.at(place, BASE_11)
        await raw.say(messages.emit_reply(Reply({"message-id": "1"}, is_ok=True)))
        await raw.ended()

    @pytest.mark.parametrize(
        "said", [b"\n#0\n", b"<rpc/>]]>]]>", b"\n#99999999999\n", b"\n#%d\n" % (MESSAGE_LIMIT + 1)]
    )
    async def test_chunks_that_are_none(self, place: Places, said: bytes) -> None:
        raw = await Raw.at(place, BASE_11)
        await raw.stream.write(said)
        await raw.ended()
        assert await (await Session.of(place)).value("system", "hostname") == "edge"

    async def test_an_rpc_without_a_number(self, place: Places) -> None:
        raw = await Raw.at(place, BASE_11)
        await raw.say(messages.emit_rpc(Rpc(Node("get", BASE), {"x": "y"})))
        reply = messages.parse(await raw.hear())
        assert isinstance(reply, Reply)
        assert ([error.tag for error in reply.errors], reply.attributes) == (["missing-attribute"], {"x": "y"})
        await raw.say(get())
        await raw.hear()

    async def test_who_leaves_leaves_nothing(self, place: Places, shell: Shell) -> None:
        for said in (b"", b"<hello", framing.emit(messages.emit_hello(Hello((BASE_10,))), chunked=False)):
            raw = await Raw.at(place)
            await raw.stream.write(said or b" ")
            await raw.stream.write_eof()
            await raw.ended()
        await place.close()

    async def test_many_requests_at_once(self, place: Places) -> None:
        raw = await Raw.at(place, BASE_11)
        for number in range(50):
            await raw.say(get(str(number)))
        numbers = []
        for _ in range(50):
            reply = messages.parse(await raw.hear())
            assert isinstance(reply, Reply)
            numbers.append(reply.attributes["message-id"])
        assert numbers == [str(number) for number in range(50)]


SUBSCRIBE = f'<create-subscription xmlns="{NOTIFICATION}">{{}}</create-subscription>'


class TestNotifications:
    async def test_what_happens_is_told(self, place: Places, shell: Shell) -> None:
        raw = await Raw.at(place, BASE_11)
        await raw.say(messages.emit_rpc(Rpc(Node("create-subscription", NOTIFICATION), {"message-id": "1"})))
        reply = messages.parse(await raw.hear())
        assert isinstance(reply, Reply)
        assert reply.is_ok
        ann = await Session.of(place)
        await ann.edit(contact("new"), "candidate")
        await ann("commit confirmed 60")
        heard: list[Any] = [messages.parse(await raw.hear()) for _ in range(3)]
        assert all(isinstance(one, Notification) for one in heard)
        assert [one.event.name for one in heard] == [
            "netconf-session-start", "netconf-config-change", "netconf-confirmed-commit",
        ]  # fmt: skip
        assert heard[1].event.value("changed-by", "username") == "ann"
        assert (heard[2].event.value("confirm-event"), heard[2].event.value("timeout")) == ("start", "60")
        await ann("commit")
        assert b"complete" in await raw.hear()
        shell.device.edit(shell.device.enter("cy", "ssh"), "running", lambda found: found.with_vlan(99))
        await raw.hear()
        assert b"<session-id>0</session-id>" in await raw.hear()
        await raw.say(get())
        assert isinstance(messages.parse(await raw.hear()), Reply)

    async def test_what_is_refused(self, place: Places) -> None:
        ann = await Session.of(place)
        for inner, tag in (
            ("<stream>other</stream>", "invalid-value"),
            ("<startTime>x</startTime>", "operation-not-supported"),
        ):
            with pytest.raises(PeerRefused) as caught:
                await ann(SUBSCRIBE.format(inner))
            assert caught.value.code == tag
        await ann(SUBSCRIBE.format("<stream>NETCONF</stream>"))
        with pytest.raises(PeerRefused, match="in-use"):
            await ann(SUBSCRIBE.format(""))

    async def test_who_does_not_read_them_is_let_go(self, place: Places, shell: Shell) -> None:
        raw = await Raw.at(place, BASE_11)
        await raw.say(messages.emit_rpc(Rpc(Node("create-subscription", NOTIFICATION), {"message-id": "1"})))
        await raw.hear()
        cy = shell.device.enter("cy", "ssh")
        for number in range(EVENTS * 2):
            shell.device.edit(cy, "running", lambda found, n=number: found.with_user("x", level=1 + n % 15))  # type: ignore[misc]
        await raw.ended()
        while len(shell.device._watchers) > 1:  # noqa: ASYNC110  # another's work
            await asyncio.sleep(0)


async def test_a_device_that_is_full() -> None:
    shell = Shell("edge", dialect="ios")
    for _ in range(256):
        shell.device.enter("bob", "ssh")
    async with places(URL, contents=[shell], accounts=ACCOUNTS) as place:
        with pytest.raises(NetloomError):
            await Session.of(place)


async def test_what_is_reported(place: Places) -> None:
    ann = await Session.of(place)
    await ann("lock candidate")
    with contextlib.suppress(NetloomError):
        await ann("lock candidate")
    assert place.said("LOCK") == [("ann", "candidate", "ok"), ("ann", "candidate", "lock-denied")]


def test_what_is_told_when_serving_begins() -> None:
    assert identity(NetconfOptions(host_key="none"))["hostkey"].startswith("SHA256:")
