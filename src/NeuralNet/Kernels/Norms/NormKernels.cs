namespace NeuralNet.Kernels;

/// <summary> Normalization of vectors: x̂ = (x − μ) / √(σ² + ε), or x / √(mean x² + ε) without centering, y = g ⊙ x̂ + b; and its chain rule.
/// </summary>
/// <remarks><para>x̂ is computed as ((s x − s x₀) − m) r from three numbers of each vector, which are all that backward is given: the
/// scale s, the mean m of s x − s x₀, and r = 1/σ. Where elements are near to each other, subtracting the first one, x₀, is
/// exact, however far they are from 0; without centering x₀ and m are 0. The scale is 1; only if squares would overflow it is the
/// reciprocal of a power of 2 near the largest element.</para>
/// <para>The sums of a vector run over 16 lanes as in <see cref="Reduction"/>. Threads divide vectors, and for ∇g and ∇b the columns, because
/// those are sums over vectors in ascending order.</para></remarks>
internal static unsafe partial class NormKernels
{
    public const int KeptPerVector = 3;

    /// <summary>y, and what backward needs.</summary>
    public static void Forward(in NormPass pass)
    {
        Check(pass, pass.Output.Length, pass.Keeps.Length);
        var job = new ForwardJob { Pass = pass };
        Workers.Share(pass.Workers, pass.Input.Length, ref job);
    }

    /// <summary>∇x, ∇g and ∇b, each where it is wanted.</summary>
    public static void Backward(in NormPass pass)
    {
        Check(pass, pass.OutputGradient.Length, pass.Kept.Length);
        Require.SameLength(pass.Kept.Length, checked(pass.Vectors * KeptPerVector));
        Require.SameLength(pass.InputGradient.IsEmpty ? pass.Input.Length : pass.InputGradient.Length, pass.Input.Length);
        Require.SameLength(pass.GainGradient.IsEmpty ? pass.Width : pass.GainGradient.Length, pass.Width);
        Require.SameLength(pass.BiasGradient.IsEmpty ? pass.Width : pass.BiasGradient.Length, pass.Width);

        // While it has a vector at hand, one thread alone adds to ∇g and ∇b too.
        bool apart = pass.InputGradient.IsEmpty || pass.Workers.ShareElements(pass.Input.Length);
        if (!pass.InputGradient.IsEmpty)
        {
            var job = new BackwardJob { Pass = apart ? pass with { GainGradient = default, BiasGradient = default } : pass };
            Workers.Share(pass.Workers, pass.Input.Length, ref job);
        }

        if (apart && !(pass.GainGradient.IsEmpty && pass.BiasGradient.IsEmpty))
        {
            var job = new ParametersJob { Pass = pass };
            Workers.Share(pass.Workers, pass.Input.Length, ref job);
        }
    }

    private static void Check(in NormPass pass, int outputs, int kept)
    {
        Require.SameLength(pass.Input.Length, checked(pass.Vectors * pass.Width));
        Require.SameLength(outputs, pass.Input.Length);
        Require.SameLength(pass.Gain.Length, pass.Width);
        Require.SameLength(pass.Bias.IsEmpty ? pass.Width : pass.Bias.Length, pass.Width);
        if (kept != 0)
            Require.SameLength(kept, checked(pass.Vectors * KeptPerVector));
    }

    internal ref struct ForwardJob : IJob<ForwardJob>
    {
        public NormPass Pass;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref ForwardJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Vectors, 1, part, parts);
            ForwardVectors<TVector>(job.Pass, first, count);
        }
    }

    internal ref struct BackwardJob : IJob<BackwardJob>
    {
        public NormPass Pass;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref BackwardJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Vectors, 1, part, parts);
            BackwardVectors<TVector>(job.Pass, first, count);
        }
    }

    internal ref struct ParametersJob : IJob<ParametersJob>
    {
        public NormPass Pass;

        public static bool NeedsSixteenLanes => true;

        public static void Part<TVector>(ref ParametersJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Pass.Width, Workers.Line, part, parts);
            ParametersOfVectors<TVector>(job.Pass, first, count);
        }
    }
}
