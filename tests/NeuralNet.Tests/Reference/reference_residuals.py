"""Values and gradients of the divergences that reference_divergences.py has not: of differences, of margins, and of targets
that are not d itself. Each is a function that can be differentiated, and its gradient in closed form."""

import numpy as np
import torch
import torch.nn.functional as F

from reference_numbers import drawn, inputs, results, single, Raw


def log_cosh(r):
    near = r.abs() < 1
    small = torch.where(near, r, torch.zeros_like(r))
    return torch.where(near, torch.log1p(2 * torch.sinh(small / 2) ** 2), r.abs() + F.softplus(-2 * r.abs()) - np.log(2))


def relative(d, y):
    excess = torch.where(d == 0, torch.zeros_like(d), (d - y) / y)
    near = excess.abs() < 0.5
    small = torch.where(near, excess, torch.zeros_like(d))
    return torch.where(near, d * torch.log1p(small), torch.xlogy(d, d) - torch.xlogy(d, y))


def targets(d, s):
    weights = torch.ones(d.shape[-1]) if s.get("classWeights") is None else s["classWeights"]
    e = s.get("labelSmoothing", 0)
    return weights * ((1 - e) * d + e * d.sum(-1, keepdim=True) / d.shape[-1])


def over(t, y):
    return torch.where(t == 0, torch.zeros_like(t), -t / y)


def on_logits(z, t):
    return torch.softmax(z, -1) * t.sum(-1, keepdim=True) - t


def smoothed(z, d, s):
    if torch.allclose(d.sum(-1), torch.ones(len(d)), rtol=0, atol=1e-7):
        library = F.cross_entropy(z, d, weight=s.get("classWeights"), label_smoothing=s.get("labelSmoothing", 0), reduction="none")
        assert torch.allclose(library, -(targets(d, s) * F.log_softmax(z, -1)).sum(-1), rtol=1e-6, atol=1e-9)
    return -(targets(d, s) * F.log_softmax(z, -1)).sum(-1)


# name: (D of each row, its gradient), of y, d and the settings.
FORMULAS = {
    "L1": (lambda y, d, s: F.l1_loss(y, d, reduction="none"), lambda y, d, s: torch.sign(y - d)),
    "Huber": (lambda y, d, s: F.huber_loss(y, d, reduction="none", delta=s["delta"]), lambda y, d, s: (y - d).clamp(-s["delta"], s["delta"])),
    "Quantile": (lambda y, d, s: s["tau"] * F.relu(d - y) + (1 - s["tau"]) * F.relu(y - d),
                 lambda y, d, s: torch.where(y < d, -s["tau"], 1 - s["tau"]) * (y != d)),
    "Poisson": (lambda y, d, s: torch.where(d == 0, y, F.poisson_nll_loss(y, d, log_input=False, eps=0, reduction="none")),
                lambda y, d, s: 1 - torch.where(d == 0, torch.zeros_like(d), d / y)),
    "PoissonOfLogarithm": (lambda y, d, s: F.poisson_nll_loss(y, d, reduction="none"), lambda y, d, s: torch.exp(y) - d),
    "LogCosh": (lambda y, d, s: log_cosh(y - d), lambda y, d, s: torch.tanh(y - d)),
    "Hinge": (lambda y, d, s: F.relu(1 - d * y), lambda y, d, s: torch.where(d * y < 1, -d, torch.zeros_like(d))),
    "SquaredHinge": (lambda y, d, s: F.relu(1 - d * y) ** 2, lambda y, d, s: -2 * d * F.relu(1 - d * y)),
    "KullbackLeibler": (lambda y, d, s: relative(d, y), lambda y, d, s: over(d, y)),
    "CrossEntropyTargets": (lambda y, d, s: -torch.xlogy(targets(d, s), y), lambda y, d, s: over(targets(d, s), y)),
    "KullbackLeiblerLogits": (lambda z, d, s: F.kl_div(F.log_softmax(z, -1), d, reduction="none"), lambda z, d, s: on_logits(z, d)),
    "CrossEntropyTargetsLogits": (smoothed, lambda z, d, s: on_logits(z, targets(d, s))),
}


def residual_cases(soft, one_hot):
    cases = []

    def add(name, kind, y, d, weights=None, **settings):
        formula, closed = FORMULAS[name]
        y = y.clone().requires_grad_()
        rows = formula(y, d, settings)
        rows = rows if rows.dim() == 1 else rows.sum(-1)
        w = torch.ones(len(y)) if weights is None else weights
        value = (w / w.sum() * rows).sum()
        value.backward()
        gradient = (w / w.sum())[:, None] * closed(y.detach(), d, settings)
        assert torch.allclose(gradient, y.grad, rtol=1e-8, atol=1e-14), (name, kind, gradient - y.grad)
        assert torch.all(torch.isfinite(gradient)) and torch.isfinite(value), (name, kind)
        case = {"name": name, "kind": kind + (", weighted" if weights is not None else ""), "rows": len(y), "y": inputs(y.detach()),
                "d": inputs(d), "value": Raw("%.12g" % value.item()), "dy": results(gradient, 12)}
        for key, setting in settings.items():
            case[key] = inputs(setting) if torch.is_tensor(setting) else Raw(str(np.float32(setting)))
        if weights is not None:
            case["weights"] = inputs(weights)
        cases.append(case)

    tenth = float(np.float32(0.1))
    for rows, width in ((1, 1), (4, 3), (7, 10), (3, 33)):
        seed = 1000 + 100 * rows + width
        row_weights = single(np.round(np.random.RandomState(seed).uniform(0.1, 3, rows), 2))
        class_weights = single(np.round(np.random.RandomState(seed).uniform(0.1, 3, width), 2))
        if rows > 1:
            row_weights[1] = 0
            class_weights[-1] = 0
        y, d = drawn(seed, rows, width, scale=3), drawn(seed + 1, rows, width, scale=3)
        p = single(np.round(np.random.RandomState(seed).uniform(0.001, 0.999, (rows, width)), 4))
        for weights in (None, row_weights):
            shape = f"{rows}x{width}"
            add("L1", shape, y, d, weights)
            add("Huber", shape, y, d, weights, delta=1.0)
            add("Huber", shape, y, d, weights, delta=0.25)
            add("LogCosh", shape, y, d, weights)
            add("Quantile", shape, y, d, weights, tau=0.5)
            counts = single(np.random.RandomState(seed + 3).poisson(3, (rows, width)))
            add("Poisson", shape, single(np.round(9 * p.numpy(), 3) + 0.001), counts, weights)
            add("PoissonOfLogarithm", shape, y, counts, weights)
            add("Quantile", shape, y, d, weights, tau=float(np.float32(0.9)))
            add("Hinge", shape, y, torch.sign(d), weights)
            add("SquaredHinge", shape, y, torch.sign(d), weights)
            for kind, wanted in (("soft", soft(seed, rows, width)), ("one-hot", one_hot(seed, rows, width))):
                z = drawn(seed + 2, rows, width, scale=9)
                add("KullbackLeibler", f"{shape}, {kind}", p, wanted, weights)
                add("KullbackLeiblerLogits", f"{shape}, {kind}", z, wanted, weights)
                for settings in ({"labelSmoothing": tenth}, {"classWeights": class_weights}, {"labelSmoothing": tenth, "classWeights": class_weights}):
                    add("CrossEntropyTargets", f"{shape}, {kind}", p, wanted, weights, **settings)
                    add("CrossEntropyTargetsLogits", f"{shape}, {kind}", z, wanted, weights, **settings)

    # Differences from nothing to the end of the range, one at a time: about every joint of every formula.
    sizes = (0, 1e-45, 1e-38, 1e-30, 1e-19, 1e-8, 1e-4, 0.1, 0.3, 0.62, 0.7499, 0.75, 0.9999999, 1, 1.0000001, 1.5, 3, 9, 20, 88, 104, 1e4, 1e10, 1e19, 1e30)
    for size in sizes:
        for r in (size, -size) if size else (0.0,):
            for name, settings in (("L1", {}), ("Huber", {"delta": 1.0}), ("Huber", {"delta": float(np.float32(1e-3))}), ("LogCosh", {}), ("Quantile", {"tau": 0.5}), ("Quantile", {"tau": tenth}), ("Hinge", {}), ("SquaredHinge", {})):
                add(name, f"at {r}", single([[r]]), single([[1.0 if "Hinge" in name else 0.0]]), **settings)
    add("Huber", "delta 1e10", single([[1e30, 1e4, -1e19]]), single([[-1e30, 1, 1e19]]), delta=1e10)

    for count in (0.0, 1.0, 1e6):
        add("Poisson", f"{count} counted", single([[1e-30, 1e-7, 0.5, 1, 3, 1e4, 1e20]]), single([[count] * 7]))
        add("PoissonOfLogarithm", f"{count} counted", single([[-1e4, -100, -1, 0, 1e-7, 1, 20, 80]]), single([[count] * 8]))

    edge = single([[1e-30, 1 - 2.0 ** -24, 2.0 ** -99], [1e-7, 0.5, 0.99999]])
    add("KullbackLeibler", "edges", edge, single([[0, 1, 0], [0.25, 0.5, 0.25]]))
    add("KullbackLeibler", "edges, missed", edge, single([[1, 0, 0], [1, 0, 0]]))
    add("KullbackLeibler", "tiny beside large", single([[1e-29, 0.5, 1]]), single([[1, 1e-38, 1e-7]]))
    add("KullbackLeibler", "nearly equal", single([[0.25000003, 0.49999997, 0.25]]), single([[0.25, 0.5, 0.25]]))
    add("KullbackLeibler", "equal", single([[0.25, 0.5, 0.25]]), single([[0.25, 0.5, 0.25]]))
    heavy = single([2, 0, 0.5, 1])
    for name, z in {"equal 1e30": [1e30] * 4, "one 1e30": [-1e30, 1e30, 0, 1], "sure": [30, -30, -20, -25], "one of 4": [0, -1e30, -1e30, -1e30]}.items():
        for d in ([1, 0, 0, 0], [0.5, 0.25, 0.25, 0], [0.0, 0, 0, 0]):
            add("KullbackLeiblerLogits", f"{name}, {d}", single([z]), single([d]))
            add("CrossEntropyTargetsLogits", f"{name}, {d}", single([z]), single([d]), labelSmoothing=tenth, classWeights=heavy)
        add("CrossEntropyTargetsLogits", name + ", sum of d not 1", single([z]), single([[0.5, 0.25, 1, 2]]), labelSmoothing=tenth, classWeights=heavy)
    return cases
