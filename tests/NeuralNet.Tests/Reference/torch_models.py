"""The PyTorch side of the files that the tests exchange: small models as people write them, by name.

MODELS has for each name (a function that makes the module, the shape of an input row, how many ids there are or 0). A
network of .NET has the same name in TorchNetwork.cs, with the rules that make its names of the module's.
"""

import torch
from torch import nn

from torch_gpt import Gpt, hub


class Sequence(nn.Module):
    """The outputs of a recurrent module, without its last state."""

    def forward(self, result):
        return result[0]


class LastStep(nn.Module):
    def forward(self, x):
        return x[:, -1]


class Residual(nn.Sequential):
    """The identity and F, numbered as NeuralNet numbers its branches: x + F(x)."""

    def forward(self, x):
        return self[0](x) + self[1](x)


class Reader(nn.Module):
    """Ids, a vector for each, one for its place, both directions of an LSTM, and classes of the mean."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4, padding_idx=2)
        self.positions = nn.Embedding(6, 4)
        self.lstm = nn.LSTM(4, 5, bidirectional=True, batch_first=True)
        self.head = nn.Linear(10, 3)

    def forward(self, ids):
        x = self.embedding(ids) + self.positions(torch.arange(ids.shape[1]))
        return torch.softmax(self.head(self.lstm(x)[0].mean(1)), -1)


class Tied(nn.Module):
    """A small language model: the table of the embedding is also the matrix of the last layer, under a second name."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.hidden = nn.Linear(4, 4)
        self.output = nn.Linear(4, 9)
        self.output.weight = self.embedding.weight

    def forward(self, ids):
        return torch.softmax(self.output(torch.tanh(self.hidden(self.embedding(ids)))), -1)


class SelfAttention(nn.Module):
    def __init__(self, width, heads, bias=True, causal=False):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, bias=bias, batch_first=True)
        self.causal = causal

    def forward(self, x):
        mask = torch.triu(torch.ones(x.shape[1], x.shape[1], dtype=torch.bool), 1) if self.causal else None
        return self.attention(x, x, x, attn_mask=mask, need_weights=False)[0]


class CrossAttention(nn.Module):
    """Queries and memory lie in one row, one behind the other."""

    def __init__(self, queries, memory, heads, bias=True):
        super().__init__()
        self.queries, self.memory = queries, memory
        self.attention = nn.MultiheadAttention(queries[1], heads, bias=bias, kdim=memory[1], vdim=memory[1], batch_first=True)

    def forward(self, row):
        size = self.queries[0] * self.queries[1]
        q, m = row[:, :size].reshape(-1, *self.queries), row[:, size:].reshape(-1, *self.memory)
        return self.attention(q, m, m, need_weights=False)[0]


class ChannelsFirst(nn.Module):
    """Images of .NET, whose channels lie last, as PyTorch has them."""

    def forward(self, x):
        return x.permute(0, 3, 1, 2)


class ChannelsLast(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1)


class Beside(nn.ModuleList):
    """The outputs of several modules side by side."""

    def forward(self, x):
        return torch.cat([module(x) for module in self], 1)


def image():
    return nn.Sequential(ChannelsFirst(), nn.PReLU(3), nn.Flatten(), nn.Dropout(0.2), nn.Linear(24, 5), nn.Tanh(), nn.Linear(5, 2))


def image_of_image():
    """Everything between a flattened image and one that is made of features: gains, slopes, a residual block, rows and columns."""
    return nn.Sequential(
        ChannelsFirst(), nn.Flatten(), nn.LayerNorm(24), nn.PReLU(24), Residual(nn.Identity(), nn.Sequential(nn.Linear(24, 7), nn.Tanh(), nn.Linear(7, 24))),
        nn.Sigmoid(), nn.Linear(24, 12), nn.Softmax(-1), nn.LayerNorm(12), nn.Unflatten(1, (2, 2, 3)), nn.PReLU(2), ChannelsLast())


def images_beside():
    return nn.Sequential(
        ChannelsFirst(), Beside([nn.Sequential(nn.Flatten(), nn.PReLU(24)), nn.Sequential(nn.Flatten(), nn.Linear(24, 4))]), nn.ReLU(), nn.Linear(28, 3))


def pixels():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 2), nn.Softmax(-1))


def convolutions():
    """A window of other height than width, groups, one window for each channel, a transposed one; behind the flattened image a dense layer."""
    return nn.Sequential(
        ChannelsFirst(), nn.Conv2d(2, 6, (3, 2), stride=(2, 1), padding=1), nn.ReLU(), nn.Conv2d(6, 4, 2, groups=2, bias=False), nn.Tanh(),
        nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.ConvTranspose2d(4, 6, (2, 3), stride=2, padding=(0, 1), output_padding=1, groups=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(6 * 5 * 12, 3))


class StepsFirst(nn.Module):
    """Sequences of .NET, whose features lie last, as PyTorch's convolutions have them, and back."""

    def forward(self, x):
        return x.transpose(1, 2)


class Causal(nn.Conv1d):
    def forward(self, x):
        return super().forward(nn.functional.pad(x, ((self.kernel_size[0] - 1) * self.dilation[0], 0)))


def signals():
    return nn.Sequential(
        StepsFirst(), nn.Conv1d(3, 6, 3, padding=1), nn.ReLU(), Causal(6, 4, 2, dilation=2, groups=2), nn.Tanh(),
        nn.ConvTranspose1d(4, 2, 3, stride=2), StepsFirst())
def image_normed():
    """Norms of an image and, in PyTorch's order of its features, of what has been flattened; with running statistics, and a count of batches."""
    return nn.Sequential(
        ChannelsFirst(), nn.BatchNorm2d(4), nn.ReLU(), nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True), nn.Dropout2d(0.2), nn.Flatten(),
        nn.BatchNorm1d(24), nn.Tanh(), nn.Linear(24, 5), nn.BatchNorm1d(5, affine=False), nn.Linear(5, 3))


def lenet():
    return nn.Sequential(
        ChannelsFirst(), nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10), nn.Softmax(-1))


def conv_norm(channels, filters, stride, relu=True):
    return [nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters)] + ([nn.ReLU()] if relu else [])


def resnet():
    """A small residual network: a block that keeps the image, and one of half the size whose shortcut is a convolution."""
    keep = Residual(nn.Identity(), nn.Sequential(*conv_norm(4, 4, 1), *conv_norm(4, 4, 1, relu=False)))
    halve = Residual(nn.Sequential(nn.Conv2d(4, 8, 1, 2, bias=False), nn.BatchNorm2d(8)), nn.Sequential(*conv_norm(4, 8, 2), *conv_norm(8, 8, 1, relu=False)))
    return nn.Sequential(
        ChannelsFirst(), *conv_norm(3, 4, 1), keep, nn.ReLU(), halve, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5), nn.Softmax(-1))


def perceptron():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 7), nn.Tanh(), nn.Linear(7, 3), nn.Softmax(-1))


def normed():
    return nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.PReLU(8), nn.Linear(8, 10, bias=False), nn.GLU(), nn.LayerNorm(5, eps=0.01), nn.PReLU(),
                         nn.Linear(5, 6), nn.GELU(), Residual(nn.Identity(), nn.Sequential(nn.Linear(6, 4), nn.SiLU(), nn.Linear(4, 6))), nn.LogSoftmax(-1))


def recurrent(module, **options):
    return lambda: nn.Sequential(module(4, 5, batch_first=True, **options), Sequence())


def classified(module):
    return lambda: nn.Sequential(module(4, 5, batch_first=True), Sequence(), LastStep(), nn.Linear(5, 3))


def encoder(**options):
    return lambda: nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, **options)


class CausalEncoder(nn.TransformerEncoderLayer):
    """No step sees a later one: with norms first, this is a block of GPT-2 under other names."""

    def forward(self, x):
        return super().forward(x, torch.triu(torch.ones(x.shape[1], x.shape[1], dtype=torch.bool), 1))


def causal_encoder():
    return CausalEncoder(8, 2, 12, batch_first=True, norm_first=True, activation="gelu")


MODELS = {
    "perceptron": (perceptron, (6,), 0),
    "normed": (normed, (6,), 0),
    "half": (perceptron, (6,), 0),
    "bfloat16": (perceptron, (6,), 0),
    "double": (perceptron, (6,), 0),
    "rnn": (recurrent(nn.RNN), (6, 4), 0),
    "rnn-relu": (recurrent(nn.RNN, nonlinearity="relu"), (6, 4), 0),
    "lstm": (recurrent(nn.LSTM), (6, 4), 0),
    "gru": (recurrent(nn.GRU), (6, 4), 0),
    "lstm-last": (classified(nn.LSTM), (6, 4), 0),
    "gru-last": (classified(nn.GRU), (6, 4), 0),
    "lstm-stacked": (recurrent(nn.LSTM, num_layers=2), (6, 4), 0),
    "gru-stacked": (recurrent(nn.GRU, num_layers=2), (6, 4), 0),
    "rnn-both": (recurrent(nn.RNN, bidirectional=True), (6, 4), 0),
    "gru-both": (recurrent(nn.GRU, bidirectional=True), (6, 4), 0),
    "reader": (Reader, (6,), 9),
    "attention": (lambda: SelfAttention(6, 3), (5, 6), 0),
    "attention-causal": (lambda: SelfAttention(6, 2, bias=False, causal=True), (5, 6), 0),
    "cross": (lambda: CrossAttention((2, 6), (4, 6), 3), (36,), 0),
    "cross-other": (lambda: CrossAttention((2, 6), (4, 3), 2), (24,), 0),
    "cross-bare": (lambda: CrossAttention((3, 4), (2, 1), 4, bias=False), (14,), 0),
    "encoder-first": (encoder(norm_first=True, activation="gelu"), (5, 8), 0),
    "encoder": (encoder(), (5, 8), 0),
    "tied": (Tied, (6,), 9),
    "image": (image, (2, 4, 3), 0),
    "image-of-image": (image_of_image, (4, 2, 3), 0),
    "images-beside": (images_beside, (2, 4, 3), 0),
    "pixels": (pixels, (2, 4, 3), 0),
    "convolutions": (convolutions, (5, 6, 2), 0),
    "signals": (signals, (7, 3), 0),
    "lenet": (lenet, (28, 28, 1), 0),
    "resnet": (resnet, (9, 8, 3), 0),
    "image-normed": (image_normed, (2, 3, 4), 0),
    "encoder-causal": (causal_encoder, (5, 8), 0),
    "gpt": (Gpt, (6,), 11),
    "gpt-bare": (lambda: Gpt(bias=False), (6,), 11),
    "gpt-hub": (hub, (6,), 11),
}

# What a file holds, where it is not float32.
TYPES = {"half": torch.float16, "bfloat16": torch.bfloat16, "double": torch.float64}


def outputs(name, module, rows):
    """What the module answers to rows of float inputs, in float64."""
    _, shape, ids = MODELS[name]
    x = rows.reshape(-1, *shape)
    module = module.double().eval()
    return module(x.long() if ids else x.double()).detach().reshape(-1)
