namespace NeuralNet;

/// <summary>L-BFGS: minimizes the mean divergence of a whole data set by steps that know its curvature; for smooth, small problems.</summary>
/// <remarks><para>w ← w + α d with d = −H ∇w, where H, an approximation of the inverse Hessian, is made of the last m differences
/// s = w − w₋ and y = ∇w − ∇w₋: J. Nocedal, "Updating quasi-Newton matrices with limited storage", 1980; D. Liu, J. Nocedal,
/// "On the limited memory BFGS method for large scale optimization", 1989. α fulfils the strong Wolfe conditions (J. Nocedal,
/// S. Wright: "Numerical optimization", 2006, algorithms 3.5 and 3.6), or, where float values of the divergence no longer
/// tell points apart, the approximate ones, on slopes alone (W. Hager, H. Zhang, 2005).</para>
/// <para>Settings only: nothing is kept between calls. Memory for 2m + 5 copies of the parameters is taken at the start, and nothing is allocated
/// per iteration. Products of vectors are summed in double in one order, so that results have the same bits for any number of threads. The network
/// ends no worse than it began, and at every exception and cancellation with the parameters of the last finished iteration.</para></remarks>
public sealed class Lbfgs
{
    /// <summary>Makes the method.</summary>
    /// <param name="history">m: how many differences are remembered, at least 1.</param>
    /// <param name="maxIterations">The most iterations of a call, at least 1.</param>
    /// <param name="gradientTolerance">It ends when no |∇w| is above this, at least 0.</param>
    /// <param name="objectiveTolerance">
    /// It ends when the objective changes by no more than this share of itself, twice in a row; at least 0, which never ends it.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Lbfgs(int history = 10, int maxIterations = 200, float gradientTolerance = 1e-6f, float objectiveTolerance = 0)
    {
        History = Guard.Count(history, nameof(history));
        MaxIterations = Guard.Count(maxIterations, nameof(maxIterations));
        GradientTolerance = Guard.NotNegative(gradientTolerance, nameof(gradientTolerance), "The tolerance of the gradient");
        ObjectiveTolerance = Guard.NotNegative(objectiveTolerance, nameof(objectiveTolerance), "The tolerance of the objective");
    }

    /// <summary>m: how many differences are remembered.</summary>
    public int History { get; }

    /// <summary>The most iterations of a call.</summary>
    public int MaxIterations { get; }

    /// <summary>It ends when no |∇w| is above this.</summary>
    public float GradientTolerance { get; }

    /// <summary>It ends when the objective falls by no more than this share of itself, twice in a row.</summary>
    public float ObjectiveTolerance { get; }

    /// <summary>A price on large weights that is minimized together with the divergence; null unless set. Without λ₁, which is not smooth.</summary>
    /// <exception cref="ArgumentException">λ₁ is not 0.</exception>
    public Penalty? Penalty
    {
        get;
        init => field = value is null or { L1: 0 }
            ? value
            : throw new ArgumentException(
                FormattableString.Invariant($"L-BFGS needs a smooth objective; an L1 penalty, here {value.L1}, is not. ")
                + "Use L2, or another optimizer.", nameof(Penalty));
    }

    /// <summary>What learns, and how fast, by place; without any, unless set, everything. Read when a call begins.</summary>
    /// <remarks>A factor of 0 freezes. Another, r, is the change of variables w = √r u: the minimization is that in u, whose gradient is √r ∇w, so
    /// that where nothing is known of the curvature yet w moves r times as far. The minima are the same.</remarks>
    public Rates Rates { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = new();

    /// <summary>How many threads share the work, at most 1024; 1 unless set, and then none is started.</summary>
    public int Threads { get; init => field = Guard.Threads(value); } = 1;

    /// <summary>The method in words.</summary>
    /// <returns>Its name and its settings.</returns>
    public override string ToString() => new KindSettings().Set("history", History).Set("maxIterations", MaxIterations)
        .Set("gradientTolerance", GradientTolerance).Set("objectiveTolerance", ObjectiveTolerance).ToString(nameof(Lbfgs));

    /// <summary>Minimizes the mean divergence of a data set; all of its rows at once are one batch.</summary>
    /// <param name="network">The network, whose parameters are changed.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="data">The data.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="ArgumentException">
    /// The data does not fit the network, the network's last activation or what is desired is not what the divergence is meant for, the network draws
    /// random numbers in training, or <see cref="Rates"/> name what it does not have.
    /// </exception>
    /// <exception cref="NotFiniteNumberException">The objective or its gradient is not finite at the start; nothing has changed.</exception>
    public LbfgsResult Minimize(Network network, Divergence divergence, Dataset data) =>
        Minimize(network, divergence, data, progress: null, CancellationToken.None);

    /// <summary>Minimizes the mean divergence of a batch.</summary>
    /// <param name="network">The network, whose parameters are changed.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="batch">The batch, without carried state.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="ArgumentException">
    /// A size does not fit, a weight is not allowed, the batch carries state, the network draws random numbers in training, outputs or desired values
    /// are not those that the divergence is meant for, or <see cref="Rates"/> name what the network does not have.
    /// </exception>
    /// <exception cref="NotFiniteNumberException">The objective or its gradient is not finite at the start; nothing has changed.</exception>
    public LbfgsResult Minimize(Network network, Divergence divergence, in Batch batch) =>
        Minimize(network, divergence, batch, progress: null, CancellationToken.None);

    /// <summary>Minimizes the mean divergence of a data set; all of its rows at once are one batch.</summary>
    /// <param name="network">The network, whose parameters are changed.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="data">The data.</param>
    /// <param name="progress">Told after every iteration; null: nobody.</param>
    /// <param name="cancellationToken">Looked at before every evaluation.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the network keeps the parameters of the last iteration.</exception>
    /// <inheritdoc cref="Minimize(Network, Divergence, Dataset)"/>
    public LbfgsResult Minimize(
        Network network, Divergence divergence, Dataset data, IProgress<LbfgsProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(divergence);
        RowFit.Check(network, data, divergence, nameof(data));
        return Minimize(network, divergence, data.Batch(0, data.Rows), progress, cancellationToken);
    }

    /// <summary>Minimizes the mean divergence of a batch.</summary>
    /// <param name="network">The network, whose parameters are changed.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="batch">The batch, without carried state.</param>
    /// <param name="progress">Told after every iteration; null: nobody.</param>
    /// <param name="cancellationToken">Looked at before every evaluation.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the network keeps the parameters of the last iteration.</exception>
    /// <inheritdoc cref="Minimize(Network, Divergence, in Batch)"/>
    public LbfgsResult Minimize(
        Network network, Divergence divergence, in Batch batch, IProgress<LbfgsProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(divergence);
        const string Same = "L-BFGS needs an objective that stays the same";
        for (int k = 0; k < network.Layers.Count && !batch.Inference; k++)
        {
            if (network.Layers[k].IsRandom)
                throw new ArgumentException(
                    $"Layer {k} ({network.Layers[k].Kind}) draws random numbers while training; {Same}. Use another optimizer.", nameof(network));
        }

        if (!batch.State.IsEmpty)
            throw new ArgumentException($"The batch carries state, which every evaluation would change; {Same}.", nameof(batch));
        RatePlan? plan = network.PlanOf(Rates);
        Pairing.Check(network, divergence);
        int steps = network.Check(batch, training: true, plan?.Statistics);
        Pairing.CheckDesired(network, network.CheckDesired(batch, divergence, steps).Of, batch, steps, nameof(batch));
        int count = network.Parameters.Length;
        long most = (Array.MaxLength - 64) / ((2L * History) + 5);
        if (count < 1 || count > most)
            throw new ArgumentException($"The network has {count} parameters; L-BFGS with a history of {History} takes 1 to {most}.",
                nameof(network));

        using Workspace workspace = network.CreateWorkspace(batch.Rows, Threads);
        return new LbfgsRun(this, network, plan, divergence, workspace, progress, cancellationToken).Minimize(batch);
    }
}
