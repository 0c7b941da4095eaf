"""An outcome's lines: what is said of a failure, and what of a reply's meta."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.errors import Phase, Status
from netloom.output.text.outcome import found, outcome, phases_in_words, scalars, step
from netloom.output.text.style import Style
from netloom.records import Step
from tests.output.examples import probed, refused, reply

PLAIN = Style(colour=False, unicode=True)


def test_a_failure_names_its_phase_once() -> None:
    assert found(refused(), PLAIN) == "nothing listens there (at connect)"
    assert found(refused(message="no answer: silence in phase connect"), PLAIN) == "no answer: silence in phase connect"
    assert found(refused(message="", phase=None), PLAIN) == "refused"
    assert (
        found(refused(status=Status.TLS_ERROR, message="", phase=Phase.FIRST_BYTE), PLAIN)
        == "tls error (at first byte)"
    )


def test_what_does_not_fit_stands_below_and_the_first_line_says_how_it_ended() -> None:
    lines = list(outcome(refused(message="a message that is longer than what is left of this line"), PLAIN, 80, 20))
    assert lines[0].startswith("  ✘ tcp://127.0.0.1:9     refused at connect  ")
    assert lines[1] == "      a message that is longer than what is left of this line"
    assert lines[2] == "      is the server running?"


def test_an_endpoint_that_is_longer_than_the_line_is_whole_below() -> None:
    endpoint = "https://example.com/" + "x" * 100
    text = "".join(line.strip() for line in list(outcome(probed(endpoint=endpoint), PLAIN, 60, 24))[1:])
    assert endpoint in text


def test_a_status_that_names_its_phase_is_not_said_twice() -> None:
    record = refused(status=Status.RESOLVE_ERROR, phase=Phase.RESOLVE, message="m" * 70)
    assert "  resolve error  " in next(outcome(record, PLAIN, 80, 20))


def test_a_reply() -> None:
    assert found(reply(), PLAIN) == "200 OK · 6 B"
    assert found(reply(saved_to="a"), PLAIN) == "200 OK · 6 B → a"
    assert found(reply(meta={"stratum": 5, "leap": "no"}, size=0), PLAIN) == "stratum 5 · leap no"
    assert found(reply(meta={}, size=0), PLAIN) == "done"
    assert found(reply(meta={}, size=0, exit_status=0, saved_to="a\nb"), PLAIN) == "exit status 0 · → a\\nb"


def test_what_is_short_in_a_meta() -> None:
    meta = {"code": 250, "stratum_is": 2, "flag": True, "off": False, "none": "", "headers": {"a": "b"}, "offset": 0.25}
    assert list(scalars(meta)) == ["250", "stratum is 2", "flag", "offset 0.25"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"meta": {"status": 200, "reason": "OK"}, "body": b"warp\nweft\n"}, "200 OK · warp · weft"),
        ({"meta": {}, "body": None, "value": ["a", "b"]}, "a, b"),
        ({"meta": {}, "body": None, "value": list("abcde")}, "5 entries"),
        ({"meta": {}, "body": None, "value": {"rcode": "NOERROR", "flags": ["aa"], "answers": [{}]}}, "NOERROR · 1 an"),
        ({"meta": {}, "body": None, "value": {"offset": 0.00001, "n": 3}}, "offset 1e-05 · n 3"),
        ({"meta": {}, "body": None}, "done"),
        ({"status": Status.TIMEOUT, "message": "no answer"}, "no answer"),
    ],
)
def test_a_step(changes: dict[str, Any], words: str) -> None:
    made = reply(**{"endpoint": "http://127.0.0.1:80/a?b#c", **changes})
    line = step(Step(protocol="http", verb="get", reply=made), PLAIN, 80)
    assert f" get   {'http://…/a?b#c':32}  {words}" in line
    assert len(line) <= 80


def test_a_step_on_a_socket() -> None:
    made = reply(endpoint="unix:///tmp/x/s#reply=some")
    assert "unix://…#reply=some" in step(Step(protocol="unix", verb="send", reply=made), PLAIN, 80)


def test_a_host_key_is_no_matter_of_tls() -> None:
    record = refused(status=Status.TLS_ERROR, phase=Phase.AUTH, message="m" * 70)
    assert "  not trusted at auth  " in next(outcome(record, PLAIN, 80, 20))


def test_phases_in_words() -> None:
    assert phases_in_words({"connect": 0.01, "first_byte": 0.2}, PLAIN) == "connect 10 ms · first byte 200 ms"
