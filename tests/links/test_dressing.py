"""What served connections wear: nothing as a rule; faults at the bottom, a tap above them, and certificates."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.datagrams import Datagrams
from netloom.links.dressing import Dressing
from netloom.links.faults.datagrams import DatagramFaults
from netloom.links.faults.layer import FaultLayer
from netloom.links.faults.plan import Faults
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.tap import ServedDatagramTap, TapLayer
from netloom.links.tls import ServerTLS
from netloom.packet.recording import Recording
from tests.worlds import Certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netloom.links.faults.kinds.certificate import Flaw


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    made = Recording(tmp_path / "x.pcapng")
    yield made
    made.close()


def layers(top: Any) -> list[str]:
    """From the bottom up."""
    found = [type(top).__name__]
    while hasattr(top, "upper"):
        top = top.upper
        found.append(type(top).__name__)
    return found


def stream() -> Stream:
    return Stream(asyncio.get_running_loop())


def datagrams() -> Datagrams:
    return Datagrams(asyncio.get_running_loop())


async def test_nothing_as_a_rule() -> None:
    upper, open_to_all = stream(), datagrams()
    for dressing in (Dressing(), Dressing(faults=Faults())):
        assert dressing.stream(upper) is upper
        assert dressing.datagrams(open_to_all) is open_to_all
        assert dressing.key_log is None


async def test_a_tap_hears_what_faults_leave(recording: Recording) -> None:
    dressing = Dressing(faults=Faults(["latency:1s"]), recording=recording)
    assert layers(dressing.stream(stream())) == [FaultLayer.__name__, TapLayer.__name__, "Stream"]
    assert layers(dressing.datagrams(datagrams())) == [DatagramFaults.__name__, ServedDatagramTap.__name__, "Datagrams"]
    assert dressing.key_log == recording.secret


async def test_links_are_made_ready_for_faults_to_come() -> None:
    faults = Faults(changes=True)
    assert layers(Dressing(faults=faults).stream(stream())) == ["FaultLayer", "Stream"]
    below = Faults(above=faults)
    assert layers(Dressing(faults=below).stream(stream())) == ["FaultLayer", "Stream"]


async def test_one_beside_another_has_its_number() -> None:
    top: Any = Dressing(faults=Faults(["stall:on=7"])).stream(stream(), 7)
    assert top.line.number == 7


class TestCertificates:
    async def test_without_tls_there_is_none(self) -> None:
        with pytest.raises(UsageError, match="certificate"):
            Dressing().certified(None)

    async def test_the_right_one_unless_a_fault_wants_another(self, certificates: Certificates) -> None:
        made: list[str] = []

        def flawed(flaw: Flaw) -> tuple[bytes, bytes]:
            made.append(flaw)
            issued = certificates.authority.issue(["wrong.example"])
            return issued.cert_pem, issued.key_pem

        tls, faults = ServerTLS.from_files(certificates.good, certificates.good), Faults(changes=True)
        dressing = Dressing(tls, faults=faults, flawed=flawed)
        assert dressing.certified(None) is tls
        faults.add("certificate:name")
        line = getattr(dressing.stream(stream()), "line", None)
        assert dressing.certified(line) is not tls
        assert dressing.certified(line) is not tls
        assert made == ["name"], "it is made once"
        faults.remove("certificate")
        assert dressing.certified(line) is tls


def test_what_an_endpoint_asks_for_is_checked() -> None:
    from netloom.links.route import Route
    from netloom.registry import settle

    declared, scheme, endpoint = settle(Endpoint.parse("tcp://127.0.0.1:0"))

    async def serve(*_: Any) -> None: ...

    route = Route(declared=declared, scheme=scheme, endpoint=endpoint, content=None, options=None, serve=serve)
    options = LinkOptions(fault=("latency:1s",))
    found = Dressing.of([route], options, above=Faults(["stall"])).faults
    assert found is not None
    assert [placed.name for placed in found] == ["stall", "latency"], "those from above act first"
    assert Dressing.of([route], LinkOptions()).faults is None
    for wrong in ("duplicate", "certificate:expired", "refuse:450"):
        with pytest.raises(UsageError):
            Dressing.of([route], LinkOptions(fault=(wrong,)))
