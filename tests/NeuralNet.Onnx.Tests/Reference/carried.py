#!/usr/bin/env python3
"""Makes carried_*.onnx with PyTorch 1.13: models whose first states, or the lengths of whose rows, are inputs.

CarriedReferenceTests compares what the library makes of them with ONNX Runtime. The same version gives the same bytes.
"""
import warnings

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

warnings.filterwarnings("ignore")


class Tagger(nn.Module):
    """A vector for each step, and the state for the next call."""

    def __init__(self, kind, batch_first):
        super().__init__()
        self.r = kind(3, 4, num_layers=2, batch_first=batch_first)
        self.last = nn.Linear(4, 2)
        self.is_lstm = kind is nn.LSTM

    def forward(self, x, h0, c0=None):
        y, state = self.r(x, (h0, c0) if self.is_lstm else h0)
        return (self.last(y), *state) if self.is_lstm else (self.last(y), state)


class Reader(nn.Module):
    """Rows of different lengths, in both directions."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 3)
        self.r = nn.LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True)
        self.last = nn.Linear(8, 2)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.table(ids), lengths, batch_first=True, enforce_sorted=True)
        y, (h, _) = self.r(packed)
        y, _ = pad_packed_sequence(y, batch_first=True)
        return y, self.last(torch.cat([h[-2], h[-1]], 1))


torch.manual_seed(1)
for name, kind in {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}.items():
    is_lstm = kind is nn.LSTM
    states = [torch.zeros(2, 3, 4)] * (2 if is_lstm else 1)
    inputs, outputs = ["x", "h0", "c0"][: 1 + len(states)], ["y", "hn", "cn"][: 1 + len(states)]
    torch.onnx.export(
        Tagger(kind, True).eval(), (torch.randn(3, 5, 3), *states), f"carried_{name}.onnx", opset_version=15, input_names=inputs, output_names=outputs,
        dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}} | {n: {1: "batch"} for n in inputs[1:] + outputs[1:]})
torch.onnx.export(
    Tagger(nn.LSTM, False).eval(), (torch.randn(1, 1, 3), torch.zeros(2, 1, 4), torch.zeros(2, 1, 4)), "carried_one_row.onnx", opset_version=15,
    input_names=["x", "h0", "c0"], output_names=["y", "hn", "cn"])

# Of one row: the exporter writes how many there are into the first states, which are 0, and one is repeated for each.
torch.onnx.export(
    Reader().eval(), (torch.randint(0, 10, (1, 5)), torch.tensor([5])), "carried_lengths.onnx", opset_version=15, input_names=["ids", "lengths"],
    output_names=["y", "last"], dynamic_axes={"ids": {0: "batch"}, "lengths": {0: "batch"}, "y": {0: "batch"}, "last": {0: "batch"}})
