using System.Runtime.InteropServices;
using NeuralNet.Tests.Training.Clusters;

namespace NeuralNet.Tests.Search;

/// <summary>A cross-validation whose folds the processes of a cluster divide among themselves.</summary>
public class DividedCrossValidationTests
{
    private static readonly Dataset clouds = TestData.Clouds(60);

    private static readonly Metric[] metrics =
    [
        Metric.Divergence, Metric.Accuracy, Metric.LabelAccuracy, Metric.MacroF1, Metric.Matthews, Metric.LogLoss, Metric.Brier, Metric.RocAuc,
        Metric.AveragePrecision, Metric.R2, Metric.RootMeanSquareError, Metric.MeanAbsoluteError, Metric.TopK(1), Metric.TopK(2),
    ];

    private static Evaluation Measure(Fold fold) => CrossValidationTests.Of("classes").Measure(fold.Test);

    // Every number that an evaluation has, and what it keeps, by its bits.
    private static string Bits(Evaluation one)
    {
        string text = $"{one.Count} {one.Confusion}";
        text += string.Concat(metrics.Select(metric => $" {BitConverter.DoubleToInt64Bits(metric.Of(one)):x}"));
        if (one.OutputNames.Count == 0)
        {
            Outcomes kept = one.Outcomes();
            foreach (ReadOnlySpan<float> values in new[] { kept.Outputs.ToArray(), kept.Desired.ToArray(), kept.Weights.ToArray() })
                text += $" {Convert.ToHexString(MemoryMarshal.AsBytes(values))}";
        }

        return text + string.Concat(one.OutputNames.Select(name => $"\n{name}: {Bits(one[name])}"));
    }

    private static string Bits(CrossValidationResult result) =>
        $"{result}\n{string.Join('\n', result.Evaluations.Select(Bits))}\n{Bits(result.OutOfFold)}";

    [Theory]
    [MemberData(nameof(CrossValidationTests.Kinds), MemberType = typeof(CrossValidationTests))]
    public void Any_number_of_processes_has_the_bits_of_one(string kind)
    {
        (Folds folds, Func<Dataset, Evaluation> measure) = CrossValidationTests.Of(kind);
        string alone = Bits(CrossValidation.Run(folds, fold => measure(fold.Test)));
        for (int size = 1; size <= 5; size++)
        {
            int run = 0;
            LocalCluster.Run(size, cluster => Bits(CrossValidation.Run(
                folds, fold =>
                {
                    Interlocked.Increment(ref run);
                    (fold.Index % size).Should().Be(cluster.Rank);
                    return measure(fold.Test);
                }, threads: 1 + (cluster.Rank % 2), cluster))).Should().AllBe(alone, $"of {size}");
            run.Should().Be(folds.Count, "each fold was trained once");
        }
    }

    [Fact]
    public void Classes_with_names_and_many_folds_come_to_all_in_several_meetings()
    {
        Dataset named = Dataset.FromArrays(TestData.Normal(120), TestData.Labels(60, 3), 3).WithClassNames("é", "two", "三");
        Folds folds = Folds.Stratified(named, 20);
        string alone = Bits(CrossValidation.Run(folds, Measure));
        alone.Should().Contain("三");
        LocalCluster.Run(3, cluster => Bits(CrossValidation.Run(folds, Measure, cluster: cluster))).Should().AllBe(alone);
    }

    [Theory]
    [InlineData(false, 60)]
    [InlineData(true, long.MaxValue)]
    public void What_an_evaluation_does_not_keep_is_missing_elsewhere_too(bool hasDetails, long most)
    {
        var form = new OutcomeForm(OutcomeKind.Classes, 3, 3) { ClassNames = ["a", "b", "c"] };
        var tally = new Tally(form, most, hasDetails, hasConfusion: hasDetails);
        for (int row = 0; row < 60; row++)
            tally.Add(TestData.Normal(3, row + 1), TestData.OneHotOf([row % 3], 3), 0.1f + row);
        using var bytes = new MemoryStream();
        tally.Write(new BinaryWriter(bytes));
        bytes.Position = 0;
        Tally other = Tally.Read(new BinaryReader(bytes));
        bytes.Position.Should().Be(bytes.Length);
        (other.Count, other.Weight, other.Accuracy, other.LogLoss, other.Brier, other.AbsoluteError, other.SquareError).Should()
            .Be((tally.Count, tally.Weight, tally.Accuracy, tally.LogLoss, tally.Brier, tally.AbsoluteError, tally.SquareError));
        (other.IsKept, other.IsTooLarge, other.HasDetails).Should().Be((false, hasDetails, hasDetails));
        (tally.IsKept, tally.IsTooLarge, tally.HasDetails).Should().Be((false, hasDetails, hasDetails));
        $"{other.Confusion}".Should().Be($"{tally.Confusion}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_fold_that_fails_ends_all_with_the_exception_of_one_process(int size)
    {
        foreach (Exception failure in (Exception[])[new FormatException("no rows"), new NotFiniteNumberException("too far")])
        {
            Func<Fold, Evaluation> run = fold => fold.Index is 1 or 2 ? throw failure : Measure(fold);
            Exception alone = ((Action)(() => CrossValidation.Run(clouds, 3, 1, run))).Should().Throw<Exception>().Which;
            (CrossValidationResult? Result, Exception? Failure)[] ended =
                LocalCluster.Try(size, cluster => CrossValidation.Run(clouds, 3, 1, run, cluster: cluster));
            ended.Should().OnlyContain(one => one.Failure!.GetType() == alone.GetType() && one.Failure.Message == alone.Message);
        }
    }

    [Fact]
    public void A_token_of_one_process_stops_all()
    {
        (CrossValidationResult? Result, Exception? Failure)[] ended = LocalCluster.Try(3, cluster =>
        {
            using var source = new CancellationTokenSource();
            return CrossValidation.Run(
                clouds, 9, 1, fold =>
                {
                    if (fold.Index == 4)
                        source.Cancel();
                    return Measure(fold);
                }, cluster: cluster, cancellationToken: source.Token);
        });
        ended.Should().OnlyContain(one => one.Failure is OperationCanceledException);
    }

    [Theory]
    [InlineData("folds", "the folds")]
    [InlineData("data", "the data of the folds")]
    public void What_differs_between_processes_is_found_before_the_first_fold(string what, string words)
    {
        int calls = 0;
        (CrossValidationResult? Result, Exception? Failure)[] ended = LocalCluster.Try(2, cluster =>
        {
            bool differs = cluster.Rank == 1;
            Dataset data = Dataset.FromArrays(TestData.Normal(120, differs && what == "data" ? 2 : 1), TestData.Normal(60), 60);
            return CrossValidation.Run(
                data, 3, seed: differs && what == "folds" ? 2 : 1, fold =>
                {
                    calls++;
                    return Measure(fold);
                }, cluster: cluster);
        });
        ended.Should().OnlyContain(one => one.Failure is ClusterException);
        ended[0].Failure!.Message.Should().Be($"The processes differ in {words}. Start all of them with the same program, data and settings.");
        calls.Should().Be(0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Blocks_of_any_length_come_whole(int size)
    {
        int[] lengths = [(16 << 20) + 3, 0, 5, 17, 8 << 20];
        byte[] Block(int process)
        {
            byte[] block = new byte[lengths[process]];
            new Random(process).NextBytes(block);
            return block;
        }

        foreach (byte[][] blocks in LocalCluster.Run(size, cluster => cluster.GatherAny(Block(cluster.Rank))))
        {
            blocks.Should().HaveCount(size);
            for (int process = 0; process < size; process++)
                blocks[process].AsSpan().SequenceEqual(Block(process)).Should().BeTrue();
        }
    }
}
