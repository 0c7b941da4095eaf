"""The probe's facts, and what is left of them when something fails."""

from __future__ import annotations

import pytest

from netloom.errors import NetloomError, PeerRefused, TLSError
from netloom.links.memory import MemoryNetwork
from netloom.protocols.imap.probe import Facts, probe
from tests.protocols.imap.lab import LETTER, PASSWORD, Lab, Scripted, answers, client


async def test_facts() -> None:
    async with Lab("imap://127.0.0.1:0") as lab:
        prober, dial = lab.client("imap://127.0.0.1:PORT#tls=never")
        facts = Facts()
        await probe(prober, facts)
        await dial.close()
    assert facts.summary == "OK IMAP4rev2 · STARTTLS · netloom · 10 capabilities"
    assert (facts.greeting, facts.version, facts.server) == ("OK", "IMAP4rev2", {"name": "netloom"})
    assert (facts.starttls, facts.tls, facts.auth, facts.authenticated) == (
        True,
        False,
        ["CRAM-MD5", "SCRAM-SHA-256"],
        "",
    )
    assert facts.messages is None


async def test_with_tls_and_a_user() -> None:
    async with Lab("imap://127.0.0.1:0") as lab:
        await lab.letters(LETTER, LETTER)
        await lab.mail.mailbox("ann").flag(1, ["\\Seen"])
        prober, dial = lab.client(f"imap://ann:{PASSWORD}@127.0.0.1:PORT#verify=no")
        facts = Facts()
        await probe(prober, facts)
        await dial.close()
    assert facts.summary == "OK IMAP4rev2 · TLS · netloom · authenticated by PLAIN · INBOX 2 messages, 1 unseen"
    assert (facts.messages, facts.unseen, facts.tls) == (2, 1, True)
    assert facts.auth == ["CRAM-MD5", "LOGIN", "PLAIN", "SCRAM-SHA-256", "XOAUTH2"], "as it was offered to strangers"


@pytest.mark.parametrize(
    ("url", "said", "error", "summary"),
    [
        ("imap://127.0.0.1:PORT", [b"* BYE not now\r\n"], PeerRefused, "BYE not now"),
        (
            "imap://127.0.0.1:PORT#tls=starttls",
            [b"* OK [CAPABILITY IMAP4rev1 X] hi\r\n"],
            TLSError,
            "OK IMAP4rev1 · 2 capabilities",
        ),
        ("imap://a:b@127.0.0.1:PORT", [b"* PREAUTH [CAPABILITY X] hi\r\n"], TLSError, "PREAUTH · 1 capabilities"),
    ],
)
async def test_a_failure_keeps_what_was_seen(
    url: str, said: list[bytes], error: type[NetloomError], summary: str
) -> None:
    network = MemoryNetwork()
    async with Scripted(network, answers(*said)) as port:
        prober, dial = client(network, url.replace("PORT", str(port)))
        facts = Facts()
        with pytest.raises(error):
            await probe(prober, facts)
        await dial.close()
    assert facts.summary == summary
