"""Networks with tied blocks: PyTorch has one parameter in two places, and adds up both gradients by itself."""

import torch

from reference_divergences import DIVERGENCES, one_hot, weighted_mean
from reference_numbers import drawn, inputs, results, write, Raw
from torch_gpt import Gpt


def language_model(seed, rows=6, steps=5, vocabulary=11, width=6):
    """Embedding, a dense layer with tanh, and a softmax whose matrix is the embedding's table, transposed."""
    ids = torch.floor((drawn(seed, rows, steps) + 1) / 2 * vocabulary)
    embedding, output = torch.nn.Embedding(vocabulary, width), torch.nn.Linear(width, vocabulary)
    hidden = torch.nn.Linear(width, width)
    output.weight = embedding.weight
    with torch.no_grad():
        embedding.weight.copy_(drawn(seed + 1, vocabulary, width))
        hidden.weight.copy_(drawn(seed + 2, width, width).T)
        hidden.bias.copy_(drawn(seed + 3, width, scale=0.3))
        output.bias.copy_(drawn(seed + 4, vocabulary, scale=0.3))
    y = torch.softmax(output(torch.tanh(hidden(embedding(ids.long())))), -1).reshape(-1, vocabulary)
    d = one_hot(seed + 5, rows * steps, vocabulary)
    value = weighted_mean(DIVERGENCES["CrossEntropy"](y, d), None)
    return "language model", rows, ids, d, [(embedding.weight, False), (hidden.weight, True), (hidden.bias, False), (output.bias, False)], value


def twice(seed, rows=9, n=5):
    """One layer twice, and a third whose matrix is that of the first two, transposed."""
    x, d = drawn(seed, rows, n, scale=2), drawn(seed + 1, rows, n)
    u, last = torch.nn.Linear(n, n), drawn(seed + 4, n, scale=0.3).requires_grad_()
    with torch.no_grad():
        u.weight.copy_(drawn(seed + 2, n, n).T)
        u.bias.copy_(drawn(seed + 3, n, scale=0.3))
    h = torch.sigmoid(u(torch.tanh(u(x))))
    y = torch.nn.functional.linear(h, u.weight.T, last)
    value = weighted_mean(DIVERGENCES["L2"](y, d), None)
    return "as it is and transposed", rows, x, d, [(u.weight, True), (u.bias, False), (last, False)], value


def gpt(seed, bias, rows=4, steps=6, vocabulary=11):
    """A whole GPT-2 of two blocks, whose last matrix is the table of the ids."""
    model = Gpt(vocabulary, steps, width=8, heads=2, layers=2, bias=bias)
    with torch.no_grad():
        for k, parameter in enumerate(model.parameters()):
            parameter.copy_(drawn(seed + k, *parameter.shape) / (1 if parameter.dim() == 2 else 4) + (parameter == 1))
            parameter.copy_(parameter.float())
    ids = torch.floor((drawn(seed + 50, rows, steps) + 1) / 2 * vocabulary)
    y = torch.softmax(model(ids.long()), -1).reshape(-1, vocabulary)
    d = one_hot(seed + 51, rows * steps, vocabulary)
    value = weighted_mean(DIVERGENCES["CrossEntropy"](y, d), None)
    whole = model.transformer
    parameters = [(whole.wte.weight, False), (whole.wpe.weight, False)]
    parameters += [(p, p.dim() == 2) for p in [*whole.h.parameters(), *whole.ln_f.parameters()]]
    return "GPT" if bias else "GPT without biases", rows, ids, d, parameters, value


def flat(tensors):
    """One list of all values; of what PyTorch keeps as [outputs, inputs] the transpose."""
    return torch.cat([(tensor.T if turned else tensor).reshape(-1) for tensor, turned in tensors])


def ties():
    cases = []
    for name, rows, x, d, parameters, value in (language_model(9000), twice(9100), gpt(9200, True), gpt(9300, False)):
        value.backward()
        cases.append({"name": name, "rows": rows, "x": inputs(x), "d": inputs(d), "parameters": inputs(flat([(p.detach(), turned) for p, turned in parameters])),
                      "value": Raw("%.12g" % value.item()), "gradient": results(flat([(p.grad, turned) for p, turned in parameters]))})
    write("ties.json", {"cases": cases})
