from __future__ import annotations

import json
import platform
import sys

import pytest

from pytest_fmbench.platforms.cores import available
from pytest_fmbench.platforms.machine import cpu_named_in, machine

X86 = """processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD  EPYC 9R14
flags\t\t: fpu vme: not a name

processor\t: 1
model name\t: another
"""
ARM = """processor\t: 0
CPU implementer\t: 0x41
CPU part\t: 0xd40
CPU revision\t: 1
"""


@pytest.mark.parametrize(
    ("text", "name"),
    [(X86, "AMD EPYC 9R14"), (ARM, "CPU implementer 0x41 CPU part 0xd40"), ("", "unknown"), ("junk\n::\n", "unknown")],
)
def test_the_first_processor_names_the_cpu(text: str, name: str) -> None:
    assert cpu_named_in(text) == name


def test_it_is_the_same_each_time_and_plain() -> None:
    found = machine()
    assert found == machine() == json.loads(json.dumps(found))
    assert found["architecture"] == platform.machine()
    assert found["cores"] == available()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell its memory in this way")
def test_memory_is_in_whole_gib() -> None:
    found = machine()["memory_gib"]
    assert isinstance(found, int)
    assert 0 < found < 1 << 20


def test_it_names_no_host() -> None:
    assert platform.node() not in [str(value) for value in machine().values()]
