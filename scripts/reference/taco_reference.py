"""TACO in PyTorch, the program that taco-dist is compared with: written for clarity, not for speed.

B utterances, E labels, C hidden size, d embedding size; equation numbers are the paper's.
Made with the versions in requirements.txt.
"""

import copy
import csv
import json
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from transformers import AutoModel, AutoTokenizer

import hypemo_reference
import lcl_reference
import sacl_reference


# ---------------------------------------------------------------------------------- recipes


@dataclass(frozen=True)
class Recipe:
    """Every difference between the printed equations and the authors' published code."""

    objective: str = "triple-view"  # or linear: a head that ends in the scores, cross-entropy; hypemo; lcl; or sacl
    heads: str = "separate"  # or shared
    contrastive_rows: str = "raw"  # or normalized
    contrastive_scale: str = "one"  # or base-temperature
    disentangled_rows: str = "embeddings"  # or encoder
    disentangled_pairs: str = "all"  # or upper-triangle
    optimizer: str = "torch"  # or transformers
    restarts: int = 1
    alpha: float = 0.45
    beta: float = 0.5
    gamma: float = 0.1  # of hypemo, as what follows
    hyperbolic_size: int = 100
    hyperbolic_rate: float = 0.01
    hyperbolic_rate_every: int = 10
    lambda_: float = 0.5  # of lcl, whose usual temperature is 0.3
    temperature: float = 0.5
    contrastive_weight: float = 0.1  # of sacl, as what follows
    adversarial_contrastive_weight: float = 0.05
    focal_gamma: float = 0.0
    adversarial: float = 0.0  # the length of each tensor's move before a second pass
    without: frozenset = field(default_factory=frozenset)  # of VARIANTS


RECIPES = {
    "paper": Recipe(),
    "reference": Recipe(
        heads="shared",
        contrastive_rows="normalized",
        contrastive_scale="base-temperature",
        disentangled_rows="encoder",
        disentangled_pairs="upper-triangle",
        optimizer="transformers",
        restarts=10,
    ),
}

CHOICES = {
    "objective": ("triple-view", "linear", "hypemo", "lcl", "sacl"),
    "heads": ("separate", "shared"),
    "contrastive_rows": ("raw", "normalized"),
    "contrastive_scale": ("one", "base-temperature"),
    "disentangled_rows": ("embeddings", "encoder"),
    "disentangled_pairs": ("all", "upper-triangle"),
}
VARIANTS = ("ldl", "ccl", "clustering", "descriptions")


def add_recipe_options(parser):
    group = parser.add_argument_group("objective")
    group.add_argument("--recipe", choices=sorted(RECIPES), default="paper")
    for name in ("alpha", "beta", "gamma", "temperature", "contrastive_weight", "adversarial_contrastive_weight",
                 "focal_gamma", "adversarial"):
        default = getattr(Recipe(), name)
        group.add_argument(f"--{name.replace('_', '-')}", type=float, default=default, help=f"default {default}")
    group.add_argument("--lambda", type=float, default=Recipe().lambda_, dest="lambda_", help="default 0.5")
    for name, values in CHOICES.items():
        option = f"--{name.replace('_', '-')}"
        group.add_argument(option, choices=values, help="overrides the recipe")
    group.add_argument("--without", choices=VARIANTS, action="append", default=[])


def recipe_from(arguments):
    chosen = {name: getattr(arguments, name) for name in CHOICES}
    return replace(
        RECIPES[arguments.recipe],
        alpha=arguments.alpha,
        beta=arguments.beta,
        gamma=arguments.gamma,
        lambda_=arguments.lambda_,
        temperature=arguments.temperature,
        contrastive_weight=arguments.contrastive_weight,
        adversarial_contrastive_weight=arguments.adversarial_contrastive_weight,
        focal_gamma=arguments.focal_gamma,
        adversarial=arguments.adversarial,
        without=frozenset(arguments.without),
        **{name: value for name, value in chosen.items() if value is not None},
    )


# -------------------------------------------------------------------------------- objective


# The name in `forward` of what no trace has: losses that are more than a function of scores.
HIDDEN = "losses"


def cross_entropy(scores, targets):
    """(3): -mean of log softmax(score) at the true label."""
    return -scores.log_softmax(1)[torch.arange(len(targets)), targets].mean()


def contrastive_loss(rows, targets, clusters, recipe):
    """(4), averaged over P(i), then over the batch; an anchor whose P(i) is empty gives 0."""
    if recipe.contrastive_rows == "normalized":
        rows = F.normalize(rows)
    similarities = rows @ rows.T / recipe.temperature
    total = rows.new_zeros(())
    for i in range(len(rows)):
        same_label = targets == targets[i]
        other_row = torch.arange(len(rows)) != i
        if "clustering" in recipe.without:
            positives, candidates = same_label & other_row, other_row
        else:
            same_cluster = clusters == clusters[i]
            positives = same_label & ~same_cluster
            candidates = positives | (~same_label & same_cluster)
        if positives.any():
            normaliser = similarities[i, candidates].logsumexp(0)
            total = total + (normaliser - similarities[i, positives]).mean()
    base_temperature = 0.07
    scaled = recipe.contrastive_scale == "base-temperature"
    return total / len(rows) * (recipe.temperature / base_temperature if scaled else 1)


def cosines(rows):
    unit = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-8)
    return unit @ unit.T


def disentangled_loss(scores, label_rows, recipe):
    """(5) and (6). No guard of the denominator: a batch that needs one is no test of the rest."""
    upper = recipe.disentangled_pairs == "upper-triangle"
    every = torch.ones(len(label_rows), len(label_rows), dtype=torch.bool)
    pairs = every.triu(1) if upper else every
    confusability = cosines(scores.T)[pairs]
    confusability = confusability / confusability.sum()
    return (confusability * cosines(label_rows)[pairs]).sum().exp()


def objective(forward, targets, clusters, recipe, second=False):
    """(7). Returns total, ce, ccl and ldl; for hypemo total, wce, nll and pull; for lcl total, ce, lcl and ce_weighting; for
    sacl total, ce and scl.

    `second` tells the pass with perturbed parameters.
    """
    if recipe.objective == "sacl":
        weight = recipe.adversarial_contrastive_weight if second else recipe.contrastive_weight
        total, focal, scl, *_ = forward[HIDDEN](targets, recipe, weight)
        return {"total": total, "focal" if recipe.focal_gamma else "ce": focal, "scl": scl}
    if recipe.objective == "lcl":
        total, ce, lcl, ce_weighting, *_ = forward[HIDDEN](targets, recipe)
        return {"total": total, "ce": ce, "lcl": lcl, "ce_weighting": ce_weighting}
    if recipe.objective == "hypemo":
        total, wce, nll, pull, *_ = forward[HIDDEN](targets, recipe)
        return {"total": total, "wce": wce, "nll": nll, "pull": pull}
    scores = forward["scores"]
    if recipe.objective == "linear":
        ce = cross_entropy(scores, targets)
        return {"total": ce, "ce": ce}
    encoder_rows = recipe.disentangled_rows == "encoder"
    label_rows = forward["cls.labels" if encoder_rows else "embeddings.labels"]
    ce = cross_entropy(scores, targets)
    ccl = ldl = scores.new_zeros(())
    if "ccl" not in recipe.without:
        ccl = contrastive_loss(forward["embeddings.instances"], targets, clusters, recipe)
    if "ldl" not in recipe.without:
        ldl = disentangled_loss(scores, label_rows, recipe)
    return {"total": ce + recipe.alpha * ccl + recipe.beta * ldl, "ce": ce, "ccl": ccl, "ldl": ldl}


# -------------------------------------------------------------------------------- sequences


def load_labels(path):
    """A JSON map name -> description, in id order."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def load_rows(path, labels, count=None):
    """Texts and label ids of the first `count` rows of a CSV file with columns text and label."""
    texts, _, targets = load_views(path, labels, count)
    return texts, targets


def load_views(path, labels, count=None):
    """The same with second views: column aug_text, or the texts again where there is none."""
    ids = {name: index for index, name in enumerate(labels)}
    texts, views, targets = [], [], []
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if len(texts) == count:
                break
            value = row["label"].strip()
            target = ids[value] if value in ids else int(value)
            if not 0 <= target < len(labels):
                raise SystemExit(f"{path}: label {target} of {len(labels)}: wrong --labels?")
            texts.append(row["text"])
            views.append(row.get("aug_text", row["text"]))
            targets.append(target)
    return texts, views, torch.tensor(targets)


class SequenceMaker:
    """Text to token ids: [CLS] utterance [SEP] and [CLS] name [EMO] description [SEP]."""

    def __init__(self, folder, emotion_id, max_length=200):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.emotion_id = emotion_id
        self.max_length = max_length

    def utterance(self, text):
        return self.tokenizer(text, truncation=True, max_length=self.max_length)["input_ids"]

    def labels(self, labels, recipe):
        """The labels' sequences; only triple-view has some."""
        if recipe.objective != "triple-view":
            return []
        with_descriptions = "descriptions" not in recipe.without
        return [self.label(name, text if with_descriptions else None) for name, text in labels.items()]

    def label(self, name, description):
        def plain(text):
            return self.tokenizer(text, add_special_tokens=False)["input_ids"]

        # What the tokenizer puts around a text: [CLS] and [SEP], Llama 3's start alone, or nothing.
        ends = self.tokenizer("")["input_ids"]
        rest = [] if description is None else [self.emotion_id, *plain(description)]
        return [*ends[:1], *plain(name), *rest, *ends[1:]]


# ------------------------------------------------------------------------------------ model


def load_encoder(folder, dtype):
    """The folder's encoder in evaluation mode, eager attention, without the pooler."""
    encoder = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=dtype).eval()
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return encoder


def make_head(hidden, size, dtype):
    first, last = torch.nn.Linear(hidden, hidden), torch.nn.Linear(hidden, size)
    return torch.nn.Sequential(first, torch.nn.ReLU(), last).to(dtype)


class Adapted(torch.nn.Module):
    """A linear module that stays as it is, and a low-rank adapter beside it, by PEFT's names."""

    def __init__(self, linear, rank, scale):
        super().__init__()
        self.scale = scale
        self.weight, self.bias = linear.weight, linear.bias
        self.lora_A = torch.nn.Linear(linear.in_features, rank, bias=False, dtype=linear.weight.dtype)
        self.lora_B = torch.nn.Linear(rank, linear.out_features, bias=False, dtype=linear.weight.dtype)

    def forward(self, input):
        return F.linear(input, self.weight, self.bias) + self.scale * self.lora_B(self.lora_A(input))


class Extended(torch.nn.Module):
    """Frozen token embeddings and one trained row behind them."""

    def __init__(self, embeddings):
        super().__init__()
        self.weight = embeddings.weight
        self.added = torch.nn.Parameter(torch.zeros_like(self.weight[:1]))

    def forward(self, ids):
        return F.embedding(ids, torch.cat([self.weight, self.added]))


def adapt(encoder, targets, rank, scale):
    """Freezes an encoder and puts adapters beside the modules whose names end in a target."""
    for parameter in encoder.parameters():
        parameter.requires_grad_(False)
    for name, module in list(encoder.named_modules()):
        if any(name == target or name.endswith(f".{target}") for target in targets):
            parent = encoder.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], Adapted(module, rank, scale))
    encoder.set_input_embeddings(Extended(encoder.get_input_embeddings()))
    return encoder


class HypEmo(torch.nn.Module):
    """What the objective hypemo owns, by taco-dist's names; the label vectors are constants."""

    def __init__(self, hidden, labels, size, dtype):
        super().__init__()
        self.dense = torch.nn.Linear(hidden, hidden)
        self.classifier = torch.nn.Linear(hidden, labels)
        self.hyperbolic = torch.nn.Linear(hidden, size)
        self.decoder = torch.nn.Linear(size, labels)
        self.register_buffer("label_vectors", torch.zeros(labels, size))
        self.to(dtype)

    def scores(self, rows):
        return self.classifier(torch.relu(self.dense(rows)))

    def losses(self, rows):
        """A function of targets and recipe, dropout off."""

        def compute(targets, recipe):
            parameters = dict(self.named_parameters())
            return hypemo_reference.losses(
                rows, parameters, self.label_vectors, targets, (1, 1, 1, 1), recipe.alpha, recipe.gamma)

        return compute


class LCL(torch.nn.Module):
    """What the objective lcl owns, by taco-dist's names."""

    def __init__(self, hidden, labels, dtype):
        super().__init__()

        def head():
            return torch.nn.ModuleDict(
                {"dense": torch.nn.Linear(hidden, hidden), "out_proj": torch.nn.Linear(hidden, labels)})

        self.classifier, self.weighting = head(), head()
        self.to(dtype)

    def losses(self, rows, others):
        """A function of targets and recipe, dropout off."""

        def compute(targets, recipe):
            parameters, ones = dict(self.named_parameters()), (1, 1, 1)
            return lcl_reference.losses(
                rows, others, parameters, torch.cat([targets, targets]), (ones, ones), recipe.temperature,
                recipe.lambda_)

        return compute

    def scores(self, rows):
        return self.classifier["out_proj"](torch.relu(self.classifier["dense"](rows)))


class Sacl(torch.nn.Module):
    """What the objective sacl owns, by taco-dist's names."""

    def __init__(self, hidden, labels, dtype):
        super().__init__()
        self.dense = torch.nn.Linear(hidden, hidden)
        self.classifier = torch.nn.Linear(hidden, labels)
        self.to(dtype)

    def scores(self, rows):
        return self.classifier(torch.relu(self.dense(rows)))

    def losses(self, rows):
        """A function of targets, recipe and the contrastive loss's weight, dropout off."""

        def compute(targets, recipe, weight):
            parameters = dict(self.named_parameters())
            return sacl_reference.losses(
                rows, parameters, targets, 1, weight, recipe.temperature, recipe.focal_gamma)

        return compute


def head_names(recipe):
    if recipe.objective in ("hypemo", "lcl", "sacl"):
        return []
    if recipe.objective == "linear":
        return ["linear"]
    return ["instance"] if recipe.heads == "shared" else ["instance", "label"]


def head_size(tensors, recipe):
    """The columns of what the heads give, as a trace tells them."""
    names = head_names(recipe)
    own = "classifier.out_proj" if recipe.objective == "lcl" else "classifier"
    name = f"parameter.heads.{names[0]}.2.weight" if names else f"parameter.objective.{own}.weight"
    if name not in tensors:
        raise SystemExit(f"trace: no tensor {name}; do --recipe, --heads, --objective fit it?")
    return tensors[name].shape[0]


class Taco(torch.nn.Module):
    """Encoder with one more embedding row ([EMO], zero until loaded) and one head or two."""

    def __init__(self, encoder, recipe, size=128, pooling="cls"):
        super().__init__()
        words = encoder.get_input_embeddings()
        self.vocabulary = len(words.weight)
        if not isinstance(words, Extended):
            words.weight = torch.nn.Parameter(F.pad(words.weight.data, (0, 0, 0, 1)))
            words.num_embeddings += 1
        self.encoder = encoder
        self.pooling = pooling
        self.heads = torch.nn.ModuleDict()
        for name in head_names(recipe):
            self.heads[name] = make_head(encoder.config.hidden_size, size, encoder.dtype)
        if recipe.objective == "hypemo":
            self.objective = HypEmo(
                encoder.config.hidden_size, size, recipe.hyperbolic_size, encoder.dtype)
        if recipe.objective == "lcl":
            self.weighting = copy.deepcopy(encoder)
            self.objective = LCL(encoder.config.hidden_size, size, encoder.dtype)
        if recipe.objective == "sacl":
            self.objective = Sacl(encoder.config.hidden_size, size, encoder.dtype)

    def parameters_by_name(self):
        """Names as taco-dist writes them: the encoder's have no prefix."""
        own = {name.removeprefix("encoder."): value for name, value in self.named_parameters()}
        return {
            "added_tokens.weight" if name.endswith(".added") else name: value
            for name, value in own.items() if value.requires_grad}

    def tables_by_name(self):
        """Constants, by the names that taco-dist gives them."""
        return {name: value for name, value in self.named_buffers() if name.startswith("objective.")}

    def pool(self, hidden):
        return {"cls": hidden[0], "last": hidden[-1]}.get(self.pooling, hidden.mean(0))

    def encode(self, sequences, encoder=None):
        """[n, C]: every sequence alone, so that nothing is padded."""
        encoder = encoder or self.encoder
        inputs = [torch.tensor([ids]) for ids in sequences]
        hidden = [encoder(input_ids=ids).last_hidden_state[0] for ids in inputs]
        return torch.stack([self.pool(rows) for rows in hidden])

    def encode_padded(self, sequences, padding, encoder=None):
        """The same with one padded batch, as people usually run it."""
        encoder = encoder or self.encoder
        longest = max(map(len, sequences))
        inputs = torch.tensor([ids + [padding] * (longest - len(ids)) for ids in sequences])
        lengths = torch.tensor([len(ids) for ids in sequences])
        mask = (torch.arange(longest) < lengths[:, None]).long()
        hidden = encoder(input_ids=inputs, attention_mask=mask).last_hidden_state
        return torch.stack([self.pool(rows[:n]) for rows, n in zip(hidden, lengths)])

    def forward(self, utterances, labels, padding=None, views=None):
        """(1) and (2), with the names of the trace; `views` are second ones of the utterances, for lcl."""

        def encode(sequences, encoder=None):
            if padding is None:
                return self.encode(sequences, encoder)
            return self.encode_padded(sequences, padding, encoder)

        instance_rows = encode(utterances)
        if hasattr(self, "weighting"):
            rows = {"cls.instances": instance_rows, "cls.views": encode(views),
                    "weighting.cls.instances": encode(utterances, self.weighting),
                    "weighting.cls.views": encode(views, self.weighting)}
            first, second, third, fourth = rows.values()
            return rows | {
                "scores": self.objective.scores(instance_rows),
                HIDDEN: self.objective.losses(torch.cat([first, second]), torch.cat([third, fourth]))}
        if hasattr(self, "objective"):
            return {"cls.instances": instance_rows, "scores": self.objective.scores(instance_rows),
                    HIDDEN: self.objective.losses(instance_rows)}
        if "linear" in self.heads:
            return {"cls.instances": instance_rows, "scores": self.heads["linear"](instance_rows)}
        label_rows = encode(labels)
        label_head = self.heads["label" if "label" in self.heads else "instance"]
        instances, labels = self.heads["instance"](instance_rows), label_head(label_rows)
        return {
            "cls.instances": instance_rows,
            "cls.labels": label_rows,
            "embeddings.instances": instances,
            "embeddings.labels": labels,
            "scores": instances @ labels.T,
        }


def load_heads(model, tensors, prefix="parameter."):
    """Heads and [EMO] row from a trace; stops with a message when a shape does not fit."""
    embeddings = model.encoder.get_input_embeddings()
    words = embeddings.weight
    own = ("heads.", "objective.", "added_tokens.")
    with torch.no_grad():
        for name, parameter in (model.parameters_by_name() | model.tables_by_name()).items():
            if not name.startswith(own) and ".lora_" not in name:
                continue
            stored = tensors.get(prefix + name)
            if stored is None or stored.shape != parameter.shape:
                found = "no such tensor" if stored is None else f"shape {list(stored.shape)}"
                raise SystemExit(
                    f"trace: {prefix}{name}: {found}, expected {list(parameter.shape)}; "
                    "does --recipe (or --heads) fit the trace?"
                )
            parameter.copy_(stored)
        if isinstance(embeddings, Extended):
            return
        name = next(name for name, value in model.parameters_by_name().items() if value is words)
        stored = tensors.get(prefix + name)
        if stored is None or stored.shape != words.shape:
            found = "no such tensor" if stored is None else f"shape {list(stored.shape)}"
            raise SystemExit(
                f"trace: word embeddings: {found}, expected {list(words.shape)}: "
                "the folder's rows and one for [EMO]"
            )
        words[-1] = stored[-1]
        if hasattr(model, "weighting"):
            model.weighting.get_input_embeddings().weight[-1] = tensors[f"{prefix}weighting.{name}"][-1]


def needs_clusters(recipe):
    return recipe.objective == "triple-view" and not recipe.without & {"ccl", "clustering"}


def cluster(forward, targets, recipe, seed=0):
    """k-means of the batch, K = number of distinct labels, as scikit-learn does it."""
    if not needs_clusters(recipe):
        return None
    from sklearn.cluster import KMeans

    rows = forward["embeddings.instances"].detach()
    if recipe.contrastive_rows == "normalized":
        rows = F.normalize(rows)
    kmeans = KMeans(len(targets.unique()), n_init=recipe.restarts, random_state=seed)
    return torch.from_numpy(kmeans.fit_predict(rows.numpy())).long()


def step_gradients(model, batch, forward, targets, clusters, recipe):
    """The losses, and the gradient of each parameter by its name.

    With `recipe.adversarial` the token embeddings and the first layer are moved along their gradients, a tensor at a
    time, and the gradients there are added (the fast gradient method); `batch` has the sequences for it.
    """
    losses = objective(forward, targets, clusters, recipe)
    parameters = model.parameters_by_name()

    def gradients(total):
        return torch.autograd.grad(total, parameters.values(), allow_unused=True, materialize_grads=True)

    found = gradients(losses["total"])
    if recipe.adversarial:
        words = model.encoder.get_input_embeddings().weight
        kept = {}
        for (name, parameter), gradient in zip(parameters.items(), found):
            if (parameter is words or ".layer.0." in f".{name}" or ".layers.0." in f".{name}") and gradient.norm() > 0:
                kept[name] = parameter.data.clone()
                parameter.data += recipe.adversarial * gradient / gradient.norm()
        second = objective(model(*batch), targets, clusters, recipe, second=True)["total"]
        found = [a + b for a, b in zip(found, gradients(second))]
        for name, values in kept.items():
            parameters[name].data = values
        losses |= {"adversarial": second, "total": losses["total"] + second}
    return losses, dict(zip(parameters, found))


def step_tensors(model, batch, forward, targets, clusters, recipe):
    """Everything a trace holds, as reference tensors."""
    losses, gradients = step_gradients(model, batch, forward, targets, clusters, recipe)
    parameters = model.parameters_by_name()
    return {
        "labels": targets,
        **({} if clusters is None else {"clusters": clusters}),
        **{name: value.detach() for name, value in forward.items() if name != HIDDEN},
        **{f"loss.{name}": value.detach() for name, value in losses.items()},
        **{f"parameter.{name}": value.detach()
           for name, value in (parameters | model.tables_by_name()).items()},
        **{f"gradient.{name}": value for name, value in gradients.items()},
    }


# --------------------------------------------------------------------------------- training


class TransformersAdamW(torch.optim.Optimizer):
    """AdamW of transformers 4.24: epsilon before the bias correction, decay after the update."""

    def __init__(self, parameters, lr, weight_decay, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(parameters, dict(lr=lr, weight_decay=weight_decay, betas=betas, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                self.update(parameter, self.state[parameter], **group)

    def update(self, parameter, state, lr, weight_decay, betas, eps, **_):
        if not state:
            zero = torch.zeros_like(parameter)
            state.update(step=0, mean=zero, square=zero.clone())
        state["step"] += 1
        state["mean"].lerp_(parameter.grad, 1 - betas[0])
        state["square"].mul_(betas[1]).addcmul_(parameter.grad, parameter.grad, value=1 - betas[1])
        correction = (1 - betas[1] ** state["step"]) ** 0.5 / (1 - betas[0] ** state["step"])
        denominator = state["square"].sqrt().add_(eps)
        parameter.addcdiv_(state["mean"], denominator, value=-lr * correction)
        parameter.mul_(1 - lr * weight_decay)


def make_optimizer(model, recipe, learning_rate, weight_decay, total):
    """Optimiser over all parameters, and the linear schedule to 0 without warm-up.

    hypemo's branch has Adam and StepLR of its own, which go on with the optimiser and the schedule.
    """
    kind = torch.optim.AdamW if recipe.optimizer == "torch" else TransformersAdamW
    named = model.parameters_by_name()
    branch = [value for name, value in named.items()
              if name.startswith(("objective.hyperbolic.", "objective.decoder."))]
    parameters = [value for value in named.values() if not any(value is other for other in branch)]
    optimizer = kind(parameters, lr=learning_rate, weight_decay=weight_decay)
    if branch:
        second = torch.optim.Adam(branch, lr=recipe.hyperbolic_rate)
        steps = torch.optim.lr_scheduler.StepLR(second, recipe.hyperbolic_rate_every, 0.5)

        def follow(*_):
            second.step()
            steps.step()

        optimizer.register_step_post_hook(follow)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0, 1 - step / total))
    return optimizer, schedule


def update(model, losses, gradients, optimizer, schedule):
    """One step of the optimiser; returns the losses and the rate."""
    for name, parameter in model.parameters_by_name().items():
        parameter.grad = gradients[name]
    rate = schedule.get_last_lr()[0]
    optimizer.step()
    schedule.step()
    return {name: value.item() for name, value in losses.items()} | {"lr": rate}
