"""Pools, resizing and padding: numbers of layers by themselves, on images and on sequences with lengths."""

import torch
import torch.nn.functional as F

from reference_layers import layer_case
from reference_numbers import drawn, write

MODES = ("constant", "reflect", "replicate")


def first(x):
    """[..., channels] as PyTorch has it, [channels, ...], for one row."""
    return x.movedim(-1, 0)[None]


def last(y):
    return y[0].movedim(0, -1)


def max_pool(x, size, stride, pads, dilation, ceiling, count):
    """Padding of minus infinity where both sides differ, which PyTorch's own padding cannot; otherwise its own."""
    top, left, bottom, right = pads
    image = x.dim() == 4
    pool = F.max_pool2d if image else F.max_pool1d
    if not image:
        size, stride, dilation = size[1:], stride[1:], dilation[1:]
    if (top, left) == (bottom, right) and 2 * top <= size[0] and 2 * left <= size[-1]:
        return pool(x, size, stride, (top, left) if image else left, dilation, ceiling)
    sides = (left, right, top, bottom) if image else (left, right)
    return pool(F.pad(x, sides, value=-torch.inf), size, stride, 0, dilation, ceiling)


def average_pool(x, size, stride, pads, dilation, ceiling, count):
    """Likewise; uneven padding is counted as ones are that are pooled alike, and not where padding does not count."""
    top, left, bottom, right = pads
    image = x.dim() == 4
    if not image:
        x, top, bottom = x[:, :, None], 0, 0
    if (top, left) == (bottom, right) and 2 * top <= size[0] and 2 * left <= size[1]:
        y = F.avg_pool2d(x, size, stride, (top, left), ceiling, bool(count))
    else:
        assert not ceiling
        def total(values):
            return F.avg_pool2d(values, size, stride, 0, False) * (size[0] * size[1])
        padded = F.pad(x, (left, right, top, bottom))
        ones = torch.ones_like(padded) if count else F.pad(torch.ones_like(x), (left, right, top, bottom))
        y = total(padded) / total(ones)
    return y if image else y[:, :, 0]


def upsample(x, factor, mode):
    if x.dim() == 3:
        return F.interpolate(x, scale_factor=float(factor[1]), mode=("nearest", "linear", "linear")[mode], **({"align_corners": mode == 2} if mode else {}))
    return F.interpolate(
        x, scale_factor=tuple(map(float, factor)), mode=("nearest", "bilinear", "bilinear")[mode], **({"align_corners": mode == 2} if mode else {}))


RESIZED = ("nearest", "nearest-exact", "bilinear", "bilinear with aligned corners")


def resize(x, scale, sides, mode):
    """To a size, or by tenths as a scale that is not computed anew from the size that it gives."""
    sides = sides if x.dim() == 4 else sides[1:]
    name = RESIZED[mode] if mode < 2 else "bilinear" if x.dim() == 4 else "linear"
    by = {"scale_factor": tuple(side / 10 for side in sides), "recompute_scale_factor": False} if scale else {"size": sides}
    return F.interpolate(x, mode=name, **({"align_corners": mode == 3} if mode > 1 else {}), **by)


def pad(x, pads, mode, value):
    top, left, bottom, right = pads
    sides = (left, right, top, bottom) if x.dim() == 4 else (left, right)
    return F.pad(x, sides, mode=MODES[mode], **({"value": value} if mode == 0 else {}))


def same(steps, size, stride, dilation):
    extent = (size - 1) * dilation + 1
    total = max(0, ((steps + stride - 1) // stride - 1) * stride + extent - steps)
    return 0, total // 2, 0, total - total // 2


def pools():
    cases, seed = [], 31000

    def add(name, kind, dims, shape, forward, lengths=None):
        """shape is [rows, height, width, channels] or [rows, steps, channels]; forward takes one row channels first, and its length."""
        nonlocal seed
        seed += 10
        x = drawn(seed, *shape, scale=2)
        rows = shape[0]
        real = lengths or [shape[1]] * rows

        def all_rows(x):
            made = [last(forward(first(row[:length] if x.dim() == 3 else row), length)) for row, length in zip(x, real)]
            if x.dim() == 4:
                return torch.stack(made)
            steps = last(forward(first(x[0]), shape[1])).shape[0]
            return torch.stack([torch.cat([one, one.new_zeros(steps - one.shape[0], one.shape[1])]) for one in made])
        outputs = all_rows(x).shape
        cases.append(layer_case(name, kind, (*shape[1:], *dims), x, drawn(seed + 1, *outputs), (), all_rows, lengths=lengths))

    # dims: rule of padding (0: these numbers, 1: Same, 2: Causal), size, stride, dilation, pads, ceiling, count
    def pool(kind, shape, size, stride, pads=(0, 0, 0, 0), dilation=(1, 1), ceiling=0, count=0, rule=0, lengths=None):
        function = max_pool if kind == "MaxPool" else average_pool

        def forward(x, length):
            around = pads
            if rule == 1 and x.dim() == 3:
                around = same(length, size[1], stride[1], dilation[1])
            elif rule == 1:
                _, top, _, bottom = same(shape[1], size[0], stride[0], dilation[0])
                _, left, _, right = same(shape[2], size[1], stride[1], dilation[1])
                around = top, left, bottom, right
            elif rule == 2:
                around = 0, (size[1] - 1) * dilation[1], 0, 0
            return function(x, size, stride, around, dilation, bool(ceiling), count)
        words = f"{kind}, {shape[0]} of {'x'.join(map(str, shape[1:]))}, window {size[0]}x{size[1]}, stride {stride[0]}x{stride[1]}"
        words += "".join((f", padding {pads}" if any(pads) else "", ("", ", Same", ", Causal")[rule], f", dilation {dilation[0]}x{dilation[1]}"
                          if dilation != (1, 1) else "", ", ceiling" * ceiling, ", padding counts" * count, ", with lengths" if lengths else ""))
        add(words, kind, (rule, *size, *stride, *dilation, *pads, ceiling, count), shape, forward, lengths)

    for kind in ("MaxPool", "AveragePool"):
        pool(kind, (2, 1, 1, 1), (1, 1), (1, 1))
        pool(kind, (3, 4, 6, 6), (2, 2), (2, 2))
        pool(kind, (7, 5, 5, 1), (2, 2), (2, 2), ceiling=1)
        pool(kind, (1, 7, 9, 17), (3, 3), (2, 2), (1, 1, 1, 1))
        pool(kind, (2, 8, 7, 5), (3, 2), (2, 3), (1, 1, 1, 1), ceiling=1, count=1)
        pool(kind, (1, 33, 5, 3), (3, 3), (1, 1), (1, 1, 1, 1), count=1)
        pool(kind, (2, 3, 4, 40), (3, 3), (1, 1), rule=1)
        pool(kind, (2, 9, 10, 8), (2, 3), (2, 2), rule=1, count=1)
        pool(kind, (2, 5, 8, 4), (3, 4), (2, 1), (0, 2, 1, 1), count=1)
        pool(kind, (1, 8, 8, 16), (4, 4), (4, 4))
        pool(kind, (4, 9, 7, 2), (2, 2), (3, 4), ceiling=1)
        pool(kind, (2, 10, 11, 3), (5, 5), (3, 3), (2, 2, 2, 2), ceiling=1)
        pool(kind, (3, 7, 5), (1, 2), (1, 2), lengths=[7, 2, 5])
        pool(kind, (4, 9, 18), (1, 3), (1, 2), (0, 1, 0, 1), ceiling=1, count=1, lengths=[9, 2, 1, 6])
        pool(kind, (3, 8, 4), (1, 3), (1, 2), rule=1, lengths=[8, 1, 5])
        pool(kind, (3, 8, 4), (1, 3), (1, 2), rule=2, lengths=[8, 1, 5])
        pool(kind, (2, 33, 1), (1, 4), (1, 4), ceiling=1)
    pool("MaxPool", (2, 9, 8, 5), (2, 3), (1, 2), dilation=(3, 2))
    pool("MaxPool", (1, 9, 8, 19), (3, 3), (2, 2), (1, 1, 1, 1), dilation=(2, 2), ceiling=1)
    pool("MaxPool", (3, 10, 3), (1, 3), (1, 1), dilation=(1, 2), rule=2, lengths=[10, 3, 1])

    for kind, function in (("GlobalAveragePool", lambda x: x.mean((2, 3), True)), ("GlobalMaxPool", lambda x: x.amax((2, 3), True))):
        for shape in ((3, 1, 1, 1), (2, 7, 5, 6), (1, 33, 5, 3), (2, 3, 4, 40)):
            add(f"{kind}, {shape[0]} of {'x'.join(map(str, shape[1:]))}", kind, (), shape, lambda x, _, function=function: function(x))

    # dims: factor, mode
    def resized(mode):
        for shape, factor, lengths in (
                ((2, 1, 1, 3), (3, 2), None), ((3, 4, 5, 6), (2, 2), None), ((1, 3, 2, 17), (1, 4), None), ((1, 16, 5, 1), (3, 2), None),
                ((1, 2, 2, 40), (5, 3), None), ((3, 5, 4), (1, 2), [5, 1, 3]), ((2, 7, 18), (1, 3), [7, 2]), ((1, 1, 2), (1, 4), None)):
            add(f"Upsample, {shape[0]} of {'x'.join(map(str, shape[1:]))}, {factor[0]}x{factor[1]} times, {('nearest', 'bilinear', 'bilinear with aligned corners')[mode]}"
                + (", with lengths" if lengths else ""), "Upsample", (*factor, mode), shape,
                lambda x, _, factor=factor, mode=mode: upsample(x, factor, mode), lengths)

    resized(0)
    resized(1)

    # dims: pads, mode, value in quarters
    for mode in (0, 1, 2):
        for shape, pads, lengths in (
                ((2, 3, 4, 5), (1, 1, 1, 1), None), ((1, 4, 5, 17), (2, 0, 1, 3), None), ((2, 5, 3), (0, 2, 0, 1), [5, 3]), ((1, 33, 2), (0, 0, 0, 4), None)):
            value = 3 if mode == 0 else 0
            add(f"Pad, {shape[0]} of {'x'.join(map(str, shape[1:]))}, {pads}, {MODES[mode]}" + (", with lengths" if lengths else ""), "Pad",
                (*pads, mode, value), shape, lambda x, _, pads=pads, mode=mode, value=value: pad(x, pads, mode, value / 4), lengths)

    resized(2)

    # dims: whether by tenths as a scale, height, width, mode
    for mode, name in enumerate(RESIZED):
        for shape, scale, sides, lengths in (
                ((2, 4, 5, 6), 0, (7, 3), None), ((1, 9, 7, 3), 0, (4, 5), None), ((2, 1, 6, 17), 0, (3, 1), None), ((1, 6, 5, 1), 0, (13, 11), None),
                ((3, 7, 4), 0, (1, 5), [7, 1, 3]), ((2, 3, 18), 0, (1, 8), None), ((2, 7, 5, 4), 1, (6, 13), None), ((1, 5, 9, 2), 1, (25, 4), None),
                ((3, 8, 3), 1, (10, 17), [8, 1, 5])):
            if scale and mode == 3:
                continue
            by = f"{sides[0] / 10:g}x{sides[1] / 10:g} times" if scale else f"to {sides[0]}x{sides[1]}"
            add(f"Resize, {shape[0]} of {'x'.join(map(str, shape[1:]))}, {by}, {name}" + (", with lengths" if lengths else ""), "Resize",
                (scale, *sides, mode), shape, lambda x, _, scale=scale, sides=sides, mode=mode: resize(x, scale, sides, mode), lengths)
    write("pools.json", {"cases": cases})
