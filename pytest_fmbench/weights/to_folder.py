"""Makes a Hugging Face folder of a GGUF file: ``python to_folder.py FILE.gguf FOLDER``.

Run by a Python that has transformers and torch, which need not have this package: it imports nothing of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LACKING = 3
"""Its status where what it needs is not installed, or too old."""


def main() -> int:
    """Dequantize the file's weights to bfloat16 and write them with their tokenizer; returns the exit status."""
    source, target = map(Path, sys.argv[1:])
    try:
        import accelerate  # noqa: F401  # transformers reads a GGUF file with both
        import gguf  # noqa: F401
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    except ImportError as error:
        print(error)
        return LACKING
    whole = {"dtype": torch.bfloat16, "quantization_config": GgufConfig(dequantize=True)}
    AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, **whole).save_pretrained(target)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(target)
    tokenizer = target / "tokenizer.json"
    tokenizer.write_text(json.dumps(with_digits_apart(json.loads(tokenizer.read_text("utf-8")))), "utf-8")
    return 0


def with_digits_apart(tokenizer: dict[str, Any]) -> dict[str, Any]:
    """A tokenizer that makes each digit a token, as llama.cpp reads such a file and transformers (5.19) does not."""
    apart, found = {"type": "Digits", "individual_digits": True}, tokenizer["pre_tokenizer"]
    steps = found["pretokenizers"] if found["type"] == "Sequence" else [found]
    if apart in steps:
        return tokenizer
    return {**tokenizer, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [apart, *steps]}}


if __name__ == "__main__":
    here = str(Path(__file__).parent)
    sys.path = [folder for folder in sys.path if folder != here]  # its modules are not what others mean by their names
    sys.exit(main())
