"""TLS's probe: what was agreed on, who vouches for whom, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import Certificates, record


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


async def greet(link: Any) -> None:
    await link.write(b"hello\n")
    await link.read()


async def probed(cert: str, options: str, host: str = "localhost", server: str = "", **fields: Any) -> Any:
    network = MemoryNetwork()
    where = Endpoint.parse(f"tls://127.0.0.1:4242#cert={cert}{',' + server if server else ''}")
    async with Serving([where], [Handler(greet)], network=network):
        return await record(network, "probe", f"tls://{host}:4242#{options}", **fields)


def test_the_facts(certificates: Certificates) -> None:
    found = run(probed(certificates.good, f"ca={certificates.ca},alpn=a;b,banner", server="alpn=b"))
    assert found.status is Status.SUCCESS
    facts = found.facts
    assert (facts["version"], facts["alpn"], facts["banner"]) == ("TLS 1.3", "b", "hello")
    assert facts["cipher"].startswith("TLS_")
    assert facts["group"]
    assert (facts["subject"], facts["issuer"]) == ("CN=localhost", "CN=test authority")
    assert facts["names"] == ["localhost", "127.0.0.1", "::1"]
    assert facts["verified"] is True
    assert facts["chain_length"] == 1
    assert facts["expires_in"] == pytest.approx(90 * 86400, abs=7200)
    assert "certificate 89 days" in found.summary or "certificate 90 days" in found.summary
    assert found.tls.server_name == "localhost"
    assert {"connect", "tls", "greeting"} <= set(found.phases)


def test_an_expectation(certificates: Certificates) -> None:
    good = run(
        probed(certificates.good, f"ca={certificates.ca}", expect=["tls.expires_in > 14d", "facts.verified == true"])
    )
    assert good.status is Status.SUCCESS
    soon = run(probed(certificates.good, f"ca={certificates.ca}", expect=["tls.expires_in > 400d"]))
    assert soon.status is Status.EXPECTATION_FAILED


def test_another_name_to_ask_for(certificates: Certificates) -> None:
    found = run(probed(certificates.wrong_name, f"ca={certificates.ca},sni=elsewhere.example"))
    assert found.status is Status.SUCCESS
    assert found.tls.server_name == "elsewhere.example"


def test_looking_anyway_tells_the_problem(certificates: Certificates) -> None:
    found = run(probed(certificates.expired, f"ca={certificates.ca},verify=no"))
    assert found.status is Status.SUCCESS
    assert found.facts["verified"] is False
    assert "expired" in found.facts["problem"]
    assert "expired" in found.summary
    assert found.facts["expires_in"] < 0


def test_a_failed_one_keeps_what_was_shown(certificates: Certificates) -> None:
    found = run(probed(certificates.self_signed, f"ca={certificates.ca}"))
    assert (found.status, found.phase) == (Status.TLS_ERROR, Phase.TLS)
    assert found.tls.chain[0].subject == "CN=localhost"


def test_too_old_for_the_minimum(certificates: Certificates) -> None:
    found = run(probed(certificates.good, f"ca={certificates.ca},tls_minimum=1.2", server="tls_minimum=1.3"))
    assert found.tls.version == "TLS 1.3"
