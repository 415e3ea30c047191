using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Layers;

/// <summary>Whole networks of sequences: bidirectional ones, and one that reads ids.</summary>
public class StepNetworkTests
{
    [Fact]
    public void The_second_direction_reads_from_the_last_real_step()
    {
        Network network = Network.Create(Shape.Sequence(3, 1)).Bidirectional(b => b.LearnedPositions()).Build();
        network.Blocks.Select(block => block.Name).Should().Equal("0.0.0.weight", "0.1.1.weight");
        new float[] { 10, 20, 30, 100, 200, 300 }.CopyTo(network.Parameters);
        float[] y = new float[12];
        using Workspace workspace = network.CreateWorkspace(2);
        network.Predict(new Batch { Rows = 2, Inputs = [1, 2, 3, 4, 5, float.NaN], Lengths = [3, 2] }, y, workspace);
        y.Should().Equal(11, 301, 22, 202, 33, 103, 14, 204, 25, 105, 0, 0);

        // Of layers that end in features, nothing is turned round again.
        Network last = Network.Create(Shape.Sequence(3, 1)).Bidirectional(b => b.LearnedPositions().LastStep()).Build();
        last.Output.Should().Be(Shape.Features(2));
        network.Parameters.CopyTo(last.Parameters);
        last.Predict([1, 2, 3]).Should().Equal(33, 301);
    }

    [Fact]
    public void Bidirectional_layers_that_do_not_fit_are_refused_with_words()
    {
        NetworkBuilder Sequences() => Network.Create(Shape.Sequence(3, 2));
        Refused(() => Network.Create(3).Bidirectional(b => b.Dense(2)), "*Branch 1: Layer 0: Reverse takes a sequence*but got Features(3)*");
        Refused(
            () => Sequences().Bidirectional(b => b.Flatten().Add(_ => new Repeat(3, 2))), "*Flatten Sequence(3, 2) → Features(6) makes other steps*");
        Refused(() => Sequences().Bidirectional(b => b.Reshape(Shape.Sequence(2, 3))), "*Reshape Sequence(3, 2) → Sequence(2, 3) makes other steps*");
        Refused(() => Sequences().Bidirectional(null!), "*layers*");
        Refused(() => Sequences().Bidirectional(_ => null!), "*returns the builder*");
        Refused(() => Sequences().Bidirectional(_ => Sequences().Dense(2)), "*returns the builder*");
    }

    // Of which of 20 ids there are more than of the others, wherever they stand: the class is the sum of the ids' own.
    [Fact]
    public void A_network_of_ids_learns_and_a_step_allocates_nothing()
    {
        const int Rows = 64, Steps = 12, Vocabulary = 20, Classes = 4;
        int[] drawn = TestData.Labels(Rows * Steps, Vocabulary), lengths = [.. TestData.Labels(Rows, Steps, 2).Select(length => length + 1)];
        int[] classes = [.. Enumerable.Range(0, Rows).Select(row => Enumerable.Range(0, Classes)
            .MaxBy(one => drawn.AsSpan(row * Steps, lengths[row]).ToArray().Count(id => id % Classes == one)))];
        float[] ids = [.. drawn.Select(id => (float)id)], desired = TestData.OneHotOf(classes, Classes);
        for (int row = 0; row < Rows; row++)
            ids.AsSpan((row * Steps) + lengths[row], Steps - lengths[row]).Fill(float.NaN);

        (float[] parameters, float first, float last) = Train(threads: 1);
        first.Should().BeInRange(1.0f, 2.0f);
        last.Should().BeLessThan(0.1f);
        Train(threads: 2).Parameters.Should().Equal(parameters);

        (float[] Parameters, float First, float Last) Train(int threads)
        {
            Network network = Network.Create(Shape.Sequence(Steps, 1)).Embedding(Vocabulary, 40).SinusoidalPositions().Dense(32, Activation.Tanh)
                .MeanOverSteps().Dense(Classes, Activation.Softmax).Build(1);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)) { Threads = threads };
            float Step() => trainer.Step(new Batch { Rows = Rows, Inputs = ids, Desired = desired, Lengths = lengths });
            float before = Step(), after = 0;
            if (threads == 1)
            {
                Allocations.Of(() => () =>
                {
                    for (int step = 0; step < 5; step++)
                        Step();
                }).Should().Be(0);
            }

            while (trainer.StepCount < 100)
                after = Step();
            return (network.Parameters.ToArray(), before, after);
        }
    }

    private static void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);
}
