"""Coming and going, and who is let in."""

from __future__ import annotations

import pytest

from netloom.accounts import NONE
from netloom.links.virtual import run
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, SERVER, Lab, shown
from tests.worlds import elapsed


async def test_the_welcome() -> None:
    async with Lab(f"{OPEN},network=loomnet,motd=warp%0Aweft") as lab:
        ann = await lab.raw()
        heard = await ann.ask("NICK ann", "USER a!b@c 0 * :Ann of Weft")
        codes = [message.command for message in heard]
        assert codes == [
            "001",
            "002",
            "003",
            "004",
            "005",
            "005",
            "251",
            "252",
            "254",
            "255",
            "265",
            "266",
            "375",
            "372",
            "372",
            "376",
        ]
        assert all(message.source == SERVER and message.params[0] == "ann" for message in heard)
        assert heard[0].text == "Welcome to the loomnet network, ann!~abc@127.0.0.1"
        tokens = {
            token.partition("=")[0]: token.partition("=")[2]
            for m in heard
            if m.command == "005"
            for token in m.params[1:-1]
        }
        assert (tokens["NETWORK"], tokens["CHANMODES"], tokens["PREFIX"]) == ("loomnet", "beI,k,l,imnst", "(ov)@+")
        assert [m.text for m in heard if m.command == "372"] == ["- warp", "- weft"]
        assert [(one.verb, one.target, one.status) for one in lab.access] == [("REGISTER", "ann", "001")]


async def test_the_order_doesnt_matter_and_nothing_else_is_done_before() -> None:
    async with Lab() as lab:
        ann = await lab.raw()
        assert await ann.codes("USER a 0 * :A", "JOIN #a", "PRIVMSG ann :x", "LIST", "NONSENSE") == ["451"] * 4
        assert (await ann.codes("NICK ann"))[0] == "001"
        assert await ann.codes("USER a 0 * :A", "PASS x") == ["462", "462"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("NICK", "431"),
        ("NICK :", "431"),
        ("NICK 1a", "432"),
        ("NICK a b", "001"),
        ("NICK #a", "432"),
        ("NICK " + "a" * 31, "432"),
        ("NICK *a", "432"),
        ("NICK é", "432"),
        ("NICK BOB", "433"),
    ],
)
async def test_nicks(line: str, code: str) -> None:
    async with Lab() as lab:
        await lab.person("bob")
        ann = await lab.raw()
        assert (await ann.codes("USER a 0 * :A", line))[0] == code


@pytest.mark.parametrize("line", ["USER", "USER a", "USER a 0 *", "PASS", "PING", "CAP", "AUTHENTICATE"])
async def test_what_is_missing(line: str) -> None:
    async with Lab() as lab:
        ann = await lab.raw()
        assert await ann.codes(line) == ["461"]


async def test_a_nick_is_changed_and_those_who_share_a_channel_are_told() -> None:
    async with Lab() as lab:
        ann, bob, eve = await lab.person("ann", join="#a"), await lab.person("bob", join="#a"), await lab.person("eve")
        for one in (ann, bob):
            await one.hear()
        assert await ann.words("NICK Anna") == ["ann NICK Anna"]
        assert await bob.words() == ["ann NICK Anna"]
        assert await eve.words() == []
        assert await ann.words("NICK ANNA", "NICK ANNA", "NICK bob") == [
            "Anna NICK ANNA",
            "433 ANNA bob Nickname is already in use",
        ]
        assert (await eve.codes("WHOIS ann", "WHOWAS ann"))[:1] == ["401"]
        assert "314" in await eve.codes("WHOWAS ann")


async def test_quit() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
        await bob.hear()
        await ann.say("QUIT :so long")
        assert [shown(m) for m in await ann.rest()][-1] == "ERROR Closing Link: 127.0.0.1 (Quit: so long)"
        assert await bob.words() == ["ann QUIT Quit: so long"]
        assert lab.access[-1].verb == "QUIT"
        anew = await lab.person("ann")
        assert "322" in await anew.codes("LIST")


async def test_who_goes_without_a_word() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
        await bob.hear()
        ann.stream.abort()
        assert [shown(await bob.next())] == ["ann QUIT Connection closed"]


async def test_the_last_one_out_takes_the_channel_along() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        assert lab.bus.subscribers == 1
        assert await ann.codes("MODE #a +k key", "PART #a") == ["MODE", "PART"]
        assert lab.bus.subscribers == 0
        assert "366" in await ann.codes("JOIN #a")


class TestPasswords:
    @pytest.mark.parametrize("given", [f"ann:{PASSWORD}", PASSWORD])
    async def test_pass(self, given: str) -> None:
        async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
            ann = await lab.raw()
            heard = await ann.words(f"PASS {given}", "NICK x", "USER ann 0 * :A")
            assert heard[0] == "900 x x!~ann@127.0.0.1 ann You are now logged in as ann"
            assert heard[1].endswith("x!ann@127.0.0.1")
            assert lab.access[0].user == "ann"

    async def test_a_wrong_one(self) -> None:
        async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
            ann = await lab.raw()
            await ann.say("PASS ann:wrong", "NICK x", "USER ann 0 * :A")
            assert [m.command for m in await ann.rest()] == ["464", "ERROR"]
            assert lab.access[0].status == "464"

    async def test_none_without_tls(self) -> None:
        async with Lab(OPEN, ANN) as lab:
            ann = await lab.raw()
            await ann.say(f"PASS ann:{PASSWORD}", "NICK x", "USER ann 0 * :A")
            first, _ = await ann.rest()
            assert first.command == "464"
            assert "TLS" in first.text

    async def test_where_there_is_nobody_to_log_in_as_it_doesnt_matter(self) -> None:
        async with Lab() as lab:
            ann = await lab.raw()
            assert (await ann.codes("PASS x", "NICK x", "USER ann 0 * :A"))[0] == "001"

    async def test_accounts_alone(self) -> None:
        async with Lab(f"{OPEN},allow_plain_auth=yes", ANN, anonymous=NONE) as lab:
            eve = await lab.raw()
            await eve.say("NICK x", "USER ann 0 * :A")
            assert [m.command for m in await eve.rest()] == ["464", "ERROR"]
            await lab.person("ann", password=PASSWORD)

    def test_guessing_takes_its_time(self) -> None:
        async def main() -> None:
            async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
                for _ in range(6):
                    eve = await lab.raw()
                    await eve.say("PASS ann:wrong", "NICK x", "USER ann 0 * :A")
                    assert [m.command for m in await eve.rest()] == ["464", "ERROR"]
                assert elapsed() > 3

        run(main())
