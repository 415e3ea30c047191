namespace NeuralNet.Onnx.Import;

/// <content>LSTM, GRU and RNN, in one direction or both.</content>
internal sealed partial class Evaluator
{
    // The gates in the library's order, by their places in the format's: i, o, f, c and z, r, h.
    private static readonly int[] lstmGates = [0, 2, 3, 1], gruGates = [1, 0, 2], rnnGates = [0];

    private void ReadRecurrent(Node node)
    {
        Signal x = node.Signal(0, "X");
        string kind = node.Operator, direction = node.Text("direction", "forward");
        int directions = direction switch
        {
            "forward" or "reverse" => 1,
            "bidirectional" => 2,
            _ => throw node.Bad($"there is no direction \"{Printable.Text(direction)}\""),
        };
        bool rowsFirst = node.Int("layout", 0) != 0;
        if (x.View.Rank != 3)
            throw node.Bad($"X must have three axes, and is {x.View}");
        (int time, int batch) = rowsFirst ? (1, 0) : (0, 1);
        (long steps, long stepStride) = AxisOf(x, time);
        (long inputs, long stride) = AxisOf(x, 2);
        if (x.View.HasRows(time) && rows != 1 || (rows != 1 && !x.View.HasRows(batch)))
            throw new Refusal($"its batch is not along the rows of the network's input, as {x.View}");
        if ((inputs > 1 && stride != 1) || (steps > 1 && stepStride != inputs))
            throw new Refusal("its steps do not lie one after the other in a row");
        if (x.Expr.Shape.Size != steps * inputs)
            throw new Refusal("its batch is more than the rows of the network's input");

        Cell cell = ReadCell(node, kind, directions, inputs);
        CheckLengths(node, steps);
        CheckSettings(node);
        StateRun[] start = ReadStart(node, cell, direction, batch);
        Shape sequence = Shape.Sequence((int)steps, (int)inputs);
        Expr from = As(x.Expr, sequence);
        var all = new Expr[directions];
        var last = new Expr[directions];
        var layers = new Layer[directions];
        for (int d = 0; d < directions; d++)
        {
            bool isReverse = d == 1 || direction == "reverse";
            Expr input = isReverse ? Of(new Reverse(sequence), from, node) : from;
            LayerExpr made = cell.Layer(node, sequence, input, d, !node.IsUsed(0));
            knowLengths.Add(made.Layer);
            all[d] = isReverse && node.IsUsed(0) ? Of(new Reverse(made.Shape), made, node) : made;
            last[d] = node.IsUsed(0) ? Of(new LastStep(made.Shape), made, node) : made;
            layers[d] = made.Layer;
        }

        Expr? both = directions == 2 && node.IsUsed(0) ? Merged(node, all) : null;
        if (both is not null && node.IsUsed(1))
        {
            // Of all steps, so that they go together to where both are read: the last step, and the first one, to which the second direction comes
            // last.
            Shape halves = Shape.Features(both.Shape.FeatureCount);
            Expr end = Of(new LastStep(both.Shape), both, node);
            Expr begin = Of(new LastStep(both.Shape), Of(new Reverse(both.Shape), both, node), node);
            last[0] = Of(new Slice(halves, 0, cell.Hidden), end, node);
            last[1] = Of(new Slice(halves, cell.Hidden, cell.Hidden), begin, node);
        }

        // Y is [steps, directions, rows, hidden], Y_h the same without steps; with the rows first if layout asks for it.
        Atom hidden = new(cell.Hidden, 1), each = new(directions, cell.Hidden), many = new(rows, -1);
        if (node.IsUsed(0))
        {
            Atom along = new(steps, directions * cell.Hidden);
            View view = View.Of([1, 1, 1, 1], 3, rows).With(3, Real(hidden));
            view = rowsFirst ? view.With(0, many).With(1, Real(along)).With(2, Real(each)) : view.With(0, Real(along)).With(1, Real(each))
                .With(2, many);
            node.Set(new Signal(both ?? all[0], view));
        }

        View ofState = View.Of([1, 1, 1], 2, rows).With(2, Real(hidden));
        ofState = rowsFirst ? ofState.With(0, many).With(1, Real(each)) : ofState.With(0, Real(each)).With(1, many);
        if (node.IsUsed(1))
            node.Set(new Signal(Merged(node, last), ofState), 1);
        SetEnds(node, layers[0], start, last[0], ofState);
    }

    // A layer that turns steps round for a recurrent one, or takes its last step, of the real ones of each row.
    private LayerExpr Of(Layer layer, Expr input, Node node)
    {
        knowLengths.Add(layer);
        return new LayerExpr(layer, input, node);
    }

    private static Atom[] Real(Atom atom) => atom.Size == 1 ? [] : [atom];

    private static Expr Merged(Node node, Expr[] parts) => parts.Length == 1 ? parts[0]
        : new MergeExpr(Merge.Concat, parts[0].Shape.WithFeatures(checked(parts[0].Shape.FeatureCount * parts.Length)), node, parts);

    private static void CheckSettings(Node node)
    {
        if (node.OptionalConstant(7, "P") is { } peepholes && !peepholes.All(value => value == 0))
            throw new Refusal("peepholes (P) are not imported");
        if (node.HasAttribute("clip"))
            throw new Refusal("clip is not imported");
        if (node.Int("input_forget", 0) != 0)
            throw new Refusal("input_forget is not imported");
    }

    private Cell ReadCell(Node node, string kind, int directions, long inputs)
    {
        int[] gates = kind switch { "LSTM" => lstmGates, "GRU" => gruGates, _ => rnnGates };
        Tensor w = node.Constant(1, "W"), r = node.Constant(2, "R");
        long count = gates.Length;
        if (w.Dimensions.Length != 3 || r.Dimensions.Length != 3)
            throw node.Bad($"W and R must have three axes, and are {Sizes.Text(w.Dimensions)} and {Sizes.Text(r.Dimensions)}");
        long hidden = r.Dimensions[2];
        if (hidden is 0 or > int.MaxValue / 8 || !w.Dimensions.AsSpan().SequenceEqual([directions, count * hidden, inputs]) || !r.Dimensions.AsSpan()
            .SequenceEqual([directions, count * hidden, hidden]))
            throw node.Bad($"W must be [{directions}, {count} · hidden, {inputs}] and R [{directions}, {count} · hidden, hidden]; they are " +
                $"{Sizes.Text(w.Dimensions)} and {Sizes.Text(r.Dimensions)}");
        if (node.Int("hidden_size", hidden) != hidden)
            throw node.Bad($"hidden_size is not that of R, {hidden}");
        Tensor? b = node.OptionalConstant(3, "B");
        if (b is not null && !b.Dimensions.AsSpan().SequenceEqual([directions, 2 * count * hidden]))
            throw node.Bad($"B must be [{directions}, {2 * count * hidden}], and is {Sizes.Text(b.Dimensions)}");
        if (w.IsInteger || r.IsInteger || b is { IsInteger: true })
            throw node.Bad("weights must be floats");
        allowance.Take((w.IsUniform ? w.Count : 0) + (r.IsUniform ? r.Count : 0) + (b is null || b.IsUniform ? 2 * count * hidden * directions : 0),
            "the weights");
        bool resetsBefore = kind == "GRU" && node.Int("linear_before_reset", 0) == 0;
        return new Cell(kind, gates, (int)hidden, (int)inputs, w, r, b, resetsBefore, ReadActivations(node, kind, directions));
    }

    // Of each direction what makes the gates and what makes the candidate; of RNN the one that there is.
    private static (Activation Gates, Activation Candidate)[] ReadActivations(Node node, string kind, int directions)
    {
        string[] usual = kind switch { "LSTM" => ["Sigmoid", "Tanh", "Tanh"], "GRU" => ["Sigmoid", "Tanh"], _ => ["Tanh"] };
        string[] names = node.Texts("activations") ?? [];
        float[] alphas = node.Floats("activation_alpha") ?? [], betas = node.Floats("activation_beta") ?? [];
        if (names.Length == 0)
            names = [.. Enumerable.Repeat(usual, directions).SelectMany(own => own)];
        if (names.Length != usual.Length * directions)
            throw node.Bad($"it takes {usual.Length * directions} activations, and has {names.Length}");
        var made = new Activation[names.Length];
        for (int k = 0, alpha = 0, beta = 0; k < names.Length; k++)
            made[k] = RecurrentActivation(kind, names[k], alphas, ref alpha, betas, ref beta);
        return [.. made.Chunk(usual.Length).Select(own => own.Length < 3 || own[1].ToString() == own[2].ToString() ? (own[0], own[^1])
            : throw new Refusal($"the candidate of the LSTM goes through {own[1]}, and what is shown of the cell through {own[2]}; here both "
                + "go through one activation"))];
    }

    // The settings are taken one after the other by those activations that have them.
    private static Activation RecurrentActivation(string kind, string name, float[] alphas, ref int alpha, float[] betas, ref int beta)
    {
        float Alpha(float otherwise, ref int at) => at < alphas.Length ? alphas[at++] : otherwise;
        float Beta(float otherwise, ref int at) => at < betas.Length ? betas[at++] : otherwise;
        return name.ToUpperInvariant() switch
        {
            "TANH" => Activation.Tanh,
            "RELU" => Activation.Relu,
            "SIGMOID" => Activation.Sigmoid,
            "SOFTSIGN" => Activation.Softsign,
            "SOFTPLUS" => Activation.Softplus,
            "LEAKYRELU" => new LeakyRelu(Alpha(0.01f, ref alpha)),
            "THRESHOLDEDRELU" => new ThresholdedRelu(Alpha(1, ref alpha)),
            "ELU" => new Elu(Alpha(1, ref alpha)),
            "AFFINE" when (Alpha(1, ref alpha), Beta(0, ref beta)) is (1, 0) => Activation.Identity,
            "SCALEDTANH" when (Alpha(1, ref alpha), Beta(1, ref beta)) is (1, 1) => Activation.Tanh,
            "HARDSIGMOID" when (Alpha(0.2f, ref alpha), Beta(0.5f, ref beta)) is (var slope, 0.5f) =>
                Math.Abs(slope - (1f / 6)) < 1e-6f ? Activation.HardSigmoid : new HardSigmoid(slope),
            _ => throw new Refusal($"the activation \"{Printable.Text(name)}\" of {kind}, with its settings, is none that the library has; Sigmoid, "
                + "Tanh, Relu, Softsign, Softplus, LeakyRelu, ThresholdedRelu, Elu and HardSigmoid with beta = 0.5 are imported"),
        };
    }

    /// <summary>The weights of a recurrent node.</summary>
    private sealed record Cell(string Kind, int[] Gates, int Hidden, int Inputs, Tensor W, Tensor R, Tensor? B, bool ResetsBefore,
        (Activation Gates, Activation Candidate)[] Activations)
    {
        /// <summary>The layer of one direction.</summary>
        public LayerExpr Layer(Node node, Shape shape, Expr input, int direction, bool lastStep)
        {
            Initializer zeros = Initializer.Zeros;
            (Activation gates, Activation candidate) = Activations[direction];
            Layer layer = Kind switch
            {
                "LSTM" => new Lstm(
                    shape, Hidden, lastStep, initializer: zeros, recurrentInitializer: zeros, gates: gates, activation: candidate),
                "GRU" => new Gru(shape, Hidden, lastStep, zeros, zeros, ResetsBefore, gates, candidate),
                _ => new Rnn(shape, Hidden, candidate, lastStep, zeros, zeros),
            };
            int width = Gates.Length * Hidden;
            bool hasOwnBias = Kind == "GRU" && !ResetsBefore; // what r multiplies has one within
            float[] bias = new float[width], ofProduct = new float[Hidden];
            for (int gate = 0; gate < Gates.Length && B is not null; gate++)
            {
                for (int j = 0; j < Hidden; j++)
                {
                    long own = ((long)direction * 2 * width) + (Gates[gate] * Hidden) + j;
                    float ofInput = B.Float(own), ofState = B.Float(own + width);
                    bool isApart = hasOwnBias && gate == 2;
                    bias[(gate * Hidden) + j] = isApart ? ofInput : ofInput + ofState;
                    if (isApart)
                        ofProduct[j] = ofState;
                }
            }

            (string, float[])[] values = [("weight_ih", Transposed(W, direction, Inputs)), ("weight_hh", Transposed(R, direction, Hidden)),
                ("bias", bias)];
            return new LayerExpr(layer, input, node, hasOwnBias ? [.. values, ("bias_hn", ofProduct)] : values);
        }

        // From [gates of hidden, columns] to [columns, gates of hidden], with the gates in the library's order.
        private float[] Transposed(Tensor from, int direction, int columns)
        {
            int width = Gates.Length * Hidden;
            float[] to = new float[(long)columns * width];
            for (int gate = 0; gate < Gates.Length; gate++)
            {
                for (int j = 0; j < Hidden; j++)
                {
                    long start = (((long)direction * width) + (Gates[gate] * Hidden) + j) * columns;
                    for (int i = 0; i < columns; i++)
                        to[((long)i * width) + (gate * Hidden) + j] = from.Float(start + i);
                }
            }

            return to;
        }
    }
}
