using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>One minimization: the values, the two loops of the recursion, and when to end.</summary>
internal sealed partial class LbfgsRun
{
    private readonly Lbfgs settings;
    private readonly Network network;
    private readonly RatePlan? plan;
    private readonly Divergence divergence;
    private readonly Workspace workspace;
    private readonly IProgress<LbfgsProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly ParameterRange[] penalized, learning;
    private readonly int count;

    // For each kept pair s, y: 1 / sᵀy, and the recursion's factor.
    private readonly double[] reciprocals, factors;

    // The layers' statistics before this iteration and at first.
    private readonly float[] statistics, firstStatistics;

    // The parameters before this iteration and at first, gradient, its predecessor, direction; then s and y of each pair, in turn.
    private readonly AlignedBuffer values;
    private int pairs, next, evaluations;

    public LbfgsRun(
        Lbfgs settings, Network network, RatePlan? plan, Divergence divergence, Workspace workspace, IProgress<LbfgsProgress>? progress,
        CancellationToken cancellationToken)
    {
        (this.settings, this.network, this.plan, this.divergence, this.workspace) = (settings, network, plan, divergence, workspace);
        (this.progress, this.cancellationToken) = (progress, cancellationToken);
        count = network.Parameters.Length;
        penalized = plan?.Penalized ?? ParameterRange.Of(network, separatesWeights: true);
        learning = plan?.Ranges ?? ParameterRange.Of(network, separatesWeights: false);
        values = new AlignedBuffer(((2 * settings.History) + 5) * count);
        reciprocals = new double[settings.History];
        factors = new double[settings.History];
        statistics = network.Statistics.ToArray();
        firstStatistics = network.Statistics.ToArray();
    }

    private Span<float> Start => Vector(0);

    private Span<float> Gradient => Vector(1);

    private Span<float> LastGradient => Vector(2);

    private Span<float> Direction => Vector(3);

    private Span<float> First => Vector(4);

    public LbfgsResult Minimize(in Batch batch)
    {
        network.Parameters.CopyTo(Start);
        try
        {
            return MinimizeFromStart(batch);
        }
        catch
        {
            Start.CopyTo(network.Parameters);
            statistics.CopyTo(network.Statistics);
            throw;
        }
    }

    private LbfgsResult MinimizeFromStart(in Batch batch)
    {
        network.Parameters.CopyTo(First);
        Point here = Evaluate(batch, 0);
        if (!here.IsFinite)
        {
            float largest = Reduction.MaxMagnitude(Gradient, workspace.Workers);
            throw new NotFiniteNumberException(NotFinite.Explain(network, divergence, batch, (float)here.Divergence, Gradient, largest), here.Value);
        }

        Point atFirst = here;
        double lowest = here.Value, firstNorm = Norm(Gradient), norm = firstNorm;
        int iteration = 0, still = 0;
        LbfgsStop? stop;
        while ((stop = Ending(iteration, still)) is null)
        {
            Gradient.CopyTo(LastGradient);
            SetDirection();
            double slope = Dot(Gradient, Direction);
            if (!(slope < 0) || !double.IsFinite(slope))
            {
                pairs = 0;
                SetDirection();
                slope = Dot(Gradient, Direction);
            }

            // Without curvature the scale is unknown: no parameter moves by more than 1, and all together by no more either.
            double length = pairs > 0 ? 1 : Math.Min(1, 1 / DoubleSums.Magnitudes(Direction, workspace.Workers));
            Point? found = Search(batch, here with { T = 0, Slope = slope }, length, lowest);
            if (found is null || network.Parameters.SequenceEqual(Start))
            {
                Start.CopyTo(network.Parameters);
                LastGradient.CopyTo(Gradient);
                if (pairs == 0)
                {
                    stop = LbfgsStop.LineSearch;
                    break;
                }

                pairs = 0;
                continue;
            }

            double before = here.Value;
            here = found.Value;
            Remember();
            network.Parameters.CopyTo(Start);
            if (!batch.Inference)
                network.UpdateStatistics(batch, workspace);
            network.Statistics.CopyTo(statistics);
            lowest = Math.Min(lowest, here.Value);
            bool isStill = Math.Abs(before - here.Value) <= settings.ObjectiveTolerance * Math.Abs(before);
            still = isStill && settings.ObjectiveTolerance > 0 ? still + 1 : 0;
            iteration++;
            norm = Norm(Gradient);
            progress?.Report(new LbfgsProgress(iteration, evaluations, here.Value, norm));
        }

        // Rounding may let the objective rise, but the end must not be above the beginning.
        if (here.Value > atFirst.Value)
        {
            First.CopyTo(network.Parameters);
            firstStatistics.CopyTo(network.Statistics);
            (here, norm) = (atFirst, firstNorm);
        }

        return new LbfgsResult(iteration, evaluations, here.Divergence, here.Value, norm, stop.Value);
    }

    private LbfgsStop? Ending(int iteration, int still) =>
        Reduction.MaxMagnitude(Gradient, workspace.Workers) <= settings.GradientTolerance ? LbfgsStop.Gradient
        : still == 2 ? LbfgsStop.Objective
        : iteration == settings.MaxIterations ? LbfgsStop.Iterations
        : null;

    // d = −H ∇w, from the newest pair to the oldest and back. In between H is a multiple of the identity in u, w = √r u, for which s and y
    // need not be changed: sᵀy is the same in u and in w, yᵀy is Σ r y², and the identity of u is r in w.
    private void SetDirection()
    {
        Span<float> d = Direction;
        Gradient.CopyTo(d);
        GradientKernels.Scale(d, -1, workspace.Workers);
        for (int k = 1; k <= pairs; k++)
        {
            int at = PairBefore(k);
            factors[at] = reciprocals[at] * Dot(S(at), d);
            GradientKernels.AddScaled(d, Y(at), (float)-factors[at], workspace.Workers);
        }

        double scale = 1;
        if (pairs > 0)
        {
            int newest = PairBefore(1);
            double squares = 0;
            foreach (ParameterRange range in learning)
                squares += range.Factor * Dot(Of(Y(newest), range), Of(Y(newest), range));
            scale = 1 / (reciprocals[newest] * squares);
        }

        foreach (ParameterRange range in learning)
            GradientKernels.Scale(Of(d, range), (float)(scale * range.Factor), workspace.Workers);

        for (int k = pairs; k >= 1; k--)
        {
            int at = PairBefore(k);
            GradientKernels.AddScaled(d, S(at), (float)(factors[at] - (reciprocals[at] * Dot(Y(at), d))), workspace.Workers);
        }
    }

    // Keeps the pair of the step that was made, unless it has no curvature, which would spoil H.
    private void Remember()
    {
        Span<float> s = S(next), y = Y(next);
        network.Parameters.CopyTo(s);
        GradientKernels.AddScaled(s, Start, -1, workspace.Workers);
        Gradient.CopyTo(y);
        GradientKernels.AddScaled(y, LastGradient, -1, workspace.Workers);
        double curvature = Dot(s, y);
        if (!(curvature > 1e-10 * Norm(s) * Norm(y)))
            return;
        reciprocals[next] = 1 / curvature;
        next = (next + 1) % settings.History;
        pairs = Math.Min(pairs + 1, settings.History);
    }

    private int PairBefore(int k) => (next - k + settings.History) % settings.History;

    private Span<float> S(int pair) => Vector(5 + (2 * pair));

    private Span<float> Y(int pair) => Vector(6 + (2 * pair));

    private Span<float> Vector(int index) => values.Span.Slice(index * count, count);

    private static Span<float> Of(Span<float> values, ParameterRange range) => values.Slice(range.Place.Start, range.Place.Length);

    private double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => DoubleSums.Dot(a, b, workspace.Workers);

    private double Norm(ReadOnlySpan<float> a) => Math.Sqrt(Dot(a, a));
}
