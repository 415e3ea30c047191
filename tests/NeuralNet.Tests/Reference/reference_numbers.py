"""What the reference scripts share: inputs that are float32, and JSON with the digits that the tests need."""

import json
import math
import os

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))

def single(values):
    """Rounds to float32 and gives the result back as float64: what NeuralNet is given, exactly."""
    return torch.tensor(np.asarray(values, dtype=np.float32).astype(np.float64))


def drawn(seed, *shape, scale=1.0, digits=3):
    """Random inputs in (-scale, scale) with few decimal digits, so that the files stay small."""
    values = np.random.RandomState(seed).uniform(-scale, scale, shape)
    return single(np.round(values, digits))


def text(value, form):
    if value is None:
        return "null"
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    return form(value)


def listed(tensor, form):
    return "[" + ",".join(text(value, form) for value in np.asarray(tensor, dtype=object).reshape(-1)) + "]"


def inputs(tensor):
    def form(value):
        shortest = str(np.float32(value))
        return shortest[:-2] if shortest.endswith(".0") else shortest
    return Raw(listed(tensor, form))


def results(tensor, digits=9):
    return Raw(listed(tensor, lambda value: "0" if value == 0 else f"%.{digits}g" % value))


class Raw:
    """JSON that is written already."""

    def __init__(self, json_text):
        self.json_text = json_text


def write(name, content):
    def encode(value, indent):
        if isinstance(value, Raw):
            return value.json_text
        pad = " " * (indent + 1)
        if isinstance(value, dict):
            return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {encode(v, indent + 1)}" for k, v in value.items()) + "\n" + " " * indent + "}"
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n" + ",\n".join(pad + encode(v, indent + 1) for v in value) + "\n" + " " * indent + "]"
        return json.dumps(value)

    with open(os.path.join(HERE, name), "w", encoding="ascii", newline="\n") as file:
        file.write(encode(content, 0) + "\n")
