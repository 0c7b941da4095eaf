"""The client's dialogue with servers of all kinds, and with what is none."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import (
    Blocked,
    ConnectionLost,
    NetloomError,
    PeerRefused,
    RemoteProtocolError,
    TLSError,
    Unauthenticated,
)
from netloom.links import virtual
from netloom.links.memory import MemoryNetwork
from tests.protocols.imap.lab import PASSWORD, Lab, Scripted, answers, client

if TYPE_CHECKING:
    from netloom.protocols.imap.dialogue import Dialogue

HELLO = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n"
ANN = f"imap://ann:{PASSWORD}@127.0.0.1:PORT#tls=never,allow-plain-auth"


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
        ([b"220 mx ESMTP\r\n"], RemoteProtocolError),
        ([b"* BYE not now\r\n"], PeerRefused),
        ([b"* 3 EXISTS\r\n"], RemoteProtocolError),
        ([b"a1 OK hi\r\n"], RemoteProtocolError),
        ([b"+OK\r\n"], RemoteProtocolError),
        ([b"* OK hi\n"], RemoteProtocolError),
        ([b"\0\0\0"], RemoteProtocolError),
        ([b"SSH-2.0-x\r\n"], RemoteProtocolError),
        ([b"* OK hi\r\n", b"TAG NO what?\r\n"], PeerRefused),
        ([b"* OK hi\r\n", b"* BYE shut\r\n"], PeerRefused),
        ([b"* OK hi\r\n", b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK x\r\n"], Unauthenticated),
        ([HELLO, b"TAG NO [AUTHENTICATIONFAILED] no\r\n"], Unauthenticated),
        ([HELLO, b"TAG BAD what?\r\n"], Unauthenticated),
        ([HELLO, b"TAG NO [UNAVAILABLE] later\r\n"], PeerRefused),
        ([HELLO, b"+ eA==\r\n", b"TAG NO x\r\n"], RemoteProtocolError),
        ([HELLO, b"TAG OK [CAPABILITY\r\n"], RemoteProtocolError),
        ([HELLO, b"* OK {5}\r\n* BYE x\r\n"], PeerRefused),
    ],
)
async def test_what_servers_say(said: list[bytes], error: type[Exception]) -> None:
    if error is RemoteProtocolError and said[-1].endswith(b"[CAPABILITY\r\n"):
        error = NetloomError  # words that look like a code are words: then CAPABILITY is asked for
        said.append(b"nonsense\r\n")
    with pytest.raises(error):
        await begin(ANN, *said)


async def test_a_server_that_lets_everybody_in() -> None:
    dialogue = await begin(ANN, b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n")
    assert (dialogue.is_known, dialogue.mechanism) == (True, "")
    for mode in ("starttls", ""):
        with pytest.raises(TLSError, match="before TLS"):
            await begin(f"imap://ann:x@127.0.0.1:PORT#tls={mode}", b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n")


@pytest.mark.parametrize(
    ("url", "said", "error"),
    [
        ("imap://ann:x@127.0.0.1:PORT", [HELLO], Blocked),
        ("imap://ann:x@127.0.0.1:PORT#tls=starttls", [HELLO], TLSError),
        ("imap://ann:x@127.0.0.1:PORT", [HELLO.replace(b"SASL-IR", b"STARTTLS"), b"TAG NO not now\r\n"], PeerRefused),
        ("imap://ann:x@127.0.0.1:PORT#auth=cram-md5", [HELLO], Unauthenticated),
        (
            "imap://ann:x@127.0.0.1:PORT",
            [HELLO.replace(b"SASL-IR", b"STARTTLS"), b"TAG OK go\r\nTAG OK x\r\n"],
            TLSError,
        ),
    ],
)
async def test_no_password_goes_in_the_clear(url: str, said: list[bytes], error: type[Exception]) -> None:
    with pytest.raises((error, RemoteProtocolError, ConnectionLost) if b"go" in said[-1] else error):
        await begin(url, *said)


@pytest.mark.parametrize("auth", ["plain", "login", "cram-md5", "scram-sha-256"])
async def test_each_mechanism(auth: str) -> None:
    async with Lab() as lab:
        one, dial = lab.client(f"{ANN},auth={auth}")
        assert (await one.begin()).mechanism == auth.upper()
        await one.close()
        await dial.close()


async def test_a_server_that_shows_nothing_of_its_own() -> None:
    """SCRAM goes both ways: who says OK without the proof may be anybody."""
    hello = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] hi\r\n"
    with pytest.raises(RemoteProtocolError, match="before it was over"):
        await begin(ANN + ",auth=scram-sha-256", hello, b"TAG OK in\r\n")


async def test_the_command_login() -> None:
    hello = b"* OK [CAPABILITY IMAP4rev1] hi\r\n"
    dialogue = await begin(ANN, hello, b"TAG OK [CAPABILITY IMAP4rev1 IDLE] in\r\n")
    assert dialogue.mechanism == "LOGIN"
    assert dialogue.capabilities == {"IMAP4REV1", "IDLE"}


async def test_without_a_first_answer_at_once() -> None:
    hello = HELLO.replace(b"SASL-IR ", b"")
    assert (await begin(ANN, hello, b"+ \r\n", b"* CAPABILITY IMAP4rev1 X\r\nn1 OK in\r\n")).mechanism == "PLAIN"


async def test_a_literal_that_is_too_much() -> None:
    with pytest.raises(RemoteProtocolError, match="more than"):
        await begin(ANN + ",max_message=10", b"* LIST () NIL {9999999999}\r\n")


@pytest.mark.parametrize("said", [b"220 mx ESMTP\r\n", b"SSH-2.0-x\r\n", b"+OK pop3\n"])
async def test_what_was_seen_tells_what_it_is(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        await begin(ANN, said)
    assert refused.value.seen.startswith(said[:5])


STAGES = (HELLO, b"TAG OK [CAPABILITY IMAP4rev1] in\r\n", b"* 1 EXISTS\r\nTAG OK [READ-ONLY] x\r\n", b"* 1 FETCH (")


@settings(max_examples=200)
@given(st.binary(max_size=60), st.integers(0, len(STAGES)))
def test_any_bytes_at_every_stage(junk: bytes, stage: int) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        said = [*STAGES[:stage], junk + b"\r\n"]
        async with Scripted(network, answers(*said)) as port:
            one, dial = client(network, ANN.replace("PORT", str(port)) + ",idle=5")
            try:
                with contextlib.suppress(NetloomError):  # typed, whatever it is; anything else fails the test
                    assert (await one.get("/INBOX")).has_body
            finally:
                await dial.close()

    virtual.run(main())
