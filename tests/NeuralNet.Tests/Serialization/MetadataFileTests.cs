using System.Text.Json;
using NeuralNet.Tests.Networks;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>A network's metadata in files and checkpoints, and what files of others or damaged ones do.</summary>
public sealed class MetadataFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Path => System.IO.Path.Combine(folder, "x");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_has_them_and_a_network_that_is_loaded_too()
    {
        Network network = Small();
        network.Metadata = NetworkMetadataTests.Texts;
        network.Save(Path, examples: [1, 2]);
        Network.ReadMetadata(Path).Should().Equal(network.Metadata);
        Network loaded = Network.Load(Path);
        loaded.Metadata.Should().Equal(network.Metadata);
        Save(loaded, [1, 2]).Should().Equal(File.ReadAllBytes(Path), "a stream has the same bytes, and what was loaded is saved again");
        Network.Load(new OneWay(new MemoryStream(File.ReadAllBytes(Path)))).Metadata.Should().Equal(network.Metadata);
    }

    [Fact]
    public void The_same_ones_give_the_same_bytes_in_whatever_order_they_were_set()
    {
        Network network = Small();
        network.Metadata = new Dictionary<string, string> { ["b"] = "ω", ["a"] = "\"quoted\"" };
        byte[] file = Save(network);
        Header(file).Header.Should().Contain("""
            "a":"\"quoted\"","b":"ω"}
            """);
        network.Metadata = new Dictionary<string, string> { ["a"] = "\"quoted\"", ["b"] = "ω" };
        Save(network).Should().Equal(file);

        network.Metadata = new Dictionary<string, string>();
        Header(Save(network)).Header.Should().NotContain("metadata\\\"", "a check of what is not there would be new in files");
    }

    [Fact]
    public void What_would_not_fit_into_a_header_is_not_saved_and_the_old_file_is_whole()
    {
        Network network = Small();
        network.Save(Path);
        byte[] before = File.ReadAllBytes(Path);
        network.Metadata = new Dictionary<string, string> { ["a"] = new string('\u0001', 17_000_000) }; // six bytes each in JSON
        network.Invoking(one => one.Save(Path)).Should().Throw<NotSupportedException>()
            .WithMessage("*at most 100000000 are possible*shorter metadata*");
        File.ReadAllBytes(Path).Should().Equal(before);
    }

    [Fact]
    public void A_checkpoint_has_them_and_a_trainer_that_resumes_gives_them_to_its_network()
    {
        Network network = Small();
        network.Metadata = NetworkMetadataTests.Texts;
        using (Trainer trainer = Of(network))
            trainer.SaveCheckpoint(Path);
        Network.Load(Path).Metadata.Should().Equal(network.Metadata);
        Network.ReadMetadata(Path).Should().Equal(network.Metadata);

        Network again = Small();
        again.Metadata = new Dictionary<string, string> { ["classes"] = "others", ["more"] = "" };
        using Trainer second = Of(again);
        second.Resume(Path).Should().BeTrue();
        again.Metadata.Should().Equal(network.Metadata, "it is the network that was saved");

        // A checkpoint that is refused changes nothing.
        again.Metadata = new Dictionary<string, string> { ["own"] = "1" };
        File.WriteAllBytes(Path, WithMetadata(File.ReadAllBytes(Path), "classes", _ => "cat,cow"));
        second.Invoking(one => one.Resume(Path)).Should().Throw<InvalidDataException>().WithMessage($"{Path}: the metadata are not those*");
        again.Metadata.Should().Equal(new Dictionary<string, string> { ["own"] = "1" });
        second.Resume(System.IO.Path.Combine(folder, "none")).Should().BeFalse();
        again.Metadata.Should().HaveCount(1);
    }

    [Fact]
    public void Fit_with_a_best_network_and_an_average_keeps_them_even_if_they_are_set_late()
    {
        Network network = TestData.Classifier();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f))
        {
            KeepBest = true,
            Average = WeightAverage.Exponential(0.9f),
        };
        network.Metadata = new Dictionary<string, string> { ["set"] = "behind the trainer" };
        trainer.AverageNetwork().Metadata.Should().Equal(network.Metadata);
        Dataset data = TestData.Clouds(60);
        trainer.Fit(data, epochs: 2, validation: data);
        network.Metadata["set"].Should().Be("behind the trainer");
        trainer.AverageNetwork().Metadata.Should().Equal(network.Metadata);
        trainer.SaveCheckpoint(Path);
        Network.Load(Path).Metadata.Should().Equal(network.Metadata);
    }

    [Fact]
    public void Texts_that_were_changed_added_or_taken_away_are_noticed()
    {
        Network network = Small();
        network.Metadata = new Dictionary<string, string> { ["a"] = "bc", ["mean"] = "3.5" };
        byte[] file = Save(network);
        string check = JsonDocument.Parse(Header(file).Header).RootElement.GetProperty("__metadata__").GetProperty("neuralnet.check").GetString()!;
        foreach (byte[] other in new[]
        {
            WithMetadata(file, "mean", _ => "3.7"), WithMetadata(file, "mean", _ => null),
            WithHeader(file, header => header.Replace("\"a\":\"bc\"", "\"ab\":\"c\"", StringComparison.Ordinal)),
            WithHeader(file, header => header.Replace("\"a\":", "\"z\":\"\",\"a\":", StringComparison.Ordinal)),
            WithHeader(file, header => header.Replace("\"mean\"", "\"neuralnet.mean\"", StringComparison.Ordinal)),
        })
        {
            const string Words = "*the metadata are not those that were saved: their checksum is *leave \"neuralnet.check\" out of the metadata*";
            Refused(other, Words);
            File.WriteAllBytes(Path, other);
            new Action(() => Network.ReadMetadata(Path)).Should().Throw<InvalidDataException>().WithMessage($"{Path}: {Words}");

            // On purpose, as the message says.
            File.WriteAllBytes(Path, WithMetadata(other, "neuralnet.check", _ => null));
            Network.Load(Path).Metadata.Should().Equal(Network.ReadMetadata(Path)).And.NotEqual(network.Metadata);
        }

        Refused(WithMetadata(file, "neuralnet.check", _ => check.Replace("\"metadata\":\"", "\"metadata\":\"g", StringComparison.Ordinal)),
            "*\"neuralnet.check\" has no \"metadata\", eight hexadecimal digits*");
    }

    [Fact]
    public void Texts_that_another_program_adds_to_a_file_without_any_are_read()
    {
        byte[] file = WithHeader(Save(Small()), header => header.Replace(
            "\"format\":\"pt\",", "\"format\":\"tf\",\"\\u0061\":\"\\ud83d\\ude00\",\"neuralnet.later\":\"x\",", StringComparison.Ordinal));
        Network loaded = Load(file);
        loaded.Metadata.Should().Equal(new Dictionary<string, string> { ["a"] = "😀" }, "what files use themselves is left out");
        Load(Save(loaded)).Metadata.Should().Equal(loaded.Metadata);
    }

    [Fact]
    public void Of_a_file_of_weights_alone_they_can_be_read_and_are_not_taken()
    {
        string tensors = $"{Tensor("0.weight", "F32", "1,2", "0,8")},{Tensor("0.bias", "F32", "1", "8,12")}";
        File.WriteAllBytes(Path, FileOf($$$"""{"__metadata__":{"format":"pt","author":"someone"},{{{tensors}}}}""", new byte[12]));
        Network.ReadMetadata(Path).Should().Equal(new Dictionary<string, string> { ["author"] = "someone" });
        Network network = Small();
        network.Metadata = new Dictionary<string, string> { ["author"] = "me" };
        network.LoadWeights(Path);
        network.Parameters.ToArray().Should().Equal(0, 0, 0);
        network.Metadata["author"].Should().Be("me");
    }

    [Theory]
    [InlineData("\"a\":\"1\",\"a\":\"1\"", "*\"a\" stands in \"__metadata__\" twice*")]
    [InlineData("\"a\":\"1\",\"\\u0061\":\"2\"", "*\"a\" stands in \"__metadata__\" twice*")]
    [InlineData("\"a\":\"\\ud800\"", "*not Unicode*")]
    [InlineData("\"\\udc00\":\"\"", "*not Unicode*")]
    [InlineData("\"a\":\"\u0001\"", "*not valid JSON*")]
    [InlineData("\"a\":1", "*\"__metadata__\", \"a\": a text was expected, but got Number*")]
    [InlineData("\"\\u001b[31m\":null", "*\"\ufffd[31m\": a text was expected*")]
    public void What_is_damaged_is_refused_with_the_network(string texts, string words) => Refused(
        WithHeader(Save(Small()), header => header.Replace("\"format\":\"pt\"", "\"format\":\"pt\"," + texts, StringComparison.Ordinal)), words);

    [Fact]
    public void Hundreds_of_thousands_of_names_take_a_small_multiple_of_the_header()
    {
        string texts = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"\"{(i * 7919L) % 1_000_003}\":\"\","));
        byte[] file = WithHeader(Save(Small()), header => header.Replace("\"format\"", texts + "\"format\"", StringComparison.Ordinal));
        Network? loaded = null;
        Allocated(() => loaded = Load(file)).Should().BeLessThan(60L * file.Length, "what grows is allocated some times");
        loaded!.Metadata.Should().HaveCount(300_000);
    }

    private static Network Small() => Network.Create(2).Dense(1).Build(1);

    private static Trainer Of(Network network) => new(network, Divergence.L2, new Adam());
}
