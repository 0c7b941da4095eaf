"""What a Telnet probe learns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.shell import Shell
from netloom.errors import Unauthenticated
from netloom.protocols.telnet.probe import Facts, probe
from tests.protocols.telnet.scenes import at, spoken

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from tests.protocols.places import Places


class TestProbe:
    def test_what_it_asks(self) -> None:
        async def scene(place: Places) -> None:
            facts = Facts()
            await probe(place.client("telnet"), facts)
            assert (facts.login_prompt, facts.prompt, facts.logged_in) == ("Username:", "", None)
            assert facts.banner == "User Access Verification"
            assert facts.offers == ("ECHO", "SGA", "CHARSET")
            assert facts.asks == ("SGA", "TTYPE", "NAWS", "NEW-ENVIRON")
            assert "ECHO (server)" in facts.in_force
            assert facts.summary.startswith("asks 'Username:' · WILL ECHO")
            assert not place.said("LOGIN")

        at(scene, Shell("edge", dialect="ios"))

    def test_with_a_password_it_logs_in(self) -> None:
        async def scene(place: Places) -> None:
            facts = Facts()
            await probe(place.client("telnet", user="ann:secret"), facts)
            assert (facts.logged_in, facts.prompt, facts.user) == (True, "edge>", "ann")
            facts = Facts()
            with pytest.raises(Unauthenticated):
                await probe(place.client("telnet", user="ann:wrong"), facts)
            assert (facts.logged_in, facts.offers[0]) == (False, "ECHO")

        at(scene, Shell("edge", dialect="ios"))

    def test_who_lets_anybody_in(self) -> None:
        async def scene(place: Places) -> None:
            facts = Facts()
            await probe(place.client("telnet"), facts)
            assert facts.prompt == "edge>"
            assert facts.summary.startswith("lets anybody in: 'edge>'")

        at(scene, Shell("edge", dialect="ios"), accounts=[])

    def test_who_says_little(self) -> None:
        async def server(link: Stream) -> None:
            await link.write(b"hello\r\n")
            await link.read()

        async def scene(client: Any) -> None:
            client.endpoint = client.endpoint.replace(user="", password=None)
            facts = Facts()
            await probe(client, facts)
            assert (facts.banner, facts.summary) == ("hello", "asks for nothing · no options")
            assert asyncio.get_running_loop().time() < 5

        spoken(server, scene)
