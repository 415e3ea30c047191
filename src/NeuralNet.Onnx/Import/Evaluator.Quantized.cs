using Kind = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Import;

/// <content>Quantized models in the form of pairs of QuantizeLinear and DequantizeLinear (QDQ): weights become the floats that they stand for, and
/// activations stay floats. What the rounding of activations loses is not lost here.</content>
internal sealed partial class Evaluator
{
    private const string ReasonForQuantized = "arithmetic on quantized numbers is not imported: export the float model, or quantize it statically "
        + "with pairs of QuantizeLinear and DequantizeLinear (quant_format=QuantFormat.QDQ)";

    private void ReadQuantize(Node node)
    {
        Tensor scale = node.Constant(1, "the scale");
        node.Ignore("saturate");
        node.Ignore("precision");
        long type = node.Int("output_dtype", 0);
        Tensor zero = node.OptionalConstant(2, "the zero point")
            ?? new Tensor([], [0L]) { Range = TensorReader.RangeOf(type == 0 ? Kind.Uint8 : (Kind)type) };
        if (zero.Range is not { } range || !zero.IsInteger)
            throw new Refusal("its zero point is of a type that is not read; whole numbers of 4 to 32 bits are");
        if (!scale.All(value => value > 0 && float.IsFinite(value)))
            throw node.Bad("a scale must be a number above 0");
        if (node.Input(0) is Tensor constant)
        {
            allowance.Take(constant.Stored, "a quantized constant");
            node.Set(Mapped(node, constant, scale, zero, (x, s, z) => Math.Clamp(Rounded(x.Float, s, z), range.Lowest, range.Highest), range));
            return;
        }

        Signal x = node.Signal(0, "its input");
        if (!scale.IsUniform || !zero.IsUniform || scale.Stored != 1 || zero.Stored != 1)
            throw new Refusal("values computed from the network's input are quantized by one scale alone here");
        node.Int("axis", 1);
        node.Int("block_size", 0);
        node.Set(new Quantized(Clipped(node, x, scale.Float(0), zero.Integer(0), range), scale, zero));

        static double Rounded(float x, float s, long z) => float.IsNaN(x) ? z : Math.Round((double)(x / s), MidpointRounding.ToEven) + z;
    }

    // Where the lowest number stands for 0, exporters leave Relu to it, and where the highest stands for 6, Relu6.
    private static Signal Clipped(Node node, Signal x, float scale, long zero, (long Lowest, long Highest) range)
    {
        if (zero != range.Lowest)
            return x;
        bool isSix = Math.Abs(((range.Highest - range.Lowest) * (double)scale) - 6) < 1e-4;
        int looks = MaxAxes;
        if (x.Expr is InputExpr or WholeExpr || IsNotNegative(x.Expr, isSix, ref looks))
            return x;
        return new Signal(new ElementExpr(isSix ? "Clip" : "Relu", x.Expr, null, x.Expr.Shape, node) { Beta = isSix ? 6 : 0 }, x.View);
    }

    // Whether no value is below 0, or, where 6 is asked for, above 6, by what makes it. So many expressions are looked at, and no more.
    private static bool IsNotNegative(Expr expr, bool isSix, ref int looks)
    {
        if (--looks < 0)
            return false;
        switch (expr)
        {
            case InputExpr or ElementExpr { Operation: "Sigmoid" or "HardSigmoid" } or LayerExpr { Layer: ActivationLayer { Activation: Softmax } }:
                return true;
            case ElementExpr { Operation: "Clip" } element:
                return element.Alpha >= 0 && (!isSix || element.Beta <= 6.0001);
            case ElementExpr { Operation: "Relu" or "Softplus" or "Abs" or "Exp" or "Sqrt" }:
                return !isSix;
            case ElementExpr { Operation: "Add" or "Mul", Right: { } right } element:
                return !isSix && IsNotNegative(element.Left, false, ref looks) && IsNotNegative(right, false, ref looks);
            case LayerExpr
            {
                Layer: Reshape or Flatten or Slice or MaxPool or AveragePool or GlobalAveragePool or GlobalMaxPool or Dropout or Upsample or Resize,
            } layer:
                return IsNotNegative(layer.Input, isSix, ref looks);
            case MergeExpr { Merge: Merge.Concat } merge:
                foreach (Expr input in merge.Inputs)
                {
                    if (!IsNotNegative(input, isSix, ref looks))
                        return false;
                }

                return true;
            default:
                return false;
        }
    }

    private void ReadDequantize(Node node)
    {
        Tensor scale = node.Constant(1, "the scale");
        node.Int("output_dtype", 0);
        Tensor zero = node.OptionalConstant(2, "the zero point") ?? new Tensor([], [0L]);
        if (node.Input(0) is Tensor constant)
        {
            if (!constant.IsInteger)
                throw node.Bad("it takes whole numbers, and has floats");
            allowance.Take(constant.IsUniform && scale.IsUniform ? 1 : 0, "a constant");
            node.Set(Mapped(node, constant, scale, zero, (x, s, z) => (x.Whole - z) * (double)s, null));
            return;
        }

        node.Int("axis", 1);
        node.Int("block_size", 0);
        if (!scale.IsUniform || !zero.IsUniform || scale.Stored != 1 || zero.Stored != 1)
            throw new Refusal("values computed from the network's input are dequantized by one scale alone here");
        if (node.Input(0) is Quantized quantized)
        {
            if (quantized.Scale.Float(0) != scale.Float(0) || quantized.Zero.Integer(0) != zero.Integer(0))
                throw new Refusal("its scale and zero point are not those of the QuantizeLinear before it");
            node.Set(quantized.Of);
            return;
        }

        // Pixels and the like, which the network's input has as whole numbers.
        Signal x = node.Signal(0, "its input");
        if (x.Expr is not WholeExpr { IsExact: true } whole)
            throw new Refusal("values computed from the network's input are dequantized where QuantizeLinear has made them, or the input itself");
        Value y = new Signal(whole.Input, x.View);
        if (zero.Integer(0) != 0)
            y = Binary(node, "Sub", y, new Tensor([], [(float)zero.Integer(0)]));
        node.Set(Binary(node, "Mul", y, new Tensor([], [scale.Float(0)])));
    }

    // Each value with the scale and the zero point that belong to it: one for all, one for each index of an axis, or one for each block along it.
    private Tensor Mapped(
        Node node, Tensor x, Tensor scale, Tensor zero, Func<(float Float, long Whole), float, long, double> map, (long, long)? range)
    {
        long[] sizes = x.Dimensions;
        long block = node.Int("block_size", 0), at = node.Int("axis", 1);
        bool isOne = scale.Count == 1 && zero.Count == 1 && block == 0;
        int axis = isOne ? 0 : node.Axis(at, sizes.Length);
        long size = isOne ? 1 : sizes[axis], inner = isOne ? 1 : Sizes.Product(sizes.AsSpan(axis + 1));
        long blocks = block == 0 ? size : (size + block - 1) / Math.Max(1, block);
        long expected = isOne ? 1 : block == 0 ? size : Sizes.Product(sizes.AsSpan(0, axis)) * blocks * inner;
        bool fits = scale.Count == expected && (zero.Count == 1 || zero.Count == expected);
        if (!fits || block < 0 || (!isOne && block == 0 && scale.Dimensions.Length > 1))
            throw node.Bad($"a scale of {Sizes.Text(scale.Dimensions)} and a zero point of {Sizes.Text(zero.Dimensions)} do not fit "
                + $"{Sizes.Text(sizes)} along axis {at}");
        bool isUniform = x.IsUniform && isOne;
        if (x.IsUniform && !isUniform)
            allowance.Take(x.Count, "a constant");
        long count = isUniform ? 1 : x.Count;
        float[] floats = range is null ? new float[count] : [];
        long[] wholes = range is null ? [] : new long[count];
        for (long i = 0; i < count; i++)
        {
            long along = inner == 0 ? 0 : i / inner % size;
            long place = isOne ? 0 : block == 0 ? along : (((i / (inner * size) * blocks) + (along / block)) * inner) + (i % inner);
            double value = map((range is null ? 0 : x.Float(i), range is null ? x.Integer(i) : 0), scale.Float(place), zero.Integer(
                zero.Count == 1 ? 0 : place));
            if (range is null)
                floats[i] = (float)value;
            else
                wholes[i] = (long)value;
        }

        return range is null ? new Tensor(sizes, floats) : new Tensor(sizes, wholes) { Range = range };
    }
}
