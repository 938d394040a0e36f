#!/usr/bin/env python3
"""Times classification with a model of taco-dist in PyTorch or ONNX Runtime; scripts/benchmark starts it.

Texts in, labels out: tokenising, batches of like length, encoder, head, product with the cached label
embeddings, argmax. Imports, loading and export are not timed. Prints one JSON line.
"""

import argparse
import csv
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer


def make_torch(folder, dtype):
    encoder = AutoModel.from_pretrained(folder, attn_implementation="sdpa", dtype=dtype).eval()
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None

    def encode(ids, mask):
        return encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0].float()

    return encode


def make_onnx(folder, threads):
    """The same encoder, exported and with ONNX Runtime's own fusions for transformers."""
    import onnxruntime
    from onnxruntime.transformers import optimizer

    encoder = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None

    class FirstRow(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def forward(self, ids, mask):
            return self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    example = torch.ones(2, 7, dtype=torch.long), torch.ones(2, 7, dtype=torch.long)
    axes = {0: "rows", 1: "tokens"}
    with tempfile.TemporaryDirectory() as work:
        plain, fused = f"{work}/plain.onnx", f"{work}/fused.onnx"
        torch.onnx.export(
            FirstRow(), example, plain, dynamo=False, opset_version=17,
            input_names=["ids", "mask"], output_names=["row"],
            dynamic_axes={"ids": axes, "mask": axes, "row": {0: "rows"}},
        )
        config = encoder.config
        model = optimizer.optimize_model(
            plain, model_type="bert", num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
        )
        model.save_model_to_file(fused)
        session = onnxruntime.InferenceSession(fused, options, providers=["CPUExecutionProvider"])

    def encode(ids, mask):
        return torch.from_numpy(session.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})[0])

    return encode, {name: count for name, count in model.get_fused_operator_statistics().items() if count}


@torch.inference_mode()
def predict(texts, tokenizer, encode, tensors, batch_size):
    sequences = tokenizer(texts, truncation=True, max_length=200)["input_ids"]
    order = sorted(range(len(texts)), key=lambda row: len(sequences[row]))
    rows = []
    for start in range(0, len(order), batch_size):
        chosen = [sequences[row] for row in order[start : start + batch_size]]
        ids = np.full((len(chosen), len(chosen[-1])), tokenizer.pad_token_id)
        mask = np.zeros_like(ids)
        for place, sequence in enumerate(chosen):
            ids[place, : len(sequence)] = sequence
            mask[place, : len(sequence)] = 1
        rows.append(encode(torch.from_numpy(ids), torch.from_numpy(mask)))
    hidden = torch.nn.functional.linear(
        torch.cat(rows), tensors["heads.instance.0.weight"], tensors["heads.instance.0.bias"]
    ).relu()
    embeddings = torch.nn.functional.linear(
        hidden, tensors["heads.instance.2.weight"], tensors["heads.instance.2.bias"]
    )
    labels = torch.empty(len(texts), dtype=torch.long)
    labels[torch.tensor(order)] = (embeddings @ tensors["labels.embeddings"].T).argmax(1)
    return labels.tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="model folder of a run of taco-dist")
    parser.add_argument("--texts", required=True, help="CSV with a column text")
    parser.add_argument("--engine", choices=("torch", "onnx"), default="torch")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with open(arguments.texts, encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    names = [label["name"] for label in json.loads((arguments.model / "taco.json").read_text())["labels"]]
    tensors = load_file(arguments.model / "taco.safetensors")
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    fused = None
    if arguments.engine == "onnx":
        encode, fused = make_onnx(arguments.model, arguments.threads)
    else:
        encode = make_torch(arguments.model, getattr(torch, arguments.dtype))
    predict(texts[:128], tokenizer, encode, tensors, arguments.batch_size)
    seconds = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        labels = predict(texts, tokenizer, encode, tensors, arguments.batch_size)
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({
        "seconds": seconds, "labels": [names[label] for label in labels], "peak_bytes": peak,
        "fused": fused,
    }))


if __name__ == "__main__":
    sys.exit(main())
