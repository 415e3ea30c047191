namespace NeuralNet.Tests.Data.Sources;

public class ShuffledRowsTests
{
    private static int[] Order(IRowSource source, long seed = 1, int epoch = 0) =>
        [.. SourceRow.Read(source, seed, epoch, 0, 64).Select(row => (int)row[0])];

    private static Dataset Numbers(int rows) =>
        Dataset.FromArrays([.. Enumerable.Range(0, rows).Select(row => (float)row)], new float[rows], rows);

    [Theory]
    [InlineData(100, 2, true)]
    [InlineData(1000, 300, true)]
    [InlineData(1000, 999, true)]
    [InlineData(1000, 5000, true)]
    [InlineData(5000, 1300, true)]
    [InlineData(1, 10, true)]
    [InlineData(100, 2, false)]
    [InlineData(1000, 300, false)]
    [InlineData(1000, 5000, false)]
    public void Each_row_comes_once_in_another_order_in_each_epoch_and_for_each_seed(int rows, int buffer, bool opensAnywhere)
    {
        foreach (bool knowsRows in new[] { true, false })
        {
            IRowSource source = new PlainSource(Numbers(rows)) { OpensAnywhere = opensAnywhere, KnowsRows = knowsRows }.Shuffled(buffer);
            int[] order = Order(source), next = Order(source, epoch: 1), other = Order(source, seed: 2);
            foreach (int[] one in new[] { order, next, other })
                one.Order().Should().Equal(Enumerable.Range(0, rows));
            if (rows == 1)
                continue;
            next.Should().NotEqual(order);
            other.Should().NotEqual(order);
        }
    }

    [Fact]
    public void A_buffer_is_a_sample_of_the_whole_and_not_only_of_its_neighbourhood()
    {
        // Sorted by 10 classes: a window of 2,560 rows has 10 rows of each of 256 places.
        IRowSource source = new PlainSource(Numbers(100_000)) { OpensAnywhere = true }.Shuffled(2560);
        int[] order = Order(source);
        foreach (int[] window in order.Chunk(2560))
        {
            double expected = window.Length / 10.0, deviation = Math.Sqrt(10 * expected * 0.9);
            for (int place = 0; place < 10; place++)
                ((double)window.Count(row => row / 10_000 == place)).Should().BeApproximately(expected, 1 + (5 * deviation));
        }

        order.Zip(order.Skip(1)).Count(pair => pair.Second == pair.First + 1).Should().BeLessThan(200, "in a window neighbours are apart");
    }

    [Fact]
    public void With_all_in_the_buffer_every_order_is_as_likely()
    {
        var counts = new Dictionary<string, int>();
        IRowSource source = ((IRowSource)Numbers(3)).Shuffled(3);
        for (int epoch = 0; epoch < 6000; epoch++)
        {
            string order = string.Join(',', Order(source, epoch: epoch));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        counts.Should().HaveCount(6);
        counts.Values.Should().OnlyContain(count => count > 850 && count < 1150);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(4097)]
    public void A_permutation_that_takes_no_memory_has_each_number_once_at_any_place(long count)
    {
        var at = new long[count];
        for (int draw = 0; draw < 300; draw++)
        {
            var permutation = new RandomPermutation(new RandomStream(draw), count);
            if (draw < 3)
                at.Select((_, i) => permutation[i]).Order().Should().Equal(at.Select((_, i) => (long)i));
            at[permutation[0]]++;
        }

        if (count <= 5)
            at.Should().OnlyContain(times => Math.Abs(times - (300.0 / count)) < 5 * Math.Sqrt(300.0 / count));
        new RandomPermutation(new RandomStream(1), 1L << 40)[(1L << 40) - 1].Should().BeInRange(0, (1L << 40) - 1);
    }

    [Fact]
    public void Rows_beyond_two_thousand_million_have_places_too()
    {
        const long Rows = 5_000_000_000;
        IRowSource source = RowSource.Generate(new RowFormat(2, 1), Rows, (_, row, values) =>
        {
            values.Inputs[0] = row >> 24;
            values.Inputs[1] = row & 0xFFFFFF;
        });
        source = RowSource.Concat(source, source).Shuffled(1000);
        source.Rows.Should().Be(2 * Rows);
        float[][] last = SourceRow.Read(source, first: (2 * Rows) - 20);
        last.Should().HaveCount(20);
        using IRowReader reader = source.Open(3, 0, 0);
        reader.Skip((2 * Rows) - 20).Should().Be((2 * Rows) - 20);
        SourceRow.Rest(reader, source.Format, 3).ShouldBe(last, "passed over");
    }

    [Fact]
    public void A_buffer_that_cannot_be_is_refused()
    {
        IRowSource source = Numbers(10);
        source.Invoking(one => one.Shuffled(1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at least 2*");
        new PlainSource(TestData.Clouds(5)).Invoking(one => one.Shuffled(int.MaxValue)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("2147483647 rows of 2 inputs, 3 classes would have*");
    }

    [Fact]
    public void A_source_with_fewer_rows_than_it_says_is_refused()
    {
        IRowSource source = new PlainSource(Numbers(100)) { Lie = 120, OpensAnywhere = true }.Shuffled(40);
        FluentActions.Invoking(() => SourceRow.Read(source)).Should().Throw<InvalidDataException>().WithMessage("*says that it has 120 rows*");
    }
}
