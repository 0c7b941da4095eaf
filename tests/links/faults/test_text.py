"""Faults in words: what they mean, and what is said of what means nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.links.faults.fault import Fault, Traffic
from netloom.links.faults.kinds.bandwidth import Bandwidth
from netloom.links.faults.kinds.half_close import HalfClose
from netloom.links.faults.kinds.latency import Latency
from netloom.links.faults.kinds.loss import Loss
from netloom.links.faults.kinds.refuse import Refuse
from netloom.links.faults.kinds.stall import Stall
from netloom.links.faults.plan import Faults
from netloom.links.faults.text import LIMIT, described, kind, known, parameters, parse, read, several

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("latency:100ms", Latency(delay=0.1)),
        ("latency:delay=100ms:jitter=20ms:to=both", Latency(delay=0.1, jitter=0.02, to="both")),
        (" latency:0.5:start=5:end=1min ", Latency(delay=0.5, start=5, end=60)),
        ("loss:30%:chance=50%:seed=-3", Loss(share=0.3, chance=0.5, seed=-3)),
        ("bandwidth:64KiB:on=2-5", Bandwidth(rate=65536, on="2-5")),
        ("half-close", HalfClose()),
        ("half_close:7", HalfClose(after=7)),
        ("stall:close=2:after=9", Stall(after=9, close=2)),
        (
            "refuse:450:times=2:at=RCPT:target=bob@*:text=busy",
            Refuse(code="450", times=2, at="RCPT", target="bob@*", text="busy"),
        ),
        ("refuse:550:text=a=b", Refuse(code="550", text="a=b")),
    ],
)
def test_what_it_means(text: str, means: Fault) -> None:
    assert parse(text) == means


@pytest.mark.parametrize(
    ("text", "names", "hint"),
    [
        ("", ["no fault ''"], "latency"),
        ("latnecy:1", ["no fault 'latnecy'"], "latency"),
        ("latency", ["latency", "needs delay", "later"], "latency:…"),
        ("latency:soon", ["latency", "delay", "'soon'", "a number from 0"], "units"),
        ("latency:-1", ["latency", "delay", "'-1'", "from 0"], "how much later"),
        ("latency:1:to=me", ["latency", "to", "'me'", "both, client, server"], "to"),
        ("latency:1:gitter=2", ["'gitter=2'", "latency"], "jitter"),
        ("latency:1:whatever", ["'whatever'", "latency"], "jitter"),
        ("latency:1:delay=2", ["latency", "delay once"], "latency:1:delay=2"),
        ("handshake:5", ["'5'", "handshake"], "to"),
        ("loss:130%", ["loss", "share", "from 0 to 1", "'130%'"], "share"),
        ("bandwidth:0", ["bandwidth", "rate", "at least 1"], "octets a second"),
        ("bandwidth:1.5", ["bandwidth", "rate", "whole number"], "octets a second"),
        ("bandwidth:1e999", ["bandwidth", "rate"], "octets a second"),
        ("latency:1e999", ["latency", "delay"], "later"),
        ("latency:1:on=0", ["latency", "on", "'0'"], "connections"),
        ("latency:1:on=5-3", ["on=5-3", "no connection"], "on=3-5"),
        ("latency:1:start=5:end=5", ["ends after 5 s", "begin after 5 s"], "same moment"),
        ("certificate:old", ["certificate", "flaw", "early, expired, name, untrusted"], "wrong"),
        ("__init__", ["no fault"], "faults: "),
        ("../plan", ["no fault"], "faults: "),
    ],
)
def test_a_mistake_is_named(text: str, names: list[str], hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(text)
    assert all(name in raised.value.message for name in names), raised.value.message
    assert hint in raised.value.hint


_WORDS = st.sampled_from(
    [*known(), "to", "both", "=", ":", "1", "1e999", "0.1s", "%", "start=1", "end=0", "on=3-", "@", "\0"]
)


@given(st.one_of(st.text(), st.lists(_WORDS).map("".join), st.lists(_WORDS).map(":".join)))
def test_any_text_is_a_fault_or_a_mistake(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(parse(text), Fault)


@pytest.mark.parametrize("name", known())
def test_a_fault_describes_itself(name: str) -> None:
    made = kind(name)
    fields = parameters(made)
    assert made.__doc__
    assert not made.VALUE or made.VALUE in fields
    assert all(described(field) for field in fields.values()), name
    assert {"chance", "on", "start", "end", "seed"} <= set(fields)
    assert ("to" in fields) == issubclass(made, Traffic)


class TestScripts:
    def test_one_a_line(self, tmp_path: Path) -> None:
        script = tmp_path / "faults"
        script.write_text("# a bad day\nlatency:1  # slow\n\nstall:9\n")
        assert list(several(f"@{script}")) == [Latency(delay=1), Stall(after=9)]
        assert list(several("stall:9")) == [Stall(after=9)]

    def test_file_and_line_are_named_and_nothing_is_placed(self, tmp_path: Path) -> None:
        script = tmp_path / "faults"
        script.write_text("latency:1\nlatency:soon\n")
        above = Faults()
        with pytest.raises(UsageError) as raised:
            Faults([f"@{script}"], above=above)
        assert f"{script}, line 2: " in raised.value.message
        assert "'soon'" in raised.value.message
        assert raised.value.hint
        above.add("certificate:expired")
        assert [placed.name for placed in above] == ["certificate"]

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="No such file"):
            list(read(str(tmp_path / "none")))

    def test_too_large(self, tmp_path: Path) -> None:
        script = tmp_path / "faults"
        script.write_bytes(b"#" * (LIMIT + 1))
        with pytest.raises(UsageError, match=str(LIMIT)):
            list(read(str(script)))

    @given(st.binary())
    def test_any_octets(self, tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
        script = tmp_path_factory.getbasetemp() / "any"
        script.write_bytes(octets)
        with contextlib.suppress(UsageError):
            list(read(str(script)))
