"""The pictures of a report, of always the same packets: `python -m tests.interop.report_images docs/images`."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netloom
from tests.interop.node_peers import chromium
from tests.packet.summing.office import office

if TYPE_CHECKING:
    from tests.interop.node_peers import Page

SHOTS = {"desktop": (1180, 1500, "light"), "dark": (1180, 1500, "dark"), "phone": (360, 1500, "light")}
"""Width and height in CSS pixels, and the colours that are preferred."""


async def shown(page: Page, url: str, width: int, height: int, scheme: str) -> None:
    """Open the page as a screen of that kind would."""
    metrics: dict[str, Any] = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    await page.ask("Emulation.setDeviceMetricsOverride", **metrics)
    await page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    await page.go(url)


async def shoot(page: Page, url: str, shot: tuple[int, int, str], *, whole: bool = False) -> bytes:
    """A picture of it as PNG: of what a screen shows, or of all."""
    width, height, scheme = shot
    await shown(page, url, width, height, scheme)
    if whole:
        height = await page.run("return document.documentElement.scrollHeight")
        await shown(page, url, width, height, scheme)
    return base64.b64decode((await page.ask("Page.captureScreenshot", format="png"))["data"])


async def printed(page: Page, url: str) -> bytes:
    """What would be printed, as PDF."""
    await page.go(url)
    made = await page.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
    return base64.b64decode(made["data"])


async def main(folder: Path, place: Path, *, whole: bool) -> None:
    """Make all of them but the printed one, of which `place` gets the PDF."""
    capture = office().write(place / "office.pcapng")
    report = place / "report.html"
    await netloom.report([str(capture)], to=str(report), title="The office, for two minutes")
    async with chromium(place) as page:
        for kind, shot in SHOTS.items():
            (folder / f"report-{kind}.png").write_bytes(await shoot(page, report.as_uri(), shot, whole=whole))
        (place / "report.pdf").write_bytes(await printed(page, report.as_uri()))


def drawn(pdf: Path, folder: Path, *, whole: bool) -> None:
    """Pages of a PDF as pictures, by pdftoppm: the first, or all."""
    pages = [] if whole else ["-l", "1", "-singlefile"]
    subprocess.run(["pdftoppm", "-png", "-r", "80", *pages, str(pdf), str(folder / "report-print")], check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        whole_ = "--whole" in sys.argv
        asyncio.run(main(Path(sys.argv[1]), Path(name), whole=whole_))
        drawn(Path(name) / "report.pdf", Path(sys.argv[1]), whole=whole_)
