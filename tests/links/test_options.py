"""Link options: every one has a description, a bound and words for a mistake."""

from __future__ import annotations

from typing import Annotated, get_args, get_origin

import msgspec
import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.channel import ChannelOptions
from netloom.links.options import LinkOptions
from netloom.options import split

NAMES = LinkOptions.__struct_fields__


def options(text: str) -> LinkOptions:
    return split(Endpoint.parse(f"tcp://h:1#{text}"), ChannelOptions)[0]


@pytest.mark.parametrize("field", msgspec.structs.fields(LinkOptions), ids=lambda field: str(field.name))
def test_it_is_described_and_has_a_default(field: msgspec.structs.FieldInfo) -> None:
    meta = [part for part in get_args(field.type) if isinstance(part, msgspec.Meta)]
    assert get_origin(field.type) is Annotated
    assert meta[-1].description
    assert field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("family=6", "family", "6"),
        ("nodelay", "nodelay", True),
        ("nodelay=", "nodelay", True),
        ("nodelay=yes", "nodelay", True),
        ("nodelay=On", "nodelay", True),
        ("nodelay=true", "nodelay", True),
        ("nodelay=1", "nodelay", True),
        ("nodelay=no", "nodelay", False),
        ("nodelay=OFF", "nodelay", False),
        ("nodelay=0", "nodelay", False),
        ("verify=no", "verify", False),
        ("keepalive-idle=3", "keepalive_idle", 3),
        ("idle=2.5", "idle", 2.5),
        ("ca=/a%2Cb", "ca", "/a,b"),
        ("proxy=socks5://a:1,proxy=http://b:2", "proxy", ["socks5://a:1", "http://b:2"]),
        ("tls_minimum=1.3", "tls_minimum", "1.3"),
    ],
)
def test_what_can_be_said(text: str, name: str, value: object) -> None:
    found = getattr(options(text), name)
    assert (list(found) if isinstance(found, tuple) else found) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("family=5", "option family: "),
        ("idle=-1", "option idle: a number"),
        ("idle=nan", "option idle"),
        ("idle=inf", "option idle"),
        ("limit=0", "option limit: a whole number"),
        ("limit=x", "option limit: a whole number"),
        ("backlog=70000", "option backlog"),
        ("tls=maybe", "option tls"),
        ("verify=perhaps", "option verify: "),
        ("nodelai", "'nodelai' is no option here"),
        ("section-2", "'section_2' is no option here"),
    ],
)
def test_what_cannot(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        options(text)
    assert words in caught.value.message
    assert "null" not in caught.value.message


def test_a_near_miss_is_suggested_and_an_anchor_is_recognised() -> None:
    with pytest.raises(UsageError) as caught:
        options("nodelai")
    assert caught.value.hint == "did you mean nodelay?"
    with pytest.raises(UsageError) as caught:
        options("section-2")
    assert "anchor" in caught.value.hint


def test_the_defaults_set_nothing() -> None:
    assert options("") == LinkOptions()
    assert {name for name in NAMES if getattr(LinkOptions(), name) is None} >= {"nodelay", "ttl", "idle", "keepalive"}
