"""SACL in PyTorch, the program that taco-dist's objective sacl is compared with.

The contrastive loss is NT-Xent over all ordered pairs of one label, as pytorch-metric-learning 1.6 has it, of the
class log-probabilities. Both parts are sums over the batch. Made with the versions in requirements.txt.
"""

import torch


def pair_loss(rows, targets, temperature):
    """The mean over pairs (i, p) of -log softmax of their similarity beside those to rows of other labels."""
    rows = torch.nn.functional.normalize(rows)
    similarities = rows @ rows.T / temperature
    terms = []
    for i in range(len(targets)):
        others = similarities[i, targets != targets[i]]
        for p in range(len(targets)):
            if p != i and targets[p] == targets[i]:
                terms.append(torch.cat([similarities[i, p : p + 1], others]).logsumexp(0) - similarities[i, p])
    if not terms or len(targets.unique()) == 1:
        return rows.sum() * 0, len(terms)
    return torch.stack(terms).mean(), len(terms)


def losses(rows, p, targets, mask, weight, temperature, gamma):
    """Total, the focal loss's mean, the contrastive loss, its pairs, and the scores.

    `p` has the parameters by their names; `mask` the factors of dropout before the classifier.
    """
    hidden = torch.relu(rows @ p["dense.weight"].T + p["dense.bias"]) * mask
    scores = hidden @ p["classifier.weight"].T + p["classifier.bias"]
    logs = scores.log_softmax(1)
    own = logs[torch.arange(len(targets)), targets]
    focus = (1 - own.exp()).detach() ** gamma if gamma else torch.ones_like(own)
    focal = -(focus * own).mean()
    pairs, count = pair_loss(logs, targets, temperature)
    return len(targets) * (focal + weight * pairs), focal, pairs, count, scores
