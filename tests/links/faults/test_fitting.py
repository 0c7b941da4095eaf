"""A fault that can't act where it is placed is refused before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom import registry
from netloom.endpoint import Endpoint
from netloom.errors import Status, UsageError
from netloom.links.faults.fault import DATAGRAMS, STREAM
from netloom.links.faults.fitting import carried, fits_client, fits_link, fits_server
from netloom.links.faults.plan import Faults
from netloom.links.faults.text import parse
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.links.faults.fault import Kind
    from netloom.shapes import Protocol, Scheme


@pytest.mark.parametrize(
    ("over", "quic", "kinds"),
    [
        ("tcp", "", STREAM),
        ("tls", "", STREAM),
        ("ssh", "", STREAM),
        ("udp", "", DATAGRAMS),
        ("icmp", "", DATAGRAMS),
        ("udp+tcp", "", STREAM | DATAGRAMS),
        ("https", "", STREAM),
        ("https", "also", STREAM | DATAGRAMS),
        ("https", "only", DATAGRAMS),
    ],
)
def test_what_passes(over: str, quic: str, kinds: frozenset[Kind]) -> None:
    assert carried(over, quic=quic) == kinds


def test_there_has_to_be_something_to_act_on() -> None:
    fits_link(parse("latency:1"), DATAGRAMS, "here")
    with pytest.raises(UsageError, match="duplicate acts on datagrams, and here has streams"):
        fits_link(parse("duplicate"), STREAM, "here")
    with pytest.raises(UsageError, match="slice acts on streams, and here has datagrams"):
        fits_link(parse("slice"), DATAGRAMS, "here")


@pytest.mark.parametrize("text", ["certificate:expired", "refuse:450"])
def test_what_only_servers_have(text: str) -> None:
    with pytest.raises(UsageError, match="is a server's") as raised:
        fits_client(parse(text), "here")
    assert raised.value.hint


def _spoken(name: str) -> list[tuple[Protocol, Scheme]]:
    return [registry.for_scheme(name)]


def test_a_certificate_wants_tls() -> None:
    fits_server(parse("certificate:expired"), _spoken("smtp"), "here", secure=True)
    with pytest.raises(UsageError, match="here has no TLS"):
        fits_server(parse("certificate:expired"), _spoken("tcp"), "here", secure=False)


def test_a_code_has_to_be_known() -> None:
    fits_server(parse("refuse:servfail"), [*_spoken("dns"), *_spoken("tcp")], "here", secure=False)
    with pytest.raises(UsageError, match="smtp can't refuse with 'SERVFAIL'") as raised:
        fits_server(parse("refuse:SERVFAIL"), _spoken("smtp"), "here", secure=False)
    assert "421" in raised.value.hint


@pytest.mark.parametrize(
    ("names", "fault", "words", "hint"),
    [
        (["smtp"], "450:at=NOWHERE", "smtp can't refuse with 450 at 'NOWHERE'", "steps: greeting, message, EHLO, HELO"),
        (["smtp"], "450:at=RCTP", "at 'RCTP'", "did you mean rcpt? steps: greeting"),
        (["http"], "503:at=reqest", "at 'reqest'", "did you mean request? steps: request, handshake, GET, PUT"),
        (["grpc"], "UNAVAILABLE:at=request", "grpc can't refuse with UNAVAILABLE at 'request'", "steps: call"),
        (["sftp"], "NO_SUCH_FILE:at=login", "sftp can't", "steps: OPEN, CLOSE"),
        (["dot"], "TRUNCATED", "dns can't refuse with TRUNCATED at 'datagram' here", "steps: question"),
        (["doh"], "5:at=datagram", "dns can't refuse with 5 at 'datagram' here", "steps: question"),
        (["dns", "tcp"], "5:at=RCPT", "dns, tcp can't refuse with 5 at 'RCPT'", "steps: question, datagram"),
    ],
)
def test_a_step_has_to_be_known(names: list[str], fault: str, words: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        fits_server(parse(f"refuse:{fault}"), [each for name in names for each in _spoken(name)], "here", secure=False)
    assert words in raised.value.message
    assert raised.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("smtp", "450:at=rcpt"),
        ("dns", "TRUNCATED"),
        ("dot", "TRUNCATED:at=question"),
        ("http", "503:at=PROPFIND"),
        ("grpc", "503:at=request"),
        ("sftp", "2:at=login"),
    ],
)
def test_a_step_of_whoever_knows_the_code(name: str, fault: str) -> None:
    fits_server(parse(f"refuse:{fault}"), _spoken(name), "here", secure=False)


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("tcp", "duplicate"),
        ("udp", "slice"),
        ("tcp", "certificate:expired"),
        ("tcp", "refuse:450"),
        ("smtp", "refuse:999"),
        ("smtp", "refuse:450:at=NOWHERE"),
    ],
)
def test_a_server_does_not_start(place: str, fault: str) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        target = Endpoint.parse(f"{place}://127.0.0.1:4242")
        with pytest.raises(UsageError):
            async with Serving([target.with_options([("fault", fault)])], network=network):
                pass
        with pytest.raises(UsageError):
            async with Serving([target], network=network, faults=Faults([fault])):
                pass
        assert not network.listeners
        assert not network.sockets

    run(main())


@pytest.mark.parametrize(
    ("place", "fault"), [("tcp", "duplicate"), ("udp", "slice"), ("tls", "certificate:name"), ("smtp", "reorder")]
)
def test_a_client_does_not_begin(place: str, fault: str) -> None:
    async def main() -> None:
        with pytest.raises(UsageError) as raised:
            await record(MemoryNetwork(), "probe", f"{place}://127.0.0.1:4242#fault={fault}")
        assert raised.value.status is Status.INVALID_INPUT
        assert fault.partition(":")[0] in raised.value.message

    run(main())
