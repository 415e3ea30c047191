"""Multi-head attention, self and cross, beside torch.nn.functional.multi_head_attention_forward."""

import math

import torch
import torch.nn.functional as F
from torch.nn.utils.stateless import functional_call

from reference_layers import layer_case, real_steps
from reference_numbers import drawn, write

ROWS = 3

# name, steps, features, heads, outputs, causal, bias, lengths, mask
SELF = (
    ("1 step", 1, 4, 2, 4, False, True, None, False),
    ("2 steps, 1 head", 2, 3, 1, 3, False, True, None, False),
    ("7 steps, width 6, 3 heads, 5 outputs", 7, 6, 3, 5, False, True, None, False),
    ("7 steps, 4 heads, no bias", 7, 8, 4, 8, False, False, None, False),
    ("50 steps", 50, 4, 2, 4, False, True, None, False),
    ("1 step, causal", 1, 4, 4, 3, True, True, None, False),
    ("2 steps, causal", 2, 4, 2, 4, True, True, None, False),
    ("7 steps, causal", 7, 6, 3, 6, True, True, None, False),
    ("50 steps, causal", 50, 4, 2, 4, True, True, None, False),
    ("7 steps, lengths", 7, 6, 3, 4, False, True, (3, 7, 1), False),
    ("50 steps, lengths", 50, 4, 2, 4, False, True, (17, 50, 33), False),
    ("50 steps, causal, lengths", 50, 4, 1, 4, True, True, (50, 18, 2), False),
    ("2 steps, mask", 2, 4, 2, 4, False, True, None, True),
    ("7 steps, mask", 7, 6, 3, 5, False, True, None, True),
    ("50 steps, mask", 50, 4, 2, 4, False, True, None, True),
    ("7 steps, causal, mask", 7, 6, 2, 6, True, False, None, True),
    ("50 steps, causal, mask, lengths", 50, 4, 2, 4, True, True, (50, 18, 37), True),
)

# name, query steps, features, memory steps, features, heads, outputs, bias, mask
CROSS = (
    ("cross, 1 to 2 steps", 1, 4, 2, 3, 2, 4, True, False),
    ("cross, 7 to 1 step", 7, 6, 1, 4, 3, 6, True, False),
    ("cross, 2 to 7 steps, 5 outputs", 2, 6, 7, 5, 1, 5, True, False),
    ("cross, 17 to 50 steps", 17, 4, 50, 3, 2, 4, False, False),
    ("cross, 7 to 7 steps, mask", 7, 4, 7, 4, 4, 3, True, True),
    ("cross, 3 to 50 steps, mask", 3, 6, 50, 2, 2, 6, True, True),
)


def mask_of(rows, steps):
    """Some keys are masked, the first of a row never: PyTorch has NaN where no key is left."""
    return torch.tensor([[1.0 if t == 0 or (t * (r + 2) + r) % 4 < 2 + r % 2 else 0.0 for t in range(steps)] for r in range(rows)])


def attend(q, memory, heads, weights, biases, masked, causal):
    """q [rows, Tq, w], memory [rows, Tk, fk]; weights of q, k, v and out, [inputs, outputs]; masked [rows, Tk]: True is not seen."""
    width = q.shape[2]
    wq, wk, wv, wo = (w.T for w in weights)
    *b, bo = biases if biases else (None,)
    y, _ = F.multi_head_attention_forward(
        q.transpose(0, 1), memory.transpose(0, 1), memory.transpose(0, 1), width, heads, None, torch.cat(b) if biases else None, None, None, False, 0.0,
        wo, bo, key_padding_mask=masked, need_weights=False,
        attn_mask=torch.triu(torch.ones(q.shape[1], q.shape[1], dtype=torch.bool), 1) if causal else None,
        use_separate_proj_weight=True, q_proj_weight=wq, k_proj_weight=wk, v_proj_weight=wv)
    return y.transpose(0, 1)


def self_case(seed, name, steps, width, heads, outputs, causal, bias, lengths, mask):
    x = drawn(seed, ROWS, steps, width, scale=2)
    if mask:
        x = torch.cat((x, mask_of(ROWS, steps)[..., None]), 2)
    blocks = drawn_blocks(seed + 2, [(width, 3 * width), (width, outputs)], bias)
    real = real_steps(ROWS, steps, lengths)

    def forward(x, *blocks):
        (w, wo), biases = blocks[::1 + bias], blocks[1::2] if bias else ()
        masked = (real[..., 0] == 0) | (x[..., -1] == 0 if mask else False)
        y = attend(x[..., :width], x[..., :width], heads, (*w.split(width, 1), wo), (*biases[0].split(width), biases[1]) if bias else (), masked, causal)
        return y * real

    return layer_case(name, "Self", [steps, width, heads, outputs, causal, bias, mask], x, drawn(seed + 1, ROWS, steps, outputs), blocks, forward, lengths)


def cross_case(seed, name, steps, width, memory_steps, memory_width, heads, outputs, bias, mask):
    x = drawn(seed, ROWS, steps * width + memory_steps * memory_width, scale=2)
    if mask:
        x = torch.cat((x, mask_of(ROWS, memory_steps)), 1)
    blocks = drawn_blocks(seed + 2, [(width, width), (memory_width, 2 * width), (width, outputs)], bias)

    def forward(x, *blocks):
        (wq, wkv, wo), biases = blocks[::1 + bias], blocks[1::2] if bias else ()
        q, memory, masks = x.split((steps * width, memory_steps * memory_width, memory_steps if mask else 0), 1)
        return attend(
            q.reshape(ROWS, steps, width), memory.reshape(ROWS, memory_steps, memory_width), heads, (wq, *wkv.split(width, 1), wo),
            (biases[0], *biases[1].split(width), biases[2]) if bias else (), masks == 0 if mask else None, False)

    return layer_case(name, "Cross", [steps, width, memory_steps, memory_width, heads, outputs, bias, mask], x, drawn(seed + 1, ROWS, steps, outputs), blocks, forward)


def drawn_blocks(seed, shapes, bias):
    blocks = []
    for inputs, outputs in shapes:
        blocks.append(drawn(seed, inputs, outputs, scale=math.sqrt(6 / inputs)))
        if bias:
            blocks.append(drawn(seed + 1, outputs, scale=0.3))
        seed += 2
    return blocks


def block_case(seed, steps, width, heads, inner, lengths):
    """A transformer's block as NeuralNet composes it, x + attention(norm(x)), then y + MLP(norm(y)), by PyTorch's own."""
    module = torch.nn.TransformerEncoderLayer(width, heads, inner, dropout=0, activation="gelu", batch_first=True, norm_first=True)
    names = ("norm1.weight", "norm1.bias", "self_attn.in_proj_weight", "self_attn.in_proj_bias", "self_attn.out_proj.weight", "self_attn.out_proj.bias",
             "norm2.weight", "norm2.bias", "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias")
    norm = (drawn(seed, width) + 1, drawn(seed + 1, width))
    blocks = [*norm, *drawn_blocks(seed + 2, [(width, 3 * width), (width, width)], True), *norm, *drawn_blocks(seed + 10, [(width, inner), (inner, width)], True)]
    real = real_steps(ROWS, steps, lengths)

    def forward(x, *blocks):
        parameters = {name: block.T if block.dim() == 2 else block for name, block in zip(names, blocks)}
        return functional_call(module, parameters, (x,), {"src_key_padding_mask": real[..., 0] == 0}) * real

    x = drawn(seed + 20, ROWS, steps, width, scale=2)
    return layer_case(f"transformer block, {steps} steps, lengths", "Block", [steps, width, heads, inner], x, drawn(seed + 21, ROWS, steps, width), blocks, forward, lengths)


def attention():
    cases = [self_case(9000 + 20 * i, *case) for i, case in enumerate(SELF)]
    cases += [cross_case(9500 + 20 * i, *case) for i, case in enumerate(CROSS)]
    cases += [block_case(9700, 7, 8, 2, 12, [3, 7, 1]), block_case(9750, 50, 4, 2, 6, [50, 21, 2])]
    for case in cases:
        case["dims"] = [int(dim) for dim in case["dims"]]
    write("attention.json", {"cases": cases})
