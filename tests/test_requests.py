"""Requests: one constructor that checks, and says which field is wrong and what would be right."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from netloom import registry
from netloom.endpoint import Endpoint, Secret
from netloom.errors import UsageError
from netloom.requests import Talk, decode, field_names, make, pairs, spoken

PROBE, SEND, CONNECT, GET = (registry.operation(name).request for name in ("probe", "send", "connect", "get"))


def test_texts_become_endpoints() -> None:
    made: Any = make(PROBE, {"targets": ["tcp://a:1", Endpoint(scheme="tcp", host="b", port=2)], "deadline": "2.5"})
    assert [str(target) for target in made.targets] == ["tcp://a:1", "tcp://b:2"]
    assert made.deadline == 2.5
    made = make(PROBE, {"targets": "tcp://a:1"})
    assert [str(target) for target in made.targets] == ["tcp://a:1"]
    made = make(CONNECT, {"target": "tcp://a:1", "other": "unix:///x"})
    assert str(made.other) == "unix:///x"
    made = make(CONNECT, {"target": "tcp://a:1"})
    assert made.other is None


@pytest.mark.parametrize(
    ("request_type", "fields", "words", "hint"),
    [
        (PROBE, {"targetz": []}, "there is no 'targetz' here", "did you mean targets?"),
        (PROBE, {"qqqq": []}, "there is no 'qqqq' here", "fields: "),
        (PROBE, {"targets": "tcp://a:x"}, "a port is a number", ""),
        (PROBE, {"targets": [5]}, "targets", ""),
        (PROBE, {"targets": None}, "targets", ""),
        (
            PROBE,
            {"targets": "tcp://a:1", "concurrency": 0},
            "concurrency: a whole number from 1 to 10000 is expected, not 0",
            "",
        ),
        (
            PROBE,
            {"targets": "tcp://a:1", "deadline": -1},
            "deadline: a number above 0 and at most 31622400 is expected, not -1",
            "",
        ),
        (PROBE, {"targets": "tcp://a:1", "deadline": "x"}, "is expected, not 'x'", ""),
        (PROBE, {"targets": "tcp://a:1", "deadline": "nan"}, "deadline", ""),
        (PROBE, {"targets": "tcp://a:1", "deadline": float("nan")}, "deadline", ""),
        (GET, {"targets": []}, "targets", ""),
        (SEND, {"message": "x"}, "target", ""),
    ],
)
def test_what_is_wrong_is_named(request_type: Any, fields: dict[str, Any], words: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(request_type, fields)
    assert words in caught.value.message
    assert hint in caught.value.hint


def test_options_beside_the_endpoint() -> None:
    made: Any = make(PROBE, {"targets": "tcp://a:1#ttl=8", "options": ["ttl=9", "keepalive-idle=3", "nodelay"]})
    aimed = made.aim(made.targets[0])
    assert aimed.all_options == (("ttl", "8"), ("keepalive_idle", "3"), ("nodelay", ""))
    assert made.aim(Endpoint.parse("tcp://b:1")).all_options[0] == ("ttl", "9")
    with pytest.raises(UsageError, match="NAME=VALUE"):
        pairs(["=3"])


@pytest.mark.parametrize("operation", registry.operations(), ids=lambda operation: operation.name)
def test_every_field_is_described(operation: Any) -> None:
    for field in msgspec.structs.fields(operation.request):
        meta = [part for part in getattr(field.type, "__metadata__", ()) if isinstance(part, msgspec.Meta)]
        assert meta, f"{operation.name}.{field.name}"
        assert meta[-1].description, f"{operation.name}.{field.name}"


def test_own_fields_come_first() -> None:
    assert field_names(SEND)[:2] == ["target", "message"]
    common = list(Talk.__struct_fields__)
    assert field_names(SEND)[-len(common) :] == common


def test_a_name_that_ends_as_it_does_for_python_alone() -> None:
    assert spoken("as_") == "as"
    assert spoken("key_log") == "key-log"
    with pytest.raises(UsageError, match=r"^as: "):
        make(SEND, {"target": "tcp://a:1", "as_": [1]})


def test_our_types() -> None:
    assert decode(Secret, "x") == Secret("x")
    secret = Secret("y")
    assert decode(Secret, secret) is secret
    with pytest.raises(ValueError, match="Endpoint expected, not int"):
        decode(Endpoint, 5)
