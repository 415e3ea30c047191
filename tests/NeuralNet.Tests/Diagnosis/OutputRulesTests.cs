namespace NeuralNet.Tests.Diagnosis;

/// <summary>Trainings of networks with two named outputs, of which one is sick and the other is not.</summary>
public class OutputRulesTests
{
    private static Dataset Digits => Trainings.DigitsForTraining;

    private static Dataset Tests => Trainings.DigitsForTests;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Where_both_outputs_learn_nothing_is_found(long seed)
    {
        Findings findings = Train(
            seed, 10, Activation.Softmax, Divergence.CrossEntropy, Digits, Parity(Digits), Tests, Parity(Tests));
        findings.Should().BeEmpty($"{findings}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_output_whose_divergence_is_unsuited_is_named(long seed)
    {
        Findings findings = Train(
            seed, 10, Activation.Softmax, Divergence.L2, Digits, Parity(Digits), Tests, Parity(Tests));
        Finding found = findings.Should().ContainSingle($"{findings}").Subject;
        (found.Kind, found.Output).Should().Be((FindingKind.UnsuitedDivergence, "first"));
        found.Where.Should().Be("the last activation and the divergence, output \"first\"");
        found.Evidence.Should().StartWith("Output \"first\" ends with Softmax, and the divergence is L2;");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_output_whose_labels_were_shuffled_is_named(long seed)
    {
        // Few rows, so that they are learned by heart; whether a digit is odd is learned all the same.
        Dataset train = Digits.Slice(0, 250), test = Digits.Slice(250, 400);
        Findings findings = Train(
            seed, 40, Activation.Softmax, Divergence.CrossEntropy, Trainings.Shuffled(train, seed), Parity(train), Trainings.Shuffled(test, seed),
            Parity(test));
        Finding found = findings[0];
        (found.Kind, found.Output).Should().Be((FindingKind.MemorizedLabels, "first"), $"{findings}");
        found.Evidence.Should().Contain("guessing the largest class gives");
        findings.Should().NotContain(one => one.Output == "second", $"{findings}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_output_whose_classes_come_in_order_is_named(long seed)
    {
        Dataset sorted = Digits.Select([.. Enumerable.Range(0, Digits.Rows).OrderBy(row => Digits.Labels[row])]);
        float[] halves = [.. Enumerable.Range(0, sorted.Rows).Select(row => sorted.InputRow(row)[26] > 0.5f ? 1f : 0)];
        float[] ofTests = [.. Enumerable.Range(0, Tests.Rows).Select(row => Tests.InputRow(row)[26] > 0.5f ? 1f : 0)];
        Findings findings = Train(
            seed, 3, Activation.Softmax, Divergence.CrossEntropy, sorted, Dataset.FromArrays(sorted.Inputs, halves, sorted.Rows),
            Tests, Dataset.FromArrays(Tests.Inputs, ofTests, ofTests.Length), shuffle: false);
        (findings[0].Kind, findings[0].Output).Should().Be((FindingKind.OrderedLabels, "first"), $"{findings}");
        findings.Should().NotContain(one => one.Output == "second", $"{findings}");
    }

    [Fact]
    public void Findings_of_one_kind_about_two_outputs_are_two()
    {
        Findings findings = Train(
            1, 5, Activation.Softmax, Divergence.L2, Digits, Parity(Digits), Tests, Parity(Tests),
            second: Divergence.L2);
        findings.And(findings).Select(found => (found.Kind, found.Output)).Should().Equal(
            (FindingKind.UnsuitedDivergence, "first"), (FindingKind.UnsuitedDivergence, "second"));
    }

    [Fact]
    public void An_output_that_counts_for_nothing_is_not_looked_at()
    {
        Findings findings = Train(
            1, 5, Activation.Softmax, Divergence.L2, Digits, Parity(Digits), Tests, Parity(Tests), weight: 0);
        findings.Should().BeEmpty($"{findings}");
    }

    [Fact]
    public void Outputs_with_pixels_of_their_own_and_pixels_without_a_class_are_looked_at_one_by_one()
    {
        // A number, and for each of four pixels a class id, of which some are left out; the number is out of reach.
        const int Rows = 200;
        Network network = Network.Create(3).Outputs(
            ("places", b => b.Dense(12).Reshape(Shape.Image(2, 2, 3)).Activation(Activation.Softmax)),
            ("size", b => b.Dense(1, Activation.Sigmoid))).Build(1);
        float[] desired = [.. Enumerable.Range(0, Rows).SelectMany(row => (float[])[row % 3, -1, (row + 1) % 3, (row + 2) % 3, 5 + (row % 4)])];
        var xray = new XRay(every: 5);
        Divergence both = network.Outputs.Divergence(("places", new CrossEntropy(ids: true)), ("size", Divergence.L2));
        using var trainer = new Trainer(network, both, new Adam()) { Observers = [xray] };
        trainer.Fit(Dataset.FromArrays(TestData.Normal(Rows * 3), desired, Rows), 4);
        Finding found = xray.Findings().Should().ContainSingle(one => one.Output != null).Subject;
        (found.Kind, found.Output).Should().Be((FindingKind.UnsuitedDivergence, "size"));
        found.Evidence.Should().Contain("what is desired goes from 5 to 8, but Sigmoid gives 0 to 1");
    }

    private static Dataset Parity(Dataset data) =>
        Dataset.FromArrays(data.Inputs, [.. data.Labels.ToArray().Select(label => label % 2f)], data.Rows);

    private static Findings Train(
        long seed, int epochs, Activation last, Divergence divergence, Dataset train, Dataset trainSecond, Dataset test, Dataset testSecond,
        Divergence? second = null, bool shuffle = true, float weight = 1)
    {
        Network network = Network.Create(64).Dense(128, Activation.Relu)
            .Outputs(("first", b => b.Dense(10, last)), ("second", b => b.Dense(1, Activation.Sigmoid))).Build(seed);
        Divergence both = network.Outputs.Divergence(("first", divergence, weight), ("second", second ?? Divergence.BinaryCrossEntropy, 1));
        return Trainings.Fit(
            network, both, new Adam(3e-3f), Dataset.FromOutputs(("first", train), ("second", trainSecond)),
            Dataset.FromOutputs(("first", test), ("second", testSecond)), seed, epochs, shuffle);
    }
}
