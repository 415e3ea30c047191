"""Multi-head attention with rotary positions, linear biases by distance, windows, and fewer heads of keys than of queries, from the definitions of their
papers, in float64 with PyTorch's gradients."""

import math

import torch

from reference_attention import drawn_blocks, mask_of
from reference_layers import layer_case, real_steps
from reference_numbers import drawn, write

ROWS = 3
NONE, HALVES, NEIGHBOURS, ALIBI, SLOPES = range(5)

# name, steps, width, heads, heads of keys, causal, window, mask, positions, theta, features turned (0: all), lengths
SELF = (
    ("rotary, 7 steps", 7, 12, 3, 3, False, 0, False, HALVES, 10000, 0, None),
    ("rotary, 50 steps, theta 100, causal", 50, 8, 1, 1, True, 0, False, HALVES, 100, 0, None),
    ("rotary, interleaved", 9, 12, 2, 2, False, 0, False, NEIGHBOURS, 10000, 0, None),
    ("rotary, interleaved, 2 of 4 features, lengths", 20, 8, 2, 2, True, 0, False, NEIGHBOURS, 10, 2, (20, 3, 11)),
    ("rotary, 4 of 5 features, mask", 9, 10, 2, 2, False, 0, True, HALVES, 50, 4, None),
    ("ALiBi, 4 heads", 9, 8, 4, 4, False, 0, False, ALIBI, 0, 0, None),
    ("ALiBi, 6 heads, causal", 40, 12, 6, 6, True, 0, False, ALIBI, 0, 0, None),
    ("ALiBi, slopes, mask", 20, 6, 3, 3, False, 0, True, SLOPES, 0, 0, None),
    ("ALiBi, 2 heads, causal, lengths", 20, 4, 2, 2, True, 0, False, ALIBI, 0, 0, (5, 20, 18)),
    ("window 3", 40, 4, 2, 2, False, 3, False, NONE, 0, 0, None),
    ("window 1", 5, 4, 2, 2, False, 1, False, NONE, 0, 0, None),
    ("window 20, causal", 50, 4, 2, 2, True, 20, False, NONE, 0, 0, None),
    ("window 4, causal, lengths", 50, 4, 2, 2, True, 4, False, NONE, 0, 0, (17, 50, 33)),
    ("window 30, lengths", 50, 4, 1, 1, False, 30, False, NONE, 0, 0, (50, 18, 2)),
    ("window 2, mask", 20, 4, 2, 2, False, 2, True, NONE, 0, 0, None),
    ("window 5, causal, mask, lengths", 50, 4, 2, 2, True, 5, True, NONE, 0, 0, (50, 18, 37)),
    ("4 heads, 2 of keys", 9, 8, 4, 2, False, 0, False, NONE, 0, 0, None),
    ("6 heads, 1 of keys, causal", 20, 12, 6, 1, True, 0, False, NONE, 0, 0, None),
    ("4 heads, 2 of keys, mask", 20, 8, 4, 2, False, 0, True, NONE, 0, 0, None),
    ("all: rotary, window 6, causal, 4 heads, 2 of keys, mask, lengths", 40, 16, 4, 2, True, 6, True, HALVES, 10000, 2, (40, 9, 31)),
    ("all: ALiBi, window 18, 6 heads, 3 of keys, mask", 40, 12, 6, 3, False, 18, True, ALIBI, 0, 0, None),
    ("all: interleaved, window 7, 4 heads, 2 of keys, lengths", 40, 16, 4, 2, False, 7, False, NEIGHBOURS, 500, 0, (11, 40, 2)),
    ("all: ALiBi, window 5, causal, 4 heads, 1 of keys, lengths", 40, 8, 4, 1, True, 5, False, ALIBI, 0, 0, (40, 3, 22)),
    ("all: rotary, causal, 6 heads, 2 of keys, mask, lengths", 20, 12, 6, 2, True, 0, True, HALVES, 10000, 0, (20, 1, 9)),
)

# name, query steps, width, memory steps, features, heads, heads of keys, mask
CROSS = (
    ("cross, 4 heads, 2 of keys", 3, 8, 7, 5, 4, 2, False),
    ("cross, 3 heads, 1 of keys, mask", 5, 6, 20, 6, 3, 1, True),
    ("cross, 40 to 50 steps, 6 heads, 2 of keys, mask", 40, 12, 50, 4, 6, 2, True),
)


def turned(x, positions, theta, features):
    """x [rows, heads, steps, d]: RoFormer's rotation, of neighbours as complex numbers, or of halves."""
    features = features or x.shape[3]
    angles = torch.outer(torch.arange(x.shape[2], dtype=torch.float64), theta ** (-torch.arange(0, features, 2, dtype=torch.float64) / features))
    part, rest = x[..., :features], x[..., features:]
    if positions == NEIGHBOURS:
        pairs = torch.view_as_complex(part.reshape(*part.shape[:-1], features // 2, 2).contiguous())
        part = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).reshape(part.shape)
    else:
        first, second = part.chunk(2, -1)
        cos, sin = torch.cat((angles, angles), 1).cos(), torch.cat((angles, angles), 1).sin()
        part = part * cos + torch.cat((-second, first), -1) * sin
    return torch.cat((part, rest), -1)


def paper_slopes(heads):
    """As the ALiBi authors' own code has them."""
    if math.log2(heads).is_integer():
        start = 2 ** (-(2 ** -(math.log2(heads) - 3)))
        return [start * start ** i for i in range(heads)]
    closest = 2 ** math.floor(math.log2(heads))
    return paper_slopes(closest) + paper_slopes(2 * closest)[0::2][:heads - closest]


def attend(q, k, v, heads, key_heads, seen, causal=False, window=0, positions=NONE, theta=0, features=0):
    """q [rows, Tq, w], k and v [rows, Tk, w · key_heads / heads]; seen [rows, Tk]: which keys are."""
    q, k, v = (x.reshape(ROWS, x.shape[1], n, -1).transpose(1, 2) for x, n in ((q, heads), (k, key_heads), (v, key_heads)))
    if positions in (HALVES, NEIGHBOURS):
        q, k = turned(q, positions, theta, features), turned(k, positions, theta, features)
    k, v = (x.repeat_interleave(heads // key_heads, 1) for x in (k, v))
    scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])
    i, j = torch.arange(q.shape[2])[:, None], torch.arange(k.shape[2])[None]
    if positions in (ALIBI, SLOPES):
        slopes = paper_slopes(heads) if positions == ALIBI else [0.125 * (h + 1) for h in range(heads)]
        scores = scores - torch.tensor(slopes, dtype=torch.float64)[:, None, None] * (i - j).abs()
    visible = seen[:, None, None, :].expand_as(scores)
    if causal:
        visible = visible & (j <= i)
    if window:
        visible = visible & ((i - j).abs() < window)
    a = torch.softmax(scores.masked_fill(~visible, -1e300), 3) * visible
    return (a @ v).transpose(1, 2).reshape(ROWS, q.shape[2], -1)


def self_case(seed, name, steps, width, heads, key_heads, causal, window, mask, positions, theta, features, lengths):
    x = drawn(seed, ROWS, steps, width, scale=2)
    if mask:
        x = torch.cat((x, mask_of(ROWS, steps)[..., None]), 2)
    key_width = width // heads * key_heads
    blocks = drawn_blocks(seed + 2, [(width, width + 2 * key_width), (width, width)], True)
    real = real_steps(ROWS, steps, lengths)

    def forward(x, w, b, wo, bo):
        seen = (real[..., 0] != 0) & ((x[..., -1] != 0) if mask else True)
        q, k, v = (x[..., :width] @ w + b).split((width, key_width, key_width), 2)
        return (attend(q, k, v, heads, key_heads, seen, causal, window, positions, theta, features) @ wo + bo) * real

    dims = [steps, width, heads, key_heads, causal, window, mask, positions, theta, features]
    return layer_case(name, "Self", dims, x, drawn(seed + 1, ROWS, steps, width), blocks, forward, lengths)


def cross_case(seed, name, steps, width, memory_steps, memory_width, heads, key_heads, mask):
    x = drawn(seed, ROWS, steps * width + memory_steps * memory_width, scale=2)
    if mask:
        x = torch.cat((x, mask_of(ROWS, memory_steps)), 1)
    key_width = width // heads * key_heads
    blocks = drawn_blocks(seed + 2, [(width, width), (memory_width, 2 * key_width), (width, width)], True)

    def forward(x, wq, bq, wkv, bkv, wo, bo):
        q, memory, masks = x.split((steps * width, memory_steps * memory_width, memory_steps if mask else 0), 1)
        k, v = (memory.reshape(ROWS, memory_steps, memory_width) @ wkv + bkv).split(key_width, 2)
        seen = masks != 0 if mask else torch.ones(ROWS, memory_steps, dtype=torch.bool)
        return attend(q.reshape(ROWS, steps, width) @ wq + bq, k, v, heads, key_heads, seen) @ wo + bo

    dims = [steps, width, memory_steps, memory_width, heads, key_heads, mask]
    return layer_case(name, "Cross", dims, x, drawn(seed + 1, ROWS, steps, width), blocks, forward)


def heads():
    cases = [self_case(19000 + 20 * i, *case) for i, case in enumerate(SELF)] + [cross_case(19800 + 20 * i, *case) for i, case in enumerate(CROSS)]
    for case in cases:
        case["dims"] = [int(dim) for dim in case["dims"]]
    write("heads.json", {"cases": cases})
