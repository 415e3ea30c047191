namespace NeuralNet.Tests.Reference;

/// <summary>A dense layer with each activation beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class DenseReference
{
    // At most 64 products are summed; each step of a sum rounds by up to 2⁻²⁴ of a partial sum that is no larger than the
    // largest result or so. As a random walk that is 8 · 2⁻²⁵ ≈ 2.4e-7 of the largest; four times as much is allowed.
    private const double Bound = 1e-6;

    public static IEnumerable<LargestError> Measure()
    {
        var errors = new SortedDictionary<string, LargestError>(StringComparer.Ordinal);
        foreach (Layout shape in ReferenceFile.Read<Values>("dense.json").Shapes)
        {
            foreach ((string name, Outcome expected) in shape.Expected)
            {
                Network network = Network.Create(shape.Inputs).Dense(shape.Outputs, NetworkReference.ActivationOf(name)).Build();
                shape.W.CopyTo(network.Parameter("0.weight"));
                shape.B.CopyTo(network.Parameter("0.bias"));
                using Workspace workspace = network.CreateWorkspace(shape.Rows);
                foreach (Sums sums in expected.Batches)
                {
                    int rows = sums.Rows;
                    string at = $"{shape.Inputs}x{shape.Outputs}, {rows} rows";
                    Span<float> x = shape.X.AsSpan(0, rows * shape.Inputs), dy = shape.Dy.AsSpan(0, rows * shape.Outputs);
                    float[] y = new float[dy.Length], dx = new float[x.Length], gradient = new float[network.Parameters.Length];
                    network.Forward(x, y, rows, workspace);
                    network.Backward(x, dy, gradient, dx, rows, workspace);

                    Note("y", y, expected.Y.AsSpan(0, y.Length));
                    Note("∇x", dx, expected.Dx.AsSpan(0, dx.Length));
                    Note("∇W", gradient.AsSpan(0, shape.W.Length), sums.DW);
                    Note("∇b", gradient.AsSpan(shape.W.Length), sums.Db);

                    void Note(string what, ReadOnlySpan<float> actual, ReadOnlySpan<double> exact)
                    {
                        if (!errors.TryGetValue($"{name} {what}", out LargestError? error))
                            errors.Add($"{name} {what}", error = new LargestError($"Dense, {name}", what, "of the largest", Bound));
                        error.Add(actual, exact, at);
                    }
                }
            }
        }

        errors.Should().HaveCount(6 * 4);
        return errors.Values;
    }

    private sealed record Values(Layout[] Shapes);

    private sealed record Layout(
        int Inputs, int Outputs, int Rows, float[] X, float[] W, float[] B, float[] Dy, Dictionary<string, Outcome> Expected);

    private sealed record Outcome(double[] Y, double[] Dx, Sums[] Batches);

    private sealed record Sums(int Rows, double[] DW, double[] Db);
}
