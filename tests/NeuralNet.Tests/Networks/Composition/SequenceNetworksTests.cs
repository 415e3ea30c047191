namespace NeuralNet.Tests.Composition;

/// <summary>What people compose of layers for sequences: encoder and decoder, transformers, stacked and bidirectional recurrent layers.</summary>
public class SequenceNetworksTests
{
    private const int Classes = 4, Steps = 6;

    // Two inputs side by side in a row: a target of 4 steps, and a source of 5, which the target attends to.
    private static Network EncoderDecoder() => Network.Create((4 * 3) + (5 * 2))
        .Parallel(
            Merge.Concat,
            b => b.Slice(0, 4 * 3).Reshape(Shape.Sequence(4, 3)).Dense(6, Activation.Tanh).MultiHeadAttention(2, causal: true).Flatten(),
            b => b.Slice(4 * 3, 5 * 2).Reshape(Shape.Sequence(5, 2)).Bidirectional(c => c.Gru(3)).Flatten())
        .CrossAttention(Shape.Sequence(4, 6), Shape.Sequence(5, 6), heads: 3)
        .Dense(2)
        .Build(1);

    private static Network Transformer() => Network.Create(Shape.Sequence(Steps, 1))
        .Embedding(Classes, 16)
        .LearnedPositions()
        .Residual(b => b.LayerNorm().MultiHeadAttention(4, causal: true).Dropout(0.05f))
        .Residual(b => b.LayerNorm().Dense(32, Activation.Gelu).Dense(16))
        .LayerNorm()
        .Dense(Classes, Activation.Softmax)
        .Build(1);

    private static Network Stacked() => Network.Create(Shape.Sequence(Steps, 1))
        .Embedding(Classes, 8)
        .Bidirectional(b => b.Lstm(9))
        .RmsNorm()
        .Gru(16)
        .Dense(Classes, Activation.Softmax)
        .Build(1);

    public static TheoryData<string> Names => ["transformer", "stacked"];

    [Fact]
    public void An_encoder_and_a_decoder_have_the_gradient_of_finite_differences() =>
        GradientCheck.Network(EncoderDecoder(), Divergence.L2, rows: 3, seed: 2).EnsurePasses();

    // Only the last source step is changed: every target step sees it, through both directions.
    [Fact]
    public void A_decoder_sees_the_whole_source_and_no_later_target()
    {
        Network network = EncoderDecoder();
        float[] x = TestData.Normal(22), before = network.Predict(x), y;
        x[21]++;
        y = network.Predict(x);
        for (int step = 0; step < 4; step++)
            y[2 * step].Should().NotBe(before[2 * step]);
        before = y;
        x[3 * 3]++;
        y = network.Predict(x);
        y[..6].Should().Equal(before[..6]);
        y[6].Should().NotBe(before[6]);
    }

    // At each step: the id at the step before.
    [Theory]
    [MemberData(nameof(Names))]
    public void It_learns_to_repeat_what_came_before(string name)
    {
        Network network = Make(name);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f));
        for (int step = 0; step < 300; step++)
        {
            (float[] some, float[] wanted, int[] real) = Batch(rows: 64, seed: 100 + step);
            trainer.Step(new Batch { Rows = 64, Inputs = some, Desired = wanted, Lengths = real });
        }

        (float[] ids, float[] desired, int[] lengths) = Batch(rows: 32, seed: 2);
        float[] y = new float[desired.Length];
        using Workspace workspace = network.CreateWorkspace(32, training: false);
        network.Predict(new Batch { Rows = 32, Inputs = ids, Lengths = lengths }, y, workspace);
        int right = 0, all = 0;
        for (int row = 0; row < 32; row++)
        {
            for (int step = 0; step < lengths[row]; step++, all++)
            {
                int at = ((row * Steps) + step) * Classes;
                if (desired[at + Metrics.ArgMax(y.AsSpan(at, Classes))] == 1)
                    right++;
            }
        }

        ((double)right / all).Should().BeGreaterThan(0.98);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_step_and_a_prediction_allocate_nothing_after_the_first(string name)
    {
        Network network = Make(name);
        (float[] ids, float[] desired, int[] lengths) = Batch(rows: 16, seed: 1);
        float[] y = new float[desired.Length];
        Allocations.Of(() =>
        {
            var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam());
            Workspace workspace = network.CreateWorkspace(16, training: false);
            void Once()
            {
                trainer.Step(new Batch { Rows = 16, Inputs = ids, Desired = desired, Lengths = lengths });
                network.Predict(new Batch { Rows = 16, Inputs = ids, Lengths = lengths }, y, workspace);
            }

            Once();
            return () =>
            {
                for (int i = 0; i < 20; i++)
                    Once();
            };
        }).Should().Be(0);
    }

    private static Network Make(string name) => name == "stacked" ? Stacked() : Transformer();

    private static (float[] Ids, float[] Desired, int[] Lengths) Batch(int rows, long seed)
    {
        int[] ids = TestData.Labels(rows * Steps, Classes, seed);
        int[] before = [.. ids.Select((_, i) => i % Steps == 0 ? 0 : ids[i - 1])];
        int[] lengths = [.. Enumerable.Range(0, rows).Select(row => 1 + (row * 5 % Steps))];
        return ([.. ids.Select(id => (float)id)], TestData.OneHotOf(before, Classes), lengths);
    }
}
