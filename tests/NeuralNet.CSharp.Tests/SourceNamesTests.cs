namespace NeuralNet.CSharp.Tests;

/// <summary>Named inputs and outputs are found by name in what the generated source predicts.</summary>
public class SourceNamesTests
{
    [Fact]
    public void A_caller_finds_inputs_and_outputs_by_name()
    {
        Network network = Network.Create(("picture", Shape.Image(4, 4, 2)), ("extra", 3))
            .Parallel(Merge.Concat, b => b.Input("picture").Conv(2, 3).Flatten(), b => b.Input("extra"))
            .Outputs(("mask", b => b.Dense(8).Reshape(Shape.Image(2, 2, 2))), ("class", b => b.Dense(3, Activation.Softmax)),
                ("bounding box", b => b.Dense(4))).Build(1);
        CompiledSource source = new([network.ToCSharp("Net", "Company"), """
            using System;
            namespace Caller;
            /// <summary>Uses the generated class.</summary>
            public static class Program
            {
                /// <summary>Of the picture and the extra numbers, in the other order, box, class and mask.</summary>
                public static float[] Predict(ReadOnlySpan<float> given)
                {
                    float[] x = new float[Company.Net.InputSize];
                    given[..3].CopyTo(x.AsSpan()[Company.Net.Inputs.Extra]);
                    given[3..].CopyTo(x.AsSpan()[Company.Net.Inputs.Picture]);
                    float[] y = Company.Net.Predict(x);
                    return [.. y[Company.Net.Outputs.BoundingBox], .. y[Company.Net.Outputs.Class], .. y[Company.Net.Outputs.Mask]];
                }
            }
            """]);
        float[] given = [.. Enumerable.Range(0, 35).Select(i => MathF.Sin(i))], y = network.Predict([.. given[3..], .. given[..3]]);
        NetworkOutputs outputs = network.Outputs;
        source.PredictToArray("Caller.Program")(given).Should().Equal(
            [.. outputs["bounding box"].Of(y), .. outputs["class"].Of(y), .. outputs["mask"].Of(y)]);
    }

    [Fact]
    public void Of_pixels_a_range_is_within_each()
    {
        Network network = Network.Create(Shape.Image(2, 3, 2)).Outputs(("mask", b => b.Dense(1)), ("edges", b => b.Dense(3))).Build(2);
        string text = network.ToCSharp("Net");
        text.Should().Contain("/// <c>y.Slice(4 * v, 4)[Net.Outputs.Mask]</c>.</summary>").And.NotContain("class Inputs");
        CompiledSource source = new([text, """
            using System;
            /// <summary>Uses the generated class.</summary>
            public static class Program
            {
                /// <summary>The edges at the fifth pixel.</summary>
                public static float[] Predict(ReadOnlySpan<float> x)
                {
                    ReadOnlySpan<float> y = Net.Predict(x);
                    int v = 4;
                    return y.Slice(4 * v, 4)[Net.Outputs.Edges].ToArray();
                }
            }
            """]);
        float[] x = [.. Enumerable.Range(0, 12).Select(i => MathF.Cos(i))];
        source.PredictToArray("Program")(x).Should().Equal(network.Outputs["edges"].Of(network.Predict(x), 4).ToArray());
    }

    [Fact]
    public void Any_name_becomes_one_of_CSharp_that_no_other_has()
    {
        string[] names =
        [
            "class", "Class", "class 2", "Outputs", "Inputs", "ToString", "Equals", "Range", "a-b", "a b", "aB", "1st", "1", "_", "__", "!", "数",
            "größe", "ﬀ", "𝒙", "é", "e\u0301", "\u0301", "a<b>&c", "*/", "Predict", "Parts", "Values", "System", "x\\u0041", "{0}", "int",
            "record", "InputSize", "@if", "Net",
        ];
        Network network = Network.Create([.. names.Select(name => (name, (Shape)1))]).Dense(names.Length)
            .NameOutputs([.. names.Select(name => (name, 1))]).Build(3);
        string[] made = SourceName.MembersOf(names, "Outputs");
        made.Should().OnlyHaveUniqueItems().And.StartWith(
            ["Class", "Class2", "Class22", "Outputs2", "Inputs", "ToString2", "Equals2", "Range", "AB", "AB2", "AB3", "_1st", "_1", "_", "_2", "_3"]);
        string program = $$"""
            using System;
            /// <summary>Uses the generated class.</summary>
            public static class Program
            {
                /// <summary>All outputs, the last one first.</summary>
                public static float[] Predict(ReadOnlySpan<float> x)
                {
                    float[] y = Net.Predict(x);
                    return [{{string.Join(", ", made.Reverse().Select(name => $".. y[Net.Outputs.{name}]"))}}];
                }
            }
            """;
        float[] x = [.. Enumerable.Range(0, names.Length).Select(i => MathF.Cos(i))];
        new CompiledSource([network.ToCSharp("Net"), program]).PredictToArray("Program")(x).Should().Equal(network.Predict(x).Reverse());
    }

    [Fact]
    public void One_name_is_written_and_a_row_without_names_has_none()
    {
        Network.Create(2).Dense(3).NameOutputs(("logits", 3)).Build().ToCSharp("Net").Should().Contain("public static Range Logits => 0..3;");
        Network.Create(2).Dense(3).Build().ToCSharp("Net").Should().NotContain("Range");
    }
}
