"""Certificate: each flaw is told to the client, which names it; another client is shown the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.authority import Authority
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from pathlib import Path

FLAWS = {"expired": "expired", "early": "valid before", "name": "wrong.name.invalid", "untrusted": "trust"}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create()


async def _asked(
    authority: Authority, folder: Path, faults: Faults, scheme: str = "tls", times: int = 1, options: str = ""
) -> list[Any]:
    """What probes found; a scheme may have the server's own options behind it."""
    scheme, _, own = scheme.partition("#")
    trust = folder / "ca.pem"
    trust.write_bytes(authority.certificate_pem)
    network = MemoryNetwork()
    place = f"{scheme}://127.0.0.1:4242"
    async with Serving([Endpoint.parse(f"{place}#{own}")], network=network, authority=authority, faults=faults):
        return [await record(network, "probe", f"{place}#ca={trust},{options}".rstrip(",")) for _ in range(times)]


@pytest.mark.parametrize("scheme", ["tls", "smtp", "https"])
@pytest.mark.parametrize("flaw", FLAWS)
def test_the_client_names_what_is_wrong(scheme: str, flaw: str, authority: Authority, tmp_path: Path) -> None:
    (found,) = run(_asked(authority, tmp_path, Faults([f"certificate:{flaw}"]), scheme))
    assert found.status is Status.TLS_ERROR
    assert FLAWS[flaw] in found.message


@pytest.mark.parametrize("mode", ["only", "also"])
@pytest.mark.parametrize("flaw", FLAWS)
def test_over_http_3(flaw: str, mode: str, authority: Authority, tmp_path: Path) -> None:
    async def main() -> list[Any]:
        faults = Faults([f"certificate:{flaw}:on=2-3"])
        return await _asked(authority, tmp_path, faults, f"https#http3={mode}", times=4, options="version=3")

    found = run(main())
    assert [each.status for each in found] == [Status.SUCCESS, Status.TLS_ERROR, Status.TLS_ERROR, Status.SUCCESS]
    assert FLAWS[flaw] in found[1].message


def test_for_some_connections(authority: Authority, tmp_path: Path) -> None:
    found = run(_asked(authority, tmp_path, Faults(["certificate:expired:on=2"]), times=3))
    assert [each.status for each in found] == [Status.SUCCESS, Status.TLS_ERROR, Status.SUCCESS]


def test_until_it_is_lifted(authority: Authority, tmp_path: Path) -> None:
    async def main() -> None:
        trust = tmp_path / "ca.pem"
        trust.write_bytes(authority.certificate_pem)
        network, faults, place = MemoryNetwork(), Faults(["certificate:name"]), "tls://127.0.0.1:4242"
        async with Serving([Endpoint.parse(place)], network=network, authority=authority, faults=faults):
            assert (await record(network, "probe", f"{place}#ca={trust}")).status is Status.TLS_ERROR
            faults.remove("certificate")
            assert (await record(network, "probe", f"{place}#ca={trust}")).status is Status.SUCCESS

    run(main())
