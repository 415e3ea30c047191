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
        Dataset data = Dataset.FromArrays(TestData.Normal(3), new float[network.Output.Size], rows: 1);
        FluentActions.Invoking(() => new Lbfgs().Minimize(network, divergence, data)).Should().Throw<ArgumentException>().WithMessage(words);
    }

    [Fact]
    public void Outputs_that_the_divergence_is_not_meant_for_are_refused_with_the_activation_that_is()
    {
        Refused(Ending(Activation.Softmax, 1), Divergence.CrossEntropy, "*Softmax of one output, which is always 1*Sigmoid*two outputs.");
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
    }

    [Fact]
    public void What_belongs_together_or_says_nothing_is_taken()
    {
        foreach ((Activation? activation, Divergence divergence) in new (Activation?, Divergence)[]
        {
            (Activation.Softmax, Divergence.CrossEntropy), (Activation.Sigmoid, Divergence.BinaryCrossEntropy),
            (Activation.Softmax, Divergence.BinaryCrossEntropy), (new HardTanh(0, 1), Divergence.BinaryCrossEntropy),
            (null, Divergence.L2), (Activation.Softmax, Divergence.L2), (null, Divergence.Hinge), (Activation.Softplus, Divergence.Poisson),
            (null, new Poisson(takesLogarithm: true)), (new PublicKinds.Twist(), Divergence.CrossEntropy),
        })
        {
            Action make = () => new Trainer(Ending(activation), divergence, new Sgd(0.1f)).Dispose();
            make.Should().NotThrow($"{activation} goes with {divergence}");
        }
    }

    [Theory]
    [InlineData(-1f, "BinaryCrossEntropy", "What is desired in row 1, column 0 is -1, but BinaryCrossEntropy*from 0 to 1*Divergence.Hinge*")]
    [InlineData(2f, "BinaryCrossEntropy", "*row 1, column 0 is 2*from 0 to 1*Dataset.FromIds.")]
    [InlineData(-1f, "CrossEntropy", "*row 1, column 0 is -1*probabilities*")]
    [InlineData(0f, "Hinge", "*row 1, column 0 is 0*−1 or +1*Map the 0 of classes to −1.")]
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
        float[] x = TestData.Normal(6), d = [1, 1, wrong, 1], before = network.Parameters.ToArray();
        Dataset data = Dataset.FromArrays(x, d, rows: 2);
        using var trainer = new Trainer(network, divergence, new Sgd(0.1f));
        trainer.Invoking(t => t.Fit(data, 1)).Should().Throw<ArgumentException>().WithMessage(words);
        trainer.Invoking(t => t.Evaluate(data)).Should().Throw<ArgumentException>().WithMessage(words);
        trainer.Invoking(t => t.Step(x, d, 2)).Should().Throw<ArgumentException>().WithMessage(words);
        FluentActions.Invoking(() => new Lbfgs().Minimize(network, divergence, data)).Should().Throw<ArgumentException>().WithMessage(words);
        network.Parameters.ToArray().Should().Equal(before);

        // A row that does not count may hold anything.
        float[] weights = [1, 0];
        trainer.Step(new Batch { Rows = 2, Inputs = x, Desired = d, Weights = weights }).Should().NotBe(float.NaN);
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
    }
}
