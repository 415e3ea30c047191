using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace NeuralNet.Tests.Data.Sources;

public sealed class RowFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    // A file as another program writes it: the header's JSON, and the data behind it.
    private string Write(string json, params byte[][] data)
    {
        byte[] header = Encoding.UTF8.GetBytes(json), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return folder.Write("made.rows", [.. length, .. header, .. data.SelectMany(bytes => bytes)]);
    }

    private static byte[] Bytes<T>(params T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();

    [Fact]
    public void A_file_keeps_the_rows_and_what_they_are()
    {
        Dataset images = Dataset.FromArrays(TestData.Normal(5 * 12), [0, 1, 1, 0, 1], classes: 2).WithInputShape(Shape.Image(2, 2, 3))
            .WithClassNames("cat", "\"dog\" ü");
        foreach (Dataset data in new[] { images, SourceContractTests.Sequences(), SourceContractTests.Ids(), SourceContractTests.Plain() })
        {
            data.Save(folder.PathOf("saved"));
            IRowSource source = RowSource.FromFile(folder.PathOf("saved"));
            source.Format.Should().Be(((IRowSource)data).Format);
            source.Rows.Should().Be(data.Rows);
            source.OpensAnywhere.Should().BeTrue();
            SourceRow.Read(source).ShouldBe(SourceRow.Read(data), $"of {data}");
        }

        Directory.GetFiles(Path.GetDirectoryName(folder.PathOf("x"))!).Should().ContainSingle("no temporary file stays");
    }

    [Fact]
    public void A_source_of_unknown_rows_is_saved_and_an_epoch_of_a_generator_too()
    {
        Dataset data = TestData.Clouds(50);
        new PlainSource(data) { KnowsRows = false }.Save(folder.PathOf("a"));
        SourceRow.Read(RowSource.FromFile(folder.PathOf("a"))).ShouldBe(SourceRow.Read(data), "of unknown rows");
        IRowSource generator = SourceContractTests.Generator(10_000);
        generator.Save(folder.PathOf("b"), seed: 7, epoch: 2);
        SourceRow.Read(RowSource.FromFile(folder.PathOf("b"))).ShouldBe(SourceRow.Read(generator, 7, 2), "of epoch 2");
    }

    [Fact]
    public void Files_of_other_programs_have_bytes_labels_and_whole_numbers_of_several_types()
    {
        string path = Write(
            """{"__metadata__":{"classes":"3"},"inputs":{"dtype":"U8","shape":[2,3],"data_offsets":[0,6]},"""
            + """ "labels":{"dtype":"I64","shape":[2],"data_offsets":[6,22]},"weights":{"dtype":"F32","shape":[2],"data_offsets":[22,30]}}""",
            [0, 51, 255, 1, 2, 3], Bytes(2L, 0L), Bytes(0.5f, 2f));
        float[][] rows = SourceRow.Read(RowSource.FromFile(path));
        rows[0].Should().Equal(0, 51 / 255f, 1, 0, 0, 1, 0.5f);
        rows[1].Should().Equal(1 / 255f, 2 / 255f, 3 / 255f, 1, 0, 0, 2);

        path = Write(
            """{"__metadata__":{"class_names":"[\"a\",\"b\"]"},"inputs":{"dtype":"F32","shape":[2,2,1],"data_offsets":[0,16]},"""
            + """ "ids":{"dtype":"I32","shape":[2,2],"data_offsets":[16,32]},"lengths":{"dtype":"U8","shape":[2],"data_offsets":[32,34]}}""",
            Bytes(1f, 2f, 3f, 4f), Bytes(0, -1, 1, 1), [2, 1]);
        IRowSource ids = RowSource.FromFile(path);
        ids.Format.Should().Be(new RowFormat(Shape.Sequence(2, 1), 2) { ClassNames = ["a", "b"], HasClassIds = true, HasLengths = true });
        SourceRow.Read(ids)[0].Should().Equal(1, 2, 0, -1, 2);
        SourceRow.Read(ids)[1].Should().Equal(3, 4, 1, 1, 1);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { """{"desired":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""", "*there is no tensor \"inputs\"*" },
        { """{"inputs":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""", "*\"inputs\" has elements of type F64; F32 or U8 was expected.*" },
        {
            """{"inputs":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
            "*one of the tensors \"desired\", \"labels\" and \"ids\" was expected.*"
        },
        {
            """{"inputs":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"desired":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""",
            "*\"desired\" has 2 rows; 1 were expected*"
        },
        {
            """{"inputs":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"labels":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}""",
            "*with \"labels\" the metadata must say how many classes there are*"
        },
        {
            """{"inputs":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"desired":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"""
            + """ "weight":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""",
            "*there is a tensor \"weight\", which a file of rows does not have*"
        },
        {
            """{"__metadata__":{"classes":"many"},"inputs":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"""
            + """ "ids":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}""",
            "*\"classes\" in the metadata is \"many\"; a number from 2*"
        },
        {
            """{"__metadata__":{"class_names":"[1]"},"inputs":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"""
            + """ "ids":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}""",
            "*\"class_names\" in the metadata is no list of texts*"
        },
        {
            """{"inputs":{"dtype":"F32","shape":[1,1,1,1,1],"data_offsets":[0,4]},"desired":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
            "*\"inputs\" has the shape [1, 1, 1, 1, 1]*"
        },
        { """{"inputs":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "*of at least 1 row*" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Files_that_are_something_else_are_refused_with_words(string json, string message)
    {
        int bytes = System.Text.RegularExpressions.Regex.Matches(json, @"\[\d+,(\d+)\]\}").Max(match => int.Parse(match.Groups[1].Value, null));
        string path = Write(json, new byte[bytes]);
        FluentActions.Invoking(() => RowSource.FromFile(path)).Should().Throw<InvalidDataException>().WithMessage(message).WithMessage($"*{path}*");
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        string path = folder.PathOf("saved");
        TestData.Clouds(40).Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        for (int length = 0; length < bytes.Length; length += 37)
        {
            File.WriteAllBytes(path, bytes[..length]);
            FluentActions.Invoking(() => RowSource.FromFile(path)).Should().Throw<InvalidDataException>($"of {length} bytes");
        }

        File.WriteAllBytes(path, bytes);
        IRowSource source = RowSource.FromFile(path);
        string signature = source.Signature;
        using (IRowReader reader = source.Open(1, 0, 0))
        {
            File.WriteAllBytes(path, [.. bytes, 0]);
            source.Invoking(one => one.Open(1, 0, 0)).Should().Throw<InvalidDataException>().WithMessage("*make the source anew*");
        }

        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        RowSource.FromFile(path).Signature.Should().NotBe(signature);
        FluentActions.Invoking(() => RowSource.FromFile(folder.PathOf(""))).Should().Throw<UnauthorizedAccessException>().WithMessage("*folder*");
        FluentActions.Invoking(() => RowSource.FromFile(folder.PathOf("none"))).Should().Throw<FileNotFoundException>();
    }

    [Fact]
    public void Labels_out_of_range_are_named_with_their_row()
    {
        string path = Write(
            """{"__metadata__":{"classes":"3"},"inputs":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"""
            + """ "labels":{"dtype":"I64","shape":[2],"data_offsets":[8,24]}}""", Bytes(1f, 2f), Bytes(1L, (1L << 32) + 1));
        FluentActions.Invoking(() => SourceRow.Read(RowSource.FromFile(path))).Should().Throw<InvalidDataException>()
            .WithMessage("*row 1 has the class *0 to 2 was expected.");
    }

    [Fact]
    public void What_cannot_be_saved_leaves_the_old_file_and_no_other()
    {
        Dataset data = TestData.Clouds(9000);
        string path = folder.PathOf("saved");
        data.Slice(0, 3).Save(path);
        byte[] old = File.ReadAllBytes(path);
        Refused<InvalidDataException>(
            new PlainSource(data) { Change = (row, values) => values.Inputs[0] = row == 8000 ? float.NaN : 0 }, "Row 8000*");
        Refused<InvalidDataException>(new PlainSource(data) { Lie = 9001 }, "*says that it has 9001 rows*");
        Refused<InvalidDataException>(new PlainSource(data) { Lie = 8999 }, "*says that it has 8999 rows, but gave more*");
        Refused<IOException>(
            new PlainSource(data) { Change = (row, values) => values.Inputs[0] = row == 5000 ? throw new IOException("Gone.") : 0 }, "Gone.");
        Refused<InvalidDataException>(
            new PlainSource(SourceContractTests.Ids()) { Change = (row, values) => values.Desired[1] = row == 7 ? 4 : 0 }, "Row 7*class id 4*");
        Refused<InvalidDataException>(
            new PlainSource(RowFileOutputsTests.Steps()) { Change = (row, values) => values.Desired[2] = row == 3 ? 0.5f : 0 },
            "Row 3*class id 0.5 of the output \"word\"; −1 to 3 was expected.");

        void Refused<T>(IRowSource source, string message)
            where T : Exception
        {
            source.Invoking(one => one.Save(path)).Should().Throw<T>().WithMessage(message);
            File.ReadAllBytes(path).Should().Equal(old);
            Directory.GetFiles(Path.GetDirectoryName(path)!).Should().ContainSingle();
        }
    }

    [Fact]
    public void A_file_of_more_than_four_gigabytes_is_read_by_offsets()
    {
        // Sparse: the disk has only what is written. Row by row 1 MB.
        const int Width = 1 << 18;
        const long Rows = 4200, Inputs = Rows * Width * 4;
        string json = FormattableString.Invariant(
            $$$"""{"inputs":{"dtype":"F32","shape":[{{{Rows}}},{{{Width}}}],"data_offsets":[0,{{{Inputs}}}]},""")
            + FormattableString.Invariant(
                $$$""" "desired":{"dtype":"F32","shape":[{{{Rows}}}],"data_offsets":[{{{Inputs}}},{{{Inputs + (4 * Rows)}}}]}}""");
        string path = Write(json);
        using (FileStream file = File.OpenWrite(path))
        {
            long start = file.Length;
            file.SetLength(start + Inputs + (4 * Rows));
            file.Seek(start + ((Rows - 1) * Width * 4), SeekOrigin.Begin);
            file.Write(Bytes(7f));
            file.Seek(-4, SeekOrigin.End);
            file.Write(Bytes(9f));
        }

        IRowSource source = RowSource.FromFile(path);
        float[][] rows = SourceRow.Read(source, 1, 0, Rows - 2, 1);
        rows.Should().HaveCount(2);
        (rows[0][0], rows[1][0], rows[1][1], rows[1][^1]).Should().Be((0, 7, 0, 9));
        source.Signature.Should().NotBeEmpty();
    }
}
