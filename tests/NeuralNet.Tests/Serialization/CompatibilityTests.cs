using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Serialization;

/// <summary>Files of every format version load, with their settings and their answers; see Compatibility/README.md.</summary>
public class CompatibilityTests
{
    private static readonly string folder = Path.Combine(AppContext.BaseDirectory, "Serialization", "Compatibility");

    private const string Summary = "summary";

    // The last column of a summary, which files of the first versions do not have, as it was called and as it is.
    private const string Products = "multiply-adds", ShortProducts = "mul-adds";

    private static readonly bool writes = Environment.GetEnvironmentVariable("NEURALNET_WRITE_COMPATIBILITY") == "1";

    // Of version 1, whose images lay channel by channel, and with layers to which that matters.
    private static readonly string[] refused = [Path.Combine("v1", "images.safetensors")];

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(folder, "*.safetensors", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path))
        .Except(refused).Order(StringComparer.Ordinal)];

    [Fact]
    public void Images_of_version_1_are_refused_with_the_reason_where_the_order_of_their_values_matters()
    {
        foreach (string file in refused)
        {
            new Action(() => Network.Load(Path.Combine(folder, file), CompatibilityNetworks.Own)).Should().Throw<InvalidDataException>()
                .WithMessage($"*{file}*network.layers[0]: the file has format version 1*Prelu, Image(3, 2, 2)*LoadWeights*");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_loads_and_answers_as_when_it_was_saved(string file)
    {
        string path = Path.Combine(folder, file);
        Network network = Network.Load(path, CompatibilityNetworks.Own);

        // Load has compared them too, but for a ten times larger difference.
        JsonElement check = Metadata(path, NetworkFile.Check);
        (float[] inputs, float[] outputs) = (Floats(check, "inputs"), Floats(check, "outputs"));
        inputs.Length.Should().BeGreaterThanOrEqualTo(network.Input.Size);
        outputs.Distinct().Should().HaveCountGreaterThan(2);
        TorchNetwork.Difference(network.Predict(inputs), [.. outputs.Select(y => (double)y)]).Should().BeLessThan(1e-5);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_summary_is_the_one_that_was_saved(string file)
    {
        // In the file's metadata; of the first files in a text beside them.
        string path = Path.Combine(folder, file), beside = Path.ChangeExtension(path, ".txt");
        string summary = File.Exists(beside) ? File.ReadAllText(beside).ReplaceLineEndings("\n") : Network.ReadMetadata(path)[Summary];
        if (Path.GetDirectoryName(file) == "v1")
            summary = Regex.Replace(summary, @"Image\((\d+), (\d+), (\d+)\)", "Image($2, $3, $1)");
        string now = Network.Load(path, CompatibilityNetworks.Own).Summary();
        bool hasProducts = summary.Contains(Products, StringComparison.Ordinal) || summary.Contains(ShortProducts, StringComparison.Ordinal);
        Cells(hasProducts ? now : WithoutProducts(now)).Should().Be(Cells(summary));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_setting_comes_back(string file)
    {
        JsonElement saved = Metadata(Path.Combine(folder, file), NetworkFile.Structure);
        using JsonDocument again = JsonDocument.Parse(
            StructureWriter.Write(Network.Load(Path.Combine(folder, file), CompatibilityNetworks.Own), saved.GetProperty("version").GetInt32()));
        Lost(saved, again.RootElement, "network").Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_lies_in_the_folder_of_its_version(string file)
    {
        int version = Metadata(Path.Combine(folder, file), NetworkFile.Structure).GetProperty("version").GetInt32();
        Path.GetDirectoryName(file).Should().Be(string.Create(CultureInfo.InvariantCulture, $"v{version}"));
        version.Should().BeLessThanOrEqualTo(NetworkFile.Version);
    }

    /// <summary>With NEURALNET_WRITE_COMPATIBILITY=1 it writes those that are not there, and no others.</summary>
    [Fact]
    public void Every_network_has_a_file_of_the_newest_version()
    {
        string newest = string.Create(CultureInfo.InvariantCulture, $"v{NetworkFile.Version}");
        foreach ((string name, Network network) in CompatibilityNetworks.All())
        {
            string path = Path.Combine(writes ? Path.Combine(SourceFolder(), "Compatibility") : folder, newest, name + ".safetensors");
            if (writes && !File.Exists(path))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                network.Metadata = new Dictionary<string, string> { [Summary] = network.Summary() };
                network.Save(path, SavedNetworks.Examples(network));
            }

            File.Exists(path).Should()
                .BeTrue($"{newest}/{name}.safetensors must be written, with NEURALNET_WRITE_COMPATIBILITY=1: see Compatibility/README.md");
        }
    }

    [Fact]
    public void Every_kind_stands_in_a_file_of_the_newest_version()
    {
        HashSet<string> kinds = [];
        string newest = string.Create(CultureInfo.InvariantCulture, $"v{NetworkFile.Version}");
        foreach (string path in Directory.GetFiles(Path.Combine(folder, newest), "*.safetensors"))
            AddKinds(Metadata(path, NetworkFile.Structure), kinds);

        IEnumerable<string> expected = PublicKinds.LayerTypes().Select(type => type.Name)
            .Concat(PublicKinds.Activations().Select(activation => activation.Kind));
        expected.Except(kinds).Should().BeEmpty(
            "a file of each kind must stay readable: add a network with it to CompatibilityNetworks, and have it written as "
            + "Compatibility/README.md says");
    }

    public static TheoryData<string> Checkpoints => FilesOf("*.checkpoint");

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Every_checkpoint_is_taken_up_again(string file)
    {
        using Trainer trainer = CompatibilityNetworks.Training(null);
        trainer.Rates["0"] = 0;
        Func<bool> resume = () => trainer.Resume(Path.Combine(folder, file));
        resume.Should().Throw<InvalidDataException>().WithMessage("*rates: 0: 0 instead of none*");
        trainer.Rates.Remove("0");
        resume().Should().BeTrue();
        InWords(trainer).Should().Be(File.ReadAllText(Path.ChangeExtension(Path.Combine(folder, file), ".txt")).ReplaceLineEndings("\n"));
        trainer.Fit(CompatibilityNetworks.TrainingData, epochs: 4).Epochs.Should().HaveCount(4);
        trainer.StepCount.Should().Be(40);
    }

    [Fact]
    public void There_is_a_checkpoint_of_the_newest_version()
    {
        string newest = string.Create(CultureInfo.InvariantCulture, $"v{NetworkFile.Version}");
        string path = Path.Combine(writes ? Path.Combine(SourceFolder(), "Compatibility") : folder, newest, "training.checkpoint");
        if (writes && !File.Exists(path))
        {
            // In the middle of the third epoch.
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using Trainer trainer = CompatibilityNetworks.Training(path);
            using var stop = new CancellationTokenSource();
            Action fit = () => trainer.Fit(CompatibilityNetworks.TrainingData, epochs: 4, progress: new Now(() =>
            {
                if (trainer.StepCount == 25)
                    stop.Cancel();
            }), cancellationToken: stop.Token);
            fit.Should().Throw<OperationCanceledException>();
            File.WriteAllText(Path.ChangeExtension(path, ".txt"), InWords(trainer));
        }

        File.Exists(path).Should().BeTrue("it must be written, with NEURALNET_WRITE_COMPATIBILITY=1: see Compatibility/README.md");
    }

    [Fact]
    public void A_setting_that_is_lost_is_noticed()
    {
        using JsonDocument saved = JsonDocument.Parse("""{"a":1,"b":[{"c":1.5,"d":"x"}]}"""),
            again = JsonDocument.Parse("""{"a":1,"b":[{"c":1.25}],"e":0}""");
        Lost(saved.RootElement, again.RootElement, "").Should().Equal(".b[0].c", ".b[0].d");
        Lost(saved.RootElement, saved.RootElement, "").Should().BeEmpty();
    }

    private static string WithoutProducts(string summary)
    {
        const string Last = "params";
        int width = summary.IndexOf(Last, StringComparison.Ordinal) + Last.Length;
        return string.Join('\n', summary.Split('\n').Select(line => line[..Math.Min(line.Length, width)].TrimEnd()));
    }

    // What stands in the lines: before summaries were narrowed, shapes and the names of columns were written out.
    private static string Cells(string summary)
    {
        summary = summary.Replace(Products, ShortProducts, StringComparison.Ordinal).Replace(" parameters", " params", StringComparison.Ordinal);
        summary = Regex.Replace(summary, @"\b(?:Features|Sequence|Image)\(([0-9, ]+)\)", shape => shape.Groups[1].Value.Replace(", ", "×"));
        return Regex.Replace(summary, " +", " ");
    }

    private static TheoryData<string> FilesOf(string pattern) =>
    [
        .. Directory.GetFiles(folder, pattern, SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path))
            .Order(StringComparer.Ordinal),
    ];

    private static string InWords(Trainer trainer) => string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {trainer.Epoch}, step {trainer.StepCount}, divergences {string.Join(' ', trainer.Divergences)}, "
        + $"weights {string.Join(' ', trainer.Network.Parameters.ToArray())}\n");

    // The places of what is not in the other one, or otherwise. What the other has besides is a setting of later.
    private static IEnumerable<string> Lost(JsonElement saved, JsonElement again, string place)
    {
        if (saved.ValueKind == JsonValueKind.Object && again.ValueKind == JsonValueKind.Object)
        {
            return saved.EnumerateObject().SelectMany(property => again.TryGetProperty(property.Name, out JsonElement other)
                ? Lost(property.Value, other, $"{place}.{property.Name}")
                : [$"{place}.{property.Name}"]);
        }

        if (saved.ValueKind == JsonValueKind.Array && again.ValueKind == JsonValueKind.Array && saved.GetArrayLength() == again.GetArrayLength())
            return Enumerable.Range(0, saved.GetArrayLength()).SelectMany(i => Lost(saved[i], again[i], $"{place}[{i}]"));
        return saved.GetRawText() == again.GetRawText() ? [] : [place];
    }

    private static void AddKinds(JsonElement element, HashSet<string> kinds)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Name == "kind")
                    kinds.Add(property.Value.GetString()!);
                AddKinds(property.Value, kinds);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                AddKinds(item, kinds);
        }
    }

    private static JsonElement Metadata(string path, string name)
    {
        using FileStream file = File.OpenRead(path);
        using JsonDocument document = JsonDocument.Parse(SafetensorsHeader.Read(file, path).Metadata[name]);
        return document.RootElement.Clone();
    }

    private static float[] Floats(JsonElement check, string name) =>
        MemoryMarshal.Cast<byte, float>(check.GetProperty(name).GetBytesFromBase64()).ToArray();

    private sealed class Now(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }

    private static string SourceFolder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
