"""The privilege that packet sockets and raw sockets take, and how to come by it (capabilities(7))."""

from __future__ import annotations

from netloom.errors import CapabilityError

_WAYS = (
    "run it with sudo",
    (
        "give it to a virtual environment's own interpreter: python3 -m venv --copies venv, "
        "then sudo setcap cap_net_raw+ep venv/bin/python3"
    ),
    "pass a packet socket that a privileged program has opened: --descriptor N",
)


def lacking(what: str, *, descriptor: bool = False) -> CapabilityError:
    """The error for what the kernel doesn't let us do. `descriptor`: where somebody else's socket would do."""
    ways = _WAYS if descriptor else _WAYS[:-1]
    return CapabilityError(f"{what} takes CAP_NET_RAW, which this process doesn't have", hint="; or ".join(ways))
