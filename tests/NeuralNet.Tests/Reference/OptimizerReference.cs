namespace NeuralNet.Tests.Reference;

/// <summary>The optimizers beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class OptimizerReference
{
    // 200 steps, each of which rounds every weight by up to 2⁻²⁵ of the largest and passes on a gradient that is good to
    // about 1e-6: were all of it to add up it would be 200 · 3e-8 = 6e-6. On a smooth problem, going downhill, most of it
    // is forgotten. (PyTorch's own float32 is off by up to 6e-6 here, with Adam and decay.)
    private const double Bound = 1e-5;

    private static readonly Values file = ReferenceFile.Read<Values>("optimizers.json");

    public static IEnumerable<LargestError> Measure() => file.Courses.SelectMany(Measure);

    private static IEnumerable<LargestError> Measure(Course expected)
    {
        string name = expected.Name;
        Optimizer optimizer = name switch
        {
            "Sgd" => new Sgd(0.1f),
            "Sgd, momentum" => new Sgd(0.02f, momentum: 0.9f),
            "Sgd, Nesterov" => new Sgd(0.02f, momentum: 0.9f, nesterov: true),
            "Sgd, decay" => new Sgd(0.1f, weightDecay: 0.05f),
            "Sgd, momentum, decay" => new Sgd(0.02f, momentum: 0.9f, weightDecay: 0.05f),
            "Sgd, Nesterov, decay" => new Sgd(0.02f, momentum: 0.9f, nesterov: true, weightDecay: 0.05f),
            "Adam" => new Adam(0.01f),
            "Adam, betas, epsilon" => new Adam(0.02f, beta1: 0.8f, beta2: 0.95f, epsilon: 0.01f),
            "Adam, decay" => new Adam(0.01f, weightDecay: 0.05f),
            "AdamW" => new AdamW(0.01f, weightDecay: 0.1f),
            "Adagrad" => new Adagrad(0.05f),
            "Adagrad, rate decay, initial sum, decay" => new Adagrad(0.1f, learningRateDecay: 0.01f, initialSum: 0.1f, weightDecay: 0.05f),
            "RmsProp" => new RmsProp(0.002f),
            "RmsProp, alpha, epsilon, decay" => new RmsProp(0.005f, alpha: 0.9f, epsilon: 0.01f, weightDecay: 0.05f),
            "RmsProp, momentum" => new RmsProp(0.0005f, momentum: 0.9f),
            "RmsProp, centered" => new RmsProp(0.001f, epsilon: 0.001f, centered: true),
            "RmsProp, centered, momentum" => new RmsProp(0.0005f, epsilon: 0.01f, momentum: 0.8f, centered: true),
            "Nadam" => new Nadam(0.01f),
            "Nadam, betas, epsilon, decay" => new Nadam(0.02f, beta1: 0.8f, beta2: 0.95f, epsilon: 0.01f, weightDecay: 0.05f, momentumDecay: 0.1f),
            "Rprop" => new Rprop(0.001f, increase: 1.05f, maxStep: 0.005f),
            "Sgd, clipped by norm" => new Sgd(0.5f, momentum: 0.9f),
            "Adam, clipped by value" => new Adam(0.01f, epsilon: 0.01f),
            "Sgd, L1 penalty" => new Sgd(0.02f),
            "Adam, L1 and L2 penalty, clipped by norm" => new Adam(0.01f, epsilon: 0.01f),
            _ => throw new InvalidDataException($"There is no optimizer {name}."),
        };
        Network network = NetworkReference.NetworkOf(file.Sizes, file.Activations, file.Parameters);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, optimizer)
        {
            Clipping = name.Contains("by norm", StringComparison.Ordinal) ? GradientClipping.ByNorm(0.05f)
                : name.Contains("by value", StringComparison.Ordinal) ? GradientClipping.ByValue(0.01f) : null,
            Penalty = name.Contains("L1 and L2", StringComparison.Ordinal) ? new Penalty(0.005f, 0.02f)
                : name.Contains("L1", StringComparison.Ordinal) ? new Penalty(0.01f) : null,
        };

        LargestError course = new(name, "D", "of D", Bound), end = new(name, "w", "of the largest", Bound);
        for (int step = 0; step < file.Steps; step++)
        {
            float value = trainer.Step(file.X, file.D, file.Rows);
            if (step % file.Every == 0)
                course.Add(value, expected.Values[step / file.Every], expected.Values[step / file.Every], $"step {step}");
        }

        end.Add(network.Parameters, expected.Parameters, "parameter");
        return [course, end];
    }

    private sealed record Values(
        int[] Sizes, string[] Activations, int Rows, int Steps, int Every, float[] X, float[] D, float[] Parameters, Course[] Courses);

    private sealed record Course(string Name, double[] Values, double[] Parameters);
}
