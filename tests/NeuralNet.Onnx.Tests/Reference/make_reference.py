#!/usr/bin/env python3
"""Makes the ONNX files of this folder with PyTorch, and reference.json with inputs and outputs.

Outputs are computed in float64 from the float32 weights and inputs, and rounded to float32. Needs torch alone (1.13 made the
committed files; another version spells some graphs in another way, and random weights may differ, so regenerating with it
gives files that are different but as good). The same version gives the same bytes.
"""
import copy
import json
import math
import os
import sys
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

import images
import positions

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../NeuralNet.Tests/Reference"))
import torch_gpt

warnings.filterwarnings("ignore")
cases = {}


def case(name, model, *inputs, opset=15, fixed=False, axis=0, keeps_norms=False):
    model.eval()
    dynamic = None if fixed else {f"x{k}": {axis: "batch"} for k in range(len(inputs))} | {"y": {axis: "batch"}}
    torch.onnx.export(
        model, inputs if len(inputs) > 1 else inputs[0], f"{name}.onnx", opset_version=opset, dynamic_axes=dynamic,
        input_names=[f"x{k}" for k in range(len(inputs))], output_names=["y"],
        training=torch.onnx.TrainingMode.PRESERVE if keeps_norms else torch.onnx.TrainingMode.EVAL)  # EVAL folds them into convolutions
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        y = exact(*[x.double() if x.is_floating_point() else x for x in inputs])
    rows = inputs[0].shape[axis]
    side = torch.cat([x.float().transpose(0, axis).reshape(rows, -1) for x in inputs], 1)
    cases[name] = {
        "rows": rows,
        "inputs": [float(v) for v in side.flatten()],
        "outputs": [float(v) for v in y.float().transpose(0, axis).flatten()] if y.dim() > axis else [float(v) for v in y.float().flatten()],
        "names": [f"x{k}" for k in range(len(inputs))],
        "shapes": [list(x.shape) for x in inputs],
        "ids": [not x.is_floating_point() for x in inputs],
    }


class Of(nn.Module):
    """A function with the modules that it uses."""

    def __init__(self, function, **modules):
        super().__init__()
        self.function = function
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, *x):
        return self.function(self, *x)


def randn(*shape):
    return torch.randn(*shape)


def rms(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)


torch.manual_seed(1)
case("mlp", nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Dropout(0.3), nn.Linear(6, 3), nn.Softmax(-1)), randn(4, 5))
case("mlp_fixed", nn.Sequential(nn.Linear(5, 8), nn.Sigmoid(), nn.Linear(8, 3), nn.LogSoftmax(1)), randn(1, 5), fixed=True)
case("mlp_opset7", nn.Sequential(nn.Linear(5, 4), nn.LeakyReLU(0.2), nn.Linear(4, 2, bias=False), nn.Softmax(1)), randn(3, 5), opset=7)
case("mlp_opset9", nn.Sequential(nn.Linear(5, 4), nn.ELU(0.7), nn.Linear(4, 2), nn.Hardtanh(-0.5, 0.75)), randn(3, 5), opset=9)
case("mlp_opset17", nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4), nn.ReLU6(), nn.Linear(4, 2)), randn(3, 5), opset=17)
case("dense_steps", nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 2)), randn(2, 5, 3))
for name, activation in {
    "mish": nn.Mish(), "silu": nn.SiLU(), "gelu": nn.GELU(), "gelu_tanh": nn.GELU(approximate="tanh"), "celu": nn.CELU(1.5), "selu": nn.SELU(), "softplus": nn.Softplus(),
    "softsign": nn.Softsign(), "hardswish": nn.Hardswish(), "hardsigmoid": nn.Hardsigmoid(), "logsigmoid": nn.LogSigmoid(), "prelu": nn.PReLU(6),
    "prelu_one": nn.PReLU(), "glu": nn.GLU(),
}.items():
    case(f"act_{name}", nn.Sequential(nn.Linear(4, 6), activation, nn.Linear(3 if name == "glu" else 6, 3)), 2 * randn(3, 4))
case("act_sin", Of(lambda m, x: torch.sin(30 * m.linear(x)), linear=nn.Linear(2, 3)), randn(3, 2))
case("act_abs", Of(lambda m, x: torch.abs(m.linear(x)), linear=nn.Linear(2, 3)), randn(3, 2))
case("softmax_temperature", Of(lambda m, x: torch.softmax(m.linear(x) / 2.5, -1), linear=nn.Linear(4, 3)), randn(3, 4))
case("normalize", Of(lambda m, x: F.normalize(m.linear(x), dim=-1), linear=nn.Linear(4, 3)), randn(3, 4))
case("layernorm", nn.Sequential(nn.Linear(5, 6), nn.LayerNorm(6, eps=1e-3), nn.Linear(6, 2)), randn(3, 5))
case("rmsnorm", Of(lambda m, x: m.last(rms(m.first(x))), first=nn.Linear(5, 6), last=nn.Linear(6, 2)), randn(3, 5))
case("batchnorm", nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2)), randn(4, 4))
case("residual", Of(lambda m, x: (lambda h: m.last(h + m.b(torch.relu(m.a(h)))))(m.first(x)), first=nn.Linear(4, 5), a=nn.Linear(5, 7), b=nn.Linear(7, 5), last=nn.Linear(5, 2)), randn(3, 4))
case("dense_net", Of(lambda m, x: m.b(torch.cat([x, torch.relu(m.a(x))], 1)), a=nn.Linear(4, 3), b=nn.Linear(7, 2)), randn(3, 4))
case("gated", Of(lambda m, x: m.a(x) * torch.sigmoid(m.b(x)), a=nn.Linear(4, 3), b=nn.Linear(4, 3)), randn(3, 4))
case("two_inputs", Of(lambda m, x, z: m.last(torch.cat([torch.relu(m.a(x)), m.b(z)], 1)), a=nn.Linear(3, 4), b=nn.Linear(2, 3), last=nn.Linear(7, 2)), randn(3, 3), randn(3, 2))
case("scaled_input", Of(lambda m, x: m.linear((x - 0.5) / 0.25), linear=nn.Linear(4, 3)), randn(3, 4))
case("flatten", nn.Sequential(nn.Flatten(), nn.Linear(12, 3)), randn(2, 4, 3))
case("embedding_mean", Of(lambda m, x: m.linear(m.table(x).mean(1)), table=nn.Embedding(11, 6), linear=nn.Linear(6, 3)), torch.randint(0, 11, (3, 5)))
case("embedding_max", Of(lambda m, x: m.linear(m.table(x).max(1)[0]), table=nn.Embedding(11, 6), linear=nn.Linear(6, 3)), torch.randint(0, 11, (3, 5)))
for name, kind in {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}.items():
    case(f"{name}_all", Of(lambda m, x: m.r(x)[0], r=kind(3, 4, batch_first=True)), randn(2, 5, 3))
    case(f"{name}_last", Of(lambda m, x: m.last(m.r(x)[0][:, -1]), r=kind(3, 4, batch_first=True), last=nn.Linear(4, 2)), randn(2, 5, 3))
    case(f"{name}_two_way", Of(lambda m, x: m.r(x)[0], r=kind(3, 4, batch_first=True, bidirectional=True, num_layers=2)), randn(2, 5, 3))
    case(f"{name}_one_row", Of(lambda m, x: m.r(x)[0], r=kind(3, 4, batch_first=True)), randn(1, 5, 3), fixed=True)
case("lstm_steps_first", Of(lambda m, x: m.r(x)[0], r=nn.LSTM(3, 4)), randn(5, 2, 3), axis=1)
case("lstm_state", Of(lambda m, x: m.last(m.r(x)[1][0][-1]), r=nn.LSTM(3, 4, batch_first=True), last=nn.Linear(4, 2)), randn(2, 5, 3))
case("rnn_relu", Of(lambda m, x: m.r(x)[0], r=nn.RNN(3, 4, nonlinearity="relu", batch_first=True)), randn(2, 5, 3))
for name, options in {"attention": {}, "attention_fixed": {"fixed": True}}.items():
    case(name, Of(lambda m, x: m.a(x, x, x, need_weights=False)[0], a=nn.MultiheadAttention(6, 2, batch_first=True)), randn(1 if options else 2, 4, 6), **options)
mask = torch.triu(torch.full((4, 4), float("-inf")), 1)
case("attention_causal", Of(lambda m, x: m.a(x, x, x, need_weights=False, attn_mask=mask.to(x.dtype))[0], a=nn.MultiheadAttention(6, 3, batch_first=True)), randn(2, 4, 6))


class OwnAttention(nn.Module):
    """As people write it themselves: one projection, heads by view and transpose."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(6, 18), nn.Linear(6, 6)

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = (part.view(n, t, 2, 3).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        a = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(3), -1)
        return self.out((a @ v).transpose(1, 2).reshape(n, t, 6))


case("attention_own", OwnAttention(), randn(2, 4, 6))
case("transformer", Of(
    lambda m, x: m.last(m.block(x).mean(1)), block=nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, activation="gelu"), last=nn.Linear(6, 2)), randn(2, 4, 6))
case("transformer_pre", Of(
    lambda m, x: m.block(x), block=nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, norm_first=True)), randn(1, 4, 6), fixed=True)

images.add(case, Of, randn)


class Bert(nn.Module):
    """An encoder as of Hugging Face: embeddings of words, places and kinds, two layers whose attention is masked by a factor of -10000, and the first
    place through a pooler."""

    def __init__(self, width=8, heads=2, steps=6, words=13):
        super().__init__()
        self.heads, self.steps = heads, steps
        self.words, self.places, self.kinds = nn.Embedding(words, width), nn.Embedding(steps, width), nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList([nn.ModuleDict({
            "q": nn.Linear(width, width), "k": nn.Linear(width, width), "v": nn.Linear(width, width), "o": nn.Linear(width, width),
            "norm1": nn.LayerNorm(width, eps=1e-12), "up": nn.Linear(width, 2 * width), "down": nn.Linear(2 * width, width),
            "norm2": nn.LayerNorm(width, eps=1e-12)}) for _ in range(2)])
        self.pooler, self.classes = nn.Linear(width, width), nn.Linear(width, 3)

    def heads_of(self, x):
        return x.view(x.size()[:-1] + (self.heads, x.size(-1) // self.heads)).permute(0, 2, 1, 3)

    def forward(self, ids, mask):
        places = torch.arange(self.steps).unsqueeze(0)
        h = self.norm(self.words(ids) + self.places(places) + self.kinds(torch.zeros_like(places)))
        added = (1.0 - mask[:, None, None, :].to(h.dtype)) * -10000.0
        for one in self.layers:
            q, k, v = self.heads_of(one["q"](h)), self.heads_of(one["k"](h)), self.heads_of(one["v"](h))
            scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(q.size(-1)) + added
            context = torch.matmul(F.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous()
            context = context.view(context.size()[:-2] + (h.size(-1),))
            h = one["norm1"](one["o"](context) + h)
            h = one["norm2"](one["down"](F.gelu(one["up"](h))) + h)
        return self.classes(torch.tanh(self.pooler(h[:, 0])))


case("bert", Bert(), torch.randint(0, 13, (3, 6)), torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0]]))
positions.add(case, randn)


def gpt(model):
    for parameter in model.parameters():
        parameter.data = randn(*parameter.shape) * 0.3 + (parameter == 1)
    return model


case("gpt", gpt(torch_gpt.Gpt()), torch.randint(0, 11, (3, 6)))
case("gpt_bare", gpt(torch_gpt.Gpt(bias=False)), torch.randint(0, 11, (3, 6)), opset=17)
case("gpt_hub", gpt(torch_gpt.hub()), torch.randint(0, 11, (3, 6)))

with open("reference.json", "w", encoding="ascii") as file:
    json.dump(cases, file, indent=0, sort_keys=True)
    file.write("\n")
