"""Charts: where what they draw stands."""

from __future__ import annotations

import re

import pytest

from netloom.packet.reporting.charts.area import area
from netloom.packet.reporting.charts.bar import bar
from netloom.packet.reporting.charts.histogram import histogram
from netloom.packet.reporting.charts.matrix import matrix
from netloom.packet.reporting.charts.scale import top


@pytest.mark.parametrize(
    ("most", "end"), [(0, 1), (1, 1), (1.1, 2), (3, 4), (7, 8), (9, 10), (2400, 2500), (0.03, 0.04)]
)
def test_an_axis_ends_at_a_round_number(most: float, end: float) -> None:
    assert top(most) == pytest.approx(end)


def test_a_bar() -> None:
    rects = re.findall(r'class="c(\d)" x="([\d.]+)" width="([\d.]+)"', bar("a & b", 0.25, 0.5, 0))
    assert rects == [("0", "0.00", "25.00"), ("1", "25.00", "50.00")]
    assert "<title>a &amp; b</title>" in bar("a & b", 1)
    assert 'width="0.60"' in bar("x", 1e-9)
    assert 'width="100.00"' in bar("x", 7.0)


def test_an_area_is_as_high_as_its_values() -> None:
    drawn = area("x", [0, 5, 10], str, ["a", "b"])
    line = re.search(r'<polyline class="c0 line" points="([^"]+)"', drawn)
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in line[1].split()]
    assert [high for _, high in points] == [100, 100, 50, 50, 0, 0]
    assert points[0][0] == 0
    assert points[-1][0] == pytest.approx(1000, abs=0.5)
    assert area("x", [], str, [])


def test_a_histogram() -> None:
    drawn = histogram("x", [("0-9", 50), ("10-19", 0), ("20+", 100), ("30+", 1)])
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"><title>', drawn)]
    assert heights == [50, 0, 100, 1]
    assert re.findall(r">([<&lt;\d]+%)<", drawn) == ["33%", "66%", "&lt;1%"]


def test_a_matrix_is_deeper_where_there_is_more() -> None:
    drawn = matrix("x", ["one", "two", "<three>"], {(0, 1): 1_000_000, (1, 0): 1000, (2, 0): 1}, str)
    depths = [float(depth) for depth in re.findall(r"fill-opacity:([\d.]+)", drawn)]
    assert depths == [1.0, 0.34, 0.12]
    assert drawn.count("<rect") == 9
    assert "C to A, &lt;three&gt; to one: 1<" in drawn
