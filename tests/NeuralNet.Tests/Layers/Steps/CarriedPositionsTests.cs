namespace NeuralNet.Tests.Layers;

/// <summary>Positions go on where the last piece of a row ended.</summary>
public class CarriedPositionsTests
{
    private const int Steps = 6, Width = 3, Rows = 5, Given = 4;

    // In a call of 4 steps; the last row's steps past its length would pass the end.
    private static readonly float[] positions = [0, 2, 2, 1, 5];

    private static readonly int[] lengths = [4, 3, 2, 4, 1];

    public static TheoryData<bool, int> Cases => new() { { true, 1 }, { false, 1 }, { true, 3 }, { false, 3 } };

    private static Network Make(bool learned) =>
        learned ? Network.Create(Shape.Sequence(Steps, Width)).LearnedPositions().Build(1) : Network.Create(Shape.Sequence(Steps, Width))
            .SinusoidalPositions().Build();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_row_of_a_batch_goes_on_from_its_own_position(bool learned, int threads)
    {
        Network network = Make(learned);
        float[] table = network.Predict(new float[Steps * Width]), x = TestData.Normal(Rows * Given * Width), y = new float[x.Length],
            state = [.. positions];
        using Workspace workspace = network.CreateWorkspace(Rows, threads);
        network.Forward(new Batch { Rows = Rows, Steps = Given, Inputs = x, Lengths = lengths, State = state }, y, workspace);
        float[] dy = TestData.Normal(x.Length, 2), gradient = new float[network.Parameters.Length], expected = new float[Steps * Width],
            dx = new float[x.Length];
        network.Backward(new Batch { Rows = Rows, Steps = Given, Inputs = x, Lengths = lengths, State = state }, dy, gradient, dx, workspace);
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < Given * Width; i++)
            {
                int at = (row * Given * Width) + i, place = ((int)positions[row] * Width) + i;
                bool isReal = i < lengths[row] * Width;
                y[at].Should().Be(isReal ? x[at] + table[place] : 0);
                dx[at].Should().Be(isReal ? dy[at] : 0);
                if (isReal)
                    expected[place] += dy[at];
            }
        }

        state.Should().Equal(positions.Zip(lengths, (position, length) => position + length));
        if (learned)
            gradient.Should().Equal(expected);
    }

    // Layers are asked before forward only: after the last piece the state is at the end.
    [Fact]
    public void A_step_on_the_last_piece_updates_statistics_too()
    {
        Network network = Network.Create(Shape.Sequence(4, 1)).LearnedPositions().LastStep().Add(shape => new Tally(shape)).Build(1);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd());
        float[] state = new float[network.StatePerRow];
        for (int piece = 0; piece < 2; piece++)
            trainer.Step(new Batch { Rows = 1, Steps = 2, Inputs = [1, 2], Desired = [1], State = state });
        state.Should().Equal(4);
        network.Statistics.ToArray().Should().Equal(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_past_the_last_position_and_states_that_are_none_are_refused_before_anything_is_written(bool learned)
    {
        Network network = Make(learned);
        string kind = learned ? "LearnedPositions" : "SinusoidalPositions";
        using Workspace workspace = network.CreateWorkspace(2);
        float[] x = TestData.Normal(2 * Given * Width), y = new float[x.Length];
        void Refused(float position, string words, int[]? real = null)
        {
            float[] state = [1, position];
            FluentActions.Invoking(() => network.Predict(new Batch
            {
                Rows = 2,
                Steps = Given,
                Inputs = x,
                State = state,
                Lengths = real,
                FirstRow = 5,
            }, y, workspace))
                .Should().Throw<ArgumentException>().WithMessage($"Layer 0 ({kind}): {words}");
            state.Should().Equal(1, position);
            y.Should().OnlyContain(value => value == 0);
        }

        Refused(3, "Row 6 is at position 3, and 4 more steps pass the last of 6. Clear the row's state*");
        Refused(4, "Row 6 is at position 4, and 3 more steps*", [1, 3]);
        Refused(6, "Row 6 is at position 6, and 1 more steps*", [1, 1]);
        Refused(1.5f, "The state of row 6 says position 1.5; a whole number from 0 to 6 was expected.");
        Refused(-1, "*position -1*");
        Refused(float.NaN, "*position NaN*");
        Refused(float.PositiveInfinity, "*position Infinity*");
        network.Predict(new Batch { Rows = 2, Steps = Given, Inputs = x, State = new float[] { 2, 5 }, Lengths = [4, 1] }, y, workspace);
    }

    // y = x; its statistic counts rows.
    private sealed class Tally : Layer
    {
        public Tally(Shape shape)
            : base(shape, shape)
        {
            Blocks = [new Block("rows", BlockRole.Statistic, [1], Initializer.Zeros)];
            BackwardReads = BackwardReads.None;
        }

        public override void UpdateStatistics(in StatisticsPass pass) => pass.Statistic(0)[0] += pass.Rows;

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }
}
