"""Values and gradients of the vector activations, and of the cross-entropy through a softmax with a temperature."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from reference_scalars import SCALARS
from reference_numbers import drawn, inputs, results, single, write, Raw

PAIRS = [(0, 1), (1, 2), (2, 2), (4, 0), (3, 1)]  # shared arguments, a square
TEMPERATURES = {"2": 2.0, "0.1": float(np.float32(0.1)), "1000": 1000.0}


def log_softmax(z):
    # torch.log_softmax takes the logarithm of 1 + the rest, and loses a rest below 1e-16 even in float64.
    largest = int(torch.argmax(z))
    if not torch.isfinite(z[largest]):
        return torch.log_softmax(z, -1)
    others = torch.cat([z[:largest], z[largest + 1:]]) - z[largest]
    return (z - z[largest]) - torch.log1p(torch.exp(others).sum())


def largest_of(size):
    # The first of those that tie, or the first NaN: numpy's argmax; torch.amax would divide the gradient among them.
    def function(z):
        groups = z.reshape(-1, size)
        return groups.gather(1, torch.tensor(np.argmax(groups.detach().numpy(), axis=1)).reshape(-1, 1)).reshape(-1)
    return function


def gated(gate):
    return lambda z: z[:len(z) // 2] * gate(z[len(z) // 2:])


def normalize(z):
    return F.normalize(z, dim=-1, eps=float(np.float32(1e-12)))


def alike(width):
    """z of some width, for what acts along a whole vector."""
    yield "small", drawn(width, width, scale=3)
    yield "wide", drawn(width + 1, width, scale=60)
    yield "all 1000", single([1000.0] * width)
    yield "near -1e4", single(-1e4 + np.random.RandomState(width).uniform(-5, 5, width))
    yield "1e30", single([(1e30, -1e30, 0.0, 1e30)[i % 4] for i in range(width)])
    yield "one far above", single([40.0] + [float(i % 7) for i in range(width - 1)])
    yield "one at 90 above the other", single([0.0] + [-90.0] * (width - 1))


def along_vectors():
    for width in (1, 2, 3, 10, 33, 300):
        for kind, z in alike(width):
            if (width > 1 or kind in ("small", "1e30")) and (width < 300 or kind in ("small", "1e30", "one far above")):
                yield f"{width}, {kind}", z
    yield "-inf but one", single([-math.inf, 3.0, -math.inf])
    yield "-inf among others", single([1.0, -math.inf, 2.0])
    for name, z in {"NaN": [1.0, math.nan, 2.0], "+inf": [1.0, math.inf, 2.0], "all -inf": [-math.inf] * 3}.items():
        yield name, single(z)


def in_groups(size):
    yield f"groups of {size}", drawn(size, 11 * size, scale=5)
    yield f"groups of {size} with ties", single(np.random.RandomState(size).randint(-1, 2, 11 * size).astype(float))
    special = [0.0, -0.0, 2.0 ** -149, -(2.0 ** -149), 1e-38, 1e4, -1e4, 1e30, -1e30, math.inf, -math.inf, math.nan]
    yield f"groups of {size}, extremes", single(np.random.RandomState(size + 1).choice(special, 40 * size))


def in_halves():
    for n in (1, 7, 33, 600):
        yield f"{n}", drawn(n, 2 * n, scale=6)
    left = [0.0, -0.0, 1e-40, 1e-30, 1.0, -2.5, 1e4, -1e4, 1e30, -1e30]
    right = [0.0, -0.0, 1e-40, -1e-30, 0.3, -0.7, 5.0, -5.0, 20.0, -60.0, 95.0, -95.0, 1e4, -1e4, 1e30, -1e30, math.inf, -math.inf]
    yield "extremes", single([a for a in left for _ in right] + [b for _ in left for b in right])
    yield "infinities and NaN", single([math.inf, -math.inf, math.nan, 1.0, math.inf, 2.0, 0.5, 0.5, 0.5, math.nan, 0.0, 1.0])


def in_products(pairs):
    if pairs is None:
        for n in (1, 6, 40):
            yield f"{n} neighbours", drawn(n, 2 * n, scale=3)
        special = [0.0, -0.0, 1e-45, 1e-30, 1.5, -1e4, 1e30, -1e30, math.inf, -math.inf, math.nan]
        yield "neighbours, extremes", single([value for a in special for b in special for value in (a, b)])
    else:
        yield "5 pairs", drawn(5, 6, scale=3)
        yield "5 pairs, 1e15", single(drawn(6, 6, scale=3).numpy() * 1e15)
        yield "5 pairs, 1e30", single([1e30, -1e30, 1e-30, 2.0, 1e-10, 1.0])


def of_lengths():
    yield from along_vectors()
    for size in (1e-30, 1e-20, 1e-12, 1e-11, 1e-3, 1e15, 1e30):
        for width in (1, 3, 40):
            yield f"{width} of size {size}", single(drawn(width + 7, width, scale=1).numpy() * size)
    yield "zeros", single([0.0, -0.0, 0.0])
    yield "denormal", single([1e-40, -3e-42, 0.0])
    yield "far apart", single([1e30, 1e-30, 1.0])


ACTIVATIONS = {
    **{f"Softmax({name})": (lambda z, t=t: torch.softmax((z - z.max().detach()) / t, -1), along_vectors) for name, t in TEMPERATURES.items()},
    "LogSoftmax": (log_softmax, along_vectors),
    "Max(2)": (largest_of(2), lambda: in_groups(2)),
    "Max(5)": (largest_of(5), lambda: in_groups(5)),
    "Max(19)": (largest_of(19), lambda: in_groups(19)),
    "Product": (lambda z: z[0::2] * z[1::2], lambda: in_products(None)),
    "Product(5 pairs of 6)": (lambda z: z[[j for j, _ in PAIRS]] * z[[l for _, l in PAIRS]], lambda: in_products(PAIRS)),
    "Glu": (F.glu, in_halves),
    "Glu(Tanh)": (gated(torch.tanh), in_halves),
    "Glu(Relu)": (gated(F.relu), in_halves),
    "SwiGlu": (gated(F.silu), in_halves),
    "GeGlu": (gated(F.gelu), in_halves),
    "L2Normalize": (normalize, of_lengths),
}

# Gates whose tails PyTorch's own formulas lose.
STABLE_GATES = {"SwiGlu": "Silu", "GeGlu": "Gelu"}

# d f/db of the bounded gates, written so that nothing cancels, as in reference_activations.
SLOPES = {"Glu": lambda b: torch.sigmoid(b) * torch.sigmoid(-b), "Glu(Tanh)": lambda b: 1 / torch.cosh(b) ** 2}


def of(name, function, kind, z):
    argument = z.clone().requires_grad_()
    y = function(argument)
    dy = drawn(len(z) + 2, len(y), scale=2)
    y.backward(dy)
    dz = argument.grad
    if name in SLOPES:
        half = len(z) // 2
        dz = torch.cat([dz[:half], dy * z[:half] * SLOPES[name](z[half:])])
    if name in STABLE_GATES:
        value, slope = SCALARS[STABLE_GATES[name]]
        half = len(z) // 2
        with np.errstate(invalid="ignore"):
            f, derivative = (torch.tensor(function(z[half:].numpy())) for function in (value, slope))
        finite = torch.isfinite(z[half:]) & torch.isfinite(z[:half])
        assert torch.allclose(y.detach()[finite], (z[:half] * f)[finite], rtol=1e-9, atol=1e-12 * max(1.0, float(torch.abs(z[:half][finite]).max()))), name
        y, dz = z[:half] * f, torch.cat([dy * f, dy * z[:half] * derivative])
    smooth = name.startswith("Max") or not (torch.isinf(z).any() or torch.isnan(z).any())
    return {
        "name": name, "kind": kind, "z": inputs(z), "dy": inputs(dy), "y": results(y.detach(), 12),
        "dz": results(dz, 12) if smooth else Raw("[" + ",".join(["null"] * len(z)) + "]"),
    }


def cross_entropies():
    for name, temperature in TEMPERATURES.items():
        for width in (2, 3, 10, 33):
            for kind, z in alike(width):
                for which, d in {"one-hot": torch.eye(width)[width // 2], "soft": single(np.random.RandomState(width).dirichlet([1.0] * width))}.items():
                    scaled = (z - z.max()) / temperature
                    total = d.sum()
                    yield {
                        "temperature": temperature, "name": f"CrossEntropy through Softmax({name})", "kind": f"{width}, {kind}, {which}", "z": inputs(z), "d": inputs(d),
                        "value": Raw("%.12g" % float(-(d * log_softmax(scaled)).sum())),
                        "dz": results((torch.softmax(scaled, -1) * total - d) / temperature, 12),
                    }


def vectors():
    cases = [of(name, function, kind, z) for name, (function, kinds) in ACTIVATIONS.items() for kind, z in kinds()]
    write("vectors.json", {"cases": cases, "crossEntropies": list(cross_entropies())})
