namespace NeuralNet;

/// <summary>Trains once for each fold of a data set, and measures each network on the rows that it has not seen.</summary>
/// <remarks>M. Stone: "Cross-validatory choice and assessment of statistical predictions", J. Royal Statistical Society B 36 (1974). Every row is
/// tested with once, so that few data say more than one division of them would, and the folds show how much a measure owes to chance.</remarks>
public static class CrossValidation
{
    /// <summary>Cross-validation with stratified folds (<see cref="Folds.Stratified"/>).</summary>
    /// <param name="data">The data set.</param>
    /// <param name="folds">How many folds, at least 2.</param>
    /// <param name="seed">Another seed gives other folds.</param>
    /// <param name="run">Trains a network on a fold's <see cref="Fold.Train"/> and measures it on its <see cref="Fold.Test"/>.</param>
    /// <param name="threads">How many folds are done at the same time; a result does not depend on it.</param>
    /// <param name="cluster">The processes that divide the folds among themselves; null: this one does all.</param>
    /// <param name="cancellationToken">Looked at before each fold.</param>
    /// <returns>The folds' evaluations, in order.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="folds"/> is less than 2, or <paramref name="threads"/> not positive.</exception>
    /// <exception cref="ArgumentException">The data have fewer rows that count than folds.</exception>
    /// <inheritdoc cref="Run(Folds, Func{Fold, Evaluation}, int, Cluster, CancellationToken)" path="/exception"/>
    public static CrossValidationResult Run(
        Dataset data, int folds, long seed, Func<Fold, Evaluation> run, int threads = 1, Cluster? cluster = null,
        CancellationToken cancellationToken = default) =>
        Run(Folds.Stratified(data, folds, seed), run, threads, cluster, cancellationToken);

    /// <summary>Cross-validation with any folds.</summary>
    /// <remarks>With a cluster all processes make the same call, and have the same result, with the bits that one process has: fold k is done by
    /// process k mod <see cref="Cluster.Size"/>, and its evaluation goes to the others bit for bit. A fold that fails, and a process that is asked to
    /// stop (<see cref="Cluster.IsStopRequested"/>, looked at before each fold), end the work of all. What trains a fold has no cluster itself.
    /// </remarks>
    /// <param name="folds">The folds.</param>
    /// <param name="run">Trains a network on a fold's <see cref="Fold.Train"/> and measures it on its <see cref="Fold.Test"/>. What is learned of
    /// data, such as a scale (<see cref="Scaling"/>), is to be learned of <see cref="Fold.Train"/> alone. With several threads all call it.</param>
    /// <param name="threads">How many folds are done at the same time; a result does not depend on it.</param>
    /// <param name="cluster">The processes that divide the folds among themselves; null: this one does all. Each has its own
    /// <paramref name="threads"/>.</param>
    /// <param name="cancellationToken">Looked at before each fold.</param>
    /// <returns>The folds' evaluations, in order.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is not positive.</exception>
    /// <exception cref="NotFiniteNumberException">Training diverged in a fold, which the message names.</exception>
    /// <exception cref="InvalidOperationException">A fold failed; the message names it, and the inner exception says why.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or a process of the cluster was asked to stop.</exception>
    /// <exception cref="ClusterException">The processes have other folds or data, or one of them left or does something else.</exception>
    /// <exception cref="NotSupportedException">What a process has to tell the others takes 2 GiB or more.</exception>
    public static CrossValidationResult Run(
        Folds folds, Func<Fold, Evaluation> run, int threads = 1, Cluster? cluster = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folds);
        ArgumentNullException.ThrowIfNull(run);
        Guard.Threads(threads, nameof(threads));
        return Division.Together(
            cluster, threads, () => [("the folds", folds.RowsInWords), ("the data of the folds", Trainer.Mark(folds.Data))], division =>
            {
                var evaluations = new Evaluation[folds.Count];
                int[] owners = division.Deal(Enumerable.Repeat(Division.Nobody, folds.Count));
                division.Run(
                    owners, One, (k, evaluation) => evaluations[k] = evaluation, (to, evaluation) => evaluation.Write(to),
                    (_, from) => Evaluation.Read(from), cancellationToken);
                return new CrossValidationResult(folds, evaluations);
            });

        Evaluation One(int k, CancellationToken stop)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                return run(folds[k]) ?? throw new InvalidOperationException("It gave no evaluation.");
            }
            catch (Exception thrown)
            {
                throw SideBySide.Named(FormattableString.Invariant($"Fold {k + 1} of {folds.Count}"), thrown);
            }
        }
    }
}
