"""The probe's facts, and what is left of them when something fails."""

from __future__ import annotations

import pytest

from netloom.errors import PeerRefused, TLSError
from netloom.links.memory import MemoryNetwork
from netloom.protocols.pop3.probe import Facts, probe
from tests.protocols.pop3.lab import LETTER, PASSWORD, Lab, Scripted, answers, client


async def test_facts() -> None:
    async with Lab("pop3://127.0.0.1:0") as lab:
        prober, dial = lab.client("pop3://127.0.0.1:PORT#tls=never")
        facts = Facts()
        await probe(prober, facts)
        await dial.close()
    assert facts.summary == "+OK ready · STLS · netloom · 10 capabilities"
    assert (facts.server, facts.starttls, facts.tls, facts.auth) == (
        "netloom",
        True,
        False,
        ["SCRAM-SHA-256", "CRAM-MD5"],
    )


async def test_with_tls_and_a_user() -> None:
    async with Lab("pop3://127.0.0.1:0") as lab:
        await lab.letters(LETTER)
        prober, dial = lab.client(f"pop3://ann:{PASSWORD}@127.0.0.1:PORT#verify=no")
        facts = Facts()
        await probe(prober, facts)
        await dial.close()
    assert facts.summary == "+OK ready · TLS · netloom · authenticated by PLAIN · 1 message"
    assert (facts.messages, facts.size, facts.tls) == (1, len(LETTER), True)


@pytest.mark.parametrize(
    ("url", "said", "error", "summary"),
    [
        ("pop3://127.0.0.1:PORT", [b"-ERR not now\r\n"], PeerRefused, "-ERR not now"),
        (
            "pop3://127.0.0.1:PORT#tls=starttls",
            [b"+OK hi\r\n", b"+OK\r\nTOP\r\n.\r\n"],
            TLSError,
            "+OK ready · 1 capabilities",
        ),
    ],
)
async def test_a_failure_keeps_what_was_seen(url: str, said: list[bytes], error: type[Exception], summary: str) -> None:
    network = MemoryNetwork()
    async with Scripted(network, answers(*said)) as port:
        prober, dial = client(network, url.replace("PORT", str(port)))
        facts = Facts()
        with pytest.raises(error):
            await probe(prober, facts)
        await dial.close()
    assert facts.summary == summary
