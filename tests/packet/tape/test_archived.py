"""An archive as a tape: served to any client, whatever the order of its questions; what is no archive says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.tape.archived import tape_of
from netloom.packet.tape.reading import read_tape
from netloom.records import ServingRecord
from netloom.runs import Run
from tests.wire.http.har.test_parse import BROWSER, changed, file
from tests.worlds import record

if TYPE_CHECKING:
    from pathlib import Path


def archive(folder: Path, *entries: Any) -> str:
    path = folder / "talk.har"
    path.write_bytes(file(*entries))
    return str(path)


async def test_each_exchange_is_a_conversation(tmp_path: Path) -> None:
    other = changed("request.url", "http://h:x/")
    del other["response"]["content"]["text"]
    path = archive(tmp_path, BROWSER, changed("response.status", 0), other)
    tape = await read_tape(path)
    assert [track.number for track in tape.tracks] == [0, 2]
    assert tape.notes == [
        "1 of 3 requests had no answer that could be played",
        "1 of 3 answers are played without their bodies, which aren't in the archive",
    ]
    first = tape.tracks[0]
    assert (first.protocol, first.server, first.flaw) == ("http", ("example.test", 443), "")
    assert [step.act for step in first.steps] == ["said", "said", "end"]
    assert first.steps[1].pause == pytest.approx(0.0505)


async def test_a_client_is_served_from_it(tmp_path: Path) -> None:
    """Recorded in HTTP/2 by a browser, asked for in HTTP/1.1 in another order."""
    path = archive(tmp_path, BROWSER, changed("request.url", "https://example.test/other"))
    run = Run[Any].prepare("replay", ([path],), {"serve": ["http://127.0.0.1:0"]})
    played: list[Any] = []
    async for one in run:
        played.append(one)
        if isinstance(one, ServingRecord):
            for name in ("other", "loom.png"):
                found = await record(None, "get", f"{one.endpoint.rstrip('/')}/{name}")
                assert (found.status, found.body) == ("success", b"\x89PNG")
    assert [one.status for one in played[1:]] == ["success", "success"]


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text(json.dumps({"log": {}}))
    with pytest.raises(UsageError, match=r"x\.har: this is no HTTP archive"):
        tape_of([tmp_path / "x.har"], 1000)
    with pytest.raises(UsageError, match="can't read"):
        tape_of([tmp_path / "y.har"], 1000)


def test_memory_is_bounded(tmp_path: Path) -> None:
    path = archive(tmp_path, BROWSER, BROWSER, BROWSER)
    whole = tape_of([path], 1 << 20)
    assert [track.flaw for track in whole.tracks] == [""] * 3
    some = tape_of([path], 500)
    assert len(some.tracks) < 3 or some.tracks[-1].flaw
