"""LCL in PyTorch, the program that taco-dist's objective lcl is compared with.

Written from the formulas of Suresh and Ong's method as their code has it: the weight of the positives outside the
logarithm, both views in one batch, gradients through the weights. Made with the versions in requirements.txt.
"""

import torch
import torch.nn.functional as F


def head(rows, p, activation, masks):
    """Linear, activation, linear; `masks` are dropout's factors of input, hidden rows and scores."""
    before, hidden_mask, after = masks
    hidden = activation((rows * before) @ p["dense.weight"].T + p["dense.bias"]) * hidden_mask
    return (hidden @ p["out_proj.weight"].T + p["out_proj.bias"]) * after


def contrast(rows, scores, targets, temperature):
    """The label-aware contrastive loss, row by row; a row without positives gives 0."""
    units = F.normalize(rows, dim=1)
    similarities = units @ units.T / temperature
    logs = scores.log_softmax(1)
    total = rows.new_zeros(())
    for i in range(len(rows)):
        others = torch.arange(len(rows)) != i
        positives = others & (targets == targets[i])
        if positives.any():
            log_sum = (logs[i, targets] + similarities[i])[others].logsumexp(0)
            total = total - logs[i, targets[i]].exp() * (similarities[i, positives] - log_sum).mean()
    return total / len(rows)


def losses(rows, other_rows, p, targets, masks, temperature, weight):
    """Total, its three parts and both networks' scores, of the rows of both views, one behind the other.

    `p` has the parameters by their names; `masks` the factors of dropout of both heads.
    """

    def own(prefix):
        return {name.removeprefix(prefix): value for name, value in p.items() if name.startswith(prefix)}

    scores = head(rows, own("classifier."), torch.relu, masks[0])
    other = head(other_rows, own("weighting."), F.gelu, masks[1])
    ce, ce_weighting = F.cross_entropy(scores, targets), F.cross_entropy(other, targets)
    lcl = contrast(rows, other, targets, temperature)
    return weight * ce + (1 - weight) * lcl + weight * ce_weighting, ce, lcl, ce_weighting, scores, other
