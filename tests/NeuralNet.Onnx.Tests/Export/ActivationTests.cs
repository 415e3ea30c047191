using NeuralNet.Tests.Contracts;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Activations at the ends of the floats, and with other settings than the usual ones.</summary>
public class ActivationTests
{
    private static readonly float[] arguments =
        [-1e30f, -1e10f, -1e4f, -300, -100, -88, -40, -18.5f, -10, -6, -3, -2.5f, -1, -0.1f, -1e-3f, -1e-6f, -1e-20f, 0];

    public static TheoryData<string> Scalars => PublicKinds.Names(AllScalars());

    public static TheoryData<string> Vectors => PublicKinds.Names(AllVectors());

    [Theory]
    [MemberData(nameof(Scalars))]
    public void A_scalar_activation_is_right_from_the_smallest_to_the_largest_arguments(string name)
    {
        Activation activation = PublicKinds.Find(AllScalars(), name);

        // Neither the library nor the runtime says what a sine of so large a number is worth: neighbouring floats are turns apart.
        float[] z = [.. arguments.Concat(arguments.Select(value => -value)).Where(value => activation is not Sine || MathF.Abs(value) < 1e5f)];
        Network network = Network.Create(z.Length).Add(shape => new ActivationLayer(shape, activation)).Build();
        float[] expected = network.Predict(z);
        foreach (bool optimized in new[] { true, false })
        {
            using var runtime = new Runtime(network.ToOnnx(), optimized);
            (float[] y, _) = runtime.Run(z, 1, network.Input);
            for (int i = 0; i < z.Length; i++)
                y[i].Should().BeApproximately(expected[i], Same.Tolerance * (1 + MathF.Abs(expected[i])), $"f({z[i]:R}) is so");
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_vector_activation_is_right_where_squares_and_exponentials_overflow(string name)
    {
        Activation activation = PublicKinds.Find(AllVectors(), name);
        Network network = Network.Create(12).Add(shape => new ActivationLayer(shape, activation)).Build();
        foreach (float scale in new[] { 1e-30f, 1e-15f, 1e-3f, 1, 50, 1e4f, 1e18f })
            Same.AsPredicted(network, seed: 3, deviation: activation is Product or Glu ? MathF.Min(scale, 1e15f) : scale);
    }

    private static IEnumerable<Activation> AllScalars() =>
    [
        .. PublicKinds.Activations().OfType<ScalarActivation>(),
        new LeakyRelu(0), new LeakyRelu(1.5f), new RandomizedLeakyRelu(0.1f, 0.9f),
        new Elu(0.3f), new Elu(16), new Elu(17), new Elu(1000), new Elu(1e30f), new Elu(1e-30f),
        new Celu(0.3f), new Celu(16), new Celu(17), new Celu(1000), new Celu(1e30f), new Celu(1e-30f),
        new HardTanh(-2.5f, -2), new HardTanh(0, 1e20f), new Sine(30), new Sine(-0.01f),
    ];

    private static IEnumerable<Activation> AllVectors() =>
    [
        .. PublicKinds.Activations().Where(activation => activation is not ScalarActivation),
        new Softmax(100), new Softmax(1e-3f), new Softmax(1e-30f), new Softmax(1e30f),
        new Max(1), new Max(12), new L2Normalize(0.5f), new L2Normalize(1e-38f), new L2Normalize(1e30f),
        new Product(12, (0, 11), (3, 3), (11, 0)),
        .. PublicKinds.Activations().OfType<ScalarActivation>().Where(gate => !gate.IsRandom && gate is not Sine).Select(gate => new Glu(gate)),
    ];
}
