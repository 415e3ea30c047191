"""Values and gradients of the divergences."""

import numpy as np
import torch
import torch.nn.functional as F

from reference_ids import id_cases
from reference_numbers import drawn, inputs, results, single, write, Raw
from reference_positives import positive_cases
from reference_residuals import residual_cases

def weighted_mean(rows, weights):
    return rows.mean() if weights is None else (rows * weights).sum() / weights.sum()


DIVERGENCES = {
    "L2": lambda y, d: 0.5 * F.mse_loss(y, d, reduction="none").sum(-1),
    "BinaryCrossEntropy": lambda y, d: (-torch.xlogy(d, y) - torch.special.xlog1py(1 - d, -y)).sum(-1),
    "CrossEntropy": lambda y, d: -torch.xlogy(d, y).sum(-1),
    "BinaryCrossEntropyLogits": lambda z, d: F.binary_cross_entropy_with_logits(z, d, reduction="none").sum(-1),
    "CrossEntropyLogits": lambda z, d: F.cross_entropy(z, d, reduction="none"),
}


def one_hot(seed, rows, width):
    d = np.zeros((rows, width))
    d[np.arange(rows), np.random.RandomState(seed).randint(0, width, rows)] = 1
    return single(d)


def soft(seed, rows, width):
    d = np.random.RandomState(seed).uniform(0, 1, (rows, width)) ** 3
    return single(np.round(d / d.sum(-1, keepdims=True), 4))


def divergences():
    cases = []

    def add(name, kind, y, d, weights=None):
        y = y.clone().requires_grad_()
        value = weighted_mean(DIVERGENCES[name](y, d), weights)
        value.backward()
        gradient = y.grad
        y = y.detach()
        w = torch.ones(len(y)) if weights is None else weights
        w = (w / w.sum())[:, None]
        # The gradients in closed form: autograd must agree, and keeps fewer digits where it goes by way of 1 - y.
        closed = {
            "L2": lambda: w * (y - d),
            "BinaryCrossEntropy": lambda: w * (torch.where(d == 1, torch.zeros_like(d), (1 - d) / (1 - y)) - torch.where(d == 0, torch.zeros_like(d), d / y)),
            "CrossEntropy": lambda: w * torch.where(d == 0, torch.zeros_like(d), -d / y),
            "BinaryCrossEntropyLogits": lambda: w * (torch.sigmoid(y) * (1 - d) - torch.sigmoid(-y) * d),
            "CrossEntropyLogits": lambda: w * (torch.softmax(y, -1) * d.sum(-1, keepdim=True) - d),
        }[name]()
        assert torch.allclose(closed, gradient, rtol=1e-9, atol=1e-15), (name, kind, closed - gradient)
        assert torch.all(torch.isfinite(closed)) and torch.isfinite(value), (name, kind)
        if name == "BinaryCrossEntropy":
            library = weighted_mean(F.binary_cross_entropy(y, d, reduction="none").sum(-1), weights)
            assert torch.isclose(library, value.detach(), rtol=1e-12, atol=0), kind
        case = {"name": name, "kind": kind + (", weighted" if weights is not None else ""), "rows": len(y),
                "y": inputs(y), "d": inputs(d), "value": Raw("%.12g" % value.item()), "dy": results(closed, 12)}
        if weights is not None:
            case["weights"] = inputs(weights)
        cases.append(case)

    for rows, width in ((1, 1), (4, 3), (7, 10), (5, 33)):
        row_weights = single(np.round(np.random.RandomState(rows).uniform(0.1, 3, rows), 2))
        if rows > 1:
            row_weights[1] = 0
        seed = 100 * rows + width
        p = single(np.round(np.random.RandomState(seed).uniform(0.001, 0.999, (rows, width)), 4))
        for weights in (None, row_weights):
            add("L2", f"{rows}x{width}", drawn(seed, rows, width, scale=3), drawn(seed + 1, rows, width, scale=3), weights)
            add("BinaryCrossEntropy", f"{rows}x{width}, soft", p, soft(seed, rows, width), weights)
            add("BinaryCrossEntropy", f"{rows}x{width}, one-hot", p, one_hot(seed, rows, width), weights)
            add("CrossEntropy", f"{rows}x{width}, soft", p, soft(seed, rows, width), weights)
            add("CrossEntropy", f"{rows}x{width}, one-hot", p, one_hot(seed, rows, width), weights)
            for scale in (4, 80):
                z = drawn(seed + scale, rows, width, scale=scale)
                for name in ("BinaryCrossEntropyLogits", "CrossEntropyLogits"):
                    add(name, f"{rows}x{width}, |z| < {scale}, soft", z, soft(seed, rows, width), weights)
                    add(name, f"{rows}x{width}, |z| < {scale}, one-hot", z, one_hot(seed, rows, width), weights)

    # The edges of (0, 1), down to where gradients are bounded, and targets that are not distributions.
    edge = single([[1e-30, 1 - 2.0 ** -24, 2.0 ** -99], [1e-7, 0.5, 0.99999]])
    add("BinaryCrossEntropy", "edges, one-hot", edge, single([[0, 1, 0], [0, 0, 1]]))
    add("BinaryCrossEntropy", "edges, nearly right", single([[1e-7, 1 - 2.0 ** -24, 3e-7]]), single([[0, 1, 0]]))
    add("BinaryCrossEntropy", "edges, missed", edge, single([[1, 0, 1], [1, 1, 0]]))
    add("CrossEntropy", "edges", edge, single([[0, 1, 0], [0.25, 0.5, 0.25]]))
    add("CrossEntropy", "edges, missed", edge, single([[1, 0, 0], [1, 0, 0]]))
    add("CrossEntropy", "sum of d not 1", edge, single([[0.5, 2, 0], [0, 0.25, 0.125]]))

    # Logits to the end of the range, each with each target.
    ends = single([1e30, -1e30, 0, 1e20, -1e20, 1e4, -1e4, 1000, -1000, 104, -104, 88.8, -88.8, 40, -40, 17, -17, 1, -1, 1e-30])
    for d in (0.0, 1.0, 0.25):
        add("BinaryCrossEntropyLogits", f"ends, d = {d}", ends[:, None], single([[d]] * len(ends)))
        add("BinaryCrossEntropyLogits", f"ends at once, d = {d}", ends[None, :], single([[d] * len(ends)]))
    for hot in (0, 1, 2, 15):
        d = torch.zeros(1, len(ends))
        d[0, hot] = 1
        add("CrossEntropyLogits", f"ends, class {hot}", ends[None, :], d)
    add("CrossEntropyLogits", "ends, uniform", ends[None, :], single(np.full((1, len(ends)), 0.05)))
    for name, z in {"equal 1e30": [1e30] * 4, "equal -1e30": [-1e30] * 4, "equal 1000": [1000] * 4, "one 1e30": [-1e30, 1e30, 0, 1],
                    "sure": [30, -30, -20, -25], "nearly sure": [10, -5, 1, -2], "one of 4": [0, -1e30, -1e30, -1e30]}.items():
        add("CrossEntropyLogits", name + ", one-hot", single([z]), single([[1, 0, 0, 0]]))
        add("CrossEntropyLogits", name + ", soft", single([z]), single([[0.5, 0.25, 0.25, 0]]))
        add("CrossEntropyLogits", name + ", sum of d not 1", single([z]), single([[0.5, 0.25, 1, 2]]))
        add("CrossEntropyLogits", name + ", no d", single([z]), single([[0.0, 0, 0, 0]]))
    write("divergences.json", {"cases": cases + residual_cases(soft, one_hot) + id_cases() + positive_cases(soft, one_hot)})
