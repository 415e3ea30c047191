"""One dense layer with each activation, and whole networks."""

import math

import numpy as np
import torch

from reference_activations import ACTIVATIONS
from reference_divergences import DIVERGENCES, one_hot, soft, weighted_mean
from reference_numbers import drawn, inputs, results, single, write, Raw

def dense():
    shapes = []
    for n, m, batches in ((1, 1, (1, 7, 32)), (5, 4, (1, 7, 32)), (64, 10, (7,)), (33, 17, (1, 32))):
        rows = max(batches)
        seed = 10 * n + m
        x, dy = drawn(seed, rows, n), drawn(seed + 1, rows, m)
        w, b = drawn(seed + 2, n, m), drawn(seed + 3, m, scale=0.5)
        # A rectifier's gradient jumps at 0: what float32 rounds must not take a z across.
        assert torch.min(torch.abs(x @ w + b)) > 2e-5, (n, m, torch.min(torch.abs(x @ w + b)))
        expected = {}
        for name in ("Identity", "Sigmoid", "Tanh", "Relu", "LeakyRelu", "Softmax"):
            per_batch = {}
            for count in batches:
                layer = torch.nn.Linear(n, m)
                with torch.no_grad():
                    layer.weight.copy_(w.T)
                    layer.bias.copy_(b)
                xs = x[:count].clone().requires_grad_()
                y = ACTIVATIONS[name](layer(xs))
                y.backward(dy[:count])
                per_batch[count] = (y.detach(), xs.grad, layer.weight.grad.T, layer.bias.grad)
            y, dx = per_batch[rows][:2]
            for count in batches:  # rows do not influence each other, so y and dx are written once
                assert torch.allclose(per_batch[count][0], y[:count], rtol=1e-12) and torch.allclose(per_batch[count][1], dx[:count], rtol=1e-12, atol=1e-14)
            expected[name] = {"y": results(y), "dx": results(dx),
                              "batches": [{"rows": c, "dW": results(per_batch[c][2]), "db": results(per_batch[c][3])} for c in batches]}
        shapes.append({"inputs": n, "outputs": m, "rows": rows, "x": inputs(x), "W": inputs(w), "b": inputs(b), "dy": inputs(dy), "expected": expected})
    write("dense.json", {"shapes": shapes})


def forward(x, sizes, functions, blocks, logits):
    for k in range(len(sizes) - 1):
        z = x @ blocks[2 * k] + blocks[2 * k + 1]
        if k < len(sizes) - 2 or not logits:
            if functions[k].endswith("Relu") and torch.min(torch.abs(z)) < 1e-5:
                raise ValueError("too near to a kink; use another seed")
            x = ACTIVATIONS[functions[k]](z)
        else:
            x = z
    return x


def start(seed, sizes):
    blocks = []
    for n, m in zip(sizes, sizes[1:]):
        blocks += [drawn(seed, n, m, scale=math.sqrt(6 / (n + m))), drawn(seed + 1, m, scale=0.3)]
        seed += 2
    return blocks


def networks():
    cases = []
    for sizes, functions, divergence, rows, weighted in (
            ((8, 16, 12, 4), ("Tanh", "Relu", "Softmax"), "CrossEntropy", 16, False),
            ((8, 16, 12, 4), ("Relu", "LeakyRelu", "Softmax"), "CrossEntropy", 32, True),
            ((6, 10, 3), ("LeakyRelu", "Sigmoid"), "BinaryCrossEntropy", 7, True),
            ((5, 7, 2), ("Tanh", "Identity"), "L2", 9, False),
            ((5, 9, 6, 3), ("Sigmoid", "Softmax", "Softmax"), "L2", 9, True),
            ((64, 32, 16, 10), ("Relu", "Tanh", "Softmax"), "CrossEntropy", 32, False)):
        seed = 1000 + 10 * sizes[0] + len(cases)
        x, blocks = drawn(seed, rows, sizes[0], scale=2), start(seed + 1, sizes)
        if divergence == "L2":
            d = drawn(seed + 2, rows, sizes[-1])
        elif divergence == "CrossEntropy" and not weighted:
            d = one_hot(seed + 2, rows, sizes[-1])
        else:
            d = soft(seed + 2, rows, sizes[-1])
        w = single(np.round(np.random.RandomState(seed).uniform(0, 2, rows), 2)) if weighted else None
        for block in blocks:
            block.requires_grad_()
        value = weighted_mean(DIVERGENCES[divergence](forward(x, sizes, functions, blocks, False), d), w)
        value.backward()
        case = {"name": "-".join(map(str, sizes)) + " " + " ".join(functions) + ", " + divergence, "sizes": list(sizes),
                "activations": list(functions), "divergence": divergence, "rows": rows, "x": inputs(x), "d": inputs(d),
                "parameters": inputs(torch.cat([b.detach().reshape(-1) for b in blocks])), "value": Raw("%.12g" % value.item()),
                "gradient": results(torch.cat([b.grad.reshape(-1) for b in blocks]))}
        if weighted:
            case["weights"] = inputs(w)
        cases.append(case)
    write("networks.json", {"cases": cases})
