using System.Globalization;
using System.Text;

namespace NeuralNet.Tests.Data;

public sealed class CsvRowsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Write(int rows, string name = "rows.csv")
    {
        var random = new Random(3);
        var text = new StringBuilder("a,b,kind,c\n");
        for (int row = 0; row < rows; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{random.NextSingle()},{random.Next(100)},{(row % 3 == 0 ? "cat" : "dog")},{row}\n");
            if (row % 7 == 0)
                text.Append("# a comment\n\n");
        }

        return folder.Write(name, text.ToString());
    }

    private static (float[] Inputs, float[] Desired, int Rows) ReadAll(IRowSource source, long firstRow, int some)
    {
        var inputs = new List<float>();
        var desired = new List<float>();
        using IRowReader reader = source.Open(seed: 0, epoch: 0, firstRow);
        float[] x = new float[some * source.Format.InputWidth], d = new float[some * source.Format.OutputWidth];
        int rows = 0;
        for (int read = some; read == some; rows += read)
        {
            read = reader.Read(new RowSpans { Rows = some, Inputs = x, Desired = d });
            inputs.AddRange(x.AsSpan(0, read * source.Format.InputWidth));
            desired.AddRange(d.AsSpan(0, read * source.Format.OutputWidth));
        }

        return ([.. inputs], [.. desired], rows);
    }

    [Fact]
    public void Rows_are_those_of_the_data_set_from_any_row_on()
    {
        string path = Write(1000);
        var options = new CsvOptions { Comment = '#' };
        Dataset data = Dataset.FromCsv(path, label: "kind", options: options);
        IRowSource source = Csv.OpenRows(path, "kind", ["cat", "dog"], options);

        source.Format.Should().Be(data.Format);
        (source.Rows, source.OpensAnywhere).Should().Be((null, false));
        source.ToString().Should().Be($"{path}: 3 inputs, 2 classes");
        foreach (int first in new[] { 0, 1, 500, 999, 1000, 2000 })
        {
            (float[] inputs, float[] desired, int rows) = ReadAll(source, first, some: 37);
            rows.Should().Be(Math.Max(0, 1000 - first));
            inputs.AsSpan().SequenceEqual(data.Inputs[(Math.Min(first, 1000) * 3)..]).Should().BeTrue();
            desired.AsSpan().SequenceEqual(data.Desired[(Math.Min(first, 1000) * 2)..]).Should().BeTrue();
        }
    }

    [Fact]
    public void Classes_may_be_numbers_and_targets_named()
    {
        string path = folder.Write("n.csv", "y,a,b\n2,1,0.5\n0,3,1.5\n");

        ReadAll(Csv.OpenRows(path, label: 0, classes: 3), 0, 2).Desired.Should().Equal(0, 0, 1, 1, 0, 0);
        (float[] inputs, float[] desired, _) = ReadAll(Csv.OpenRowsWithTargets(path, ["b", "y"]), 0, 8);
        inputs.Should().Equal(1, 3);
        desired.Should().Equal(0.5f, 2, 1.5f, 0);
    }

    [Fact]
    public void A_training_from_the_file_has_the_bits_of_one_from_memory()
    {
        string path = Write(200);
        var options = new CsvOptions { Comment = '#' };
        float[] Train(IRowSource source)
        {
            Network network = Network.Create(3).Dense(4, Activation.Tanh).Dense(2, Activation.Softmax).Build(seed: 1);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(1e-4f)) { BatchSize = 16, Shuffle = false };
            trainer.Fit(source, epochs: 2);
            return network.Parameters.ToArray();
        }

        Train(Csv.OpenRows(path, "kind", ["cat", "dog"], options)).Should().Equal(Train(Dataset.FromCsv(path, label: "kind", options: options)));
    }

    [Fact]
    public void A_file_is_known_by_its_signature_and_a_changed_one_is_refused()
    {
        string path = Write(100);
        var options = new CsvOptions { Comment = '#' };
        IRowSource source = Csv.OpenRows(path, "kind", ["cat", "dog"], options);
        string before = source.Signature;

        Csv.OpenRows(path, "kind", ["cat", "dog"], options).Signature.Should().Be(before);
        Write(99);
        source.Signature.Should().NotBe(before);
        FluentActions.Invoking(() => source.Open(0, 0, 0)).Should().Throw<InvalidDataException>().WithMessage("*bytes when the source was made*");
    }

    [Fact]
    public void What_is_wrong_is_refused_when_it_is_read()
    {
        string path = folder.Write("w.csv", "a,kind\n1,cat\n2,dog\n3,bird\n");
        IRowSource source = Csv.OpenRows(path, "kind", ["cat", "dog"]);

        FluentActions.Invoking(() => ReadAll(source, 0, 2)).Should().Throw<InvalidDataException>()
            .WithMessage("*w.csv, line 4, column 2 \"kind\": expected a class 0 … 1, or one of the names \"cat\", \"dog\", but got 'bird'.");
        FluentActions.Invoking(() => Csv.OpenRows(path, "sort", ["cat", "dog"])).Should().Throw<ArgumentException>()
            .WithMessage("There is no column \"sort\"*");
        FluentActions.Invoking(() => Csv.OpenRows(path, 1, ["cat", "cat"])).Should().Throw<ArgumentException>().WithParameterName("classNames");
        FluentActions.Invoking(() => Csv.OpenRows(path, 1, 1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Csv.OpenRowsWithTargets(path, [])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void No_row_allocates()
    {
        string path = folder.Write("many.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i}.5,{i % 2}\n")));
        IRowSource source = Csv.OpenRows(path, label: 1, classes: 2);
        float[] x = new float[1000], d = new float[2000];
        using IRowReader reader = source.Open(0, 0, 0);
        reader.Read(new RowSpans { Rows = 1000, Inputs = x, Desired = d });
        reader.Skip(20_000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++)
            reader.Read(new RowSpans { Rows = 1000, Inputs = x, Desired = d });

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000);
    }

    [Fact]
    public void A_column_is_a_title_or_a_place()
    {
        ((CsvColumn)"a").ToString().Should().Be("\"a\"");
        CsvColumn.At(-1).Should().Be((CsvColumn)(^1));
        (CsvColumn.At(2) == 2, CsvColumn.Named("b") != "b", default(CsvColumn).IsStated).Should().Be((true, false, false));
        ((CsvColumn)(^1)).ToString().Should().Be("^1");
        default(CsvColumn).ToString().Should().Be("none");
    }
}
