"""Telnet's client: commands at our own server, and at those who break the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.shell import Shell
from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError, RemoteProtocolError, UsageError
from netloom.protocols.telnet.login import OUTPUT_LIMIT
from netloom.wire.telnet import codes
from netloom.wire.telnet.codes import DO, IAC
from netloom.wire.telnet.stream import emit_subnegotiation
from tests.protocols.places import Places, body
from tests.protocols.telnet.scenes import at, spoken

if TYPE_CHECKING:
    from netloom.links.stream import Stream

DIALECTS = ["", "ios", "eos", "junos", "vrp"]
VERSION = {"vrp": "display version", "": "uname -a"}


class TestRun:
    @pytest.mark.parametrize("dialect", DIALECTS)
    def test_a_command(self, dialect: str) -> None:
        async def scene(place: Places) -> None:
            client = place.client("telnet", user="ann:secret")
            for _ in range(2):
                reply = await client.run(VERSION.get(dialect, "show version"))
                text = (await body(reply)).decode()
                assert "edge" in text or dialect in ("eos", "vrp")
                assert text.endswith("\n")
                assert VERSION.get(dialect, "show version") not in text
                assert reply.meta["prompt"] not in text.splitlines()
            assert len(place.said("LOGIN")) == 1

        at(scene, Shell("edge", dialect=dialect) if dialect else Shell("edge"))

    def test_a_prompt_that_changes(self) -> None:
        async def scene(place: Places) -> None:
            client = place.client("telnet", user="ann:secret")
            prompts = [(await client.run(line)).meta["prompt"] for line in ("enable", "conf t", "hostname core", "end")]
            assert prompts == ["edge#", "edge(config)#", "core(config)#", "core#"]

        at(scene, Shell("edge", dialect="ios"))

    def test_pages_are_turned(self) -> None:
        async def scene(place: Places) -> None:
            client = place.client("telnet", user="ann:secret")
            await client.conversation()
            client._conversation._layer.resize(80, 5)
            await client.run("terminal length 5")
            text = (await body(await client.run("show ip interface brief"))).decode()
            assert "More" not in text
            assert len(text.splitlines()) == 10

        at(scene, Shell("edge", dialect="ios"))

    def test_no_login_is_needed(self) -> None:
        async def scene(place: Places) -> None:
            assert await body(await place.client("telnet").run("echo loom")) == b"loom\n"

        at(scene, accounts=[])

    def test_the_environment(self) -> None:
        async def scene(place: Places) -> None:
            client = place.client("telnet", user="ann:secret", options="env=LOOM=warp")
            assert await body(await client.run("echo $LOOM")) == b"warp\n"
            with pytest.raises(UsageError, match="env is NAME=VALUE"):
                place.client("telnet", options="env=nothing")

        at(scene)

    @pytest.mark.parametrize("command", ["a\rb", "a\nb", "a\0b"])
    def test_a_command_is_one_line(self, command: str) -> None:
        async def scene(place: Places) -> None:
            with pytest.raises(LocalProtocolError):
                await place.client("telnet").run(command)

        at(scene)


class TestPeers:
    """Whatever a server says, it is typed errors and nothing else."""

    def test_silence(self) -> None:
        async def server(link: Stream) -> None:
            await link.write(b"hello there")
            await link.read()

        async def scene(client: Any) -> None:
            with pytest.raises(DeadlineExceeded) as caught:
                await client.run("true")
            assert "hello there" in caught.value.hint

        spoken(server, scene, "idle=5")

    def test_too_much(self) -> None:
        async def server(link: Stream) -> None:
            while True:
                await link.write(b"x" * 100_000)

        async def scene(client: Any) -> None:
            with pytest.raises(RemoteProtocolError, match=f"more than {OUTPUT_LIMIT}"):
                await client.run("true")

        spoken(server, scene)

    @pytest.mark.parametrize(
        "said",
        [
            b"", b"\xff\xfa\x18\xff\xfb", b"\xff\xfa\x18" + b"x" * 5000, bytes((IAC, DO, codes.NEW_ENVIRON))
            + emit_subnegotiation(codes.NEW_ENVIRON, b"\x09"), emit_subnegotiation(codes.CHARSET, b""),
        ],
    )  # fmt: skip
    def test_what_breaks_the_rules(self, said: bytes) -> None:
        async def server(link: Stream) -> None:
            await link.write(said)
            if said:
                await link.read()

        async def scene(client: Any) -> None:
            with pytest.raises((RemoteProtocolError, ConnectionLost)):
                await client.run("true")

        spoken(server, scene)
