"""One filter language with three readers: what is displayed, what the kernel keeps, and what is kept without a kernel.

`parse` reads a text into a tree. `matcher` evaluates it on dissected packets: one row, or columns of many. `compiled`
makes a program of it for the kernel, and `run` runs such a program where there is no kernel.
"""

from __future__ import annotations

from netloom.packet.filters.bpf import compiled
from netloom.packet.filters.language import parse
from netloom.packet.filters.machine import check, run
from netloom.packet.filters.matches import Matcher, View, matcher
from netloom.packet.filters.octets import FrameView
from netloom.packet.filters.tree import Filter

__all__ = ["Filter", "FrameView", "Matcher", "View", "check", "compiled", "matcher", "parse", "run"]
