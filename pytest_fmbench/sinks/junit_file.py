"""JUnit: figures where everybody sees them, in the file that pytest has written.

Pytest writes them as ``<properties>`` of a ``<testcase>``, which the schema of Jenkins' xUnit plugin (junit-10.xsd)
refuses and GitLab does not show; both show ``<system-out>``.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from pytest_fmbench.errors import StoreError

FULL, JENKINS = "full", "jenkins"
"""What a file holds: figures as properties and as output; or only what Jenkins' schema knows."""

_KNOWN = {"name", "time", "classname", "group"}
"""Attributes of a ``<testcase>`` in that schema."""


def complete(path: Path, kind: str) -> None:
    """Add to the output of each case what its properties say, a line each.

    :param kind: :data:`FULL`, or :data:`JENKINS`, which takes away what the schema does not know.
    :raises StoreError: when the file cannot be read or written.
    """
    draft = path.with_name(path.name + ".part")
    try:
        tree = ET.parse(path)  # noqa: S314  # pytest wrote it a moment ago
        for case in tree.iter("testcase"):
            _tell(case)
            if kind == JENKINS:
                _restrict(case)
        tree.write(draft, encoding="utf-8", xml_declaration=True)
        draft.replace(path)
    except (OSError, ET.ParseError) as error:
        raise StoreError(f"cannot complete {path}: {error}") from error


def _tell(case: ET.Element) -> None:
    lines = [f"{one.get('name')}: {one.get('value')}" for one in case.iterfind("properties/property")]
    if not lines:
        return
    out = case.find("system-out")
    if out is None:
        out = ET.SubElement(case, "system-out")
    out.text = "\n".join((*lines, out.text or ""))


def _restrict(case: ET.Element) -> None:
    for properties in case.findall("properties"):
        case.remove(properties)
    for name in {*case.attrib} - _KNOWN:
        del case.attrib[name]
