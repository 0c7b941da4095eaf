"""Logging in by what is asked, and what a prompt is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.shell import Shell
from netloom.endpoint import Endpoint
from netloom.errors import Unauthenticated, UsageError
from netloom.links import virtual
from netloom.links.dial import Dialler
from netloom.links.trace import Trace
from netloom.options import split
from netloom.protocols.telnet.client import Client
from netloom.serving import Serving
from tests.protocols.places import Places, body
from tests.protocols.telnet.scenes import at, spoken
from tests.security.house import STRANGER, Wire

if TYPE_CHECKING:
    from netloom.links.stream import Stream


class TestLogin:
    def test_a_wrong_password(self) -> None:
        async def scene(place: Places) -> None:
            with pytest.raises(Unauthenticated, match="Login incorrect"):
                await place.client("telnet", user="ann:wrong").run("true")
            with pytest.raises(Unauthenticated, match="asks for a user"):
                await place.client("telnet").run("true")
            with pytest.raises(Unauthenticated, match="there is no password"):
                await place.client("telnet", user="ann").run("true")
            assert len(place.said("LOGIN")) == 1

        at(scene)

    def test_a_server_that_hangs_up(self) -> None:
        async def server(link: Stream) -> None:
            await link.write(b"login: ")
            await link.read_line()
            await link.write(b"Password: ")
            await link.read_line()

        async def scene(client: Any) -> None:
            with pytest.raises(Unauthenticated, match="hung up"):
                await client.run("true")

        spoken(server, scene)

    def test_prompts_of_ones_own(self) -> None:
        async def server(link: Stream) -> None:
            for asked in (b"\r\nWer da?", b"\r\nUnd?"):
                await link.write(asked)
                await link.read_line()
            while True:
                await link.write(b"\r\nBitte")
                line = await link.read_line()
                if line.strip():
                    await link.write(b"\r\nja: " + line.strip())

        async def scene(client: Any) -> None:
            assert await body(await client.run("tu was")) == b"\nja: tu was\n"

        spoken(server, scene, "login_prompt=da\\?,password_prompt=Und\\?,prompt=Bitte")

    def test_a_banner_that_looks_like_a_prompt(self) -> None:
        async def server(link: Stream) -> None:
            await link.write(b"\r\n*** welcome ***>")
            await asyncio.sleep(1)
            await link.write(b"\r\nsw1> ")
            while True:
                line = (await link.read_line()).strip()
                await link.write(b"\r\n" + (b"did %b\r\n" % line if line else b"") + b"sw1> ")

        async def scene(client: Any) -> None:
            reply = await client.run("it")
            assert (reply.meta["prompt"], "did it" in (await body(reply)).decode()) == ("sw1>", True)

        spoken(server, scene)

    def test_when_somebody_came_last_is_no_question(self) -> None:
        """Wherever it is cut."""

        async def server(link: Stream) -> None:
            await link.write(b"host login: ")
            await link.read_line()
            await link.write(b"Password: ")
            await link.read_line()
            await link.write(b"\r\nLast login: ")
            await asyncio.sleep(1)
            await link.write(b"Sat Nov 21\r\nhost$ ")
            while True:
                line = (await link.read_line()).strip()
                await link.write(b"\r\n" + (b"did %b\r\n" % line if line else b"") + b"host$ ")

        async def scene(client: Any) -> None:
            assert b"did it" in await body(await client.run("it"))

        spoken(server, scene)

    def test_what_is_no_regular_expression(self) -> None:
        async def scene(place: Places) -> None:
            with pytest.raises(UsageError, match="no regular expression"):
                place.client("telnet", options="prompt=(")

        at(scene)

    @pytest.mark.parametrize("options", ["", "allow_plain_auth"])
    def test_a_password_is_not_said_to_another_machine(self, options: str) -> None:
        """Unless that is wanted; not to a name, and not by way of a proxy."""

        async def play() -> None:
            network = Wire(STRANGER)
            place = Endpoint.parse("telnet://127.0.0.1:0")
            async with Serving(
                [place], [Shell("edge")], Accounts.from_texts(["ann:can4ry"]), network=network
            ) as serving:
                # The same server under an address that isn't this machine's
                port = serving.endpoint.port
                network.listeners[("192.0.2.5", port or 0)] = network.listeners[("127.0.0.1", port or 0)]
                target = Endpoint.parse(f"telnet://ann:can4ry@192.0.2.5:{port}#{options}")
                link, own = split(target, Client.Options)
                dial = Dialler(network, target, link, Trace(network.clock))
                client = Client(dial, target, own)
                try:
                    if options:
                        assert await body(await client.run("echo loom")) == b"loom\n"
                    else:
                        with pytest.raises(UsageError, match="isn't encrypted"):
                            await client.run("true")
                    assert (b"can4ry" in network.sent) is bool(options)
                finally:
                    await client.close()

        virtual.run(play())
