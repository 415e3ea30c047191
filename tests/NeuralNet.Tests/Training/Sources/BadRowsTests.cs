using NeuralNet.Tests.Data.Sources;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training.Sources;

/// <summary>Rows that may not be are refused with words, and the network is as after the last finished step.</summary>
public class BadRowsTests
{
    private const int BadRow = 29, BatchSize = 4; // in the eighth step, which is read in the sixth

    private static readonly Dataset data = Dataset.FromIds(
        TestData.Normal(60 * 6), [.. TestData.Labels(60 * 3, 3)], 3, 60).WithInputShape(Shape.Sequence(3, 2))
        .WithLengths([.. Enumerable.Repeat(3, 60)]).WithWeights([.. Enumerable.Repeat(1f, 60)]);

    public static TheoryData<string, string> Bad => new()
    {
        { "NaN", "Row 29 of the source: input 3 is NaN; a finite number was expected." },
        { "infinite", "Row 29 of the source: desired value 1 is -Infinity; a finite number was expected." },
        { "negative weight", "Row 29 of the source: the weight is -1; a finite one of at least 0 was expected." },
        { "NaN weight", "Row 29 of the source: the weight is NaN; a finite one of at least 0 was expected." },
        { "length 0", "Row 29 of the source: the length is 0; 1 to 3 was expected." },
        { "length 4", "Row 29 of the source: the length is 4; 1 to 3 was expected." },
        { "id", "*rows of the source from row 28 on*3;*0 to 2*" },
        { "half an id", "*rows of the source from row 28 on*0.5;*" },
        { "fewer", "The source says that it has 61 rows, but it ended after 60." },
        { "more", "The source says that it has 58 rows, but gave more." },
    };

    private static void Spoil(string what, RowSpans row)
    {
        switch (what)
        {
            case "NaN":
                row.Inputs[3] = float.NaN;
                break;
            case "infinite":
                row.Desired[1] = float.NegativeInfinity;
                break;
            case "negative weight":
                row.Weights[0] = -1;
                break;
            case "NaN weight":
                row.Weights[0] = float.NaN;
                break;
            case "id":
                row.Desired[2] = 3;
                break;
            case "half an id":
                row.Desired[2] = 0.5f;
                break;
            default:
                row.Lengths[0] = what == "length 0" ? 0 : 4;
                break;
        }
    }

    private static Trainer Make() => new(
        Network.Create(Shape.Sequence(3, 2)).Dense(4, Activation.Tanh).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy,
        new AdamW(0.01f))
    {
        BatchSize = BatchSize,
        Shuffle = false,
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void They_are_refused_in_training_and_in_measuring(string what, string message)
    {
        IRowSource source = what is "fewer" or "more" ? new PlainSource(data) { Lie = what == "fewer" ? 61 : 58 }
            : new PlainSource(data)
            {
                Change = (row, values) =>
                {
                    if (row == BadRow)
                        Spoil(what, values);
                },
            };
        using Trainer trainer = Make(), whole = Make();
        trainer.Invoking(one => one.Fit(source, 1)).Should().Throw<InvalidDataException>().WithMessage(message);
        trainer.StepCount.Should().BePositive();
        whole.Fit(data.Slice(0, (int)trainer.StepCount * BatchSize), 1);
        trainer.Network.Parameters.ToArray().ShouldHaveTheBitsOf(whole.Network.Parameters, what);

        whole.Invoking(one => one.Evaluate(source)).Should().Throw<InvalidDataException>()
            .WithMessage(message.Replace("from row 28 on", "from row 0 on", StringComparison.Ordinal));
        whole.Invoking(one => one.Fit(data, 1, validation: source)).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void A_source_without_rows_or_without_one_that_counts_is_refused()
    {
        IRowSource none = new PlainSource(data) { KnowsRows = false }.Skip(100);
        IRowSource nothing = new PlainSource(data) { Change = (_, row) => row.Weights.Clear() };
        using Trainer trainer = Make();
        foreach (IRowSource source in new[] { none, nothing })
        {
            trainer.Invoking(one => one.Fit(source, 1)).Should().Throw<InvalidDataException>().WithMessage("*no row that counts in epoch 1*");
            trainer.Invoking(one => one.Evaluate(source)).Should().Throw<InvalidDataException>();
        }

        trainer.StepCount.Should().Be(0);
    }

    [Fact]
    public void A_reader_that_says_it_has_read_more_than_it_was_asked_for_is_refused()
    {
        using Trainer trainer = Make();
        trainer.Invoking(one => one.Fit(new Liar(), 1)).Should().Throw<InvalidOperationException>().WithMessage("*Liar*says that it has read*");
    }

    [Fact]
    public void What_the_source_itself_throws_comes_out_and_training_can_go_on()
    {
        bool isBroken = true;
        IRowSource source = new PlainSource(data)
        {
            Change = (row, values) => values.Inputs[0] = row == 40 && isBroken ? throw new IOException("The disk is gone.") : 0,
        }.ReadAhead(6);
        using Trainer trainer = Make();
        trainer.Invoking(one => one.Fit(source, 1)).Should().Throw<IOException>().WithMessage("The disk is gone.");
        long steps = trainer.StepCount;
        steps.Should().BePositive();
        isBroken = false;
        trainer.Fit(source, 1);
        trainer.StepCount.Should().Be(steps + 15);
    }

    private sealed class Liar : IRowSource, IRowReader
    {
        public RowFormat Format => ((IRowSource)data).Format;

        public long? Rows => null;

        public IRowReader Open(long seed, int epoch, long firstRow) => this;

        public int Read(in RowSpans rows) => -1;

        public long Skip(long rows) => rows;

        public void Dispose()
        {
        }
    }
}
