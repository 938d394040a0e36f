"""TACO's training step in PyTorch, written to be fast: what scripts/benchmark compares taco-dist with.

The paper's recipe, dropout on. taco_reference.py is the same for reading; train_speed.py --check compares
losses and gradients of the two. B utterances, E labels, d embedding size.
"""

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from transformers import AutoModel

import taco_reference as taco


# ------------------------------------------------------------------------------------ batches


def philox(counter, key):
    """Philox 4x32-10, as Random123 has it."""
    mask = 0xFFFFFFFF
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & mask, (a >> 32) ^ c3 ^ k1, a & mask
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return c0, c1, c2, c3


def permutation(count, epoch, seed=0):
    """The order of an epoch's rows as taco-dist has it (Sources/Training/EpochOrder.swift)."""
    ordering = 2
    key = philox((epoch, 0, 0, ordering), (seed, 0))[:2]
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        words = philox((last >> 1, 0, 0, 0), key)
        high, low = words[2:] if last & 1 else words[:2]
        other = int(((high << 32 | low) >> 11) * 2.0**-53 * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


def batches(count, batch_size, steps):
    """Row numbers of each step's batch."""
    chosen, epoch = [], 0
    while len(chosen) < steps:
        order = permutation(count, epoch)
        chosen += [order[i : i + batch_size] for i in range(0, count, batch_size)]
        epoch += 1
    return chosen[:steps]


def cut(lengths, count):
    """Where to cut rows, sorted by length, into `count` groups so that the fewest tokens are padding."""
    n = len(lengths)
    best, origin = np.full(n + 1, np.inf), np.zeros((count, n + 1), int)
    best[0] = 0
    for group in range(count):
        following = np.full(n + 1, np.inf)
        for end in range(1, n + 1):
            costs = best[:end] + (end - np.arange(end)) * lengths[end - 1]
            origin[group, end] = costs.argmin()
            following[end] = costs.min()
        best = following
    ends = [n]
    for group in range(count - 1, -1, -1):
        ends.append(origin[group, ends[-1]])
    return list(zip(ends[::-1], ends[-2::-1]))


def pad(sequences, padding):
    """Ids and mask of one padded batch."""
    lengths = torch.tensor([len(ids) for ids in sequences])
    longest = int(lengths.max())
    ids = torch.tensor([ids + [padding] * (longest - len(ids)) for ids in sequences])
    return ids, (torch.arange(longest) < lengths[:, None]).long()


def in_towers(utterances, labels, padding):
    """One padded batch a tower; rows stay in order."""
    order = torch.arange(len(utterances) + len(labels))
    return [pad(rows, padding) for rows in (utterances, labels) if rows], order


def in_buckets(utterances, labels, padding, count):
    """The rows of both towers together in groups of like length; `order` puts them back."""
    rows = utterances + labels
    by_length = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    lengths = np.array([len(rows[row]) for row in by_length])
    groups = cut(lengths, min(count, len(rows)))
    order = torch.tensor(by_length).argsort()
    return [pad([rows[row] for row in by_length[a:b]], padding) for a, b in groups], order


def deal(sequences, ranks, backwards=False):
    """Row numbers for each rank, longest first, back and forth, so that tokens are balanced."""
    rows = sorted(range(len(sequences)), key=lambda row: -len(sequences[row]))
    shares = [[] for _ in range(ranks)]
    for position, row in enumerate(rows):
        turn, place = divmod(position, ranks)
        rank = place if turn % 2 == 0 else ranks - 1 - place
        shares[ranks - 1 - rank if backwards else rank].append(row)
    return shares


# -------------------------------------------------------------------------------------- model


class GatherRows(torch.autograd.Function):
    """All ranks' rows (as many from each); the gradient is the sum over ranks, own rows of it."""

    @staticmethod
    def forward(context, rows):
        context.count = len(rows)
        gathered = rows.new_empty(dist.get_world_size() * len(rows), rows.shape[1])
        dist.all_gather(list(gathered.chunk(dist.get_world_size())), rows.contiguous())
        return gathered

    @staticmethod
    def backward(context, gradient):
        gradient = gradient.contiguous()
        dist.all_reduce(gradient)
        return gradient[dist.get_rank() * context.count :][: context.count]


class Taco(torch.nn.Module):
    """Encoder and two heads; one call encodes this rank's rows of both towers."""

    def __init__(self, folder, size=128, adapter=False):
        super().__init__()
        self.takes_mean = adapter
        # The pooler would be computed and not used.
        self.encoder = AutoModel.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32)
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None
        self.emotion_id = self.encoder.get_input_embeddings().num_embeddings
        self.encoder.resize_token_embeddings(self.emotion_id + 1, mean_resizing=False)
        hidden = self.encoder.config.hidden_size
        if adapter:
            # As in the paper's Table 7; the row of [EMO] stays as it is here.
            from peft import LoraConfig, get_peft_model

            targets = ["q_proj", "k_proj", "v_proj"]
            self.encoder = get_peft_model(self.encoder, LoraConfig(r=16, lora_alpha=8, target_modules=targets))
        self.instance = taco.make_head(hidden, size, torch.float32)
        self.label = taco.make_head(hidden, size, torch.float32)

    def pool(self, hidden, mask):
        if not self.takes_mean:
            return hidden[:, 0]
        return (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)

    def forward(self, groups, order, utterances):
        """[utterances, d] and [labels, d]."""
        first = [
            self.pool(self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
            for ids, mask in groups
        ]
        rows = torch.cat(first)[order]
        return self.instance(rows[:utterances]).float(), self.label(rows[utterances:]).float()


# ---------------------------------------------------------------------------------- objective


@torch.no_grad()
def cluster(rows, count, generator, iterations=100):
    """k-means++ and Lloyd's iterations until nothing moves; the cluster of each row."""
    squares = (rows * rows).sum(1)
    products = rows @ rows.T
    distances = (squares[:, None] + squares - 2 * products).clamp_min_(0)
    chosen = [int(torch.randint(len(rows), (1,), generator=generator))]
    nearest = distances[chosen[0]].clone()
    for _ in range(count - 1):
        chosen.append(int(torch.multinomial(nearest + 1e-12, 1, generator=generator)))
        torch.minimum(nearest, distances[chosen[-1]], out=nearest)
    means, clusters = rows[chosen], None
    for _ in range(iterations):
        found = ((means * means).sum(1) - 2 * rows @ means.T).argmin(1)
        if clusters is not None and torch.equal(found, clusters):
            break
        clusters = found
        member = F.one_hot(clusters, count).to(rows.dtype)
        sizes = member.sum(0)
        means = torch.where(sizes[:, None] > 0, (member.T @ rows) / sizes.clamp_min(1)[:, None], means)
    return clusters


def objective(instances, labels, targets, clusters, alpha=0.45, beta=0.5, temperature=0.5):
    """(3) to (7)."""
    scores = instances @ labels.T
    ce = F.cross_entropy(scores, targets)
    similarities = instances @ instances.T / temperature
    same_label = targets[:, None] == targets
    same_cluster = clusters[:, None] == clusters
    positives = same_label & ~same_cluster
    candidates = same_label ^ same_cluster
    counts = positives.sum(1)
    anchors = counts > 0
    chosen = similarities[anchors]
    normaliser = chosen.masked_fill(~candidates[anchors], -torch.inf).logsumexp(1)
    mean = (chosen * positives[anchors]).sum(1) / counts[anchors]
    ccl = (normaliser - mean).sum() / len(targets)
    columns, rows = F.normalize(scores.T, eps=1e-8), F.normalize(labels, eps=1e-8)
    confusability = columns @ columns.T
    ldl = ((confusability * (rows @ rows.T)).sum() / confusability.sum()).exp()
    return {"total": ce + alpha * ccl + beta * ldl, "ce": ce, "ccl": ccl, "ldl": ldl}
