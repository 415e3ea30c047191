using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Verification;

/// <summary>A formula that is broken on purpose is caught, and the message says where; a right one passes.</summary>
public class GradientCheckTests
{
    private enum Fault
    {
        None,
        Sign,
        Factor,
        TransposedIndex,
        LastElement,
        Overwrites,
        MissesInput,
        ReadsUndeclared,
        ReadsPadding,
        LeavesPadding,
        NaN,
        AddsToFrozen,
        StopsWhereFrozen,
    }

    [Fact]
    public void What_is_right_passes()
    {
        GradientCheck.Layer(new Linear(Fault.None)).EnsurePasses();
        GradientCheck.Activation(new Cube(Fault.None)).EnsurePasses();
        GradientCheck.Divergence(new Quartic(Fault.None)).EnsurePasses();
        GradientCheck.Network(Small().Add(_ => new Linear(Fault.None)).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy).EnsurePasses();
    }

    [Fact]
    public void A_layer_that_takes_sequences_is_checked_with_rows_of_several_lengths_too()
    {
        GradientCheckResult right = GradientCheck.Layer(new Gain(Shape.Sequence(3, 5)));
        right.EnsurePasses();
        right.Parts.Select(part => part.Name).Should().Equal("∇x", "∇gain", "∇x with lengths", "∇gain with lengths");
        GradientCheck.Layer(new Gain(Shape.Sequence(3, 5)), lengths: [3, 1, 2, 3]).Parts.Should().HaveCount(2);
        foreach (Fault fault in new[] { Fault.ReadsPadding, Fault.LeavesPadding })
        {
            GradientCheckResult wrong = GradientCheck.Layer(new Doubling(fault));
            wrong.Parts.Where(part => !part.Passes()).Select(part => part.Name).Should().Equal("∇x with lengths");
        }
    }

    [Fact]
    public void A_kind_is_checked_on_rows_of_every_shape_that_it_takes()
    {
        GradientCheckResult right = GradientCheck.Layer(shape => new Gain(shape));
        right.EnsurePasses();
        right.Parts.Select(part => part.Name).Should().Contain(["∇x, Features(5)", "∇gain with lengths, Sequence(3, 5)", "∇x, Image(2, 3, 5)"]);
        GradientCheck.Layer(shape => new Lstm(shape, 4)).EnsurePasses();
        GradientCheck.Layer(shape => new Softmaxed(shape)).EnsurePasses();
        Action none = () => GradientCheck.Layer(shape => throw new ArgumentException("not that"));
        none.Should().Throw<ArgumentException>().WithMessage("The layer takes neither features, nor a sequence, nor an image: not that*");
    }

    [Fact]
    public void A_layer_that_reads_past_a_rows_length_is_found_by_its_kind_alone()
    {
        GradientCheckResult wrong = GradientCheck.Layer(shape => new GainOfAll(shape));
        wrong.Parts.Where(part => !part.Passes()).Select(part => part.Name).Should()
            .Equal("∇x with lengths, Sequence(3, 5)", "∇gain with lengths, Sequence(3, 5)");
    }

    [Fact]
    public void A_random_layer_and_one_with_statistics_are_checked_in_inference_too()
    {
        GradientCheck.Layer(new Dropout(5)).EnsurePasses();
        GradientCheck.Layer(new Dropout(5)).Parts.Select(part => part.Name).Should().Equal("∇x", "∇x in inference");
        GradientCheck.Layer(new BatchStatistics(4)).EnsurePasses();
        GradientCheck.Layer(new BatchStatistics(4)).Parts.Should().Contain(part => part.Name == "∇weight in inference");
    }

    [Fact]
    public void Pieces_that_have_not_the_bits_of_the_whole_are_found()
    {
        GradientCheck.Layer(new Lstm(Shape.Sequence(4, 3), 5)).Parts.Should().Contain(part => part.Name == "y in pieces" && part.Error == 0);
        GradientCheck.Layer(new Reverse(Shape.Sequence(4, 3))).Parts.Should().NotContain(part => part.Name == "y in pieces");
        GradientCheckResult wrong = GradientCheck.Layer(new Liar(Shape.Sequence(4, 3)));
        wrong.Parts.Where(part => !part.Passes()).Select(part => part.Name).Should().Equal("y in pieces");
    }

    [Fact]
    public void A_network_that_gives_an_image_or_a_sequence_passes()
    {
        GradientCheck.Network(Network.Create(Shape.Image(3, 3, 2)).Prelu().Build(1), Divergence.L2).EnsurePasses();
        GradientCheck.Network(Network.Create(Shape.Sequence(4, 3)).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy).EnsurePasses();
    }

    [Fact]
    public void A_network_without_parameters_is_refused_rather_than_passed()
    {
        Network network = Network.Create(3).Add(shape => new Skip(shape)).Build();
        Assert.Contains(
            "no parameters", Assert.Throws<ArgumentException>(() => GradientCheck.Network(network, Divergence.L2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Fault.Sign, "∇w", "∇x")]
    [InlineData(Fault.Factor, "∇w", "∇x")]
    [InlineData(Fault.TransposedIndex, "∇w", "∇x")]
    [InlineData(Fault.LastElement, "∇w", "∇x")]
    [InlineData(Fault.Overwrites, "∇w", "∇x")]
    [InlineData(Fault.NaN, "∇w", "∇x")]
    [InlineData(Fault.MissesInput, "∇x", "∇w")]
    [InlineData(Fault.ReadsUndeclared, "∇w", "∇x")]
    private void A_broken_layer_is_caught_in_the_gradient_that_is_wrong_and_only_there(Fault fault, string wrong, string right)
    {
        GradientCheckResult check = GradientCheck.Layer(new Linear(fault));
        check.Parts.Single(part => part.Name == wrong).Passes().Should().BeFalse(check.ToString());
        check.Parts.Single(part => part.Name == right).Passes().Should().BeTrue(check.ToString());
        check.Passes().Should().BeFalse();
        check.Invoking(c => c.EnsurePasses()).Should().Throw<InvalidOperationException>().WithMessage($"*{wrong}: error *");
    }

    [Theory]
    [InlineData(Fault.AddsToFrozen, "backward throws IndexOutOfRangeException: Index was outside the bounds of the array.")]
    [InlineData(Fault.StopsWhereFrozen, "∇x is another than where they learn")]
    private void A_layer_that_is_wrong_only_where_its_blocks_are_frozen_is_found_and_told_of_in_words(Fault fault, string words)
    {
        GradientCheckResult check = GradientCheck.Layer(new Linear(fault));
        GradientCheckPart wrong = check.Parts.Where(part => !part.Passes()).Should().ContainSingle().Subject;
        wrong.Name.Should().Be("∇x with frozen blocks");
        wrong.Fault.Should().StartWith(words).And.Contain("ParameterGradient(…).IsEmpty");
        check.Error.Should().Be(double.PositiveInfinity);
        check.Invoking(c => c.EnsurePasses()).Should().Throw<InvalidOperationException>().WithMessage($"*∇x with frozen blocks: {words}*");
    }

    [Fact]
    public void The_message_names_the_element_and_by_how_much_it_is_off()
    {
        GradientCheckPart part = GradientCheck.Layer(new Linear(Fault.LastElement)).Parts.Single(one => one.Name == "∇w");
        part.WorstElement.Should().Be((Linear.Inputs * Linear.Outputs) - 1);
        part.WorstPlace.Should().Be($"[{Linear.Inputs - 1}, {Linear.Outputs - 1}]");
        part.ToString().Should()
            .Contain($"worst {part.WorstPlace}: backward {part.Analytic.ToString("G6", System.Globalization.CultureInfo.InvariantCulture)}");
        part.Analytic.Should().BeApproximately(1.1 * part.Numeric, 1e-3 * Math.Abs(part.Numeric));
    }

    [Theory]
    [InlineData(Fault.Sign)]
    [InlineData(Fault.Factor)]
    [InlineData(Fault.TransposedIndex)]
    [InlineData(Fault.NaN)]
    private void A_broken_activation_is_caught(Fault fault)
    {
        GradientCheckResult check = GradientCheck.Activation(new Cube(fault));
        check.Passes().Should().BeFalse(check.ToString());
        check.Parts.Should().ContainSingle().Which.Name.Should().Be("∇z");
    }

    [Theory]
    [InlineData(Fault.Sign)]
    [InlineData(Fault.Factor)]
    [InlineData(Fault.TransposedIndex)]
    [InlineData(Fault.NaN)]
    private void A_broken_divergence_is_caught(Fault fault) =>
        GradientCheck.Divergence(new Quartic(fault)).Passes().Should().BeFalse();

    [Fact]
    public void A_broken_layer_within_a_network_is_caught_in_it_and_in_those_below()
    {
        GradientCheckResult check = GradientCheck.Network(
            Small().Add(_ => new Linear(Fault.MissesInput)).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy);
        check.Parts.Where(part => !part.Passes()).Select(part => part.Name).Should().Equal("∇0.weight", "∇0.bias");
    }

    [Fact]
    public void A_network_is_not_changed_by_its_check()
    {
        Network network = Small().Add(shape => new Probe(shape)).Dense(3, Activation.Sigmoid).Build(1);
        float[] before = network.Parameters.ToArray();
        GradientCheck.Network(network, Divergence.BinaryCrossEntropy).EnsurePasses();
        network.Parameters.ToArray().Should().Equal(before);
    }

    // z is drawn from N(0, 1.5²): within 0.01 of a kink lie few, and a staircase has them everywhere.
    [Fact]
    public void Elements_at_a_kink_are_left_out_and_counted_and_too_many_of_them_fail()
    {
        GradientCheckPart relu = GradientCheck.Activation(Activation.Relu, outputs: 500).Parts[0];
        relu.Kinks.Should().BeInRange(5, 300);
        relu.Passes().Should().BeTrue(relu.ToString());
        GradientCheck.Activation(new Staircase()).Passes().Should().BeFalse();
    }

    [Fact]
    public void A_threshold_decides()
    {
        GradientCheckResult check = GradientCheck.Activation(Activation.Tanh);
        check.Passes().Should().BeTrue();
        check.Passes(check.Error / 2).Should().BeFalse();
        check.Invoking(c => c.EnsurePasses(check.Error / 2)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Bad_settings_are_refused_with_words()
    {
        Layer layer = new Dense(3, 2);
        FluentActions.Invoking(() => GradientCheck.Layer(layer, rows: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GradientCheck.Layer(layer, step: 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*positive*");
        FluentActions.Invoking(() => GradientCheck.Layer(layer, step: float.NaN)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GradientCheck.Layer(layer, lengths: [1, 1, 1, 1]))
            .Should().Throw<ArgumentException>().WithMessage("*for a sequence*");
        FluentActions.Invoking(() => GradientCheck.Activation(Activation.Tanh, outputs: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GradientCheck.Divergence(Divergence.L2, width: -1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => GradientCheck.Network(Small().Build(), Divergence.L2, rows: int.MaxValue))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*too many*");
        FluentActions.Invoking(() => GradientCheck.Layer((Layer)null!)).Should().Throw<ArgumentNullException>();
    }

    private static NetworkBuilder Small() => Network.Create(3).Dense(Linear.Inputs, Activation.Tanh);

    /// <summary>y = w x, with [inputs, outputs] weights, and faults.</summary>
    private sealed class Linear : Layer
    {
        public const int Inputs = 4, Outputs = 4;
        private readonly Fault fault;

        public Linear(Fault fault)
            : base(Inputs, Outputs)
        {
            this.fault = fault;
            Blocks = [new Block("w", BlockRole.Weight, [Inputs, Outputs], Initializer.GlorotUniform)];
            BackwardReads = fault == Fault.ReadsUndeclared ? BackwardReads.None : BackwardReads.Input;
        }

        public override void Forward(in ForwardPass pass)
        {
            for (int at = 0; at < pass.Output.Length; at++)
            {
                pass.Output[at] = 0;
                for (int i = 0; i < Inputs; i++)
                    pass.Output[at] += pass.Parameter(0)[(i * Outputs) + (at % Outputs)] * pass.Input[(at / Outputs * Inputs) + i];
            }
        }

        public override void Backward(in BackwardPass pass)
        {
            Span<float> dw = pass.ParameterGradient(0);
            bool isFrozen = dw.IsEmpty && fault != Fault.AddsToFrozen;
            if (fault == Fault.Overwrites)
                dw.Clear();
            if (!pass.InputGradient.IsEmpty)
                pass.InputGradient.Clear();
            for (int row = 0; row < pass.Rows; row++)
            {
                for (int i = 0; i < Inputs; i++)
                {
                    for (int j = 0; j < Outputs; j++)
                    {
                        float dy = pass.OutputGradient[(row * Outputs) + j], x = pass.Input[(row * Inputs) + i];
                        int at = fault == Fault.TransposedIndex ? (j * Inputs) + i : (i * Outputs) + j;
                        if (isFrozen && fault == Fault.StopsWhereFrozen)
                            continue;
                        if (!isFrozen)
                        {
                            dw[at] += fault switch
                            {
                                Fault.Sign => -x * dy,
                                Fault.Factor => 1.01f * x * dy,
                                Fault.LastElement when i == Inputs - 1 && j == Outputs - 1 => 1.1f * x * dy,
                                Fault.NaN when i == 1 && j == 1 => float.NaN,
                                _ => x * dy,
                            };
                        }

                        if (!pass.InputGradient.IsEmpty && !(fault == Fault.MissesInput && j == 0))
                            pass.InputGradient[(row * Inputs) + i] += pass.Parameter(0)[(i * Outputs) + j] * dy;
                    }
                }
            }
        }
    }

    /// <summary>y = 2 x on a sequence, with faults where a row has a length.</summary>
    private sealed class Doubling(Fault fault) : Layer(Shape.Sequence(3, 2), Shape.Sequence(3, 2))
    {
        public override void Forward(in ForwardPass pass) => Double(pass.RealValues(Input), pass.Input, pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            if (!pass.InputGradient.IsEmpty)
                Double(pass.RealValues(Input), pass.OutputGradient, pass.InputGradient);
        }

        private void Double(RealValues runs, ReadOnlySpan<float> from, Span<float> to)
        {
            if (fault == Fault.ReadsPadding)
            {
                for (int i = 0; i < to.Length; i++)
                    to[i] = 2 * from[i];
                return;
            }

            if (fault != Fault.LeavesPadding)
                to.Clear();
            foreach (Range run in runs)
            {
                for (int i = run.Start.Value; i < run.End.Value; i++)
                    to[i] = 2 * from[i];
            }
        }
    }

    /// <summary>yᵢ = zᵢ² zᵢ₊₁ around the circle: a full Jacobian, and faults.</summary>
    private sealed class Cube(Fault fault) : Activation
    {
        public override BackwardReads BackwardReads => BackwardReads.Input;

        protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y)
        {
            for (int i = 0; i < z.Length; i++)
                y[i] = z[i] * z[i] * z[(i + 1) % z.Length];
        }

        protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
        {
            dz.Clear();
            for (int i = 0; i < z.Length; i++)
            {
                int next = (i + 1) % z.Length;
                float own = (fault == Fault.Factor ? 1.98f : 2) * z[i] * z[next] * dy[i], other = z[i] * z[i] * dy[i];
                dz[i] += fault == Fault.Sign ? -own : own;
                dz[fault == Fault.TransposedIndex ? (i + z.Length - 1) % z.Length : next] += other;
            }

            if (fault == Fault.NaN)
                dz[2] = float.NaN;
        }
    }

    /// <summary>D = Σ (yᵢ − dᵢ)⁴ (i + 1), and faults.</summary>
    private sealed class Quartic(Fault fault) : Divergence
    {
        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired)
        {
            double sum = 0;
            for (int i = 0; i < y.Length; i++)
                sum += (i + 1) * Math.Pow((double)y[i] - desired[i] + 1, 4);
            return sum;
        }

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
        {
            for (int i = 0; i < y.Length; i++)
            {
                float cube = MathF.Pow(y[i] - desired[i] + 1, 3) * (i + 1);
                gradient[fault == Fault.TransposedIndex ? y.Length - 1 - i : i] = fault switch
                {
                    Fault.Sign => -4,
                    Fault.Factor => 3.96f,
                    Fault.NaN when i == 1 => float.NaN,
                    _ => 4,
                } * cube * weight;
            }
        }
    }

    private sealed class Staircase : ScalarActivation
    {
        public override float Value(float z) => MathF.Floor(137 * z) / 137;

        public override float Derivative(float z, float y) => 1;
    }

    private sealed class Softmaxed(Shape shape) : Composite(shape, shape, [new ActivationLayer(shape, Activation.Softmax)])
    {
        public override void Forward(in ForwardPass pass) => ForwardChild(pass, 0, pass.Input).CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            ReadOnlySpan<float> dx = BackwardChild(pass, 0, pass.Input, pass.OutputGradient, !pass.InputGradient.IsEmpty);
            dx.CopyTo(pass.InputGradient);
        }
    }

    // Says that it can be given in pieces, and is a reversal.
    private sealed class Liar : Layer
    {
        private readonly Reverse reverse;

        public Liar(Shape shape)
            : base(shape, shape)
        {
            reverse = new Reverse(shape);
            BackwardReads = BackwardReads.None;
            IsStreamable = true;
        }

        public override void Forward(in ForwardPass pass) => reverse.Forward(pass);

        public override void Backward(in BackwardPass pass) => reverse.Backward(pass);
    }
}
