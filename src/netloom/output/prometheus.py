"""Prometheus' text format, in blackbox_exporter's names, so that its dashboards and alerts keep working."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING, Any

from netloom.errors import Status
from netloom.output import Format, View, Writer
from netloom.records import Outcome, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

Sample = tuple[str, dict[str, str], float]

# blackbox's phases, from ours; protocols that it doesn't know have ours.
_PHASES: dict[str, dict[str, tuple[str, ...]]] = {
    "http": {
        "resolve": ("resolve",), "connect": ("connect", "proxy"), "tls": ("tls",),
        "processing": ("request", "first_byte"), "transfer": ("transfer",),
    },
    "dns": {
        "resolve": ("resolve",), "connect": ("connect", "proxy", "tls"),
        "request": ("request", "first_byte", "transfer"),
    },
    "ws": {
        "resolve": ("resolve",), "connect": ("connect", "proxy"), "tls": ("tls",), "handshake": ("greeting", "auth"),
        "processing": ("request", "first_byte"), "transfer": ("transfer",),
    },
}  # fmt: skip
_NAMES = {"ws": "websocket"}
# blackbox's names for facts that are called otherwise here.
_FACTS: dict[tuple[str, str], str] = {
    ("http", "status"): "status_code", ("http", "body_size"): "uncompressed_body_length",
    ("dns", "answers"): "answer_rrs", ("dns", "authority"): "authority_rrs", ("dns", "additional"): "additional_rrs",
}  # fmt: skip
# What an alert compares is there also when nothing answered: 0, as blackbox has it.
_ALWAYS = {"http": ("status", "version", "redirects", "content_length"), "dns": ("answers", "authority", "additional")}
_UNSAFE = re.compile(r"[^a-zA-Z0-9_]")


class Exposition(Writer):
    """All samples at the end, those of one name together. With several targets each sample has a label `target`."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._outcomes: dict[str, Outcome] = {}

    def record(self, record: Record) -> str:
        """Kept; of several outcomes of one endpoint the last counts."""
        if isinstance(record, Outcome):
            self._outcomes[record.endpoint] = record
        return ""

    def end(self, *, interrupted: bool) -> str:
        """The exposition."""
        families: dict[str, list[str]] = {}
        for endpoint, record in self._outcomes.items():
            target = {"target": endpoint} if len(self._outcomes) > 1 else {}
            for name, labels, value in samples(record):
                families.setdefault(name, []).append(f"{name}{_labels(labels | target)} {_number(value)}")
        made = [line for name in sorted(families) for line in (f"# TYPE {name} gauge", *families[name])]
        return "".join(f"{line}\n" for line in made)


def samples(record: Outcome) -> Iterator[Sample]:
    """What one outcome says, as names, labels and values."""
    protocol = _NAMES.get(record.protocol, record.protocol)
    yield "probe_dns_lookup_time_seconds", {}, record.phases.get("resolve", 0.0)
    yield "probe_duration_seconds", {}, record.duration
    failed = record.status is Status.EXPECTATION_FAILED and "~" in record.message
    yield "probe_failed_due_to_regex", {}, float(failed)
    family = next((tried.family for tried in record.addresses if tried.fate is Status.SUCCESS), "")
    yield "probe_ip_protocol", {}, {"ipv4": 4.0, "ipv6": 6.0}.get(family, 0.0)
    yield from _phases(record, protocol)
    yield from _facts(record, protocol)
    yield from _tls(record)
    yield "probe_success", {}, float(record.status is Status.SUCCESS)


def _phases(record: Outcome, protocol: str) -> Iterator[Sample]:
    wanted: dict[str, tuple[str, ...]]
    wanted = _PHASES.get(record.protocol) or {phase: (phase,) for phase in record.phases}
    for name, ours in wanted.items():
        spent = sum(record.phases.get(phase, 0.0) for phase in ours)
        yield f"probe_{_UNSAFE.sub('_', protocol)}_duration_seconds", {"phase": name}, spent


def _facts(record: Outcome, protocol: str) -> Iterator[Sample]:
    """Facts that are numbers, switches, or lists that blackbox counts."""
    known = getattr(record, "facts", None) or {}
    for fact, value in (dict.fromkeys(_ALWAYS.get(record.protocol, ()), 0) | known).items():
        number = _value(record.protocol, fact, value)
        if number is not None:
            name = f"probe_{protocol}_{_FACTS.get((record.protocol, fact), fact)}"
            yield _UNSAFE.sub("_", name), {}, number
    if record.protocol == "http":
        yield "probe_http_ssl", {}, float(record.tls is not None)


def _value(protocol: str, fact: str, value: Any) -> float | None:
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, list) and ((protocol, fact) in _FACTS or fact == "redirects"):
        return float(len(value))
    if fact == "version" and isinstance(value, str):
        found = re.search(r"\d+(\.\d+)?", value)
        return float(found.group()) if found else None
    return None


def _tls(record: Outcome) -> Iterator[Sample]:
    tls = record.tls
    if tls is None:
        return
    if tls.chain:
        earliest = min(certificate.not_after for certificate in tls.chain)
        leaf = tls.chain[0]
        about = {
            "fingerprint_sha256": leaf.fingerprint, "issuer": leaf.issuer, "serialnumber": leaf.serial,
            "subject": leaf.subject, "subjectalternative": ",".join(leaf.names),
        }  # fmt: skip
        yield "probe_ssl_earliest_cert_expiry", {}, earliest
        yield "probe_ssl_last_chain_expiry_timestamp_seconds", {}, earliest if tls.verified else -62135596800.0
        yield "probe_ssl_last_chain_info", about, 1.0
    elif tls.expires_in is not None:
        yield "probe_ssl_earliest_cert_expiry", {}, time.time() + tls.expires_in
    yield "probe_tls_version_info", {"version": tls.version.replace("TLSv", "TLS ")}, 1.0
    yield "probe_tls_cipher_info", {"cipher": tls.cipher}, 1.0


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escape(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escape(value: str) -> str:
    value = value.encode("utf-8", "backslashreplace").decode()
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    """As Go writes a float: 1, 0.0123, NaN."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


FORMAT = Format(name="prometheus", summary="metrics in blackbox_exporter's names", writer=Exposition, fits=Outcome)
