namespace NeuralNet;

/// <summary>Reads tokens into a network, text by text, and gives the scores of the token that comes next: what <see cref="Generation"/> is made of,
/// for loops of your own.</summary>
/// <remarks><para>The network takes ids, <c>Shape.Sequence(steps, 1)</c>, or one-hot vectors, and gives the scores of all tokens: its last
/// activation is softmax or log-softmax, which is left out; what a network without such a last activation gives counts as scores. What it gives at
/// the last token counts; whether it looks at later ones does not matter, because there are none.</para>
/// <para>Of a network that carries state (<see cref="Batch.State"/>) the keys, values and hidden values of the tokens so far are kept, so that one
/// more token costs one step, and its scores have the bits that the whole text gives. Any other network reads the whole text anew for each token.
/// </para>
/// <para>It works on a copy of the network, as a <see cref="Predictor"/> does. A token allocates nothing. One object serves one thread at a
/// time.</para></remarks>
/// <example>
/// <code>
/// using var generator = new Generator(network);
/// generator.Append(0, prompt);
/// ReadOnlySpan&lt;float&gt; scores = generator.ScoresOf(0);   // of the token behind the prompt
/// </code>
/// </example>
public sealed class Generator : IDisposable
{
    private const int MaxPieceFloats = 1 << 20, LeastRemembered = 1024;

    private readonly TokenNetwork plan;
    private readonly Network network;
    private readonly Workspace workspace;
    private readonly int pieceSteps, inputs, remembered;
    private readonly float[] x, z;
    private readonly TextRows<float> state, scores;
    private readonly TextRows<int> tokens;
    private readonly TextRows<Progress> progress;

    /// <summary>Makes a generator.</summary>
    /// <param name="network">The network; a copy of it is kept.</param>
    /// <param name="maxRows">How many texts there are at once, at least 1.</param>
    /// <param name="contextEnd">What happens where a text has as many tokens as the network has steps.</param>
    /// <param name="threads">How many threads share the work of a call.</param>
    /// <exception cref="ArgumentException">The network does not take tokens, or does not give scores of them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, there is no such end of the context, or the memory would be 2³¹ floats
    /// or more.</exception>
    public Generator(Network network, int maxRows = 1, ContextEnd contextEnd = ContextEnd.Stop, int threads = 1)
    {
        plan = new TokenNetwork(network, contextEnd);
        MaxRows = Guard.Count(maxRows, nameof(maxRows));
        Guard.Threads(threads, nameof(threads));
        inputs = network.Input.FeatureCount;
        this.network = network.ForInference(foldsNorms: false);
        int steps = network.Input.Steps;
        remembered = Math.Max(steps, LeastRemembered);
        pieceSteps = plan.Carries ? Math.Clamp(MaxPieceFloats / Vocabulary, 1, steps) : steps;
        int most = Math.Max(pieceSteps, plan.Carries ? maxRows : 1);
        (x, z) = (new float[Sized(most, inputs)], new float[Sized(most, Vocabulary)]);
        _ = Sized(maxRows, Math.Max(Math.Max(plan.StateSize, remembered), Vocabulary));
        (state, scores) = (new TextRows<float>(maxRows, plan.StateSize), new TextRows<float>(maxRows, Vocabulary));
        (tokens, progress) = (new TextRows<int>(maxRows, remembered), new TextRows<Progress>(maxRows, 1));
        workspace = this.network.CreateWorkspace(Math.Min(maxRows, this.network.ChunkRows), threads, training: false);

        static int Sized(int rows, int perRow) =>
            Guard.Size((Int128)rows * perRow, nameof(maxRows), "What texts need would have", Array.MaxLength);
    }

    /// <summary>How many tokens there are to choose from.</summary>
    public int Vocabulary => plan.Vocabulary;

    /// <summary>How many different tokens the network takes: as many, or more.</summary>
    public int InputVocabulary => plan.InputVocabulary;

    /// <summary>How many texts there are at once.</summary>
    public int MaxRows { get; }

    /// <summary>How many tokens a text may have before <see cref="ContextEnd"/> says what happens; null: any number.</summary>
    public int? MaxTokens => plan.MaxTokens;

    /// <summary>Whether a text has as many tokens as it may, so that none can be appended.</summary>
    /// <param name="row">The text, from 0.</param>
    /// <returns>Whether it is full; never, unless texts stop at the end of the context.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public bool IsFull(int row) => RoomOf(row) <= 0;

    /// <summary>How many tokens a text has, those that are forgotten included.</summary>
    /// <param name="row">The text, from 0.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public long CountOf(int row) => Of(row).Count;

    /// <summary>The last tokens of a text: as many as the network has steps, or 1,024 where it has fewer.</summary>
    /// <param name="row">The text, from 0.</param>
    /// <returns>The tokens, the last one last; the next call overwrites them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public ReadOnlySpan<int> TokensOf(int row) => tokens[row][..Of(row).Remembered];

    /// <summary>z of the token that comes next: what the network gives before softmax.</summary>
    /// <param name="row">The text, from 0.</param>
    /// <returns>The scores, [<see cref="Vocabulary"/>]; the next call overwrites them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    /// <exception cref="InvalidOperationException">The text has no token yet.</exception>
    public ReadOnlySpan<float> ScoresOf(int row) => Of(row).Count > 0
        ? scores[row]
        : throw new InvalidOperationException(FormattableString.Invariant($"Text {row} has no token yet; append one, and then ask what comes next."));

    /// <summary>Begins a text anew.</summary>
    /// <param name="row">The text, from 0.</param>
    /// <param name="from">The state to begin with, such as an encoder's last, [<see cref="Network.StatePerRow"/>]; zeros unless given.</param>
    /// <exception cref="ArgumentException">The length of the state does not fit, or at the end of the context the text would begin anew without it.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public void Begin(int row, ReadOnlySpan<float> from = default)
    {
        ref Progress text = ref Of(row);
        plan.CheckState(from, nameof(from));
        text = new Progress(plan.PositionIn(from), 0, 0);
        state[row].Clear();
        from.CopyTo(state[row]);
    }

    /// <summary>Appends tokens to a text.</summary>
    /// <param name="row">The text, from 0.</param>
    /// <param name="tokens">The tokens, at least one.</param>
    /// <exception cref="ArgumentException">There is no token, or one is none that the network takes; nothing has changed then.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    /// <exception cref="InvalidOperationException">The text would have more tokens than it may; nothing has changed then.</exception>
    public void Append(int row, params ReadOnlySpan<int> tokens)
    {
        ref Progress text = ref Of(row);
        if (tokens.IsEmpty)
            throw new ArgumentException("At least one token was expected; a text without any begins with one that says so.", nameof(tokens));
        plan.CheckTokens(tokens, nameof(tokens));
        CheckRoom(row, tokens.Length);
        if (tokens.Overlaps(this.tokens.First(MaxRows)))
            tokens = tokens.ToArray();
        bool isBehind = MaxTokens is int most && text.Used + tokens.Length > most;
        Remember(row, tokens);
        if (!plan.Carries || isBehind)
        {
            // From the first token that the network still has of the text.
            int reads = !isBehind ? (int)text.Used + tokens.Length
                : plan.ContextEnd == ContextEnd.Slide ? MaxTokens!.Value : Math.Max(MaxTokens!.Value / 2, 1);
            tokens = TokensOf(row)[^Math.Min(reads, text.Remembered)..];
            state[row].Clear();
            text.Used = 0;
        }

        for (int first = 0; first < tokens.Length; first += pieceSteps)
        {
            ReadOnlySpan<int> piece = tokens.Slice(first, Math.Min(pieceSteps, tokens.Length - first));
            Read(piece, rows: 1, piece.Length, state[row]);
            int vectors = network.OutputVectors(piece.Length);
            Keep(row, z.AsSpan((vectors - 1) * Vocabulary, Vocabulary));
            text.Used += piece.Length;
        }
    }

    /// <summary>Appends one token to each of the first texts, in one pass of the network.</summary>
    /// <param name="tokens">The token of text 0, of text 1, …; at most <see cref="MaxRows"/>.</param>
    /// <exception cref="ArgumentException">There is no token, there are more than texts, or one is none that the network takes; nothing has changed
    /// then.</exception>
    /// <exception cref="InvalidOperationException">A text would have more tokens than it may; nothing has changed then.</exception>
    public void AppendToEach(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty || tokens.Length > MaxRows)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"There are {tokens.Length} tokens; 1 to {MaxRows} were expected, one for each text."), nameof(tokens));
        }

        plan.CheckTokens(tokens, nameof(tokens));
        if (tokens.Overlaps(this.tokens.First(MaxRows)))
            tokens = tokens.ToArray();
        bool isTogether = plan.Carries;
        for (int row = 0; row < tokens.Length; row++)
        {
            CheckRoom(row, 1);
            isTogether &= MaxTokens is null || Of(row).Used < MaxTokens;
        }

        if (isTogether)
            Read(tokens, tokens.Length, steps: 1, state.First(tokens.Length));
        for (int row = 0; row < tokens.Length; row++)
        {
            if (!isTogether)
            {
                Append(row, tokens[row]);
                continue;
            }

            Remember(row, tokens.Slice(row, 1));
            Keep(row, z.AsSpan(row * Vocabulary, Vocabulary));
            Of(row).Used++;
        }
    }

    /// <summary>Puts texts into other places: text r becomes what text from[r] was. So one is copied, and goes on in several ways.</summary>
    /// <param name="from">For each of the first places the text that is to be there.</param>
    /// <exception cref="ArgumentException">There are more places than there can be texts.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public void Rearrange(ReadOnlySpan<int> from)
    {
        if (from.Length > MaxRows)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"There are {from.Length} places; at most {MaxRows} were expected, one for each text."), nameof(from));
        }

        foreach (int row in from)
            Of(row, nameof(from));
        state.Rearrange(from);
        scores.Rearrange(from);
        tokens.Rearrange(from);
        progress.Rearrange(from);
    }

    /// <summary>Frees the memory and ends the threads.</summary>
    public void Dispose() => workspace.Dispose();

    /// <summary>What it reads, in words.</summary>
    /// <returns>For example <c>Generator of 65 tokens, 8 texts of at most 64 tokens, state carried</c>.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"Generator of {Vocabulary} tokens, {MaxRows} {(MaxRows == 1 ? "text" : "texts")}")
        + (MaxTokens is int most ? FormattableString.Invariant($" of at most {most} tokens") : "")
        + (plan.ContextEnd == ContextEnd.Stop || MaxTokens is null ? "" : $" ({plan.ContextEnd})") + (plan.Carries ? ", state carried" : "");

    /// <summary>How many tokens may be appended to a text.</summary>
    internal long RoomOf(int row) => plan.RoomBehind(Of(row).Used);

    private ref Progress Of(int row, string name = "row")
    {
        if ((uint)row >= (uint)MaxRows)
            throw Guard.OutOfRange(name, row, FormattableString.Invariant($"A text from 0 to {MaxRows - 1} was expected."));
        return ref progress[row][0];
    }

    private void CheckRoom(int row, int count)
    {
        if (count > RoomOf(row))
            throw new InvalidOperationException(plan.TooMany(FormattableString.Invariant($"Text {row}"), Of(row).Used, count));
    }

    private void Remember(int row, ReadOnlySpan<int> added)
    {
        ref Progress text = ref Of(row);
        text.Count += added.Length;
        added = added[Math.Max(0, added.Length - remembered)..];
        Span<int> all = tokens[row];
        int stays = Math.Min(text.Remembered, remembered - added.Length);
        all.Slice(text.Remembered - stays, stays).CopyTo(all);
        added.CopyTo(all[stays..]);
        text.Remembered = stays + added.Length;
    }

    // z of each step of each row.
    private void Read(ReadOnlySpan<int> piece, int rows, int steps, Span<float> carried)
    {
        Span<float> values = x.AsSpan(0, piece.Length * inputs);
        if (inputs > 1)
            values.Clear();
        for (int i = 0; i < piece.Length; i++)
        {
            if (inputs > 1)
                values[(i * inputs) + piece[i]] = 1;
            else
                values[i] = piece[i];
        }

        var batch = new Batch { Rows = rows, Steps = steps, Inputs = values, State = plan.Carries ? carried : default };
        network.PredictScores(batch, z.AsSpan(0, rows * network.OutputVectors(steps) * Vocabulary), workspace);
    }

    private void Keep(int row, ReadOnlySpan<float> given)
    {
        Span<float> own = scores[row];
        given.CopyTo(own);
        for (int token = 0; token < own.Length && plan.Temperature != 1; token++)
            own[token] /= plan.Temperature;
    }

    // How many steps the network has had of the text, how many of its tokens are remembered, and how many there were in all.
    private record struct Progress(long Used, int Remembered, long Count);
}
