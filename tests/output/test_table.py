"""The table: what stands on which line, at which width."""

from __future__ import annotations

import msgspec
import pytest

from netloom.errors import Status
from netloom.output import named
from netloom.output.text.live import Watching
from netloom.output.text.words import width
from netloom.packet.tape.record import PlayedRecord
from netloom.records import (
    AccessRecord,
    Cell,
    Entry,
    EntryRecord,
    Message,
    MessageRecord,
    Note,
    Record,
    Said,
    ServingRecord,
)
from netloom.relaying.relay import Relayed
from tests.output.examples import made, probed, refused, reply, request, view, written


def outcome(kind: type[Record], **fields: object) -> Record:
    """A record of this kind with a probe's outcome."""
    base = msgspec.structs.asdict(probed())
    return kind(**{name: base[name] for name in kind.__struct_fields__ if name in base} | fields)


def test_a_probe_is_one_line_with_its_bar() -> None:
    line, legend = made("table", probed(), request=request("probe", "https://example.com")).splitlines()
    assert line.startswith("  ✔ https://example.com  200 OK · HTTP/2 ")
    assert " 84 ms  ▁" in line
    assert "phases:" in legend
    assert "▄tls" in legend


def test_a_failure_says_where_what_and_what_to_try() -> None:
    text = made("table", probed(), refused(), request=request("probe", "https://example.com", "tcp://127.0.0.1:9"))
    lines = text.splitlines()
    assert lines[1].startswith("  ✘ tcp://127.0.0.1:9    nothing listens there (at connect)")
    assert lines[2] == "      is the server running?"
    assert lines[3].startswith("  1 of 2 · phases:")


@pytest.mark.parametrize("columns", [30, 40, 50, 66, 80, 90, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(columns: int) -> None:
    summary = "200 OK · HTTP/2 · TLS 1.3 · certificate 61 days"
    text = made(
        "table",
        probed(summary=summary),
        refused(message="nothing listens on this port of this host, as it seems"),
        request=request("probe", "https://example.com", "tcp://127.0.0.1:9"),
        size=lambda: (columns, 40),
    )
    assert all(width(line) <= columns for line in text.splitlines()[:-1])
    together = " ".join(text.split())
    assert summary in together
    assert "nothing listens on this port of this host, as it seems" in together


def test_quiet_tells_only_of_failures() -> None:
    text = made("table", probed(), refused(), quiet=True)
    assert "example.com" not in text
    assert "nothing listens there" in text
    assert "of 2" not in text


def test_what_a_peer_said_is_not_obeyed() -> None:
    text = made("table", probed(summary="\x1b[2J\x9b31m\n\r\u202e"))
    assert "\x1b" not in text
    assert "\\x1b[2J\\x9b31m\\n\\r\\u202e" in text


def test_colours_and_plain_letters() -> None:
    assert "\x1b[32m✔\x1b[0m" in made("table", probed(), colour=True)
    plain = made("table", probed(summary="ok"), refused(), unicode=False)
    assert plain.isascii()
    assert "  + https://example.com" in plain
    assert "c=connect" in plain


def test_entries() -> None:
    entries = [
        outcome(EntryRecord, entry=Entry(name="docs", kind="folder")),
        outcome(EntryRecord, entry=Entry(name="a.txt", size=1234567, modified=0.0)),
        outcome(EntryRecord, entry=Entry(name="mail", kind="record", value={"type": "MX"})),
        outcome(EntryRecord),
    ]
    lines = made("table", *entries, operation="list").splitlines()
    assert lines[0] == "  docs/"
    assert lines[1].startswith("    1.2 MB  19")
    assert lines[1].endswith("  a.txt")
    assert lines[2] == f"  {'mail':28}  record  type MX"
    assert lines[-1] == "  3 entries"


def test_a_listing_that_broke() -> None:
    lines = made("table", outcome(EntryRecord, status=Status.CLOSED, message="gone"), operation="list").splitlines()
    assert "gone" in lines[0]


def test_several_listings_have_headings() -> None:
    aims = request("list", "ftp://a", "ftp://b")
    entries = [outcome(EntryRecord, endpoint=f"ftp://{host}", entry=Entry(name="x")) for host in "ab"]
    lines = made("table", *entries, operation="list", request=aims).splitlines()
    assert lines[:4] == ["  ftp://a", "  x", "  ftp://b", "  x"]


def test_messages() -> None:
    messages = [
        outcome(MessageRecord, heard=Message(topic="house/kitchen", payload=b"21.5", retain=True)),
        outcome(MessageRecord, heard=Message(payload=b"two\nlines\n", sender="192.0.2.1:5")),
        outcome(MessageRecord, heard=Message(payload=b"\xff" * 50)),
    ]
    lines = made("table", *messages, operation="listen").splitlines()
    assert lines[0].endswith("  house/kitchen  retained  21.5")
    assert lines[1].endswith("  192.0.2.1:5  two")
    assert lines[2] == "            lines"
    assert "50 B: ff ff ff" in lines[3]
    assert lines[-1] == "  3 messages"


@pytest.mark.parametrize(("count", "said"), [(0, "0 messages"), (1, "1 message"), (2, "2 messages")])
def test_a_listener_that_is_stopped(count: int, said: str) -> None:
    heard = [outcome(MessageRecord, heard=Message(payload=b"warp"))] * count
    lines = written(named("table").writer(view("listen")), *heard, interrupted=True).splitlines()
    assert lines[-1] == f"  stopped · {said}"
    assert "served" not in lines[-1]


SERVED = AccessRecord(at=0.0, endpoint="", protocol="http", peer="127.0.0.1", verb="GET", status="200")
RELAYED = Relayed(at=0.0, endpoint="", target="tcp://a:1", peer="127.0.0.1:2", status=Status.SUCCESS)


def test_serving_and_its_guests() -> None:
    records = [
        ServingRecord(endpoint="http://127.0.0.1:8080", protocol="http", content="files ./shared", accounts=["ann"]),
        AccessRecord(
            at=0.0, endpoint="", protocol="http", peer="127.0.0.1", verb="GET", target="/\x1b", status="200", size=5
        ),
    ]
    writer = named("table").writer(view("serve"))
    lines = written(writer, *records, interrupted=True).splitlines()
    assert lines[0] == "  http://127.0.0.1:8080         files ./shared · ann"
    assert "http   127.0.0.1              GET /\\x1b  200  5 B" in lines[1]
    assert lines[2] == "  stopped · 1 served"


@pytest.mark.parametrize(
    ("operation", "records", "said"),
    [
        ("serve", (), "stopped · 0 served"),
        ("relay", (), "stopped · 0 relayed"),
        ("relay", (RELAYED, RELAYED), "stopped · 2 relayed"),
        ("lab", (RELAYED, SERVED), "stopped · 1 relayed, 1 served"),
        ("replay", (), "stopped"),
        ("replay", (outcome(PlayedRecord),), "stopped after 1"),
    ],
)
def test_what_was_done_until_it_was_stopped(operation: str, records: tuple[Record, ...], said: str) -> None:
    lines = written(named("table").writer(view(operation)), *records, interrupted=True).splitlines()
    assert lines[-1] == f"  {said}"


def test_replies() -> None:
    lines = made("table", reply(), operation="send").splitlines()
    assert "200 OK · 6 B" in lines[0]
    assert lines[1] == "      hello"
    assert "no text" in made("table", reply(body=b"\xff"), operation="send")
    value = made("table", reply(body=None, value={"time": 5, "list": [1]}), operation="get")
    assert "      time" in value
    assert value.splitlines()[2].split() == ["list", "1"]
    assert "exit status 3" in made("table", reply(body=None, exit_status=3), operation="run")


def test_cells_are_drawn_as_a_matrix() -> None:
    cells = [
        Cell(protocol="ntp", operation="get", status="works"),
        Cell(protocol="ntp", operation="put", status="unsupported", reason="ntp has no put"),
    ]
    text = made("table", *cells, operation="matrix")
    assert "get  put" in text
    assert "1 of 2 work" in text
    assert "ntp put: ntp has no put" in text


def test_notes_and_words() -> None:
    text = made("table", Note(title="T", text="line\n  deeper", value={"a": 1}), operation="explain")
    assert text.splitlines()[:3] == ["  T", "    line", "      deeper"]
    assert made("table", Said(sender="client", words="EHLO"), operation="explain") == "  > EHLO\n"


class Unheard(Record, frozen=True, kw_only=True):
    """A record that the table doesn't know."""

    colour: str = "red"
    empty: str = ""
    number: int = 3


def test_a_record_of_an_operation_that_is_yet_to_be_written() -> None:
    assert made("table", Unheard()) == "  colour red · number 3\n"


def test_what_is_watched_on_a_terminal_stays_in_place() -> None:
    watched = request("probe", "tcp://127.0.0.1:9", watch=1.0)
    assert isinstance(named("table").writer(view(request=watched, terminal=True)), Watching)
    assert not isinstance(named("table").writer(view(request=watched)), Watching)
    assert not isinstance(named("table").writer(view(request=request("probe", "tcp://h:9"), terminal=True)), Watching)


def test_what_was_stopped_says_so() -> None:
    writer = named("table").writer(view())
    text = written(writer, probed(), refused(), interrupted=True)
    assert text.splitlines()[-1].startswith("  stopped after 2 · 1 of 2 · phases: ")


def test_a_terminal_that_cannot_go_back_is_given_lines() -> None:
    asked = request("probe", "tcp://127.0.0.1:9", watch=5.0)
    for redraws in (True, False):
        writer = named("table").writer(view(terminal=True, redraws=redraws, request=asked))
        assert ("\x1b[" in written(writer, probed(), probed())) == redraws
