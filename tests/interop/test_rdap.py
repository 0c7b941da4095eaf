"""RDAP meets whoisit, whodap and curl as clients, nginx and the standard library's server with files as servers."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

import httpx2
import pytest
import whodap
import whoisit  # type: ignore[import-untyped]

import netloom
from netloom.contents.registrations import Registrations
from netloom.contents.registrations.example import EXAMPLE
from netloom.errors import Status
from tests.interop.peers import need
from tests.interop.rdap_peers import http_server, nginx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

# whoisit doesn't ask for the addresses of documentation.
PUBLIC = {
    "objectClassName": "ip network", "handle": "N", "name": "NINE", "ipVersion": "v4", "startAddress": "9.9.9.0",
    "endAddress": "9.9.9.255",
}  # fmt: skip
PUBLIC_6 = {
    "objectClassName": "ip network", "handle": "N6", "name": "NINE", "ipVersion": "v6", "startAddress": "2620:fe::",
    "endAddress": "2620:fe:0:ffff:ffff:ffff:ffff:ffff",
}  # fmt: skip


@pytest.fixture
def base() -> Iterator[str]:
    """A server of ours: its base URL."""
    with netloom.serve("rdap://127.0.0.1:0", Registrations([*EXAMPLE, PUBLIC, PUBLIC_6])) as serving:
        yield f"http://127.0.0.1:{serving.endpoint.port}/rdap/"


@pytest.mark.meets(client="whoisit")
def test_whoisit(base: str) -> None:
    services = {
        "dns": [[["test"], [base]]], "ipv4": [[["9.0.0.0/8"], [base]]], "ipv6": [[["2620:fe::/32"], [base]]],
        "asn": [[["64496-64511"], [base]]], "object": [[["x"], ["TEST"], [base]]],
    }  # fmt: skip
    data = {name: {"version": "1.0", "services": rows} for name, rows in services.items()}
    whoisit.clear_bootstrapping()
    whoisit.load_bootstrap_data(json.dumps({"timestamp": int(time.time()), **data}), allow_insecure=True)
    domain = whoisit.domain("example.test")
    assert domain["name"] == "example.test"
    assert domain["nameservers"] == ["ns1.example.test", "ns2.example.test"]
    assert domain["expiration_date"].year == 2034
    assert domain["entities"]["registrant"][0]["name"] == "Example Weaving Mill"
    assert whoisit.ip("9.9.9.9")["name"] == "NINE"
    assert str(whoisit.ip("2620:fe::fe")["network"]) == "2620:fe::/48"
    assert whoisit.asn(64500)["asn_range"] == [64496, 64511]
    with pytest.raises(whoisit.errors.ResourceDoesNotExist):
        whoisit.domain("nope.test")
    whoisit.clear_bootstrapping()


@pytest.mark.meets(client="whodap")
def test_whodap(base: str) -> None:
    with httpx2.Client() as connection:
        client = whodap.DNSClient(connection)
        answer = client.lookup("example", "test", auth_href=f"{base}domain/example.test")
        assert answer.ldhName == "example.test"
        flat = {str(name): value for name, value in answer.to_whois_dict().items()}
        assert flat["domain_name"] == "example.test"
        assert flat["registrant_name"] == "Ann Weaver"
        with pytest.raises(whodap.errors.NotFoundError):
            client.lookup("nope", "test", auth_href=f"{base}domain/nope.test")
        with pytest.raises(whodap.errors.MalformedQueryError):
            client.lookup("nope", "test", auth_href=f"{base}dog/nope.test")


@pytest.mark.meets(client="curl")
def test_curl(base: str) -> None:
    done = subprocess.run(
        [need("curl", "curl"), "-sS", "-f", "-H", "Accept: application/rdap+json", f"{base}autnum/64500"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["startAutnum"] == 64496


@pytest.mark.meets(server="nginx")
def test_our_client_at_nginx(tmp_path: Path) -> None:
    with nginx(tmp_path) as port:
        at = f"rdap://127.0.0.1:{port}"
        found = netloom.probe(f"{at}/rdap/domain/example.test").one()
        assert found.status is Status.SUCCESS, found
        assert found.facts["content_type"] == "application/rdap+json"
        assert (found.facts["name"], found.facts["holder"]) == ("example.test", "Ann Weaver")
        moved = netloom.get(f"{at}/moved/domain/example.test").one()
        assert moved.meta["place"] == f"{at}/rdap/domain/example.test"
        assert moved.value["ldhName"] == "example.test"
        assert netloom.probe(f"{at}/round/domain/example.test").one().status is Status.REFUSED_BY_PEER
        missing = netloom.get(f"{at}/rdap/domain/nope.test").one()
        assert (missing.status, missing.message) == (Status.REFUSED_BY_PEER, "404 Not Found")
        by_bootstrap = netloom.get(f"rdap:///domain/example.test#bootstrap=http://127.0.0.1:{port}/dns.json").one()
        assert by_bootstrap.value["ldhName"] == "example.test"


@pytest.mark.meets(server="http.server")
def test_our_client_at_the_standard_library(tmp_path: Path) -> None:
    with http_server(tmp_path) as port:
        found = netloom.probe(f"rdap://127.0.0.1:{port}/rdap/ip/192.0.2.1").one()
        assert found.facts["name"] == "192.0.2.0 - 192.0.2.255"
        assert netloom.probe(f"rdap://127.0.0.1:{port}").one().summary == "answers · rdap_level_0 · Files"
        file = netloom.get(f"rdap:///domain/example.test#bootstrap={tmp_path}/dns.json").one()
        assert file.status is Status.SUCCESS, file
