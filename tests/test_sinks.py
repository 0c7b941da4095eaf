"""Sinks: a body's way into a record, to standard output, or into a file by way of a temporary name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, RemoteProtocolError, Unsupported, UsageError
from netloom.shapes import Reply
from netloom.sinks import FileSink, MemorySink, OutputSink, sink_for

if TYPE_CHECKING:
    from pathlib import Path

WHERE = Endpoint.parse("http://h/folder/name.txt?x=1")


async def broken() -> Any:
    yield b"first "
    yield b"half "
    raise ConnectionLost("in the middle")


async def rest() -> Any:
    yield b"second half"


class Client:
    """One that can go on."""

    start = 0
    validator = ""


class TestWhich:
    def test_the_record_by_default(self) -> None:
        assert isinstance(sink_for("", WHERE), MemorySink)

    def test_standard_output(self) -> None:
        assert isinstance(sink_for("-", WHERE), OutputSink)

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("http://h/folder/name.txt?x=1", "name.txt"),
            ("http://h/", "index"),
            ("http://h", "index"),
            ("http://h/a/..", "index"),
            ("http://h/a/.", "index"),
        ],
    )
    async def test_a_folder(self, url: str, name: str, tmp_path: Path) -> None:
        sink = sink_for(str(tmp_path), Endpoint.parse(url))
        await sink.take(Reply(body=b"x"))
        assert sink.saved_to == str(tmp_path / name)
        assert [path.name for path in tmp_path.iterdir()] == [name]

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("http://h/a/name.txt", "name.yaml"),
            ("http://h/a/name", "name.yaml"),
            ("http://h/.name", ".name.yaml"),
            ("http://h/", "index.yaml"),
        ],
    )
    async def test_another_suffix_in_a_folder(self, url: str, name: str, tmp_path: Path) -> None:
        sink = sink_for(str(tmp_path), Endpoint.parse(url), suffix=".yaml")
        await sink.take(Reply(body=b"x"))
        assert sink.saved_to == str(tmp_path / name)

    async def test_a_file_is_called_as_it_was_said(self, tmp_path: Path) -> None:
        sink = sink_for(str(tmp_path / "x.txt"), WHERE, suffix=".yaml")
        await sink.take(Reply(body=b"x"))
        assert sink.saved_to == str(tmp_path / "x.txt")

    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no folder"):
            sink_for(str(tmp_path / "nowhere" / "x"), WHERE)

    def test_going_on_needs_a_file(self) -> None:
        with pytest.raises(UsageError, match="--save"):
            sink_for("", WHERE, resume=True)


class TestMemory:
    async def test_a_body(self) -> None:
        sink = MemorySink()
        await sink.take(Reply(body=rest()))
        assert (sink.body, sink.size, sink.saved_to) == (b"second half", 11, "")

    async def test_none_and_an_empty_one(self) -> None:
        sink = MemorySink()
        await sink.take(Reply())
        assert sink.body is None
        await sink.take(Reply(body=b""))
        assert sink.body == b""

    async def test_one_that_is_too_large(self) -> None:
        sink = MemorySink(limit=10)
        with pytest.raises(RemoteProtocolError, match="larger than 10 bytes") as caught:
            await sink.take(Reply(body=b"x" * 11))
        assert "--save" in caught.value.hint
        assert sink.body is None
        with pytest.raises(RemoteProtocolError) as caught:
            await MemorySink(limit=1, hint="elsewhere").take(Reply(body=b"xx"))
        assert caught.value.hint == "elsewhere"


async def test_standard_output(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = OutputSink()
    await sink.take(Reply(body=rest()))
    assert capsysbinary.readouterr().out == b"second half"
    assert sink.size == 11


class TestFile:
    async def test_a_body(self, tmp_path: Path) -> None:
        place = tmp_path / "x"
        sink = FileSink(place)
        sink.prepare(object())
        await sink.take(Reply(body=rest()))
        assert place.read_bytes() == b"second half"
        assert (sink.saved_to, sink.size) == (str(place), 11)
        assert list(tmp_path.iterdir()) == [place], "nothing else is left"

    async def test_without_a_body_there_is_no_file(self, tmp_path: Path) -> None:
        sink = FileSink(tmp_path / "x")
        await sink.take(Reply())
        assert list(tmp_path.iterdir()) == []
        assert sink.saved_to == ""

    async def test_one_that_breaks_leaves_what_was_there_and_can_be_gone_on_with(self, tmp_path: Path) -> None:
        place = tmp_path / "x"
        place.write_bytes(b"precious")
        with pytest.raises(ConnectionLost):
            await FileSink(place).take(Reply({"validator": "v1"}, body=broken()))
        assert place.read_bytes() == b"precious"
        client = Client()
        sink = FileSink(place, resume=True)
        sink.prepare(client)
        assert (client.start, client.validator) == (11, "v1")
        await sink.take(Reply({"start": 11, "validator": "v1"}, body=rest()))
        assert place.read_bytes() == b"first half second half"
        assert list(tmp_path.iterdir()) == [place]

    async def test_a_body_that_has_changed_is_taken_from_its_beginning(self, tmp_path: Path) -> None:
        place = tmp_path / "x"
        with pytest.raises(ConnectionLost):
            await FileSink(place).take(Reply({"validator": "v1"}, body=broken()))
        sink = FileSink(place, resume=True)
        sink.prepare(Client())
        await sink.take(Reply({"validator": "v2"}, body=rest()))
        assert place.read_bytes() == b"second half"

    @pytest.mark.parametrize("start", [5, 100])
    async def test_a_peer_that_begins_elsewhere_is_not_believed(self, start: int, tmp_path: Path) -> None:
        place = tmp_path / "x"
        with pytest.raises(ConnectionLost):
            await FileSink(place).take(Reply({"validator": "v1"}, body=broken()))
        sink = FileSink(place, resume=True)
        sink.prepare(Client())
        await sink.take(Reply({"start": start, "validator": "v1"}, body=rest()))
        assert place.read_bytes() == b"second half"

    def test_nothing_to_go_on_with(self, tmp_path: Path) -> None:
        client = Client()
        for note in (None, "junk", "{}", "[]", '{"validator": 3}'):
            if note is not None:
                (tmp_path / ".x.part.json").write_text(note)
            FileSink(tmp_path / "x", resume=True).prepare(client)
            assert client.start == 0

    def test_a_protocol_that_cannot(self, tmp_path: Path) -> None:
        with pytest.raises(Unsupported, match="can't go on"):
            FileSink(tmp_path / "x", resume=True).prepare(object())

    async def test_a_disk_that_is_full(self, tmp_path: Path) -> None:
        (tmp_path / ".x.part").mkdir()
        with pytest.raises(UsageError, match="can't be written"):
            await FileSink(tmp_path / "x").take(Reply(body=rest()))

    @pytest.mark.parametrize("name", [".x.part", ".x.part.json"])
    async def test_a_link_that_somebody_put_there_is_not_followed(self, name: str, tmp_path: Path) -> None:
        other = tmp_path / "other"
        other.write_text("precious")
        (tmp_path / name).symlink_to(other)
        try:
            await FileSink(tmp_path / "x").take(Reply(body=rest()))
        except UsageError:
            assert not (tmp_path / "x").exists()
        assert other.read_text() == "precious"

    async def test_the_note_says_what_the_part_is_of(self, tmp_path: Path) -> None:
        with pytest.raises(ConnectionLost):
            await FileSink(tmp_path / "x").take(Reply({"validator": "v1"}, body=broken()))
        assert json.loads((tmp_path / ".x.part.json").read_text()) == {"validator": "v1"}
        assert (tmp_path / ".x.part").read_bytes() == b"first half "
