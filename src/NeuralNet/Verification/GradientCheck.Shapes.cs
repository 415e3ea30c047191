namespace NeuralNet;

/// <content>A layer on rows of every shape, and on rows in pieces.</content>
public static partial class GradientCheck
{
    /// <summary>Checks a kind of layer on rows of every shape that it takes: Features(5), Sequence(3, 5) with and without lengths, and
    /// Image(2, 3, 5).</summary>
    /// <param name="make">Makes the layer of the shape that it takes, as <see cref="NetworkBuilder.Add"/> wants it; shapes that it refuses with an
    /// <see cref="ArgumentException"/> are left out.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="seed">What inputs, parameters and c are drawn from.</param>
    /// <param name="step">h.</param>
    /// <returns>The comparison; the name of a part ends with the shape.</returns>
    /// <exception cref="ArgumentException">The layer takes none of these shapes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public static GradientCheckResult Layer(Func<Shape, Layer> make, int rows = 4, long seed = 0, float step = DefaultStep)
    {
        ArgumentNullException.ThrowIfNull(make);
        var parts = new List<GradientCheckPart>();
        ArgumentException? last = null;
        foreach (Shape shape in (Shape[])[Shape.Features(5), Shape.Sequence(3, 5), Shape.Image(2, 3, 5)])
        {
            Layer layer;
            try
            {
                layer = make(shape);
            }
            catch (ArgumentException refusal)
            {
                last = refusal;
                continue;
            }

            parts.AddRange(Layer(layer, rows, seed, step).Parts.Select(part => part with { Name = $"{part.Name}, {shape}" }));
        }

        return parts.Count > 0 ? new GradientCheckResult(parts)
            : throw new ArgumentException($"The layer takes neither features, nor a sequence, nor an image: {last!.Message}", nameof(make), last);
    }

    // The outputs of rows that come in two pieces beside those of whole rows, which must be the same; null if rows cannot come so.
    private static GradientCheckPart? InPieces(Layer layer, int rows, long seed)
    {
        int steps = layer.Input.Steps;
        if (!layer.IsStreamable || layer.Input.Kind != ShapeKind.Sequence || steps < 2)
            return null;
        bool isPerStep = layer.KeepsLengths;
        int first = (int)Math.Max(steps / 2 / layer.PieceSteps, 1L) * layer.PieceSteps;
        if (first >= steps || Refusal(layer, first, first) is not null || Refusal(layer, steps - first, steps - first) is not null)
            return null; // no two pieces that fit, or one that leaves no step somewhere within the layer
        int sum = layer.OutputSteps(first) + layer.OutputSteps(steps - first), expected = layer.OutputSteps(steps);
        if (isPerStep && sum != expected)
        {
            return new GradientCheckPart("y in pieces", [rows, steps], double.PositiveInfinity, 0, sum, expected, 0, 0)
            {
                Fault = FormattableString.Invariant(
                    $"pieces of {first} and {steps - first} steps make {sum} together, but the whole makes {expected}; state PieceSteps, the stride.")
            };
        }

        LayerRun whole = Run(steps), before = Run(first), after = Run(steps - first);
        whole.Forward(training: false);
        Cut(0, first, before);
        before.Forward(training: false);
        Cut(first, steps - first, after);
        before.State.CopyTo(after.InitialState, 0);
        after.Forward(training: false);

        float[] pieces = new float[whole.Output.Length];
        int head = isPerStep ? before.Output.Length / rows : 0, tail = after.Output.Length / rows, all = head + tail;
        for (int row = 0; row < rows; row++)
        {
            before.Output.AsSpan(row * head, head).CopyTo(pieces.AsSpan(row * all));
            after.Output.AsSpan(row * tail, tail).CopyTo(pieces.AsSpan((row * all) + head));
        }

        double off = 0, norm = 0, worst = -1;
        int worstAt = 0;
        for (int i = 0; i < pieces.Length; i++)
        {
            double error = pieces[i].Equals(whole.Output[i]) ? 0 : Math.Abs(pieces[i] - (double)whole.Output[i]);
            off += error * error;
            norm += (double)whole.Output[i] * whole.Output[i];
            if (!double.IsNaN(worst) && !(error <= worst))
                (worst, worstAt) = (error, i);
        }

        return new GradientCheckPart(
            "y in pieces", [rows, all], off == 0 ? 0 : Math.Sqrt(off / norm), worstAt, pieces[worstAt], whole.Output[worstAt], pieces.Length, 0);

        LayerRun Run(int count)
        {
            var run = new LayerRun(layer, rows, steps: count);
            run.Randomize(new RandomStream(seed));
            Array.Clear(run.InitialState);
            return run;
        }

        void Cut(int from, int count, LayerRun piece)
        {
            int width = layer.Input.FeatureCount;
            for (int row = 0; row < rows; row++)
                whole.Input.AsSpan(((row * steps) + from) * width, count * width).CopyTo(piece.Input.AsSpan(row * count * width));
        }
    }
}
