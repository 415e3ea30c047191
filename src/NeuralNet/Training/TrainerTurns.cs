namespace NeuralNet;

/// <summary>Who is at work on a trainer: one call of Fit at a time, and one step at a time, of that call or by hand. Saving and resuming
/// take a step's turn.</summary>
internal sealed class TrainerTurns
{
    private int isStepping, fittingThread;

    /// <summary>Whether Fit is under way.</summary>
    public bool IsFitting => Volatile.Read(ref fittingThread) != 0;

    /// <summary>Whether Fit is under way on another thread.</summary>
    public bool IsFittingElsewhere => IsFitting && Volatile.Read(ref fittingThread) != Environment.CurrentManagedThreadId;

    public Turn BeginStep() => Interlocked.Exchange(ref isStepping, 1) == 0
        ? new Turn(ref isStepping)
        : throw new InvalidOperationException("Another call of Step is under way; a trainer is for one thread at a time.");

    public Turn BeginFit() => Interlocked.CompareExchange(ref fittingThread, Environment.CurrentManagedThreadId, 0) == 0
        ? new Turn(ref fittingThread)
        : throw new InvalidOperationException("Fit is under way already; it cannot be called from its own progress, or from a second thread.");

    /// <summary>A turn, which ends when it is disposed of.</summary>
    public readonly ref struct Turn(ref int holder)
    {
        private readonly ref int holder = ref holder;

        public void Dispose() => Volatile.Write(ref holder, 0);
    }
}
