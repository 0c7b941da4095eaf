"""The server's dialogue: its order, its limits, and what may be said while a transfer is under way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost
from netloom.links import virtual
from netloom.wire.ftp import addresses
from tests.protocols.ftp.lab import ANN, BIG, PLAIN, Lab, connect

if TYPE_CHECKING:
    from netloom.wire.ftp.replies import Reply


async def test_a_login_comes_first() -> None:
    async with Lab(PLAIN, ANN) as lab:
        raw = await lab.raw()
        assert await raw.codes("PWD", "LIST", "RETR x", "PASV", "CWD /", "DELE x") == [530] * 6
        assert await raw.codes("NOOP", "SYST", "FEAT", "HELP", "OPTS UTF8 ON", "CLNT lftp") == [
            200,
            215,
            211,
            214,
            200,
            200,
        ]
        await raw.login()
        assert await raw.codes("PWD", "NOOP") == [257, 200]
        assert (await raw.say("QUIT")).code == 221
        assert await raw.rest() == b""


async def test_what_is_no_command() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        assert await raw.codes("XYZZY", "1", "R\u017fTR x", "", "GET / HTTP/1.1") == [500] * 5
        assert (await raw.say("noop")).code == 200


@pytest.mark.parametrize("said", [b"NOOP\n", b"NO\rOP\r\n", b"NO\0OP\r\n", b"A" * 9000])
async def test_where_a_command_ends_is_certain_or_the_session_ends(said: bytes) -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        await raw.send(said + b"DELE hello.txt\r\n")
        assert (await raw.reply()).code == 500
        assert await raw.rest() == b""
        other = await lab.anybody()
        assert (await other.say("SIZE hello.txt")).code == 213, "others are served"


def test_a_silent_client_is_let_go() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Lab(f"{PLAIN},idle=90") as lab:
            begun = loop.time()
            silent = await lab.raw()
            assert (await silent.reply()).code == 421
            assert loop.time() - begun == pytest.approx(60), "who doesn't log in has a minute"
            begun = loop.time()
            raw = await lab.anybody()
            await raw.send(b"PW")
            assert (await raw.reply()).code == 421
            assert loop.time() - begun == pytest.approx(90)

    virtual.run(main())


def test_words_without_a_login_are_no_way_to_stay() -> None:
    async def main() -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.raw()
            codes = []
            while 421 not in codes:
                codes.append((await raw.say("USER ann")).code)
                await asyncio.sleep(7)
            assert len(codes) < 12

    virtual.run(main())


async def test_a_stop_is_told() -> None:
    lab = Lab()
    async with lab:
        raw = await lab.anybody()
        await lab.serving.stop(1.0)
        assert (await raw.reply()).code == 421


async def test_a_stop_waits_for_a_transfer() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        data = await raw.passive()
        assert (await raw.say("RETR big.bin")).code == 150
        stop = asyncio.ensure_future(lab.serving.stop(5.0))
        assert b"".join([chunk async for chunk in data]) == BIG
        assert (await raw.reply()).code == 226
        assert (await raw.reply()).code == 421
        await stop


class TestMeanwhile:
    async def test_a_transfer_is_aborted(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            data = await raw.passive()
            assert (await raw.say("RETR big.bin")).code == 150
            # With Telnet's signals before it, whose urgent octet the kernel has taken out
            await raw.send(b"\xff\xf4\xffABOR\r\n")
            assert [(await raw.reply()).code for _ in range(2)] == [426, 226]
            size = 0
            with contextlib.suppress(ConnectionLost):
                async for chunk in data:
                    size += len(chunk)
            assert size < len(BIG)
            assert (await raw.get("RETR hello.txt"))[0] == [150, 226]
            assert [record.status for record in lab.access if record.verb == "RETR"] == ["426", "226"]

    async def test_so_is_one_that_waits_for_the_client(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert (await raw.say("EPSV")).code == 229
            assert (await raw.say("LIST")).code == 150
            assert (await raw.say("ABOR")).code == 426
            assert (await raw.reply()).code == 226

    async def test_there_may_be_nothing_to_abort(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert (await raw.say("EPSV")).code == 229
            assert await raw.codes("ABOR", "LIST") == [226, 425]

    async def test_its_state_is_told(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            data = await raw.passive()
            assert (await raw.say("RETR big.bin")).code == 150
            reply: Reply = await raw.say("STAT")
            assert reply.code == 213
            assert "bytes" in reply.text
            assert b"".join([chunk async for chunk in data]) == BIG
            assert (await raw.reply()).code == 226

    async def test_other_commands_wait_for_its_end(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            data = await raw.passive()
            assert (await raw.say("RETR big.bin")).code == 150
            await raw.send(b"NOOP\r\nPWD\r\nQUIT\r\n")
            await asyncio.sleep(0.01)
            assert b"".join([chunk async for chunk in data]) == BIG
            assert [(await raw.reply()).code for _ in range(4)] == [226, 200, 257, 221]

    async def test_but_not_without_end(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            await raw.passive()
            assert (await raw.say("RETR big.bin")).code == 150
            await raw.send(b"NOOP\r\n" * 100)
            assert (await raw.reply()).code == 421

    async def test_it_does_not_outlive_the_dialogue(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            data = await raw.passive()
            assert (await raw.say("RETR big.bin")).code == 150
            raw.stream.abort()
            size = 0
            with contextlib.suppress(ConnectionLost):
                async for chunk in data:
                    size += len(chunk)
            assert size < len(BIG)
        (access,) = (access for access in lab.access if access.verb == "RETR")
        assert (access.target, access.status) == ("/big.bin", "426")
        assert access.size < len(BIG)

    async def test_what_is_no_line_ends_it(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            await raw.passive()
            assert (await raw.say("RETR big.bin")).code == 150
            await raw.send(b"NO\rOP\r\n")
            assert (await raw.reply()).code == 500
            assert await raw.rest() == b""

    def test_a_long_one_is_no_silence(self) -> None:
        async def main() -> None:
            async with Lab(f"{PLAIN},idle=20") as lab:
                raw = await lab.anybody()
                data = await raw.passive()
                assert (await raw.say("RETR big.bin")).code == 150
                size = 0
                while chunk := await data.read(64 * 1024):
                    size += len(chunk)
                    await asyncio.sleep(9)
                assert size == len(BIG)
                assert (await raw.reply()).code == 226

        virtual.run(main())


async def test_names_in_replies_make_no_line_of_their_own() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        await raw.send(b"SIZE \x01\x1b[31m\r\n")
        reply = await raw.reply()
        assert reply.code == 550
        assert "\x1b" not in reply.text


async def test_an_address_that_is_waited_on_goes_with_the_session() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        reply = await raw.say("EPSV")
        port = addresses.parse_extended_passive(reply.text)
        assert ("127.0.0.1", port) in lab.network.listeners
        await raw.stream.close()
        await asyncio.sleep(0.01)
        assert ("127.0.0.1", port) not in lab.network.listeners
        with pytest.raises(Exception, match="refused"):
            await connect(lab.network, port)
