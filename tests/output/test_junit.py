"""JUnit XML: counts, failures, and nothing that breaks the document."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from netloom.errors import Status
from tests.output.examples import made, probed, refused


def test_a_case_a_target() -> None:
    suite = ET.fromstring(made("junit", probed(), refused(), probed(status=Status.UNSUPPORTED))).find("testsuite")  # noqa: S314
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    good, bad, ours = suite.findall("testcase")
    assert good.get("classname") == "netloom.http"
    assert good.get("time") == "0.084000"
    assert good.find("failure") is None
    failure = bad.find("failure")
    assert failure is not None
    assert failure.get("type") == "refused"
    assert failure.get("message") == "nothing listens there (at connect)"
    assert failure.text == "is the server running?"
    assert ours.find("error") is not None


def test_what_a_peer_said_stays_text() -> None:
    text = made("junit", refused(message='<&"\x00\x1b[31m\ufffe', hint="]]>\x01"))
    case = ET.fromstring(text).find("testsuite/testcase/failure")  # noqa: S314
    assert case is not None
    assert case.get("message", "").startswith('<&"')


def test_an_empty_suite() -> None:
    suite = ET.fromstring(made("junit")).find("testsuite")  # noqa: S314
    assert suite is not None
    assert suite.get("tests") == "0"
