"""CAP, and what each capability changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Account, PasswordHash
from netloom.protocols.irc.capabilities import NAMES
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, Lab

if TYPE_CHECKING:
    from netloom.wire.irc.message import Message
    from tests.protocols.irc.lab import Person


async def test_ls() -> None:
    async with Lab() as lab:
        ann = await lab.raw()
        (heard,) = await ann.ask("CAP LS 302")
        assert heard.params[:2] == ("*", "LS")
        assert heard.text.split() == sorted(NAMES)
        assert await ann.codes("NICK ann", "USER a 0 * :A") == [], "registration waits for the end of it"
        assert (await ann.codes("CAP END"))[0] == "001"
        (heard,) = await ann.ask("CAP LIST")
        assert heard.text == "cap-notify"


async def test_without_a_version_there_are_no_values() -> None:
    async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
        for line, word in (
            ("CAP LS", "sasl"),
            ("CAP LS 301", "sasl"),
            ("CAP LS 302", "sasl=SCRAM-SHA-256,PLAIN"),
            ("CAP LS 99999", "sasl"),
        ):
            ann = await lab.raw()
            (heard,) = await ann.ask(line)
            assert word in heard.text.split()


async def test_what_can_be_logged_in_with() -> None:
    hashed = Account(name="ann", password=PasswordHash.of("x", log2_n=1))
    for url, account, ways in (
        (OPEN, ANN, "sasl=SCRAM-SHA-256"), (f"{OPEN},allow_plain_auth=yes", hashed, "sasl=PLAIN"), (OPEN, hashed, ""),
    ):  # fmt: skip
        async with Lab(url, account) as lab:
            (heard,) = await (await lab.raw()).ask("CAP LS 302")
            assert [word for word in heard.text.split() if word.startswith("sasl")] == ([ways] if ways else [])


async def test_req_is_all_or_nothing() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        assert await ann.words("CAP REQ :server-time multi-prefix") == ["CAP ann ACK server-time multi-prefix"]
        assert await ann.words("CAP REQ :batch nonsense") == ["CAP ann NAK batch nonsense"]
        assert await ann.words("CAP REQ :-multi-prefix batch") == ["CAP ann ACK -multi-prefix batch"]
        assert await ann.words("CAP REQ :-cap-notify") == ["CAP ann NAK -cap-notify"]
        (heard,) = await ann.ask("CAP LIST")
        assert heard.text == "batch server-time"
        assert await ann.codes("CAP NONSENSE", "CAP END") == ["410"]


@pytest.mark.parametrize("cap", ["server-time", "account-tag", "message-tags"])
async def test_tags(cap: str) -> None:
    async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
        bob = await lab.person("bob", cap, join="#a")
        ann = await lab.person("ann", "message-tags", password=PASSWORD, join="#a")
        await bob.hear()
        await ann.hear()
        await ann.hear()
        (bob_heard,) = await _after(ann, bob, "@+draft/x=y;z=1 PRIVMSG #a :hello")
        assert set(bob_heard.tags) == {
            {"server-time": "time", "account-tag": "account", "message-tags": "+draft/x"}[cap]
        }
        if cap == "server-time":
            assert bob_heard.tags["time"].endswith("Z")
        if cap == "account-tag":
            assert bob_heard.tags["account"] == "ann"


async def _after(one: Person, other: Person, line: str) -> list[Message]:
    await one.ask(line)
    return await other.hear()


async def test_multi_prefix_and_userhost_in_names() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        await ann.ask("MODE #a +v ann")
        for caps, names in (
            ((), "@ann"), (("multi-prefix",), "@+ann"), (("userhost-in-names",), "@ann!~ann@127.0.0.1"),
            (("multi-prefix", "userhost-in-names"), "@+ann!~ann@127.0.0.1"),
        ):  # fmt: skip
            bob = await lab.person("bob", *caps)
            (heard, _) = await bob.ask("NAMES #a")
            assert heard.text == names
            await bob.say("QUIT")
            await bob.rest()


async def test_extended_join_and_away_notify() -> None:
    async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
        bob = await lab.person("bob", "extended-join", "away-notify", join="#a")
        old = await lab.person("old", join="#a")
        await bob.hear()
        await old.hear()
        ann = await lab.person("ann", password=PASSWORD)
        await ann.ask("AWAY :lunch", "JOIN #a")
        assert await bob.words() == ["ann JOIN #a ann Ann", "ann AWAY lunch"]
        assert await old.words() == ["ann JOIN #a"]
        await ann.ask("AWAY")
        assert await bob.words() == ["ann AWAY"]
        assert await old.words() == []


async def test_account_notify_setname_and_invite_notify() -> None:
    async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
        ann = await lab.person("ann", password=PASSWORD, join="#a")
        bob = await lab.person("bob", "account-notify", "setname", "invite-notify", join="#a")
        await ann.ask("MODE #a +o bob")
        old = await lab.person("old", "sasl", join="#a")
        await bob.hear()
        await ann.hear()
        proof = "AGFubgBjYW40cnktcGE1NQ=="
        assert await old.codes("AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}") == ["AUTHENTICATE", "900", "903"]
        assert await bob.words() == ["old ACCOUNT ann"]
        assert await ann.words("SETNAME :Another Name") == []
        assert await bob.words() == ["ann SETNAME Another Name"]
        assert await bob.words("SETNAME Bobby") == ["bob SETNAME Bobby"]
        assert await old.words() == []
        await lab.person("eve")
        assert await ann.words("INVITE eve #a") == ["341 ann eve #a"]
        assert await bob.words() == ["ann INVITE eve #a"]


async def test_echo_message() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", "echo-message", "message-tags", join="#a")
        await lab.person("bob")
        assert await ann.words("PRIVMSG #a :x", "NOTICE bob :y", "TAGMSG #a", "PRIVMSG ann :z") == [
            "ann PRIVMSG #a x", "ann NOTICE bob y", "ann TAGMSG #a", "ann PRIVMSG ann z",
        ]  # fmt: skip


class TestLabels:
    """IRCv3 labeled-response."""

    CAPS = ("labeled-response", "batch", "echo-message")

    async def test_one_answer_has_the_label(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", *self.CAPS)
            (heard,) = await ann.ask("@label=x1 PING a")
            assert (heard.command, heard.tags) == ("PONG", {"label": "x1"})
            (heard,) = await ann.ask("@label=x2 PRIVMSG nobody :x")
            assert (heard.command, heard.tags) == ("401", {"label": "x2"})

    async def test_no_answer_is_acknowledged(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", *self.CAPS)
            (heard,) = await ann.ask("@label=x PONG a")
            assert (heard.command, heard.params, heard.tags) == ("ACK", (), {"label": "x"})

    async def test_several_are_a_batch(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", *self.CAPS)
            first, *answers, last = await ann.ask("@label=x JOIN #a")
            assert (first.command, first.params[1], first.tags) == ("BATCH", "labeled-response", {"label": "x"})
            assert first.params[0][0] == "+"
            assert last.params == (f"-{first.params[0][1:]}",)
            assert [answer.command for answer in answers] == ["JOIN", "MODE", "353", "366"]
            assert all(answer.tags["batch"] == first.params[0][1:] for answer in answers)

    async def test_the_echo_has_it_and_others_dont(self) -> None:
        async with Lab() as lab:
            ann, bob = (
                await lab.person("ann", *self.CAPS, join="#a"),
                await lab.person("bob", "message-tags", join="#a"),
            )
            await ann.hear()
            (heard,) = await ann.ask("@label=x PRIVMSG #a :hi")
            assert (heard.command, heard.tags) == ("PRIVMSG", {"label": "x"})
            assert [message.tags for message in await bob.hear()] == [{}]

    async def test_without_the_capability_it_is_nothing(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", "message-tags")
            (heard,) = await ann.ask("@label=x PING a")
            assert heard.tags == {}
            bob = await lab.person("bob", *self.CAPS)
            (heard,) = await bob.ask(f"@label={'x' * 65} PING a")
            assert heard.tags == {}
