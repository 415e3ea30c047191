"""The scalar activations whose tails PyTorch's own formulas lose: value and derivative in float64, so that nothing cancels.

Each is a pair of functions of a NumPy array. Where PyTorch has the function too, the two must agree in absolute terms
(`check`); its relative error in the tails is what these are free of. At -inf Gelu, Silu, Mish and HardSwish have their
limit 0, where a product of infinity and 0 gives PyTorch NaN; at +-inf Softsign has +-1.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F


def f32(value):
    return float(np.float32(value))


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1.0) / (1 + e)


def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def normal_tail(a):
    """The normal distribution function at -a, and its density, over exp(-a^2 / 2)."""
    scaled = torch.special.erfcx(torch.tensor(a / math.sqrt(2))).numpy() / 2
    return scaled, np.full_like(a, 1 / math.sqrt(2 * math.pi))


def mirrored(z, left):
    """A derivative that at x is 1 - that at -x, from its left half left(x), x >= 0."""
    at = left(np.minimum(np.abs(z), 1000.0))
    return np.where(z > 0, 1 - at, np.where(np.isnan(z), z, at))


def limited(z, value):
    """0 at -inf."""
    return np.where(z == -np.inf, 0.0, value)


def gelu(z):
    a = np.minimum(np.abs(z), 1000.0)
    tail = np.exp(-a * a / 2) * normal_tail(a)[0]
    return limited(z, z * np.where(z < 0, tail, 1 - tail))


def gelu_left(x):
    cdf, density = normal_tail(x)
    return np.exp(-x * x / 2) * (cdf - x * density)


K, C = 2 * math.sqrt(2 / math.pi), 0.044715


def gelu_tanh(z):
    a = np.minimum(np.abs(z), 1000.0)
    return limited(z, z * sigmoid(np.sign(z) * K * (a + C * a ** 3)))


def gelu_tanh_left(x):
    e = np.exp(-K * (x + C * x ** 3))
    return e * (1 + e - K * (x + 3 * C * x ** 3)) / (1 + e) ** 2


def silu_left(x):
    e = np.exp(-x)
    return e * (1 + e - x) / (1 + e) ** 2


def mish(z):
    e = np.exp(-np.abs(z))
    left, right = e * (e + 2) / (e * (e + 2) + 2), (1 + 2 * e) / (1 + 2 * e + 2 * e * e)
    return limited(z, z * np.where(z < 0, left, right))


def mish_derivative(z):
    x = np.minimum(np.abs(z), 1000.0)
    e = np.exp(-x)
    left = e * (4 * (1 - x) + (6 - 4 * x) * e + 4 * e ** 2 + e ** 3) / (e * (e + 2) + 2) ** 2
    right = (1 + 4 * e + (4 * x + 6) * e ** 2 + 4 * (x + 1) * e ** 3) / (1 + 2 * e + 2 * e * e) ** 2
    return np.where(np.isnan(z), z, np.where(z < 0, left, right))


def elu(alpha, scale=1.0, divisor=1.0):
    def value(z):
        return np.where(z > 0, scale * z, scale * alpha * np.expm1(np.minimum(z, 0) / divisor))

    def derivative(z):
        return np.where(z > 0, scale, scale * alpha / divisor * np.exp(np.minimum(z, 0) / divisor))
    return value, derivative


def clamped(low, high):
    return (lambda z: np.clip(z, low, high)), (lambda z: ((z > low) & (z < high)) * 1.0)


def thresholded(alpha):
    return (lambda z: np.where(z <= alpha, 0.0, z)), (lambda z: (z > alpha) * 1.0)


def sine(omega):
    def angles(z):
        return (np.float32(omega) * z.astype(np.float32)).astype(np.float64)

    def of(function):
        return lambda z: np.array([function(a) if math.isfinite(a) else math.nan for a in angles(z)])
    return of(math.sin), lambda z: f32(omega) * of(math.cos)(z)


def hard_swish(z):
    return np.where(z <= -3, 0.0, np.where(z >= 3, z, z * ((z + 3) / 6)))


SELU = 1.6732632423543772, 1.0507009873554805
SCALARS = {
    "Relu6": clamped(0.0, 6.0),
    "RandomizedLeakyRelu": (lambda z: np.where(z > 0, z, f32(11 / 48) * z), lambda z: np.where(z > 0, 1.0, f32(11 / 48))),
    "Elu": elu(1.0),
    "Elu(2.5)": elu(2.5),
    "Selu": elu(*SELU),
    "Celu": elu(1.0),
    "Celu(0.7)": elu(f32(0.7), divisor=f32(0.7)),
    "Gelu": (gelu, lambda z: mirrored(z, gelu_left)),
    "GeluTanh": (gelu_tanh, lambda z: mirrored(z, gelu_tanh_left)),
    "Silu": (lambda z: limited(z, z * sigmoid(z)), lambda z: mirrored(z, silu_left)),
    "Mish": (mish, mish_derivative),
    "Softplus": (softplus, sigmoid),
    "Softsign": (lambda z: np.where(np.isinf(z), np.sign(z), z / (1 + np.abs(z))), lambda z: 1 / (1 + np.abs(z)) ** 2),
    "HardSigmoid": (lambda z: np.clip((z + 3) / 6, 0, 1), lambda z: (np.abs(z) < 3) / 6),
    "HardTanh": clamped(-1.0, 1.0),
    "HardTanh(-0.5, 2)": clamped(-0.5, 2.0),
    "HardSwish": (hard_swish, lambda z: np.where(z <= -3, 0.0, np.where(z >= 3, 1.0, (2 * z + 3) / 6))),
    "LogSigmoid": (lambda z: -softplus(-z), lambda z: sigmoid(-z)),
    "Abs": (np.abs, np.sign),
    "ThresholdedRelu": thresholded(1.0),
    "ThresholdedRelu(0.25)": thresholded(0.25),
    "Sine": sine(1.0),
    "Sine(30)": sine(30.0),
}

TORCH = {
    "Relu6": F.relu6,
    "RandomizedLeakyRelu": lambda z: F.rrelu(z, training=False),
    "Elu": F.elu,
    "Elu(2.5)": lambda z: F.elu(z, 2.5),
    "Selu": F.selu,
    "Celu": F.celu,
    "Celu(0.7)": lambda z: F.celu(z, f32(0.7)),
    "Gelu": F.gelu,
    "GeluTanh": lambda z: F.gelu(z, approximate="tanh"),
    "Silu": F.silu,
    "Mish": F.mish,
    "Softplus": lambda z: F.softplus(z, threshold=40),
    "Softsign": F.softsign,
    "HardSigmoid": F.hardsigmoid,
    "HardTanh": F.hardtanh,
    "HardTanh(-0.5, 2)": lambda z: F.hardtanh(z, -0.5, 2),
    "HardSwish": F.hardswish,
    "LogSigmoid": F.logsigmoid,
    "Abs": torch.abs,
    "ThresholdedRelu": lambda z: F.threshold(z, 1.0, 0.0),
    "ThresholdedRelu(0.25)": lambda z: F.threshold(z, 0.25, 0.0),
    "Sine": torch.sin,
}


def check(name, z, y, slope):
    """The formulas above are PyTorch's, wherever that is finite and an angle is not rounded; kinks included."""
    if name not in TORCH:
        return
    compared = (np.abs(z) < 1e6) & ~((name == "HardSwish") & (z == -3))  # there PyTorch 1.13 and 2 differ
    x = torch.tensor(z[compared], requires_grad=True)
    theirs = TORCH[name](x)
    theirs.sum().backward()
    # The mean slope is a float here, and PyTorch's own 1/6 is one.
    tolerance = {"RandomizedLeakyRelu": 1e-7, "HardSigmoid": 1e-8, "HardSwish": 1e-8}.get(name, 1e-13)
    for mine, other in ((y, theirs.detach().numpy()), (slope, x.grad.numpy())):
        error = np.abs(mine[compared] - other) / (1 + np.abs(other))
        assert np.all(error < tolerance), (name, error.max(), z[compared][error.argmax()])


def scalars(z):
    """For each name the values and the derivatives at z."""
    z = z.numpy()
    results = {}
    with np.errstate(all="ignore"):
        for name, (value, derivative) in SCALARS.items():
            y, slope = value(z), derivative(z)
            check(name, z, y, slope)
            results[name] = torch.tensor(y), torch.tensor(slope)
    return results
