namespace NeuralNet.CSharp.Tests;

/// <summary>Models that NeuralNet.Data has trained and saved, as source: the same bits.</summary>
public class TableModelTests
{
    [Theory]
    [InlineData("cars")]
    [InlineData("penguins")]
    public void What_a_model_of_a_table_predicts_its_source_predicts_bit_for_bit(string name)
    {
        Network network = Network.Load(Path.Combine(AppContext.BaseDirectory, "Tables", name + ".safetensors"));
        CompiledSource.PredictAnew predict = new CompiledSource([network.ToCSharp("Net")]).PredictToArray("Net");
        float[] means = network.Parameter("0.mean").ToArray(), deviations = network.Parameter("0.deviation").ToArray();
        for (int row = 0; row < 20; row++)
        {
            float[] x = [.. means.Select((mean, i) => mean + (deviations[i] * (((row * 7) + (i * 5)) % 11 - 5) / 3))];
            predict(x).Should().Equal(network.Predict(x));
        }
    }
}
