#!/usr/bin/env python3
"""Times training steps of TACO in PyTorch; scripts/benchmark starts it, once a rank.

Prints one JSON line after the first step ("first") and one at the end: the seconds of each step, the
losses, real and computed tokens a step, peak resident bytes. Ranks: RANK, WORLD_SIZE and a file for
gloo to meet at, --meet. Batches are padded before the clock starts, as a loader would do it beside.
"""

import argparse
import json
import os
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch
import torch.distributed as dist
import transformers

import fast_taco
import taco_reference as taco

RATE, DECAY = 2e-5, 1e-3


def make_optimizer(model, kind):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(trained, lr=RATE, weight_decay=DECAY, **{kind: True})


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Run:
    """Model, batches and ranks of one arrangement."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.ranks = int(os.environ.get("WORLD_SIZE", 1))
        self.rank = int(os.environ.get("RANK", 0))
        if self.ranks > 1:
            dist.init_process_group(
                "gloo", init_method=f"file://{arguments.meet}", rank=self.rank, world_size=self.ranks,
                timeout=timedelta(minutes=5),
            )
        torch.manual_seed(self.rank)
        self.model = fast_taco.Taco(arguments.model, adapter=arguments.adapter).train()
        self.module = self.model
        if self.ranks > 1:
            self.module = torch.nn.parallel.DistributedDataParallel(
                self.model, gradient_as_bucket_view=True
            )
        self.optimizer = make_optimizer(self.model, arguments.adamw)
        self.generator = torch.Generator().manual_seed(0)  # the same clusters on every rank
        self.load()

    def load(self):
        arguments = self.arguments
        labels = taco.load_labels(arguments.labels)
        texts, self.targets = taco.load_rows(arguments.data, labels)
        maker = taco.SequenceMaker(arguments.model, self.model.emotion_id)
        self.labels = maker.labels(labels, taco.RECIPES["paper"])
        self.padding = maker.tokenizer.pad_token_id
        order = fast_taco.batches(len(texts), arguments.batch_size, arguments.steps)
        self.steps = []
        for rows in order:
            utterances = maker.tokenizer(
                [texts[row] for row in rows], truncation=True, max_length=maker.max_length
            )["input_ids"]
            self.steps.append(self.plan(utterances, self.targets[rows]))

    def plan(self, utterances, targets):
        """This rank's padded rows, and where all ranks' rows stand in what is gathered."""
        every = range(len(utterances)), range(len(self.labels))
        if self.ranks == 1:
            shares = [every]
        elif self.arguments.labels_everywhere:
            size = -(-len(utterances) // self.ranks)
            shares = [(every[0][size * r : size * (r + 1)], every[1]) for r in range(self.ranks)]
        else:
            shares = list(zip(
                fast_taco.deal(utterances, self.ranks),
                fast_taco.deal(self.labels, self.ranks, backwards=True),
            ))
        own = [utterances[row] for row in shares[self.rank][0]]
        own_labels = [self.labels[row] for row in shares[self.rank][1]]
        if self.arguments.buckets:
            groups, order = fast_taco.in_buckets(own, own_labels, self.padding, self.arguments.buckets)
        else:
            groups, order = fast_taco.in_towers(own, own_labels, self.padding)
        places, sizes = [], []
        for tower in range(2):
            if tower == 1 and self.arguments.labels_everywhere:
                break
            size = max(len(share[tower]) for share in shares)
            place = torch.empty(len(every[tower]), dtype=torch.long)
            for rank, share in enumerate(shares):
                place[list(share[tower])] = torch.arange(len(share[tower])) + rank * size
            places.append(place)
            sizes.append(size)
        return {
            "groups": groups, "order": order, "count": len(own), "places": places, "sizes": sizes,
            "targets": targets,
            "tokens": sum(map(len, utterances)) + sum(map(len, self.labels)),
            "computed": sum(ids.numel() for ids, _ in groups),
        }

    def gather(self, rows, tower, plan):
        if self.ranks == 1 or tower >= len(plan["places"]):
            return rows
        rows = torch.nn.functional.pad(rows, (0, 0, 0, plan["sizes"][tower] - len(rows)))
        return fast_taco.GatherRows.apply(rows)[plan["places"][tower]]

    def losses(self, plan):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.arguments.dtype == "bfloat16"):
            towers = self.module(plan["groups"], plan["order"], plan["count"])
        instances, labels = (self.gather(rows, tower, plan) for tower, rows in enumerate(towers))
        targets = plan["targets"]
        clusters = fast_taco.cluster(instances.detach(), len(targets.unique()), self.generator)
        return fast_taco.objective(instances, labels, targets, clusters), clusters

    def step(self, number):
        self.optimizer.zero_grad(set_to_none=True)
        losses, _ = self.losses(self.steps[number])
        losses["total"].backward()
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * (1 - number / len(self.steps))
        self.optimizer.step()
        return losses["total"].item()


def time_steps(run):
    seconds, losses = [], []
    for number in range(len(run.steps)):
        if run.ranks > 1:
            dist.barrier()
        start = time.perf_counter()
        losses.append(run.step(number))
        seconds.append(time.perf_counter() - start)
        if number == 0 and run.rank == 0:
            print(json.dumps({"first": losses[0]}), flush=True)
    result = {
        "seconds": seconds, "losses": losses, "peak_bytes": peak_bytes(),
        "tokens": [plan["tokens"] for plan in run.steps],
        "computed": [plan["computed"] for plan in run.steps],
        "parameters": sum(value.numel() for value in run.model.parameters()),
    }
    print(json.dumps(result), flush=True)
    if run.ranks > 1:
        dist.barrier()
        dist.destroy_process_group()


def check(run):
    """Losses and all gradients against taco_reference.py, dropout off; which AdamW is faster."""
    run.model.eval()
    losses, clusters = run.losses(run.steps[0])
    losses["total"].backward()
    texts = [ids[mask.bool()].tolist() for group in run.steps[0]["groups"] for ids, mask in zip(*group)]
    rows = [texts[place] for place in run.steps[0]["order"].tolist()]
    count = run.steps[0]["count"]
    slow = taco.Taco(taco.load_encoder(run.arguments.model, torch.float32), taco.RECIPES["paper"])
    slow.load_state_dict({
        name if name.startswith("encoder.") else f"heads.{name}": value
        for name, value in run.model.state_dict().items()
    })
    forward = slow(rows[:count], rows[count:])
    expected = taco.objective(forward, run.steps[0]["targets"], clusters, taco.RECIPES["paper"])
    expected["total"].backward()
    gradients = {name: value.grad for name, value in slow.named_parameters()}
    worst = 0.0
    for name, value in expected.items():
        worst = max(worst, abs(value.item() - losses[name].item()) / abs(value.item()))
    # Key biases have no gradient but rounding: differences are held against the largest gradient of all.
    largest = max(value.norm().item() for value in gradients.values() if value is not None)
    for name, parameter in run.model.named_parameters():
        found, wanted = parameter.grad, gradients[name if name.startswith("encoder.") else f"heads.{name}"]
        if found is None or wanted is None:
            worst = max(worst, 0.0 if found is wanted else 1.0)
            continue
        worst = max(worst, ((found - wanted).norm() / max(wanted.norm().item(), 1e-3 * largest)).item())
    seconds = {}
    for kind in ("fused", "foreach"):
        optimizer = make_optimizer(run.model, kind)
        times = []
        for _ in range(4):
            start = time.perf_counter()
            optimizer.step()
            times.append(time.perf_counter() - start)
        seconds[kind] = min(times)
    print(json.dumps({"deviation": worst, "adamw": seconds}))
    return worst < 1e-3


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, help="Hugging Face folder")
    parser.add_argument("--data", required=True, help="CSV: text,label")
    parser.add_argument("--labels", required=True, help="JSON: name -> description")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--buckets", type=int, default=0, help="of like length; 0: a padded batch a tower")
    parser.add_argument("--labels-everywhere", action="store_true", help="each rank encodes all labels")
    parser.add_argument("--adamw", choices=("fused", "foreach"), default="fused")
    parser.add_argument("--adapter", action="store_true", help="PEFT's adapters beside q, k and v; means of tokens")
    parser.add_argument("--meet", help="file for the ranks to meet at")
    parser.add_argument("--check", action="store_true", help="compare with taco_reference.py")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    run = Run(arguments)
    if arguments.check:
        return 0 if check(run) else 1
    time_steps(run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
