namespace NeuralNet.Tests.Data.Sources;

/// <summary>What every source promises, whoever reads it and in whatever portions.</summary>
public sealed class SourceContractTests : IDisposable
{
    private const int Rows = 83;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    internal static Dataset Plain(int rows = Rows, long seed = 1) => TestData.Clouds(rows, seed);

    internal static Dataset Sequences(int rows = Rows) =>
        Dataset.FromArrays(TestData.Normal(rows * 6), TestData.Normal(rows * 4, 2), rows).WithInputShape(Shape.Sequence(3, 2))
            .WithLengths([.. TestData.Labels(rows, 3).Select(label => label + 1)])
            .WithWeights([.. TestData.Labels(rows * 2, 3, 4).Select(label => label * 0.5f)]);

    internal static Dataset Ids(int rows = Rows) =>
        Dataset.FromIds(TestData.Normal(rows * 6), [.. TestData.Labels(rows * 3, 5).Select(label => label - 1)], 4, rows);

    internal static IRowSource Generator(long rows = Rows) =>
        RowSource.Generate(new RowFormat(3, 2) { WeightsPerRow = 1 }, rows, static (stream, row, values) =>
    {
        for (int i = 0; i < 3; i++)
            values.Inputs[i] = stream.Normal(0, i);
        (values.Desired[0], values.Desired[1]) = (row, values.Inputs[0]);
    });

    public static TheoryData<string> Names =>
    [
        "data set", "generated", "own", "own of unknown rows", "file", "file of sequences", "file of ids", "file of outputs", "idx", "idx.gz",
        "several", "several unknown",
        "taken", "taken of unknown", "skipped", "shuffled", "shuffled file", "shuffled several", "shuffled own", "shuffled own that opens anywhere",
        "shuffled unknown", "shuffled whole", "read ahead", "read ahead by 1", "augmented", "everything",
    ];

    private IRowSource Make(string name)
    {
        Dataset data = Plain();
        IRowSource own = new PlainSource(data), unknown = new PlainSource(data) { KnowsRows = false }, file = File(data, "rows");
        return name switch
        {
            "data set" => Sequences(),
            "generated" => Generator(),
            "own" => own,
            "own of unknown rows" => unknown,
            "file" => file,
            "file of sequences" => File(Sequences(), "sequences"),
            "file of ids" => File(Ids(), "ids"),
            "file of outputs" => File(RowFileOutputsTests.Steps(), "outputs"),
            "idx" => Idx(""),
            "idx.gz" => Idx(".gz"),
            "several" => RowSource.Concat(file, Plain(11, 4), Plain(1, 5), own),
            "several unknown" => RowSource.Concat(unknown, Plain(11, 4), unknown),
            "taken" => file.Take(50),
            "taken of unknown" => unknown.Take(50),
            "skipped" => Generator().Skip(20).Take(41),
            "shuffled" => Generator().Shuffled(10),
            "shuffled file" => file.Shuffled(600),
            "shuffled several" => RowSource.Concat(file, Plain(700, 4), file.Take(20)).Shuffled(530),
            "shuffled own" => own.Shuffled(9),
            "shuffled own that opens anywhere" => new PlainSource(data) { OpensAnywhere = true }.Shuffled(20),
            "shuffled unknown" => unknown.Shuffled(20),
            "shuffled whole" => own.Shuffled(1000),
            "read ahead" => file.ReadAhead(12),
            "read ahead by 1" => unknown.ReadAhead(1),
            "augmented" => Sequences().Augmented(Augmentation.Noise(0.1f)),
            _ => RowSource.Concat(file, Plain(30, 8)).Skip(3).Shuffled(40).Augmented(Augmentation.Noise(0.1f)).ReadAhead(25),
        };
    }

    private IRowSource File(IRowSource rows, string name)
    {
        rows.Save(folder.PathOf(name));
        return RowSource.FromFile(folder.PathOf(name));
    }

    private IRowSource Idx(string extension)
    {
        byte[] pixels = [.. Enumerable.Range(0, Rows * 6).Select(i => (byte)(i * 7))];
        byte[] labels = [.. TestData.Labels(Rows, 4).Select(label => (byte)label)];
        byte[] images = IdxReaderTests.Idx([0, 0, 8, 3], [Rows, 2, 3], pixels), classes = IdxReaderTests.Idx([0, 0, 8, 1], [Rows], labels);
        bool packs = extension.Length > 0;
        return RowSource.FromIdx(
            folder.Write("images" + extension, packs ? TempFolder.Gzip(images) : images),
            folder.Write("labels" + extension, packs ? TempFolder.Gzip(classes) : classes));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_source_gives_the_same_rows_in_any_portions_from_any_row(string name)
    {
        IRowSource source = Make(name);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            float[][] rows = SourceRow.Read(source, 3, epoch);
            rows.SelectMany(row => row).Should().NotContain(float.NaN);
            if (source.Rows is { } known)
                known.Should().Be(rows.Length);
            SourceRow.Read(source, 3, epoch).ShouldBe(rows, "read twice");
            SourceRow.Read(source, 3, epoch, 0, 1, 2, 3, 5, 8, 13).ShouldBe(rows, "in odd portions");
            SourceRow.Read(source, 3, epoch, 0, rows.Length).ShouldBe(rows, "at once");
            SourceRow.Read(source, 3, epoch, 0, 1).ShouldBe(rows, "one by one");
            foreach (int first in new[] { 0, 1, 9, 10, 11, rows.Length / 3, rows.Length - 1, rows.Length, rows.Length + 5 })
                SourceRow.Read(source, 3, epoch, first).ShouldBe([.. rows.Skip(first)], $"from {first}, epoch {epoch}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_reader_passes_over_rows_and_ends(string name)
    {
        IRowSource source = Make(name);
        float[][] rows = SourceRow.Read(source);
        using (IRowReader reader = source.Open(3, 0, 0), other = source.Open(3, 0, 5))
        {
            reader.Skip(4).Should().Be(4);
            SourceRow.Some(reader, source.Format, 3).ShouldBe(rows[4..7], "after 4");
            reader.Skip(0).Should().Be(0);
            SourceRow.Some(other, source.Format, 3).ShouldBe(rows[5..8], "of a second reader");
            reader.Skip(rows.Length / 2).Should().Be(rows.Length / 2);
            SourceRow.Some(reader, source.Format, 2).ShouldBe(rows[(7 + (rows.Length / 2))..(9 + (rows.Length / 2))], "after the half");
            reader.Skip(rows.Length).Should().Be(rows.Length - 9 - (rows.Length / 2));
            SourceRow.Some(reader, source.Format, 2).Should().BeEmpty();
            (reader.Skip(1), SourceRow.Some(reader, source.Format, 1).Length).Should().Be((0, 0));
        }

        using IRowReader all = source.Open(3, 0, 0);
        all.Skip(long.MaxValue).Should().Be(rows.Length);
        all.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_source_says_what_it_is_and_refuses_what_cannot_be(string name)
    {
        IRowSource source = Make(name);
        source.Signature.Should().Be(Make(name).Signature);
        source.Invoking(one => one.Open(3, 0, -1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*firstRow must be at least 0*");
        if (name.StartsWith("own", StringComparison.Ordinal))
            return;
        using IRowReader reader = source.Open(3, 0, 0);
        reader.Invoking(one => one.Read(new RowSpans { Rows = 2, Inputs = new float[1], Desired = new float[1] }))
            .Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Once_it_has_begun_a_reader_allocates_nothing()
    {
        foreach (string name in (string[])
            ["generated", "file", "file of ids", "file of sequences", "file of outputs", "idx", "several", "shuffled", "shuffled file",
                "shuffled several", "everything"])
        {
            IRowSource source = Make(name);
            var format = source.Format;
            float[] inputs = new float[3 * format.InputWidth], desired = new float[3 * format.OutputWidth];
            float[] weights = new float[3 * format.WeightsPerRow];
            int[] lengths = new int[format.HasLengths ? 3 : 0];
            Allocations.Of(() =>
            {
                IRowReader reader = source.Open(3, 0, 0);
                int Read() => reader.Read(new RowSpans { Rows = 3, Inputs = inputs, Desired = desired, Weights = weights, Lengths = lengths });
                Read();
                return () =>
                {
                    for (int step = 0; step < 12; step++)
                        Read();
                };
            }).Should().Be(0, name);
        }
    }
}
