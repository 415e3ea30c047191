using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Training;

/// <summary>Outputs, divergence and desired values that do not belong together are refused in words that name what would be right.</summary>
public class PairingTests
{
    private static Network Ending(Activation? activation, int outputs = 2) => Network.Create(3).Dense(4).Dense(outputs, activation).Build(seed: 1);

    private static void Refused(Network network, Divergence divergence, string words)
    {
        Action make = () => new Trainer(network, divergence, new Sgd(0.1f)).Dispose();
        make.Should().Throw<ArgumentException>().WithMessage(words);
        float[] d = new float[network.Output.Size];
        if (divergence is Hinge or SquaredHinge)
            Array.Fill(d, 1);
        Dataset data = Dataset.FromArrays(TestData.Normal(network.Input.Size), d, rows: 1);
        FluentActions.Invoking(() => new Lbfgs().Minimize(network, divergence, data)).Should().Throw<ArgumentException>().WithMessage(words);
    }

    [Fact]
    public void Outputs_that_the_divergence_is_not_meant_for_are_refused_with_the_activation_that_is()
    {
        Refused(Ending(Activation.Softmax, 1), Divergence.CrossEntropy, "*Softmax of one output, which is always 1*Sigmoid*two outputs.");
        Refused(Ending(Activation.Softmax, 1), Divergence.L2, "*Softmax of one output, which is always 1*");
        Refused(Ending(Activation.LogSoftmax, 1), Divergence.L1, "*LogSoftmax of one output, which is always 0*");
        foreach (Divergence either in new[] { Divergence.Hinge, Divergence.SquaredHinge, new Poisson(takesLogarithm: true) })
        {
            Refused(Ending(new ThresholdedRelu(0.5f)), either, "*ThresholdedRelu(0.5), whose values are at least 0*without an activation.");
            Refused(Ending(Activation.Sigmoid), either, "*outputs that are any numbers, negative ones among them*Sigmoid*without an activation.");
        }

        Refused(Ending(null), Divergence.CrossEntropy, "CrossEntropy is for outputs that are probabilities*ends with Identity*Activation.Softmax*");
        Refused(Ending(Activation.LogSoftmax), Divergence.CrossEntropy, "*ends with LogSoftmax, whose values are any numbers*Activation.Softmax*");
        Refused(Ending(Activation.Sigmoid), Divergence.CrossEntropy, "*each by itself*Activation.Softmax*BinaryCrossEntropy.");
        Refused(Ending(Activation.Tanh), Divergence.BinaryCrossEntropy, "BinaryCrossEntropy is for outputs that are from 0 to 1*Activation.Sigmoid*");
        Refused(Ending(Activation.Relu), Divergence.BinaryCrossEntropy, "*ends with Relu, whose values are at least 0*");
        Refused(Ending(Activation.Tanh), Divergence.KullbackLeibler, "*Activation.Softmax*");
        Refused(Ending(Activation.Tanh), Divergence.Poisson, "*at least 0*Activation.Softplus.");

        // Of several heads each by itself, and where layers hand the activation on.
        Network heads = Network.Create(3).Parallel(Merge.Concat, b => b.Dense(2, Activation.Softmax), b => b.Dense(2, Activation.Tanh))
            .Build(seed: 1);
        Refused(heads, Divergence.CrossEntropy, "*ends with Tanh*");
        Network last = Network.Create(Shape.Sequence(1, 3)).Dense(2, Activation.Tanh).LastStep().Build(seed: 1);
        Refused(last, Divergence.BinaryCrossEntropy, "*ends with Tanh*");

        // A dense layer without an activation is seen behind those layers and in heads, too.
        Shape steps = Shape.Sequence(2, 3);
        foreach (Network logits in new[]
        {
            Network.Create(steps).Dense(2).LastStep().Build(1), Network.Create(steps).Dense(2).Reverse().Build(1),
            Network.Create(3).Dense(4).Slice(1, 2).Build(1), Network.Create(3).Dense(2).Activation(Activation.Identity).Build(1),
            Network.Create(3).Parallel(Merge.Concat, b => b.Dense(2, Activation.Softmax), b => b.Dense(2)).Build(1),
            Network.Create(3).Parallel(Merge.Concat, b => b.Dense(2), b => b.Dense(2)).Build(1),
        })
            Refused(logits, Divergence.CrossEntropy, "*ends with Identity*");
    }

    [Fact]
    public void What_belongs_together_or_says_nothing_is_taken()
    {
        foreach ((Activation? activation, Divergence divergence) in new (Activation?, Divergence)[]
        {
            (Activation.Softmax, Divergence.CrossEntropy), (Activation.Sigmoid, Divergence.BinaryCrossEntropy),
            (Activation.Softmax, Divergence.BinaryCrossEntropy), (new HardTanh(0, 1), Divergence.BinaryCrossEntropy),
            (Activation.Tanh, Divergence.Hinge), (null, Divergence.L2), (Activation.Softmax, Divergence.L2), (null, Divergence.Hinge),
            (Activation.Softplus, Divergence.Poisson),
            (null, new Poisson(takesLogarithm: true)), (new PublicKinds.Twist(), Divergence.CrossEntropy),
        })
        {
            Action make = () => new Trainer(Ending(activation), divergence, new Sgd(0.1f)).Dispose();
            make.Should().NotThrow($"{activation} goes with {divergence}");
        }

        // Probabilities of merged classes, or of classes that are taken for others, are probabilities.
        Network merged = Network.Create(3).Dense(3, Activation.Softmax).Dense(2, bias: false).Build(seed: 1);
        using var trainer = new Trainer(merged, Divergence.CrossEntropy, new Sgd(0.1f));
    }

    [Theory]
    [InlineData(-1f, "BinaryCrossEntropy", "*row 1, column 0 is -1, but BinaryCrossEntropy*from 0 to 1*Divergence.Hinge, and no activation*")]
    [InlineData(2f, "BinaryCrossEntropy", "*row 1, column 0 is 2*from 0 to 1*Dataset.FromIds, with Activation.Softmax*")]
    [InlineData(-1.25f, "BinaryCrossEntropy", "*row 1, column 0 is -1.25*Scale what is desired to 0 to 1, or take Divergence.L2*")]
    [InlineData(1.00001f, "BinaryCrossEntropy", "*row 1, column 0 is 1.00001*Scale*")]
    [InlineData(-1f, "CrossEntropy", "*row 1, column 0 is -1*probabilities*")]
    [InlineData(0f, "Hinge", "*row 1, column 0 is 0*−1 or +1*Map the 0 of classes to −1.*")]
    [InlineData(-1f, "Poisson", "*row 1, column 0 is -1*at least 0*")]
    public void Desired_values_that_the_divergence_is_not_meant_for_are_named(float wrong, string name, string words)
    {
        (Activation? activation, Divergence divergence) = name switch
        {
            "BinaryCrossEntropy" => (Activation.Sigmoid, Divergence.BinaryCrossEntropy),
            "CrossEntropy" => (Activation.Softmax, Divergence.CrossEntropy),
            "Poisson" => (Activation.Softplus, Divergence.Poisson),
            _ => ((Activation?)null, Divergence.Hinge),
        };
        Network network = Ending(activation);
        float[] x = TestData.Normal(6), d = name == "Hinge" ? [1, -1, wrong, 1] : [1, 0, wrong, 1], before = network.Parameters.ToArray();
        Dataset data = Dataset.FromArrays(x, d, rows: 2);
        using var trainer = new Trainer(network, divergence, new Sgd(0.1f));
        trainer.Invoking(t => t.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage(words);
        trainer.Invoking(t => t.Evaluate(data)).Should().Throw<ArgumentException>().WithMessage(words);
        trainer.Invoking(t => t.Step(x, d, 2)).Should().Throw<ArgumentException>().WithMessage(words);
        trainer.Invoking(t => t.Fit(Dataset.FromArrays(x, name == "Hinge" ? [1, -1, -1, 1] : [1, 0, 0, 1], rows: 2), 1, data)).Should()
            .Throw<ArgumentException>().WithParameterName("validation");
        FluentActions.Invoking(() => new Lbfgs().Minimize(network, divergence, data)).Should().Throw<ArgumentException>().WithMessage(words);
        network.Parameters.ToArray().Should().Equal(before);

        // Also in a later step, of which no memory has to be made.
        d[2] = 1;
        d[3] = 0;
        if (divergence is Hinge)
            d = [1, -1, 1, -1];
        trainer.Step(x, d, 2);
        before = network.Parameters.ToArray();
        d[2] = wrong;
        trainer.Invoking(t => t.Step(x, d, 2)).Should().Throw<ArgumentException>().WithMessage(words);
        network.Parameters.ToArray().Should().Equal(before);

        // A row that does not count may hold anything.
        float[] weights = [1, 0];
        trainer.Step(new Batch { Rows = 2, Inputs = x, Desired = d, Weights = weights }).Should().NotBe(float.NaN);
    }

    [Fact]
    public void Probabilities_that_add_up_to_more_than_1_are_named_of_each_head()
    {
        Network one = Ending(Activation.Softmax, 3);
        Network two = Network.Create(3).Parallel(Merge.Concat, b => b.Dense(2, Activation.Softmax), b => b.Dense(3, Activation.Softmax)).Build(1);
        using Trainer ofOne = new(one, Divergence.CrossEntropy, new Sgd(0.1f)), ofTwo = new(two, Divergence.KullbackLeibler, new Sgd(0.1f));
        float[] x = TestData.Normal(6);
        ofOne.Invoking(t => t.Step(x, [0, 1, 0, 1, 0, 1], 2)).Should().Throw<ArgumentException>()
            .WithMessage("*of the 3 outputs of Softmax from row 1, column 0 on adds up to 2*Activation.Sigmoid*").WithParameterName("batch");
        ofTwo.Invoking(t => t.Fit(Dataset.FromArrays(x, [1, 0, 0, 1, 0, 0, 1, 1, 0, 0.5f], rows: 2), 1)).Should().Throw<ArgumentException>()
            .WithMessage("*of the 3 outputs of Softmax from row 1, column 2 on adds up to 1.5*");

        // Weighted down, asked for nothing, or rounded: all of that is meant.
        ofTwo.Step(x, [1, 0, 0, 1, 0, 0, 0.5f, 0, 0, 0], 2).Should().NotBe(float.NaN);
        float tenth = 0.1f, sum = 0;
        for (int i = 0; i < 10; i++)
            sum += tenth;
        sum.Should().BeGreaterThan(1);
        ofOne.Step(x, [0, sum, 0, 0, 0, -1e-7f], 2).Should().NotBe(float.NaN);
    }

    [Fact]
    public void In_sequences_and_images_step_and_pixel_are_named()
    {
        Network steps = Network.Create(Shape.Sequence(2, 1)).Dense(1, Activation.Sigmoid).Build(1);
        Network pixels = Network.Create(Shape.Image(1, 2, 1)).Dense(1, Activation.Sigmoid).Build(1);
        foreach (Network network in new[] { steps, pixels })
        {
            using var trainer = new Trainer(network, Divergence.BinaryCrossEntropy, new Sgd(0.1f));
            trainer.Invoking(t => t.Step([1, 2, 3, 4], [0, 1, 1, -1], 2)).Should().Throw<ArgumentException>()
                .WithMessage($"*in row 1, {(network == steps ? "step" : "pixel")} 1, column 0 is -1*");
        }
    }

    [Fact]
    public void What_stands_behind_a_length_is_not_looked_at()
    {
        Network network = Network.Create(Shape.Sequence(2, 1)).Dense(1, Activation.Sigmoid).Build(seed: 1);
        using var trainer = new Trainer(network, Divergence.BinaryCrossEntropy, new Sgd(0.1f));
        trainer.Fit(Dataset.FromArrays([1, 2, 3, 4], [0, 1, 1, -7], rows: 2).WithLengths([2, 1]), 1).Epochs.Should().HaveCount(1);
    }

    [Fact]
    public void A_step_that_fails_by_outputs_of_layers_that_say_nothing_names_them()
    {
        // The outputs of a recurrent layer are from −1 to 1.
        Network network = Network.Create(Shape.Sequence(3, 2)).Lstm(2, lastStep: true).Build(seed: 3);
        float[] x = TestData.Normal(6);
        network.Predict(x).Should().Contain(y => y < 0);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        float[] d = [.. network.Predict(x).Select(y => y < 0 ? 1f : 0f)];
        trainer.Invoking(t => t.Step(x, d, 1)).Should().Throw<NotFiniteNumberException>()
            .WithMessage("*The output in row 0, column * is -0.*CrossEntropy is for outputs that are probabilities*Activation.Softmax*");

        // Not of a row that does not count.
        float[] two = [.. x.Select(one => -one), .. x], weights = [0, 1], both = [.. d, .. d];
        trainer.Invoking(t => t.Step(new Batch { Rows = 2, Inputs = two, Desired = both, Weights = weights })).Should()
            .Throw<NotFiniteNumberException>().WithMessage("*The output in row 1, column *");
    }
}
