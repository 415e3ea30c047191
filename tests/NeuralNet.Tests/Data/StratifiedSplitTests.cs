namespace NeuralNet.Tests.Data;

public class StratifiedSplitTests
{
    // Each row's input is its number, so that rows can be told apart.
    private static Dataset Numbered(int[] labels, int classes) =>
        Dataset.FromArrays([.. Enumerable.Range(0, labels.Length).Select(i => (float)i)], labels, classes);

    private static int[] LabelsOf(int[] sizes) =>
        [.. sizes.SelectMany((size, c) => Enumerable.Repeat(c, size))];

    private static IEnumerable<(int[] Sizes, double Fraction)> Cases(int count, int mostClasses, int mostRows)
    {
        var random = new Random(1);
        while (count > 0)
        {
            var sizes = new int[random.Next(2, mostClasses + 1)];
            for (int c = 0; c < sizes.Length; c++)
                sizes[c] = random.Next(mostRows + 1);
            double fraction = random.Next(4) == 0 ? random.Next(1, 10) / 10.0 : (random.NextDouble() * 0.998) + 0.001;
            if (sizes.Sum() < 2)
                continue;
            yield return (sizes, fraction);
            count--;
        }
    }

    [Fact]
    public void Every_row_is_in_exactly_one_part_and_brings_its_own_desired_output()
    {
        foreach ((int[] sizes, double fraction) in Cases(100, 6, 30))
        {
            int[] labels = LabelsOf(sizes);
            (Dataset train, Dataset test) = Numbered(labels, sizes.Length).Split(fraction, 3);

            train.Inputs.ToArray().Concat(test.Inputs.ToArray()).Order().Should()
                .Equal(Enumerable.Range(0, labels.Length).Select(i => (float)i));
            foreach (Dataset part in new[] { train, test })
            {
                for (int row = 0; row < part.Rows; row++)
                {
                    part.Labels[row].Should().Be(labels[(int)part.InputRow(row)[0]]);
                    Metrics.ArgMax(part.DesiredRow(row)).Should().Be(part.Labels[row]);
                }
            }
        }
    }

    [Fact]
    public void The_test_part_has_the_rounded_number_of_rows_and_each_class_its_share_within_1()
    {
        foreach ((int[] sizes, double fraction) in Cases(5_000, 8, 40))
        {
            int rows = sizes.Sum();
            int[] counts = StratifiedSplit.TestRows(sizes, rows, fraction);

            int wanted = Math.Clamp((int)Math.Floor((rows * fraction) + 0.5), 1, rows - 1);
            string what = $"[{string.Join(", ", sizes)}] · {fraction} gave [{string.Join(", ", counts)}]";
            Assert.True(counts.Sum() == wanted, $"{what}: expected {wanted} rows");
            for (int c = 0; c < sizes.Length; c++)
            {
                Assert.True(counts[c] >= 0 && counts[c] <= sizes[c], what);
                Assert.True(Math.Abs(counts[c] - (sizes[c] * fraction)) <= 1 + 1e-9, what);
            }
        }
    }

    [Fact]
    public void No_class_of_two_rows_is_missing_from_a_part_where_any_division_could_avoid_it()
    {
        int avoidable = 0, unavoidable = 0;
        foreach ((int[] sizes, double fraction) in Cases(4_000, 5, 8))
        {
            int rows = sizes.Sum();
            int[] counts = StratifiedSplit.TestRows(sizes, rows, fraction);

            bool missing = sizes.Zip(counts).Any(p => p.First >= 2 && (p.Second == 0 || p.Second == p.First));
            bool possible = CanAvoid(sizes, fraction, counts.Sum(), 0);
            Assert.True(missing != possible, $"[{string.Join(", ", sizes)}] · {fraction} gave [{string.Join(", ", counts)}]");
            avoidable += possible ? 1 : 0;
            unavoidable += possible ? 0 : 1;
        }

        avoidable.Should().BeGreaterThan(1000);
        unavoidable.Should().BeGreaterThan(100);
    }

    // Tries all divisions whose classes are within 1 of their shares.
    private static bool CanAvoid(int[] sizes, double fraction, int left, int c)
    {
        if (c == sizes.Length)
            return left == 0;
        int low = sizes[c] >= 2 ? 1 : 0, high = sizes[c] >= 2 ? sizes[c] - 1 : sizes[c];
        for (int count = low; count <= high; count++)
        {
            if (Math.Abs(count - (sizes[c] * fraction)) <= 1 + 1e-12 && CanAvoid(sizes, fraction, left - count, c + 1))
                return true;
        }

        return false;
    }

    [Theory]
    [InlineData(0.2, new[] { 50, 50, 50 }, new[] { 10, 10, 10 })]
    [InlineData(0.25, new[] { 6, 6, 8 }, new[] { 2, 1, 2 })]
    [InlineData(0.1, new[] { 18, 2 }, new[] { 1, 1 })]
    [InlineData(0.9, new[] { 18, 2 }, new[] { 17, 1 })]
    [InlineData(0.2, new[] { 10, 0, 5 }, new[] { 2, 0, 1 })]
    [InlineData(0.01, new[] { 5, 5 }, new[] { 1, 0 })]
    [InlineData(0.5, new[] { 1, 1 }, new[] { 1, 0 })]
    public void Shares_are_rounded_by_largest_remainder(double fraction, int[] sizes, int[] expected) =>
        StratifiedSplit.TestRows(sizes, sizes.Sum(), fraction).Should().Equal(expected);

    [Fact]
    public void The_same_seed_gives_the_same_parts_and_another_seed_others()
    {
        Dataset data = Numbered(LabelsOf([40, 60]), 2);

        float[] first = data.Split(0.3, 1).Test.Inputs.ToArray();

        data.Split(0.3, 1).Test.Inputs.ToArray().Should().Equal(first);
        data.Split(0.3, 2).Test.Inputs.ToArray().Should().NotEqual(first);
    }

    [Fact]
    public void The_division_is_the_same_for_ever()
    {
        Dataset data = Numbered(LabelsOf([6, 4]), 2);

        (Dataset train, Dataset test) = data.Split(testFraction: 0.3, seed: 1);

        test.Inputs.ToArray().Should().Equal(testRowsOfSeed1);
        train.Inputs.ToArray().Should().Equal(trainRowsOfSeed1);
    }

    private static readonly float[] testRowsOfSeed1 = [3, 0, 7];
    private static readonly float[] trainRowsOfSeed1 = [5, 1, 4, 6, 2, 8, 9];

    [Fact]
    public void Every_row_of_a_class_is_as_likely_in_the_test_part_as_any_other()
    {
        Dataset data = Numbered(LabelsOf([10, 20]), 2);
        var drawn = new int[30];
        for (long seed = 0; seed < 2000; seed++)
        {
            foreach (float row in data.Split(0.3, seed).Test.Inputs)
                drawn[(int)row]++;
        }

        // 600 are expected; the standard deviation is √(2000 · 0.3 · 0.7) = 20.5.
        drawn.Should().OnlyContain(n => n > 500 && n < 700);
    }

    [Fact]
    public void Without_classes_the_division_is_plain()
    {
        Dataset data = Dataset.FromArrays([.. Enumerable.Range(0, 11).Select(i => (float)i)],
            [.. Enumerable.Range(0, 11).Select(i => 10f * i)], rows: 11);

        (Dataset train, Dataset test) = data.Split(0.5, 4);

        (train.Rows, test.Rows).Should().Be((5, 6));
        train.Inputs.ToArray().Concat(test.Inputs.ToArray()).Should().BeEquivalentTo(data.Inputs.ToArray());
        test.Desired.ToArray().Should().Equal(test.Inputs.ToArray().Select(x => 10 * x));
        train.Classes.Should().Be(0);
    }

    [Fact]
    public void Names_of_classes_go_with_both_parts()
    {
        (Dataset train, Dataset test) = Numbered([0, 0, 1, 1], 2).WithClassNames("no", "yes").Split(0.5);

        train.ClassNames.Should().Equal("no", "yes");
        test.ClassNames.Should().Equal("no", "yes");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void A_fraction_that_is_none_is_refused(double fraction)
    {
        Action split = () => Numbered([0, 1], 2).Split(fraction);

        split.Should().Throw<ArgumentOutOfRangeException>().WithMessage("Expected a fraction between 0 and 1*")
            .WithParameterName("testFraction");
    }

    [Fact]
    public void One_row_cannot_be_divided()
    {
        Action split = () => Numbered([0], 2).Split(0.5);

        split.Should().Throw<InvalidOperationException>().WithMessage("*1 row*");
    }

    [Theory]
    [InlineData(1e-9, 1)]
    [InlineData(1 - 1e-9, 9)]
    public void No_part_is_ever_empty(double fraction, int tests)
    {
        (Dataset train, Dataset test) = Numbered(LabelsOf([5, 5]), 2).Split(fraction);

        (train.Rows, test.Rows).Should().Be((10 - tests, tests));
    }
}
