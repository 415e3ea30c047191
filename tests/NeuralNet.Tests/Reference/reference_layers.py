"""What the files of single layers share: a case is a layer's inputs, its outputs, and the gradient of everything that has one."""

import torch

from reference_numbers import inputs, results


def layer_case(name, kind, dims, x, dy, blocks, forward, lengths=None, state=None, last_gradient=None):
    """Runs forward(x, *blocks), or forward(x, state, *blocks) giving (y, final state), and its backward from dy.

    dims are numbers from which the test makes the layer; blocks are in NeuralNet's order and layout; x is [rows, ...].
    Outputs past a row's length must be 0, as NeuralNet's are, whatever dy is there. With last_gradient, that of the final state, backward
    begins with it too and gives the gradient of the first state.
    """
    x = x.clone().requires_grad_()
    blocks = [block.clone().requires_grad_() for block in blocks]
    if state is None:
        y, final = forward(x, *blocks), None
    else:
        state = state.clone().requires_grad_(last_gradient is not None)
        y, final = forward(x, state, *blocks)
    loss = (y * dy).sum()
    if last_gradient is not None:
        loss = loss + (final * last_gradient).sum()
    loss.backward()
    case = {"name": name, "kind": kind, "dims": list(dims), "rows": x.shape[0], "x": inputs(x.detach()), "dy": inputs(dy),
            "parameters": inputs(flat(block.detach() for block in blocks)), "y": results(y.detach()),
            "dx": results(torch.zeros_like(x) if x.grad is None else x.grad),
            "gradient": results(flat(torch.zeros_like(block) if block.grad is None else block.grad for block in blocks))}
    if lengths is not None:
        case["lengths"] = list(lengths)
    if state is not None:
        case["state"] = inputs(state.detach())
        case["finalState"] = results(final.detach())
    if last_gradient is not None:
        case["lastStateGradient"] = inputs(last_gradient)
        case["stateGradient"] = results(state.grad)
    return case


def flat(tensors):
    parts = [tensor.reshape(-1) for tensor in tensors]
    return torch.cat(parts) if parts else torch.zeros(0)


def real_steps(rows, steps, lengths):
    """[rows, steps, 1]: 1 where a step is real, 0 past the row's length."""
    lengths = [steps] * rows if lengths is None else lengths
    return torch.tensor([[[1.0] if t < length else [0.0] for t in range(steps)] for length in lengths])
