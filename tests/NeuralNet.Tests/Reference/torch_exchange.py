"""What TorchExchangeTests asks PyTorch: python3 torch_exchange.py FOLDER.

FOLDER/exchange.json has for each name of torch_models.py the rules that make the names of a file of .NET's of those of the
module. NAME.net.safetensors, which .NET has saved, is loaded into the module, which answers NAME.inputs in
NAME.net.outputs; then a module that PyTorch has initialized is saved as NAME.torch.safetensors, with its answers in
NAME.torch.outputs. Inputs are float32, outputs float64.
"""

import json
import os
import re
import sys

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from torch_models import MODELS, TYPES, outputs


def renamed(name, rules):
    """The name of a tensor in a file of .NET's; None: it has none there."""
    for old, new in rules:
        found = re.match(re.escape(old).replace(r"\{k\}", "([0-9]+)"), name)
        if found and (old.endswith(".") or found.end() == len(name)):
            def term(match):
                return str(int(match[1] or 1) * int(found[1]) + int(match[2] or 0))
            return None if new is None else re.sub(r"\{(\d*)k([+-]\d+)?\}", term, new) + name[found.end():]
    return name


def tensor_of(name, tensors):
    """Takes a tensor out of the file's; with .T behind its name the file of PyTorch's has it transposed."""
    turned = name is not None and name.endswith(".T")
    value = tensors.pop(name[:-2] if turned else name, None)
    return value.T if turned and value is not None else value


def exchange(folder, name, rules):
    path = os.path.join(folder, name)
    rows = torch.from_numpy(np.fromfile(path + ".inputs", "<f4"))

    module, tensors = MODELS[name][0](), load_file(path + ".net.safetensors")
    # A tied parameter has two names in the module, and one of them in the file.
    state = {key: tensor_of(renamed(key, rules), tensors) for key in module.state_dict()}
    state = {key: value for key, value in state.items() if value is not None}
    loaded = {module.state_dict()[key].data_ptr() for key in state}
    missing = [key for key, value in module.state_dict().items()
               if value.data_ptr() not in loaded and renamed(key, rules) is not None and not key.endswith("num_batches_tracked")]
    assert not tensors and not missing, f"{name}: {list(tensors)} are not in the module, {missing} not in the file"
    module.load_state_dict(state, strict=False)
    outputs(name, module, rows).numpy().tofile(path + ".net.outputs")

    torch.manual_seed(1)
    module = MODELS[name][0]().to(TYPES.get(name, torch.float32))
    save_file({key: value.clone() for key, value in module.state_dict().items()}, path + ".torch.safetensors")
    outputs(name, module, rows).numpy().tofile(path + ".torch.outputs")


if __name__ == "__main__":
    with open(os.path.join(sys.argv[1], "exchange.json"), encoding="utf-8") as file:
        for model, its_rules in json.load(file).items():
            exchange(sys.argv[1], model, its_rules)
