namespace NeuralNet;

/// <summary>Chooses a token by the scores of all, as <see cref="GenerationOptions"/> say; for loops of your own.</summary>
/// <remarks>A choice allocates nothing. One object serves one thread at a time.</remarks>
public sealed class TokenSampler
{
    private readonly GenerationOptions options;
    private readonly RandomStream stream;
    private readonly Softmax softmax;
    private readonly float[] scores, candidateScores, probabilities;
    private readonly int[] ids;
    private readonly PriorityQueue<int, (float Score, int MinusToken)>? highest;
    private readonly Comparison<int> byProbability;

    /// <summary>Makes a sampler.</summary>
    /// <param name="vocabulary">How many tokens there are.</param>
    /// <param name="options">How to choose; unless given a draw from softmax(z).</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public TokenSampler(int vocabulary, GenerationOptions? options = null)
    {
        Vocabulary = Guard.Count(vocabulary, nameof(vocabulary));
        this.options = options ?? new GenerationOptions();
        stream = RandomPurpose.Of(this.options.Seed, RandomPurpose.Generation);
        softmax = new Softmax(this.options.Temperature == 0 ? 1 : this.options.Temperature);
        (scores, candidateScores, probabilities) = (new float[vocabulary], new float[vocabulary], new float[vocabulary]);
        ids = new int[vocabulary];
        if (this.options.TopK > 0 && this.options.TopK < vocabulary)
            highest = new PriorityQueue<int, (float, int)>(this.options.TopK);
        byProbability = (one, other) => probabilities[other].CompareTo(probabilities[one]) is var order and not 0 ? order : one.CompareTo(other);
    }

    /// <summary>How many tokens there are.</summary>
    public int Vocabulary { get; }

    /// <summary>Chooses a token.</summary>
    /// <param name="scores">z: logits, or logarithms of probabilities, [vocabulary]; −∞ for a token that must not come.</param>
    /// <param name="before">The tokens of the text so far, which <see cref="GenerationOptions.Repetition"/> makes less likely; those that have no
    /// score are passed over. May be empty.</param>
    /// <param name="row">Which of several texts it is, for the draw.</param>
    /// <param name="position">The place of the token in the text, for the draw; as many as there are before unless given: give it where
    /// these are only the end of the text.</param>
    /// <returns>The token.</returns>
    /// <exception cref="ArgumentException">The number of scores is not the vocabulary's, one is NaN or +∞, or all are −∞.</exception>
    public int Pick(ReadOnlySpan<float> scores, ReadOnlySpan<int> before, int row = 0, long? position = null)
    {
        if (scores.Length != Vocabulary)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"There are {scores.Length} scores; {Vocabulary} were expected, one for each token."), nameof(scores));
        }

        Span<float> z = this.scores;
        scores.CopyTo(z);
        foreach (int token in options.Repetition == 1 ? default : before)
        {
            if ((uint)token < (uint)Vocabulary)
                z[token] = scores[token] > 0 ? scores[token] / options.Repetition : scores[token] * options.Repetition;
        }

        int best = Highest(z);
        if (options.Temperature == 0)
            return best;
        int count = Candidates(z);
        if (options.TopP < 1)
            count = Nucleus(count, best);
        return Draw(stream.AtStep(position ?? before.Length), row, count);
    }

    /// <summary>The options in words.</summary>
    /// <returns>The vocabulary and the options.</returns>
    public override string ToString() => FormattableString.Invariant($"Sampler of {Vocabulary} tokens, {options}");

    /// <summary>The token of the highest score, the lowest of equal ones.</summary>
    /// <exception cref="ArgumentException">A score is NaN or +∞, or all are −∞.</exception>
    internal static int Highest(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int token = 0; token < scores.Length; token++)
        {
            if (float.IsNaN(scores[token]) || float.IsPositiveInfinity(scores[token]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"The score of token {token} is {scores[token]}; finite numbers were expected, or −∞ for a token ")
                    + "that must not come. Such scores come of a network whose training diverged, or of inputs that are no numbers.", nameof(scores));
            }

            if (scores[token] > scores[best])
                best = token;
        }

        return !float.IsNegativeInfinity(scores[best]) ? best
            : throw new ArgumentException("The scores of all tokens are −∞; at least one must be allowed.", nameof(scores));
    }

    // The tokens that stay, in ascending order, and p of each at its id.
    private int Candidates(ReadOnlySpan<float> z)
    {
        int count = 0;
        if (highest is null)
        {
            softmax.Forward(z, probabilities);
            while (count < ids.Length)
                ids[count] = count++;
            return count;
        }

        highest.Clear();
        for (int token = 0; token < z.Length; token++)
        {
            if (highest.Count < options.TopK)
                highest.Enqueue(token, (z[token], -token));
            else if (highest.TryPeek(out _, out (float Score, int) lowest) && z[token] > lowest.Score)
                highest.EnqueueDequeue(token, (z[token], -token));
        }

        while (highest.TryDequeue(out int token, out _))
            ids[count++] = token;
        Span<int> stay = ids.AsSpan(0, count);
        stay.Sort();
        Span<float> own = candidateScores.AsSpan(0, count);
        for (int i = 0; i < count; i++)
            own[i] = z[stay[i]];
        softmax.Forward(own, own);
        for (int i = 0; i < count; i++)
            probabilities[stay[i]] = own[i];
        return count;
    }

    // The likeliest of the tokens, until their probabilities are enough. All tokens below (1 − P) / count sum up to less than 1 − P, so that they can
    // be left out before the others are sorted: few tokens of a wide vocabulary are likely.
    private int Nucleus(int count, int best)
    {
        Span<int> all = ids.AsSpan(0, count);
        double sum = 0, least = (1.0 - options.TopP) / count;
        int likely = 0;
        foreach (int token in all)
        {
            sum += probabilities[token];
            if (probabilities[token] >= least || token == best)
                all[likely++] = token;
        }

        all[..likely].Sort(byProbability);
        double enough = options.TopP * sum, reached = 0;
        int kept = 0;
        while (kept < likely && reached < enough)
            reached += probabilities[all[kept++]];
        return kept;
    }

    private int Draw(RandomStream draws, int row, int count)
    {
        ReadOnlySpan<int> stay = ids.AsSpan(0, count);
        double sum = 0;
        foreach (int token in stay)
            sum += probabilities[token];

        // 53 bits: a vocabulary may have tokens that come once in 2²⁴ times.
        ulong bits = ((ulong)draws.Bits(row, 0) << 32) | draws.Bits(row, 1);
        double rest = (bits >> 11) * (1.0 / (1L << 53)) * sum;
        int last = stay[0];
        foreach (int token in stay)
        {
            if (probabilities[token] == 0)
                continue;
            last = token;
            rest -= probabilities[token];
            if (rest < 0)
                break;
        }

        return last;
    }
}
