"""WHOIS meets Debian's whois, gwhois and busybox' nc as clients, uwhoisd and gwhois as servers."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import whois as python_whois  # type: ignore[import-untyped]

import netloom
from netloom.contents.registrations import Registrations
from netloom.errors import Status
from tests.interop.peers import need
from tests.interop.whois_peers import gwhois, uwhoisd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop


@pytest.fixture
def port() -> Iterator[int]:
    """A server of ours."""
    with netloom.serve("whois://127.0.0.1:0") as serving:
        yield serving.endpoint.port or 0


def said(*command: str, given: str = "") -> str:
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False).stdout


@pytest.mark.meets(client="whois")
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("example.test", "nserver:        ns1.example.test"),
        ("192.0.2.7", "netname:        EXAMPLE-V4"),
        ("2001:db8::1", "netname:        EXAMPLE-V6"),
        ("AS64500", "as-name:        EXAMPLE-AS"),
        ("ANN-TEST", "person:         Ann Weaver"),
        ("nope.test", "%ERROR:101: no entries found"),
    ],
)
def test_debians_whois(port: int, query: str, words: str) -> None:
    assert words in said(need("whois", "whois"), "-h", "127.0.0.1", "-p", str(port), query)


@pytest.mark.meets(client="gwhois")
def test_gwhois(port: int) -> None:
    assert "person:         Ann Weaver" in said(need("gwhois", "gwhois"), "-h", f"127.0.0.1:{port}", "example.test")


@pytest.mark.meets(client="busybox nc")
@pytest.mark.parametrize("end", ["\r\n", "\n", ""])
def test_a_bare_connection(port: int, end: str) -> None:
    busybox = need("busybox", "busybox")
    assert "as-name:        EXAMPLE-AS" in said(busybox, "nc", "127.0.0.1", str(port), given=f"AS64496{end}")


@pytest.mark.meets(client="python-whois")
def test_what_we_say_is_understood(port: int) -> None:
    text = said(need("whois", "whois"), "-h", "127.0.0.1", "-p", str(port), "example.test")
    entry = python_whois.parser.WhoisEntry("example.test", text, python_whois.parser.WhoisEntry._regex)
    assert entry["status"] == "active"
    assert "ann@example.test" in str(entry["emails"])


@pytest.mark.meets(server="uwhoisd")
def test_our_client_at_uwhoisd(port: int, tmp_path: Path) -> None:
    with uwhoisd(tmp_path, port) as proxy:
        record = netloom.probe(f"whois://127.0.0.1:{proxy}/example.test").one()
        assert record.status is Status.SUCCESS, record
        assert record.facts["holder"] == "Example Weaving Mill"
        assert record.facts["nameservers"] == ["ns1.example.test", "ns2.example.test"]
        missing = netloom.get(f"whois://127.0.0.1:{proxy}/nope.test").one()
        assert missing.meta["found"] is False


@pytest.mark.meets(server="gwhois")
def test_our_client_at_gwhois(port: int, tmp_path: Path) -> None:
    with gwhois(tmp_path, port) as proxy:
        record = netloom.probe(f"whois://127.0.0.1:{proxy}/192.0.2.9").one()
        assert record.status is Status.SUCCESS, record
        assert record.facts["name"] == "EXAMPLE-V4"
        assert record.facts["country"] == "ZZ"


@pytest.mark.meets(client="whois")
def test_debians_whois_follows_ours(tmp_path: Path) -> None:
    """It goes on where it finds a referral in the form that it knows; so do we, and to the same place."""
    with netloom.serve("whois://127.0.0.1:0") as last:
        place = f"127.0.0.1:{last.endpoint.port}"
        content = tmp_path / "referral.json"
        content.write_text(
            '{"objectClassName": "ip network", "handle": "N", "startAddress": "192.0.2.0", '
            f'"endAddress": "192.0.2.255", "port43": "{place}"}}'
        )
        with netloom.serve("whois://127.0.0.1:0", Registrations.from_file(content)) as first:
            found = netloom.get(f"whois://127.0.0.1:{first.endpoint.port}/192.0.2.7").one()
            assert found.meta["servers"] == [f"127.0.0.1:{first.endpoint.port}", place]
            assert b"EXAMPLE-V4" in (found.body or b"")
            text = said(need("whois", "whois"), "-h", "127.0.0.1", "-p", str(first.endpoint.port), "192.0.2.7")
            assert f"ReferralServer: whois://{place}" in text
