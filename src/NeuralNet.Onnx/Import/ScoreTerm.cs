namespace NeuralNet.Onnx.Import;

/// <summary>
/// What a constant term of the scores of attention is: a band of keys that are seen, and, of those, −slope · |i − j| of each head
/// (ALiBi). One number more for all keys of a query changes nothing that softmax makes, so that slope · (j − i) and slope · j are
/// the same where later keys are hidden.
/// </summary>
/// <param name="Band">The keys that are seen.</param>
/// <param name="Slopes">One of each head; null: none.</param>
/// <param name="IsOneSided">Whether later keys, if they are seen, have larger scores, as by slope · j: they must be hidden then.</param>
internal sealed record ScoreTerm(Band Band, float[]? Slopes = null, bool IsOneSided = false)
{
    private const string Remedy = "; the layer has ALiBi (a slope of each head times the distance), rotary positions, masks of later steps and "
        + "windows: export the model with one of these, or without the term";

    /// <summary>Reads a term.</summary>
    /// <param name="c">The constant.</param>
    /// <param name="s">The scores that it is added to.</param>
    /// <param name="valueOf">What a number of it stands for: −∞ where a key is hidden.</param>
    /// <param name="allowance">What a walk over the constant is taken from.</param>
    /// <exception cref="Refusal">It is something else.</exception>
    public static ScoreTerm Read(Tensor c, Scores s, Func<float, double> valueOf, Allowance allowance)
    {
        if (c.IsUniform && !double.IsFinite(valueOf(c.Float(0))))
            throw new Refusal("a constant mask hides all keys" + Remedy);
        if (c.IsUniform)
            return new ScoreTerm(Band.All);
        long[] sizes = c.Dimensions;
        (long keys, long queries) = (sizes[^1], sizes.Length > 1 ? sizes[^2] : 1);
        long heads = sizes.Length > 2 ? sizes[^3] : 1;
        if ((heads != 1 && heads != s.Heads) || c.Count != heads * queries * keys
            || (keys != 1 && keys != s.KeySteps) || (queries != 1 && queries != s.QuerySteps))
        {
            throw new Refusal(FormattableString.Invariant($"a term of scores is imported as [heads, queries, keys] of {s.Heads} heads, and this ")
                + $"constant has {Sizes.Text(sizes)}");
        }

        allowance.Take(c.Count / 64, "the walk over a mask");
        var table = new Table(i => valueOf(c.Float(i)), heads, queries, keys);
        return keys == 1 ? table.OfQueries() : queries == 1 && s.QuerySteps > 1 ? table.OfKeys(s) : table.OfPairs(s);
    }

    // The values of a constant as [heads, queries, keys]; −∞ where a key is hidden.
    private sealed class Table(Func<long, double> valueAt, long heads, long queries, long keys)
    {
        private double At(long head, long query, long key) => valueAt((((head * queries) + query) * keys) + key);

        // One number for all keys of a query.
        public ScoreTerm OfQueries()
        {
            for (long i = 0; i < heads * queries; i++)
            {
                if (!double.IsFinite(valueAt(i)))
                    throw new Refusal("a constant mask hides all keys of some queries" + Remedy);
            }

            return new ScoreTerm(Band.All);
        }

        // One number for each key, whatever the query.
        public ScoreTerm OfKeys(Scores s)
        {
            for (long i = 0; i < heads * keys; i++)
            {
                if (!double.IsFinite(valueAt(i)))
                {
                    throw new Refusal(FormattableString.Invariant($"a constant mask hides key {i % keys} of {keys} from every query, as padding ")
                        + "of a fixed length does; export the model for as many steps as there are, without the mask, and give lengths with a batch "
                        + "(Batch.Lengths)");
                }
            }

            return Sloped(s, Band.All);
        }

        public ScoreTerm OfPairs(Scores s)
        {
            long back = 0, ahead = 0;
            bool hides = false;
            for (long i = 0; i < queries; i++)
            {
                for (long j = 0; j < keys; j++)
                {
                    if (double.IsFinite(At(0, i, j)))
                        (back, ahead) = (Math.Max(back, i - j + 1), Math.Max(ahead, j - i + 1));
                    else
                        hides = true;
                }
            }

            Band band = hides ? new Band(back, ahead) : Band.All;
            if (hides && queries != keys)
                throw new Refusal("the mask of later steps, and windows, are imported for as many queries as keys");
            for (long head = 0; head < heads; head++)
            {
                for (long i = 0; i < queries; i++)
                {
                    for (long j = 0; j < keys; j++)
                    {
                        double value = At(head, i, j);
                        if (double.IsNaN(value) || double.IsPositiveInfinity(value))
                            throw new Refusal("a constant mask is NaN or +∞ somewhere");
                        if (double.IsFinite(value) != band.Sees(i, j))
                            throw new Refusal(Hidden(head, i, j, double.IsFinite(value)) + Remedy);
                    }
                }
            }

            return hides && (band.Ahead < 1 || band.Back < 1) ? throw new Refusal("a constant mask hides a step from itself" + Remedy)
                : Sloped(s, band.Within(keys));
        }

        private static string Hidden(long head, long query, long key, bool isSeen) => FormattableString.Invariant(
            $"as a constant mask, that of later steps (causal) and windows around the query are imported, alike for all heads, and query {query} ")
            + FormattableString.Invariant($"{(isSeen ? "sees" : "does not see")} key {key} in head {head}");

        private ScoreTerm Sloped(Scores s, Band band)
        {
            float[] slopes = new float[s.Heads];
            bool isOneSided = false, isFlat = true;
            for (long head = 0; head < heads; head++)
            {
                (double slope, bool isOneSidedHere) = SlopeOf(head, band) ?? throw new Refusal(WordsOf(head, band) + Remedy);
                if (slope < 0)
                {
                    throw new Refusal(FormattableString.Invariant($"the scores of head {head} grow by {(float)-slope} with each step of ")
                        + "distance" + Remedy);
                }

                isFlat &= slope == 0;
                isOneSided |= isOneSidedHere && slope > 0;
                slopes[head] = (float)slope;
            }

            for (long head = heads; head < slopes.Length; head++)
                slopes[head] = slopes[0];
            return new ScoreTerm(band, isFlat ? null : slopes, isOneSided && !band.IsCausal);
        }

        // The slope and whether it is that of slope · j; null if the values are something else. Float tables are exact to a rounding or two.
        private (double Slope, bool IsOneSided)? SlopeOf(long head, Band band)
        {
            double largest = 0;
            for (long i = 0; i < queries; i++)
            {
                for (long j = 0; j < keys; j++)
                {
                    if (band.Sees(i, j) || queries == 1)
                        largest = Math.Max(largest, Math.Abs(At(head, i, j)));
                }
            }

            double tolerance = 1e-6 + (largest / (1 << 22));
            foreach (bool isOneSided in queries == 1 ? [true] : new[] { false, true })
            {
                foreach (double slope in Candidates(head, band, isOneSided))
                {
                    if (Is(head, band, slope, isOneSided, tolerance))
                        return (slope, isOneSided);
                }
            }

            return null;
        }

        // From one key to the next in the first rows and in the last one, and of the longest distance in it.
        private List<double> Candidates(long head, Band band, bool isOneSided)
        {
            long last = queries - 1, key = queries == 1 ? keys - 1 : Math.Min(last, keys - 1);
            if (keys < 2)
                return [0];
            long first = band.Back < key + 1 ? key - band.Back + 1 : 0;
            if (!isOneSided && (band.Back < 2 || first >= key))
                return band.Ahead > 1 ? [At(head, 0, 0) - At(head, 0, 1)] : [0];
            var candidates = new List<double>();
            if (queries == 1 || (band.Back > 1 && queries > 1))
                candidates.Add(queries == 1 ? At(head, 0, 1) - At(head, 0, 0) : At(head, 1, 1) - At(head, 1, 0));
            if (key > first)
            {
                candidates.Add(At(head, last, key) - At(head, last, key - 1));
                candidates.Add((At(head, last, key) - At(head, last, first)) / (key - first));
            }

            return candidates;
        }

        private bool Is(long head, Band band, double slope, bool isOneSided, double tolerance)
        {
            for (long i = 0; i < queries; i++)
            {
                // The query's own key is always seen; of more keys than queries, or of one row for all, another one will do.
                long own = queries == 1 ? 0 : Math.Min(i, keys - 1);
                double at = At(head, i, own);
                for (long j = 0; j < keys; j++)
                {
                    if (queries > 1 && !band.Sees(i, j))
                        continue;
                    double distance = isOneSided ? own - j : Math.Abs(i - j) - Math.Abs(i - own);
                    if (!(Math.Abs(At(head, i, j) - at + (slope * distance)) <= tolerance))
                        return false;
                }
            }

            return true;
        }

        private string WordsOf(long head, Band band)
        {
            bool isOfDistance = queries > 1;
            for (long i = 1; i < queries && isOfDistance; i++)
            {
                for (long j = 1; j < keys && isOfDistance; j++)
                    isOfDistance = !band.Sees(i, j) || Math.Abs(At(head, i, j) - At(head, i - 1, j - 1)) <= 1e-6 * (1 + Math.Abs(At(head, i, j)));
            }

            string of = isOfDistance ? "each distance, as T5's relative positions" : "each query and key, as Swin's and BEiT's relative positions";
            return $"a constant is added to the scores that is a bias of {of}, in {(heads > 1 ? "each head" : "all heads")}, for which there is no "
                + "layer";
        }
    }
}
