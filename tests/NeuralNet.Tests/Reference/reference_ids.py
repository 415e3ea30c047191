"""Values and gradients of the cross-entropy of class ids: with label smoothing, class weights, weights of rows, and ids of -1, which
PyTorch calls ignore_index. The mean is over the rows that count, by their weights; class weights do not divide it."""

import numpy as np
import torch
import torch.nn.functional as F

from reference_numbers import drawn, inputs, results, single, Raw


def of_outputs(y, ids, s):
    weight, e, classes = s.get("classWeights"), s.get("labelSmoothing", 0.0), y.shape[-1]
    weight = torch.ones(classes) if weight is None else weight
    log = torch.log(y)
    rows = F.nll_loss(log, ids, weight=weight, ignore_index=-1, reduction="none")
    return (1 - e) * rows - e / classes * (log * weight).sum(-1) * (ids >= 0)


def of_logits(z, ids, s):
    return F.cross_entropy(
        z, ids, weight=s.get("classWeights"), label_smoothing=s.get("labelSmoothing", 0.0), ignore_index=-1, reduction="none")


def id_cases():
    cases = []

    def add(formula, name, kind, y, ids, weights, settings):
        y = y.clone().requires_grad_()
        w = (torch.ones(len(ids)) if weights is None else weights) * (ids >= 0)
        value = (w / w.sum() * formula(y, ids, settings)).sum()
        value.backward()
        assert torch.isfinite(value) and torch.all(torch.isfinite(y.grad)), (name, kind)
        case = {"name": name, "kind": kind + (", weighted" if weights is not None else ""), "rows": len(ids), "y": inputs(y.detach()),
                "d": inputs(ids.double()), "value": Raw("%.12g" % value.item()), "dy": results(y.grad, 12)}
        for key, setting in settings.items():
            case[key] = inputs(setting) if torch.is_tensor(setting) else Raw(str(np.float32(setting)))
        if weights is not None:
            case["weights"] = inputs(weights)
        cases.append(case)

    tenth = float(np.float32(0.1))
    for rows, width in ((1, 2), (4, 3), (7, 10), (20, 16), (3, 33)):
        random = np.random.RandomState(2000 + rows)
        row_weights, class_weights = (single(np.round(random.uniform(0.1, 3, n), 2)) for n in (rows, width))
        ids = torch.tensor(random.randint(0, width, rows))
        if rows > 1:
            ids[1:: 3] = -1
            row_weights[2] = 0
            class_weights[-1] = 0
        z = drawn(rows, rows, width, scale=9)
        p = torch.softmax(drawn(rows + 1, rows, width, scale=3), -1)
        p = single(np.round(p.numpy(), 5) + 1e-5)
        for weights in (None, row_weights):
            for settings in ({}, {"labelSmoothing": tenth}, {"classWeights": class_weights}, {"labelSmoothing": tenth, "classWeights": class_weights}):
                add(of_outputs, "CrossEntropyIds", f"{rows}x{width}", p, ids, weights, settings)
                add(of_logits, "CrossEntropyIdsLogits", f"{rows}x{width}", z, ids, weights, settings)
    return cases
