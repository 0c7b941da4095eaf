"""What a probe learns, however far it comes."""

from __future__ import annotations

from netloom.errors import Status
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, Lab, Scripted, other
from tests.worlds import record


async def test_our_own_server() -> None:
    async with Lab(f"{OPEN},network=loomnet,motd=warp", ANN) as lab:
        await lab.person("bob", join="#a")
        found = await record(lab.network, "probe", f"irc://ann:{PASSWORD}@127.0.0.1:{lab.port}")
        assert found.status is Status.SUCCESS
        assert found.summary.startswith("loomnet · netloom-")
        assert "· 2 users, 1 channel · SASL SCRAM-SHA-256 · ping " in found.summary
        facts = found.facts
        assert (facts["network"], facts["server"], facts["nick"], facts["account"]) == (
            "loomnet",
            "irc.test",
            "ann",
            "ann",
        )
        assert (facts["users"], facts["operators"], facts["channels"]) == (2, 0, 1)
        assert facts["capabilities"]["sasl"] == "SCRAM-SHA-256"
        assert facts["supported"]["NICKLEN"] == "30"
        assert (facts["motd"], facts["casemapping"]) == ("- warp", "ascii")
        assert facts["ping"] >= 0


async def test_a_failure_keeps_what_was_seen() -> None:
    async with Lab(OPEN, ANN) as lab:
        found = await record(lab.network, "probe", f"irc://ann:wrong@127.0.0.1:{lab.port}")
        assert (found.status, found.phase) == (Status.UNAUTHENTICATED, "auth")
        assert found.facts["sasl"] == ["SCRAM-SHA-256"]


async def test_a_server_that_says_little() -> None:
    async with Scripted(
        other(welcome=":s 001 {nick} :hi\r\n:s 004\r\n:s 251 x :few\r\n:s 254 {nick} many :x\r\n")
    ) as server:
        found = await record(server.network, "probe", f"irc://127.0.0.1:{server.port}")
        assert found.status is Status.SUCCESS, found
        assert found.summary.startswith("s · ping")
        assert not {"users", "channels"} & set(found.facts)


async def test_what_isnt_text() -> None:
    async with Scripted(other(welcome=":s 001 {nick} :hi\r\n:s 005 {nick} NETWORK=caf\udce9 :x\r\n")) as server:
        found = await record(server.network, "probe", f"irc://127.0.0.1:{server.port}")
        assert found.facts["network"] == "caf\ufffd"
