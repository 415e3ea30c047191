using System.Runtime.InteropServices;

namespace NeuralNet.Tests.Serialization;

/// <summary>What docs/pytorch.md says, taken from there and run.</summary>
public sealed class PyTorchPageTests : IDisposable
{
    private const string SaveLine = "network.Save(\"digits.safetensors\");";
    private const string LoadLine = "network.LoadWeights(\"digits.safetensors\", (\"2.\", \"1.\"));";

    private readonly string folder = Directory.CreateTempSubdirectory("neuralnet-").FullName;

    private string DigitsFile => Path.Combine(folder, "digits.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_lines_of_CSharp_are_those_that_are_tested_here()
    {
        string[] blocks = Blocks("csharp");
        blocks.Should().HaveCount(3, "the third is run with the pages");
        blocks[0].Should().EndWith(SaveLine);
        blocks[1].Should().Be(LoadLine);

        // Both in one program, as the page is compiled: what has just been saved has no name that the rule is for.
        Network network = Digits(1), other = Digits(2);
        network.Save(DigitsFile);
        other.LoadWeights(DigitsFile, ("2.", "1."));
        other.Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
    }

    [Fact]
    public void The_lines_of_Python_are_few()
    {
        Blocks("python").Should().HaveCount(3);
        foreach (string block in Blocks("python"))
            block.Split('\n').Length.Should().BeLessThanOrEqualTo(10);
    }

    [TorchFact]
    public void From_dotnet_to_PyTorch()
    {
        Network network = Digits(1);
        float[] inputs = TestData.Normal(5 * 64);
        network.Save(DigitsFile);

        double[] there = Run(Blocks("python")[0], "model", inputs);

        TorchNetwork.Difference(network.Predict(inputs), there).Should().BeLessThan(1e-5);
    }

    [TorchFact]
    public void From_PyTorch_to_dotnet()
    {
        Network network = Digits(1);
        float[] inputs = TestData.Normal(5 * 64);

        double[] there = Run(Blocks("python")[1], "nn.Sequential(model, nn.Softmax(-1))", inputs);
        network.LoadWeights(DigitsFile, ("2.", "1."));

        TorchNetwork.Difference(network.Predict(inputs), there).Should().BeLessThan(1e-5);
    }

    // The lines of the page, and behind them what asks the model.
    private double[] Run(string lines, string model, float[] inputs)
    {
        File.WriteAllBytes(Path.Combine(folder, "inputs"), MemoryMarshal.AsBytes<float>(inputs));
        string script = Path.Combine(folder, "snippet.py");
        File.WriteAllText(script, $"""
            {lines}
            import numpy, torch
            rows = torch.from_numpy(numpy.fromfile("inputs", "<f4")).reshape(-1, 64)
            {model}.double().eval()(rows.double()).detach().numpy().tofile("outputs")
            """);
        TorchPython.Run(folder, script);
        return MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(Path.Combine(folder, "outputs"))).ToArray();
    }

    // The network of the page's beginning.
    private static Network Digits(long seed)
    {
        Network network = Network.Create(inputs: 64).Dense(64, Activation.Relu).Dense(10, Activation.Softmax).Build(seed);
        TestData.Normal(10, seed).CopyTo(network.Parameter("1.bias"));
        return network;
    }

    private static string[] Blocks(string language)
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Serialization", "pytorch.md")).ReplaceLineEndings("\n");
        return [.. page.Split($"```{language}\n")[1..].Select(block => block.Split("\n```")[0])];
    }
}
