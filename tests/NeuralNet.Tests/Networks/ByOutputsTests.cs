using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Networks;

/// <summary>The divergence of several named outputs: a weighted sum, each of its own columns, through the logits where there is a form.</summary>
public class ByOutputsTests
{
    private const int Rows = 6;

    private static readonly Network network = Make(4, "class", "size", "flags");

    private static readonly float[] x = [.. Enumerable.Range(0, Rows * 4).Select(i => MathF.Sin(i))];

    private static readonly int[] classes = [0, 2, 1, 1, 0, 2];

    private static readonly float[] sizes = [1, -2, 0.5f, 3, 0, 1], flags = [1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1];

    private static Network Make(int inputs, params string[] names) => Network.Create(inputs).Dense(5, Activation.Tanh).Outputs(
        (names[0], b => b.Dense(3, Activation.Softmax)), (names[1], b => b.Dense(1)),
        (names[2], b => b.Dense(4, Activation.Silu).Dense(2, Activation.Sigmoid))).Build(7);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(0.5f, 2, 0.25f)]
    [InlineData(1, 0, 3)]
    public void Value_and_gradient_are_the_sums_of_those_of_each_output_alone(float a, float b, float c)
    {
        Divergence all = network.Outputs.Divergence(
            ("size", Divergence.L2, b), ("flags", Divergence.BinaryCrossEntropy, c), ("class", Divergence.CrossEntropy, a));
        foreach (bool byIds in new[] { false, true })
        {
            // Each alone: a network of the body and that head, with the same values.
            float[] expected = new float[network.Parameters.Length];
            double value = 0;
            float[][] desired = [byIds ? [.. classes.Select(id => (float)id)] : OneHotOf(classes), sizes, flags];
            Divergence[] of = [Divergence.CrossEntropy, Divergence.L2, Divergence.BinaryCrossEntropy];
            float[] weights = [a, b, c];
            for (int k = 0; k < 3; k++)
            {
                Layer head = ((Branches)network.Layers[1]).Layers[k];
                Network alone = Network.Create(4).Add(_ => network.Layers[0]).Add(_ => head).Build();
                var names = new Dictionary<string, string>();
                foreach (Block block in alone.Blocks)
                {
                    names[block.Name] = block.Name[0] == '0' ? block.Name : $"1.{k}{block.Name[1..]}";
                    network.Parameter(names[block.Name]).CopyTo(alone.Parameter(block.Name));
                }

                float[] gradient = new float[alone.Parameters.Length];
                using Workspace memory = alone.CreateWorkspace(Rows);
                value += weights[k] * alone.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = desired[k] }, of[k], gradient, memory);
                int at = 0;
                foreach (Block block in alone.Blocks)
                {
                    Span<float> to = Place(network, expected, names[block.Name]);
                    for (int i = 0; i < block.Length; i++)
                        to[i] += weights[k] * gradient[at + i];
                    at += block.Length;
                }
            }

            float[] made = new float[expected.Length];
            using Workspace workspace = network.CreateWorkspace(Rows);
            float mean = network.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = Joined(desired) }, all, made, workspace);
            mean.ShouldBeNear((float)value, 1e-6, "Σ weight D");
            for (int i = 0; i < made.Length; i++)
                made[i].ShouldBeNear(expected[i], 1e-5, $"gradient {i}", floor: 0.01);
        }
    }

    [Fact]
    public void The_gradient_is_that_of_differences()
    {
        Shape steps = Shape.Sequence(3, 2), image = Shape.Image(2, 2, 2);
        Network tags = Network.Create(steps).Dense(4, Activation.Tanh)
            .Outputs(("tag", b => b.Dense(3, Activation.Softmax)), ("number", b => b.Dense(2))).Build(1);
        Network flat = Network.Create(image).Outputs(
            ("mask", b => b.Dense(1, Activation.Sigmoid)), ("pixels", b => b.Dense(3, Activation.Softmax)),
            ("class", b => b.Flatten().Dense(3, Activation.Softmax))).Build(2);
        foreach (Divergence ce in new[] { Divergence.CrossEntropy, new CrossEntropy(0.1f, [1, 2, 3]), new CrossEntropy(ids: true) })
        {
            GradientCheck.Network(network, network.Outputs.Divergence(
                ("class", ce, 2), ("size", Divergence.Huber, 0.1f), ("flags", Divergence.BinaryCrossEntropy, 1))).EnsurePasses();
            GradientCheck.Network(tags, tags.Outputs.Divergence(("number", Divergence.L2, 0.5f), ("tag", ce, 1))).EnsurePasses();
            GradientCheck.Network(flat, flat.Outputs.Divergence(
                ("mask", Divergence.BinaryCrossEntropy, 2), ("pixels", ce, 1), ("class", ce, 0.5f))).EnsurePasses();
        }
    }

    [Fact]
    public void Logits_may_be_large_in_each_output()
    {
        Network large = Network.Create(1)
            .Outputs(("class", b => b.Dense(2, Activation.Softmax)), ("flag", b => b.Dense(1, Activation.Sigmoid))).Build(1);
        large.Parameters.Clear();
        large.Parameter("0.0.0.bias")[0] = 1e30f;
        large.Parameter("0.1.0.bias")[0] = -1e30f;
        float[] gradient = new float[large.Parameters.Length];
        using Workspace workspace = large.CreateWorkspace(1);
        Divergence both = large.Outputs.Divergence(("class", Divergence.CrossEntropy, 2), ("flag", Divergence.BinaryCrossEntropy, 1));
        large.AddGradient(new Batch { Rows = 1, Inputs = [1f], Desired = [1, 1f] }, both, gradient, workspace).ShouldBeNear(3e30f, 1e-6, "D");
        Place(large, gradient, "0.0.0.bias").ToArray().Should().Equal(2, -2);
        Place(large, gradient, "0.1.0.bias").ToArray().Should().Equal(-1);
    }

    [Fact]
    public void An_id_of_minus_1_leaves_out_that_output_and_the_row_counts_all_the_same()
    {
        Divergence all = network.Outputs.Divergence(
            ("class", Divergence.CrossEntropy, 1), ("size", Divergence.L2, 1), ("flags", Divergence.BinaryCrossEntropy, 0));
        float[] y = [0.5f, 0.25f, 0.25f, 2, 0.5f, 0.5f, 0.2f, 0.3f, 0.5f, 1, 0.5f, 0.5f], desired = [-1, 0, 1, 1, 1, 1, 0, 0], dy = new float[12];
        all.Forward(y, desired, 2).Should().BeApproximately((2 - MathF.Log(0.3f)) / 2, 1e-6f);
        all.Backward(y, desired, dy, 2);
        dy[..6].Should().Equal(0, 0, 0, 1, 0, 0);
        dy[7].Should().BeApproximately(-1 / 0.6f, 1e-5f);
        all.Forward(y, [-1, 2, 0, 0, -1, 1, 0, 0], 2).Should().Be(0);
        new Action(() => all.Forward(y, [-1, 0, 1, 1, 3, 1, 0, 0], 2)).Should().Throw<ArgumentException>()
            .WithMessage("What is desired of output \"class\" in row 1 is 3; a class id was expected, a whole number from 0 to 2, or −1 for none.*");
        new Action(() => Step(network, all, [0.5f, 0, 1, 1])).Should().Throw<ArgumentException>()
            .WithMessage("*of output \"class\" in row 0 is 0.5;*");
    }

    [Fact]
    public void An_output_of_weight_0_is_not_looked_at()
    {
        Divergence one = network.Outputs.Divergence(
            ("class", Divergence.CrossEntropy, 0), ("size", Divergence.L2, 1), ("flags", Divergence.BinaryCrossEntropy, 0));
        float[] dy = new float[6];
        one.Forward([0, 0, 0, 3, 0, 1], [1, 0, 0, 1, 1, 0], 1).Should().Be(2);
        one.Backward([0, 0, 0, 3, 0, 1], [1, 0, 0, 1, 1, 0], dy, 1);
        dy.Should().Equal(0, 0, 0, 2, 0, 0);
        float[] gradient = new float[network.Parameters.Length];
        using Workspace workspace = network.CreateWorkspace(1);
        network.AddGradient(new Batch { Rows = 1, Inputs = x.AsSpan(0, 4), Desired = [0, 9, 7, 7f] }, one, gradient, workspace);
        foreach (Block block in network.Blocks)
        {
            bool learns = block.Name[0] == '0' || block.Name.StartsWith("1.1", StringComparison.Ordinal);
            Place(network, gradient, block.Name).ContainsAnyExcept(0f).Should().Be(learns);
        }
    }

    [Fact]
    public void Which_outputs_have_ids_is_clear_or_must_be_said()
    {
        Network twins = Network.Create(2)
            .Outputs(("left", b => b.Dense(3, Activation.Softmax)), ("right", b => b.Dense(3, Activation.Softmax))).Build();
        Divergence either = twins.Outputs.Divergence(("left", Divergence.CrossEntropy), ("right", Divergence.CrossEntropy));
        Divergence left = twins.Outputs.Divergence(("left", new CrossEntropy(ids: true)), ("right", Divergence.CrossEntropy));
        float[] y = [0.5f, 0.25f, 0.25f, 0.25f, 0.5f, 0.25f];
        float expected = -2 * MathF.Log(0.5f);
        either.Forward(y, [0, 1], 1).Should().Be(expected);
        either.Forward(y, [1, 0, 0, 0, 1, 0], 1).Should().Be(expected);
        left.Forward(y, [0, 0, 1, 0], 1).Should().Be(expected);
        left.Forward(y, [0, 1], 1).Should().Be(expected);
        new Action(() => either.Forward(y, [0, 0, 1, 0], 1)).Should().Throw<ArgumentException>().WithMessage(
            "desired has 4 values; for 1 rows of 6 outputs 6 desired values, or fewer with class ids, for 1 vector of \"left\" 3 desired values, "
            + "or 1 class id, \"right\" 3 desired values, or 1 class id each (if it is not clear of which output ids are desired, say it: "
            + "new CrossEntropy(ids: true)) were expected.*");
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using var trainer = new Trainer(network.Clone(), All(network), new Sgd(0.01f));
        float[] desired = Joined([[.. classes.Select(id => (float)id)], sizes, flags]);
        Allocations.Of(() =>
        {
            trainer.Step(x, desired, Rows);
            return () => trainer.Step(x, desired, Rows);
        }).Should().Be(0);
    }

    [Fact]
    public void Parts_of_a_step_add_up_to_the_bits_of_the_whole()
    {
        Divergence all = All(network);
        float[] desired = Joined([[-1, 2, 1, -1, 0, 2], sizes, flags]), whole = new float[network.Parameters.Length], parts = new float[whole.Length];
        float[] weights = [1, 2, 0, 0.5f, 1, 3];
        using Workspace workspace = network.CreateWorkspace(Rows);
        network.AddGradient(new Batch { Rows = Rows, Inputs = x, Desired = desired, Weights = weights }, all, whole, workspace);
        for (int row = 0; row < Rows; row += 2)
        {
            network.AddGradient(
                new Batch
                {
                    Rows = 2,
                    Inputs = x.AsSpan(row * 4, 8),
                    Desired = desired.AsSpan(row * 4, 8),
                    Weights = weights.AsSpan(row, 2),
                    FirstRow = row,
                    TotalWeight = 7.5,
                },
                all, parts, workspace);
        }

        parts.ShouldHaveTheBitsOf(whole, "in parts");
    }

    [Fact]
    public void Training_and_checkpoints_name_the_output_that_does_not_fit()
    {
        NetworkOutputs outputs = network.Outputs;
        Refusal(() => outputs.Divergence(("class", Divergence.CrossEntropy), ("size", Divergence.L2)))
            .Should().StartWith("Output \"flags\" has no divergence; give it one, with the weight 0 if nothing is to be learned from it.");
        Refusal(() => outputs.Divergence(("class", Divergence.CrossEntropy), ("class", Divergence.L2))).Should().Contain("has two divergences");
        Refusal(() => outputs.Divergence(("colour", Divergence.L2))).Should().StartWith(
            "The network has no output \"colour\"; it has \"class\", \"size\", \"flags\".");
        Refusal(() => outputs.Divergence(("class", Divergence.L2, -1))).Should().StartWith("The weight of output \"class\"");
        Refusal(() => outputs.Divergence(("class", Divergence.L2, float.NaN))).Should().StartWith("The weight of output \"class\"");
        Refusal(() => outputs.Divergence(("class", Divergence.L2, 0), ("size", Divergence.L2, 0), ("flags", Divergence.L2, 0)))
            .Should().StartWith("The weights of all outputs");
        Refusal(() => outputs.Divergence(("class", new CrossEntropy(classWeights: [1, 2])), ("size", Divergence.L2), ("flags", Divergence.L2)))
            .Should().StartWith("Output \"class\": ");
        Refusal(() => outputs.Divergence(("class", All(network)))).Should().Contain("is one of several outputs");
        Refusal(() => new Trainer(network, outputs.Divergence(
                ("class", Divergence.CrossEntropy), ("size", Divergence.CrossEntropy), ("flags", Divergence.BinaryCrossEntropy)), new Sgd(1)))
            .Should().StartWith("Output \"size\": CrossEntropy is for outputs that are probabilities");
        Refusal(() => new Trainer(Make(4, "a", "b", "c"), All(network), new Sgd(1))).Should().Contain("take its own, network.Outputs.Divergence(…)");
        Refusal(() => new Trainer(Network.Create(2).Dense(7).Build(), All(network), new Sgd(1))).Should().Contain("but got vectors of 7");
        Refusal(() => Step(network, All(network), [1, 0, 0.5f, 2])).Should().StartWith(
            "Output \"flags\": What is desired in row 0, column 3 is 2, but BinaryCrossEntropy is for desired values that are from 0 to 1");
        Refusal(() => Step(network, All(network), [1, 1, 0, 0.5f, 1, 1], isFirst: true)).Should().StartWith(
            "Output \"class\": What is desired of the 3 outputs of Softmax from row 0, column 0 on adds up to 2");
        Divergence both = outputs.Divergence(("class", new CrossEntropy(0.1f), 0.5f), ("size", Divergence.L2, 1), ("flags", Divergence.L2, 0));
        both.ToString().Should().Be($"0.5 {new CrossEntropy(0.1f)} of class + L2 of size + 0 L2 of flags");
        both.Settings.ToString().Should().Be($"outputs 0.5 {new CrossEntropy(0.1f)} of class; L2 of size; 0 L2 of flags");
    }

    internal static Divergence All(Network network) => network.Outputs.Divergence(
        ("class", Divergence.CrossEntropy, 1), ("size", Divergence.L2, 0.1f), ("flags", Divergence.BinaryCrossEntropy, 0.5f));

    private static float Step(Network network, Divergence divergence, float[] desired, bool isFirst = false)
    {
        using var trainer = new Trainer(network.Clone(), divergence, new Sgd(0.1f));

        // The first step is checked in full, later ones in the short way.
        if (!isFirst)
            trainer.Step(x.AsSpan(0, 4), [0, 0, 0.5f, 1], 1);
        return trainer.Step(x.AsSpan(0, 4), desired, 1);
    }

    private static float[] OneHotOf(int[] ids) => [.. ids.SelectMany(id => Enumerable.Range(0, 3).Select(c => c == id ? 1f : 0))];

    private static float[] Joined(float[][] parts) =>
        [.. Enumerable.Range(0, Rows).SelectMany(row => parts.SelectMany(part => part.Chunk(part.Length / Rows).ElementAt(row)))];

    private static Span<float> Place(Network network, float[] gradient, string block)
    {
        int k = network.Blocks.TakeWhile(one => one.Name != block).Count();
        return gradient.AsSpan(network.Places[k].Start, network.Blocks[k].Length);
    }

    private static string Refusal(Func<object> make) =>
        Record.Exception(() => { make(); }).Should().BeAssignableTo<ArgumentException>().Which.Message;
}
