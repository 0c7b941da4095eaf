"""The client's dialogue with servers of all kinds, and with what is none."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import Blocked, NetloomError, PeerRefused, RemoteProtocolError, TLSError, Unauthenticated
from netloom.links import virtual
from netloom.links.memory import MemoryNetwork
from tests.protocols.pop3.lab import PASSWORD, Lab, Scripted, answers, client

if TYPE_CHECKING:
    from netloom.protocols.pop3.dialogue import Dialogue

ANN = f"pop3://ann:{PASSWORD}@127.0.0.1:PORT#tls=never,allow-plain-auth"
CAPA = b"+OK\r\nSASL PLAIN\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n"


async def begin(url: str, *said: bytes) -> Dialogue:
    """How far a client comes with a server that says this."""
    network = MemoryNetwork()
    async with Scripted(network, answers(*said)) as port:
        one, dial = client(network, url.replace("PORT", str(port)))
        try:
            return await one.begin()
        finally:
            await dial.close()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ([b"* OK IMAP4rev1\r\n"], RemoteProtocolError),
        ([b"220 mx\r\n"], RemoteProtocolError),
        ([b"\0"], RemoteProtocolError),
        ([b"-ERR go away\r\n"], PeerRefused),
        ([b"+OK\n"], RemoteProtocolError),
        ([b"+ x\r\n"], RemoteProtocolError),
        ([b"+OK\r\n", CAPA, b"-ERR [AUTH] no\r\n"], Unauthenticated),
        ([b"+OK\r\n", CAPA, b"-ERR [IN-USE] no\r\n"], PeerRefused),
        ([b"+OK\r\n", CAPA, b"+ eA==\r\n", b"-ERR\r\n"], RemoteProtocolError),
        ([b"+OK\r\n", b"+OK\r\nSASL GSSAPI\r\n.\r\n"], Unauthenticated),
        ([b"+OK\r\n", b"+OK\r\nUSER\n.\n"], NetloomError),
    ],
)
async def test_what_servers_say(said: list[bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        await begin(ANN + ",idle=1", *said)


async def test_an_old_server_without_capa() -> None:
    dialogue = await begin(ANN, b"+OK hi\r\n", b"-ERR what?\r\n", b"+OK\r\n", b"+OK in\r\n", b"-ERR what?\r\n")
    assert (dialogue.mechanism, dialogue.capabilities) == ("USER", {})


@pytest.mark.parametrize(
    ("url", "said", "error"),
    [
        ("pop3://ann:x@127.0.0.1:PORT", [b"+OK\r\n", CAPA], Blocked),
        ("pop3://ann:x@127.0.0.1:PORT", [b"+OK\r\n", b"-ERR\r\n"], Blocked),
        ("pop3://ann:x@127.0.0.1:PORT#tls=starttls", [b"+OK\r\n", CAPA], TLSError),
        ("pop3://ann:x@127.0.0.1:PORT", [b"+OK\r\n", CAPA.replace(b"TOP", b"STLS"), b"-ERR no\r\n"], PeerRefused),
        (
            "pop3://ann:x@127.0.0.1:PORT",
            [b"+OK\r\n", CAPA.replace(b"TOP", b"STLS"), b"+OK\r\n+OK in\r\n"],
            RemoteProtocolError,
        ),
    ],
)
async def test_no_password_goes_in_the_clear(url: str, said: list[bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        await begin(url, *said)


@pytest.mark.parametrize("auth", ["user", "plain", "login", "cram-md5", "scram-sha-256"])
async def test_each_mechanism(auth: str) -> None:
    async with Lab() as lab:
        one, dial = lab.client(f"{ANN},auth={auth}")
        assert (await one.begin()).mechanism == auth.upper()
        await one.close()
        await dial.close()


async def test_a_server_that_shows_nothing_of_its_own() -> None:
    """SCRAM goes both ways: who says +OK without the proof may be anybody."""
    said = (b"+OK hi\r\n", b"+OK\r\nSASL SCRAM-SHA-256\r\n.\r\n", b"+OK in\r\n")
    with pytest.raises(RemoteProtocolError, match="before it was over"):
        await begin(f"{ANN},auth=scram-sha-256", *said)


async def test_a_first_answer_that_doesnt_fit_in_a_line() -> None:
    from netloom.accounts import Account
    from netloom.endpoint import Secret
    from tests.protocols.pop3.lab import OPEN

    token = "t" * 500
    async with Lab(OPEN, Account(name="ann", tokens=(Secret(token),))) as lab:
        one, dial = lab.client(f"pop3://ann@127.0.0.1:PORT#tls=never,allow-plain-auth,token={token}")
        assert (await one.begin()).mechanism == "XOAUTH2"
        await dial.close()


STAGES = (b"+OK\r\n", CAPA, b"+OK in\r\n", CAPA, b"+OK 1 5\r\n", b"+OK 1 x\r\n", b"+OK\r\n")


@settings(max_examples=200)
@given(st.binary(max_size=60), st.integers(0, len(STAGES)))
def test_any_bytes_at_every_stage(junk: bytes, stage: int) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Scripted(network, answers(*STAGES[:stage], junk + b"\r\n")) as port:
            one, dial = client(network, ANN.replace("PORT", str(port)) + ",idle=5,max_message=1000")
            try:
                with contextlib.suppress(NetloomError):  # typed, whatever it is; anything else fails the test
                    reply = await one.get("")
                    assert all([chunk async for chunk in reply.chunks()])
            finally:
                await dial.close()

    virtual.run(main())
