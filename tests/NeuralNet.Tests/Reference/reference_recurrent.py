"""Recurrent layers by torch.nn.RNN, LSTM and GRU: outputs, final states and gradients, with and without lengths and first states;
an encoder whose last state a decoder begins with; and what PyTorch has no module for, written out step by step: other activations in
LSTM and GRU, and the GRU whose r multiplies h before the recurrent product."""

import json

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from reference_layers import flat, layer_case
from reference_numbers import drawn, inputs, results, write

KINDS = {"Rnn": (torch.nn.RNN, 1, {}), "RnnRelu": (torch.nn.RNN, 1, {"nonlinearity": "relu"}), "Lstm": (torch.nn.LSTM, 4, {}), "Gru": (torch.nn.GRU, 3, {})}


def recurrent_case(seed, kind, steps, rows=3, n=4, hidden=5, last=False, lengths=None, state=False, state_gradient=False):
    module_type, gates, options = KINDS[kind]
    module = module_type(n, hidden, batch_first=True, **options)
    width = gates * hidden
    blocks = [drawn(seed, n, width, scale=0.6), drawn(seed + 1, hidden, width, scale=0.5), drawn(seed + 2, width, scale=0.4)]
    if kind == "Gru":
        blocks.append(drawn(seed + 3, hidden, scale=0.4))

    # A row's state is h, and of an LSTM c behind it.
    states = 2 * hidden if kind == "Lstm" else hidden
    first = drawn(seed + 4, rows, states, scale=0.9) if state else torch.zeros(rows, states)

    def forward(x, first, w, u, b, b_hn=None):
        b_hh = torch.zeros(width) if b_hn is None else torch.cat([torch.zeros(2 * hidden), b_hn])
        h0 = first[:, :hidden].unsqueeze(0).contiguous()
        hx = (h0, first[:, hidden:].unsqueeze(0).contiguous()) if kind == "Lstm" else h0
        given = x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        module._flat_weights = [w.T, u.T, b, b_hh]  # what forward works with: so gradients reach the blocks
        y, final = module(given, hx)
        if lengths is not None:
            y, _ = pad_packed_sequence(y, batch_first=True, total_length=steps)
        final = torch.cat([f[0] for f in final], -1) if kind == "Lstm" else final[0]
        return (final[:, :hidden] if last else y), final

    x = drawn(seed + 5, rows, steps, n, scale=2, digits=2)
    dy = drawn(seed + 6, *((rows, hidden) if last else (rows, steps, hidden)), digits=2)
    name = f"{kind}, {steps} steps" + (", the last" if last else "") + (", lengths" if lengths else "") + (", state" if state else "") + (" and its gradient" if state_gradient else "")
    last_gradient = drawn(seed + 7, rows, states, digits=2) if state_gradient else None
    return layer_case(name, kind, [steps, n, hidden, int(last)], x, dy, blocks, forward, lengths, first, last_gradient)


def composed_case(seed, kind, composition, steps, rows=3, n=4, hidden=5, lengths=None):
    """Both directions side by side, or one layer on the other: PyTorch's own bidirectional and num_layers."""
    module_type, gates, options = KINDS[kind]
    both = composition == "Bidirectional"
    module = module_type(n, hidden, num_layers=1 if both else 2, bidirectional=both, batch_first=True, **options)
    width = gates * hidden
    blocks = []
    for k in range(2):
        inputs = n if both or k == 0 else hidden
        blocks += [drawn(seed, inputs, width, scale=0.6), drawn(seed + 1, hidden, width, scale=0.5), drawn(seed + 2, width, scale=0.4)]
        if kind == "Gru":
            blocks.append(drawn(seed + 3, hidden, scale=0.4))
        seed += 4
    per_layer = len(blocks) // 2

    def forward(x, *blocks):
        module._flat_weights = []
        for k in range(2):
            w, u, b, *b_hn = blocks[k * per_layer:(k + 1) * per_layer]
            module._flat_weights += [w.T, u.T, b, torch.cat([torch.zeros(2 * hidden), b_hn[0]]) if b_hn else torch.zeros(width)]
        given = x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        y, _ = module(given)
        return y if lengths is None else pad_packed_sequence(y, batch_first=True, total_length=steps)[0]

    x = drawn(seed, rows, steps, n, scale=2, digits=2)
    dy = drawn(seed + 1, rows, steps, 2 * hidden if both else hidden, digits=2)
    name = f"{composition} {kind}, {steps} steps" + (", lengths" if lengths else "")
    return layer_case(name, composition + kind, [steps, n, hidden], x, dy, blocks, forward, lengths)


def keras_sigmoid(z):
    return (0.2 * z + 0.5).clamp(0, 1)


# Gates' activation, the candidate's, and whether r comes before. The first two are PyTorch's own, to check what is written out.
VARIANTS = {
    "Lstm": (torch.sigmoid, torch.tanh, False), "Gru": (torch.sigmoid, torch.tanh, False), "FirstGru": (torch.sigmoid, torch.tanh, True),
    "HardLstm": (keras_sigmoid, torch.nn.functional.softsign, False), "HardGru": (keras_sigmoid, torch.nn.functional.softsign, False),
    "HardFirstGru": (keras_sigmoid, torch.nn.functional.softsign, True), "ReluLstm": (torch.sigmoid, torch.relu, False),
    "ReluFirstGru": (torch.nn.functional.hardsigmoid, torch.relu, True),
}


def written_out(kind, hidden):
    """forward(x, first, w, u, b, b_hn) of a variant: y, 0 past a row's length, and the state after its last real step."""
    gate, act, before = VARIANTS[kind]
    is_lstm = kind.endswith("Lstm")

    def forward(lengths, last, x, first, w, u, b, b_hn=None):
        state, outputs = first, []
        for t in range(x.shape[1]):
            h, z = state[:, :hidden], x[:, t] @ w + b
            if is_lstm:
                i, f, g, o = (z + h @ u).split(hidden, -1)
                c = gate(f) * state[:, hidden:] + gate(i) * act(g)
                after = torch.cat([gate(o) * act(c), c], -1)
            else:
                z_r, z_u, z_n = z.split(hidden, -1)
                u_r, u_u, u_n = u.split(hidden, -1)
                r, update = gate(z_r + h @ u_r), gate(z_u + h @ u_u)
                n = act(z_n + (r * h) @ u_n) if before else act(z_n + r * (h @ u_n + b_hn))
                after = update * h + (1 - update) * n
            real = torch.ones(len(x), 1) if lengths is None else (torch.tensor(lengths) > t).to(x.dtype).unsqueeze(-1)
            state = real * after + (1 - real) * state
            outputs.append(real * after[:, :hidden])
        return (state[:, :hidden] if last else torch.stack(outputs, 1)), state

    return forward


def variant_case(seed, kind, steps, rows=3, n=4, hidden=5, last=False, lengths=None, state_gradient=False):
    is_lstm = kind.endswith("Lstm")
    width, states = (4 if is_lstm else 3) * hidden, (2 if is_lstm else 1) * hidden
    blocks = [drawn(seed, n, width, scale=0.6), drawn(seed + 1, hidden, width, scale=0.5), drawn(seed + 2, width, scale=0.4)]
    if not is_lstm and not VARIANTS[kind][2]:
        blocks.append(drawn(seed + 3, hidden, scale=0.4))
    x = drawn(seed + 5, rows, steps, n, scale=2, digits=2)
    dy = drawn(seed + 6, *((rows, hidden) if last else (rows, steps, hidden)), digits=2)
    forward = written_out(kind, hidden)
    name = f"{kind}, {steps} steps" + (", the last" if last else "") + (", lengths" if lengths else "") + (", state and its gradient" if state_gradient else ", state")
    return layer_case(name, kind, [steps, n, hidden, int(last)], x, dy, blocks, lambda *given: forward(lengths, last, *given), lengths,
                      drawn(seed + 4, rows, states, scale=0.9), drawn(seed + 7, rows, states, digits=2) if state_gradient else None)


def variants():
    """What is written out gives what PyTorch's own modules give; then the variants."""
    for kind in ("Lstm", "Gru"):
        own = recurrent_case(1, kind, 6, lengths=[6, 1, 4], state=True, state_gradient=True)
        same = variant_case(1, kind, 6, lengths=[6, 1, 4], state_gradient=True)
        for key in ("y", "dx", "gradient", "finalState", "stateGradient"):
            assert np.allclose(*(json.loads(case[key].json_text) for case in (own, same)), rtol=1e-7, atol=1e-8), (kind, key)
    cases = []
    for kind in list(VARIANTS)[2:]:
        for steps, last, lengths, gradient in ((1, False, None, False), (7, False, [2, 7, 5], True), (50, False, None, False), (6, True, [6, 1, 4], True)):
            cases.append(variant_case(9950 + 10 * len(cases), kind, steps, last=last, lengths=lengths, state_gradient=gradient))
        cases.append(variant_case(9950 + 10 * len(cases), kind, 3, rows=2, n=3, hidden=18))
    return cases


def recurrent():
    cases = []
    for kind in KINDS:
        for steps in (1, 2, 7, 50):
            seed = 9000 + 100 * len(cases)
            cases.append(recurrent_case(seed, kind, steps))
            if steps in (7, 50):
                cases.append(recurrent_case(seed + 10, kind, steps, rows=4, lengths=[steps - 3, 1, steps, 4], state=True))
        cases.append(recurrent_case(seed + 20, kind, 7, last=True, lengths=[2, 7, 5]))
        cases.append(recurrent_case(seed + 30, kind, 2, rows=2, n=3, hidden=18, state=True))
        for composition in ("Bidirectional", "Stacked"):
            if kind != "RnnRelu":
                cases.append(composed_case(seed + 40, kind, composition, 7, lengths=[4, 1, 7]))
    for kind in KINDS:
        for steps, last, lengths in ((1, False, None), (7, False, [2, 7, 5]), (6, True, [6, 1, 4])):
            cases.append(recurrent_case(9000 + 100 * len(cases), kind, steps, last=last, lengths=lengths, state=True, state_gradient=True))
    write("recurrent.json", {"cases": cases + variants()})


def decoder_case(seed, kind, rows=3, n=3, m=2, steps=6, decoder_steps=4, hidden=5):
    """An encoder with lengths, and a decoder that begins with the encoder's last state; the loss is on what the decoder gives."""
    module_type, gates, _ = KINDS[kind]
    lengths, width = [3, 6, 1], gates * hidden
    blocks = []
    for k, count in enumerate((n, m)):
        blocks += [drawn(seed + 4 * k, count, width, scale=0.6), drawn(seed + 4 * k + 1, hidden, width, scale=0.5), drawn(seed + 4 * k + 2, width, scale=0.4)]
        if kind == "Gru":
            blocks.append(drawn(seed + 4 * k + 3, hidden, scale=0.4))
    blocks = [block.requires_grad_() for block in blocks]
    x = drawn(seed + 8, rows, steps, n, scale=2, digits=2).requires_grad_()
    z = drawn(seed + 9, rows, decoder_steps, m, scale=2, digits=2).requires_grad_()
    dy = drawn(seed + 10, rows, decoder_steps, hidden, digits=2)

    def run(count, own, given, first=None):
        module = module_type(count, hidden, batch_first=True)
        w, u, b, *b_hn = own
        module._flat_weights = [w.T, u.T, b, torch.cat([torch.zeros(2 * hidden), b_hn[0]]) if b_hn else torch.zeros(width)]
        return module(given, first)

    half = len(blocks) // 2
    _, last = run(n, blocks[:half], pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False))
    y, _ = run(m, blocks[half:], z, last)
    (y * dy).sum().backward()
    return {"name": f"Encoder and decoder, {kind}", "kind": kind, "dims": [steps, n, decoder_steps, m, hidden], "rows": rows, "lengths": lengths,
            "x": inputs(x.detach()), "z": inputs(z.detach()), "dy": inputs(dy), "parameters": inputs(flat(block.detach() for block in blocks)),
            "y": results(y.detach()), "dx": results(x.grad), "dz": results(z.grad), "gradient": results(flat(block.grad for block in blocks))}


def decoders():
    write("decoders.json", {"cases": [decoder_case(9900 + 100 * k, kind) for k, kind in enumerate(("Rnn", "Lstm", "Gru"))]})
