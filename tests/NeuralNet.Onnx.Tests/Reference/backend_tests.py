"""Writes backend_tests.zip: the node tests of the ONNX project itself, as parts of a network.

    apt-get install python3-onnx; /usr/bin/python3 backend_tests.py

Each of these tests is one operator with inputs and the outputs that the specification wants. In a network the rows of a batch are an axis whose
size is not fixed, and weights are constants: so axis 0 (axis 1 of recurrent operators) becomes dynamic, and all inputs but the first become
initializers, unless the operator takes values alike, which stay inputs. What is left out is named in index.json with the reason: a test that acts
along the rows is no part of a network.
"""
import base64
import json
import zipfile

import numpy as np

# The names that the package of Debian 12 still uses, which its NumPy has no longer.
np.float, np.int, np.bool, np.object = float, int, bool, object

import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

ALIKE = {"Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Concat", "Pow"}
RECURRENT = {"LSTM", "GRU", "RNN"}
OPERATORS = ALIKE | RECURRENT | {
    "Abs", "AveragePool", "BatchNormalization", "Celu", "Clip", "Conv", "ConvTranspose", "Dropout", "Elu", "Expand", "Flatten", "Gather", "Gemm",
    "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish", "Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu",
    "LogSoftmax", "LpNormalization", "MatMul", "MaxPool", "Mish", "Neg", "PRelu", "Pad", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Resize", "ReverseSequence", "Selu", "Shrink", "Sigmoid", "Sin", "Slice", "Softmax",
    "Softplus", "Softsign", "Split", "Squeeze", "Tanh", "ThresholdedRelu", "Tile", "Transpose", "Unsqueeze", "Upsample", "Where",
}


def axes_of(node, inputs, rank):
    """The axes that an operator acts along, as far as an attribute or an input says so."""
    given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    kind = node.op_type
    if kind.startswith("Reduce"):
        axes = given.get("axes")
        if axes is None and len(inputs) > 1 and inputs[1].size:
            axes = inputs[1].tolist()
        return list(range(rank)) if axes is None else axes
    if kind in ("Squeeze", "Unsqueeze"):
        return inputs[1].tolist() if len(inputs) > 1 else list(given.get("axes", range(rank)))
    if kind == "Slice":
        axes = inputs[3].tolist() if len(inputs) > 3 else list(range(len(inputs[1])))
        def is_whole(k, axis):
            step = inputs[4][k] if len(inputs) > 4 else 1
            return inputs[1][k] == 0 and inputs[2][k] >= 2 ** 31 - 1 and step == 1
        return [axis for k, axis in enumerate(axes) if not is_whole(k, axis)]
    if kind == "Transpose":
        perm = given.get("perm", list(range(rank))[::-1])
        return [] if perm[0] == 0 else [0]
    if kind == "Pad":
        pads = inputs[1].tolist()
        axes = inputs[3].tolist() if len(inputs) > 3 else list(range(rank))
        return [axis for k, axis in enumerate(axes) if pads[k] or pads[k + len(axes)]]
    default = {"Softmax": -1, "LogSoftmax": -1, "Gather": 0, "Split": 0, "LayerNormalization": -1, "LpNormalization": -1}
    if kind in ("Concat",) or kind in default:
        return [given.get("axis", default.get(kind))]
    if kind == "Gemm":
        return [0] if given.get("transA") else []
    return []


def reason_against(case, inputs, outputs):
    model = case.model
    if len(model.graph.node) != 1:
        return "a function of several nodes"
    node = model.graph.node[0]
    if any(i.dtype != np.float32 for i in inputs[:1]) or any(o.dtype != np.float32 for o in outputs[:1]):
        return "not of floats"
    if node.op_type in ("Dropout", "BatchNormalization") and ("train" in case.name):
        return "of training"
    rows = 0
    if node.op_type in RECURRENT:
        rows = 0 if any(a.name == "layout" and a.i for a in node.attribute) else 1
    if inputs[0].ndim <= rows or inputs[0].size == 0:
        return "a scalar, or nothing"
    if node.op_type in RECURRENT:
        return rows
    rank = inputs[0].ndim
    if rank == 5 and node.op_type.endswith(("Pool", "Conv", "ConvTranspose")):
        return "of volumes"
    if any(a.name == "mode" and a.s == b"cubic" for a in node.attribute):
        return "by cubes"
    if outputs[0].size == 0:
        return "a scalar, or nothing"
    acts = {axis + rank if axis < 0 else axis for axis in axes_of(node, inputs, rank)}
    made = outputs[0].shape
    if 0 in acts or not made or made[0] != inputs[0].shape[0]:
        return "acts along the rows"
    if node.op_type == "Reshape" and inputs[1].size and inputs[1][0] not in (0, inputs[0].shape[0]):
        return "acts along the rows"
    if node.op_type == "MatMul" and inputs[1].ndim > 2:
        return "a constant for each row"
    if node.op_type in ("PRelu", "Where") and any(i.ndim == rank and i.shape[0] > 1 for i in inputs[1:]):
        return "a constant for each row"
    if any(i.ndim == rank and i.shape[0] == made[0] > 1 for i in inputs[1:] if node.op_type == "Gemm" or i.dtype != np.float32 and rank == i.ndim) \
            and node.op_type in ALIKE | {"Gemm"}:
        weights = inputs[2:] if node.op_type == "Gemm" else inputs[1:]
        if any(i.ndim == rank and i.shape[0] == made[0] for i in weights):
            return "a constant for each row"
    if node.op_type in ALIKE and any(i.ndim == rank and i.shape != inputs[0].shape and i.shape[0] != inputs[0].shape[0] for i in inputs[1:]):
        return "acts along the rows"
    return rows


def infos_are_tensors(model):
    return all(info.type.HasField("tensor_type") for info in list(model.graph.input) + list(model.graph.output))


def dynamic(info, axis, size):
    shape = info.type.tensor_type.shape
    for k, dim in enumerate(shape.dim):
        if k == axis:
            dim.Clear()
            dim.dim_param = "rows"


def text(values):
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def rows_first(values, axis, rows):
    return np.moveaxis(values, axis, 0).reshape(rows, -1)


def main():
    index, left = {}, {}
    with zipfile.ZipFile("backend_tests.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for case in sorted(collect_testcases(None), key=lambda case: case.name):
            if not case.data_sets or len(case.model.graph.node) != 1 or case.model.graph.node[0].op_type not in OPERATORS:
                continue
            if case.name in index:
                continue
            if case.model.graph.node[0].domain not in ("", "ai.onnx"):
                continue
            inputs, outputs = case.data_sets[0]
            try:
                inputs, outputs = [np.asarray(i) for i in inputs], [np.asarray(o) for o in outputs]
                rows = reason_against(case, inputs, outputs)
                if not infos_are_tensors(case.model):
                    rows = "not of tensors"
            except (ValueError, IndexError, TypeError) as failure:
                rows = "not of tensors"
            node = case.model.graph.node[0]
            if isinstance(rows, str):
                left.setdefault(rows, {}).setdefault(node.op_type, []).append(case.name)
                continue
            model = onnx.ModelProto()
            model.CopyFrom(case.model)

            # What has not changed since version 1 or 6 is the same in version 7, the oldest that is read.
            model.opset_import[0].version = max(7, model.opset_import[0].version)
            graph = model.graph
            count = inputs[0].shape[rows]
            given = []
            infos = list(graph.input)
            del graph.input[:]
            for info, values in zip(infos, inputs):
                alike = node.op_type in ALIKE and values.ndim == inputs[0].ndim and values.dtype == np.float32
                if info is infos[0] or alike:
                    if count > 1 or node.op_type != "Resize":
                        dynamic(info, rows, count)
                    graph.input.append(info)
                    given.append((info.name, rows_first(values, rows, count)))
                else:
                    # As exporters write it for any number of rows.
                    if node.op_type == "Reshape":
                        values = np.concatenate([[0], values[1:]]).astype(np.int64)
                    if node.op_type == "Expand" and len(values) == inputs[0].ndim:
                        values = np.concatenate([[1], values[1:]]).astype(np.int64)
                    graph.initializer.append(numpy_helper.from_array(values, info.name))
            first = graph.output[0]
            del graph.output[1:]
            del first.type.tensor_type.shape.dim[:]
            first.type.tensor_type.ClearField("shape")
            place = rows
            if node.op_type in RECURRENT and outputs[0].ndim == 4:
                place = 2 if rows == 1 else 0
            file.writestr(zipfile.ZipInfo(case.name + ".onnx"), model.SerializeToString())
            index[case.name] = {
                "operator": node.op_type, "rows": int(count),
                "inputs": {name: text(values) for name, values in given},
                "output": text(rows_first(outputs[0], place, count)),
            }
        file.writestr(zipfile.ZipInfo("index.json"), json.dumps({"cases": index, "left": left}, sort_keys=True), zipfile.ZIP_DEFLATED)
    print(len(index), "cases;", {why: sum(map(len, ops.values())) for why, ops in left.items()})


main()
