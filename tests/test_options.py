"""Options: whose they are, what they may be, and what is said about those that can't be."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from netloom import registry
from netloom.endpoint import Endpoint, Secret
from netloom.errors import UsageError
from netloom.links.options import LinkOptions
from netloom.options import split


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A protocol's options."""

    version: Annotated[int, Meta(ge=1, le=4)] = 4
    reply: Literal["none", "all"] = "none"
    token: Secret = Secret("")
    switch: bool = False
    header: tuple[str, ...] = ()
    item: list[str] = []
    perhaps: tuple[str, ...] | None = None
    factor: Annotated[float, Meta(gt=0)] | None = None
    ttl: str = "mine"


def given(fragment: str) -> tuple[LinkOptions, Own]:
    return split(Endpoint.parse(f"tcp://h:1#{fragment}"), Own)


def test_without_any_all_have_their_defaults() -> None:
    assert given("") == (LinkOptions(), Own())


def test_each_goes_to_whom_it_belongs() -> None:
    link, own = given("tos=8,version=3,idle=2.5,reply=all")
    assert link == LinkOptions(tos=8, idle=2.5)
    assert own == Own(version=3, reply="all")


def test_a_protocols_own_name_comes_first() -> None:
    link, own = given("ttl=8")
    assert (link.ttl, own.ttl) == (None, "8")


def test_flags_beside_the_url_count_the_same() -> None:
    endpoint = Endpoint.parse("tcp://h:1#version=3").with_options([("version", "2"), ("tos", "1")])
    link, own = split(endpoint, Own)
    assert (link.tos, own.version) == (1, 3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("switch", True), ("switch=", True), ("switch=yes", True), ("switch=ON", True), ("switch=true", True),
        ("switch=1", True), ("switch=no", False), ("switch=off", False), ("switch=False", False), ("switch=0", False),
    ],
)  # fmt: skip
def test_switches(text: str, value: bool) -> None:
    assert given(text)[1].switch is value


def test_words_for_switches_are_texts_elsewhere() -> None:
    assert given("ttl=yes")[1].ttl == "yes"


def test_optional_switches() -> None:
    assert given("nodelay=no")[0].nodelay is False
    assert given("nodelay")[0].nodelay is True
    assert given("")[0].nodelay is None


def test_lists_collect() -> None:
    link, own = given("header=A: 1,header=B: 2,item=x,perhaps=y,proxy=socks5://a,proxy=none".replace(" ", "%20"))
    assert own.header == ("A: 1", "B: 2")
    assert own.item == ["x"]
    assert own.perhaps == ("y",)
    assert link.proxy == ("socks5://a", "none")


def test_secrets_stay_secret() -> None:
    own = given("token=hunter2")[1]
    assert own.token == Secret("hunter2")
    assert "hunter2" not in repr(own)


@pytest.mark.parametrize(
    ("fragment", "message"),
    [
        ("version=5", "option version: a whole number from 1 to 4 is expected, not '5'"),
        ("version=two", "option version: a whole number from 1 to 4 is expected, not 'two'"),
        ("reply=some", "option reply: one of all, none is expected, not 'some'"),
        ("switch=perhaps", "option switch: true or false is expected, not 'perhaps'"),
        ("factor=0", "option factor: a number above 0 is expected, not '0'"),
        ("idle=-1", "option idle: a number from 0 to 31622400 is expected, not '-1'"),
        ("tos=256", "option tos: a whole number from 0 to 255 is expected, not '256'"),
        ("family=5", "option family: one of 4, 6, any is expected, not '5'"),
        ("version=1,version=2", "option 'version' is given twice"),
        ("tos=1,tos=1", "option 'tos' is given twice"),
    ],
)
def test_what_an_option_may_be(fragment: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        given(fragment)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("fragment", "hint"),
    [("verson=3", "did you mean version?"), ("kepalive", "did you mean keepalive?"), ("x-y-z", "a page's anchor?")],
)
def test_an_unknown_name(fragment: str, hint: str) -> None:
    with pytest.raises(UsageError, match="is no option here") as caught:
        given(fragment)
    assert hint in caught.value.hint
    assert (caught.value.text, caught.value.column) == (f"#{fragment.partition('=')[0].replace('-', '_')}", 1)


@pytest.mark.parametrize("name", registry.names("protocols"))
def test_every_protocols_options_have_defaults_and_descriptions(name: str) -> None:
    declared = registry.protocol(name)
    own = registry.load(declared, "client").Options
    assert split(Endpoint.parse(f"{next(iter(declared.schemes))}:///x"), own) == (LinkOptions(), own())
    for kind in (own, LinkOptions):
        for field in msgspec.structs.fields(kind):
            assert "description" in str(field.type), f"{kind.__name__}.{field.name} isn't described"
