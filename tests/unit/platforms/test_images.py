from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import LaunchError
from pytest_fmbench.platforms.images import at_hand, digest_in, named_for
from tests.support.fake_runtime import fake_runtime

IMAGE = "org/image:1"
DIGEST = f"org/image@sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("told", "digest"),
    [
        ('[{"Id": "sha256:1", "RepoDigests": ["a@sha256:2", "b@sha256:3"]}]', "a@sha256:2"),
        ('[{"RepoDigests": ["ghcr.io/a/b@sha256:2"]}]', "a/b@sha256:2"),
        ('[{"RepoDigests": ["our-host:5000/b@sha256:2"]}]', "b@sha256:2"),
        ('[{"Id": "sha256:1", "RepoDigests": []}]', "sha256:1"),
        ('[{"Id": "sha256:1", "RepoDigests": null}]', "sha256:1"),
        *((text, "unknown") for text in ("", "[]", "[{}]", "{}", "[1]", "null")),
    ],
)
def test_an_image_is_known_by_its_digest(told: str, digest: str) -> None:
    assert digest_in(told) == digest


def test_an_image_is_pulled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, said = fake_runtime(tmp_path, monkeypatch), list[str]()
    found = [at_hand("docker", IMAGE, tmp_path / "log", said.append) for _ in range(2)]
    assert found == [DIGEST, DIGEST]
    assert runtime.asked("pull") == [[IMAGE]]
    assert said == [f"pulling {IMAGE}"]


def test_an_image_that_cannot_be_had_shows_what_the_runtime_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_runtime(tmp_path, monkeypatch).becomes("offline")
    with pytest.raises(LaunchError, match=rf"docker could not pull {IMAGE}: it ended with status 1\n.*\n.*no route to"):
        at_hand("docker", IMAGE, tmp_path / "log", lambda _: None)


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("vllm/vllm-openai:latest", "docker.io/vllm/vllm-openai:latest"),
        ("nginx", "docker.io/library/nginx"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("localhost/b", "localhost/b"),
        ("our-host:5000/b", "our-host:5000/b"),
    ],
)
def test_podman_is_told_the_registry(image: str, found: str) -> None:
    assert named_for("podman", image) == found
    assert named_for("docker", image) == image
