using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace NeuralNet.Tests.Data.Sources;

/// <summary>Rows of several named outputs in files.</summary>
public sealed class RowFileOutputsTests : IDisposable
{
    private const int Rows = 40;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Of each of three steps two numbers and a class id.
    internal static Dataset Steps()
    {
        float[] inputs = TestData.Normal(Rows * 6);
        Dataset sizes = Dataset.FromArrays(inputs, TestData.Normal(Rows * 6, 2), Rows).WithInputShape(Shape.Sequence(3, 2));
        Dataset words = Dataset.FromIds(inputs, [.. TestData.Labels(Rows * 3, 5).Select(label => label - 1)], 4, Rows)
            .WithInputShape(Shape.Sequence(3, 2));
        return Dataset.FromOutputs(3, ("size", sizes), ("word", words));
    }

    private static Dataset Mixed()
    {
        float[] inputs = TestData.Normal(Rows * 2);
        int[] labels = TestData.Labels(Rows, 3);
        Dataset named = Dataset.FromArrays(inputs, labels, 3).WithClassNames("left", "\"right\" ü", "above");
        return Dataset.FromOutputs(
            ("class", named), ("size", Dataset.FromArrays(inputs, TestData.Normal(Rows, 4), Rows)),
            ("number", Dataset.FromArrays(inputs, labels, 3)));
    }

    [Fact]
    public void A_file_keeps_the_outputs_with_their_classes()
    {
        foreach (Dataset data in new[] { Mixed(), Mixed().WithWeights(Enumerable.Range(1, Rows).Select(row => (float)row).ToArray()), Steps() })
        {
            string path = folder.PathOf("saved");
            data.Save(path);
            IRowSource file = RowSource.FromFile(path);
            file.Format.Should().Be(data.Format);
            file.Format.OutputVectors.Should().Be(data.Format.OutputVectors);
            file.Format.OutputNames.Should().Equal(data.OutputNames);
            file.Format.Parts.Zip(data.Format.Parts).Should().AllSatisfy(pair =>
                pair.First.ClassNames.Should().Equal(pair.Second.ClassNames), "names of classes are not compared by formats");
            SourceRow.Read(file).ShouldBe(SourceRow.Read(data), $"of {data}");
            byte[] first = File.ReadAllBytes(path);
            file.Save(path + "2");
            File.ReadAllBytes(path + "2").Should().Equal(first, "what is read is what was saved");
        }
    }

    [Fact]
    public void Training_on_the_file_is_training_on_the_rows()
    {
        Dataset data = Mixed();
        data.Save(folder.PathOf("saved"));
        float[][] parameters = new float[2][];
        var evaluations = new Evaluation[2];
        IRowSource[] sources = [RowSource.FromFile(folder.PathOf("saved")).Shuffled(16), new PlainSource(data) { OpensAnywhere = true }.Shuffled(16)];
        for (int k = 0; k < 2; k++)
        {
            Network network = Network.Create(2).Dense(8, Activation.Tanh).Outputs(
                ("class", b => b.Dense(3, Activation.Softmax)),
                ("size", b => b.Dense(1)),
                ("number", b => b.Dense(3, Activation.Softmax))).Build(seed: 1);
            using var trainer = new Trainer(
                network,
                network.Outputs.Divergence(
                    ("class", Divergence.CrossEntropy), ("size", Divergence.L2), ("number", Divergence.CrossEntropy)),
                new Adam());
            trainer.Fit(sources[k], epochs: 2);
            parameters[k] = network.Parameters.ToArray();
            evaluations[k] = trainer.Evaluate(sources[k]);
        }

        parameters[0].Should().Equal(parameters[1]);
        evaluations[0].OutputNames.Should().Equal("class", "size", "number");
        evaluations[0]["class"].Confusion!.ClassNames.Should().Equal("left", "\"right\" ü", "above");
        evaluations[0]["number"].Accuracy.Should().Be(evaluations[1]["number"].Accuracy).And.NotBeNull();
    }

    [Fact]
    public void Another_program_writes_it_in_a_line()
    {
        string path = Write(
            """[{"name": "class", "values": 2, "class_names": ["no", "yes"]}, {"name": "word", "values": 1, "ids": true, "classes": 9}]""",
            each: 3, values: [1, 0, 8, 0, 1, -1]);
        IRowSource file = RowSource.FromFile(path);
        file.Format.OutputNames.Should().Equal("class", "word");
        (file.Format.Parts[1].HasClassIds, file.Format.Parts[1].Classes, file.Format.Parts[1].First).Should().Be((true, 9, 2));
        file.Format.Classes.Should().Be(0, "each output has its own");
        SourceRow.Read(file).Select(row => row[^1]).Should().Equal(8, -1);
        FluentActions.Invoking(() => SourceRow.Read(RowSource.FromFile(Write(
                """[{"name": "a", "values": 2}, {"name": "word", "values": 1, "ids": true, "classes": 8}]""", each: 3, values: [1, 0, 7, 0, 1, 8]))))
            .Should().Throw<InvalidDataException>().WithMessage("*made.rows: row 1 has the class id 8 of the output \"word\"; −1 to 7 was expected.");
    }

    [Theory]
    [InlineData("""{"name": "a", "values": 3}""", "*no list of 1 to 3 outputs*")]
    [InlineData("[]", "*no list of 1 to 3 outputs*")]
    [InlineData("[", "*\"outputs\"*")]
    [InlineData("""["a", "b"]""", "*output 0 in \"outputs\" of the metadata is \"a\"; its \"name\" and how many \"values\"*")]
    [InlineData("""[{"name": "a"}]""", "*output 0 *")]
    [InlineData("""[{"name": "a", "values": 1}, {"name": "b", "values": 0}]""", "*output 1 *")]
    [InlineData("""[{"name": "a", "values": 1.5}]""", "*output 0 *")]
    [InlineData("""[{"name": "a", "values": 3000000000}]""", "*output 0 *")]
    [InlineData("""[{"name": "a", "values": 1}, {"name": "b", "values": 1}]""", "*2 values of each of 1 vectors, but \"desired\" has 3*")]
    [InlineData("""[{"name": "a", "values": 3}, {"name": "b", "values": 3}, {"name": "c", "values": 3}]""", "*9 values*\"desired\" has 3*")]
    [InlineData("""[{"name": "a", "values": 1}, {"name": "a", "values": 2}]""", "*names*Two parts, 0 and 1, are called \"a\"*")]
    [InlineData("""[{"name": "a.b", "values": 3}]""", "*names*Name 0 is \"a.b\"*")]
    [InlineData("""[{"name": "a", "values": 3, "classes": 2}]""", "*output 0 *as many as values*")]
    [InlineData("""[{"name": "a", "values": 3, "classes": 1}]""", "*\"classes\" in the metadata is \"1\"*")]
    [InlineData("""[{"name": "a", "values": 3, "class_names": [1, 2, 3]}]""", "*no list of texts*")]
    [InlineData("""[{"name": "a", "values": 3, "ids": true}]""", "*output 0 *")]
    public void Outputs_that_lie_are_refused(string outputs, string message) =>
        FluentActions.Invoking(() => RowSource.FromFile(Write(outputs, each: 3, values: new float[6])))
            .Should().Throw<InvalidDataException>().WithMessage(message);

    [Fact]
    public void What_stands_beside_the_outputs_is_looked_at()
    {
        const string Outputs = """[{"name": "a", "values": 1}]""";
        Refused(Write(Outputs, 3, new float[6], ("vectors", "2")), "*1 values of each of 2 vectors*");
        Refused(Write(Outputs, 3, new float[6], ("vectors", "0")), "*\"vectors\" in the metadata is \"0\"*");
        Refused(Write(Outputs, 3, new float[6], ("vectors", "3"), ("classes", "3")), "*with \"outputs\"*the classes of each in that list*");
        Refused(Write(null, 3, new float[6], ("vectors", "3")), "*\"vectors\" but no \"outputs\"*");
        RowSource.FromFile(Write(Outputs, 3, new float[6], ("vectors", "3"))).Format.OutputVectors.Should().Be(3);

        static void Refused(string path, string message) =>
            FluentActions.Invoking(() => RowSource.FromFile(path)).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    // Two rows as another program writes them.
    private string Write(string? outputs, int each, float[] values, params (string Name, string Text)[] others)
    {
        IEnumerable<(string Name, string Text)> all = outputs is null ? others : others.Prepend(("outputs", outputs));
        string metadata = string.Join(',', all.Select(one => $"\"{one.Name}\":{JsonSerializer.Serialize(one.Text)}"));
        byte[] header = Encoding.UTF8.GetBytes(
            $$$"""{"__metadata__":{{{{metadata}}}},"inputs":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"""
            + FormattableString.Invariant($$$""" "desired":{"dtype":"F32","shape":[2,{{{each}}}],"data_offsets":[8,{{{8 + (8 * each)}}}]}}"""));
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return folder.Write("made.rows", [.. length, .. header, .. new byte[8], .. MemoryMarshal.AsBytes<float>(values)]);
    }
}
