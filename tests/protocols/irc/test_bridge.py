"""The bus in channels, and channels on the bus."""

from __future__ import annotations

import pytest

from netloom.contents.bus import Bus, Delivery, Limits
from netloom.protocols.irc.bridge import LINES, lines_of, told_in
from netloom.records import Message
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, Lab


async def test_what_others_publish_is_heard() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann", join="#house/kitchen"), await lab.person("bob", join="#house/kitchen")
        await ann.hear()
        lab.bus.publish(Message("house/kitchen", b"21.5", sender="192.0.2.7:4711"))
        lab.bus.publish(Message("house/cellar", b"12.0"))
        for one in (ann, bob):
            (heard,) = await one.hear()
            assert (heard.source, heard.command, heard.params) == (
                "*192.0.2.7!bus@192.0.2.7-4711", "PRIVMSG", ("#house/kitchen", "21.5"),
            )  # fmt: skip


async def test_what_is_said_is_published() -> None:
    async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
        ann = await lab.person("ann", password=PASSWORD, join="#a%20b")
        async with lab.bus.subscribe("#") as heard:
            await ann.ask(
                "PRIVMSG #a%20b :héllo",
                "NOTICE #a%20b :\x01ACTION waves\x01",
                "PRIVMSG #a%20b :\x01VERSION\x01",
                "PRIVMSG ann :x",
            )
            first, second = await anext(heard), await anext(heard)
            assert (first.topic, first.payload.decode(), first.sender) == ("a b", "héllo", "ann!ann@127.0.0.1")
            assert first.properties == {"nick": "ann", "type": "text", "account": "ann"}
            assert second.payload == b"waves"
            assert second.properties == {
                "nick": "ann",
                "type": "text",
                "account": "ann",
                "ctcp": "ACTION",
                "command": "NOTICE",
            }
            lab.bus.publish(Message("end"))
            assert (await anext(heard)).topic == "end", "what only IRC understands isn't published"


async def test_what_isnt_text_goes_through_as_it_is() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        async with lab.bus.subscribe("a") as heard:
            await ann.ask("PRIVMSG #a :caf\udce9")
            assert (await anext(heard)).payload == b"caf\xe9"


async def test_whoever_joins_hears_what_is_retained() -> None:
    async with Lab() as lab:
        lab.bus.publish(Message("a", b"21.5", sender="sensor", retain=True))
        ann = await lab.person("ann")
        assert (await ann.words("JOIN #a"))[-1] == "*sensor PRIVMSG #a 21.5"
        bob = await lab.person("bob")
        await bob.ask("JOIN #a")
        assert await ann.words() == ["bob JOIN #a"], "and nobody else does again"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (Message("a", b"x"), ["*bus!bus@bus PRIVMSG x"]),
        (Message("a", b"one\r\n\ntwo\n"), ["*bus!bus@bus PRIVMSG one", "*bus!bus@bus PRIVMSG two"]),
        (Message("a", b""), []),
        (Message("a", b"\xff\0x"), ["*bus!bus@bus PRIVMSG \ufffdx"]),
        (Message("a", b"x", sender="[::1]:80"), ["*1!bus@1-80 PRIVMSG x"]),
        (Message("a", b"x", sender="evil nick!u@h :x\r\n"), ["*evil-nick-u-h-x!bus@evil-nick-u-h-x PRIVMSG x"]),
        (Message("a", b"x", sender="\ud800"), ["*bus!bus@bus PRIVMSG x"]),
        (Message("a", b"x", sender="p", properties={"nick": "ann"}), ["*ann!bus@p PRIVMSG x"]),
        (Message("a", b"x", sender="p", properties={"nick": "a b\r\n"}), ["*p!bus@p PRIVMSG x"]),
        (Message("a", b"x", properties={"command": "NOTICE"}), ["*bus!bus@bus NOTICE x"]),
        (Message("a", b"x", properties={"command": "QUIT"}), ["*bus!bus@bus PRIVMSG x"]),
        (Message("a", b"x", properties={"ctcp": "ACTION"}), ["*bus!bus@bus PRIVMSG \x01ACTION x\x01"]),
    ],
)
def test_lines(message: Message, said: list[str]) -> None:
    assert [f"{line.source} {line.command} {line.text}" for line in lines_of("#a", message)] == said


def test_much_is_told_in_part() -> None:
    lines = lines_of("#a", Message("a", b"line\n" * 100))
    assert len(lines) == LINES + 1
    assert lines[-1].text == "… and 420 bytes more"
    lines = lines_of("#a", Message("a", "é".encode() * 100_000))
    assert len(lines) == LINES + 1
    assert all(len(line.text.encode()) <= 380 for line in lines)


def test_it_is_made_once_for_all() -> None:
    delivery = Delivery(Message("a", b"x"))
    assert told_in("#a", delivery) is told_in("#a", delivery)


async def test_a_bus_without_room() -> None:
    async with Lab(bus=Bus(limits=Limits(subscribers=1))) as lab:
        ann = await lab.person("ann", join="#a")
        assert await ann.codes("JOIN #b") == ["437"]
        await ann.ask("PART #a")
        assert "366" in await ann.codes("JOIN #b")


async def test_a_topic_with_too_many_levels() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        assert await ann.codes(f"JOIN #{'/' * 150}") == ["437"]
        assert lab.bus.subscribers == 0
