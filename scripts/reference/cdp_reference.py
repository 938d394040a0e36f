"""BERT_CDP+MLM in PyTorch, the program that taco-dist's objective cdp-mlm is compared with.

The formulas of Singh and others: a tanh pooler over the first token, a classifier of emotions, a classifier of pairs, and
BERT's head for masked language models, whose decoder is not tied to the embeddings. Parameters have taco-dist's names.
"""

import torch
from torch.nn.functional import cross_entropy, gelu, layer_norm, linear


def pooled(rows, p):
    return torch.tanh(linear(rows, p["objective.pooler.dense.weight"], p["objective.pooler.dense.bias"]))


def emotions(rows, targets, p, mask=1):
    """Cross-entropy of the emotions of first tokens' rows, and the scores; `mask` has dropout's factors."""
    scores = linear(pooled(rows, p) * mask, p["objective.classifier.weight"], p["objective.classifier.bias"])
    return cross_entropy(scores, targets), scores


def relations(rows, labels, p):
    """Cross-entropy of pairs' first tokens' rows, 0 for a pair that matches, and the scores."""
    scores = linear(pooled(rows, p), p["objective.seq_relationship.weight"], p["objective.seq_relationship.bias"])
    return cross_entropy(scores, labels), scores


def tokens(states, targets, p, epsilon):
    """Mean cross-entropy of hidden tokens' states over the vocabulary, 0 without any, and the scores."""
    head = {name.removeprefix("heads.mlm."): value for name, value in p.items()}
    hidden = gelu(linear(states, head["transform.dense.weight"], head["transform.dense.bias"]))
    hidden = layer_norm(
        hidden, hidden.shape[-1:], head["transform.LayerNorm.weight"], head["transform.LayerNorm.bias"], epsilon)
    scores = linear(hidden, head["decoder.weight"], head["decoder.bias"])
    return (cross_entropy(scores, targets) if len(targets) else scores.sum()), scores
