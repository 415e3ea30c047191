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
        for (int time = 0; time < 2; time++)
            reader.Invoking(one => SourceRow.Some(one, source.Format, 20)).Should().Throw<IOException>().WithMessage("The disk is gone.");
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
