using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NeuralNet.Tests.Contracts;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>The inputs and outputs that a file carries, and the checksum of its values.</summary>
public sealed class ReplayTests : IDisposable
{
    private const string Check = "neuralnet.check";

    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void A_file_carries_checksums_and_no_answers_unless_examples_are_given()
    {
        byte[] file = SavedNetworks.Save(Small());
        JsonNode.Parse(Text(file))!.AsObject().Select(property => property.Key).Should().Equal("crc32c", "texts");
        Load(file).Parameters.ToArray().Should().Equal(Small().Parameters.ToArray());
    }

    [Fact]
    public void Values_that_were_changed_are_refused_by_their_checksum()
    {
        byte[] file = Save(Small());
        for (int i = Header(file).Data; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= 1;
            new Action(() => Load(changed))
                .Should().Throw<InvalidDataException>($"byte {i}")
                .WithMessage("*their checksum is *was expected*leave \"neuralnet.check\" out of the metadata*");
        }
    }

    [Fact]
    public void Values_that_were_changed_with_their_checksum_are_refused_with_the_difference()
    {
        byte[] file = Save(Small());
        (float[] inputs, float[] outputs) = Carried(file);
        int bias = Header(file).Data;
        BitConverter.GetBytes(BitConverter.ToSingle(file, bias) + 0.5f).CopyTo(file, bias);

        InvalidDataException refusal = Refused(
            WithChecksum(file),
            "*answers are not those that the file was saved with: output 0 of example * is * instead of *, a difference of 0.*; "
            + "at most * was expected, 0.0001 of the largest output*");
        refusal.Message.Should().Contain(string.Create(CultureInfo.InvariantCulture, $"at most {1e-4 * outputs.Max(Math.Abs):g3} was expected"));
        inputs.Should().NotBeEmpty();
    }

    [Fact]
    public void Exchanged_tensors_are_refused()
    {
        // Two matrices of one shape: every check of the format passes.
        Network network = Network.Create(3).Dense(3, Activation.Tanh).Dense(3).Build(5);
        byte[] file = Save(network);
        string exchanged = Header(file).Header.Replace("\"0.weight\"", "\"?\"", StringComparison.Ordinal)
            .Replace("\"1.weight\"", "\"0.weight\"", StringComparison.Ordinal).Replace("\"?\"", "\"1.weight\"", StringComparison.Ordinal);
        Refused(FileOf(exchanged, file.AsSpan(Header(file).Data)), "*answers are not those that the file was saved with*");
    }

    [Theory]
    [InlineData("\\\"Tanh\\\"", "\\\"Sigmoid\\\"")]
    [InlineData("\\\"Tanh\\\"", "\\\"Relu\\\"")]
    public void Settings_that_were_changed_are_refused(string from, string to)
    {
        byte[] file = WithHeader(Save(Small()), header => header.Replace(from, to, StringComparison.Ordinal));
        Refused(file, "*layers, settings or numbers of the trainer are not those that were saved: their checksum is*");

        // By the answers, too.
        Refused(WithCheck(file, check => check.Remove("texts")), "*answers are not those that the file was saved with*");
    }

    // The tolerance is a ten-thousandth of the largest output: kernels of another version may round otherwise.
    [Theory]
    [InlineData(0.9e-4, true)]
    [InlineData(-0.9e-4, true)]
    [InlineData(1.2e-4, false)]
    [InlineData(-1.2e-4, false)]
    public void Differences_of_rounding_pass_and_larger_ones_do_not(double relative, bool passes)
    {
        byte[] file = Save(Small());
        byte[] changed = WithCheck(file, check =>
        {
            float[] outputs = Floats(check["outputs"]!);
            int smallest = Array.IndexOf(outputs, outputs.MinBy(Math.Abs));
            outputs[smallest] += (float)(relative * outputs.Max(Math.Abs));
            check["outputs"] = Base64(outputs);
        });
        if (passes)
            Load(changed).Parameters.ToArray().Should().Equal(Load(file).Parameters.ToArray());
        else
            Refused(changed, "*answers are not those that the file was saved with*");
    }

    [Fact]
    public void NaN_and_infinity_are_compared_too()
    {
        Network network = Network.Create(3).Dense(3, bias: false).Build(1);
        network.Parameters.Clear();
        (network.Parameters[0], network.Parameters[4], network.Parameters[8]) = (float.NaN, float.PositiveInfinity, 1);
        byte[] file = SavedNetworks.Save(network, [1, 1, 0]);
        (_, float[] outputs) = Carried(file);
        outputs.Should().Equal(float.NaN, float.PositiveInfinity, 0);
        Load(file).Predict([1, 1, 0]).Should().Equal(float.NaN, float.PositiveInfinity, 0);

        // Of one input both infinities come.
        Network infinite = Network.Create(1).Dense(3, bias: false).Build(1);
        (infinite.Parameters[0], infinite.Parameters[1], infinite.Parameters[2]) = (float.PositiveInfinity, float.NegativeInfinity, 2);
        file = SavedNetworks.Save(infinite, [1]);
        Carried(file).Outputs.Should().Equal(float.PositiveInfinity, float.NegativeInfinity, 2);
        Load(file).Predict([1f]).Should().Equal(float.PositiveInfinity, float.NegativeInfinity, 2);

        foreach (float[] wrong in new float[][]
        {
            [float.NegativeInfinity, float.NegativeInfinity, 2], [float.NaN, float.NegativeInfinity, 2], [1e38f, float.NegativeInfinity, 2],
            [float.PositiveInfinity, float.NegativeInfinity, float.NaN], [float.PositiveInfinity, float.NegativeInfinity, float.PositiveInfinity],
        })
        {
            Refused(WithCheck(file, check => check["outputs"] = Base64(wrong)), "*answers are not those that the file was saved with*");
        }
    }

    [Fact]
    public void Outputs_that_are_all_0_must_be_0()
    {
        Network network = Network.Create(2).Dense(2).Build(1);
        network.Parameters.Clear();
        byte[] file = Save(network);
        Carried(file).Outputs.Should().OnlyContain(y => y == 0);
        Load(file).Parameters.ToArray().Should().OnlyContain(w => w == 0);
        Refused(
            WithCheck(file, check => check["outputs"] = Base64([0, 0, 0, 0, 0, 0, 0, 1e-30f])),
            "*answers are not those that the file was saved with: output 1 of example 3 is 0 instead of 1E-30*");
    }

    [Fact]
    public void Examples_that_are_given_are_carried()
    {
        Network network = Small();
        network.Save(path, examples: [1, 2, 3, 4]);
        (float[] inputs, float[] outputs) = Carried(File.ReadAllBytes(path));
        inputs.Should().Equal(1, 2, 3, 4);
        outputs.Should().Equal(network.Predict([1, 2, 3, 4]));
        Network.Load(path).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
    }

    [Fact]
    public void A_layer_that_refuses_some_inputs_is_asked_only_for_those_that_are_given()
    {
        LayerTypes types = new LayerTypes().Add(nameof(Picky), (input, _) => new Picky(input));
        Network network = Network.Create(2).Add(shape => new Picky(shape)).Build();
        Network.Load(new MemoryStream(SavedNetworks.Save(network)), types).Predict([7f, 7]).Should().Equal(7, 7);

        network.Save(path, examples: [7, 7]);
        Network.Load(path, types).Predict([7f, 7]).Should().Equal(7, 7);
        new Action(() => network.Save(path, examples: [7, 8])).Should().Throw<InvalidOperationException>().WithMessage("*only sevens*");
        Refused(
            WithCheck(File.ReadAllBytes(path), check => check["inputs"] = Base64([7, 8])),
            "*The network refuses the inputs of \"neuralnet.check\": *only sevens*", types);
    }

    // 15,000 steps that each attend to all others, eight times over: a minute for one row.
    [Fact]
    public void Slow_networks_can_have_no_examples_and_are_not_asked()
    {
        Network slow = Of(new Chain([.. Enumerable.Repeat(new MultiHeadAttention(Shape.Sequence(15_000, 48), 1), 8)]));
        byte[] file = SavedNetworks.Save(slow);
        Load(file).Parameters.Length.Should().Be(slow.Parameters.Length);

        float[] row = new float[720_000];
        new Action(() => SavedNetworks.Save(slow, row))
            .Should().Throw<ArgumentException>().WithMessage("*1 examples would take too much memory or time*");
        byte[] asking = WithCheck(file, check => (check["inputs"], check["outputs"]) = (Base64(row), Base64(row)));
        new Action(() => Load(asking))
            .Should().Throw<InvalidDataException>().WithMessage("*asks for 1 rows, which would take more than 256 MB or 6.9E+10 multiplications*");
    }

    [Fact]
    public void A_file_without_a_check_is_loaded()
    {
        Network network = Small();
        Load(WithMetadata(Save(network), Check, _ => null)).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
        byte[] sum = WithCheck(Save(network), check =>
        {
            check.Remove("inputs");
            check.Remove("outputs");
        });
        Load(sum).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
    }

    [Theory]
    [InlineData("", "*\"neuralnet.check\" is not valid JSON*")]
    [InlineData("{", "*\"neuralnet.check\" is not valid JSON*")]
    [InlineData("""{"crc32c":"0","crc32c":"0"}""", "*\"neuralnet.check\" is not valid JSON*crc32c*")]
    [InlineData("null", "*\"neuralnet.check\" has no \"crc32c\", eight hexadecimal digits*")]
    [InlineData("[]", "*has no \"crc32c\"*")]
    [InlineData("{}", "*has no \"crc32c\"*")]
    [InlineData("""{"crc32c":1}""", "*has no \"crc32c\"*")]
    [InlineData("""{"crc32c":"xyz"}""", "*has no \"crc32c\"*")]
    [InlineData("""{"crc32c":"-1"}""", "*has no \"crc32c\"*")]
    [InlineData("""{"crc32c":"123456789"}""", "*has no \"crc32c\"*")]
    [InlineData("""{"crc32c":"\ud800"}""", "*text of \"neuralnet.check\" is not Unicode*")]
    [InlineData("""{"crc32c":"SUM","inputs":"AAAAAAAAAAA="}""", "*\"neuralnet.check\" has no \"outputs\": floats in base64 were expected*")]
    [InlineData("""{"crc32c":"SUM","outputs":"AAAAAAAAAAA="}""", "*has no \"inputs\": floats in base64*")]
    [InlineData("""{"crc32c":"SUM","inputs":null,"outputs":null}""", "*has no \"inputs\": floats in base64*")]
    [InlineData("""{"crc32c":"SUM","inputs":"AAAA","outputs":"AAAA"}""", "*has no \"inputs\": floats in base64*")]
    [InlineData("""{"crc32c":"SUM","inputs":"AAAAAAAAAA","outputs":"AAAAAAAAAAA="}""", "*has no \"inputs\": floats in base64*")]
    [InlineData("""{"crc32c":"SUM","inputs":"AAAA AAAA AAA=","outputs":"AAAAAAAAAAA="}""", "*")]
    [InlineData("""{"crc32c":"SUM","inputs":"!!!!","outputs":"AAAAAAAAAAA="}""", "*has no \"inputs\": floats in base64*")]
    [InlineData("""{"crc32c":"SUM","inputs":"\udc00","outputs":"AAAAAAAAAAA="}""", "*text of \"neuralnet.check\" is not Unicode*")]
    [InlineData("""{"crc32c":"SUM","inputs":"","outputs":""}""", "*has 0 inputs and 0 outputs; rows of 2 and 3 were expected*")]
    [InlineData("""{"crc32c":"SUM","inputs":"AAAAAA==","outputs":"AAAAAA=="}""", "*has 1 inputs and 1 outputs; rows of 2 and 3 were expected*")]
    [InlineData("""{"crc32c":"SUM","inputs":"AAAAAAAAAAA=","outputs":"AAAAAAAAAAA="}""",
        "*has 2 inputs and 2 outputs; rows of 2 and 3 were expected*")]
    public void A_damaged_check_is_refused(string check, string words)
    {
        byte[] file = Save(Small());
        string sum = JsonNode.Parse(Text(file))!["crc32c"]!.GetValue<string>();
        Refused(WithMetadata(file, Check, _ => check.Replace("SUM", sum, StringComparison.Ordinal)), words);
    }

    [Fact]
    public void A_check_that_asks_for_much_memory_is_refused()
    {
        // 200 rows of 1 MB each within, though a row is one number at both ends.
        var layer = new Chain([new Dense(1, 1 << 18, bias: false), new Slice(1 << 18, 0, 1)]);
        byte[] file =
            WithCheck(SavedNetworks.Save(Of(layer)), check => (check["inputs"], check["outputs"]) = (Base64(new float[200]), Base64(new float[200])));
        Refused(file, "*asks for 200 rows, which would take more than 256 MB or*");
    }

    // What a kind does not say about itself follows from its blocks: no layer counts as no work.
    [Fact]
    public void The_work_of_a_layer_follows_from_its_weights_and_shapes()
    {
        new Dense(30, 20).Work.Should().Be(50 + 600 + 20);
        new Dense(Shape.Sequence(7, 30), 20, bias: false).Work.Should().Be((7 * 50) + (7 * 600));
        new Embedding(Shape.Sequence(7, 1), 1000, 20).Work.Should().Be(7 * 21);
        new MultiHeadAttention(Shape.Sequence(100, 4), 2, bias: false).Work.Should().Be(800 + (2 * 400 * 100) + (100 * 64));
        MultiHeadAttention.Cross(Shape.Sequence(10, 4), Shape.Sequence(50, 4), 2, bias: false).Work
            .Should().Be(240 + 40 + (2 * 40 * 50) + (10 * 32) + (50 * 32));
        var chain = new Chain([new Dense(3, 4, bias: false), new Dense(4, 2, bias: false)]);
        chain.Work.Should().Be(5 + chain.Layers.Sum(layer => layer.Work));
        foreach (Layer layer in PublicKinds.Layers().Where(layer => layer is not Embedding && layer.Children.Count == 0))
            layer.Work.Should().BeGreaterThanOrEqualTo(layer.Input.Size + layer.Output.Size + layer.Blocks.Sum(block => block.Length), $"of {layer}");
    }

    private static Network Small() => Network.Create(2).Dense(4, Activation.Tanh).Dense(3).Build(9);

    // With the answers to four examples.
    private static byte[] Save(Network network) => SavedNetworks.Save(network, Examples(network));

    private static string Text(byte[] file) => JsonNode.Parse(Header(file).Header)!["__metadata__"]![Check]!.GetValue<string>();

    private static (float[] Inputs, float[] Outputs) Carried(byte[] file)
    {
        JsonNode check = JsonNode.Parse(Text(file))!;
        return (Floats(check["inputs"]!), Floats(check["outputs"]!));
    }

    private static byte[] WithCheck(byte[] file, Action<JsonObject> change) => WithMetadata(file, Check, text =>
    {
        JsonObject check = JsonNode.Parse(text)!.AsObject();
        change(check);
        return check.ToJsonString();
    });

    private static float[] Floats(JsonNode base64)
    {
        byte[] bytes = Convert.FromBase64String(base64.GetValue<string>());
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, 4 * i))];
    }

    private static string Base64(float[] values) => Convert.ToBase64String(MemoryMarshal.AsBytes<float>(values));

    private sealed class Picky(Shape shape) : Layer(shape, shape)
    {
        public override void Forward(in ForwardPass pass)
        {
            if (pass.Input.ContainsAnyExcept(7))
                throw new InvalidOperationException("It takes only sevens.");
            pass.Input.CopyTo(pass.Output);
        }

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }
}
