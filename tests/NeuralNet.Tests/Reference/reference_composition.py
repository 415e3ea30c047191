"""Networks with residual blocks and branches: sums, products and concatenations, nested, of vectors and of sequences."""

import math

import torch

from reference_activations import ACTIVATIONS
from reference_divergences import DIVERGENCES, one_hot, soft, weighted_mean
from reference_numbers import drawn, inputs, results, single, write, Raw


def dense(outputs, activation="Identity"):
    return {"kind": "Dense", "outputs": outputs, "activation": activation}


def residual(*layers):
    return {"kind": "Residual", "branches": [list(layers)]}


def parallel(merge, *branches):
    return {"kind": merge, "branches": [list(layers) for layers in branches]}


class Blocks:
    """The parameters in the order in which NeuralNet keeps them: drawn when they are first met."""

    def __init__(self, seed):
        self.seed, self.all = seed, []

    def dense(self, n, m):
        self.seed += 2
        made = [drawn(self.seed, n, m, scale=math.sqrt(6 / (n + m))).requires_grad_(), drawn(self.seed + 1, m, scale=0.3).requires_grad_()]
        self.all += made
        return made


def forward(x, layers, blocks):
    for layer in layers:
        if layer["kind"] == "Dense":
            w, b = blocks.dense(x.shape[-1], layer["outputs"])
            z = x @ w + b
            if layer["activation"].endswith("Relu") and torch.min(torch.abs(z)) < 1e-5:
                raise ValueError("too near to a kink; use another seed")
            x = ACTIVATIONS[layer["activation"]](z)
        else:
            made = [forward(x, branch, blocks) for branch in layer["branches"]]
            x = {"Residual": lambda: x + made[0],
                 "Sum": lambda: torch.stack(made).sum(0),
                 "Product": lambda: torch.stack(made).prod(0),
                 "Concat": lambda: torch.cat(made, -1)}[layer["kind"]]()
    return x


def composition():
    cases = []
    for name, width, steps, layers, divergence, rows, weighted in (
            ("residual blocks", 6, 0,
             [dense(8, "Tanh"), residual(dense(8, "Relu"), dense(8)), residual(dense(8, "Sigmoid")), dense(3, "Softmax")], "CrossEntropy", 16, False),
            ("sum of three, one a skip connection", 5, 0,
             [parallel("Sum", [], [dense(5, "Tanh")], [dense(9, "Sigmoid"), dense(5)]), dense(2)], "L2", 9, True),
            ("product of two", 5, 0,
             [parallel("Product", [dense(7, "Sigmoid")], [dense(7, "Tanh")]), dense(3)], "L2", 8, False),
            ("product of four, many of them 0", 6, 0,
             [parallel("Product", [dense(6, "Relu")], [dense(6, "Relu")], [], [dense(6, "LeakyRelu")]), dense(3)], "L2", 12, True),
            ("concatenation of three widths", 6, 0,
             [parallel("Concat", [dense(4, "Tanh")], [], [dense(3, "Softmax"), dense(5, "Sigmoid")]), dense(4, "Sigmoid")], "BinaryCrossEntropy", 7, True),
            ("each in the other", 4, 0,
             [dense(6, "Tanh"),
              residual(parallel("Concat", [dense(2, "Tanh")], [parallel("Product", [dense(4, "Sigmoid")], [residual(dense(6, "Tanh")), dense(4)])]), residual(dense(6, "Relu"))),
              parallel("Sum", [residual(dense(6))], [parallel("Concat", [dense(3)], [dense(3, "Sigmoid")])]),
              dense(3, "Softmax")], "CrossEntropy", 10, False),
            ("sequences: residual, gate, concatenation", 3, 4,
             [residual(dense(3, "Tanh")), parallel("Product", [dense(5, "Sigmoid")], [dense(5, "Tanh")]), parallel("Concat", [], [dense(2, "Tanh")]), dense(3)], "L2", 5, False)):
        seed = 7000 + 100 * len(cases)
        shape = (rows, steps, width) if steps else (rows, width)
        x = drawn(seed, *shape, scale=2).requires_grad_()
        blocks = Blocks(seed + 3)
        y = forward(x, layers, blocks)
        vectors, outputs = y.reshape(-1, y.shape[-1]).shape
        if divergence == "L2":
            d = drawn(seed + 1, vectors, outputs)
        else:
            d = soft(seed + 1, vectors, outputs) if weighted else one_hot(seed + 1, vectors, outputs)
        w = torch.abs(drawn(seed + 2, rows, scale=2, digits=2)) if weighted else None
        value = weighted_mean(DIVERGENCES[divergence](y.reshape(-1, outputs), d), w)
        value.backward()
        case = {"name": name, "width": width, "steps": steps, "layers": layers, "divergence": divergence, "rows": rows,
                "x": inputs(x.detach()), "d": inputs(d), "parameters": inputs(torch.cat([b.detach().reshape(-1) for b in blocks.all])),
                "value": Raw("%.12g" % value.item()), "gradient": results(torch.cat([b.grad.reshape(-1) for b in blocks.all])), "dx": results(x.grad)}
        if weighted:
            case["weights"] = inputs(single(w))
        cases.append(case)
    write("composition.json", {"cases": cases})
