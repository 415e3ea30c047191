"""Writes scaling.json: scalings by known numbers of each feature, by scikit-learn's StandardScaler and PowerTransformer in double precision.

/usr/bin/python3 reference_scaling.py, with NumPy and scikit-learn (1.2.1); it needs no PyTorch, so it is apart from make_reference.py.
The gradient is that of the definition, which scikit-learn does not have: 1 / sigma, or (|x| + 1) to the power of m - 1.
"""

import json
import os

import numpy as np
from sklearn.preprocessing import PowerTransformer, StandardScaler

# Of m = lambda for x >= 0 and m = 2 - lambda for x < 0: logarithms on either side, roots, and powers that are none.
LAMBDAS = [0.0, 2.0, 1.0, 0.5, -0.75, 3.25, 1.5]


def single(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def standard(x, numbers, inverse):
    scaler = StandardScaler()
    scaler.mean_, scaler.scale_, scaler.var_ = numbers[0], numbers[1], numbers[1] ** 2
    scaler.n_features_in_ = len(numbers[0])
    slope = np.broadcast_to(numbers[1] if inverse else 1 / numbers[1], x.shape)
    return (scaler.inverse_transform if inverse else scaler.transform)(x), slope


def power(x, numbers, inverse):
    transformer = PowerTransformer(standardize=False)
    transformer.lambdas_ = numbers[0]
    transformer.n_features_in_ = len(numbers[0])
    y = (transformer.inverse_transform if inverse else transformer.transform)(x)
    m = np.where(x < 0, 2 - numbers[0], numbers[0])
    # The inverse has the slope of what it undoes, upside down.
    slope = (np.abs(y) + 1) ** (1 - m) if inverse else (np.abs(x) + 1) ** (m - 1)
    return y, slope


def case(kind, dims, rows, inverse=False, lengths=None):
    features = dims[-1]
    random = np.random.RandomState(17 * features + rows + len(dims) + inverse)
    x = single(np.round(random.uniform(-3, 3, (rows, *dims)), 3))
    if kind == "PowerTransform":
        if inverse:
            x = single(np.round(x / 4, 3))  # within what has an inverse for every lambda: below 1 / 1.25
        numbers = [single([LAMBDAS[i % len(LAMBDAS)] for i in range(features)])]
        formula = power
    else:
        numbers = [single(np.round(random.uniform(-5, 5, features), 3)), single(np.round(random.uniform(0.1, 4, features), 3))]
        formula = standard
    y, slope = (values.reshape(x.shape) for values in formula(x.reshape(-1, features), numbers, inverse))
    dy = single(np.round(random.uniform(-1, 1, x.shape), 3))
    dx = dy * slope
    if lengths:
        for row, length in enumerate(lengths):
            y[row, length:] = 0
            dx[row, length:] = 0
    name = f"{kind} {' x '.join(map(str, dims))}{', inverse' if inverse else ''}{', lengths' if lengths else ''}"
    return {"name": name, "kind": kind, "dims": dims, "rows": rows, "inverse": inverse, "lengths": lengths,
            "numbers": np.concatenate(numbers).tolist(), "x": x.ravel().tolist(), "dy": dy.ravel().tolist(),
            "y": [float(f"{v:.12g}") for v in y.ravel()], "dx": [float(f"{v:.12g}") for v in dx.ravel()]}


if __name__ == "__main__":
    cases = [case(kind, dims, 4, inverse, lengths) for kind in ("Standardize", "PowerTransform") for inverse in (False, True)
             for dims, lengths in (([1], None), ([7], None), ([17], None), ([70], None), ([5, 7], [5, 1, 3, 2]), ([2, 3, 7], None))]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scaling.json"), "w", encoding="utf-8") as file:
        file.write('{"cases": [\n' + ",\n".join(json.dumps(one) for one in cases) + "\n]}\n")
