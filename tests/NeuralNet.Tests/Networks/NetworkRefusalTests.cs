namespace NeuralNet.Tests;

/// <summary>Bad input is refused with words, and leaves everything as it was.</summary>
public class NetworkRefusalTests
{
    private static readonly Network network = Network.Create(4).Dense(6, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);
    private static readonly Workspace room = network.CreateWorkspace(5);
    private static readonly float[] x = TestData.Normal(20), desired = TestData.OneHotOf(TestData.Labels(5, 3), 3);

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void Rows_must_be_positive(int rows)
    {
        Refused(() => network.Predict(x, new float[15], rows, room), $"*{rows}*");
        Refused(() => network.CreateWorkspace(rows), $"*{rows}*");
    }

    [Fact]
    public void Rows_with_too_many_steps_are_refused_with_what_can_be_done()
    {
        Network forward = Network.Create(Shape.Sequence(50, 1)).Lstm(2).Build(1);
        Network both = Network.Create(Shape.Sequence(50, 1)).Parallel(Merge.Concat, b => b.Gru(2), b => b.Reverse().Gru(2)).Build(1);
        foreach (Network one in new[] { forward, both })
        {
            using Workspace workspace = one.CreateWorkspace(1);
            Refused(
                () => one.Predict(new Batch { Rows = 1, Inputs = new float[500], Steps = 500 }, new float[500 * one.Output.FeatureCount], workspace),
                "*takes 1 to 50 steps." + (one == forward ? " Longer rows can be given in pieces, with Batch.State.*" : "*500*"));
        }
    }

    [Fact]
    public void Wrong_widths_are_refused_everywhere()
    {
        float[] y = new float[15], gradient = new float[network.Parameters.Length];
        Refused(() => network.Predict([]), "*x has 0*multiple of 4*");
        Refused(() => network.Predict(new float[6]), "*x has 6*multiple of 4*");
        Refused(() => network.Predict(x.AsSpan(1), y, 5, room), "*5 rows of Features(4) need 20*but got 19*");
        Refused(() => network.Predict(x, y.AsSpan(1), 5, room), "*5 rows of Features(3) need 15*but got 14*");
        Refused(() => network.Predict(x, new float[16], 5, room), "*need 15*but got 16. Of a longer buffer give the part: y*..15*");
        Refused(() => network.Predict(x.AsSpan(0, 15), x.AsSpan(0, 15), 5, room), "*20*but got 15*");
        Batch Five(Span<float> d = default, Span<float> weights = default) =>
            new() { Rows = 5, Inputs = x, Desired = d.IsEmpty ? desired : d, Weights = weights };
        Divergence divergence = Divergence.CrossEntropy;
        Refused(() => network.AddGradient(Five(desired.AsSpan(3)), divergence, gradient, room), "*15 desired*but got 12*");
        Refused(() => network.AddGradient(Five(), divergence, gradient.AsSpan(1), room), "*gradient has 50*51*");
        Refused(() => network.AddGradient(Five(), divergence, network.Parameters, room), "*overlap the network's own values*");
        Refused(() => network.AddGradient(Five(weights: [1, 2]), divergence, gradient, room), "*5 weights, but got 2*");
        Refused(() => network.Predict(new Batch { Rows = 5, Inputs = x, FirstRow = -1 }, y, room), "*FirstRow*");
        Refused(() => network.Predict(new Batch { Rows = 5, Inputs = x, FirstRow = int.MaxValue - 4 }, y, room), "*FirstRow*5 rows*");
        Refused(() => network.Predict(new Batch { Rows = 5, Inputs = x, State = new float[3] }, y, room), "*0 values of state, but got 3*");
        Refused(() => network.Predict(new Batch { Rows = 5, Inputs = x, Steps = 2 }, y, room), "*no steps, but got 2*");
        Refused(() => network.Predict(new Batch { Rows = 5, Inputs = x, Lengths = [1, 1, 1, 1, 1] }, y, room), "*no steps*");
        gradient.Should().OnlyContain(value => value == 0);
        y.Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Spans_that_overlap_are_refused()
    {
        float[] shared = new float[60];
        Refused(() => network.Predict(shared.AsSpan(0, 20), shared.AsSpan(10, 15), 5, room), "*y must not overlap*");
        Refused(() => network.Predict(x, network.Parameters[..15], 5, room), "*network's own values*");
        Refused(() => new Sgd().Step(network.Parameters, network.Parameters, new Sgd().CreateState(network)), "*overlap*");
        network.Forward(shared.AsSpan(0, 20), new float[15], 5, room);
        Refused(() => network.Backward(shared.AsSpan(0, 20), shared.AsSpan(20, 15), new float[51], shared.AsSpan(19, 20), 5, room), "*overlap*");

        Network recurrent = Network.Create(Shape.Sequence(2, 3)).Rnn(3).Build();
        using Workspace workspace = recurrent.CreateWorkspace(2);
        recurrent.Forward(Two(shared), new float[12], workspace);
        float[] gradient = new float[recurrent.Parameters.Length];
        Batch Two(float[] state) => new() { Rows = 2, Inputs = new float[12], State = state.AsSpan(0, 6) };
        Refused(() => recurrent.Backward(Two(shared), new float[12], gradient, shared.AsSpan(5, 12), workspace), "*overlap the state*");
        Refused(() => recurrent.Backward(Two(gradient), new float[12], gradient, workspace), "*overlap the state*");
    }

    [Fact]
    public void A_workspace_must_be_large_enough_for_training_and_of_this_network()
    {
        float[] y = new float[18];
        Refused(() => network.Predict(new float[24], y, 6, room), "*room for 5 rows, but got 6*maxRows: 6*");
        Refused(() => network.Forward(x, y.AsSpan(0, 15), 5, network.CreateWorkspace(5, training: false)), "*for predictions*training: true*");
        Refused(() => network.Predict(x, y.AsSpan(0, 15), 5, Network.Create(4).Dense(3).Build().CreateWorkspace(5)), "*another network*");
        Refused(() => network.Predict(x, y.AsSpan(0, 15), 5, null!), "*workspace*");
        Workspace disposed = network.CreateWorkspace(5, threads: 2);
        disposed.Dispose();
        FluentActions.Invoking(() => network.Predict(x, y.AsSpan(0, 15), 5, disposed)).Should().Throw<ObjectDisposedException>();
        Refused(() => network.CreateWorkspace(5, threads: 0), "*threads*");
        Refused(() => network.CreateWorkspace(int.MaxValue), "*fewer rows*");
    }

    [Fact]
    public void Backward_must_follow_the_forward_of_its_batch()
    {
        Workspace workspace = network.CreateWorkspace(5);
        float[] y = new float[15], dy = new float[15], gradient = new float[network.Parameters.Length], other = [.. x];
        other[0]++;
        Not(() => network.Backward(x, dy, gradient, 5, workspace), "Backward must follow Forward on the same workspace*");
        network.Forward(x, y, 5, workspace);
        Not(() => network.Backward(x.AsSpan(0, 16), dy.AsSpan(0, 12), gradient, 4, workspace), "*4 rows*had 5*");

        // An image has the same value in many places; a change in one column only is still noticed.
        Network wide = Network.Create(784).Dense(1).Build();
        Workspace wideRoom = wide.CreateWorkspace(64);
        float[] images = TestData.Normal(64 * 784), others = TestData.Normal(64 * 784, 2);
        for (int row = 0; row < 64; row++)
            images[784 * row] = others[784 * row] = 0;
        wide.Forward(images, new float[64], 64, wideRoom);
        Not(() => wide.Backward(others, new float[64], new float[785], 64, wideRoom), "*the batch of the last Forward*");

        network.Forward(x, y, 5, workspace);
        Not(() => network.Backward(other, dy, gradient, 5, workspace), "*the batch of the last Forward*");
        Not(() => network.Clone().Backward(x, dy, gradient, 5, workspace), "*the network and the batch*");
        network.Backward(x, dy, gradient, 5, workspace);
        network.Backward(x, dy, gradient, 5, workspace);
        network.Predict(x, y, 5, workspace);
        Not(() => network.Backward(x, dy, gradient, 5, workspace), "*must follow Forward*");
        network.AddGradient(new Batch { Rows = 5, Inputs = x, Desired = desired }, Divergence.L2, gradient, workspace);
        Not(() => network.Backward(x, dy, gradient, 5, workspace), "*must follow Forward*");
    }

    [Fact]
    public void Steps_and_lengths_must_be_within_the_shape()
    {
        Network sequence = Network.Create(Shape.Sequence(3, 2)).Dense(2).Build();
        Workspace workspace = sequence.CreateWorkspace(2);
        float[] inputs = new float[12], y = new float[12];
        Refused(() => sequence.Predict(new Batch { Rows = 2, Inputs = inputs, Steps = 4 }, y, workspace), "*1 to 3 steps*");
        Refused(() => sequence.Predict(new Batch { Rows = 2, Inputs = inputs, Steps = -1 }, y, workspace), "*1 to 3 steps*");
        Refused(() => sequence.Predict(new Batch { Rows = 2, Inputs = inputs, Steps = 2 }, y, workspace), "*2 rows of 2 × 2 need 8*but got 12*");
        Refused(() => sequence.Predict(new Batch { Rows = 2, Inputs = inputs, Lengths = [1] }, y, workspace), "*2 lengths, but got 1*");
        Refused(() => sequence.Predict(new Batch { Rows = 2, Inputs = inputs, Lengths = [1, 0] }, y, workspace), "*row 1 is 0*1 to 3*");
        Refused(() => sequence.Predict(new Batch { Rows = 2, Inputs = inputs, Lengths = [4, 1] }, y, workspace), "*row 0 is 4*");
        Refused(() => network.Predict(new Batch { Rows = 5, Inputs = x, Steps = -5 }, new float[15], room), "*no steps, but got -5*");
    }

    [Fact]
    public void Layers_that_do_not_fit_are_named()
    {
        Refused(() => Network.Create(0), "*count*");
        Refused(() => Network.Create(default), "*empty*");
        Refused(() => Network.Create(4).Dense(0), "*Layer 0*");
        Refused(
            () => Network.Create(4).Dense(3).Add(shape => new Dense(7, 2)),
            "*Layer 1 (Dense) takes Features(7), but layer 0 (Dense) gives Features(3)*");
        Refused(() => Network.Create(4).Add(shape => null!), "*Layer 0*null*");
        Refused(() => _ = new Chain([]), "*at least one*");
        Refused(() => _ = new Chain([new Dense(2, 3), new Dense(2, 3)]), "*Layer 1 (Dense) takes Features(2)*gives Features(3)*");
        Refused(() => Network.Create(60000).Dense(60000).Build(), "*2,147,483,647*");
        Not(() => Network.Create(4).Build(), "*no layer*");
    }

    [Fact]
    public void A_workspace_in_use_is_refused_to_a_second_call()
    {
        Workspace workspace = null!;
        string message = "";
        Network nested = Network.Create(1).Add(shape => new Callback(() =>
        {
            try
            {
                network.Predict(x, new float[15], 5, room);
                message += "other workspaces work; ";
                Callback.Network!.Predict([1f], new float[1], 1, workspace);
            }
            catch (InvalidOperationException refusal)
            {
                message += refusal.Message;
            }
        })).Build();
        Callback.Network = nested;
        workspace = nested.CreateWorkspace(1);
        nested.Predict([1f], new float[1], 1, workspace);
        message.Should().Match("other workspaces work; *in use*each thread needs its own*");
        nested.Predict([1f], new float[1], 1, workspace);
    }

    private static void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);

    private static void Not(Action call, string words) => call.Should().Throw<InvalidOperationException>().WithMessage(words);

    private sealed class Callback(Action action) : Layer(1, 1)
    {
        public static Network? Network { get; set; }

        public override void Forward(in ForwardPass pass) => action();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }
}
