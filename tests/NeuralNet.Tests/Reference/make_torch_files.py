"""Makes TorchFiles: weights that PyTorch has saved, and what it answers with them, for tests that need no Python.

    python3 make_torch_files.py

Every module of torch_models.py gets weights of a few decimal digits and is saved as TorchFiles/NAME.safetensors, with
the bytes that safetensors.torch.save_file writes. TorchFiles/answers.json has inputs for each, and the outputs computed
from the saved weights in float64. Made with the versions that make_reference.py names; running it again gives the same bytes.
"""

import os
import sys

import numpy as np
import torch

from reference_numbers import HERE, drawn, inputs, results, write
from torch_models import MODELS, TYPES, outputs

sys.path.insert(0, os.path.join(HERE, "python"))
from safetensors.torch import save_file

ROWS = 3


def case(name, seed):
    make, shape, ids = MODELS[name]
    module, dtype = make(), TYPES.get(name, torch.float32)
    padding = getattr(module.embedding, "padding_idx", None) if hasattr(module, "embedding") else None
    state, shared = {}, {}
    for k, (key, value) in enumerate(module.state_dict().items()):
        # Thirds have more digits than a float: of a file in float64 something is left to be rounded. What has two names has one value.
        first = shared.setdefault(value.data_ptr(), k)
        if key.endswith(("attn.bias", "masked_bias")) and value.dim() != 1:
            state[key] = value  # a mask, and what stands for its absence
            continue
        state[key] = (drawn(seed + first, *value.shape) / (3 if dtype == torch.float64 else 1)).to(dtype)
        if key.endswith("running_var"):
            state[key] = state[key].abs() + 1
        if key.endswith("num_batches_tracked"):
            state[key] = torch.tensor(7 + k)
        if padding is not None and key == "embedding.weight":
            state[key][padding] = 0  # as nn.Embedding begins, and keeps it
    save_file(state, os.path.join(HERE, "TorchFiles", name + ".safetensors"))
    module.double().load_state_dict({key: value.double() if value.is_floating_point() else value for key, value in state.items()})
    size = int(np.prod(shape))
    x = torch.tensor(np.random.RandomState(seed).randint(0, ids, (ROWS, size))) if ids else drawn(seed + 50, ROWS, size, scale=2, digits=2)
    if padding is not None:
        x[0, 1] = padding
    return {"name": name, "rows": ROWS, "inputs": inputs(x), "outputs": results(outputs(name, module, x))}


if __name__ == "__main__":
    write("TorchFiles/answers.json", {"cases": [case(name, 20000 + 100 * k) for k, name in enumerate(MODELS)]})
