from __future__ import annotations

import gzip
import re
import shlex
import shutil
import subprocess
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.launch import Container
from pytest_fmbench.platforms.containers import Lent, of_client, run_line, variables_of
from pytest_fmbench.platforms.ec2.task import Task, served_model
from pytest_fmbench.platforms.ec2.userdata import LONGEST, script, user_data
from pytest_fmbench.platforms.inventory import NEURON, NONE, NVIDIA, Accelerators
from tests.support.ec2 import LEASE, plan

ONE_GPU = Accelerators(NVIDIA, ("0",))
PRIVATE = "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.35.0"


def task(shares: tuple[Accelerators, ...] = (ONE_GPU,), address: str = "0.0.0.0", **changes: Any) -> Task:
    ours = ("token_parameter", "weights", "beside", "behind")
    given = {name: changes.pop(name) for name in ours if name in changes}
    made = plan(**changes)
    assert made.container is not None
    return Task(made, made.container, "us-east-1", shares, address, **given)


def container(**changes: Any) -> Container:
    made = plan().container
    assert made is not None
    return replace(made, **changes)


ALL = {
    "plain": task(),
    "token": task(token_parameter="/hf/token"),
    "secret": task(token_parameter="arn:aws:secretsmanager:us-east-1:1:secret:hf-1"),
    "registry": task(container=container(image=PRIVATE)),
    "weights": task(weights="s3://bucket/models/m.gguf", container=container(arguments=("--model", "{weights}"))),
    "folder": task(weights="s3://bucket/models/m/", container=container(arguments=("--model", "{weights}"))),
    "web": task(weights="https://h/m.gguf", container=container(arguments=("--model", "{weights}"))),
    "files": task(files={"a/b.json": '{"x": "$(rm -rf /) \' \\" `id`"}'}),
    "awkward": task(
        container=container(
            arguments=("--json", '{"a": "b c"}', "$(id)"), environment={"A": "it's $HOME", "PATH": "/x"}
        )
    ),
    "replicas": task(shares=(ONE_GPU, Accelerators(NVIDIA, ("1",)))),
    "first": task(beside=("10.0.0.2:8001", "10.0.0.3:8001")),
    "behind": task(behind=True),
    "neuron": task(shares=(Accelerators(NEURON, ("0", "1")),)),
    "cpu": task(shares=(NONE,), address="127.0.0.1"),
}


@pytest.mark.parametrize("which", ALL)
def test_the_shell_can_read_it(which: str, tmp_path: Path) -> None:
    path = tmp_path / "user-data.sh"
    path.write_text(script(LEASE, ALL[which]))
    done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    if shutil.which("shellcheck"):
        checked = subprocess.run(["shellcheck", str(path)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("which", ALL)
def test_nothing_is_left_to_be_filled_in(which: str) -> None:
    assert re.findall(r"@[A-Z]+@", script(LEASE, ALL[which])) == []


@pytest.mark.parametrize("which", ALL)
def test_before_anything_else_its_end_is_armed(which: str) -> None:
    shebang, first, *_ = script(LEASE, ALL[which]).splitlines()
    assert shebang == "#!/bin/bash"
    assert first == "shutdown -h +30 || { (sleep 1800; poweroff -f) & }"


@pytest.mark.parametrize(("lifetime_s", "minutes"), [(1_800.0, 30), (1_801.0, 31), (59.0, 1)])
def test_the_armed_end_is_never_before_the_lease_s(lifetime_s: float, minutes: int) -> None:
    text = script(replace(LEASE, expires_s=LEASE.made_s + lifetime_s), task())
    assert f"shutdown -h +{minutes} ||" in text


def test_it_says_where_it_serves() -> None:
    assert "\nexport FMBENCH_PORT=8000\n" in script(LEASE, task())


def run_words(text: str, nth: int = 1) -> list[str]:
    line = next(line for line in text.splitlines() if f"--name=fmbench-{nth} " in line)
    return shlex.split(line.strip().removeprefix("exec "))


def test_the_container_runs_by_the_line_by_which_it_does_here() -> None:
    lent = Lent(8000, ONE_GPU, cache=Path("/opt/fmbench/cache"), address="0.0.0.0")
    variables = variables_of(container(), lent, {})
    text = script(LEASE, task())
    assert run_words(text) == run_line("docker", "fmbench-1", container(), lent, variables)
    assert [f"  export {name}={value}" for name, value in of_client(variables).items()] == ["  export QUIET=1"]
    assert "  export QUIET=1\n" in text


def test_words_stay_words() -> None:
    words = run_words(script(LEASE, ALL["awkward"]))
    assert words[-3:] == ["--json", '{"a": "b c"}', "$(id)"]
    assert "--env=PATH=/x" in words


def test_files_come_as_they_are(tmp_path: Path) -> None:
    text = script(LEASE, ALL["files"]).replace("/opt/fmbench", str(tmp_path))
    lines = text.splitlines()
    at = next(nth for nth, line in enumerate(lines) if line.startswith("base64 -d"))
    subprocess.run(["bash", "-c", "\n".join(lines[at - 1 : at + 1])], check=True)
    assert (tmp_path / "files/a/b.json").read_text() == ALL["files"].plan.files["a/b.json"]
    assert f"source={tmp_path}/files,target=/fmbench/files,readonly" in text


def test_no_secret_of_ours_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "NGC_API_KEY", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "hunter2")
    for one in ALL.values():
        assert "hunter2" not in script(LEASE, one)


def test_its_own_secret_it_reads_itself_into_a_file_that_nobody_else_reads() -> None:
    text = script(LEASE, ALL["token"])
    read = "aws ssm get-parameter --with-decryption --query Parameter.Value --name /hf/token --output text"
    assert f"hf_token=$({read} --region us-east-1)" in text
    assert "(umask 077 && printf 'HF_TOKEN=%q\\n' \"$hf_token\" > /run/fmbench/env)" in text
    assert "--env=HF_TOKEN" in run_words(text)
    assert "aws secretsmanager get-secret-value --query SecretString --secret-id arn:aws:secretsmanager" in script(
        LEASE, ALL["secret"]
    )


def test_in_a_private_registry_it_shows_its_role() -> None:
    text = script(LEASE, ALL["registry"])
    login = "aws ecr get-login-password --region us-west-2 | docker login --username AWS --password-stdin 763104351884"
    assert text.index(login) < text.index("docker pull")
    assert "ecr" not in script(LEASE, task())


@pytest.mark.parametrize(
    ("which", "line", "inside"),
    [
        ("weights", "aws s3 cp --no-progress --region us-east-1 s3://bucket/models/m.gguf", "m.gguf"),
        ("folder", "aws s3 cp --no-progress --recursive --region us-east-1 s3://bucket/models/m/", "m"),
        ("web", "curl -fsSL --retry 5 -o /opt/fmbench/weights/m.gguf https://h/m.gguf", "m.gguf"),
    ],
)
def test_weights_are_fetched_and_mounted(which: str, line: str, inside: str) -> None:
    text = script(LEASE, ALL[which])
    words = run_words(text)
    assert line in text
    assert f"--mount=type=bind,source=/opt/fmbench/weights/{inside},target=/fmbench/weights/{inside},readonly" in words
    assert words[-1] == f"/fmbench/weights/{inside}"


def test_weights_that_are_there_are_not_fetched() -> None:
    text = script(LEASE, task(weights="/models/m.gguf", container=container(arguments=("{weights}",))))
    assert "fetching" not in text
    assert "source=/models/m.gguf,target=/fmbench/weights/m.gguf,readonly" in text


def test_a_server_may_be_called_after_its_weights() -> None:
    asked = served_model(plan(served_model="{weights}"), "s3://b/m.gguf")
    assert asked == "/fmbench/weights/m.gguf", "as the container sees them"
    assert served_model(plan(served_model="{weights.name}"), "/models/m.gguf") == "m.gguf"
    assert served_model(plan(), "s3://b/m.gguf") == "mock"


def test_replicas_get_devices_and_ports_of_their_own_behind_one_address() -> None:
    text = script(LEASE, ALL["replicas"])
    for nth, device in ((1, 0), (2, 1)):
        words = run_words(text, nth)
        assert f"--publish=127.0.0.1:{8000 + nth}:8000" in words
        assert f'--gpus="device={device}"' in words
    assert "nginx -e stderr" in text
    assert "nginx" not in script(LEASE, task())


def test_what_shares_requests_out_begins_once_all_replicas_are_ready() -> None:
    text = script(LEASE, ALL["first"])
    assert "for one in 127.0.0.1:8001 10.0.0.2:8001 10.0.0.3:8001; do" in text
    assert text.index("until ready; do") < text.index("nginx -e stderr") < text.index("say ready")
    assert text.index("command -v nginx") < text.index("docker pull"), "it is there before anything takes long"
    shared_out = re.findall(r"server (\S+) max_fails=0;", written(text))
    assert shared_out == ["127.0.0.1:8001", "10.0.0.2:8001", "10.0.0.3:8001"]


def written(text: str) -> str:
    """The file that user data write first."""
    return b64decode(re.findall(r"base64 -d <<< (\S+)", text)[0]).decode()


def test_replicas_behind_another_instance_are_seen_there_and_share_nothing_out() -> None:
    text = script(LEASE, ALL["behind"])
    assert "--publish=0.0.0.0:8001:8000" in run_words(text)
    assert "nginx" not in text
    assert "for one in 127.0.0.1:8001; do" in text


def test_adapters_of_the_instance_are_seen_where_its_own_container_line_says() -> None:
    adapters = ("/adapters/a", "org/b", "/other/a")
    words = ("--lora-modules", "x=/adapters/a", "y=org/b", "z=/other/a")
    found = run_words(script(LEASE, task(paths=adapters, container=container(arguments=words))))
    assert found[-3:] == ["x=/fmbench/paths/0/a", "y=org/b", "z=/fmbench/paths/1/a"]
    assert "--mount=type=bind,source=/other/a,target=/fmbench/paths/1/a,readonly" in found


def test_neuron_devices_are_named() -> None:
    assert {"--device=/dev/neuron0", "--device=/dev/neuron1"} <= {*run_words(script(LEASE, ALL["neuron"]))}


def test_what_is_forwarded_is_seen_by_the_instance_alone() -> None:
    assert "--publish=127.0.0.1:8000:8000" in run_words(script(LEASE, ALL["cpu"]))


def test_long_user_data_are_packed_and_too_long_ones_refused() -> None:
    assert user_data(LEASE, task()) == script(LEASE, task()).encode()
    repeated = task(files={"a": "long " * 4_000})
    packed = user_data(LEASE, repeated)
    assert len(packed) <= LONGEST
    assert gzip.decompress(packed).decode() == script(LEASE, repeated)
    noise = Random(1).randbytes(LONGEST).hex()  # noqa: S311  # what does not pack
    with pytest.raises(UsageError, match=r"takes [\d,]+ bytes packed, and EC2 takes 16,384: .*\(b\.json\)"):
        user_data(LEASE, task(files={"b.json": noise}))
