"""Telnet's server: options, logins, and a device behind them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from netloom.contents.shell import Shell
from netloom.errors import NetloomError
from netloom.links import virtual
from netloom.wire.telnet import codes
from netloom.wire.telnet import subnegotiation as sub
from netloom.wire.telnet.codes import DO, DONT, IAC, SB, SE, WILL, WONT
from netloom.wire.telnet.stream import Command, Data, Event, Negotiation, Reader, Subnegotiation, emit_subnegotiation
from tests.protocols.places import Places, places

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from netloom.links.stream import Stream

URL = "telnet://127.0.0.1:0"
ACCOUNTS = ["ann:secret", "eve:secret:read"]


class Raw:
    """A client that speaks Telnet by hand, and remembers what it heard."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.events: list[Event] = []
        self._reader = Reader()
        self.text = b""

    @classmethod
    async def at(cls, place: Places) -> Raw:
        return cls(await place.client("telnet").dial.stream())

    async def until(self, words: str) -> str:
        """What is said until a pattern is; it is taken out."""
        pattern = re.compile(words.encode(), re.DOTALL)
        while not (found := pattern.search(self.text)):
            data = await self.stream.read()
            assert data, f"{words!r} wasn't said: {self.text!r}"
            for event in self._reader.feed(data):
                if isinstance(event, Data):
                    self.text += event.data
                else:
                    self.events.append(event)
        said, self.text = self.text[: found.end()], self.text[found.end() :]
        return said.decode()

    async def say(self, data: bytes) -> None:
        await self.stream.write(data)

    async def rest(self) -> bytes:
        return self.text + b"".join([chunk async for chunk in self.stream])


def at(scene: Callable[[Places], Coroutine[Any, Any, None]], dialect: str = "ios", **how: Any) -> None:
    """A scene at a device, on a virtual clock."""

    async def play() -> None:
        contents = [Shell("edge", dialect=dialect)] if dialect else [Shell("edge")]
        async with places(how.pop("url", URL), contents=contents, accounts=how.pop("accounts", ACCOUNTS)) as place:
            await scene(place)

    virtual.run(play())


class TestOptions:
    def test_what_it_asks_for(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("Username: ")
            wanted = {(WILL, codes.ECHO), (WILL, codes.SGA), (WILL, codes.CHARSET), (DO, codes.SGA), (DO, codes.TTYPE),
                      (DO, codes.NAWS), (DO, codes.NEW_ENVIRON)}  # fmt: skip
            assert {(one.verb, one.option) for one in raw.events if isinstance(one, Negotiation)} == wanted

        at(scene)

    def test_what_it_does_not_know_is_refused(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("Username: ")
            raw.events.clear()
            await raw.say(bytes((IAC, DO, 99, IAC, WILL, 98, IAC, DO, codes.BINARY, IAC, codes.AYT)))
            await raw.until(r"\[yes\]")
            assert Negotiation(WONT, 99) in raw.events
            assert Negotiation(DONT, 98) in raw.events

        at(scene)

    def test_a_terminal_and_its_variables(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("login: ")
            agreed = b"".join(bytes((IAC, WILL, one)) for one in (codes.TTYPE, codes.NAWS, codes.NEW_ENVIRON))
            await raw.say(agreed + bytes((IAC, DO, codes.ECHO, IAC, DO, codes.CHARSET)))
            variables = sub.emit_variables(
                sub.IS,
                [sub.Variable(b"LOOM", b"warp", True), sub.Variable(b"a b", b"x"), sub.Variable(b"B", b"x" * 2000)],
            )
            await raw.say(
                emit_subnegotiation(codes.TTYPE, sub.emit_terminal("XTERM"))
                + emit_subnegotiation(codes.NAWS, sub.emit_window(sub.Window(132, 50)))
                + emit_subnegotiation(codes.NEW_ENVIRON, variables)
                + emit_subnegotiation(codes.CHARSET, sub.emit_charset(sub.REQUEST, ["UTF-8"]))
                + b"ann\r\0secret\r\n"
            )
            await raw.until(r"\$ ")
            asked = [(one.option, one.data) for one in raw.events if isinstance(one, Subnegotiation)]
            assert (codes.TTYPE, sub.emit_terminal(None)) in asked
            assert (codes.CHARSET, sub.emit_charset(sub.ACCEPTED, ["UTF-8"])) in asked
            assert (codes.CHARSET, sub.emit_charset(sub.REQUEST, ["UTF-8"])) in asked
            await raw.say(b"echo $LOOM-$B-\r\n")
            await raw.until(r"\r\nwarp--\r\n")

        at(scene, "")

    @pytest.mark.parametrize("dialect", ["", "ios"])
    def test_who_echoes(self, dialect: str) -> None:
        """A shell echoes once that is agreed on, a device whatever is: programs that talk to one count on it."""

        async def scene(place: Places) -> None:
            for agrees in (True, False):
                raw = await Raw.at(place)
                await raw.until("(?i)(login|username): ")
                await raw.say(bytes((IAC, DO if agrees else DONT, codes.ECHO)) + b"ann\r\n")
                said = await raw.until("Password: ")
                assert said.startswith("ann") is (agrees or bool(dialect))
                await raw.say(b"secret\r\n")
                assert "secret" not in await raw.until(r"[>$] ?$")

        at(scene, dialect)

    @pytest.mark.parametrize("key", [codes.IP, codes.BRK])
    def test_keys_that_are_commands(self, key: int) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("login: ")
            await raw.say(b"ann\r\nsecret\r\n")
            await raw.until(r"\$ ")
            await raw.say(b"sleep 50\r\n")
            await asyncio.sleep(1)
            await raw.say(bytes((IAC, key)))
            await raw.until(r"\^C\r\n.*\$ ")
            await raw.say(b"echo abx" + bytes((IAC, codes.EC)) + b"c\r\n")
            await raw.until("abc\r\n")
            assert asyncio.get_running_loop().time() < 30

        at(scene, "")

    @pytest.mark.parametrize(
        "said",
        [
            bytes((IAC, SB, codes.NAWS, 1, IAC, SE)),
            bytes((IAC, SB, codes.TTYPE, IAC, WILL)),
            bytes((IAC, SB, codes.NEW_ENVIRON, 9, IAC, SE)),
            bytes((IAC, SB, codes.CHARSET, IAC, SE)),
            bytes((IAC, SB, codes.TTYPE)) + b"x" * 5000,
        ],
    )
    def test_what_breaks_the_rules_ends_it_and_others_are_served(self, said: bytes) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("Username: ")
            await raw.say(said)
            with pytest.raises(NetloomError):
                await raw.rest()
            await (await Raw.at(place)).until("Username: ")

        at(scene)

    def test_a_command_that_means_nothing(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.say(bytes((IAC, codes.NOP, IAC, codes.GA, IAC, codes.DM)) + b"ann\r\n")
            await raw.until("Password: ")
            assert Command(codes.NOP) not in raw.events

        at(scene)


class TestLogin:
    def test_who_has_an_account(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("User Access Verification.*Username: ")
            await raw.say(b"ann\r\n")
            await raw.until("Password: ")
            await raw.say(b"secret\r\n")
            await raw.until("edge>")
            await raw.say(b"exit\r\n")
            await raw.rest()
            assert place.said("LOGIN") == [("ann", "", "ok")]
            assert place.said("EXEC") == [("ann", "exit", "0")]

        at(scene)

    def test_who_has_none_waits_and_is_let_go(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            for attempt in range(3):
                await raw.until("Username: ")
                await raw.say(b"ann\r\n")
                await raw.until("Password: ")
                await raw.say(b"can4ry-%d\r\n" % attempt)
                await raw.until("Login invalid")
            await raw.rest()
            assert place.said("LOGIN") == [("ann", "", "refused")] * 3
            assert "can4ry" not in str(place.reports)
            again, began = await Raw.at(place), asyncio.get_running_loop().time()
            await again.say(b"ann\r\nsecret\r\n")
            await again.until("edge>")
            assert asyncio.get_running_loop().time() - began >= 0.4  # whoever failed waits for the next attempt

        at(scene)

    def test_who_does_not_say_anything(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("Username: ")
            await raw.until("Login timed out")
            assert 9 < asyncio.get_running_loop().time() < 20
            assert await raw.rest() == b"\r\n"

        at(scene, url=f"{URL}#login_grace=10")

    def test_without_accounts_anybody_looks(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("edge>")
            await raw.say(b"enable\r\nconf t\r\n")
            await raw.until("Command authorization failed")

        at(scene, accounts=[])

    def test_who_may_only_read(self) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.say(b"eve\r\nsecret\r\nenable\r\nconf t\r\n")
            await raw.until("Command authorization failed")

        at(scene)

    def test_who_leaves_at_the_login(self) -> None:
        async def scene(place: Places) -> None:
            for said in (b"\x04", b"ann\r\n\x04", b"ann\r\n\x03"):
                raw = await Raw.at(place)
                await raw.say(said)
                assert b"edge" not in await raw.rest()

        at(scene)

    @pytest.mark.parametrize("dialect", ["ios", "eos", "junos", "vrp", ""])
    def test_each_asks_in_its_own_words(self, dialect: str) -> None:
        async def scene(place: Places) -> None:
            raw = await Raw.at(place)
            await raw.until("(?i)(login|username): ?$")
            await raw.say(b"ann\r\n")
            await raw.until("(?i)password: ?$")
            await raw.say(b"secret\r\n")
            await raw.until(r"edge[^\r\n]*[>$] ?$")

        at(scene, dialect)


def test_a_device_that_is_full() -> None:
    async def play() -> None:
        shell = Shell("edge", dialect="ios")
        for _ in range(256):
            shell.device.enter("bob", "netconf")
        async with places(URL, contents=[shell]) as place:
            assert b"no session is free\r\n" in await (await Raw.at(place)).rest()

    virtual.run(play())
