namespace NeuralNet;

/// <summary>One search of <see cref="Generation.BeamSearch"/>, with the prompt read into text 0.</summary>
internal sealed class BeamSearch
{
    private readonly Generator generator;
    private readonly GenerationOptions options;
    private readonly int count, beams;
    private readonly double lengthPower;
    private readonly float[] logarithms;
    private readonly TextRows<int> tokens;
    private readonly PriorityQueue<Candidate, Candidate> best = new();
    private readonly Candidate[] found;
    private readonly List<BeamText> ended = [];
    private double[] sums;

    public BeamSearch(Generator generator, int count, float lengthPower, GenerationOptions options)
    {
        (this.generator, this.options, this.lengthPower) = (generator, options, Guard.AsWritten(lengthPower));
        this.count = count = (int)Math.Min(count - 1, generator.RoomOf(0)) + 1; // the last token need not be read
        beams = generator.MaxRows;
        logarithms = new float[generator.Vocabulary];
        Guard.Size((Int128)count * beams, nameof(count), "The beams would have", Array.MaxLength);
        tokens = new TextRows<int>(beams, count);
        sums = new double[beams];
        Int128 most = (Int128)beams * Math.Min(1L + options.Stops.Count, generator.Vocabulary);
        found = new Candidate[Guard.Size(most, nameof(beams), "What beams look at would have", Array.MaxLength)];
    }

    public IReadOnlyList<BeamText> Run()
    {
        int[] from = new int[beams], next = new int[beams];
        double[] nextSums = new double[beams];
        int going = 1, length = 0;
        while (going > 0 && length < count && !IsDecided())
        {
            if (length > 0)
                generator.AppendToEach(next.AsSpan(0, going));
            going = Look(going, length, from, next, nextSums);
            tokens.Rearrange(from.AsSpan(0, going));
            generator.Rearrange(from.AsSpan(0, going));
            for (int row = 0; row < going; row++)
                tokens[row][length] = next[row];
            (sums, nextSums) = (nextSums, sums);
            length++;
        }

        for (int row = 0; row < going; row++)
            End(tokens[row][..length], sums[row], length, isEnded: false);
        return [.. ended.OrderByDescending(text => text.Score).Take(beams)];
    }

    // Finds the likeliest ways to go on. So many are looked at that all beams go on, even where every token that ends a text is among them.
    private int Look(int rows, int length, Span<int> from, Span<int> next, Span<double> nextSums)
    {
        for (int row = 0; row < rows; row++)
        {
            TokenSampler.Highest(generator.ScoresOf(row)); // refuses what is no number
            Activation.LogSoftmax.Forward(generator.ScoresOf(row), logarithms);
            for (int token = 0; token < logarithms.Length; token++)
            {
                var candidate = new Candidate(sums[row] + logarithms[token], row, token);
                if (best.Count < found.Length)
                    best.Enqueue(candidate, candidate);
                else if (candidate.CompareTo(best.Peek()) > 0)
                    best.EnqueueDequeue(candidate, candidate);
            }
        }

        int looked = best.Count, going = 0;
        for (int rank = looked - 1; rank >= 0; rank--)
            found[rank] = best.Dequeue();
        for (int rank = 0; rank < looked && going < beams && found[rank].Sum > double.NegativeInfinity; rank++)
        {
            (double sum, int row, int token) = found[rank];
            if (!options.IsStop(token))
                (from[going], next[going], nextSums[going++]) = (row, token, sum);
            else if (rank < beams)
                End(tokens[row][..length], sum, length + 1, isEnded: true);
        }

        return going;
    }

    // Whether as many texts have ended as there are beams, and none that goes on can come to a better score: sums only fall, and the most tokens
    // are the most that a sum can be divided by.
    private bool IsDecided()
    {
        double most = sums[0] / Math.Pow(count, lengthPower);
        return ended.Count(text => text.Score >= most) >= beams;
    }

    private void End(ReadOnlySpan<int> text, double sum, int length, bool isEnded) =>
        ended.Add(new BeamText(text.ToArray(), sum, sum / Math.Pow(length, lengthPower), isEnded));

    // Log p of a text that goes on with a token. Of equal ones the earlier beam is the better, and then the lower token.
    private readonly record struct Candidate(double Sum, int Row, int Token) : IComparable<Candidate>
    {
        public int CompareTo(Candidate other) => Sum.CompareTo(other.Sum) is var bySum and not 0 ? bySum
            : other.Row.CompareTo(Row) is var byRow and not 0 ? byRow : other.Token.CompareTo(Token);
    }
}
