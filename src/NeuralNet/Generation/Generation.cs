namespace NeuralNet;

/// <summary>Lets a network that was trained to say the next token write texts.</summary>
/// <remarks>What is a token is the caller's: a character, or what a package of tokenizers makes of a text (Microsoft.ML.Tokenizers). Which networks
/// can write: <see cref="Generator"/>. How tokens are chosen: <see cref="GenerationOptions"/>.</remarks>
/// <example>
/// <code>
/// foreach (int token in Generation.Sample(network, prompt, temperature: 0.8f, topK: 40, seed: 1).Take(500))
///     Console.Write(letters[token]);
/// </code>
/// </example>
public static class Generation
{
    // Texts that are written at once: more would not make a pass much cheaper for each of them.
    private const int TextsAtOnce = 32;

    /// <summary>Writes on from a prompt, a token at a time, until the network's steps are used up.</summary>
    /// <remarks><para>Tokens are made as they are asked for; a copy of the network is taken before the first. Going through them once more gives the
    /// same ones again. A recurrent network, and one that forgets (<paramref name="contextEnd"/>), writes without end: <c>Take(500)</c>.</para>
    /// <para>Scores that are no numbers, of a network whose training diverged, are refused when they come, by an
    /// <see cref="ArgumentException"/>.</para></remarks>
    /// <param name="network">The network; it must not change before the first token.</param>
    /// <param name="prompt">The tokens to begin with, at least one.</param>
    /// <param name="temperature">Below 1 likely tokens become likelier; 0 always takes the likeliest.</param>
    /// <param name="topK">How many of the highest scores stay; 0: all.</param>
    /// <param name="topP">What the probabilities of those that stay, the likeliest ones, sum up to at least; 1: all.</param>
    /// <param name="seed">What decides the draws.</param>
    /// <param name="contextEnd">What happens where the text has as many tokens as the network has steps.</param>
    /// <returns>The tokens behind the prompt.</returns>
    /// <exception cref="ArgumentException">The network does not take tokens or does not give scores of them, or the prompt is empty, too long or has
    /// a token that there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static IEnumerable<int> Sample(
        Network network, ReadOnlySpan<int> prompt, float temperature = 1, int topK = 0, float topP = 1, long seed = 0,
        ContextEnd contextEnd = ContextEnd.Stop) =>
        Sample(
            network, prompt,
            new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP, Seed = seed, ContextEnd = contextEnd });

    /// <inheritdoc cref="Sample(Network, ReadOnlySpan{int}, float, int, float, long, ContextEnd)" path="/remarks|/returns|/exception"/>
    /// <summary>Writes on from a prompt, a token at a time, until a token ends the text, or the network's steps are used up.</summary>
    /// <param name="network">The network; it must not change before the first token.</param>
    /// <param name="prompt">The tokens to begin with, at least one.</param>
    /// <param name="options">How tokens are chosen, and when it ends.</param>
    public static IEnumerable<int> Sample(Network network, ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        int[] begin = prompt.ToArray();
        Check(network, [begin], nameof(prompt), options);
        return Write(network, begin, options);
    }

    /// <summary>Writes on from several prompts, of any lengths, one token of each in a pass of the network.</summary>
    /// <remarks>Text k has the tokens that it would have alone, if its draws were those of row k: <see cref="TokenSampler.Pick"/>.</remarks>
    /// <param name="network">The network; it must not change meanwhile.</param>
    /// <param name="prompts">The tokens that each text begins with, at least one.</param>
    /// <param name="count">The most tokens behind a prompt, at least 1.</param>
    /// <param name="options">How tokens are chosen, and when a text ends; unless given draws from softmax(z).</param>
    /// <returns>For each prompt the tokens behind it.</returns>
    /// <exception cref="ArgumentException">There is no prompt, the network does not take tokens or does not give scores of them, or a prompt is
    /// empty, too long or has a token that there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static int[][] SampleAll(Network network, IReadOnlyList<int[]> prompts, int count, GenerationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        Guard.Count(count, nameof(count));
        options ??= new GenerationOptions();
        Check(network, prompts, nameof(prompts), options);
        int atOnce = Math.Min(prompts.Count, TextsAtOnce);
        using var generator = new Generator(network, atOnce, options.ContextEnd, options.Threads);
        var sampler = new TokenSampler(generator.Vocabulary, options);
        var texts = new List<int>[prompts.Count];
        int[] text = new int[atOnce], next = new int[atOnce], stay = new int[atOnce];
        for (int first = 0; first < prompts.Count; first += atOnce)
        {
            int rows = Math.Min(atOnce, prompts.Count - first);
            for (int row = 0; row < rows; row++)
            {
                text[row] = first + row;
                texts[text[row]] = [];
                generator.Begin(row, StateOf(text[row], prompts.Count, options));
                generator.Append(row, prompts[text[row]]);
            }

            // Texts that have ended make room, so that those that go on are the first ones.
            while (rows > 0)
            {
                int going = 0;
                for (int row = 0; row < rows; row++)
                {
                    int token = Next(generator, sampler, row, text[row]);
                    if (options.IsStop(token))
                        continue;
                    texts[text[row]].Add(token);
                    if (texts[text[row]].Count == count || generator.IsFull(row))
                        continue;
                    (next[going], stay[going], text[going]) = (token, row, text[row]);
                    going++;
                }

                rows = going;
                generator.Rearrange(stay.AsSpan(0, rows));
                if (rows > 0)
                    generator.AppendToEach(next.AsSpan(0, rows));
            }
        }

        return [.. texts.Select(tokens => tokens.ToArray())];
    }

    /// <summary>Looks for the likeliest text behind a prompt: of the likeliest beginnings, as many as there are beams, all that may follow are
    /// looked at, and the likeliest of those go on.</summary>
    /// <remarks><para>The score of a text of n tokens is Σ log p / nᵅ, n with the token that ended it. The search ends when no beginning that is
    /// left can come to a score above those of as many ended texts as there are beams. With one beam it takes the likeliest token each time; with as
    /// many as there are texts it finds the best one.</para>
    /// <para>Texts that are ended by different tokens are different ones. Nothing is drawn. Of the options
    /// <see cref="GenerationOptions.Stops"/>, <see cref="GenerationOptions.ContextEnd"/>, <see cref="GenerationOptions.State"/> and
    /// <see cref="GenerationOptions.Threads"/> count.</para>
    /// <para>A. Graves: "Sequence transduction with recurrent neural networks", 2012; Y. Wu et al.: "Google's neural machine translation system",
    /// 2016 (the length).</para></remarks>
    /// <param name="network">The network; it must not change meanwhile.</param>
    /// <param name="prompt">The tokens to begin with, at least one.</param>
    /// <param name="count">The most tokens behind the prompt, at least 1.</param>
    /// <param name="beams">How many beginnings go on, at least 1.</param>
    /// <param name="lengthPower">α, at least 0: the higher, the better are long texts. 0: the sum counts, which is highest for short ones.</param>
    /// <param name="options">When a text ends.</param>
    /// <returns>The best texts, at most as many as there are beams, the best first.</returns>
    /// <exception cref="ArgumentException">The network does not take tokens or does not give scores of them, or the prompt is empty, too long or has
    /// a token that there is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static IReadOnlyList<BeamText> BeamSearch(
        Network network, ReadOnlySpan<int> prompt, int count, int beams = 4, float lengthPower = 1, GenerationOptions? options = null)
    {
        Guard.Count(count, nameof(count));
        Guard.Count(beams, nameof(beams));
        Guard.NotNegative(lengthPower, nameof(lengthPower), "The power of the length");
        options ??= new GenerationOptions();
        int[] begin = prompt.ToArray();
        Check(network, [begin], nameof(prompt), options);
        using var generator = new Generator(network, beams, options.ContextEnd, options.Threads);
        generator.Begin(0, options.State.Span);
        generator.Append(0, begin);
        return new BeamSearch(generator, count, lengthPower, options).Run();
    }

    private static IEnumerable<int> Write(Network network, int[] prompt, GenerationOptions options)
    {
        using var generator = new Generator(network, maxRows: 1, options.ContextEnd, options.Threads);
        var sampler = new TokenSampler(generator.Vocabulary, options);
        generator.Begin(0, options.State.Span);
        generator.Append(0, prompt);
        while (true)
        {
            int token = Next(generator, sampler, row: 0, text: 0);
            if (options.IsStop(token))
                yield break;
            yield return token;
            if (generator.IsFull(0))
                yield break;
            generator.Append(0, token);
        }
    }

    // The tokens before are asked for only where they matter.
    private static int Next(Generator generator, TokenSampler sampler, int row, int text) =>
        sampler.Pick(generator.ScoresOf(row), generator.TokensOf(row), text, generator.CountOf(row));

    // What an iterator would find out only when it is asked for the first token.
    private static void Check(Network network, IReadOnlyList<int[]> prompts, string argument, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var plan = new TokenNetwork(network, options.ContextEnd);
        if (prompts.Count == 0)
            throw new ArgumentException("There is no prompt; at least one was expected.", argument);
        foreach (int token in options.Stops)
        {
            if (token >= plan.Vocabulary)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Token {token} is to end the text, but the network has the tokens 0 to {plan.Vocabulary - 1}."), nameof(options));
        }

        if (options.State.Length % prompts.Count != 0)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The state to begin with has {options.State.Length} values; {plan.StateSize} for each of {prompts.Count} texts were expected."),
                nameof(options));
        }

        for (int text = 0; text < prompts.Count; text++)
        {
            ReadOnlySpan<float> state = StateOf(text, prompts.Count, options);
            plan.CheckState(state, nameof(options));
            plan.CheckPrompt(prompts[text], state, argument);
        }
    }

    private static ReadOnlySpan<float> StateOf(int text, int texts, GenerationOptions options) =>
        options.State.Span.Slice(options.State.Length / texts * text, options.State.Length / texts);
}
