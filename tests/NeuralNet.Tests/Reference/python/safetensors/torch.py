"""load_file and save_file of safetensors.torch."""

import json

import numpy as np
import torch

# In the order in which the package sorts tensors: widest first.
TYPES = {"I64": torch.int64, "F64": torch.float64, "F32": torch.float32, "I32": torch.int32, "BF16": torch.bfloat16, "F16": torch.float16, "BOOL": torch.bool}
NAMES = {dtype: name for name, dtype in TYPES.items()}


def save_file(tensors, filename, metadata=None):
    order = sorted(tensors, key=lambda name: (list(TYPES).index(NAMES[tensors[name].dtype]), name.encode()))
    header, data = {} if metadata is None else {"__metadata__": metadata}, b""
    for name in order:
        tensor = tensors[name].detach().contiguous()
        raw = tensor.view(torch.int16).numpy().tobytes() if tensor.dtype == torch.bfloat16 else tensor.numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(filename, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def load_file(filename, device="cpu"):
    with open(filename, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    header, tensors = json.loads(content[8:start]), {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, end = (start + offset for offset in entry["data_offsets"])
            dtype = TYPES[entry["dtype"]]
            carrier = {torch.bfloat16: np.int16}.get(dtype) or torch.empty(0, dtype=dtype).numpy().dtype
            values = torch.from_numpy(np.frombuffer(content[first:end], carrier).copy())
            tensors[name] = (values.view(dtype) if dtype == torch.bfloat16 else values).reshape(entry["shape"]).to(device)
    return tensors
