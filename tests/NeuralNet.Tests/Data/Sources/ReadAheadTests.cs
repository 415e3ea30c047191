namespace NeuralNet.Tests.Data.Sources;

public class ReadAheadTests
{
    [Fact]
    public void What_goes_wrong_comes_out_on_the_callers_thread_behind_the_rows_before()
    {
        IRowSource source = RowSource.Generate(new RowFormat(1, 1), 100, (_, row, values) =>
            values.Inputs[0] = row < 30 ? row : throw new IOException("The disk is gone.")).ReadAhead(8);
        using IRowReader reader = source.Open(1, 0, 0);
        SourceRow.Some(reader, source.Format, 24).Select(row => (int)row[0]).Should().Equal(Enumerable.Range(0, 24));
        SourceRow.Some(reader, source.Format, 6).Select(row => (int)row[0]).Should().Equal(Enumerable.Range(24, 6));
        for (int time = 0; time < 2; time++)
            reader.Invoking(one => SourceRow.Some(one, source.Format, 20)).Should().Throw<IOException>().WithMessage("The disk is gone.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(14)]
    [InlineData(30)]
    [InlineData(49)]
    public void All_rows_before_one_that_cannot_be_read_are_given(int bad)
    {
        Dataset data = TestData.Clouds(50);
        float[][] rows = SourceRow.Read(data);
        foreach (int capacity in new[] { 1, 3, 16, 100 })
        {
            foreach (int skipped in new[] { 0, Math.Min(bad, 5) })
            {
                var inner = new PlainSource(data) { Change = (row, _) => Tear(row == bad) };
                using (IRowReader reader = inner.ReadAhead(capacity).Open(1, 0, 0))
                {
                    reader.Skip(skipped).Should().Be(skipped);
                    for (int row = skipped; row < bad; row++)
                        SourceRow.Some(reader, inner.Format, 1).ShouldBe(rows[row..(row + 1)], $"before {bad}, {capacity} ahead");
                    for (int time = 0; time < 2; time++)
                        reader.Invoking(one => SourceRow.Some(one, inner.Format, 1)).Should().Throw<IOException>().WithMessage("Torn.");
                }

                inner.Open.Should().Be(0, "the reader that failed is closed, and the one that read its rows again");
            }
        }
    }

    [Fact]
    public void What_went_wrong_is_told_even_where_it_does_not_go_wrong_again()
    {
        int times = 0;
        var inner = new PlainSource(TestData.Clouds(50))
        {
            Change = (row, _) => Tear(row == 10 && Interlocked.Increment(ref times) == 1),
        };
        using IRowReader reader = inner.ReadAhead(16).Open(1, 0, 0);
        int given = 0;
        FluentActions.Invoking(() =>
        {
            for (; given < 50; given++)
                SourceRow.Some(reader, inner.Format, 1).Should().ContainSingle();
        }).Should().Throw<IOException>().WithMessage("Torn.");
        given.Should().BeInRange(10, 15);

        // A source that cannot be opened a second time has its first problem told, too.
        var once = new Once(TestData.Clouds(50));
        using IRowReader other = once.ReadAhead(16).Open(1, 0, 0);
        SourceRow.Some(other, once.Format, 8).Should().HaveCount(8);
        other.Invoking(one => SourceRow.Some(one, once.Format, 4)).Should().Throw<IOException>().WithMessage("Torn.");
    }

    [Fact]
    public void Training_makes_the_steps_that_it_makes_without_reading_ahead()
    {
        long[] steps = new long[2];
        for (int k = 0; k < 2; k++)
        {
            IRowSource source = new PlainSource(TestData.Clouds(200)) { Change = (row, _) => Tear(row == 97) };
            using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 10 };
            trainer.Invoking(one => one.Fit(k == 0 ? source : source.ReadAhead(128), epochs: 1)).Should().Throw<IOException>();
            steps[k] = trainer.StepCount;
        }

        steps[1].Should().Be(steps[0]).And.BeGreaterThan(5);
    }

    [Fact]
    public void A_reader_that_is_disposed_of_ends_its_thread_and_closes_the_source()
    {
        for (int read = 0; read < 40; read += 3)
        {
            var inner = new PlainSource(TestData.Clouds(50)) { Change = static (_, _) => Thread.Yield() };
            IRowReader reader = inner.ReadAhead(5).Open(1, 0, 0);
            if (read > 0)
                SourceRow.Some(reader, inner.Format, read);
            reader.Dispose();
            inner.Open.Should().Be(0);
            reader.Dispose();
            if (read > 0)
                reader.Invoking(one => SourceRow.Some(one, inner.Format, 1)).Should().Throw<ObjectDisposedException>();
        }
    }

    [Fact]
    public void Nothing_starts_a_thread_before_rows_are_read()
    {
        int caller = Environment.CurrentManagedThreadId, maker = 0;
        IRowSource source = RowSource.Generate(new RowFormat(1, 1), 10, (_, _, _) => maker = Environment.CurrentManagedThreadId);
        SourceRow.Read(source);
        maker.Should().Be(caller);
        using (IRowReader reader = source.ReadAhead(5).Open(1, 0, 0))
            reader.Skip(3).Should().Be(3);
        maker.Should().Be(caller);
        SourceRow.Read(source.ReadAhead(5));
        maker.Should().NotBe(caller);
    }

    [Fact]
    public void No_more_rows_lie_in_memory_than_were_asked_for()
    {
        long made = 0;
        IRowSource source = RowSource.Generate(new RowFormat(1, 1), 1000, (_, _, _) => Interlocked.Increment(ref made)).ReadAhead(16);
        using IRowReader reader = source.Open(1, 0, 0);
        SourceRow.Some(reader, source.Format, 10);
        Thread.Sleep(50);
        Interlocked.Read(ref made).Should().BeInRange(10, 26);
        source.Invoking(one => one.ReadAhead(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_reader_that_lies_is_refused()
    {
        using IRowReader reader = new Liar().ReadAhead(4).Open(1, 0, 0);
        reader.Invoking(one => SourceRow.Some(one, new RowFormat(1, 1), 1)).Should().Throw<InvalidOperationException>()
            .WithMessage("*Liar*was asked for 1 rows and says that it has read 2.");
    }

    private static void Tear(bool isBad)
    {
        if (isBad)
            throw new IOException("Torn.");
    }

    // A connection, say: it opens once, and breaks at row 10.
    private sealed class Once(Dataset data) : IRowSource
    {
        private bool wasOpened;

        public RowFormat Format => data.Format;

        public long? Rows => null;

        public IRowReader Open(long seed, int epoch, long firstRow)
        {
            if (wasOpened)
                throw new InvalidOperationException("It opens once.");
            wasOpened = true;
            IRowSource torn = new PlainSource(data) { Change = (row, _) => Tear(row == 10) };
            return torn.Open(seed, epoch, firstRow);
        }
    }

    private sealed class Liar : IRowSource, IRowReader
    {
        public RowFormat Format => new(1, 1);

        public long? Rows => null;

        public IRowReader Open(long seed, int epoch, long firstRow) => this;

        public int Read(in RowSpans rows) => rows.Rows + 1;

        public long Skip(long rows) => rows;

        public void Dispose()
        {
        }
    }
}
