"""Models of other kinds than language models, from the case to the records and the report."""

from __future__ import annotations

import json
import os
from base64 import b64encode

import pytest

from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.testing import Asked, Close, Step, Write, constant, healthy, serving
from pytest_fmbench.testing.responses import plain

pytestmark = pytest.mark.lasting

CASES = """
import pytest
from pathlib import Path
from pytest_fmbench import Deployment, adapters, chat, closed, embeddings, images, jsonl, rerank

FILE = Path(__file__).with_name("users.jsonl")

def served(dialect, path="/v1"):
    return Deployment("mock", "openai", f"url:{URL}{path}", options={"dialect": dialect})

RIGHT = "json?path=/recommend&items=data.items&unit=users"
WRONG = "json?path=/recommend&items=data.users"
USERS = jsonl(FILE, body={"user": "{user}", "k": 3})

@pytest.mark.sla("item_rate > 1 item/s", "error_rate <= 0%", "items.mean >= 2item")
@pytest.mark.parametrize(
    ("dialect", "workload"),
    [
        ("openai-images", images(size={"256x256": 1, "512x512": 1}, n=3)),
        ("openai-embeddings", embeddings(batch=4)),
        ("rerank", rerank(each=5)),
        (RIGHT, USERS),
    ],
    ids=["images", "embeddings", "rerank", "json"],
)
def test_items(fmbench, dialect, workload):
    path = "" if dialect == RIGHT else "/v1"
    run = fmbench(served(dialect, path), workload, closed(2), requests=40, warmup=0)
    print("GROUPS", sorted(run.groups))

def test_a_path_that_is_not_there(fmbench):
    fmbench(served(WRONG, ""), USERS, closed(1), requests=10, warmup=0)

def test_a_workload_of_another_kind(fmbench):
    fmbench(served("openai-chat"), embeddings(), closed(1), requests=10, warmup=0)

def test_an_adapter_that_is_not_there(fmbench):
    fmbench(served("openai-chat"), adapters({"mock": 1, "sql-lora": 1}, chat(4)), closed(1), requests=10, warmup=0)

def test_adapters(fmbench):
    run = fmbench(served("openai-chat"), adapters({"mock": 1}, chat(4)), closed(1), requests=10, warmup=0)
    assert run.groups["mock"].ttft.mean == run.ttft.mean
"""

SHAPES = ("openai-images", "openai-embeddings", "rerank", "openai-chat")


def script(asked: Asked) -> list[Step]:
    """Each request in the shape that has its path."""
    if asked.path == "/recommend":
        return [plain(200, {"data": {"items": [f"{asked.json['user']}-{nth}" for nth in range(asked.json["k"])]}})]
    for shape in SHAPES:
        steps = [*healthy(shape, ttft=constant(0.001))(asked)]
        if asked.method == "GET" or not steps[0].data.startswith(b"HTTP/1.1 404"):  # type: ignore[union-attr]  # a write
            return steps
    raise AssertionError(asked.path)


def test_every_kind_from_case_to_report(pytester: pytest.Pytester) -> None:
    (pytester.path / "users.jsonl").write_text("".join(json.dumps({"user": nth}) + "\n" for nth in range(50)))
    with serving(script) as mock:
        pytester.makepyfile(test_kinds=f"URL = {mock.url!r}\n{CASES}")
        options = ("--fmbench-engine", "inprocess", "-p", "no:cacheprovider", "-rP", "--fmbench-inconclusive", "pass")
        result = pytester.runpytest_subprocess(*options)
    result.assert_outcomes(passed=5, errors=3)
    result.stdout.fnmatch_lines_random(
        [
            '*no such path "data.users": at "users" there is an object of items*',
            "*Say where in its reply the items lie: json?path=/PATH&items=PATH.IN.THE.REPLY*",
            "*the workload asks for embeddings, and the dialect openai-chat for text: ask it with the option*",
            "*the server has no 'sql-lora', but: mock*",
            "*GROUPS [[]'256x256', '512x512'[]]*",
            "*items/s*",
            "- 256x256 *",
        ]
    )
    rows = [line for line in result.outlines if line.startswith("test_items[") and not line.endswith(":")]
    lines = {line.split("[")[1].split("]")[0]: line for line in rows}
    assert "images " in lines["images"]
    assert "texts " in lines["embeddings"]
    assert "documents " in lines["rerank"]
    assert "users " in lines["json"]
    told = [json.loads(path.read_text()) for path in pytester.path.glob("fmbench-out/*/cases/*/case.json")]
    items = {one["name"]: one["figures"]["items.mean"]["value"] for one in told}
    assert [items[f"test_items[{name}]"] for name in lines] == [
        {"images": 3, "embeddings": 4, "rerank": 5, "json": 3}[name] for name in lines
    ]


LARGE = """
import resource
from pytest_fmbench import Deployment, closed, images

def drawn(path):
    return Deployment("mock", "openai", f"url:{URL}{path}", options={"dialect": "openai-images"})

def test_images_of_20_mb(fmbench):
    fmbench(drawn("/v1"), images(), closed(2), requests=4, warmup=0, name="small")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run = fmbench(drawn("/large/v1"), images(), closed(2), requests=32, warmup=0, name="large")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 400_000_000, "of the 600 MB that came; it is as much for twice as many"
    assert run.items.mean == 1.0
    assert 0.2 < float(run.error_rate) < 0.3
"""


def test_images_of_20_mb_are_images_and_one_that_breaks_off_is_none(pytester: pytest.Pytester) -> None:
    image = b64encode(os.urandom(15_000_000)).decode()  # 20 MB, which cannot be packed
    whole = plain(200, {"created": 1, "data": [{"b64_json": image}]})
    part = Write(whole.data[: len(whole.data) // 2])

    def draw(asked: Asked) -> list[Step]:
        if asked.method == "GET" or not asked.path.startswith("/large"):
            return [*healthy("openai-images")(asked)]
        large.append(asked.headers["x-request-id"])
        return [part, Close()] if len(large) % 4 == 0 else [whole]

    large = list[str]()
    with serving(draw) as mock:
        pytester.makepyfile(test_large=f"URL = {mock.url!r}\n{LARGE}")
        result = pytester.runpytest_subprocess("--fmbench-engine", "inprocess", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    cases = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    (path,) = (one for one in cases if json.loads(one.read_text())["name"] == "large")
    requests = read_measurement(path.with_name("requests.parquet")).requests.to_pylist()
    rows = [row for row in requests if row["status"] != "censored"]
    assert len(rows) >= 32
    for row in rows:
        broken = (large.index(row["request_id"]) + 1) % 4 == 0
        assert (row["status"], row["items"]) == (("failed", None) if broken else ("ok", 1))
        assert (row["error"] or "").startswith("truncated: " if broken else "")
