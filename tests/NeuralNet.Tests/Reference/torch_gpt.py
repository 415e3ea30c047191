"""GPT-2 as its two best-known sources have it: nanoGPT's modules, and the names and layouts of Hugging Face's checkpoints.

Attention is written out by softmax, so that it runs with any version of PyTorch and in any precision.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


class LayerNorm(nn.Module):
    """nanoGPT's: nn.LayerNorm has no option for bias=False in older versions of PyTorch."""

    def __init__(self, width, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-5)


class Conv1D(nn.Module):
    """Hugging Face's: a linear layer whose matrix is [inputs, outputs]."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * 0.02)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self, width, heads, linear, steps=0):
        super().__init__()
        self.heads = heads
        self.c_attn = linear(width, 3 * width)
        self.c_proj = linear(width, width)
        if steps:  # Hugging Face's buffers, which older checkpoints have
            self.register_buffer("bias", torch.tril(torch.ones(steps, steps, dtype=torch.bool))[None, None])
            self.register_buffer("masked_bias", torch.tensor(-1e4))

    def forward(self, x):
        rows, steps, width = x.shape
        q, k, v = (part.reshape(rows, steps, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).split(width, 2))
        scores = q @ k.transpose(2, 3) / math.sqrt(width // self.heads)
        later = torch.triu(torch.ones(steps, steps, dtype=torch.bool), 1)
        y = torch.softmax(scores.masked_fill(later, -math.inf), 3) @ v
        return self.c_proj(y.transpose(1, 2).reshape(rows, steps, width))


class Mlp(nn.Module):
    def __init__(self, width, linear, approximate):
        super().__init__()
        self.c_fc = linear(width, 4 * width)
        self.c_proj = linear(4 * width, width)
        self.approximate = approximate

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate=self.approximate))


class Block(nn.Module):
    def __init__(self, width, heads, linear, norm, approximate, steps):
        super().__init__()
        self.ln_1 = norm(width)
        self.attn = Attention(width, heads, linear, steps)
        self.ln_2 = norm(width)
        self.mlp = Mlp(width, linear, approximate)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    """Ids, positions, blocks and the last norm; logits by the table of the ids."""

    def __init__(self, vocabulary, steps, width, heads, layers, linear, norm, approximate, masks):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(steps, width)
        self.h = nn.ModuleList(Block(width, heads, linear, norm, approximate, steps if masks else 0) for _ in range(layers))
        self.ln_f = norm(width)

    def states(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x)

    def forward(self, ids):
        return self.states(ids) @ self.wte.weight.T


class Gpt(nn.Module):
    """nanoGPT: the names begin with "transformer.", and the table is in the state_dict a second time, as lm_head.weight."""

    def __init__(self, vocabulary=11, steps=6, width=8, heads=2, layers=2, bias=True):
        super().__init__()
        self.transformer = Transformer(
            vocabulary, steps, width, heads, layers, lambda inputs, outputs: nn.Linear(inputs, outputs, bias=bias),
            lambda size: LayerNorm(size, bias), "none", masks=False)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.transformer.wte.weight = self.lm_head.weight

    def forward(self, ids):
        return self.lm_head(self.transformer.states(ids))


def hub(vocabulary=11, steps=6, width=8, heads=2, layers=2):
    """As the file of openai-community/gpt2 has it: Conv1D, buffers of masks, GELU by the hyperbolic tangent, and the table once."""
    return Transformer(vocabulary, steps, width, heads, layers, Conv1D, nn.LayerNorm, "tanh", masks=True)
