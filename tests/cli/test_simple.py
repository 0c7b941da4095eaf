"""Simple command lines are understood as click understands them, or left to it."""

from __future__ import annotations

import itertools
import shlex
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom import registry
from netloom.cli import commands, execution
from netloom.cli.fields import fields_of, offered_links
from netloom.cli.simple import read

NAMES = [name.replace("_", "-") for name in registry.names("operations")]
COMMON = ["-v", "-vv", "-q", "-4", "-6", "--verbose", "--quiet"]
ODD = ["", "-", "--", "-h", "--help", "--nothing", "-vq", "-ojson", "--output=", "--quiet=yes", "-5", "--no-quiet"]
PLAIN = ["tcp://a:1", "b.pcap", "hello", "8", "a=b", "é", "\udcff", "http"]


def by_click(arguments: list[str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """What click makes of a line. Raises what it raises."""
    found: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    def keep(operation: Any, given: dict[str, Any], common: dict[str, Any]) -> int:
        found.append((operation.name, given, common))
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "run_operation", keep)
        commands.group().main(arguments, prog_name="netloom", standalone_mode=False)
    return found[0]


def pieces(name: str) -> st.SearchStrategy[list[str]]:
    """Words that belong together, or don't."""
    operation = registry.operation(name)
    fields = (*fields_of(operation.request), *offered_links(operation.request))
    switches = [word for field in fields if field.kind == "switch" for word in (field.flag, f"--no-{field.flag[2:]}")]
    valued = [word for field in fields if field.kind != "switch" for word in (field.flag, field.short) if word]
    pairs = st.tuples(st.sampled_from([*valued, "-o", "-w", "--output", "--color", "--config"]), st.sampled_from(PLAIN))
    return st.one_of(
        st.sampled_from(PLAIN).map(lambda word: [word]),
        pairs.map(list),
        pairs.map("=".join).map(lambda word: [word]),
        st.sampled_from([*switches, *COMMON]).map(lambda word: [word]),
        st.sampled_from([*valued, *ODD]).map(lambda word: [word]),
    )


lines = st.sampled_from(NAMES).flatmap(
    lambda name: st.lists(pieces(name), max_size=5).map(lambda found: [name, *itertools.chain(*found)])
)


@pytest.fixture(scope="module")
def imported() -> None:
    """Every operation is: drawing the first line that names one isn't what takes long."""
    for name in NAMES:
        registry.operation(name)


@pytest.mark.usefixtures("imported")
@given(lines)
def test_what_is_simple_means_what_click_says(line: list[str]) -> None:
    said = read(line)
    if said is None:
        return
    name, given_, common = by_click(line)
    assert said.operation.name == name
    told = {field: value for field, value in given_.items() if value not in (None, ())}
    assert said.given == told
    own = said.operation.request.__struct_fields__
    assert [field for field in said.given if field not in own] == [field for field in told if field not in own]
    assert said.common == common


@pytest.mark.parametrize("name", NAMES)
def test_what_people_write_is_simple(name: str) -> None:
    command, *line = shlex.split(registry.operation(name).example)
    assert command == "netloom"
    assert read(line) is not None


def test_what_it_gives() -> None:
    said = read(["packets", "a.pcap", "--count", "3", "b.pcap", "--strict", "-o", "csv", "-v", "-vv", "--filter=tcp"])
    assert said is not None
    assert said.operation.name == "packets"
    assert said.given == {"files": ("a.pcap", "b.pcap"), "count": "3", "strict": True, "filter": "tcp"}
    assert said.common == dict.fromkeys(execution.COMMON) | {"output": "csv", "verbose": 3}
    said = read(["probe", "tcp://a:1", "--ttl", "8", "--no-nodelay", "--proxy", "x", "--proxy=y", "-6"])
    assert said is not None
    assert said.given == {"targets": ("tcp://a:1",), "ttl": "8", "nodelay": False, "proxy": ("x", "y")}
    assert said.common["family"] == "6"


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["help"],
        ["completion", "bash"],
        ["-v", "probe", "tcp://a:1"],
        ["prob", "tcp://a:1"],
        ["probe", "tcp://a:1", "--help"],
        ["probe", "tcp://a:1", "--deadline"],
        ["probe", "tcp://a:1", "--deadline", "-5"],
        ["probe", "tcp://a:1", "--deadlin", "5"],
        ["probe", "--", "tcp://a:1"],
        ["probe", ""],
        ["get", "http://a/", "--resume=yes"],
        ["get", "http://a/", "-vq"],
        ["send", "udp://a:1", "one", "two"],
        ["packets", "a.pcap", "--ttl", "5"],
    ],
)
def test_what_is_left_to_click(line: list[str]) -> None:
    assert read(line) is None


def test_click_itself_is_asked_here() -> None:
    assert by_click(["packets", "a.pcap"])[1]["files"] == ("a.pcap",)
    with pytest.raises(click.NoSuchOption):
        by_click(["packets", "--deadlin"])
