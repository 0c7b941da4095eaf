"""The page: whole, well-formed, its charts drawn and titled, and nothing in it that a capture could put there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from netloom.packet.reporting.page import page
from netloom.packet.summing.record import Contents, Rates, Summary
from tests.packet.reporting.hostile import ALL, LINKS, MARKUP, QUOTES, spoilt
from tests.packet.summing.office import office
from tests.packet.summing.scenes import http
from tests.packet.summing.summed import plainly
from tests.packet.summing.traffic import CLIENT, SERVER, Traffic

if TYPE_CHECKING:
    from pathlib import Path

_VOID = ("meta", "link", "br", "wbr")


class Outline(HTMLParser):
    """Elements and texts; every one that is opened has to be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.tags)


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return plainly(office().write(tmp_path_factory.mktemp("office") / "office.pcapng"))


def test_it_stands_on_its_own(summary: Summary) -> None:
    outline = Outline(page(summary, "An office"))
    assert not {"script", "iframe", "object", "embed", "img", "form", "base", "audio", "video"} & {
        t for t, _ in outline.tags
    }
    for _, attributes in outline.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "action", "data", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:,"))
    style = re.search(r"<style>(.*?)</style>", page(summary, ""), re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_charts_are_titled_and_not_empty(summary: Summary) -> None:
    text = page(summary, "An office")
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(charts) > 40
    for chart in charts:
        assert re.search(r"<title>[^<]+</title>", chart)
        assert 'role="img"' in chart
        assert re.search(r'class="c\d', chart), chart
    assert 'class="area"' in text
    assert text.count('class="histogram"') == 3
    assert 'class="matrix"' in text


def test_tables_have_captions_and_heads(summary: Summary) -> None:
    outline = Outline(page(summary, "An office"))
    assert outline.count("table") == outline.count("caption") >= 9
    for tag, attributes in outline.tags:
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    assert [value for tag, one in outline.tags if tag == "html" for value in one.values()] == ["en"]
    assert outline.count("h1") == 1
    ids = [one["id"] for _, one in outline.tags if "id" in one]
    assert len(ids) == len(set(ids))
    links = [(one.get("href") or "")[1:] for tag, one in outline.tags if tag == "a"]
    assert links
    assert set(links) <= set(ids)


def test_numbers_are_there(summary: Summary) -> None:
    text = " ".join(Outline(page(summary, "An office")).texts)
    assert f"{summary.capture.packets:,}" in text
    for one in summary.findings:
        assert one.words in text
        assert one.filter in text


@pytest.mark.parametrize("words", [ALL, MARKUP, QUOTES, LINKS, "x" * 300])
def test_what_captures_say_is_text(summary: Summary, words: str) -> None:
    plain, outline = Outline(page(spoilt(summary, "x"), "x")), Outline(page(spoilt(summary, words), words))
    count = {tag: plain.count(tag) for tag, _ in plain.tags if tag not in ("wbr", "strong")}
    assert {tag: outline.count(tag) for tag in count} == count
    assert {tag for tag, _ in outline.tags} <= {tag for tag, _ in plain.tags} | {"wbr"}
    for _, attributes in outline.tags:
        assert not any(name.startswith("on") for name in attributes)
    said = page(spoilt(summary, words), words)
    assert not set("\x00\x1b\r\u202e\u200b") & set(said)


def test_nothing_at_all() -> None:
    empty = Summary(capture=Contents(files=("a.pcap",), packets=0, octets=0, captured=0))
    outline = Outline(page(empty, "Nothing"))
    assert "There are no packets, so there is nothing to look at." in outline.texts
    assert (outline.count("table"), outline.count("svg"), outline.count("section")) == (0, 0, 1)


def test_one_packet(tmp_path: Path) -> None:
    made = Traffic()
    made.tcp((CLIENT, 40_000, SERVER, 80), "S")
    text = page(plainly(made.write(tmp_path / "a.pcapng")), "One")
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text))
    assert (figures["Duration"], figures["Mean rate"], figures["Hosts"]) == ("0 s", "-", "2")
    assert "2026-11-18 11:06:40 UTC<br>" in text
    assert "Nothing, by the thresholds that are looked at." in text
    assert 'style="max-width:99px"' in text
    assert "max-width:150px" in text


def test_all_hosts_are_counted_not_those_that_are_listed(summary: Summary) -> None:
    capture = replace(summary.capture, hosts=32_768)
    assert "<dd>32,768</dd>" in page(replace(summary, capture=capture, hosts=summary.hosts[:3]), "x")
    assert "<dd>≤ 32,769</dd>" in page(replace(summary, capture=replace(capture, hosts=32_769)), "x")


def test_what_isnt_told_apart_any_more_is_marked(summary: Summary) -> None:
    many = replace(summary.hosts[0], peers=1000), replace(summary.hosts[1], peers=999)
    text = page(replace(summary, hosts=many), "x")
    assert ">1,000+<" in text
    assert ">999<" in text


def test_the_matrix_is_of_those_who_talk_to_each_other(tmp_path: Path) -> None:
    made = Traffic()
    for number in range(12):
        made.udp((f"192.0.2.{number}", 1, f"198.51.100.{number % 6}", 2), bytes(100 * (12 - number)))
    text = page(plainly(made.write(tmp_path / "a.pcapng")), "x")
    drawn = re.search(r'<svg class="matrix".*?</svg>', text, re.DOTALL)
    assert drawn is not None
    assert drawn[0].count('class="c0"') == 5
    assert "192.0.2.4" in drawn[0]
    assert "192.0.2.5" not in drawn[0]


@pytest.mark.parametrize(
    ("step", "mark"),
    [(0.002, "11:06:40.120"), (0.1, "11:06:46.0"), (1.0, "11:07:40"), (7200.0, "23 Nov 11:06")],
)
def test_times_are_as_exact_as_the_axis_is_long(summary: Summary, step: float, mark: str) -> None:
    rates = Rates(start=1_795_000_000.0, step=step, packets=(1,) * 60, octets=(9,) * 60)
    assert f"<span>{mark}</span></div>" in page(replace(summary, rates=rates), "x")


def test_times_that_no_calendar_has() -> None:
    strange = Contents(
        files=("a",), packets=1, octets=1, captured=0, first=-9.3e9, last=9.2e18, duration=9.2e18, drops=3
    )
    text = page(Summary(capture=strange), "x")
    assert "after 1970" in text
    assert "3 packets were lost" in text


def test_bounds_are_told(tmp_path: Path) -> None:
    summary = plainly(http().write(tmp_path / "a.pcapng"))
    assert "left &lt;out&gt;" in page(replace(summary, bounds=("left <out>",)), "x")
