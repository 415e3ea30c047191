"""Values and gradients of the binary cross-entropy with a weight of the positives, PyTorch's pos_weight: one for all outputs, or one each."""

import numpy as np
import torch
import torch.nn.functional as F

from reference_numbers import drawn, inputs, results, single, Raw


def of_outputs(y, d, p):
    return (-p * torch.xlogy(d, y) - torch.special.xlog1py(1 - d, -y)).sum(-1)


def of_logits(z, d, p):
    return F.binary_cross_entropy_with_logits(z, d, pos_weight=p, reduction="none").sum(-1)


def positive_cases(soft, one_hot):
    cases = []

    def add(formula, name, kind, y, d, p, weights=None):
        y = y.clone().requires_grad_()
        w = torch.ones(len(y)) if weights is None else weights
        w = w / w.sum()
        value = (w * formula(y, d, p)).sum()
        value.backward()
        gradient, y = y.grad, y.detach()
        # In closed form: autograd must agree, and keeps fewer digits where it goes by way of 1 - y.
        closed = w[:, None] * (
            (1 - d) * torch.sigmoid(y) - p * d * torch.sigmoid(-y) if formula is of_logits
            else torch.where(d == 1, torch.zeros_like(d), (1 - d) / (1 - y)) - torch.where(d == 0, torch.zeros_like(d), p * d / y))
        assert torch.allclose(closed, gradient, rtol=1e-9, atol=1e-15), (name, kind, closed - gradient)
        assert torch.isfinite(value) and torch.all(torch.isfinite(closed)), (name, kind)
        case = {"name": name, "kind": kind + (", weighted" if weights is not None else ""), "rows": len(y), "y": inputs(y), "d": inputs(d),
                "value": Raw("%.12g" % value.item()), "dy": results(closed, 12), "positiveWeights": inputs(p)}
        if weights is not None:
            case["weights"] = inputs(weights)
        cases.append(case)

    for rows, width in ((1, 1), (4, 3), (7, 10), (5, 33)):
        random = np.random.RandomState(3000 + rows)
        row_weights, each = (single(np.round(random.uniform(0.1, n, m), 2)) for n, m in ((3, rows), (20, width)))
        y = single(np.round(random.uniform(0.001, 0.999, (rows, width)), 4))
        for weights in (None, row_weights):
            for p in (single([7.5]), each):
                for d, of in ((soft(rows, rows, width), "soft"), (one_hot(rows, rows, width), "one-hot")):
                    kind = f"{rows}x{width}, {len(p)} weights, {of}"
                    add(of_outputs, "PositiveWeights", kind, y, d, p, weights)
                    for scale in (4, 80):
                        add(of_logits, "PositiveWeightsLogits", f"{kind}, |z| < {scale}", drawn(scale, rows, width, scale=scale), d, p, weights)

    # Logits to the end of the range.
    ends = single([1e30, -1e30, 0, 1e20, -1e20, 1e4, -1e4, 1000, -1000, 104, -104, 88.8, -88.8, 40, -40, 17, -17, 1, -1, 1e-30])
    for d in (0.0, 1.0, 0.25):
        for p in (0.125, 30.0):
            add(of_logits, "PositiveWeightsLogits", f"ends, d = {d}, p = {p}", ends[:, None], single([[d]] * len(ends)), single([p]))
    return cases
