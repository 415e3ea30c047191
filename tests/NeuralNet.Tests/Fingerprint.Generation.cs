using NeuralNet.Tests.Generating;

namespace NeuralNet.Tests;

/// <content>Texts that networks write.</content>
internal static partial class Fingerprint
{
    private static void AddTexts(int threads, Adding add)
    {
        foreach (string kind in (string[])["gpt", "window", "last step", "mean"])
        {
            Network network = WritingNetworks.Of(kind);
            var options = new GenerationOptions
            {
                TopP = 0.95f,
                Temperature = 0.8f,
                Repetition = 1.1f,
                ContextEnd = ContextEnd.Slide,
                Threads = threads,
            };
            foreach (int[] text in Generation.SampleAll(network, [WritingNetworks.Prompt, [1], [2, 3]], count: 20, options))
                add([.. text.Select(token => (float)token)]);
            foreach (BeamText text in Generation.BeamSearch(network, [1], count: 8, options: options))
                add([.. text.Tokens.Select(token => (float)token), (float)text.Score]);
        }
    }
}
