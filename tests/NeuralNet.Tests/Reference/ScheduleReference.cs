namespace NeuralNet.Tests.Reference;

/// <summary>
/// The factors of the schedules beside PyTorch's, and the minimum that L-BFGS finds; <see cref="ParityTests"/> asserts what is
/// measured here.
/// </summary>
internal static class ScheduleReference
{
    private static readonly Values file = ReferenceFile.Read<Values>("optimizers.json");

    public static IEnumerable<LargestError> Measure() => file.Schedules.Select(Measure);

    public static IEnumerable<LargestError> MeasureMinimum()
    {
        Convex expected = file.Minimum;
        int width = expected.X.Length / expected.Rows, classes = expected.D.Length / expected.Rows;
        Network network = Network.Create(width).Dense(classes, Activation.Softmax, Initializer.Zeros).Build();
        LbfgsResult result = new Lbfgs(gradientTolerance: 1e-7f) { Penalty = new Penalty(l2: expected.L2) }.Minimize(
            network, Divergence.CrossEntropy, new Batch { Rows = expected.Rows, Inputs = expected.X, Desired = expected.D });
        LargestError value = new("L-BFGS, logistic regression", "objective", "of the objective", 1e-6);
        LargestError end = new("L-BFGS, logistic regression", "w", "of the largest", 1e-5);
        value.Add((float)result.Objective, expected.Value, expected.Value, "minimum");
        end.Add(network.Parameters, expected.Parameters, "parameter");
        return [value, end];
    }

    // The factor is a double; what becomes of it, rate and all, is a float.
    private static LargestError Measure(Series expected)
    {
        Schedule schedule = expected.Name switch
        {
            "StepDecay" => new StepDecay(7, 0.3f),
            "ExponentialDecay" => new ExponentialDecay(0.95f),
            "CosineDecay" => new CosineDecay(49, minimum: 0.02f),
            "CosineDecay, warm-up" => new CosineDecay(40, warmUp: 10, minimum: 0.05f),
            "OneCycle" => new OneCycle(50),
            "OneCycle, settings" => new OneCycle(50, rise: 0.45f, startDivisor: 10, endDivisor: 100),
            "Plateau" => new Plateau(0.5f, patience: 3, threshold: 1e-3f),
            "Plateau, cool-down, minimum" => new Plateau(0.3f, patience: 2, threshold: 0.01f, coolDown: 4, minimum: 0.05f),
            _ => throw new InvalidDataException($"There is no schedule {expected.Name}."),
        };
        var error = new LargestError(expected.Name, "factor", "of the factor", 1e-12);
        for (int t = 0; t < expected.Factors.Length; t++)
        {
            double factor = schedule.Factor(new ScheduleTime { Step = t, Epoch = t, Divergences = file.Divergences.AsSpan(0, t) });
            error.AddRelative(factor, expected.Factors[t], $"t = {t}");
        }

        return error;
    }

    private sealed record Values(double[] Divergences, Series[] Schedules, Convex Minimum);

    private sealed record Series(string Name, double[] Factors);

    private sealed record Convex(int Rows, float[] X, float[] D, float L2, double Value, double[] Parameters);
}
