"""Adam that is lazy about an embedding, beside a dense layer that goes by Adam."""

import numpy as np
import torch

from reference_numbers import drawn, inputs, results, write

# Name: rate, betas. SparseAdam adds epsilon to the root before its correction, so it is too small here to matter.
COURSES = {"Adam, lazy": (0.01, (0.9, 0.999)), "Adam, lazy, betas": (0.02, (0.8, 0.95))}


def sparse():
    """y = mean of 4 embedded ids, times W, plus b; the half squared error, mean over 3 rows."""
    vocabulary, width, outputs, rows, length, steps = 12, 3, 2, 3, 4, 50
    # Some ids in most steps, some in few.
    odds = np.array([1 / (1 + id) for id in range(vocabulary)])
    ids = np.random.RandomState(1).choice(vocabulary, size=(steps, rows, length), p=odds / odds.sum())
    d = drawn(2, steps, rows, outputs)
    table, w, b = drawn(3, vocabulary, width), drawn(4, width, outputs), drawn(5, outputs)
    courses = []
    for name, (rate, betas) in COURSES.items():
        embedding = torch.nn.Embedding(vocabulary, width, sparse=True)
        embedding.weight.data.copy_(table)
        dense = [w.clone().requires_grad_(), b.clone().requires_grad_()]
        settings = {"lr": rate, "betas": betas, "eps": 1e-12}
        lazy, plain, values = torch.optim.SparseAdam(embedding.parameters(), **settings), torch.optim.Adam(dense, **settings), []
        for step in range(steps):
            lazy.zero_grad()
            plain.zero_grad()
            y = embedding(torch.tensor(ids[step])).mean(dim=1) @ dense[0] + dense[1]
            value = 0.5 * ((y - d[step]) ** 2).sum(dim=1).mean()
            value.backward()
            values.append(value.item())
            lazy.step()
            plain.step()
        courses.append({"name": name, "values": results(values[::5]),
                        "table": results(embedding.weight.detach(), 10), "dense": results(torch.cat([p.detach().reshape(-1) for p in dense]), 10)})
    write("sparse.json", {"vocabulary": vocabulary, "width": width, "outputs": outputs, "rows": rows, "length": length, "steps": steps, "every": 5,
                          "ids": inputs(ids), "d": inputs(d), "parameters": inputs(torch.cat([p.reshape(-1) for p in (table, w, b)])), "courses": courses})
