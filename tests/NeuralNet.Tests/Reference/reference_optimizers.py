"""The courses of the optimizers."""

import torch

from reference_divergences import DIVERGENCES, one_hot
from reference_networks import forward, start
from reference_numbers import drawn, inputs, results, single, write

def optimizers():
    # A smooth, small problem, in which nearby courses stay near: tanh, softmax and cross-entropy, all rows at each step.
    sizes, functions, rows, steps = (6, 5, 3), ("Tanh", "Softmax"), 24, 200
    x, d, first = drawn(7, rows, sizes[0], scale=2), one_hot(8, rows, sizes[-1]), start(9, sizes)
    first[1] += single(0.25)  # biases that decay would move
    first[1] = single(first[1])
    courses = []
    for name, make in {
        "Sgd": lambda groups: torch.optim.SGD(groups, lr=0.1),
        "Sgd, momentum": lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9),
        "Sgd, Nesterov": lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9, nesterov=True),
        "Sgd, decay": lambda groups: torch.optim.SGD(groups, lr=0.1, weight_decay=0.05),
        "Sgd, momentum, decay": lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9, weight_decay=0.05),
        "Sgd, Nesterov, decay": lambda groups: torch.optim.SGD(groups, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.05),
        "Adam": lambda groups: torch.optim.Adam(groups, lr=0.01),
        "Adam, betas, epsilon": lambda groups: torch.optim.Adam(groups, lr=0.02, betas=(0.8, 0.95), eps=0.01),
        "Adam, decay": lambda groups: torch.optim.Adam(groups, lr=0.01, weight_decay=0.05),
        "AdamW": lambda groups: torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1),
    }.items():
        blocks = [b.clone().requires_grad_() for b in first]
        defaults = make([torch.zeros(1, requires_grad=True)]).defaults
        optimizer = make([{"params": blocks[0::2], "weight_decay": defaults["weight_decay"]}, {"params": blocks[1::2], "weight_decay": 0}])
        values = []
        for _ in range(steps):
            optimizer.zero_grad()
            value = DIVERGENCES["CrossEntropyLogits"](forward(x, sizes, functions, blocks, True), d).mean()
            value.backward()
            values.append(value.item())
            optimizer.step()
        courses.append({"name": name, "values": results(values[::20]), "parameters": results(torch.cat([b.detach().reshape(-1) for b in blocks]), 10)})
    write("optimizers.json", {"sizes": list(sizes), "activations": list(functions), "rows": rows, "steps": steps, "every": 20, "x": inputs(x), "d": inputs(d),
                              "parameters": inputs(torch.cat([b.reshape(-1) for b in first])), "courses": courses})
