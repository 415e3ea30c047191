"""Layer normalization, normalization by the root mean square, and activations by themselves: of vectors, sequences and images."""

import torch

from reference_activations import ACTIVATIONS
from reference_layers import layer_case, real_steps
from reference_numbers import drawn, single, write


def layer_norm(x, gain, bias):
    if x.shape[-1] == 1:
        return 0 * x * gain + bias  # what rounding leaves of x - x in PyTorch is no reference
    return torch.nn.functional.layer_norm(x, x.shape[-1:], gain, bias, 1e-5)


def rms_norm(x, gain):
    epsilon = 0.5 if x.shape[-1] == 1 else 1e-6  # with a small one only the sign is left of one feature, and its slope is rounding
    return gain * x / torch.sqrt((x * x).mean(-1, keepdim=True) + epsilon)


def glu(x):
    half = x.shape[-1] // 2
    return x[..., :half] * torch.sigmoid(x[..., half:])


def norms():
    cases = []
    layers = {"LayerNorm": (layer_norm, 2, 1), "RmsNorm": (rms_norm, 1, 1), "LayerNorm, no bias": (lambda x, gain: layer_norm(x, gain, torch.zeros_like(gain)), 1, 1), "Softmax": (ACTIVATIONS["Softmax"], 0, 1),
              "Gelu": (torch.nn.functional.gelu, 0, 1), "Glu": (glu, 0, 2)}

    def add(kind, rows, dims, lengths=None, offset=0):
        # dims: features; steps and features; or height, width and channels
        formula, blocks, narrower = layers[kind]
        seed = 9000 + 10 * len(cases)
        features, forward = dims[-1], formula
        outputs = [*dims[:-1], features // narrower]
        if lengths is not None:
            real = real_steps(rows, dims[0], lengths)
            forward = lambda x, *b: formula(x, *b) * real
        name = f"{kind} {' x '.join(map(str, dims))}" + (", lengths" if lengths else "") + (f", about {offset}" if offset else "")
        values = [drawn(seed + 2, features) + 1, drawn(seed + 3, features)][:blocks]
        cases.append(layer_case(name, kind, dims, single(drawn(seed, rows, *dims, scale=3) + offset), drawn(seed + 1, rows, *outputs), values, forward, lengths))

    for kind in ("LayerNorm", "RmsNorm"):
        for width in (1, 3, 16, 17, 40):
            add(kind, 3, [width])
        add(kind, 3, [7, 5], lengths=[7, 1, 2])
        add(kind, 3, [1, 4])
        add(kind, 3, [2, 4], lengths=[2, 1, 2])
        add(kind, 3, [50, 4], lengths=[1, 50, 23])
        add(kind, 2, [3, 6, 5])
    add("LayerNorm", 3, [17], offset=1000)
    add("LayerNorm", 2, [3, 6, 5], offset=-1000)
    add("LayerNorm", 3, [7, 3], lengths=[1, 7, 2], offset=1000)
    for kind in ("Softmax", "Glu", "Gelu"):
        add(kind, 3, [6])
        add(kind, 3, [7, 4], lengths=[7, 1, 2])
        add(kind, 2, [3, 5, 6])
    add("LayerNorm, no bias", 3, [17])
    add("LayerNorm, no bias", 3, [7, 5], lengths=[7, 1, 2])
    add("LayerNorm, no bias", 2, [3, 6, 5])
    write("norms.json", {"cases": cases})
