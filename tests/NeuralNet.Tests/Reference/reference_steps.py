"""Ids, positions, and layers that move the values of a row or make one step of many: numbers of layers by themselves."""

import numpy as np
import torch

from reference_layers import layer_case, real_steps
from reference_numbers import drawn, single, write


def table(steps, width):
    """P of A. Vaswani et al., 2017."""
    position, column = torch.arange(steps).double()[:, None], torch.arange(width)
    angle = position / torch.pow(torch.tensor(10000.0), (column // 2 * 2).double() / width)
    return torch.where(column % 2 == 0, torch.sin(angle), torch.cos(angle))


def last(x, lengths):
    return torch.stack([row[length - 1] for row, length in zip(x, lengths)])


def reverse(x, lengths):
    return torch.stack([torch.cat([row[:length].flip(0), 0 * row[length:]]) for row, length in zip(x, lengths)])


def over(x, lengths, function):
    return torch.stack([function(row[:length]) for row, length in zip(x, lengths)])


def ids(seed, rows, steps, vocabulary):
    return single(np.random.RandomState(seed).randint(0, vocabulary, (rows, steps, 1)))


def steps():
    cases, seed = [], 12000

    def add(name, kind, dims, x, outputs, forward, blocks=(), lengths=None):
        cases.append(layer_case(name, kind, dims, x, drawn(seed + 1, *outputs), blocks, forward, lengths=lengths))

    # dims: steps, vocabulary, width, padding id (-1: none)
    for name, rows, count, vocabulary, width, padding, lengths in (
            ("Embedding", 4, 6, 9, 7, -1, None),
            ("Embedding, few ids, with lengths", 6, 7, 3, 5, -1, [7, 1, 4, 2, 7, 3]),
            ("Embedding, an id as padding", 5, 5, 4, 17, 2, [5, 2, 5, 1, 3]),
            ("Embedding, 1 step", 3, 1, 4, 3, -1, None),
            ("Embedding, 2 steps", 3, 2, 4, 3, -1, [2, 1, 2]),
            ("Embedding, 50 steps", 2, 50, 5, 3, -1, [50, 31])):
        seed += 10
        mask = real_steps(rows, count, lengths)

        def embed(x, w):
            # Its row of W gives nothing, whatever it holds: PyTorch's padding_idx only keeps a row of zeros from learning.
            kept = w if padding < 0 else torch.cat([w[:padding], 0 * w[padding:padding + 1], w[padding + 1:]])
            return torch.nn.functional.embedding(x[..., 0].long(), kept, padding_idx=None if padding < 0 else padding) * mask
        add(name, "Embedding", (count, vocabulary, width, padding), ids(seed, rows, count, vocabulary), (rows, count, width), embed,
            [drawn(seed + 2, vocabulary, width, scale=2)], lengths)

    # dims: steps, width
    for kind, count, width, lengths in (
            ("SinusoidalPositions", 19, 8, None), ("SinusoidalPositions", 12, 5, [12, 1, 7]),
            ("LearnedPositions", 6, 5, None), ("LearnedPositions", 5, 18, [5, 1, 3]),
            ("Flatten", 4, 3, [4, 1, 2]), ("Reverse", 5, 3, [5, 1, 4]), ("LastStep", 5, 3, [5, 1, 4]),
            ("MeanOverSteps", 9, 5, None), ("MeanOverSteps", 7, 20, [7, 1, 4]),
            ("MaxOverSteps", 9, 5, None), ("MaxOverSteps", 7, 20, [7, 1, 4]),
            *((kind, count, 3, lengths) for kind in ("SinusoidalPositions", "LearnedPositions", "MeanOverSteps", "MaxOverSteps")
              for count, lengths in ((1, None), (2, [2, 1, 2]), (50, [17, 50, 1])))):
        seed += 10
        rows = 3
        all_lengths = lengths or [count] * rows
        mask = real_steps(rows, count, lengths)
        outputs = (rows, width) if kind.endswith("Step") or kind.endswith("OverSteps") else (rows, count * width) if kind == "Flatten" else (rows, count, width)
        forward = {
            "SinusoidalPositions": lambda x: (x + table(count, width)) * mask,
            "LearnedPositions": lambda x, w: (x + w) * mask,
            "Flatten": lambda x: (x * mask).reshape(rows, -1),
            "Reverse": lambda x: reverse(x, all_lengths),
            "LastStep": lambda x: last(x, all_lengths),
            "MeanOverSteps": lambda x: over(x, all_lengths, lambda row: row.mean(0)),
            "MaxOverSteps": lambda x: over(x, all_lengths, lambda row: row.max(0).values),
        }[kind]
        add(f"{kind}, {count} x {width}" + (", with lengths" if lengths else ""), kind, (count, width), drawn(seed, rows, count, width, scale=2), outputs, forward,
            [drawn(seed + 2, count, width)] if kind == "LearnedPositions" else (), lengths)

    # dims: steps, width, first, count
    seed += 10
    add("Slice, with lengths", "Slice", (4, 6, 2, 3), drawn(seed, 3, 4, 6), (3, 4, 3), lambda x: (x * real_steps(3, 4, [4, 1, 3]))[..., 2:5], lengths=[4, 1, 3])
    write("steps.json", {"cases": cases})
