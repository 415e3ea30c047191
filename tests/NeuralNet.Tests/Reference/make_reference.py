"""Makes the numbers that the tests in this folder compare NeuralNet with: the same formulas by PyTorch, in float64.

Run it with Python 3, PyTorch and NumPy (on Debian: apt-get install python3-torch):

    python3 make_reference.py

It overwrites the JSON files beside it. The tests read those: they need no Python. The committed files were made with
Python 3.11.2, PyTorch 1.13.0a0 and NumPy 1.24.2 (Debian 12); other versions may differ in the last digits.

Every input is rounded to float32 before anything is computed with it, so both sides start from the same numbers. Inputs
are written with as many digits as tell one float32 from the next; results have 12 digits where the test counts in ulp,
and 9 elsewhere. Infinities and NaN are the strings "Infinity", "-Infinity" and "NaN". null: nothing is expected there.

    activations.json   values and input gradients of the scalar activations over a grid, and of softmax for several widths
    divergences.json   values and gradients, mean over rows, weighted or not; on y, and on logits (keys end in "Logits")
    dense.json         one fully connected layer with each activation: y, dx, dW, db; the first n rows of 32 for each n
    networks.json      whole networks: divergence and gradient of all parameters
    optimizers.json    parameters after 200 full-batch steps of each optimizer
    random.json        bits of RandomStream (an independent Philox 4x32-10), and quantiles of the normal distribution

Weights are [inputs, outputs], as NeuralNet keeps them; a flat list is row-major.
"""

import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))


# Numbers ---------------------------------------------------------------------------------------------------------------

def single(values):
    """Rounds to float32 and gives the result back as float64: what NeuralNet is given, exactly."""
    return torch.tensor(np.asarray(values, dtype=np.float32).astype(np.float64))


def drawn(seed, *shape, scale=1.0, digits=3):
    """Random inputs in (-scale, scale) with few decimal digits, so that the files stay small."""
    values = np.random.RandomState(seed).uniform(-scale, scale, shape)
    return single(np.round(values, digits))


def text(value, form):
    if value is None:
        return "null"
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    return form(value)


def listed(tensor, form):
    return "[" + ",".join(text(value, form) for value in np.asarray(tensor, dtype=object).reshape(-1)) + "]"


def inputs(tensor):
    def form(value):
        shortest = str(np.float32(value))
        return shortest[:-2] if shortest.endswith(".0") else shortest
    return Raw(listed(tensor, form))


def results(tensor, digits=9):
    return Raw(listed(tensor, lambda value: "0" if value == 0 else f"%.{digits}g" % value))


class Raw:
    """JSON that is written already."""

    def __init__(self, json_text):
        self.json_text = json_text


def write(name, content):
    def encode(value, indent):
        if isinstance(value, Raw):
            return value.json_text
        pad = " " * (indent + 1)
        if isinstance(value, dict):
            return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {encode(v, indent + 1)}" for k, v in value.items()) + "\n" + " " * indent + "}"
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n" + ",\n".join(pad + encode(v, indent + 1) for v in value) + "\n" + " " * indent + "]"
        return json.dumps(value)

    with open(os.path.join(HERE, name), "w", encoding="ascii", newline="\n") as file:
        file.write(encode(content, 0) + "\n")


# Activations -----------------------------------------------------------------------------------------------------------

LEAK = 0.2
ACTIVATIONS = {
    "Identity": lambda z: z * 1,
    "Sigmoid": torch.sigmoid,
    "Tanh": torch.tanh,
    "Relu": F.relu,
    "LeakyRelu": lambda z: F.leaky_relu(z, float(np.float32(0.01))),
    "LeakyRelu(0.2)": lambda z: F.leaky_relu(z, float(np.float32(LEAK))),
    "Softmax": lambda z: torch.softmax(z, -1),
}

# The derivatives once more, written so that nothing cancels: autograd's y (1 - y) and 1 - y^2 lose the tails even in float64.
DERIVATIVES = {
    "Sigmoid": lambda z: torch.sigmoid(z) * torch.sigmoid(-z),
    "Tanh": lambda z: 1 / torch.cosh(z) ** 2,
}


def grid():
    magnitudes = [0.0, 2.0 ** -149, 3e-42, 2.0 ** -127, 2.0 ** -126, 1e-30, 1e-20, 1e-10, 1e-5, 1e-3, 0.1, 0.25, 0.5, 0.624, 0.625, 0.626,
                  1.0, 9.0, 9.02, 10.0, 16.5, 17.5, 20.0, 80.0, 87.0, 88.0, 88.72, 88.73, 89.0, 95.0, 100.0, 103.9, 104.1, 1e4, 1e30, 3.4e38, math.inf]
    magnitudes += [2.0 ** (k / 2) for k in range(-24, 9)]
    magnitudes += list(np.random.RandomState(1).uniform(0, 12, 150))
    return single([s * m for m in magnitudes for s in (1, -1)] + [math.nan])


def gradient_of(function, z, dy):
    z = z.clone().requires_grad_()
    y = function(z)
    y.backward(dy)
    return y.detach(), z.grad


def activations():
    z = grid()
    dy = drawn(2, len(z), scale=2)
    scalar = {}
    for name, function in ACTIVATIONS.items():
        if name == "Softmax":
            continue
        y, dz = gradient_of(function, z, dy)
        if name in DERIVATIVES:
            stable = DERIVATIVES[name](z) * dy
            finite = torch.isfinite(dz)
            assert torch.all(torch.abs(stable - dz)[finite] < 1e-15), name
            dz = stable
        dz = dz.numpy().astype(object)
        dz[-1] = None  # NaN: which one-sided derivative stands there is nobody's business
        scalar[name] = {"y": results(y, 12), "dz": results(dz, 12)}

    softmax = []
    for width in (1, 2, 3, 10, 33, 1000):
        for kind, zs in {
            "small": drawn(width, width, scale=3),
            "wide": drawn(width + 1, width, scale=60),
            "all 1000": single([1000.0] * width),
            "all -1000": single([-1000.0] * width),
            "near 1e4": single(1e4 + np.random.RandomState(width).uniform(-5, 5, width)),
            "1e30": single([(1e30, -1e30, 0.0, 1e30)[i % 4] for i in range(width)]),
            "-inf but one": single([-math.inf] * (width - 1) + [3.0]),
        }.items():
            if width == 1000 and kind not in ("small", "all 1000", "1e30"):
                continue
            if width == 1 and kind != "small" and kind != "1e30":
                continue
            dys = drawn(width + 2, width, scale=2)
            y, dz = gradient_of(ACTIVATIONS["Softmax"], zs, dys)
            softmax.append({"name": f"{width}, {kind}", "z": inputs(zs), "dy": inputs(dys), "y": results(y, 12), "dz": results(dz, 12)})
    for name, zs in {"NaN": [1.0, math.nan, 2.0], "+inf": [1.0, math.inf, 2.0], "all -inf": [-math.inf] * 3}.items():
        y = torch.softmax(single(zs), -1)
        softmax.append({"name": name, "z": inputs(single(zs)), "dy": inputs(single([1.0, 2.0, 3.0])), "y": results(y), "dz": Raw("[null,null,null]")})
    write("activations.json", {"z": inputs(z), "dy": inputs(dy), "scalar": scalar, "softmax": softmax})


# Divergences -----------------------------------------------------------------------------------------------------------

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

    # The edges of (0, 1), and targets that are not distributions.
    edge = single([[1e-30, 1 - 2.0 ** -24, 2.0 ** -126], [1e-7, 0.5, 0.99999]])
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
    write("divergences.json", {"cases": cases})


# Dense -----------------------------------------------------------------------------------------------------------------

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


# Networks --------------------------------------------------------------------------------------------------------------

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


# Optimizers ------------------------------------------------------------------------------------------------------------

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


# Random numbers --------------------------------------------------------------------------------------------------------

WORD, LONG = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15


def philox(counter, key):
    """Philox 4x32-10 as Salmon, Moraes, Dror and Shaw describe it (SC 2011)."""
    c, k = list(counter), list(key)
    for _ in range(10):
        low, high = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(high >> 32) ^ c[1] ^ k[0], high & WORD, (low >> 32) ^ c[3] ^ k[1], low & WORD]
        k = [(k[0] + 0x9E3779B9) & WORD, (k[1] + 0xBB67AE85) & WORD]
    return c


def mix(x):
    """SplitMix64 (Steele, Lea, Flood 2014): advance and finalize."""
    x = (x + GOLDEN) & LONG
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & LONG
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & LONG
    return x ^ (x >> 31)


def unmix(y):
    """The x of mix(x) = y: a seed for every key."""
    def unshift(value, by):
        result = value
        for _ in range(64 // by + 1):
            result = value ^ (result >> by)
        return result
    y = unshift(y, 31)
    y = unshift(y * pow(0x94D049BB133111EB, -1, 1 << 64) & LONG, 27)
    y = unshift(y * pow(0xBF58476D1CE4E5B9, -1, 1 << 64) & LONG, 30)
    return (y - GOLDEN) & LONG


def signed(value, bits=64):
    return value - (1 << bits) if value >> (bits - 1) else value


def stream_bits(seed, forks, step, row, element):
    key = mix(seed & LONG)
    for child in forks:
        key = mix(key ^ (GOLDEN * ((child & WORD) + 1) & LONG))
    step, row, element = step & LONG, row & WORD, element & WORD
    counter = (element >> 2, row, step & WORD, step >> 32)
    return philox(counter, (key & WORD, key >> 32))[element & 3]


def random():
    # kat_vectors of the Random123 library, philox4x32 with 10 rounds.
    known = (
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((WORD,) * 4, (WORD,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
    )
    for counter, key, words in known:
        assert tuple(philox(counter, key)) == words
    assert mix(0) == 0xE220A8397B1DCDAF  # the first number of SplitMix64 from state 0, as published

    # Two of the known vectors can be reached through the public members: the seed is the key's, taken back through mix.
    vectors = []
    for counter, key, words in (known[0], known[2]):
        seed = unmix(key[0] | key[1] << 32)
        assert mix(seed) == key[0] | key[1] << 32
        vectors.append({"seed": signed(seed), "step": signed(counter[2] | counter[3] << 32), "row": signed(counter[1], 32),
                        "element": signed((counter[0] << 2) & WORD, 32), "words": list(words)})

    bits = []
    combos = [(seed, forks, step, row, element) for seed in (0, 1, -1, 42, 2 ** 63 - 1, -2 ** 63) for forks in ((), (0,), (1,), (0, 1), (2147483647,))
              for step, row, element in ((0, 0, 0), (0, 0, 1), (1, 0, 2), (0, 1, 7), (3, 5, 1000003))]
    generator = np.random.RandomState(5)
    for _ in range(150):
        forks = tuple(int(f) for f in generator.randint(0, 1000, generator.randint(0, 4)))
        combos.append((int(generator.randint(-2 ** 62, 2 ** 62)), forks, int(generator.randint(0, 2 ** 40)), int(generator.randint(0, 2 ** 31)), int(generator.randint(0, 2 ** 31 - 1))))
    for seed, forks, step, row, element in combos:
        bits.append(Raw(json.dumps([[seed, step, row, element, stream_bits(seed, forks, step, row, element)], list(forks)], separators=(",", ":"))))

    # Normal(row, element) is the quantile of (bits + 1/2) / 2^32. Bits that lie all over the range are looked up by
    # drawing; those of the far tails by searching many elements. ndtri is asked for the lower tail, where it is exact.
    def quantile(b):
        p = (b + 0.5) / 2.0 ** 32
        return float(torch.special.ndtri(torch.tensor(p))) if p < 0.5 else -float(torch.special.ndtri(torch.tensor((2 ** 32 - 1 - b + 0.5) / 2.0 ** 32)))

    quantiles = [(b, quantile(b)) for b in (
        [0, 1, 2, 3, 10, 100, 1000, 10 ** 5, 10 ** 7, 59, 60, 61]
        + [round(0.075 * 2 ** 32) + k for k in (-1, 0, 1)]
        + [2 ** 31 + k for k in (-1000, -2, -1, 0, 1, 2, 1000)]
        + [round(p * 2 ** 32) for p in np.linspace(0.001, 0.999, 97)])]
    quantiles += [(2 ** 32 - 1 - b, -q) for b, q in quantiles]
    write("random.json", {
        "vectors": vectors,
        "bits": Raw("[\n  " + ",\n  ".join(b.json_text for b in bits) + "\n ]"),
        "quantiles": Raw("[\n  " + ",\n  ".join("[%d,%.12g]" % pair for pair in quantiles) + "\n ]"),
    })


if __name__ == "__main__":
    activations()
    divergences()
    dense()
    networks()
    optimizers()
    random()
