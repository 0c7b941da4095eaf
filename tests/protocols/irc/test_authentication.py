"""SASL: every way, and every way to fail."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from netloom.links.virtual import run
from netloom.wire import scram
from netloom.wire.irc import sasl
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, Lab, Person
from tests.worlds import Certificates, elapsed, record

if TYPE_CHECKING:
    from pathlib import Path

CLEAR = f"{OPEN},allow_plain_auth=yes"


def said(answer: bytes) -> str:
    return f"AUTHENTICATE {base64.b64encode(answer).decode() or '+'}"


@pytest.mark.parametrize("act_as", ["", "ann"])
async def test_plain(act_as: str) -> None:
    async with Lab(CLEAR, ANN) as lab:
        ann = await lab.raw()
        answer = said(f"{act_as}\0ann\0{PASSWORD}".encode())
        assert await ann.words("CAP REQ sasl", "AUTHENTICATE plain", answer) == [
            "CAP * ACK sasl", "AUTHENTICATE +", "900 * *!*@127.0.0.1 ann You are now logged in as ann",
            "903 * SASL authentication successful",
        ]  # fmt: skip
        assert await ann.codes("AUTHENTICATE PLAIN") == ["907"]
        assert [(one.verb, one.target, one.status, one.user) for one in lab.access] == [
            ("AUTHENTICATE", "PLAIN", "903", "")
        ]


@pytest.mark.parametrize(
    "answer",
    [
        b"\0ann\0wrong",
        b"eve\0ann\0" + PASSWORD.encode(),
        b"\0nobody\0x",
        b"nonsense",
        b"",
        b"\0ann\0",
        b"\xff\0\xff\0\xff",
    ],
)
async def test_plain_fails(answer: bytes) -> None:
    async with Lab(CLEAR, ANN) as lab:
        ann = await lab.raw()
        assert await ann.codes("AUTHENTICATE PLAIN", said(answer)) == ["AUTHENTICATE", "904"]
        assert await ann.codes("AUTHENTICATE PLAIN", said(f"\0ann\0{PASSWORD}".encode())) == [
            "AUTHENTICATE",
            "900",
            "903",
        ]


async def test_it_isnt_offered_without_tls() -> None:
    async with Lab(OPEN, ANN) as lab:
        ann = await lab.raw()
        assert await ann.words("AUTHENTICATE PLAIN") == [
            "908 * SCRAM-SHA-256 are available SASL mechanisms", "904 * SASL authentication failed",
        ]  # fmt: skip


async def test_nor_is_any_where_there_are_no_accounts() -> None:
    async with Lab() as lab:
        ann = await lab.raw()
        assert await ann.codes("CAP REQ sasl", "AUTHENTICATE SCRAM-SHA-256") == ["CAP", "908", "904"]


async def _scram(ann: Person, client: scram.Client) -> bytes:
    """Up to what the server shows."""
    await ann.ask("AUTHENTICATE SCRAM-SHA-256")
    (heard,) = await ann.ask(said(client.first()))
    answer = client.answer(base64.b64decode(heard.text))
    (heard,) = await ann.ask(said(answer))
    return base64.b64decode(heard.text) if heard.command == "AUTHENTICATE" else heard.command.encode()


async def test_scram() -> None:
    async with Lab(OPEN, ANN) as lab:
        ann, client = await lab.raw(), scram.Client("ann", PASSWORD, "abc")
        client.check(await _scram(ann, client))
        assert await ann.codes("AUTHENTICATE +") == ["900", "903"]


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", PASSWORD)])
async def test_scram_fails(name: str, password: str) -> None:
    async with Lab(OPEN, ANN) as lab:
        ann = await lab.raw()
        assert await _scram(ann, scram.Client(name, password, "abc")) == b"904"
        client = scram.Client("ann", PASSWORD, "abd")
        client.check(await _scram(ann, client))


async def test_scram_isnt_over_before_its_end() -> None:
    """Who has only begun is nobody."""
    async with Lab(OPEN, ANN) as lab:
        ann, client = await lab.raw(), scram.Client("ann", PASSWORD, "abc")
        await ann.ask("AUTHENTICATE SCRAM-SHA-256", said(client.first()))
        assert await ann.codes("AUTHENTICATE +") == ["904"]
        await ann.ask("NICK ann", "USER ann 0 * :A")
        assert "330" not in await ann.codes("WHOIS ann")


async def test_giving_up_and_going_on() -> None:
    async with Lab(CLEAR, ANN) as lab:
        ann = await lab.raw()
        assert await ann.codes("AUTHENTICATE PLAIN", "AUTHENTICATE *") == ["AUTHENTICATE", "906"]
        assert await ann.codes("AUTHENTICATE PLAIN", f"AUTHENTICATE {'x' * 401}") == ["AUTHENTICATE", "905"]
        assert await ann.codes("AUTHENTICATE PLAIN", "AUTHENTICATE !") == ["AUTHENTICATE", "904"]
        long = f"\0ann\0{'x' * 800}".encode()
        assert await ann.codes("AUTHENTICATE PLAIN", *(f"AUTHENTICATE {piece}" for piece in sasl.emit(long))) == [
            "AUTHENTICATE",
            "904",
        ]


def test_failures_are_slow_and_have_an_end() -> None:
    async def main() -> None:
        async with Lab(CLEAR, ANN) as lab:
            ann = await lab.raw()
            for _ in range(5):
                await ann.say("AUTHENTICATE PLAIN", said(b"\0ann\0wrong"))
            heard = await ann.rest()
            assert [m.command for m in heard] == ["AUTHENTICATE", "904"] * 5 + ["ERROR"]
            assert "Too many failures" in heard[-1].text
            assert elapsed() > 1
            assert [one.status for one in lab.access] == ["904"] * 5

    run(main())


def test_so_are_those_who_show_nothing_of_a_password() -> None:
    async def main() -> None:
        async with Lab(OPEN, ANN) as lab:
            for _ in range(6):
                assert await _scram(await lab.raw(), scram.Client("ann", "wrong", "abc")) == b"904"
            assert elapsed() > 1

    run(main())


async def test_external(tmp_path: Path) -> None:
    """A certificate that the server's authority vouches for names the account."""
    made = Certificates(tmp_path)
    url = f"ircs://127.0.0.1:0#name=irc.test,cert={made.good},client_ca={made.ca}"
    async with Lab(url, ANN) as lab:
        target = f"ircs://127.0.0.1:{lab.port}#ca={made.ca},cert={made.client},sasl=external"
        found = await record(lab.network, "probe", target)
        assert found.status == "success", found
        assert (found.facts["mechanism"], found.facts["account"]) == ("EXTERNAL", "ann")
        found = await record(lab.network, "probe", f"ircs://127.0.0.1:{lab.port}#ca={made.ca},cert={made.client}")
        assert "account" not in found.facts, "nobody is logged in without asking for it"


async def test_external_isnt_offered_to_others() -> None:
    async with Lab(CLEAR, ANN) as lab:
        assert await (await lab.raw()).codes("AUTHENTICATE EXTERNAL") == ["908", "904"]
