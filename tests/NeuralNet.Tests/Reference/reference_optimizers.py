"""The courses of the optimizers, with what goes with them, and the minimum that L-BFGS is to find."""

import torch

from reference_divergences import DIVERGENCES, one_hot
from reference_networks import forward, start
from reference_numbers import drawn, inputs, results, single, write

def clip_norm(blocks):
    torch.nn.utils.clip_grad_norm_(blocks, 0.05)


def clip_value(blocks):
    torch.nn.utils.clip_grad_value_(blocks, 0.01)


def l1(blocks):
    return 0.01 * sum(w.abs().sum() for w in blocks[0::2])


def elastic(blocks):
    return 0.005 * sum(w.abs().sum() for w in blocks[0::2]) + 0.5 * 0.02 * sum((w * w).sum() for w in blocks[0::2])


# Name: optimizer, and where there is one: what clips the gradient, the penalty.
OPTIMIZERS = {
    "Sgd": (lambda groups: torch.optim.SGD(groups, lr=0.1),),
    "Sgd, momentum": (lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9),),
    "Sgd, Nesterov": (lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9, nesterov=True),),
    "Sgd, decay": (lambda groups: torch.optim.SGD(groups, lr=0.1, weight_decay=0.05),),
    "Sgd, momentum, decay": (lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9, weight_decay=0.05),),
    "Sgd, Nesterov, decay": (lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.05),),
    "Adam": (lambda groups: torch.optim.Adam(groups, lr=0.01),),
    "Adam, betas, epsilon": (lambda groups: torch.optim.Adam(groups, lr=0.02, betas=(0.8, 0.95), eps=0.01),),
    "Adam, decay": (lambda groups: torch.optim.Adam(groups, lr=0.01, weight_decay=0.05),),
    "AdamW": (lambda groups: torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1),),
    "Adagrad": (lambda groups: torch.optim.Adagrad(groups, lr=0.05),),
    "Adagrad, rate decay, initial sum, decay": (lambda groups: torch.optim.Adagrad(groups, lr=0.1, lr_decay=0.01, initial_accumulator_value=0.1, weight_decay=0.05),),
    "RmsProp": (lambda groups: torch.optim.RMSprop(groups, lr=0.002),),
    "RmsProp, alpha, epsilon, decay": (lambda groups: torch.optim.RMSprop(groups, lr=0.005, alpha=0.9, eps=0.01, weight_decay=0.05),),
    "RmsProp, momentum": (lambda groups: torch.optim.RMSprop(groups, lr=0.0005, momentum=0.9),),
    "RmsProp, centered": (lambda groups: torch.optim.RMSprop(groups, lr=0.001, centered=True, eps=0.001),),
    "RmsProp, centered, momentum": (lambda groups: torch.optim.RMSprop(groups, lr=0.0005, momentum=0.8, centered=True, eps=0.01),),
    # foreach: the other form of PyTorch before 2.0 has a factor twice (pytorch/pytorch#92699).
    "Nadam": (lambda groups: torch.optim.NAdam(groups, lr=0.01, foreach=True),),
    "Nadam, betas, epsilon, decay": (lambda groups: torch.optim.NAdam(groups, lr=0.02, foreach=True, betas=(0.8, 0.95), eps=0.01, weight_decay=0.05, momentum_decay=0.1),),
    "Rprop": (lambda groups: torch.optim.Rprop(groups, lr=0.001, etas=(0.5, 1.05), step_sizes=(1e-6, 0.005)),),
    "Sgd, clipped by norm": (lambda groups: torch.optim.SGD(groups, lr=0.5, momentum=0.9), clip_norm),
    "Adam, clipped by value": (lambda groups: torch.optim.Adam(groups, lr=0.01, eps=0.01), clip_value),
    "Sgd, L1 penalty": (lambda groups: torch.optim.SGD(groups, lr=0.02), None, l1),
    "Adam, L1 and L2 penalty, clipped by norm": (lambda groups: torch.optim.Adam(groups, lr=0.01, eps=0.01), clip_norm, elastic),
}


def plateau():
    """A divergence that falls, stays, falls and rises."""
    return [round(2 / (1 + 0.3 * min(t, 12)) + 0.2 * max(0, t - 25) * 0.05 - (0.1 if t > 18 else 0), 6) for t in range(50)]


def warm_cosine(t, warm, length, minimum):
    rest = torch.tensor(min(t, length) - warm, dtype=torch.float64) / (length - warm)
    return (t + 1) / warm if t < warm else minimum + (1 - minimum) * (1 + torch.cos(torch.pi * rest).item()) / 2


SCHEDULES = {
    "StepDecay": lambda o: torch.optim.lr_scheduler.StepLR(o, 7, 0.3),
    "ExponentialDecay": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.95),
    "CosineDecay": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 49, eta_min=0.1 * 0.02),
    "CosineDecay, warm-up": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: warm_cosine(t, 10, 40, 0.05)),
    "OneCycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=50),
    "OneCycle, settings": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=50, pct_start=0.45, div_factor=10, final_div_factor=100),
    "Plateau": lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=3, threshold=1e-3, eps=0),
    "Plateau, cool-down, minimum": lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.3, patience=2, threshold=0.01, cooldown=4, min_lr=0.1 * 0.05, eps=0),
}


def rates(make):
    """The factor of the rate of each of 50 steps (or epochs)."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule, series = make(optimizer), []
    for value in plateau():
        series.append(optimizer.param_groups[0]["lr"] / 0.1)
        optimizer.step()
        if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
            schedule.step(value)
        elif len(series) < 50:
            schedule.step()
    return results(torch.tensor(series), 15)


def minimum():
    """Logistic regression with an L2 penalty: convex, so that there is one minimum."""
    rows, width, classes = 60, 5, 3
    x, d = drawn(21, rows, width, scale=2), one_hot(22, rows, classes)
    w, b = torch.zeros(width, classes, requires_grad=True), torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([w, b], max_iter=500, tolerance_grad=1e-14, tolerance_change=1e-18, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = DIVERGENCES["CrossEntropyLogits"](x @ w + b, d).mean() + 0.5 * 0.05 * (w * w).sum()
        value.backward()
        return value
    optimizer.step(closure)
    # The biases of a softmax are defined but for a constant; from 0 on, their sum stays 0.
    return {"rows": rows, "x": inputs(x), "d": inputs(d), "l2": 0.05, "value": closure().item(),
            "parameters": results(torch.cat([w.detach().reshape(-1), b.detach()]), 10)}


def optimizers():
    # A smooth, small problem, in which nearby courses stay near: tanh, softmax and cross-entropy, all rows at each step.
    sizes, functions, rows, steps = (6, 5, 3), ("Tanh", "Softmax"), 24, 200
    x, d, first = drawn(7, rows, sizes[0], scale=2), one_hot(8, rows, sizes[-1]), start(9, sizes)
    first[1] += single(0.25)  # biases that decay would move
    first[1] = single(first[1])
    courses = []
    for name, (make, clip, penalty) in {n: (o + (None, None))[:3] for n, o in OPTIMIZERS.items()}.items():
        blocks = [b.clone().requires_grad_() for b in first]
        defaults = make([torch.zeros(1, requires_grad=True)]).defaults
        decay = {"weight_decay": defaults["weight_decay"]} if "weight_decay" in defaults else {}
        spared = {"weight_decay": 0} if decay else {}
        optimizer = make([{"params": blocks[0::2], **decay}, {"params": blocks[1::2], **spared}])
        values = []
        for _ in range(steps):
            optimizer.zero_grad()
            value = DIVERGENCES["CrossEntropyLogits"](forward(x, sizes, functions, blocks, True), d).mean()
            (value + penalty(blocks) if penalty else value).backward()
            values.append(value.item())
            if clip:
                clip(blocks)
            optimizer.step()
        courses.append({"name": name, "values": results(values[::20]), "parameters": results(torch.cat([b.detach().reshape(-1) for b in blocks]), 10)})
    write("optimizers.json", {"sizes": list(sizes), "activations": list(functions), "rows": rows, "steps": steps, "every": 20, "x": inputs(x), "d": inputs(d),
                              "parameters": inputs(torch.cat([b.reshape(-1) for b in first])), "courses": courses,
                              "divergences": results(plateau()),
                              "schedules": [{"name": name, "factors": rates(make)} for name, make in SCHEDULES.items()], "minimum": minimum()})
