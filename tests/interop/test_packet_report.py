"""Reports meet Chromium, which draws and prints them, and summaries meet tshark and capinfos, which count the same."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.packet.reporting.page import page as make_page
from tests.interop.node_peers import chromium
from tests.interop.peers import need
from tests.interop.report_images import printed, shown
from tests.packet.kernels.test_summing import mixed, written
from tests.packet.reporting.hostile import ALL, spoilt
from tests.packet.summing.office import office
from tests.packet.summing.summed import plainly, summed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.interop.node_peers import Page

pytestmark = pytest.mark.interop


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return office().write(tmp_path / "office.pcapng")


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with chromium(tmp_path) as found:
        yield found


@pytest.fixture
async def report(tmp_path: Path, capture: Path) -> Path:
    await netloom.report([str(capture)], to=str(tmp_path / "report.html"))
    return tmp_path / "report.html"


class Outside:
    """A place on loopback that counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.port = 0

    async def __aenter__(self) -> Outside:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _called(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        writer.close()


class TestChromium:
    async def test_it_asks_nobody(self, page: Page, report: Path) -> None:
        await page.go(report.as_uri())
        asked = await page.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
        assert asked == []
        assert await page.run("return document.scripts.length") == 0
        assert await page.run("return document.images.length") == 0

    async def test_what_captures_say_runs_nothing_and_asks_nobody(
        self, page: Page, tmp_path: Path, capture: Path
    ) -> None:
        async with Outside() as outside:
            words = ALL.replace("192.0.2.1", f"127.0.0.1:{outside.port}") + "<script>window.hit = 1</script>"
            hostile = tmp_path / "hostile.html"
            summary = plainly(capture)
            hostile.write_text(make_page(spoilt(summary, words), words))
            await page.go(hostile.as_uri())
            assert await page.run("return window.hit === undefined")
            assert await page.run("return document.querySelectorAll('script, img, iframe, b').length") == 0
            assert await page.run("return performance.getEntriesByType('resource').length") == 0
            assert outside.calls == 0
            # The check itself can see a call: the same words as markup make one
            careless = tmp_path / "careless.html"
            careless.write_text(f"<img src=http://127.0.0.1:{outside.port}/x>")
            await page.go(careless.as_uri())
            assert outside.calls > 0

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 360, 768, 1280])
    async def test_it_fits_every_screen(self, page: Page, report: Path, width: int, scheme: str) -> None:
        await shown(page, report.as_uri(), width, 800, scheme)
        sizes = await page.run(
            "return [document.documentElement.scrollWidth, innerWidth,"
            " [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => e.outerHTML.slice(0, 90))]"
        )
        assert sizes[0] <= width == sizes[1]
        assert sizes[2] == []

    async def test_long_texts_dont_break_it_either(self, page: Page, tmp_path: Path, capture: Path) -> None:
        summary = plainly(capture)
        path = tmp_path / "long.html"
        path.write_text(make_page(spoilt(summary, "x" * 253), "x" * 253))
        await shown(page, path.as_uri(), 360, 800, "light")
        assert await page.run("return document.documentElement.scrollWidth") <= 360

    async def test_charts_are_drawn(self, page: Page, report: Path) -> None:
        await shown(page, report.as_uri(), 1180, 900, "light")
        drawn = await page.run(
            "return [...document.querySelectorAll('svg[role=img]')].map(svg => {"
            " const box = svg.getBoundingClientRect();"
            " const parts = [...svg.querySelectorAll('rect:not(.groove), polygon, polyline')];"
            " return [svg.getAttribute('class') || 'columns', box.width, box.height,"
            "  parts.filter(part => part.getBoundingClientRect().width > 0).length,"
            "  svg.querySelector('title').textContent]; })"
        )
        kinds = Counter(kind for kind, *_ in drawn)
        assert kinds["area"] == 2
        assert kinds["columns"] == 3
        assert kinds["matrix"] == 1
        assert kinds["bar"] > 20
        for _, width, height, parts, title in drawn:
            assert width > 50
            assert height >= 8
            assert parts >= 1
            assert title

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    async def test_contrast_suffices(self, page: Page, report: Path, scheme: str) -> None:
        """4.5 to 1 for every text (WCAG 2.2 §1.4.3)."""
        await shown(page, report.as_uri(), 1180, 900, scheme)
        low = await page.run(_CONTRAST)
        assert low == []

    async def test_it_prints(self, page: Page, report: Path, tmp_path: Path) -> None:
        need("pdftotext", "poppler-utils")
        (tmp_path / "report.pdf").write_bytes(await printed(page, report.as_uri()))
        told = output("pdfinfo", tmp_path / "report.pdf")
        assert re.search(r"Page size: +59\d\.\d* x 84[12]", told), told
        assert 3 <= int(re.search(r"Pages: +(\d+)", told)[1]) <= 8  # type: ignore[index]
        text = output("pdftotext", "-layout", tmp_path / "report.pdf", "-")
        for head in ("What looks wrong", "Rates over time", "Top talkers", "Packet sizes", "Latency"):
            assert head in text


_CONTRAST = """
const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const numbers = text => text.match(/[\\d.]+/g).map(Number);
const behind = e => { for (; e; e = e.parentElement) {
  const c = numbers(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
return [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') &&
  [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
  const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))];
  return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 80)];
}).filter(([ratio]) => ratio < 4.5);
"""


def output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def tshark(path: Path, *arguments: str) -> str:
    return output(need("tshark", "tshark"), "-n", "-r", path, *arguments)


class TestTshark:
    def test_capinfos_counts_the_same(self, capture: Path) -> None:
        program = need("capinfos", "wireshark-common")
        done = subprocess.run(
            [program, "-M", "-c", "-d", "-u", "-a", "-S", capture], capture_output=True, text=True, check=True
        )
        told = dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
        found = summed(capture).capture
        assert int(told["Number of packets"]) == found.packets
        assert int(re.sub(r"\D", "", told["Data size"].split("bytes")[0])) == found.octets
        assert float(told["Capture duration"].split()[0]) == pytest.approx(found.duration, abs=1e-6)
        assert float(told["First packet time"].split()[0]) == pytest.approx(found.first, abs=1e-5)

    def test_conversations_are_the_same(self, capture: Path) -> None:
        theirs = {}
        for kind in ("ip", "ipv6"):
            for line in tshark(capture, "-q", "-z", f"conv,{kind}").splitlines():
                match = re.match(r"(\S+)\s+<->\s+(\S+)\s+(\d+) +(\S+ \S+)\s+(\d+) +(\S+ \S+)\s+(\d+) +(\S+ \S+)", line)
                if match:
                    theirs[frozenset((match[1], match[2]))] = int(match[7])
        ours = {
            frozenset((one.src, one.dst)): one.packets_forward + one.packets_backward
            for one in summed(capture, top=1000).conversations
        }
        assert ours == theirs
        assert len(ours) > 20

    def test_protocols_are_the_same(self, capture: Path) -> None:
        """Headers, that is: by io,phs TLS has packets only that end a record, and we have whole flows."""
        theirs: dict[tuple[str, ...], tuple[int, int]] = {}
        path: list[str] = []
        for line in tshark(capture, "-q", "-z", "io,phs").splitlines():
            match = re.match(r"( *)(\S+) +frames:(\d+) bytes:(\d+)", line)
            if match:
                depth = len(match[1]) // 2
                path[depth:] = [match[2]]
                theirs[tuple(path)] = (int(match[3]), int(match[4]))
        names = {
            "eth": "ethernet",
            "ip": "ipv4",
            "ipv6": "ipv6",
            "arp": "arp",
            "tcp": "tcp",
            "udp": "udp",
            "icmp": "icmp",
        }
        found = {one.path: (one.packets, one.octets) for one in summed(capture).protocols}
        compared = 0
        for key, amounts in theirs.items():
            if all(name in names for name in key) and len(key) <= 3:
                assert found[tuple(names[name] for name in key)] == amounts
                compared += 1
        assert compared == 8

    def test_rates_are_the_same(self, capture: Path) -> None:
        rates = summed(capture).rates
        fields = tshark(capture, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len").split()
        packets, octets = Counter[int](), Counter[int]()
        for time, length in zip(fields[::2], fields[1::2], strict=True):
            number = int((float(time) - rates.start) // rates.step)
            packets[number] += 1
            octets[number] += int(length)
        assert {number: count for number, count in enumerate(rates.packets) if count} == packets
        assert {number: count for number, count in enumerate(rates.octets) if count} == octets
        lines = tshark(capture, "-q", "-z", f"io,stat,{rates.step:g}").splitlines()
        theirs = [tuple(map(int, re.findall(r"\d+", line.split("|", 2)[2]))) for line in lines if "<>" in line]
        assert sum(count for count, _ in theirs) == sum(rates.packets)
        assert sum(count for _, count in theirs) == sum(rates.octets)

    def test_errors_are_the_same(self, capture: Path) -> None:
        errors = summed(capture).errors

        def count(wanted: str) -> int:
            return len(tshark(capture, "-Y", wanted, "-T", "fields", "-e", "frame.number").split())

        assert errors.resets == count("tcp.flags.reset == 1")
        assert errors.zero_windows == count("tcp.analysis.zero_window")
        assert errors.retransmissions == count("tcp.analysis.retransmission")
        assert {one.name: one.count for one in errors.dns_failures} == {"NXDOMAIN": count("dns.flags.rcode == 3")}
        assert sum(one.count for one in errors.icmp) == count("icmp.type == 3")

    def test_names_are_the_same(self, capture: Path) -> None:
        summary = summed(capture, top=1000)
        fields = tshark(
            capture, "-Y", "tls.handshake.type == 1", "-T", "fields", "-e", "tls.handshake.extensions_server_name"
        )
        assert {one.name: one.count for one in summary.names.servers} == Counter(fields.split())

    def test_handshakes_take_as_long(self, capture: Path) -> None:
        fields = tshark(capture, "-Y", "tcp.analysis.initial_rtt", "-T", "fields", "-e", "tcp.stream", "-e",
                        "tcp.analysis.initial_rtt")  # fmt: skip
        answered = "tcp.flags.syn == 1 and tcp.flags.ack == 1"  # theirs are of refused connections, too
        made = set(tshark(capture, "-Y", answered, "-T", "fields", "-e", "tcp.stream").split())
        times = dict(line.split() for line in fields.splitlines())
        theirs = sorted(float(rtt) for stream, rtt in times.items() if stream in made)
        handshake = summed(capture).latency.handshake
        assert handshake.count == len(theirs)
        assert handshake.median == pytest.approx(theirs[(len(theirs) + 1) // 2 - 1], rel=0.01)
        assert handshake.most == pytest.approx(theirs[-1], rel=0.01)

    @pytest.mark.parametrize("seed", range(3))
    def test_packets_of_every_kind(self, seed: int, tmp_path: Path) -> None:
        """Amounts agree whatever is in them; and what tshark calls ARP are those that we do."""
        path = written(tmp_path / "a.pcapng", mixed(Random(seed)))
        found = summed(path)
        lengths: list[Any] = tshark(path, "-T", "fields", "-e", "frame.len", "-e", "frame.cap_len").split()
        assert sum(map(int, lengths[::2])) == found.capture.octets
        assert sum(map(int, lengths[1::2])) == found.capture.captured
        assert len(lengths) == 2 * found.capture.packets
