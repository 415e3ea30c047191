using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Optimizers;

public class LbfgsRatesTests
{
    [Fact]
    public void A_frozen_layer_does_not_move_by_a_bit_and_the_others_are_fitted_as_around_a_constant()
    {
        Dataset data = TestData.Clouds(64);
        Network network = Three(shape => new Dense(shape, 16, Activation.Tanh, bias: false));
        network.Parameter("1.weight")[3] = -0f;
        float[] frozen = network.Parameter("1.weight").ToArray();
        Network other = Three(_ => new Fixed(new Dense(16, 16, Activation.Tanh, bias: false), frozen));
        foreach (Block block in other.Blocks)
            network.Parameter(block.Name).CopyTo(other.Parameter(block.Name));

        var method = new Lbfgs(maxIterations: 60) { Rates = { ["1"] = 0 }, Penalty = new Penalty(l2: 1e-3f) };
        LbfgsResult result = method.Minimize(network, Divergence.CrossEntropy, data);
        result.Should().Be(new Lbfgs(maxIterations: 60) { Penalty = new Penalty(l2: 1e-3f) }.Minimize(other, Divergence.CrossEntropy, data));
        result.Iterations.Should().Be(60);

        Bits(network.Parameter("1.weight")).Should().Equal(Bits(frozen));
        foreach (Block block in other.Blocks)
            Bits(network.Parameter(block.Name)).Should().Equal(Bits(other.Parameter(block.Name)), block.Name);

        (method.Rates["0"], method.Rates["2"]) = (0, 0);
        LbfgsResult none = method.Minimize(network, Divergence.CrossEntropy, data);
        (none.Stop, none.Iterations).Should().Be((LbfgsStop.Gradient, 0));
    }

    // w = √r u: with r = 1/4 all is twice or half as large, and so has the same bits.
    [Fact]
    public void A_factor_is_a_change_of_variables()
    {
        Network network = Network.Create(4).Add(shape => new Gain(shape)).Dense(3, Activation.Tanh).Build(1);
        Network other = Network.Create(4).Add(shape => new HalfGain(shape)).Dense(3, Activation.Tanh).Build(1);
        TestData.Normal(4, 7).CopyTo(network.Parameter("0.gain"));
        network.Parameters.CopyTo(other.Parameters);
        foreach (ref float u in other.Parameter("0.gain"))
            u *= 2;
        float[] x = TestData.Normal(80, 2, 0.3f), d = TestData.Normal(60, 3, 0.3f);
        for (int iterations = 1; iterations < 30; iterations += 7)
        {
            LbfgsResult result = new Lbfgs(maxIterations: iterations, history: 4, gradientTolerance: 0) { Rates = { ["0"] = 0.25f } }
                .Minimize(network, Divergence.L2, new Batch { Rows = 20, Inputs = x, Desired = d });
            LbfgsResult expected = new Lbfgs(maxIterations: iterations, history: 4, gradientTolerance: 0)
                .Minimize(other, Divergence.L2, new Batch { Rows = 20, Inputs = x, Desired = d });
            (result with { GradientNorm = 0 }).Should().Be(expected with { GradientNorm = 0 });
            for (int i = 0; i < network.Parameters.Length; i++)
                (network.Parameters[i] * (i < 4 ? 2 : 1)).Should().Be(other.Parameters[i]);
        }
    }

    [Fact]
    public void Frozen_statistics_are_the_stored_ones()
    {
        Network network = Network.Create(4).Dense(3).Add(shape => new Centering(shape)).Dense(2).Build(1);
        network.Parameter("1.mean").Fill(0.5f);
        float[] x = TestData.Normal(40), d = TestData.Normal(20, 2);
        var method = new Lbfgs(maxIterations: 20) { Rates = { ["1"] = 0 } };
        LbfgsResult result = method.Minimize(network, Divergence.L2, new Batch { Rows = 10, Inputs = x, Desired = d });
        network.Statistics.ToArray().Should().Equal(0.5f, 0.5f, 0.5f, 0);
        float[] y = network.Predict(x);
        result.Divergence.Should().Be(Divergence.L2.Forward(y, d, 10));
        method.Rates.Remove("1");
        method.Minimize(network, Divergence.L2, new Batch { Rows = 10, Inputs = x, Desired = d });
        network.Parameter("1.updates")[0].Should().BeGreaterThan(0);
    }

    private static Network Three(Func<Shape, Layer> middle) =>
        Network.Create(2).Dense(16, Activation.Tanh).Add(middle).Dense(3, Activation.Softmax).Build(1);

    private static int[] Bits(ReadOnlySpan<float> values) => System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(values).ToArray();

    /// <summary>yᵢ = ½ uᵢ xᵢ.</summary>
    private sealed class HalfGain : Layer
    {
        public HalfGain(Shape shape)
            : base(shape, shape)
        {
            Blocks = [new Block("gain", BlockRole.Scale, [shape.FeatureCount], Initializer.Ones)];
            BackwardReads = BackwardReads.Input;
        }

        public override void Forward(in ForwardPass pass)
        {
            for (int i = 0; i < pass.Input.Length; i++)
                pass.Output[i] = 0.5f * pass.Parameter(0)[i % Input.Size] * pass.Input[i];
        }

        public override void Backward(in BackwardPass pass)
        {
            for (int i = 0; i < pass.Input.Length; i++)
            {
                pass.ParameterGradient(0)[i % Input.Size] += 0.5f * pass.Input[i] * pass.OutputGradient[i];
                if (!pass.InputGradient.IsEmpty)
                    pass.InputGradient[i] = 0.5f * pass.Parameter(0)[i % Input.Size] * pass.OutputGradient[i];
            }
        }
    }
}
