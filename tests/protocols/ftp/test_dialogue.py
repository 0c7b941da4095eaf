"""The client's dialogue, against servers that say anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import (
    Blocked,
    ConnectionLost,
    LocalProtocolError,
    PeerRefused,
    RemoteProtocolError,
    TLSError,
    Unauthenticated,
    UsageError,
)
from netloom.links.memory import MemoryNetwork
from netloom.protocols.ftp.dialogue import expect, refuse, unknown
from netloom.wire.ftp.replies import Reply
from tests.protocols.ftp.lab import ANN, AUTHORITY, PLAIN, Lab, Scripted, client, converse, speaking
from tests.security.house import Wire

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.stream import Stream
    from netloom.protocols.ftp.dialogue import Dialogue

STRANGER = "203.0.113.66"


@pytest.fixture
def ca(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.certificate_pem)
    return str(path)


async def begun(*said: str, url: str = "ftp://127.0.0.1:PORT#tls=never", heard: list[bytes] | None = None) -> Dialogue:
    """A dialogue with a server that says these things in turn, as far as it comes."""
    network = MemoryNetwork()

    async def script(stream: Stream) -> None:
        for number, text in enumerate(said):
            if number:
                line = await stream.read_line()
                if heard is not None:
                    heard.append(line.rstrip())
            await stream.write(text.replace("\n", "\r\n").encode() + b"\r\n" * bool(text))
        await stream.read()

    async with Scripted(network, script) as port:
        made, dial = client(network, url.replace("PORT", str(port)))
        try:
            return await made.begin()
        finally:
            await dial.close()


class TestLogin:
    async def test_as_anybody(self) -> None:
        heard: list[bytes] = []
        await begun("220 hi", "331 who", "230 in", heard=heard)
        assert heard == [b"USER anonymous", b"PASS anonymous@"]

    async def test_as_somebody(self) -> None:
        heard: list[bytes] = []
        await begun("220 hi", "331 x", "230 in", url="ftp://ann:p%20w@127.0.0.1:PORT#tls=never", heard=heard)
        assert heard == [b"USER ann", b"PASS p w"]

    @pytest.mark.parametrize(
        "said", [("220 hi", "230 in"), ("120 wait\n220 hi", "230 in"), ("220 x", "331 x", "202 in")]
    )
    async def test_servers_that_want_less(self, said: tuple[str, ...]) -> None:
        assert (await begun(*said)).entered

    async def test_with_an_account(self) -> None:
        heard: list[bytes] = []
        url = "ftp://127.0.0.1:PORT#tls=never,account=b00ks"
        await begun("220 x", "331 x", "332 which?", "230 in", url=url, heard=heard)
        assert heard[-1] == b"ACCT b00ks"
        with pytest.raises(Unauthenticated, match="account"):
            await begun("220 x", "331 x", "332 which?")

    async def test_a_virtual_host(self) -> None:
        heard: list[bytes] = []
        await begun("220 x", "220 x", "230 x", url="ftp://127.0.0.1:PORT#tls=never,vhost=files.example", heard=heard)
        assert heard[0] == b"HOST files.example"

    @pytest.mark.parametrize(
        ("said", "error", "code"),
        [
            (("421 full",), PeerRefused, 421), (("530 go away",), Unauthenticated, 530),
            (("220 x", "530 no"), Unauthenticated, 530),
            (("220 x", "331 x", "530 no"), Unauthenticated, 530), (("220 x", "331 x", "421 busy"), PeerRefused, 421),
            (("220 x", "500 what"), Unauthenticated, 500),
        ],
    )  # fmt: skip
    async def test_a_no(self, said: tuple[str, ...], error: type[PeerRefused], code: int) -> None:
        with pytest.raises(error) as caught:
            await begun(*said)
        assert caught.value.code == code

    async def test_a_user_without_a_password(self) -> None:
        with pytest.raises(UsageError, match="password"):
            await begun("220 x", "331 x", url="ftp://ann@127.0.0.1:PORT#tls=never")

    @pytest.mark.parametrize("said", [("SSH-2.0-x",), ("220 x", "331 x", "331 x"), ("220 x", "150 x"), ("220 a\rb",)])
    async def test_what_is_no_answer(self, said: tuple[str, ...]) -> None:
        with pytest.raises(RemoteProtocolError):
            await begun(*said)

    async def test_a_server_that_goes(self) -> None:
        async def script(stream: Stream) -> None:
            await converse(stream, "220 x", "")
            await stream.close()

        network = MemoryNetwork()
        async with Scripted(network, script) as port:
            made, dial = client(network, f"ftp://127.0.0.1:{port}#tls=never")
            with pytest.raises(ConnectionLost):
                await made.begin()
            await dial.close()

    @pytest.mark.parametrize("gap", ["\r", "\n", "\0"])
    async def test_no_password_makes_a_command_of_its_own(self, gap: str) -> None:
        with pytest.raises(LocalProtocolError):
            await begun("220 x", "331 x", url=f"ftp://ann:a%{ord(gap):02X}DELE%20x@127.0.0.1:PORT#tls=never")


class TestTLS:
    @pytest.mark.parametrize(
        "url", ["ftp://ann:can4ry-pa55@127.0.0.1:PORT", "ftp://127.0.0.1:PORT#tls=starttls,prot=clear"]
    )
    async def test_it_is_begun_where_it_is_offered(self, url: str, ca: str) -> None:
        lab = Lab("ftp://127.0.0.1:0", ANN)
        async with lab, speaking(lab, f"{url}{',' if '#' in url else '#'}ca={ca}") as made:
            dialogue = await made.begin()
            assert dialogue.private
            assert dialogue.offers_tls
            assert dialogue.protected is ("clear" not in url)

    @pytest.mark.parametrize(("mode", "fails"), [("", False), ("#tls=try", False), ("#tls=starttls", True)])
    async def test_there_may_be_none(self, mode: str, fails: bool) -> None:
        async with Lab(PLAIN, ANN) as lab, speaking(lab, f"ftp://127.0.0.1:PORT{mode}") as made:
            if fails:
                with pytest.raises(TLSError, match="502"):
                    await made.begin()
            else:
                assert not (await made.begin()).private

    async def test_a_certificate_that_is_not_trusted_ends_it(self) -> None:
        async with Lab("ftp://127.0.0.1:0", ANN) as lab:
            made, dial = lab.client("ftp://ann:can4ry-pa55@127.0.0.1:PORT")
            with pytest.raises(TLSError) as caught:
                await made.begin()
            assert "#tls=never" in caught.value.hint
            await dial.close()
            assert not [record for record in lab.access if record.verb == "LOGIN"]

    async def test_what_was_injected_before_it_is_refused(self) -> None:
        with pytest.raises(RemoteProtocolError, match="before the TLS handshake"):
            await begun("220 x", "234 go\n230 in already", url="ftp://127.0.0.1:PORT")

    async def test_data_is_as_private(self) -> None:
        heard: list[bytes] = []
        with pytest.raises(PeerRefused, match="private data"):
            await _after_tls("200 ok", "534 no", heard=heard)
        assert heard[-2:] == [b"PBSZ 0", b"PROT P"]


async def _after_tls(*said: str, heard: list[bytes]) -> None:
    """What a server says after the login, over TLS."""
    from netloom.links.tls import ServerTLS, accept

    issued = AUTHORITY.issue(["localhost", "127.0.0.1"])
    network = MemoryNetwork()

    async def script(stream: Stream) -> None:
        await accept(stream, ServerTLS(issued.cert_pem, issued.key_pem), at_once=True)
        for number, text in enumerate(("220 x", "230 x", *said)):
            if number:
                heard.append((await stream.read_line()).rstrip())
            await stream.write(text.encode() + b"\r\n")
        await stream.read()

    async with Scripted(network, script) as port:
        made, dial = client(network, f"ftps://127.0.0.1:{port}#verify=no")
        try:
            await made.begin()
        finally:
            await dial.close()


class TestInTheClear:
    async def test_no_password_is_said_to_elsewhere(self) -> None:
        network = Wire()
        network.names["far"] = ["192.0.2.4"]
        sent = await _far("ftp://ann:can4ry@far:21#tls=never", Blocked)
        assert b"can4ry" not in sent
        assert b"USER" not in sent

    async def test_unless_it_is_allowed(self) -> None:
        sent = await _far("ftp://ann:can4ry@far:21#tls=never,allow_plain_auth", PeerRefused)
        assert b"PASS can4ry" in sent

    async def test_nor_through_a_proxy_of_this_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from netloom.protocols.ftp import dialogue

        monkeypatch.setattr(dialogue, "chain", lambda *_: ["a proxy"])
        with pytest.raises(Blocked):
            await begun("220 x", "331 x", "230 x", url="ftp://ann:can4ry@127.0.0.1:PORT#tls=never")


async def _far(url: str, error: type[Exception]) -> bytes:
    """What a server far away hears."""
    import socket

    from netloom.links.options import LinkOptions
    from netloom.links.stream import Stream as Link

    network, heard = MemoryNetwork(), bytearray()
    network.names["far"] = ["192.0.2.4"]

    class Far(Link):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport.write(b"220 x\r\n331 x\r\n530 x\r\n")

        def data_received(self, data: bytes) -> None:
            heard.extend(data)

    await network.listen((socket.AF_INET, ("192.0.2.4", 21)), lambda: Far(asyncio.get_running_loop()), LinkOptions())
    made, dial = client(network, url)
    with pytest.raises(error):
        await made.begin()
    await dial.close()
    return bytes(heard)


async def test_features_are_asked_for_once() -> None:
    async with Lab() as lab, speaking(lab, "ftp://127.0.0.1:PORT") as made:
        dialogue = await made.begin()
        first = await dialogue.learn()
        assert "MLST" in first
        assert await dialogue.learn() is first
        assert await dialogue.identify() == "UNIX Type: L8"
        assert await dialogue.directory() == "/"


async def test_a_server_that_knows_no_features() -> None:
    async def script(stream: Stream) -> None:
        await converse(stream, "220 x", "230 x", "500 what?", "215 x", "257 no quotes")
        await stream.read()

    network = MemoryNetwork()
    async with Scripted(network, script) as port:
        made, dial = client(network, f"ftp://127.0.0.1:{port}#tls=never")
        dialogue = await made.begin()
        assert await dialogue.learn() == {}
        assert await dialogue.identify() == "x"
        assert await dialogue.directory() == ""
        await dial.close()


async def test_a_goodbye_that_is_not_answered() -> None:
    async def script(stream: Stream) -> None:
        await converse(stream, "220 x", "230 x", "")
        stream.abort()

    network = MemoryNetwork()
    async with Scripted(network, script) as port:
        made, dial = client(network, f"ftp://127.0.0.1:{port}#tls=never")
        await made.begin()
        await made.close()
        await dial.close()


def test_what_replies_mean() -> None:
    assert expect(Reply(250), "x").code == 250
    with pytest.raises(PeerRefused) as caught:
        refuse(Reply(450, ("busy", "very")), "it failed")
    assert (caught.value.code, caught.value.message) == (450, "it failed: 450 busy very")
    assert caught.value.hint == "try again later"
    with pytest.raises(Unauthenticated) as denied:
        refuse(Reply(530, ("use TLS",)), "it failed")
    assert denied.value.hint == "-O tls=starttls"
    with pytest.raises(RemoteProtocolError):
        refuse(Reply(250), "it failed")
    assert unknown(Reply(502))
    assert not unknown(Reply(550))
