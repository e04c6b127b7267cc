from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.sinks.junit_file import complete

WRITTEN = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0"
failures="1" skipped="0" tests="2" time="1.5" timestamp="2026-11-26T02:23:08+00:00" hostname="h">
<testcase classname="test_a" name="test_it" time="1.0" file="test_a.py" line="3"><properties>
<property name="ttft.p95" value="0.25"/><property name="sla: a &lt; b" value="fail: 1 &amp; 2"/></properties>
<failure message="m">text</failure><system-out>captured</system-out></testcase>
<testcase classname="test_a" name="test_plain" time="0.1"/></testsuite></testsuites>"""
MODEL = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {
            *("name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id"),
            *("package", "file", "log", "url"),
        },
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "time", "classname", "group"},
        {
            *("skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError"),
            *("system-out", "system-err"),
        },
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
    "system-err": (set(), set()),
}
"""What junit-10.xsd of Jenkins' xUnit plugin lets each element have: attributes, and elements inside."""


def refused(element: ET.Element) -> list[str]:
    """What that schema does not know, of an element and all inside."""
    attributes, inside = MODEL[element.tag]
    found = [f"{element.tag} has {name}" for name in sorted({*element.attrib} - attributes)]
    found += [f"{element.tag} holds {one.tag}" for one in element if one.tag not in inside]
    return found + [line for one in element if one.tag in inside for line in refused(one)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "junit.xml"
    path.write_text(WRITTEN)
    return path


def read(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314  # written above


def test_figures_stand_in_the_output_too(path: Path) -> None:
    complete(path, "full")
    case, plain = read(path).iter("testcase")
    assert [out.text for out in case.iter("system-out")] == ["ttft.p95: 0.25\nsla: a < b: fail: 1 & 2\ncaptured"]
    assert len([*case.iter("property")]) == 2
    assert plain.find("system-out") is None


def test_jenkins_schema_refuses_what_pytest_writes_and_takes_what_is_left(path: Path) -> None:
    assert refused(read(path)) == ["testcase has file", "testcase has line", "testcase holds properties"]
    complete(path, "jenkins")
    assert refused(read(path)) == []
    case = next(read(path).iter("testcase"))
    assert case.findtext("system-out", "").startswith("ttft.p95: 0.25\n")
    assert case.findtext("failure") == "text"


def test_it_is_whole_or_as_it_was(path: Path) -> None:
    path.write_text(WRITTEN[:-20])
    with pytest.raises(StoreError, match=r"^cannot complete .*junit\.xml: "):
        complete(path, "full")
    assert path.read_text() == WRITTEN[:-20]
    assert [*path.parent.iterdir()] == [path]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot complete"):
        complete(tmp_path / "junit.xml", "full")
