"""Prometheus: blackbox_exporter's names, in a text that parses."""

from __future__ import annotations

import re

from netloom.errors import Status
from tests.output.examples import made, probed, refused

SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z0-9_]+="(?:[^"\\]|\\.)*",?)+)\})? (\S+)')


def samples(text: str) -> dict[str, float]:
    """Every sample; all lines must be samples or types, those of a name together."""
    found, family, seen = {}, "", set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            family = line.split()[2]
            assert line == f"# TYPE {family} gauge"
            assert family not in seen
            seen.add(family)
            continue
        parts = SAMPLE.fullmatch(line)
        assert parts is not None, line
        assert parts[1] == family
        found[line.rpartition(" ")[0]] = float(parts[3])
    return found


def test_the_names_of_an_http_probe() -> None:
    found = samples(made("prometheus", probed()))
    assert found["probe_success"] == 1
    assert found["probe_duration_seconds"] == 0.084
    assert found["probe_dns_lookup_time_seconds"] == 0.004
    assert found["probe_ip_protocol"] == 4
    assert found["probe_http_status_code"] == 200
    assert found["probe_http_version"] == 2
    assert found["probe_http_redirects"] == 0
    assert found["probe_http_ssl"] == 1
    assert found["probe_ssl_earliest_cert_expiry"] == 1.8e9
    assert found['probe_tls_version_info{version="TLS 1.3"}'] == 1
    assert found['probe_http_duration_seconds{phase="processing"}'] == 0.021
    assert found['probe_http_duration_seconds{phase="transfer"}'] == 0.009
    phases = {name for name in found if name.startswith("probe_http_duration_seconds")}
    assert len(phases) == 5


def test_an_http_probe_that_failed_has_what_alerts_compare() -> None:
    found = samples(made("prometheus", refused(protocol="http")))
    assert found["probe_success"] == 0
    assert found["probe_http_status_code"] == 0
    assert found["probe_http_ssl"] == 0
    assert found['probe_http_duration_seconds{phase="tls"}'] == 0


def test_phases_of_dns_are_those_of_blackbox() -> None:
    phases = {"resolve": 0.1, "connect": 0.2, "tls": 0.3, "request": 0.4, "first_byte": 0.5}
    found = samples(made("prometheus", probed(protocol="dns", phases=phases, tls=None, facts={"answers": ["a", "b"]})))
    assert found['probe_dns_duration_seconds{phase="connect"}'] == 0.5
    assert found['probe_dns_duration_seconds{phase="request"}'] == 0.9
    assert found["probe_dns_answer_rrs"] == 2


def test_other_protocols_have_their_own_facts() -> None:
    found = samples(
        made("prometheus", probed(protocol="ntp", tls=None, facts={"stratum": 2, "leap": "none", "a-b": True}))
    )
    assert found["probe_ntp_stratum"] == 2
    assert found["probe_ntp_a_b"] == 1
    assert "probe_ntp_leap" not in found
    assert found['probe_ntp_duration_seconds{phase="first_byte"}'] == 0.02


def test_several_targets_have_a_label() -> None:
    found = samples(made("prometheus", probed(), refused(endpoint='tcp://h:1/"\\\n')))
    assert found['probe_success{target="https://example.com"}'] == 1
    assert found['probe_success{target="tcp://h:1/\\"\\\\\\n"}'] == 0


def test_a_regular_expression_that_failed() -> None:
    failed = probed(status=Status.EXPECTATION_FAILED, message="expected body ~ x, found ''")
    assert samples(made("prometheus", failed))["probe_failed_due_to_regex"] == 1
    assert samples(made("prometheus", probed()))["probe_failed_due_to_regex"] == 0
