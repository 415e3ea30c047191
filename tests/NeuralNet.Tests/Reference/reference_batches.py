"""Normalizations over a batch, over groups of channels and over single channels: of vectors, sequences with lengths and images.

The channels of an image lie last, as NeuralNet keeps them. Sequences with lengths, and rows that do not count, are computed by hand on the real
steps of the rows that do, as PyTorch has neither.
"""

import torch

from reference_activations import ACTIVATIONS
from reference_layers import flat
from reference_numbers import drawn, inputs, results, single, write

EPSILON = 1e-5
MOMENTUM = 0.25


def real_vectors(x, lengths, weights):
    """A mask of the vectors of [rows, ..., channels] that count, and one of those that are real."""
    real = torch.ones(x.shape[:-1], dtype=torch.bool)
    if lengths is not None:
        real = torch.arange(x.shape[1])[None] < torch.tensor(lengths)[:, None]
    present = real.clone()
    if weights is not None:
        present &= torch.tensor([weight > 0 for weight in weights]).reshape(-1, *[1] * (x.dim() - 2))
    return present, real


def batch_norm(x, gain, bias, running, lengths, weights):
    present, real = real_vectors(x, lengths, weights)
    if lengths is None and weights is None:
        first = x.movedim(-1, 1)
        y = torch.nn.functional.batch_norm(first, running[0], running[1], gain, bias, True, MOMENTUM, EPSILON).movedim(1, -1)
        return y
    values = x[present]
    mean, variance = values.mean(0), values.var(0, unbiased=False)
    with torch.no_grad():
        running[0].mul_(1 - MOMENTUM).add_(MOMENTUM * mean)
        running[1].mul_(1 - MOMENTUM).add_(MOMENTUM * values.var(0, unbiased=True))
    y = (x - mean) / torch.sqrt(variance + EPSILON)
    y = y if gain is None else gain * y + bias
    return torch.where(real[..., None], y, torch.zeros_like(y))


def stored_norm(x, gain, bias, running, lengths):
    y = (x - running[0]) / torch.sqrt(running[1] + EPSILON)
    y = y if gain is None else gain * y + bias
    return torch.where(real_vectors(x, lengths, None)[1][..., None], y, torch.zeros_like(y))


def group_norm(x, groups, gain, bias, lengths):
    if lengths is None and (x.dim() == 2 or x.shape[1:-1].numel() > 1):
        return torch.nn.functional.group_norm(x.movedim(-1, 1), groups, gain, bias, EPSILON).movedim(1, -1)
    rows = []
    for row in range(x.shape[0]):
        real = x[row] if lengths is None else x[row][:lengths[row]]
        y = real.reshape(1, -1, real.shape[-1]).movedim(-1, 1)
        y = y.reshape(1, groups, -1)
        y = ((y - y.mean(-1, keepdim=True)) / torch.sqrt(y.var(-1, unbiased=False, keepdim=True) + EPSILON)).reshape(real.shape[-1], -1).t()
        y = y if gain is None else gain * y + bias
        rows.append(torch.cat([y, torch.zeros(x.shape[1] - y.shape[0], y.shape[1], dtype=y.dtype)]))
    return torch.stack(rows).reshape(x.shape)


def case(name, kind, dims, x, dy, gain, bias, forward, more):
    """Outputs and gradients of forward(x, gain, bias)."""
    x = x.clone().requires_grad_()
    blocks = [] if gain is None else [gain.clone().requires_grad_(), bias.clone().requires_grad_()]
    y = forward(x, *(blocks or (None, None)))
    (y * dy).sum().backward()
    return {"name": name, "kind": kind, "dims": list(dims), "rows": x.shape[0], "x": inputs(x.detach()), "dy": inputs(dy),
            "parameters": inputs(flat(block.detach() for block in blocks)), "y": results(y.detach()), "dx": results(x.grad),
            "gradient": results(flat(block.grad for block in blocks)), **more}


def batches():
    cases = []

    def drawn_case(dims, rows, offset):
        seed = 19000 + 20 * len(cases)
        x = single(drawn(seed, rows, *dims, scale=2) + offset)
        return x, drawn(seed + 1, rows, *dims), drawn(seed + 2, dims[-1]) + 1, drawn(seed + 3, dims[-1]), seed

    def named(kind, dims, rows, lengths, weights, offset, more=""):
        words = [f"{kind} {' x '.join(map(str, dims))}, {rows} rows", "lengths" if lengths else "", "weights" if weights else "",
                 f"about {offset}" if offset else "", more]
        return ", ".join(word for word in words if word)

    def batch(dims, rows, lengths=None, weights=None, offset=0, affine=True, activation=None):
        # Several steps on other inputs bring the running statistics along; the last one is compared, and then inference.
        x, dy, gain, bias, seed = drawn_case(dims, rows, offset)
        running = [single(drawn(seed + 4, dims[-1]) + offset), single(drawn(seed + 5, dims[-1]).abs() + 1)]
        earlier = [single(drawn(seed + 6 + step, rows, *dims, scale=2) + offset) for step in range(2)]
        first = [one.clone() for one in running]
        gain, bias = (gain, bias) if affine else (None, None)
        real = real_vectors(x, lengths, weights)[1][..., None]
        f = {**ACTIVATIONS, "Gelu": torch.nn.functional.gelu, None: lambda z: z}[activation]
        after = lambda z: torch.where(real, f(z), torch.zeros_like(z))
        for one in earlier:
            batch_norm(one, gain, bias, running, lengths, weights)
        before = [one.clone() for one in running]
        if weights is not None:
            dy = dy * torch.tensor([1.0 if weight > 0 else 0.0 for weight in weights]).reshape(-1, *[1] * len(dims))
        more = {"firstStatistics": inputs(flat(first)), "earlier": inputs(flat(earlier)), "statisticsBefore": results(flat(before))}
        made = case(
            named("BatchNorm", dims, rows, lengths, weights, offset, ("" if affine else "not affine") + (activation or "")), "BatchNorm", dims, x, dy,
            gain, bias, lambda x, g, b: after(batch_norm(x, g, b, running, lengths, weights)), more)
        made["statistics"] = results(flat(running))
        stored = [single(one) for one in running]
        inference = case("", "", dims, x, dy, gain, bias, lambda x, g, b: after(stored_norm(x, g, b, stored, lengths)), {})
        made["stored"] = inputs(flat(stored))
        made.update({key + "Stored": inference[key] for key in ("y", "dx", "gradient")})
        finish(made, lengths, weights, affine, activation)

    def finish(made, lengths, weights, affine, activation=None, groups=0):
        made.update({"affine": affine, "groups": groups})
        made.update({key: value for key, value in (("lengths", lengths), ("weights", weights), ("activation", activation)) if value is not None})
        cases.append(made)

    def groups(dims, rows, count, lengths=None, offset=0):
        x, dy, gain, bias, _ = drawn_case(dims, rows, offset)
        made = case(
            named("GroupNorm", dims, rows, lengths, None, offset, f"{count} groups"), "GroupNorm", dims, x, dy, gain, bias,
            lambda x, g, b: group_norm(x, count, g, b, lengths), {})
        finish(made, lengths, None, True, groups=count)

    def instances(dims, rows, affine, lengths=None, offset=0):
        x, dy, gain, bias, _ = drawn_case(dims, rows, offset)
        gain, bias = (gain, bias) if affine else (None, None)
        made = case(
            named("InstanceNorm", dims, rows, lengths, None, offset, "affine" if affine else ""), "InstanceNorm", dims, x, dy, gain, bias,
            lambda x, g, b: group_norm(x, dims[-1], g, b, lengths), {})
        finish(made, lengths, None, affine)

    for width, rows in ((1, 7), (3, 2), (16, 5), (17, 3), (33, 7)):
        batch([width], rows)
    batch([70], 4)
    batch([5], 6, weights=[1, 0, 1, 1, 0, 1])
    batch([5], 7, offset=10000)
    batch([6], 7, affine=False)
    batch([7, 5], 3, lengths=[7, 1, 2])
    batch([7, 5], 4, lengths=[3, 7, 1, 2], weights=[1, 0, 1, 1])
    batch([33, 2], 1)
    batch([9, 3], 3, lengths=[1, 9, 2], offset=-10000)
    batch([4, 5, 3], 1)
    batch([3, 6, 5], 3)
    batch([33, 7, 1], 2)
    batch([5, 5, 4], 3, weights=[0, 1, 1], activation="Relu")
    batch([8, 6, 4], 2, activation="Gelu")
    batch([4, 6], 3, lengths=[4, 2, 1], activation="Tanh")
    batch([6], 5, activation="Softmax")
    # Of two values in a group nothing would be left of the gradient but rounding.
    for dims, rows, count in (([6], 3, 2), ([33], 2, 3), ([3, 6, 8], 3, 4), ([5, 7, 6], 2, 1), ([33, 3, 2], 1, 2), ([7, 6], 3, 3)):
        groups(dims, rows, count)
    groups([7, 6], 3, 2, lengths=[7, 1, 3])
    groups([4, 4, 6], 2, 3, offset=10000)
    for affine in (False, True):
        instances([4, 5, 3], 3, affine)
        instances([9, 4], 3, affine, lengths=[9, 3, 2])
    instances([7, 5, 17], 2, True)
    instances([6, 6, 2], 2, False, offset=10000)
    write("batches.json", {"cases": cases})
