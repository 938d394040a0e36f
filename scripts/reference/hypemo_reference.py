"""HypEmo in PyTorch, the program that taco-dist's objective hypemo is compared with.

The usual formulas of the Poincare ball of curvature -1 (norms, tanh, artanh, Mobius matrix-vector product and addition),
as HypEmo's authors have them; a norm of 0 is avoided by the usual floor of 1e-15. No gradient goes through the distance,
and the inner products are summed over the batch. Made with the versions in requirements.txt.
"""

import torch

FLOOR, LARGEST = 1e-15, 1 - 4e-3


def norm(x):
    """Of rows; the derivative at 0 is 0, as torch has it."""
    return x.norm(dim=-1, keepdim=True).clamp_min(FLOOR)


def project(x):
    """Cuts rows to the largest norm. One that was cut before lies on it but for its last place, which must not decide
    whether a gradient passes: it stays as it is."""
    n = norm(x)
    return torch.where(n > LARGEST * (1 + 1e-12), x / n * LARGEST, x)


def exp0(u):
    n = norm(u)
    return torch.tanh(n) * u / n


def log0(y):
    n = norm(y)
    return torch.atanh(n.clamp_max(1 - FLOOR)) * y / n


def matvec(w, x):
    n, product = norm(x), x @ w.T
    m = norm(product)
    result = torch.tanh(m / n * torch.atanh(n.clamp_max(1 - FLOOR))) * product / m
    return torch.where((product == 0).all(-1, keepdim=True), product * 0, result)


def mobius_add(x, y):
    x2, y2, xy = (x * x).sum(-1, keepdim=True), (y * y).sum(-1, keepdim=True), (x * y).sum(-1, keepdim=True)
    return ((1 + 2 * xy + y2) * x + (1 - x2) * y) / (1 + 2 * xy + x2 * y2)


def distance(u, v):
    square = ((u - v) ** 2).sum(-1)
    return torch.acosh(1 + 2 * square / ((1 - (u * u).sum(-1)) * (1 - (v * v).sum(-1))))


def losses(rows, p, vectors, targets, masks, alpha, gamma):
    """Total, its three parts, the weights of the rows, both kinds of scores and the embeddings.

    `p` has the parameters by their names; `masks` the factors of dropout before and behind the ReLU, on the branch's
    weight and before its decoder, 1 where nothing drops.
    """
    dense, hidden_mask, connect, decoder_mask = masks
    hidden = torch.relu((rows @ p["dense.weight"].T + p["dense.bias"]) * dense) * hidden_mask
    scores = hidden @ p["classifier.weight"].T + p["classifier.bias"]
    x = project(exp0(hidden))
    m = project(matvec(p["hyperbolic.weight"] * connect, x))
    m = project(mobius_add(m, project(exp0(p["hyperbolic.bias"]))))
    u = project(exp0(torch.relu(log0(m))))
    decoded = (log0(u) * decoder_mask) @ p["decoder.weight"].T + p["decoder.bias"]
    row = torch.arange(len(targets))
    v = vectors[targets]
    weight = distance(u, v).detach()
    ce = -scores.log_softmax(1)[row, targets]
    wce = (weight * ce).mean()
    nll = -decoded.log_softmax(1)[row, targets].mean()
    pull = -(u * v).sum()
    return alpha * wce + gamma * (nll + pull), wce, nll, pull, weight, scores, decoded, u
