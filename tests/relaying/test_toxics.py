"""Toxics and the faults that they stand for."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.errors import UsageError
from netloom.links.faults.kinds.bandwidth import Bandwidth
from netloom.links.faults.kinds.corrupt import Corrupt
from netloom.links.faults.kinds.latency import Latency
from netloom.links.faults.kinds.limit import Limit
from netloom.links.faults.kinds.reject import Reject
from netloom.links.faults.kinds.slice import Slice
from netloom.links.faults.kinds.slow_close import SlowClose
from netloom.links.faults.kinds.stall import Stall
from netloom.links.faults.text import parse
from netloom.relaying.toxics import TYPES, Toxic, in_words, shown

CASES: list[tuple[str, dict[str, Any], Any]] = [
    ("latency", {"latency": 100, "jitter": 20}, Latency(delay=0.1, jitter=0.02)),
    ("bandwidth", {"rate": 30}, Bandwidth(rate=30_000)),
    ("slow_close", {"delay": 1500}, SlowClose(delay=1.5)),
    ("timeout", {"timeout": 250}, Stall(close=0.25)),
    ("timeout", {"timeout": 0}, Stall()),
    ("reset_peer", {"timeout": 250}, Reject(delay=0.25)),
    ("slicer", {"average_size": 64, "size_variation": 32, "delay": 10}, Slice(size=64, vary=32, delay=1e-5)),
    ("limit_data", {"bytes": 7}, Limit(after=7)),
    ("fault", {"text": "corrupt:0.5:seed=3"}, Corrupt(share=0.5, seed=3)),
]


@pytest.mark.parametrize(("kind", "attributes", "fault"), CASES)
def test_each_stands_for_a_fault(kind: str, attributes: dict[str, Any], fault: Any) -> None:
    toxic = Toxic(type=kind, attributes=attributes).settled()
    assert toxic.fault() == fault
    assert (toxic.name, toxic.stream, toxic.toxicity) == (f"{kind}_downstream", "downstream", 1.0)
    assert toxic.attributes == attributes


def test_none_is_left_out() -> None:
    assert {kind for kind, _, _ in CASES} == set(TYPES)


@pytest.mark.parametrize("kind", sorted(set(TYPES) - {"reset_peer", "fault"}))
def test_upstream_is_what_the_server_hears(kind: str) -> None:
    fault: Any = Toxic(type=kind, stream="Upstream", toxicity=0.5).settled().fault()
    assert (fault.to, fault.chance) == ("server", 0.5)


@pytest.mark.parametrize(
    ("text", "to"), [("stall", "server"), ("stall:to=both", "both"), ("stall:to=client", "client")]
)
def test_a_fault_says_its_direction_itself_or_has_the_toxics(text: str, to: str) -> None:
    fault: Any = Toxic(type="fault", stream="upstream", attributes={"text": text}).settled().fault()
    assert fault.to == to


def test_what_is_left_out_is_told() -> None:
    assert Toxic(type="latency").settled().attributes == {"latency": 0, "jitter": 0}
    assert Toxic(type="slicer", name="x").settled().name == "x"
    assert Toxic(type="bandwidth").settled().fault() == Bandwidth(rate=2**40), "which bounds nothing"


@pytest.mark.parametrize(
    ("toxic", "words"),
    [
        (Toxic(type="poison"), "invalid toxic type"),
        (Toxic(), "invalid toxic type"),
        (Toxic(type="latency", name="a/b"), "a slash"),
        (Toxic(type="latency", stream="sideways"), "upstream or downstream"),
        (Toxic(type="latency", attributes={"latency": "long"}), "bad request body"),
        (Toxic(type="latency", attributes={"latency": -1}), "bad request body"),
        (Toxic(type="latency", attributes={"latency": 10**30}), "bad request body"),
    ],
)
def test_what_is_wrong(toxic: Toxic, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        toxic.settled()


def test_a_fault_that_isnt_one() -> None:
    with pytest.raises(UsageError, match="latensy"):
        Toxic(type="fault", attributes={"text": "latensy:1s"}).settled().fault()


def test_no_script_is_read() -> None:
    with pytest.raises(UsageError, match="there is no fault '@/etc/passwd'"):
        Toxic(type="fault", attributes={"text": "@/etc/passwd"}).settled().fault()


@pytest.mark.parametrize(
    "text", ["latency:0.1:jitter=0.02:to=both", "reject", "stall:after=7:on=2-:seed=4", "loss:0.5"]
)
def test_others_are_shown_by_their_text(text: str) -> None:
    fault = parse(text)
    assert parse(in_words(fault)) == fault
    toxic = shown("mine", fault)
    assert (toxic.name, toxic.type) == ("mine", "fault")
    assert toxic.settled().fault() == fault
