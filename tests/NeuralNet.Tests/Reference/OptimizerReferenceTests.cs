using Xunit.Abstractions;

namespace NeuralNet.Tests.Reference;

public class OptimizerReferenceTests(ITestOutputHelper output)
{
    // 200 steps, each of which rounds every weight by up to 2⁻²⁵ of the largest and passes on a gradient that is good to
    // about 1e-6: were all of it to add up it would be 200 · 3e-8 = 6e-6. On a smooth problem, going downhill, most of it
    // is forgotten. (PyTorch's own float32 is off by up to 6e-6 here, with Adam and decay.)
    private const double Bound = 1e-5;

    private static readonly Values file = ReferenceFile.Read<Values>("optimizers.json");

    public static TheoryData<string> Names => [.. file.Courses.Select(course => course.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Two_hundred_steps_end_where_those_of_PyTorch_end(string name)
    {
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
            _ => throw new ArgumentException($"There is no optimizer {name}.", nameof(name)),
        };
        Course expected = file.Courses.Single(course => course.Name == name);
        Network network = NetworkReferenceTests.NetworkOf(file.Sizes, file.Activations, file.Parameters);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, optimizer);

        LargestError course = new(name + ", D on the way", "of D"), end = new(name + ", parameters after 200 steps", "of the largest");
        for (int step = 0; step < file.Steps; step++)
        {
            float value = trainer.Step(file.X, file.D, file.Rows);
            if (step % file.Every == 0)
                course.Add(value, expected.Values[step / file.Every], expected.Values[step / file.Every], $"step {step}");
        }

        end.Add(network.Parameters, expected.Parameters, "parameter");
        course.ShouldBeAtMost(Bound, output);
        end.ShouldBeAtMost(Bound, output);
    }

    private sealed record Values(int[] Sizes, string[] Activations, int Rows, int Steps, int Every, float[] X, float[] D, float[] Parameters, Course[] Courses);

    private sealed record Course(string Name, double[] Values, double[] Parameters);
}
