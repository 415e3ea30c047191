namespace NeuralNet.Tests.Reference;

/// <summary>Lazy Adam beside PyTorch's SparseAdam (and Adam, of the dense layer); <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class SparseReference
{
    private static readonly Values file = ReferenceFile.Read<Values>("sparse.json");

    public static IEnumerable<LargestError> Measure() => file.Courses.SelectMany(Measure);

    private static IEnumerable<LargestError> Measure(Course expected)
    {
        Optimizer optimizer = expected.Name switch
        {
            "Adam, lazy" => new Adam(0.01f, epsilon: 1e-12f, lazy: true),
            "Adam, lazy, betas" => new Adam(0.02f, beta1: 0.8f, beta2: 0.95f, epsilon: 1e-12f, lazy: true),
            _ => throw new InvalidDataException($"There is no optimizer {expected.Name}."),
        };
        Network network =
            Network.Create(Shape.Sequence(file.Length, 1)).Embedding(file.Vocabulary, file.Width).MeanOverSteps().Dense(file.Outputs).Build();
        file.Parameters.CopyTo(network.Parameters);
        using var trainer = new Trainer(network, Divergence.L2, optimizer);

        // As in OptimizerReference.
        const double Bound = 1e-5;
        LargestError course = new(expected.Name, "D", "of D", Bound), table = new(expected.Name, "embedding", "of the largest", Bound),
            dense = new(expected.Name, "dense", "of the largest", Bound);
        (int ids, int values) = (file.Rows * file.Length, file.Rows * file.Outputs);
        for (int step = 0; step < file.Steps; step++)
        {
            float value = trainer.Step(file.Ids.AsSpan(step * ids, ids), file.D.AsSpan(step * values, values), file.Rows);
            if (step % file.Every == 0)
                course.Add(value, expected.Values[step / file.Every], expected.Values[step / file.Every], $"step {step}");
        }

        table.Add(network.Parameter("0.weight"), expected.Table, "parameter");
        dense.Add(network.Parameters[expected.Table.Length..], expected.Dense, "parameter");
        return [course, table, dense];
    }

    private sealed record Values(
        int Vocabulary, int Width, int Outputs, int Rows, int Length, int Steps, int Every, float[] Ids, float[] D, float[] Parameters,
        Course[] Courses);

    private sealed record Course(string Name, double[] Values, double[] Table, double[] Dense);
}
