"""An IRC server of ours in memory, and people who say exactly what they are told to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import socket
from typing import TYPE_CHECKING, Self

from netloom.accounts import Account, Accounts, Right
from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint, Secret
from netloom.errors import ConnectionLost
from netloom.links.authority import Authority
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.trace import Trace
from netloom.options import split
from netloom.protocols.irc.client import Client
from netloom.serving import Serving
from netloom.wire.irc.message import Message, Reader, TooLong

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.records import AccessRecord

AUTHORITY = Authority.create()
SERVER = "irc.test"
PASSWORD = "can4ry-pa55"
ANN = Account(name="ann", password=Secret(PASSWORD))
EVE = Account(name="eve", password=Secret("e"), rights=frozenset({Right.READ}))
OPEN = f"irc://127.0.0.1:0#name={SERVER},flood=0"
"""A server whose name is known, and which doesn't slow anybody down."""


class Person:
    """One connection, bare."""

    def __init__(self, stream: Stream, nick: str) -> None:
        self.stream = stream
        self.nick = nick
        self._marks = itertools.count()
        self._reader = Reader(line_limit=8192)
        self._waiting: list[Message] = []

    async def say(self, *lines: str) -> None:
        await self.stream.write("".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape"))

    async def next(self) -> Message:
        """The next message, whatever it is."""
        while not self._waiting:
            data = await self.stream.read()
            assert data, "the server closed"
            self._waiting += [one for one in self._reader.feed(data) if not isinstance(one, TooLong)]
        return self._waiting.pop(0)

    async def hear(self) -> list[Message]:
        """All that has been said to us by now."""
        mark = f"mark{next(self._marks)}"
        await self.say(f"PING {mark}")
        heard: list[Message] = []
        while not ((message := await self.next()).command == "PONG" and message.text == mark):
            heard.append(message)
        return heard

    async def ask(self, *lines: str) -> list[Message]:
        """Say something; gives what has been said to us since, the answers among it."""
        await self.say(*lines)
        return await self.hear()

    async def codes(self, *lines: str) -> list[str]:
        """The same, commands and numerics alone."""
        return [message.command for message in await self.ask(*lines)]

    async def words(self, *lines: str) -> list[str]:
        """The same, as `SOURCE COMMAND params`, of a source the nick alone."""
        return [shown(message) for message in await self.ask(*lines)]

    async def rest(self) -> list[Message]:
        """All that is said until the server ends the connection."""
        heard, self._waiting = self._waiting, []
        with contextlib.suppress(ConnectionLost):  # what is said to it afterwards is answered with a reset
            async for data in self.stream:
                heard += [one for one in self._reader.feed(data) if not isinstance(one, TooLong)]
        return heard


def shown(message: Message) -> str:
    who = "" if message.source == SERVER else message.nick
    return " ".join(word for word in (who, message.command, *message.params) if word)


class Lab:
    """`async with Lab(…) as lab`: a server in memory."""

    def __init__(
        self, url: str = OPEN, *accounts: Account, anonymous: frozenset[Right] | None = None, bus: Bus | None = None
    ) -> None:
        self.network = MemoryNetwork()
        self.bus = bus if bus is not None else Bus()
        self.access: list[AccessRecord] = []
        known = Accounts(accounts) if anonymous is None else Accounts(accounts, anonymous=anonymous)
        self.serving = Serving(
            [Endpoint.parse(url)],
            [self.bus],
            known,
            network=self.network,
            report=self.access.append,
            authority=AUTHORITY,
        )

    async def __aenter__(self) -> Self:
        await self.serving.start()
        self._people: list[Person] = []
        return self

    async def __aexit__(self, *_: object) -> None:
        for person in self._people:
            person.stream.abort()
        await self.serving.stop(0.0)
        await asyncio.sleep(0)

    @property
    def port(self) -> int:
        port = self.serving.endpoint.port
        assert port is not None
        return port

    async def raw(self, nick: str = "") -> Person:
        """A connection that has said nothing yet."""
        stream = Stream(asyncio.get_running_loop())
        await self.network.connect((socket.AF_INET, ("127.0.0.1", self.port)), lambda: stream, LinkOptions())
        person = Person(stream, nick)
        self._people.append(person)
        return person

    async def person(self, nick: str, *caps: str, password: str = "", join: str = "") -> Person:
        """Somebody who has registered, with these capabilities; with a password as the account of that name."""
        person = await self.raw(nick)
        wanted = [*caps, *(["sasl"] if password else [])]
        if wanted:
            await person.say(f"CAP REQ :{' '.join(wanted)}")
        if password:
            proof = base64.b64encode(f"\0{nick}\0{password}".encode()).decode()
            await person.say("AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}")
        await person.say(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", *(["CAP END"] if wanted else []))
        heard = await person.hear()
        assert "001" in [message.command for message in heard], heard
        if join:
            assert "366" in await person.codes(f"JOIN {join}")
        return person

    def client(self, path: str = "", **options: str) -> Client:
        """A client of ours, whose end the test sees to."""
        user = options.pop("user", "")
        chosen = ",".join(f"{name}={value}" for name, value in options.items())
        return client(self.network, f"irc://{user}127.0.0.1:{self.port}{path}#{chosen}")


def client(network: MemoryNetwork, url: str) -> Client:
    endpoint = Endpoint.parse(url)
    link_options, own = split(endpoint, Client.Options)
    return Client(Dialler(network, endpoint, link_options, Trace(network.clock)), endpoint, own)


class Scripted:
    """`async with Scripted(script) as server`: a server in memory that does what a function says, for one client."""

    def __init__(self, script: Callable[[Stream], Awaitable[None]]) -> None:
        self.network = MemoryNetwork()
        self.script = script
        self.port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Stream] = loop.create_future()

        class Accepted(Stream):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                waiting.set_result(self)

        place = (socket.AF_INET, ("127.0.0.1", 0))
        listening = await self.network.listen(place, lambda: Accepted(loop), LinkOptions())
        self.port = int(listening.address[1][1])

        async def work() -> None:
            await self.script(await waiting)

        self._task = asyncio.ensure_future(work())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    def client(self, path: str = "", user: str = "", **options: str) -> Client:
        chosen = ",".join(f"{name}={value}" for name, value in options.items())
        return client(self.network, f"irc://{user}127.0.0.1:{self.port}{path}#{chosen}")


WELCOME = (
    ":irc.other 001 {nick} :hi\r\n:irc.other 005 {nick} NETWORK=other CHANTYPES=#& PREFIX=(qov)~@+ :are supported\r\n"
)


def other(
    answer: Callable[[Message, str], str] | None = None, *, caps: str = "", welcome: str = WELCOME
) -> Callable[[Stream], Awaitable[None]]:
    """Another server: `answer` gives its lines to a message and our nick; without any it does as usual."""

    async def script(link: Stream) -> None:
        reader, nick, welcomed, waits = Reader(), "*", False, False
        while data := await link.read():
            for message in reader.feed(data):
                assert isinstance(message, Message)
                said = answer(message, nick) if answer is not None else ""
                command, params = message.command, message.params
                if not said and command == "CAP" and params[0] == "LS":
                    waits, said = True, f":irc.other CAP * LS :{caps}\r\n"
                elif not said and command == "CAP" and params[0] == "REQ":
                    said = f":irc.other CAP * ACK :{params[1]}\r\n"
                elif not said and command == "PING":
                    said = f":irc.other PONG irc.other :{params[0]}\r\n"
                elif not said and command == "JOIN":
                    said = f":{nick}!u@h JOIN {params[0]}\r\n:irc.other 366 {nick} {params[0]} :end\r\n"
                elif not said and command == "QUIT":
                    said = "ERROR :bye\r\n"
                nick = params[0] if command == "NICK" else nick
                waits = waits and not (command == "CAP" and params[0] == "END")
                if said:
                    await link.write(said.encode())
                if (
                    command in ("USER", "NICK", "CAP")
                    and nick != "*"
                    and not waits
                    and not welcomed
                    and command != "NICK"
                ):
                    welcomed = True
                    await link.write(welcome.format(nick=nick).encode("utf-8", "surrogateescape"))
                if "ERROR :" in said:
                    await link.close()
                    return

    return script
