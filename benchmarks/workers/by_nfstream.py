"""nfstream's flows, as its documentation makes them: `by_nfstream FILE OUT`, in an environment of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nfstream

IDLE, ACTIVE = 120, 1800


def main(capture: str, out: str) -> None:
    """Go through all flows, and tell what they add up to."""
    flows = packets = octets = 0
    for flow in nfstream.NFStreamer(source=capture, idle_timeout=IDLE, active_timeout=ACTIVE):
        flows += 1
        packets += flow.bidirectional_packets
        octets += flow.bidirectional_bytes
    Path(out).write_text(json.dumps({"flows": flows, "packets": packets, "octets": octets}))


if __name__ == "__main__":
    main(*sys.argv[1:])
