using System.Runtime.InteropServices;

namespace NeuralNet.Tests;

/// <content>What an X-ray and a check of data measure.</content>
internal static partial class Fingerprint
{
    // Layers narrower and wider than the vectors that a rank is of, of sizes that do not fill registers.
    private static void AddDiagnosis(int threads, Adding add)
    {
        Dataset data = TestData.Clouds(230);
        var xray = new XRay(every: 2);
        Network network = Network.Create(2).Dense(150, Activation.Tanh).Dense(37, Activation.Relu).Dense(3, Activation.Softmax).Build(5);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam())
        {
            Seed = 2,
            Threads = threads,
            Observers = [xray],
            BatchSize = 90,
        };
        trainer.Fit(data, epochs: 3);
        foreach (XRayReading reading in xray.Readings)
        {
            Numbers(reading.Divergence, reading.Inputs.Mean, reading.Inputs.Deviation);
            foreach (LayerReading layer in reading.Layers)
            {
                Numbers(layer.GradientNorm, layer.WeightNorm, layer.UpdateRatio, layer.EffectiveRank, layer.Outputs.Min, layer.Outputs.Max);
                Numbers(layer.Outputs.Mean, layer.Outputs.Deviation, layer.Dead ?? -1, layer.Saturated ?? -1);
            }
        }

        Numbers(DataCheck.Of(data).NeighbourAccuracy!.Value);

        void Numbers(params ReadOnlySpan<double> values) => add(MemoryMarshal.Cast<double, float>(values));
    }
}
