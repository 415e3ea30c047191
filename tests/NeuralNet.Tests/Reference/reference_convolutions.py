"""Convolutions and transposed convolutions: of images, and along the steps of sequences, with lengths and with state."""

import random as draws

import torch
import torch.nn.functional as F

from reference_layers import layer_case
from reference_numbers import drawn, write

# Height, width and features of the input (a sequence has the height 0), filters, kernel, stride, dilation, padding (top, left, bottom, right, or one
# word), groups, output padding; then whether there is a bias and a tanh behind.
SAME, CAUSAL = [-1] * 4, [-2] * 4


def pads(size, kernel, stride, dilation, padding, axis):
    """What is before and behind an axis: 0 for the height, 1 for the width."""
    extent = (kernel - 1) * dilation + 1
    if padding == SAME:
        total = max(0, (-(-size // stride) - 1) * stride + extent - size)
        return total // 2, total - total // 2
    if padding == CAUSAL:
        return extent - 1, 0
    return padding[axis], padding[axis + 2]


def convolved(x, w, b, case):
    """One image or sequence, channels last: [rows, height, width, features]."""
    height, width = x.shape[1:3]
    (kh, kw), (sh, sw), (dh, dw) = case["kernel"], case["stride"], case["dilation"]
    top, bottom = pads(height, kh, sh, dh, case["padding"], 0)
    left, right = pads(width, kw, sw, dw, case["padding"], 1)
    x = x.permute(0, 3, 1, 2)
    if case["transposed"]:
        # The whole, of which the padding is then cut off.
        y = F.conv_transpose2d(x, w.permute(3, 2, 0, 1), None, (sh, sw), 0, 0, case["groups"], (dh, dw))
        (oh, ow), same = case["outputPadding"], case["padding"] == SAME
        if same:
            top, bottom = pads(height * sh, kh, sh, dh, SAME, 0)
            left, right = pads(width * sw, kw, sw, dw, SAME, 1)
        lines = height * sh if same else y.shape[2] - top - bottom + oh
        columns = width * sw if same else y.shape[3] - left - right + ow
        y = F.pad(y, (0, columns, 0, lines))[:, :, top:top + lines, left:left + columns]
        if (top, left) == (bottom, right) and not same:
            own = F.conv_transpose2d(x, w.permute(3, 2, 0, 1), None, (sh, sw), (top, left), (oh, ow), case["groups"], (dh, dw))
            assert torch.equal(own, y) or torch.allclose(own, y, rtol=1e-14, atol=1e-14)
        if b is not None:
            y = y + b.reshape(1, -1, 1, 1)
    else:
        y = F.conv2d(F.pad(x, (left, right, top, bottom)), w.permute(3, 2, 0, 1), b, (sh, sw), 0, (dh, dw), case["groups"])
    y = y.permute(0, 2, 3, 1)
    return torch.tanh(y) if case["tanh"] else y


def sizes(numbers):
    return " ".join(map(str, numbers))


def convolutions():
    cases = []

    def add(size, filters, kernel, stride=(1, 1), dilation=(1, 1), padding=(0, 0, 0, 0), groups=1, output_padding=(0, 0), bias=True, tanh=False,
            transposed=False, rows=2, lengths=None, state=False):
        case = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": list(padding), "groups": groups, "outputPadding": output_padding,
                "tanh": tanh, "transposed": transposed}
        seed = 20000 + 10 * len(cases)
        height, width, features = size
        of_groups = filters // groups if transposed else features // groups
        w = drawn(seed + 2, *kernel, of_groups, features if transposed else filters)
        if height == 0:
            w = w.reshape(kernel[1], *w.shape[2:])
        blocks = [w] + ([drawn(seed + 3, filters)] if bias else [])
        carried = (kernel[1] - 1) * dilation[1] * features

        def row_by_row(x, w, b, first):
            outputs, last = [], []
            for row in range(rows):
                real = x[row:row + 1, :(width if lengths is None else lengths[row])].unsqueeze(1)
                if first is not None:
                    real = torch.cat([first[row].reshape(1, 1, -1, features), real], 2)
                    last.append(real[0, 0, real.shape[2] - carried // features:].reshape(-1))
                outputs.append(convolved(real, w, b, {**case, "padding": [0, 0, 0, 0]} if first is not None else case)[0, 0])
            steps = max(len(y) for y in outputs)
            y = torch.stack([F.pad(y, (0, 0, 0, steps - len(y))) for y in outputs])
            return y, torch.stack(last) if last else None

        def forward(x, *values):
            w, b = values[0].reshape(*kernel, *values[0].shape[-2:]), values[1] if bias else None
            return convolved(x, w, b, case) if height else row_by_row(x, w, b, None)[0]

        def carrying(x, first, *values):
            return row_by_row(x, values[0].reshape(*kernel, *values[0].shape[-2:]), values[1] if bias else None, first)

        x = drawn(seed, rows, *([height] if height else []), width, features)
        outputs = forward(x, *blocks).shape
        dims = [height, width, features, filters, *kernel, *stride, *dilation, *padding, groups, *output_padding, int(bias), int(tanh)]
        kind = "ConvTranspose" if transposed else "Conv"
        words = [f"{kind} {' x '.join(map(str, [*([height] if height else []), width, features]))} to {filters}", "kernel " + sizes(kernel)]
        words += [f"{what} {sizes(pair)}" for what, pair in (("stride", stride), ("dilation", dilation)) if pair != (1, 1)]
        words += ["Same" if padding == SAME else "Causal" if padding == CAUSAL else f"padding {sizes(padding)}"] if any(padding) else []
        words += [f"{groups} groups"] if groups > 1 else []
        words += [f"lengths {sizes(lengths)}"] if lengths else []
        name = ", ".join(words + (["state"] if state else []))
        cases.append(layer_case(
            name, kind, dims, x, drawn(seed + 1, *outputs), blocks, carrying if state else forward, lengths,
            drawn(seed + 4, rows, carried) if state else None, drawn(seed + 5, rows, carried) if state else None))

    # Images: sizes 1 to 33, every kind of padding.
    add((1, 1, 1), 1, (1, 1), rows=7)
    add((1, 1, 3), 2, (3, 3), padding=SAME)
    add((5, 5, 1), 6, (5, 5), rows=3)
    add((33, 33, 1), 2, (5, 5), stride=(2, 2), padding=(2, 2, 2, 2), rows=1)
    add((33, 32, 1), 2, (3, 3), padding=SAME, rows=1, tanh=True)
    add((9, 10, 6), 16, (5, 5), rows=1)
    add((8, 9, 3), 16, (3, 3), padding=(1, 1, 1, 1), rows=2)
    add((7, 8, 4), 5, (3, 2), stride=(2, 1), padding=(0, 1, 2, 3), bias=False)
    add((9, 7, 4), 6, (2, 3), dilation=(3, 2), padding=(1, 2, 1, 0), groups=2, tanh=True)
    add((6, 6, 8), 8, (3, 3), padding=SAME, groups=8)
    add((7, 6, 5), 5, (3, 3), stride=(2, 2), padding=SAME, groups=5, bias=False)
    add((6, 5, 4), 8, (3, 3), padding=(1, 1, 1, 1), groups=4, tanh=True)
    add((5, 6, 7), 9, (1, 1), stride=(2, 3), rows=3)
    add((10, 4, 1), 64, (10, 4), stride=(2, 2), padding=(5, 1, 5, 1), rows=1)
    add((4, 17, 3), 4, (1, 7), stride=(1, 3), padding=SAME)
    add((2, 3, 20), 17, (3, 3), padding=SAME, rows=2)
    add((2, 40, 1), 1, (2, 3), padding=(0, 1, 0, 1), rows=2)
    # Transposed.
    add((3, 3, 4), 3, (3, 3), transposed=True)
    add((4, 5, 3), 2, (2, 2), stride=(2, 2), transposed=True, tanh=True)
    add((3, 4, 4), 6, (3, 4), stride=(2, 3), padding=(1, 0, 0, 1), output_padding=(1, 2), groups=2, transposed=True)
    add((3, 3, 2), 3, (2, 2), dilation=(2, 3), padding=(1, 1, 1, 1), bias=False, transposed=True)
    add((4, 4, 4), 4, (3, 3), stride=(2, 2), padding=SAME, groups=4, transposed=True)
    add((16, 16, 1), 3, (4, 4), stride=(2, 2), padding=(1, 1, 1, 1), transposed=True, rows=1)
    add((3, 3, 3), 2, (1, 1), stride=(2, 2), padding=SAME, transposed=True)
    # Sequences.
    add((0, 9, 3), 4, (1, 3))
    add((0, 9, 3), 4, (1, 3), lengths=[9, 3, 5, 9], rows=4)
    add((0, 8, 4), 6, (1, 4), stride=(1, 2), padding=SAME, lengths=[8, 1, 5], rows=3, tanh=True)
    add((0, 11, 4), 4, (1, 3), dilation=(1, 2), padding=(0, 3, 0, 2), groups=2, lengths=[11, 1, 6], rows=3)
    add((0, 10, 2), 3, (1, 3), stride=(1, 2), dilation=(1, 2), padding=CAUSAL, lengths=[10, 1, 7], rows=3)
    add((0, 33, 1), 5, (1, 5), padding=CAUSAL, rows=2)
    add((0, 7, 3), 4, (1, 3), dilation=(1, 3), padding=CAUSAL, state=True, rows=3, lengths=[7, 2, 4], tanh=True)
    add((0, 6, 5), 5, (1, 4), padding=CAUSAL, groups=5, state=True, rows=2)
    add((0, 8, 2), 3, (1, 3), stride=(1, 2), padding=CAUSAL, state=True, rows=2)
    add((0, 5, 3), 2, (1, 4), stride=(1, 3), transposed=True, lengths=[5, 1, 3], rows=3)
    add((0, 6, 4), 4, (1, 3), stride=(1, 2), padding=SAME, groups=2, transposed=True, lengths=[2, 6], rows=2)
    # Drawn: rows 1 to 7.
    for i in range(24):
        random = draws.Random(i)
        transposed, groups = random.random() < 0.3, random.choice([1, 1, 2, 3])
        kernel, stride, dilation = [(random.randint(1, 4), random.randint(1, 4)) for _ in range(3)]
        stride, dilation = (stride, (1, 1)) if random.random() < 0.7 else ((1, 1), dilation)
        padding = SAME if random.random() < 0.3 else [random.randint(0, 2) for _ in range(4)]
        least = [0 if padding == SAME else max(0, (k - 1) * d - padding[a] - padding[a + 2]) for a, (k, d) in enumerate(zip(kernel, dilation))]
        size = (least[0] + random.randint(1, 3), least[1] + random.randint(1, 4), groups * random.randint(1, 2))
        add(size, groups * random.randint(1, 3), kernel, stride, dilation, padding, groups, transposed=transposed, rows=1 + i % 7 if i < 14 else 1,
            bias=random.random() < 0.8, tanh=random.random() < 0.4)
    # Output padding of a stride and more, below the dilation.
    add((4, 3, 2), 3, (2, 3), stride=(1, 2), dilation=(3, 4), padding=(2, 3, 2, 3), output_padding=(2, 3), transposed=True)
    add((3, 4, 2), 2, (3, 2), stride=(2, 1), dilation=(3, 2), padding=(0, 0, 1, 1), output_padding=(2, 1), transposed=True)
    add((0, 5, 2), 2, (1, 3), stride=(1, 2), dilation=(1, 4), padding=(0, 1, 0, 2), output_padding=(0, 3), lengths=[5, 1, 3], rows=3, transposed=True)
    write("convolutions.json", {"cases": cases})
