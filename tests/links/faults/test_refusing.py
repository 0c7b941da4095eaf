"""Whether a server is to say no, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom import registry
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.faults.plan import Faults
from netloom.links.faults.refusing import No, declared, known, refused
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.shapes import Protocol, Scheme


def _spoken(name: str) -> tuple[Protocol, Scheme]:
    return registry.for_scheme(name)


def test_the_carriers_refusals_are_there_as_well() -> None:
    own = {refusal.code for refusal in known(*_spoken("grpc"))}
    assert {"UNAVAILABLE", "4xx", "GOAWAY"} <= own
    assert {"NO_SUCH_FILE", "TOO_MANY_CONNECTIONS"} <= {refusal.code for refusal in known(*_spoken("sftp"))}
    assert known(*_spoken("http")) == registry.protocol("http").refusals
    assert known(*_spoken("dns")) == registry.protocol("dns").refusals
    assert {"SERVFAIL", "5xx"} <= {refusal.code for refusal in known(*_spoken("doh"))}
    assert known(*_spoken("tcp")) == ()


def test_a_protocols_own_code_comes_first() -> None:
    found = declared(*_spoken("sftp"), "2")  # a disconnect's number is the same
    assert found is not None
    assert found.code == "NO_SUCH_FILE"
    assert declared(*_spoken("dns"), "503") is None


@pytest.mark.parametrize(
    ("name", "fault", "no"),
    [
        ("smtp", "refuse:450:text=busy", No("450", 450, "busy")),
        ("dns", "refuse:servfail:at=RCPT", No("SERVFAIL", 2)),
        ("modbus", "refuse:6:at=RCPT", No("SERVER_DEVICE_BUSY", 6)),
        ("mqtt", "refuse:0x87:at=rcpt", No("NOT_AUTHORIZED", 0x87)),
        ("imap", "refuse:no:at=RCPT", No("NO", 0)),
        ("tftp", "refuse:undefined:at=RCPT", No("UNDEFINED", 0)),
    ],
)
def test_what_is_said(name: str, fault: str, no: No) -> None:
    async def main() -> No | None:
        return refused(Faults([fault]), _spoken(name), None, ("other", "RCPT"), "")

    assert run(main()) == no


def test_words() -> None:
    assert No("450", 450).words() == "refused on purpose"
    assert No("450", 450).words("4.3.0 later") == "4.3.0 later"
    assert No("450", 450, "busy").words("4.3.0 later") == "busy"


def test_step_target_and_count() -> None:
    async def main() -> None:
        faults = Faults(["refuse:450:target=bob@*:times=2", "refuse:550:at=MAIL"])

        def said(step: str, target: str) -> str:
            no = refused(faults, _spoken("smtp"), None, (step,), target)
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
        found = [refused(faults, _spoken("smtp"), None, ("RCPT",), "") for _ in range(2)]
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
