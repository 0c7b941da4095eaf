"""The client's side of a session: with servers old and new, kind and unkind."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import (
    Blocked,
    ConnectionLost,
    LocalProtocolError,
    PeerRefused,
    RemoteProtocolError,
    Unauthenticated,
)
from netloom.records import Message as Said
from netloom.wire import scram
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, Lab, Scripted, other

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from netloom.wire.irc.message import Message


def saying(*lines: str, then: str = "") -> Any:
    """A server that says this at once, and then nothing but `then` to each piece."""

    async def script(link: Stream) -> None:
        await link.write("".join(f"{line}\r\n" for line in lines).encode())
        while await link.read():
            if then:
                await link.write(f"{then}\r\n".encode())

    return script


async def test_what_a_server_tells() -> None:
    async with Lab(f"{OPEN},network=loomnet,motd=warp") as lab:
        client = lab.client(nick="bob")
        dialogue = await client.begin()
        assert (dialogue.nick, dialogue.server, dialogue.motd) == ("bob", "irc.test", ["- warp"])
        assert (dialogue.isupport["NETWORK"], dialogue.isupport["CASEMAPPING"]) == ("loomnet", "ascii")
        assert {"echo-message", "server-time"} <= dialogue.caps
        assert dialogue.welcome["254"][0] == "0"
        await client.close()


async def test_a_nick_that_is_taken() -> None:
    async with Lab() as lab:
        await lab.person("bob")
        client = lab.client(nick="bob")
        dialogue = await client.begin()
        assert dialogue.nick[:3] == "bob"
        assert dialogue.nick[3:].isdigit()
        await client.close()


async def test_an_old_server_that_knows_no_capabilities() -> None:
    def answer(message: Message, nick: str) -> str:
        return ":irc.other 421 * CAP :Unknown command\r\n" if message.command == "CAP" else ""

    async with Scripted(other(answer)) as server:
        client = server.client()
        dialogue = await client.begin()
        assert dialogue.caps == set()
        assert dialogue.isupport["NETWORK"] == "other"
        await client.close()


async def test_a_server_whose_pongs_repeat_nothing() -> None:
    def answer(message: Message, nick: str) -> str:
        return f":irc.other PONG {nick} irc.other\r\n" if message.command == "PING" else ""

    async with Scripted(other(answer)) as server:
        client = server.client("/@bob")
        assert (await client.send(Said(payload=b"x"))).meta["lines"] == 1
        await client.close()


async def test_capabilities_over_several_lines() -> None:
    def answer(message: Message, nick: str) -> str:
        if message.command == "CAP" and message.params[0] == "LS":
            return ":s CAP * LS * :server-time=x unknown\r\n:s CAP * LS :batch sasl=PLAIN\r\n"
        return ""

    async with Scripted(other(answer)) as server:
        client = server.client()
        dialogue = await client.begin()
        assert dialogue.offered == {"server-time": "x", "unknown": "", "batch": "", "sasl": "PLAIN"}
        assert dialogue.caps == {"server-time", "batch"}
        await client.close()


async def test_capabilities_that_come_and_go() -> None:
    def answer(message: Message, nick: str) -> str:
        if message.command == "PRIVMSG":
            return ":s CAP x NEW :sasl=PLAIN new\r\n:s CAP x DEL :batch\r\n"
        return ""

    async with Scripted(other(answer, caps="batch")) as server:
        client = server.client("/@bob")
        await client.send(Said(payload=b"x"))
        dialogue = await client.begin()
        assert dialogue.offered == {"sasl": "PLAIN", "new": ""}
        assert dialogue.caps == set()
        await client.close()


@pytest.mark.parametrize(
    "line", [":s 432 * x :Erroneous", ":s 465 * :banned", ":s 464 * :wrong", "ERROR :go away", ":s 437 * x :later"]
)
async def test_registration_is_refused(line: str) -> None:
    async with Scripted(saying(then=line)) as server:
        client = server.client()
        with pytest.raises(PeerRefused) as refused:
            await client.begin()
        if line.startswith("ERROR"):
            assert "go away" in refused.value.message or refused.value.code == "ERROR"
        else:
            assert refused.value.code == line.split()[1]


@pytest.mark.parametrize(
    "said",
    [
        "220 mx ESMTP",
        "SSH-2.0-OpenSSH_9.2",
        "HTTP/1.1 400 Bad Request",
        "+OK pop3",
        "* OK IMAP4",
        "\x16\x03\x01",
        "\x00",
    ],
)
async def test_other_protocols_are_known_by_what_they_say(said: str) -> None:
    async with Scripted(saying(said)) as server:
        with pytest.raises(RemoteProtocolError) as refused:
            await server.client().begin()
        assert refused.value.seen, "it is told what was seen"


async def test_a_line_without_an_end() -> None:
    async def script(link: Stream) -> None:
        await link.write(b":" + b"x" * 30_000)
        await link.read()

    async with Scripted(script) as server:
        with pytest.raises(RemoteProtocolError):
            await server.client().begin()


async def test_the_server_closes() -> None:
    async def script(link: Stream) -> None:
        await link.read()
        await link.close()

    async with Scripted(script) as server:
        with pytest.raises(ConnectionLost):
            await server.client().begin()


class TestLogin:
    async def test_scram_without_tls(self) -> None:
        async with Lab(OPEN, ANN) as lab:
            client = lab.client(user=f"ann:{PASSWORD}@")
            dialogue = await client.begin()
            assert (dialogue.mechanism, dialogue.account, dialogue.nick) == ("SCRAM-SHA-256", "ann", "ann")
            await client.close()

    @pytest.mark.parametrize("sasl", ["", "plain", "scram-sha-256"])
    async def test_a_wrong_password(self, sasl: str) -> None:
        async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
            with pytest.raises(Unauthenticated) as refused:
                await lab.client(user="ann:wrong@", allow_plain_auth="yes", sasl=sasl).begin()
            assert refused.value.code == "904"
            assert "wrong" not in refused.value.message

    async def test_no_password_is_said_without_tls(self) -> None:
        heard = []

        def answer(message: Message, nick: str) -> str:
            heard.append(message)
            return ""

        async with Scripted(other(answer, caps="sasl=PLAIN")) as server:
            for options in ({}, {"sasl": "plain"}, {"sasl": "none"}, {"server_password": "secret"}):
                client = server.client(user="" if "server_password" in options else "ann:secret@", **options)
                with pytest.raises(Blocked):
                    await client.begin()
                break
        assert not [m for m in heard if "c2VjcmV0" in m.text or m.command in ("PASS", "AUTHENTICATE")]

    @pytest.mark.parametrize("options", [{"sasl": "plain"}, {"sasl": "none"}, {"server_password": "secret"}])
    async def test_nor_in_another_way(self, options: dict[str, str]) -> None:
        heard = []

        def answer(message: Message, nick: str) -> str:
            heard.append(message.command)
            return ""

        async with Scripted(other(answer, caps="sasl=PLAIN")) as server:
            with pytest.raises(Blocked):
                await server.client(user="" if "server_password" in options else "ann:secret@", **options).begin()
        assert not {"PASS", "AUTHENTICATE"} & set(heard)

    async def test_a_server_without_sasl(self) -> None:
        async with Scripted(other(caps="batch")) as server:
            with pytest.raises(Unauthenticated) as refused:
                await server.client(user="ann:x@").begin()
            assert "sasl=none" in refused.value.hint

    async def test_pass_instead(self) -> None:
        heard = []

        def answer(message: Message, nick: str) -> str:
            heard.append(message)
            return ""

        async with Scripted(other(answer)) as server:
            client = server.client(user="ann:secret@", sasl="none", allow_plain_auth="yes")
            await client.begin()
            await client.close()
        assert [m.params for m in heard if m.command == "PASS"] == [("ann:secret",)]

    async def test_a_server_that_cant_show_that_it_knows_the_password(self) -> None:
        def answer(message: Message, nick: str) -> str:
            if message.command != "AUTHENTICATE":
                return ""
            said = message.params[0]
            if said == scram.MECHANISM:
                return "AUTHENTICATE +\r\n"
            first = base64.b64decode(said)
            if first.startswith(b"n,,"):
                nonce = first.partition(b",r=")[2].decode()
                return f"AUTHENTICATE {base64.b64encode(f'r={nonce}x,s=c2FsdA==,i=4096'.encode()).decode()}\r\n"
            return f"AUTHENTICATE {base64.b64encode(b'v=' + base64.b64encode(bytes(32))).decode()}\r\n"

        async with Scripted(other(answer, caps="sasl")) as server:
            with pytest.raises(RemoteProtocolError, match="doesn't show"):
                await server.client(user="ann:secret@", sasl="scram-sha-256").begin()

    @pytest.mark.parametrize(
        "said", ["AUTHENTICATE !", "AUTHENTICATE " + "QUJD" * 101, ":s 903 x :ok", ":s 908 x PLAIN :mechs"]
    )
    async def test_odd_answers(self, said: str) -> None:
        def answer(message: Message, nick: str) -> str:
            return f"{said}\r\n:s 904 x :no\r\n" if message.command == "AUTHENTICATE" else ""

        async with Scripted(other(answer, caps="sasl=SCRAM-SHA-256")) as server:
            with pytest.raises((RemoteProtocolError, Unauthenticated)):
                await server.client(user="ann:secret@").begin()


class TestChannels:
    @pytest.mark.parametrize("code", ["403", "405", "471", "473", "474", "475", "437", "477"])
    async def test_it_cant_be_joined(self, code: str) -> None:
        def answer(message: Message, nick: str) -> str:
            return f":s {code} {nick} #a :no\r\n" if message.command == "JOIN" else ""

        async with Scripted(other(answer)) as server:
            client = server.client("/a")
            with pytest.raises(PeerRefused) as refused:
                await client.send(Said(payload=b"x"))
            assert refused.value.code == code

    async def test_a_fail(self) -> None:
        def answer(message: Message, nick: str) -> str:
            return "FAIL PRIVMSG TOO_FUNNY bob :no jokes\r\n" if message.command == "PRIVMSG" else ""

        async with Scripted(other(answer)) as server:
            with pytest.raises(PeerRefused) as refused:
                await server.client("/@bob").send(Said(payload=b"x"))
            assert (refused.value.code, refused.value.text) == ("TOO_FUNNY", "no jokes")

    @pytest.mark.parametrize("text", ["a\rb", "a\0b", "x\r\ry"])
    async def test_what_cant_be_said_isnt(self, text: str) -> None:
        async with Lab() as lab:
            client = lab.client("/a")
            with pytest.raises(LocalProtocolError):
                await client.send(Said(payload=text.encode()))
            assert [one.verb for one in lab.access] == ["REGISTER", "JOIN"]

    async def test_lines_fit_with_our_names_before_them(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", join="#a")
            client = lab.client("/a", nick="bob", pace="0")
            text = "wéft " * 400
            reply = await client.send(Said(payload=text.encode()))
            heard = [m for m in await ann.hear() if m.command == "PRIVMSG"]
            assert len(heard) == reply.meta["lines"] > 3
            assert " ".join(m.text for m in heard).split() == text.split()
            await client.close()


async def test_goodbye_is_heard() -> None:
    async with Lab() as lab:
        client = lab.client("/a")
        await client.send(Said(payload=b"x"))
        await client.close()
        assert lab.access[-1].status == "Quit: netloom"
