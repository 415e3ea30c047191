using NeuralNet;

namespace TinyGpt;

/// <summary>Shows after each epoch what the network writes by now.</summary>
internal sealed class Reader(Alphabet alphabet) : ITrainingObserver
{
    public void OnEpoch(Trainer trainer, EpochResult epoch)
    {
        IEnumerable<int> tokens =
            Generation.Sample(trainer.Network, alphabet.Tokens("\n"), temperature: 0.8f, seed: 1, contextEnd: ContextEnd.Slide).Take(100);
        string lines = alphabet.Text(tokens).Trim().ReplaceLineEndings(Environment.NewLine + "    ");
        Console.WriteLine($"{Environment.NewLine}    {lines}{Environment.NewLine}");
    }
}
