using NeuralNet.Tests.Reference;

namespace NeuralNet.Tests.Serialization;

/// <summary>Files that PyTorch has saved, and what it answers with their weights in float64: Reference/make_torch_files.py.</summary>
public sealed class TorchFilesTests : IDisposable
{
    // Sums of floats beside float64, relative to the largest output; most come to some 10⁻⁷. Weights in the file are exact,
    // but for those of "double", which are rounded to floats.
    private const double Tolerance = 1e-5;

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<string> Names => TorchNetwork.Names;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_PyTorch_has_saved_answers_here_as_there(string name)
    {
        TorchNetwork one = TorchNetwork.Find(name);
        Network network = one.Builder.Build(seed: 1);
        Answers there = Expected().Single(answers => answers.Name == name);

        network.LoadWeights(PathOf(name), one.Rules);

        network.Input.Size.Should().Be(there.Inputs.Length / there.Rows);
        TorchNetwork.Difference(network.Predict(there.Inputs), there.Outputs).Should().BeLessThan(Tolerance);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void And_still_does_when_it_has_been_saved_and_loaded_here(string name)
    {
        TorchNetwork one = TorchNetwork.Find(name);
        Network network = one.Builder.Build(seed: 1);
        network.LoadWeights(PathOf(name), one.Rules);

        Network loaded = SavedNetworks.Load(SavedNetworks.Save(network));

        SavedNetworks.Bits(loaded.Parameters).SequenceEqual(SavedNetworks.Bits(network.Parameters)).Should().BeTrue();
    }

    [Fact]
    public void Every_file_has_a_network_and_an_answer()
    {
        string[] names = [.. TorchNetwork.All().Select(one => one.Name)];
        Directory.GetFiles(Path.GetDirectoryName(PathOf(""))!, "*.safetensors").Select(Path.GetFileNameWithoutExtension)
            .Should().BeEquivalentTo(names);
        Expected().Select(answers => answers.Name).Should().BeEquivalentTo(names);
    }

    // PyTorch may split a sum of two biases as it likes; here there is one, but for the candidate's of a GRU.
    [Fact]
    public void Both_biases_of_a_recurrent_layer_count()
    {
        Network network = Network.Create(Shape.Sequence(6, 4)).Gru(5).Build(1);
        network.LoadWeights(PathOf("gru"));
        (float[] ih, float[] hh) = (Tensor(PathOf("gru"), "0.bias_ih_l0"), Tensor(PathOf("gru"), "0.bias_hh_l0"));

        float[] both = [.. ih.Zip(hh, (a, b) => a + b)];
        network.Parameter("0.bias").ToArray().Should().Equal([.. both[..10], .. ih[10..]]);
        network.Parameter("0.bias_hn").ToArray().Should().Equal(hh[10..]);
    }

    // Another function of the same weights: PyTorch has none, and its names stand for what it computes.
    [Fact]
    public void The_weights_of_PyTorchs_gru_are_refused_where_r_multiplies_h_before_the_product()
    {
        Network network = Network.Create(Shape.Sequence(6, 4)).Gru(5, resetsBefore: true).Build(1);
        float[] before = network.Parameters.ToArray();
        FluentActions.Invoking(() => network.LoadWeights(PathOf("gru"))).Should().Throw<InvalidDataException>()
            .WithMessage("*0.weight_ih*0.weight_hh*0.bias*");
        network.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void A_row_of_the_padding_id_that_PyTorch_would_give_out_is_refused_and_0_is_what_it_begins_with()
    {
        string path = Path.Combine(folder, "table.safetensors");
        Network table = Network.Create(3).Embedding(4, 2).Build(1),
            padded = Network.Create(3).Residual(b => b.Flatten()).Embedding(4, 2, paddingId: 1).Build(1);
        padded.Parameter("1.weight").Slice(2, 2).ToArray().Should().Equal(0, 0);
        padded.Parameter("1.weight").ToArray().Where(value => value == 0).Should().HaveCount(2);
        float[] before = padded.Parameters.ToArray();
        table.Save(path);

        Action load = () => padded.LoadWeights(path, ("0.", "1."));
        load.Should().Throw<InvalidDataException>().WithMessage("*1.weight: row 1 is that of the padding id*paddingId*");
        padded.Parameters.ToArray().Should().Equal(before);

        table.Parameter("0.weight").Slice(2, 2).Clear();
        table.Save(path);
        padded.LoadWeights(path, ("0.", "1."));
        padded.Parameters.ToArray().Should().Equal(table.Parameters.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_listed_in_one_report()
    {
        Network network = Network.Create(Shape.Sequence(6, 4)).Lstm(6).Dense(2).Build(1);
        float[] before = network.Parameters.ToArray();
        Action load = () => network.LoadWeights(PathOf("lstm-last"));
        string report = load.Should().Throw<InvalidDataException>().Which.Message;
        report.Should().ContainAll(
            "Missing: 1.weight [2, 6]; 1.bias [2].", "Not in the network: 3.bias F32 [3]; 3.weight F32 [3, 5].",
            "0.weight_hh_l0 is [20, 5] instead of [24, 6]");
        network.Parameters.ToArray().Should().Equal(before);
    }

    // Such as the count of steps that some modules keep.
    [Fact]
    public void What_a_module_keeps_besides_is_left_out_by_a_rule()
    {
        Network network = Network.Create(2).Dense(1).Build(1);
        string path = Path.Combine(folder, "counted.safetensors");
        File.WriteAllBytes(path, SavedNetworks.FileOf(
            """
            {"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
            "0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[12,20]}}
            """,
            [.. BitConverter.GetBytes(5L), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(3f)]));

        Action load = () => network.LoadWeights(path);
        load.Should().Throw<InvalidDataException>().WithMessage("*Not in the network: steps I64 [].*");
        network.LoadWeights(path, ("steps", null));
        network.Predict([10, 100]).Should().Equal(321);
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Reference", "TorchFiles", name + ".safetensors");

    private static Answers[] Expected() => ReferenceFile.Read<AnswersFile>("TorchFiles/answers.json").Cases;

    private static float[] Tensor(string path, string name)
    {
        using FileStream file = File.OpenRead(path);
        TensorEntry entry = SafetensorsHeader.Read(file, path).Tensors.Single(tensor => tensor.Name == name);
        byte[] data = new byte[entry.End - entry.Start];
        file.Position += entry.Start;
        file.ReadExactly(data);
        return [.. data.Chunk(sizeof(float)).Select(bytes => BitConverter.ToSingle(bytes))];
    }

    internal sealed record AnswersFile(Answers[] Cases);

    internal sealed record Answers(string Name, int Rows, float[] Inputs, double[] Outputs);
}
