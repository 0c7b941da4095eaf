"""What `connect` joins: a terminal at its first prompt, or before the login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.protocols.telnet.scenes import at

if TYPE_CHECKING:
    from tests.protocols.places import Places


class TestOpen:
    def test_at_its_first_prompt(self) -> None:
        async def scene(place: Places) -> None:
            channel = await place.client("telnet", user="ann:secret").open()
            assert b"ann@edge" in await channel.read()
            await channel.write(b"echo a; echo b\nexit\n")
            channel.resize(132, 40)
            said = b""
            while chunk := await channel.read():
                said += chunk
            assert b"\r\na\r\nb\r\n" in said
            await channel.write_eof()

        at(scene)

    def test_before_the_login(self) -> None:
        async def scene(place: Places) -> None:
            channel = await place.client("telnet").open()
            said = b""
            while b"login: " not in said:
                said += await channel.read()

        at(scene)
