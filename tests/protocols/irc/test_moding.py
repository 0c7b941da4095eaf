"""Modes: every one set and taken away, asked for and refused."""

from __future__ import annotations

import pytest

from tests.protocols.irc.lab import Lab


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("+m", "+m"), ("-n", "-n"), ("+n", None), ("+ims-t", "+ims-t"), ("+k key", "+k key"), ("+l 5", "+l 5"),
        ("+o bob", "+o bob"), ("+v BOB", "+v bob"), ("+b bob", "+b bob!*@*"), ("+b a!b@c", "+b a!b@c"),
        ("+e @host", "+e *!*@host"), ("+I x", "+I x!*@*"), ("+ov-o bob bob bob", "+ov-o bob bob bob"),
        ("+kl-t key 5", "+kl-t key 5"), ("-l", None), ("-k x", None), ("+", None),
    ],
)  # fmt: skip
async def test_changes_that_are_told(change: str, told: str | None) -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
        await ann.hear()
        expected = [f"ann MODE #a {told}"] if told else []
        assert await ann.words(f"MODE #a {change}") == expected
        assert await bob.words() == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("+X", "472"), ("+o", "696"), ("+o nobody", "401"), ("+o eve", "441"), ("+k", "696"), ("+k a,b", "525"),
        (f"+k {'k' * 24}", "525"), ("+l", "696"), ("+l x", "696"), ("+l 0", "696"), ("+l 99999999999", "696"),
    ],
)  # fmt: skip
async def test_changes_that_arent(change: str, code: str) -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        await lab.person("eve")
        assert await ann.codes(f"MODE #a {change}") == [code]


async def test_what_the_modes_are() -> None:
    async with Lab() as lab:
        ann, bob, eve = await lab.person("ann", join="#a"), await lab.person("bob", join="#a"), await lab.person("eve")
        await ann.ask("MODE #a +kl key 9")
        for who, modes in ((ann, "+ntkl key 9"), (eve, "+ntkl * 9")):
            first, second = await who.ask("MODE #a")
            assert (first.command, " ".join(first.params[2:])) == ("324", modes)
            assert second.command == "329"
        await bob.hear()
        assert await bob.codes("MODE #a +m", "MODE #a -o ann", "MODE #a +b x!*@*") == ["482"] * 3
        assert await bob.codes("MODE #a b", "MODE #a +b", "MODE #a e", "MODE #a I") == ["368", "368", "482", "482"]
        await ann.ask("MODE #a +k-k again x", "MODE #a +s")
        assert await eve.codes("MODE #a", "MODE #nothing") == ["403", "403"]


async def test_lists() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        await ann.ask("MODE #a +bbe one two three")
        heard = await ann.ask("MODE #a b")
        assert [m.params[2] for m in heard if m.command == "367"] == ["one!*@*", "two!*@*"]
        assert heard[0].params[3] == "ann!~ann@127.0.0.1"
        assert await ann.words("MODE #a -b ONE", "MODE #a -b never", "MODE #a +b two") == ["ann MODE #a -b one!*@*"]
        assert await ann.codes("MODE #a e", "MODE #a I") == ["348", "349", "347"]


async def test_lists_have_an_end() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        for number in range(100):
            assert await ann.codes(f"MODE #a +{'beI'[number % 3]} n{number}") == ["MODE"]
        assert await ann.codes("MODE #a +b more", "MODE #a +e more") == ["478", "478"]


async def test_six_changes_with_a_parameter_at_most() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        assert await ann.words("MODE #a +bbbbbbb a b c d e f g") == [
            "ann MODE #a +bbbbbb " + " ".join(f"{one}!*@*" for one in "abcdef")
        ]


async def test_ones_own_modes() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        await lab.person("bob")
        assert await ann.words("MODE ann +iw", "MODE ann", "MODE ANN -i+o", "MODE ann") == [
            "ann MODE ann +iw", "221 ann +iw", "ann MODE ann -i", "221 ann +w",
        ]  # fmt: skip
        assert await ann.codes("MODE ann +X", "MODE bob", "MODE nobody", "MODE", "MODE ann -o") == [
            "501", "502", "401", "461",
        ]  # fmt: skip
