"""Values and gradients of the activations."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from reference_numbers import drawn, inputs, results, single, write, Raw
from reference_scalars import scalars

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
    # Kinks; where derivatives change their sign; tails that end later than that of exp; angles far out.
    magnitudes += [1.5, 2.0, 3.0, 6.0, 30.0, 5.4, 7.3, 9.5, 10.4, 10.6, 12.9, 13.3, 14.2, 14.4, 14.5, 106.0, 107.5, 108.7, 109.5]
    magnitudes += [np.nextafter(np.float32(root), np.float32(side)) for root in (0.75179154, 0.75246143, 1.1924312, 1.2784646) for side in (0, root, 2)]
    magnitudes += [3.1415927, 1.5707964, 355.0, 131071.99, 131072.02, 1e6, 5.4221e12, 1.6367173e20]
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

    for name, (y, slope) in scalars(z).items():
        dz = (slope * dy).numpy().astype(object)
        dz[-1] = None
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
