"""Whether a server is to say no, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom import registry
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.faults.plan import Faults
from netloom.links.faults.refusing import Asking, No, declared, known, refused
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.shapes import Protocol, Scheme


def _spoken(name: str) -> tuple[Protocol, Scheme]:
    return registry.for_scheme(name)


def _asking(*steps: str, target: str = "") -> Asking:
    return Asking(registry.protocol("smtp"), steps, target)


def test_the_carriers_refusals_are_there_as_well() -> None:
    assert {("grpc", "UNAVAILABLE"), ("http", "4xx"), ("http", "GOAWAY")} <= _known("grpc")
    assert {("sftp", "NO_SUCH_FILE"), ("ssh", "TOO_MANY_CONNECTIONS")} <= _known("sftp")
    assert {name for name, _ in _known("http")} == {"http"}
    assert {name for name, _ in _known("dns")} == {"dns"}
    assert {("dns", "SERVFAIL"), ("http", "5xx")} <= _known("doh")
    assert _known("tcp") == set()


def _known(name: str) -> set[tuple[str, str]]:
    return {(speaker.name, refusal.code) for speaker, refusal in known(*_spoken(name))}


def test_a_protocols_own_code_comes_first() -> None:
    assert _meant("sftp", "2") == ("sftp", "NO_SUCH_FILE")  # a disconnect's number is the same
    assert declared(*_spoken("dns"), "503") is None


def test_a_step_decides_whose_code_it_is() -> None:
    assert _meant("sftp", "2", "read") == ("sftp", "NO_SUCH_FILE")
    assert _meant("sftp", "2", "login") == ("ssh", "PROTOCOL_ERROR")
    assert _meant("mqtt+ws", "503", "CONNECT") == ("http", "5xx")
    assert _meant("grpc", "UNAVAILABLE", "request") is None
    assert _meant("grpc", "503", "call") is None


def _meant(name: str, code: str, at: str = "") -> tuple[str, str] | None:
    found = declared(*_spoken(name), code, at)
    return None if found is None else (found[0].name, found[1].code)


def test_a_carrier_says_only_what_is_its_own() -> None:
    async def main() -> None:
        spoken, faults = _spoken("mqtt+ws"), Faults(["refuse:BANNED", "refuse:503:at=CONNECT"])
        carrier, own = (Asking(who, ("CONNECT",)) for who in (registry.protocol("http"), spoken[0]))
        assert refused(faults, spoken, carrier, None) == No("503", 503)
        assert refused(faults, spoken, own, None) == No("BANNED", 0x8A)

    run(main())


@pytest.mark.parametrize(
    ("name", "fault", "step", "no"),
    [
        ("smtp", "refuse:450:text=busy", "RCPT", No("450", 450, "busy")),
        ("dns", "refuse:servfail:at=datagram", "datagram", No("SERVFAIL", 2)),
        ("modbus", "refuse:6:at=read_coils", "read_coils", No("SERVER_DEVICE_BUSY", 6)),
        ("mqtt", "refuse:0x87:at=publish", "PUBLISH", No("NOT_AUTHORIZED", 0x87)),
        ("imap", "refuse:no:at=uid fetch", "UID FETCH", No("NO", 0)),
        ("tftp", "refuse:undefined:at=RRQ", "RRQ", No("UNDEFINED", 0)),
        ("http", "refuse:503:at=PURGE", "PURGE", No("503", 503)),
    ],
)
def test_what_is_said(name: str, fault: str, step: str, no: No) -> None:
    async def main() -> No | None:
        spoken = _spoken(name)
        return refused(Faults([fault]), spoken, Asking(spoken[0], ("", step)), None)

    assert run(main()) == no


@pytest.mark.parametrize("fault", ["refuse:450", "latency:1"])
def test_nobody_asks_at_a_step_that_nobody_could_name(fault: str) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="smtp asks at 'TURN'"):
            refused(Faults([fault]), _spoken("smtp"), _asking("RCPT", "TURN"), None)

    run(main())


def test_words() -> None:
    assert No("450", 450).words() == "refused on purpose"
    assert No("450", 450).words("4.3.0 later") == "4.3.0 later"
    assert No("450", 450, "busy").words("4.3.0 later") == "busy"


def test_step_target_and_count() -> None:
    async def main() -> None:
        faults = Faults(["refuse:450:target=bob@*:times=2", "refuse:550:at=MAIL"])

        def said(step: str, target: str) -> str:
            no = refused(faults, _spoken("smtp"), _asking(step, target=target), None)
            return no.code if no is not None else ""

        assert said("DATA", "bob@example.org") == ""
        assert said("RCPT", "ann@example.org") == ""
        assert [said("rcpt", "bob@example.org") for _ in range(3)] == ["450", "450", ""]
        assert said("MAIL", "bob@example.org") == "550"
        faults.remove("refuse")
        faults.add("refuse:451")
        assert said("RCPT", "bob@example.org") == "451"

    run(main())


def test_the_first_that_is_for_it() -> None:
    async def main() -> list[str]:
        faults = Faults(["refuse:450:times=1", "refuse:550:at=RCPT", "latency:1"])
        found = [refused(faults, _spoken("smtp"), _asking("RCPT"), None) for _ in range(2)]
        return [no.code for no in found if no is not None]

    assert run(main()) == ["450", "550"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("refuse:550:on=2", [Status.SUCCESS, Status.REFUSED_BY_PEER, Status.SUCCESS]),
        ("refuse:550:chance=0", [Status.SUCCESS] * 3),
        ("refuse:550:start=1h", [Status.SUCCESS] * 3),
    ],
)
def test_for_some_connections_only(fault: str, expected: list[Status]) -> None:
    async def main() -> list[Status]:
        network = MemoryNetwork()
        place = "smtp://127.0.0.1:2525"
        async with Serving([Endpoint.parse(f"{place}#fault={fault}")], network=network):
            found = [await record(network, "send", f"{place}/ann@example.org#tls=never", "x") for _ in range(3)]
            return [each.status for each in found]

    assert run(main()) == expected
