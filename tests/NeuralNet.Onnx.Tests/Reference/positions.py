"""Attention as today's models have it, exported by PyTorch: rotary positions in three spellings, ALiBi, windows, grouped heads. See make_reference.py."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Rms(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(1 + 0.1 * torch.randn(width))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


def rotate_half(x):
    a, b = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2:]
    return torch.cat((-b, a), -1)


def repeat_kv(x, times):
    """As Hugging Face's Llama repeats heads of keys and values."""
    n, heads, t, d = x.shape
    return x if times == 1 else x[:, :, None, :, :].expand(n, heads, times, t, d).reshape(n, heads * times, t, d)


def causal(t, window=None):
    i, j = torch.arange(t)[:, None], torch.arange(t)[None, :]
    return (j > i) if window is None else (j > i) | (j <= i - window)


class Llama(nn.Module):
    """RMSNorm, rotary positions (cached tables), grouped heads, a causal mask that is added, and a gated layer, as Llama has them; with a window it is
    Mistral's."""

    def __init__(self, width=16, heads=4, kv=2, steps=6, theta=10000.0, window=None):
        super().__init__()
        self.heads, self.kv, self.d = heads, kv, width // heads
        self.q, self.k = nn.Linear(width, width, bias=False), nn.Linear(width, kv * self.d, bias=False)
        self.v, self.o = nn.Linear(width, kv * self.d, bias=False), nn.Linear(width, width, bias=False)
        self.norm1, self.norm2 = Rms(width), Rms(width)
        self.gate, self.up = nn.Linear(width, 24, bias=False), nn.Linear(width, 24, bias=False)
        self.down = nn.Linear(24, width, bias=False)
        inv = 1.0 / theta ** (torch.arange(0, self.d, 2).float() / self.d)
        angles = torch.outer(torch.arange(steps).float(), inv)
        angles = torch.cat((angles, angles), -1)
        self.register_buffer("cos", angles.cos()[None, None])
        self.register_buffer("sin", angles.sin()[None, None])
        self.register_buffer("mask", torch.zeros(steps, steps).masked_fill(causal(steps, window), torch.finfo(torch.float32).min)[None, None])

    def attention(self, x):
        n, t, _ = x.shape
        q = self.q(x).view(n, t, self.heads, self.d).transpose(1, 2)
        k = self.k(x).view(n, t, self.kv, self.d).transpose(1, 2)
        v = self.v(x).view(n, t, self.kv, self.d).transpose(1, 2)
        cos, sin = self.cos[:, :, :t].to(x.dtype), self.sin[:, :, :t].to(x.dtype)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        k, v = repeat_kv(k, self.heads // self.kv), repeat_kv(v, self.heads // self.kv)
        a = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.d) + self.mask[:, :, :t, :t].to(x.dtype)
        a = F.softmax(a, -1)
        return self.o(torch.matmul(a, v).transpose(1, 2).contiguous().reshape(n, t, -1))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class LlamaOfPositions(Llama):
    """The tables are computed in the graph, of position ids and inverse frequencies, as newer versions of Hugging Face's Llama do it."""

    def __init__(self, theta=500000.0, **options):
        super().__init__(theta=theta, **options)
        self.register_buffer("inv", 1.0 / theta ** (torch.arange(0, self.d, 2).float() / self.d))

    def attention(self, x):
        n, t, _ = x.shape
        ids = torch.arange(t)[None]
        angles = (self.inv[None, :, None].float() @ ids[:, None, :].float()).transpose(1, 2)
        angles = torch.cat((angles, angles), -1)
        self.cos, self.sin = angles.cos()[:, None].to(x.dtype), angles.sin()[:, None].to(x.dtype)
        return super().attention(x)


class NeoX(nn.Module):
    """One projection of all heads' queries, keys and values, a quarter of the features turned, both branches of the same x, as GPT-NeoX has them."""

    def __init__(self, width=16, heads=2, steps=5, part=0.5, theta=10000.0):
        super().__init__()
        self.heads, self.d = heads, width // heads
        self.f = int(self.d * part)
        self.qkv, self.o = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 32), nn.Linear(32, width)
        inv = 1.0 / theta ** (torch.arange(0, self.f, 2).float() / self.f)
        angles = torch.einsum("i,j->ij", torch.arange(steps).float(), inv)
        angles = torch.cat((angles, angles), -1)
        self.register_buffer("cos", angles.cos()[None, None])
        self.register_buffer("sin", angles.sin()[None, None])
        self.register_buffer("bias", torch.tril(torch.ones(steps, steps, dtype=torch.bool))[None, None])

    def attention(self, x):
        n, t, _ = x.shape
        qkv = self.qkv(x).view(n, t, self.heads, 3 * self.d)
        q, k, v = (qkv[..., i * self.d: (i + 1) * self.d].permute(0, 2, 1, 3) for i in range(3))
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        q, k = (torch.cat((z[..., : self.f] * cos + rotate_half(z[..., : self.f]) * sin, z[..., self.f:]), -1) for z in (q, k))
        a = torch.matmul(q, k.transpose(-1, -2)) * (1 / math.sqrt(self.d))
        a = torch.where(self.bias[:, :, :t, :t], a, torch.tensor(torch.finfo(a.dtype).min, dtype=a.dtype))
        return self.o(torch.matmul(F.softmax(a, -1), v).permute(0, 2, 1, 3).contiguous().view(n, t, -1))

    def forward(self, x):
        return x + self.attention(self.norm1(x)) + self.down(F.gelu(self.up(self.norm2(x))))


class GptJ(nn.Module):
    """Neighbouring features turn, before the heads come first, as in GPT-J."""

    def __init__(self, width=12, heads=2, steps=5, f=4):
        super().__init__()
        self.heads, self.d, self.f = heads, width // heads, f
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        inv = 1.0 / 10000 ** (torch.arange(0, f, 2).float() / f)
        angles = torch.outer(torch.arange(steps).float(), inv)
        self.register_buffer("cos", angles.cos().repeat_interleave(2, 1)[None, :, None])
        self.register_buffer("sin", angles.sin().repeat_interleave(2, 1)[None, :, None])
        self.register_buffer("mask", causal(steps)[None, None])

    def turned(self, x):
        r = x[..., : self.f]
        other = torch.stack((-r[..., 1::2], r[..., ::2]), -1).flatten(-2)
        return torch.cat((r * self.cos.to(x.dtype) + other * self.sin.to(x.dtype), x[..., self.f:]), -1)

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = (p(x).view(n, t, self.heads, self.d) for p in (self.q, self.k, self.v))
        q, k, v = self.turned(q).permute(0, 2, 1, 3), self.turned(k).permute(0, 2, 1, 3), v.permute(0, 2, 1, 3)
        a = torch.matmul(q, k.transpose(-1, -2)).masked_fill(self.mask, torch.finfo(torch.float32).min) / math.sqrt(self.d)
        return self.o(torch.matmul(F.softmax(a, -1), v).permute(0, 2, 1, 3).reshape(n, t, -1))


class Complex(nn.Module):
    """Real and imaginary parts, as Meta's Llama has them, without complex numbers."""

    def __init__(self, width=8, heads=2, steps=4):
        super().__init__()
        self.heads, self.d = heads, width // heads
        self.qkv, self.o = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        angles = torch.outer(torch.arange(steps).float(), 1.0 / 10000 ** (torch.arange(0, self.d, 2).float() / self.d))
        self.register_buffer("cos", angles.cos()[:, None])
        self.register_buffer("sin", angles.sin()[:, None])

    def turned(self, x):
        pairs = x.reshape(*x.shape[:-1], -1, 2)
        re, im = pairs[..., 0], pairs[..., 1]
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        return torch.stack((re * cos - im * sin, re * sin + im * cos), -1).reshape(x.shape)

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = (part.view(n, t, self.heads, self.d) for part in self.qkv(x).chunk(3, -1))
        q, k, v = self.turned(q).transpose(1, 2), self.turned(k).transpose(1, 2), v.transpose(1, 2)
        a = F.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.d), -1)
        return self.o((a @ v).transpose(1, 2).reshape(n, t, -1))


class Mpt(nn.Module):
    """ALiBi as MPT has it: slope · (j + 1 − steps) of each head, and later steps filled with the least number; in one projection."""

    def __init__(self, width=16, heads=4, steps=6, both=False):
        super().__init__()
        self.heads, self.d, self.both = heads, width // heads, both
        self.qkv, self.o = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.norm = nn.LayerNorm(width)
        slopes = 1.0 / 2 ** (torch.arange(1, heads + 1).float() * 8 / heads)
        bias = torch.arange(1 - steps, 1, dtype=torch.int32).view(1, 1, 1, steps)
        if both:
            bias = -(bias - bias.view(1, 1, steps, 1)).abs()
        self.register_buffer("bias", bias * slopes.view(1, heads, 1, 1))
        self.register_buffer("mask", causal(steps))

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = self.qkv(self.norm(x)).chunk(3, 2)
        q = q.view(n, t, self.heads, self.d).permute(0, 2, 1, 3)
        k = k.view(n, t, self.heads, self.d).permute(0, 2, 3, 1)
        v = v.view(n, t, self.heads, self.d).permute(0, 2, 1, 3)
        a = q.matmul(k) * (1 / math.sqrt(self.d)) + self.bias.to(x.dtype)
        if not self.both:
            a = a.masked_fill(self.mask.view(1, 1, t, t), torch.finfo(torch.float32).min)
        return x + self.o(torch.softmax(a, -1).matmul(v).permute(0, 2, 1, 3).flatten(2))


class Bloom(nn.Module):
    """ALiBi as BLOOM has it: slope · j, added to the product before a mask that is added too, heads and features of q, k, v side by side."""

    def __init__(self, width=12, heads=3, steps=5):
        super().__init__()
        self.heads, self.d = heads, width // heads
        self.qkv, self.o = nn.Linear(width, 3 * width), nn.Linear(width, width)
        slopes = torch.tensor([2.0 ** -2, 2.0 ** -8, 2.0 ** -1])
        self.register_buffer("alibi", slopes[:, None, None] * torch.arange(steps).float()[None, None])
        self.register_buffer("mask", causal(steps))

    def forward(self, x):
        n, t, _ = x.shape
        qkv = self.qkv(x).view(n, t, self.heads, 3, self.d)
        q, k, v = qkv[..., 0, :].transpose(1, 2), qkv[..., 1, :].permute(0, 2, 3, 1), qkv[..., 2, :].transpose(1, 2)
        a = self.alibi.to(x.dtype) + (1 / math.sqrt(self.d)) * torch.matmul(q, k)
        a = a.masked_fill(self.mask, torch.finfo(torch.float32).min)
        return self.o(torch.matmul(F.softmax(a, -1), v).transpose(1, 2).reshape(n, t, -1))


def local(t, reach):
    i, j = torch.arange(t)[:, None], torch.arange(t)[None, :]
    return torch.zeros(t, t).masked_fill((i - j).abs() >= reach, float("-inf"))


class Longformer(nn.Module):
    """A window on both sides, as a mask of nn.MultiheadAttention."""

    def __init__(self, steps=7, reach=3):
        super().__init__()
        self.a = nn.MultiheadAttention(8, 2, batch_first=True)
        self.register_buffer("mask", local(steps, reach))

    def forward(self, x):
        return self.a(x, x, x, need_weights=False, attn_mask=self.mask.to(x.dtype))[0]


def add(case, randn):
    case("positions_llama", Llama(), randn(2, 6, 16))
    case("positions_llama_multi_query", Llama(kv=1, theta=1000000.0), randn(2, 6, 16))
    case("positions_llama_ids", LlamaOfPositions(), randn(2, 6, 16))
    case("positions_llama_long", Llama(width=8, heads=2, steps=128), randn(1, 128, 8))
    case("positions_mistral", Llama(window=3), randn(2, 6, 16))
    case("positions_neox", NeoX(), randn(2, 5, 16))
    case("positions_gptj", GptJ(), randn(2, 5, 12))
    case("positions_complex", Complex(), randn(2, 4, 8))
    case("positions_mpt", Mpt(), randn(2, 6, 16))
    case("positions_alibi_both_sides", Mpt(both=True), randn(2, 6, 16))
    case("positions_bloom", Bloom(), randn(2, 5, 12))
    case("positions_window", Longformer(), randn(2, 7, 8))
