using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Matrices that a file has [inputs, outputs]: a rule says so, with ".T".</summary>
public sealed class TransposedWeightsTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public static TheoryData<string> Names => [.. Networks().Select(one => one.Name)];

    public void Dispose() => File.Delete(path);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_matrix_may_be_transposed(string name)
    {
        Network network = Networks().Single(one => one.Name == name).Builder.Build(seed: 1);
        Network other = Networks().Single(one => one.Name == name).Builder.Build(seed: 2);
        TestData.Normal(network.Parameters.Length).CopyTo(network.Parameters);
        (byte[] file, HashSet<string> matrices) = Transposed(Save(network));
        matrices.Should().NotBeEmpty();
        File.WriteAllBytes(path, file);

        other.LoadWeights(path, tensor => tensor[4..] + (matrices.Contains(tensor) ? ".T" : ""));
        Bits(other.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
    }

    // So that a rule for a whole layer, written as a function, need not look at each name.
    [Fact]
    public void A_vector_is_its_own_transpose()
    {
        Network network = Network.Create(3).Dense(2).Build(seed: 1), other = Network.Create(3).Dense(2).Build(seed: 2);
        TestData.Normal(network.Parameters.Length).CopyTo(network.Parameters);
        File.WriteAllBytes(path, Transposed(Save(network)).File);
        other.LoadWeights(path, tensor => tensor[4..] + ".T");
        Bits(other.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
    }

    [Fact]
    public void What_is_not_said_is_not_guessed()
    {
        Network network = Network.Create(2).Dense(3, bias: false).Dense(3, bias: false).Build(seed: 1);
        float[] before = network.Parameters.ToArray();
        File.WriteAllBytes(path, FileOf(60, Tensor("a.weight", "F32", "2,3", "0,24"), Tensor("b.weight", "F32", "3,3", "24,60")));

        Refused(() => network.LoadWeights(path, ("a.", "0."), ("b.", "1."))).Should().EndWith(
            "Of another shape or type: 0.weight (\"a.weight\" in the file) is [2, 3] instead of [3, 2] "
            + "(if the file has it transposed, make \"0.weight.T\" of its name by a rule).");
        Refused(() => network.LoadWeights(path, ("a.", "0."), ("b.weight", "0.weight.T"))).Should().Contain(
            "0.weight.T (\"b.weight\" in the file) comes twice, also as \"a.weight\"");
        File.WriteAllBytes(path, FileOf(60, Tensor("a.weight", "F32", "3,2", "0,24"), Tensor("b.weight", "F32", "3,3", "24,60")));
        Refused(() => network.LoadWeights(path, ("a.weight", "0.weight.T"), ("b.", "1."))).Should().Contain(
            "0.weight.T (\"a.weight\" in the file) is [3, 2] instead of [2, 3] (.T is for what the file has transposed, and this it has not)");
        Refused(() => network.LoadWeights(path, ("a.weight", "0.weights.T"), ("b.", "1."))).Should().Contain(
            "Missing: 0.weight [3, 2].").And.Contain("Not in the network: 0.weights.T (\"a.weight\" in the file) F32 [3, 2].");
        network.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void The_ending_counts_in_rules_alone_and_for_matrices_alone()
    {
        Network network = Network.Create(2).Dense(3, bias: false).Build(seed: 1);
        File.WriteAllBytes(path, FileOf(24, Tensor("0.weight.T", "F32", "2,3", "0,24")));
        Refused(() => network.LoadWeights(path)).Should().Contain("Not in the network: 0.weight.T F32 [2, 3].");

        Network image = Network.Create(Shape.Image(3, 3, 1)).Conv(1, 2, bias: false).Build(seed: 1);
        File.WriteAllBytes(path, FileOf(16, Tensor("a.weight", "F32", "1,1,2,2", "0,16")));
        Refused(() => image.LoadWeights(path, ("a.weight", "0.weight.T"))).Should().Contain(
            "0.weight.T (\"a.weight\" in the file) is to be turned over, but has more than two dimensions: .T is for matrices");
    }

    // The table under both names, once as PyTorch has it and once turned over.
    [Fact]
    public void Tied_blocks_are_compared_as_the_network_has_them()
    {
        NetworkBuilder Model() => Network.Create(4).Embedding(5, 3).Dense(5, bias: false).Tie("0.weight", to: "1.weight", transposed: true);
        float[] table = TestData.Normal(15);
        float[] turned = [.. Enumerable.Range(0, 15).Select(i => table[(i % 5 * 3) + (i / 5)])];
        File.WriteAllBytes(path, FileOf(
            $"{{{Tensor("table", "F32", "5,3", "0,60")},{Tensor("head", "F32", "3,5", "60,120")}}}",
            MemoryMarshal.AsBytes<float>([.. table, .. turned])));
        Network network = Model().Build(seed: 1);

        network.LoadWeights(path, ("table", "0.weight"), ("head", "1.weight.T"));
        network.Parameters.ToArray().Should().Equal(table);
        network.Parameters.Clear();
        network.LoadWeights(path, ("table", null), ("head", "1.weight.T"));
        network.Parameters.ToArray().Should().Equal(table);
        network.Parameters.Clear();
        network.LoadWeights(path, ("table", null), ("head", "0.weight.T"));
        network.Parameters.ToArray().Should().Equal(table);
    }

    private static IEnumerable<(string Name, NetworkBuilder Builder)> Networks() =>
    [
        ("dense", Network.Create(5).Dense(7, Activation.Relu).Dense(7).Dense(1).Dense(4)),
        ("more than a buffer", Network.Create(700).Dense(600)),
        ("self attention", Network.Create(Shape.Sequence(3, 8)).MultiHeadAttention(4, keyHeads: 2)),
        ("cross attention", Network.Create(30).CrossAttention(Shape.Sequence(2, 6), Shape.Sequence(3, 6), 3)),
        ("cross attention, wide", Network.Create(4 * 300).CrossAttention(Shape.Sequence(2, 300), Shape.Sequence(2, 300), 3)),
        ("cross attention of another width", Network.Create(24).CrossAttention(Shape.Sequence(2, 6), Shape.Sequence(4, 3), 2)),
        ("cross attention of one feature", Network.Create(5).CrossAttention(Shape.Sequence(2, 1), Shape.Sequence(3, 1), 1)),
        ("tables", Network.Create(Shape.Sequence(4, 1)).Embedding(9, 5).LearnedPositions()),
        ("a table of one column", Network.Create(Shape.Sequence(4, 1)).Embedding(9, 1).LearnedPositions()),
        ("recurrent", Network.Create(Shape.Sequence(4, 3)).Lstm(5).Gru(2)),
        ("behind an image", Network.Create(Shape.Image(3, 4, 2)).Flatten().Dense(5).Dense(24).Reshape(Shape.Image(3, 4, 2)).Flatten().Dense(1)),
    ];

    // The file with each name behind "was.", and each matrix transposed.
    private static (byte[] File, HashSet<string> Matrices) Transposed(byte[] file)
    {
        (string text, int start) = Header(file);
        JsonObject before = JsonNode.Parse(text)!.AsObject(), after = [];
        HashSet<string> matrices = [];
        float[] values = MemoryMarshal.Cast<byte, float>(file.AsSpan(start)).ToArray();
        foreach ((string name, JsonNode? tensor) in before.Where(one => one.Key != "__metadata__").ToArray())
        {
            int[] shape = [.. tensor!["shape"]!.AsArray().Select(size => size!.GetValue<int>())];
            int first = tensor["data_offsets"]![0]!.GetValue<int>() / sizeof(float);
            JsonNode copy = tensor.DeepClone();
            if (shape is [int rows, int columns])
            {
                float[] matrix = values[first..(first + (rows * columns))];
                for (int i = 0; i < matrix.Length; i++)
                    values[first + (i % columns * rows) + (i / columns)] = matrix[i];
                copy["shape"] = new JsonArray(columns, rows);
                matrices.Add("was." + name);
            }

            after["was." + name] = copy;
        }

        return (FileOf(after.ToJsonString(), MemoryMarshal.AsBytes<float>(values)), matrices);
    }

    private static string Refused(Action load) => load.Should().Throw<InvalidDataException>().Which.Message;
}
