namespace NeuralNet.Tests.Contracts;

/// <summary>What every activation owes to its callers.</summary>
public class ActivationContractTests
{
    private const int Width = 6, Vectors = 9;

    public static TheoryData<string> Activations => PublicKinds.Names(PublicKinds.Activations());

    [Theory]
    [MemberData(nameof(Activations))]
    public void Backward_agrees_with_finite_differences(string name)
    {
        GradientCheckResult check = GradientCheck.Activation(Find(name));
        check.Passes().Should().BeTrue(check.ToString());
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void In_place_gives_the_same_bits(string name)
    {
        Activation activation = Find(name);
        float[] z = Draw(activation.InputWidth(Width)), y = new float[Width];
        activation.Forward(z, y);
        if (activation.WorksInPlace)
        {
            activation.Forward(z, z);
            z.Should().Equal(y);
        }
        else
        {
            activation.Invoking(a => a.Forward(z, z.AsSpan(0, Width))).Should().Throw<ArgumentException>().WithMessage("*overlap*");
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Vectors_do_not_influence_each_other(string name)
    {
        Activation activation = Find(name);
        int inputs = activation.InputWidth(Width);
        float[] z = Draw(inputs * Vectors), y = new float[Width * Vectors], dy = Draw(Width * Vectors, 2), dz = new float[z.Length];
        activation.Forward(new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y, Stream = new RandomStream(1) });
        activation.Backward(
            new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = dy, InputGradient = dz, Stream = new RandomStream(1) });
        for (int v = 0; v < Vectors; v++)
        {
            float[] single = new float[Width], singleGradient = new float[inputs];
            activation.Forward(new ActivationForwardPass
            {
                Vectors = 1,
                Z = z.AsSpan(v * inputs, inputs),
                Y = single,
                FirstRow = v,
                Stream = new RandomStream(1),
            });
            activation.Backward(new ActivationBackwardPass
            {
                Vectors = 1,
                Z = z.AsSpan(v * inputs, inputs),
                Y = single,
                OutputGradient = dy.AsSpan(v * Width, Width),
                InputGradient = singleGradient,
                FirstRow = v,
                Stream = new RandomStream(1),
            });
            single.Should().Equal(y[(v * Width)..((v + 1) * Width)]);
            singleGradient.Should().Equal(dz[(v * inputs)..((v + 1) * inputs)]);
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Backward_reads_only_what_is_declared(string name)
    {
        Activation activation = Find(name);
        float[] z = Draw(activation.InputWidth(Width)), y = new float[Width], dy = Draw(Width, 2);
        float[] dz = new float[z.Length], again = new float[z.Length];
        activation.Forward(z, y);
        activation.Backward(z, y, dy, dz);
        activation.Backward(new ActivationBackwardPass
        {
            Vectors = 1,
            Z = activation.BackwardReads.HasFlag(BackwardReads.Input) ? z : default,
            Y = activation.BackwardReads.HasFlag(BackwardReads.Output) ? y : default,
            OutputGradient = dy,
            InputGradient = again,
        });
        again.Should().Equal(dz);
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Backward_is_the_product_with_the_Jacobian_which_is_diagonal_for_scalar_ones(string name)
    {
        Activation activation = Find(name);
        int inputs = activation.InputWidth(Width);
        float[] z = Draw(inputs), y = new float[Width], dy = Draw(Width, 2), dz = new float[inputs], jacobian = new float[Width * inputs];
        activation.Forward(z, y);
        activation.Backward(z, y, dy, dz);
        activation.Jacobian(z, jacobian);
        for (int i = 0; i < inputs; i++)
        {
            double sum = 0;
            for (int j = 0; j < Width; j++)
            {
                sum += (double)dy[j] * jacobian[(j * inputs) + i];
                if (activation is ScalarActivation scalar)
                    jacobian[(j * inputs) + i].Should().Be(i == j ? scalar.Derivative(z[i], y[i]) : 0);
            }

            ((double)dz[i]).Should().BeApproximately(sum, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void A_NaN_is_never_swallowed(string name)
    {
        Activation activation = Find(name);
        float[] z = Draw(activation.InputWidth(Width)), y = new float[Width], dz = new float[z.Length], dy = new float[Width];
        z[2] = float.NaN;
        activation.Forward(z, y);
        ShouldHaveNaN(activation, y);
        z[2] = 1;
        activation.Forward(z, y);
        Array.Fill(dy, 1);
        dy[2] = float.NaN;
        activation.Backward(z, y, dy, dz);
        ShouldHaveNaN(activation, dz);
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Nothing_is_allocated(string name)
    {
        Activation activation = Find(name);
        float[] z = Draw(activation.InputWidth(Width) * Vectors), y = new float[Width * Vectors], dy = Draw(y.Length, 2), dz = new float[z.Length];
        void Pass()
        {
            activation.Forward(new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y, Stream = new RandomStream(1) });
            activation.Backward(
                new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = dy, InputGradient = dz, Stream = new(1) });
            activation.Forward(z.AsSpan(0, z.Length / Vectors), y.AsSpan(0, Width));
            activation.Backward(z.AsSpan(0, z.Length / Vectors), y.AsSpan(0, Width), dy.AsSpan(0, Width), dz.AsSpan(0, z.Length / Vectors));
        }

        Pass();
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 20; i++)
                Pass();
        }).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Wrong_widths_are_refused_with_words(string name)
    {
        Activation activation = Find(name);
        int inputs = activation.InputWidth(Width);
        activation.Invoking(a => a.Forward(new float[inputs + 1], new float[Width]))
            .Should().Throw<ArgumentException>().WithMessage($"*{Width} outputs*{inputs + 1}*");
        activation.Invoking(a => a.Forward(default, default)).Should().Throw<ArgumentException>();
        activation.Invoking(a => a.Backward(new float[inputs], new float[Width], new float[Width + 1], new float[inputs]))
            .Should().Throw<ArgumentException>().WithMessage($"*{Width + 1}*");
        activation.Invoking(a => a.Backward(new float[inputs], new float[Width], new float[Width], new float[inputs + 1]))
            .Should().Throw<ArgumentException>().WithMessage($"*{inputs + 1}*");
        activation.Invoking(a => a.Jacobian(new float[inputs], new float[(inputs * Width) + 1])).Should().Throw<ArgumentException>();
    }

    // Of a vector activation any element may depend on any.
    private static void ShouldHaveNaN(Activation activation, float[] values)
    {
        if (activation is ScalarActivation)
            values[2].Should().Be(float.NaN);
        else
            values.Should().Contain(float.NaN);
    }

    private static Activation Find(string name) => PublicKinds.Find(PublicKinds.Activations(), name);

    private static float[] Draw(int count, long seed = 1)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = new RandomStream(seed).Normal(0, i);
        return values;
    }
}
