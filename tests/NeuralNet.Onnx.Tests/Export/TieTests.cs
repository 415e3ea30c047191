using NeuralNet.Onnx.Schema;
using NeuralNet.Onnx.Tests.Import;
using NeuralNet.Tests;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Tied blocks: one constant, which nodes read as it is or transposed.</summary>
public class TieTests
{
    // "statistics" has layers of the tests' own.
    public static TheoryData<string> Names => [.. TiedNetworks.All.Select(one => one.Name).Where(name => name != "statistics")];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_tied_network_answers_in_another_runtime_as_here_and_when_it_comes_back(string name)
    {
        Network network = TiedNetworks.Tied(name);
        Same.AsPredicted(network);
        Imported.PredictsLike(OnnxFile.Load(network.ToOnnx()), network);
    }

    [Fact]
    public void The_values_are_in_the_file_once()
    {
        Constants(TiedNetworks.Tied("language model")).Should().Contain("0.weight").And.NotContain("3.weight");
        Constants(TiedNetworks.Tied("as it is")).Should().Equal("0.weight", "0.bias", "2.weight", "2.bias");
        Constants(TiedNetworks.Tied("behind")).Should().Contain("1.weight").And.NotContain("0.weight");
        Constants(TiedNetworks.Tied("four that are one")).Where(name => name.EndsWith("weight", StringComparison.Ordinal)).Should().Equal("1.weight");
    }

    [Fact]
    public void The_row_of_a_padding_id_is_0_in_the_table_alone()
    {
        Network network = Network.Create(Shape.Sequence(4, 1)).Embedding(6, 5, paddingId: 2).Dense(6)
            .Tie("0.weight", to: "1.weight", transposed: true).Build(1);
        network.Parameter("0.weight").Slice(10, 5).Fill(0.5f);
        Same.AsPredicted(network);
    }

    private static IEnumerable<string> Constants(Network network) =>
        ModelProto.Parser.ParseFrom(network.ToOnnx()).Graph.Initializer.Select(tensor => tensor.Name)
            .Where(name => !name.Contains('/', StringComparison.Ordinal));
}
