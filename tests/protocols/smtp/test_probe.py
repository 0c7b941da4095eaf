"""The probe's facts, and what is left of them when something fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, PeerRefused, TLSError
from netloom.links.memory import MemoryNetwork
from netloom.protocols.smtp.probe import Facts, probe
from tests.protocols.smtp.lab import ANN, Lab, Scripted, answers, client, converse

if TYPE_CHECKING:
    from netloom.links.stream import Stream


async def test_facts() -> None:
    async with Lab("smtp://127.0.0.1:0#tls=try,name=mx.example.org", ANN) as lab:
        prober, dial = lab.client("smtp://127.0.0.1:PORT#tls=never")
        facts = Facts()
        await probe(prober, facts)
        await dial.close()
    assert facts.summary == "220 ready · STARTTLS · SIZE 26.2 MB · 9 extensions"
    assert (facts.code, facts.hostname, facts.extended) == (220, "mx.example.org", True)
    assert facts.extensions["CHUNKING"] == ""
    assert facts.size_limit == int(facts.extensions["SIZE"])
    assert (facts.starttls, facts.tls, facts.auth, facts.authenticated) == (
        True,
        False,
        ["SCRAM-SHA-256", "CRAM-MD5"],
        "",
    )


async def test_with_tls_and_a_user() -> None:
    async with Lab("smtp://127.0.0.1:0#tls=try", ANN) as lab:
        prober, dial = lab.client("smtp://ann:can4ry-pa55@127.0.0.1:PORT#verify=no")
        facts = Facts()
        await probe(prober, facts)
        await dial.close()
    assert facts.summary == "220 ready · TLS · SIZE 26.2 MB · authenticated by PLAIN · 8 extensions"
    assert (facts.starttls, facts.tls, facts.authenticated) == (True, True, "PLAIN")


@pytest.mark.parametrize(
    ("url", "said", "error", "summary"),
    [
        ("smtp://127.0.0.1:PORT", ["554 mx no mail here"], PeerRefused, "554 mx no mail here"),
        (
            "smtp://127.0.0.1:PORT#tls=starttls",
            ["220 mx", "250-mx\n250 SIZE 2000"],
            TLSError,
            "220 ready · SIZE 2 KB · 1 extension",
        ),
        ("smtp://127.0.0.1:PORT", ["220 mx hello"], ConnectionLost, "220 ready"),
    ],
)
async def test_a_failure_keeps_what_was_seen(url: str, said: list[str], error: type[Exception], summary: str) -> None:
    async def script(stream: Stream) -> None:
        await converse(stream, *said)
        await stream.read_line()
        await stream.close()

    network = MemoryNetwork()
    async with Scripted(network, script) as port:
        prober, dial = client(network, url.replace("PORT", str(port)))
        facts = Facts()
        with pytest.raises(error):
            await probe(prober, facts)
        await dial.close()
    assert facts.summary == summary
    assert facts.banner == said[0][4:]


async def test_an_odd_size() -> None:
    network = MemoryNetwork()
    async with Scripted(network, answers("220 mx", "250-mx\n250 SIZE lots")) as port:
        prober, dial = client(network, f"smtp://127.0.0.1:{port}")
        facts = Facts()
        await probe(prober, facts)
        await dial.close()
    assert facts.size_limit is None
    assert facts.extensions == {"SIZE": "lots"}
