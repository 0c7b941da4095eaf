"""Report: a file is written and told of; damaged files; mistakes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import netloom
from netloom.errors import UsageError
from netloom.packet.captures import Damaged
from netloom.packet.captures.record import DamagedFile
from netloom.packet.summing.record import Reported
from tests.packet.summing.office import office
from tests.packet.summing.summed import summed


def test_a_page_and_markdown(tmp_path: Path) -> None:
    path = str(office().write(tmp_path / "office.pcapng"))
    for name, form, begin in (("r.html", "html", "<!doctype html>"), ("r.md", "markdown", "# Office & more")):
        to = tmp_path / name
        record = netloom.report([path], to=str(to), title="Office & more").one()
        assert record == Reported(
            file=str(to),
            format=form,
            octets=to.stat().st_size,
            packets=6814,
            findings=len(summed(Path(path)).findings),
        )
        assert to.read_text().startswith(begin.replace("&", "\\&") if form == "markdown" else begin)
    assert "<h1>Office &amp; more</h1>" in (tmp_path / "r.html").read_text()


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    path = str(office().write(tmp_path / "office.pcapng"))
    texts = []
    for _ in range(2):
        netloom.report([path], to=str(tmp_path / "r.html"), overwrite=True).one()
        texts.append((tmp_path / "r.html").read_text())
    assert texts[0] == texts[1]


def test_mistakes(tmp_path: Path) -> None:
    path = str(office().write(tmp_path / "a.pcapng"))
    with pytest.raises(UsageError, match="into which file"):
        list(netloom.report([path]))
    with pytest.raises(UsageError, match="html or"):
        list(netloom.report([path], to=str(tmp_path / "r.pdf")))
    (tmp_path / "r.html").write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        list(netloom.report([path], to=str(tmp_path / "r.html")))
    assert (tmp_path / "r.html").read_text() == "mine"
    with pytest.raises(UsageError, match="there is no file"):
        list(netloom.report([str(tmp_path / "missing")], to=str(tmp_path / "n.html")))
    assert not (tmp_path / "n.html").exists()


def test_damage_is_told_in_the_report_too(tmp_path: Path) -> None:
    whole = office().write(tmp_path / "a.pcapng").read_bytes()
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(whole[:-1])
    reported, damaged = netloom.report([str(cut)], to=str(tmp_path / "r.html"))
    assert isinstance(reported, Reported)
    assert isinstance(damaged, DamagedFile)
    assert "is damaged at byte" in (tmp_path / "r.html").read_text()
    with pytest.raises(Damaged):
        list(netloom.report([str(cut)], to=str(tmp_path / "s.html"), strict=True))
    assert (tmp_path / "s.html").exists()


def test_the_command(tmp_path: Path) -> None:
    path = office().write(tmp_path / "a.pcapng")
    words = [sys.executable, "-m", "netloom", "report", str(path), "--to", str(tmp_path / "r.html"), "-o", "table"]
    done = subprocess.run(words, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0
    assert "6,814 packets · 10 things look wrong" in " ".join(done.stdout.decode().split())
