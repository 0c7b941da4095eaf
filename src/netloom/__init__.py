"""netloom: every network protocol meets every network operation."""

# Nothing is imported here, not even typing: names are looked up when they are first used.

from __future__ import annotations

__version__ = "0.1.0"

ERRORS = (
    "Blocked", "CapabilityError", "ConnectError", "ConnectionLost", "DeadlineExceeded", "ExpectationFailed",
    "LocalProtocolError", "NetloomError", "NetworkError", "PeerRefused", "Phase", "ProtocolError",
    "RemoteProtocolError", "ResolveError", "Status", "TLSError", "Unauthenticated", "Unsupported", "UsageError",
)  # fmt: skip

CONVERSIONS = ("convert", "dumps", "loads")


def __getattr__(name: str) -> object:
    found = None if name.startswith("_") else _verb(name) if name.islower() else _noun(name)
    if found is None:
        raise AttributeError(f"netloom has no {name}")
    globals()[name] = found
    return found


def _verb(name: str) -> object:
    if name in CONVERSIONS:
        return getattr(_part("formats"), name)
    if name in ("serve", "connect"):
        return getattr(_part("api"), name)
    return _part("api").function(name) if _part("registry").has("operations", name) else None


def _noun(name: str) -> object:
    if name in ERRORS:
        return getattr(_part("errors"), name)
    if name in ("Endpoint", "Secret"):
        return getattr(_part("endpoint"), name)
    if name in _part("api").RECORDS:
        return getattr(_part("records"), name)
    return _part("api").content(name)


def _part(name: str):  # type: ignore[no-untyped-def]  # any module of ours; naming its type would load typing
    # `from netloom import …` would ask __getattr__ again
    from importlib import import_module

    return import_module(f"netloom.{name}")


def __dir__() -> list[str]:
    operations = _part("registry").names("operations")
    records, contents = _part("api").RECORDS, _part("api").contents()
    return sorted([*ERRORS, *records, *contents, "Endpoint", "Secret", "connect", "serve", *CONVERSIONS, *operations])
