using System.Runtime.InteropServices;
using System.Text.Json;

namespace NeuralNet.Tests.Serialization;

/// <summary>Files go to a real PyTorch and come from it; what both answer to the same inputs is compared.</summary>
public sealed class TorchExchangeTests(TorchExchangeTests.Exchange exchange) : IClassFixture<TorchExchangeTests.Exchange>
{
    // As in TorchFilesTests: sums of floats beside float64.
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Names => TorchNetwork.Names;

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void What_is_saved_here_answers_in_PyTorch_as_here(string name)
    {
        Network network = Network.Load(exchange.PathOf(name, "net.safetensors"));
        TorchNetwork.Difference(network.Predict(exchange.Inputs(name)), exchange.Outputs(name, "net.outputs")).Should().BeLessThan(Tolerance);
    }

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void What_PyTorch_saves_answers_here_as_there(string name)
    {
        TorchNetwork one = TorchNetwork.Find(name);
        Network network = one.Builder.Build(seed: 8);
        network.LoadWeights(exchange.PathOf(name, "torch.safetensors"), one.Rules);
        TorchNetwork.Difference(network.Predict(exchange.Inputs(name)), exchange.Outputs(name, "torch.outputs")).Should().BeLessThan(Tolerance);
    }

    /// <summary>One run of Python for all tests, on the first one's request.</summary>
    public sealed class Exchange : IDisposable
    {
        private const int Rows = 4;

        private readonly Lazy<string> folder = new(Run);

        public void Dispose()
        {
            if (folder.IsValueCreated)
                Directory.Delete(folder.Value, recursive: true);
        }

        public string PathOf(string name, string ending) => Path.Combine(folder.Value, $"{name}.{ending}");

        public float[] Inputs(string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(PathOf(name, "inputs"))).ToArray();

        public double[] Outputs(string name, string ending) => MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(PathOf(name, ending))).ToArray();

        private static string Run()
        {
            string folder = Directory.CreateTempSubdirectory("neuralnet-").FullName;
            var rules = new Dictionary<string, string?[][]>();
            foreach (TorchNetwork one in TorchNetwork.All())
            {
                Network network = one.Builder.Build(seed: 3);
                float[] inputs = TorchNetwork.Inputs(network, Rows);
                Train(network, inputs);
                network.Save(Path.Combine(folder, one.Name + ".net.safetensors"));
                File.WriteAllBytes(Path.Combine(folder, one.Name + ".inputs"), MemoryMarshal.AsBytes<float>(inputs));
                rules.Add(one.Name, [.. one.Rules.Select(rule => new[] { rule.From, rule.To })]);
            }

            File.WriteAllText(Path.Combine(folder, "exchange.json"), JsonSerializer.Serialize(rules));
            TorchPython.Run(folder, Path.Combine(TorchPython.Scripts, "torch_exchange.py"), folder);
            return folder;
        }

        // A little, so that no bias is 0 and no gain 1.
        private static void Train(Network network, float[] inputs)
        {
            float[] desired = TestData.Normal(Rows * network.Output.Size, seed: 5);
            using var trainer = new Trainer(network, Divergence.L2, new Adam(0.02f));
            for (int step = 0; step < 10; step++)
                trainer.Step(inputs, desired, Rows);
        }
    }
}
