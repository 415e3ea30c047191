using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Normalization of vectors: x̂ = (x − μ) / √(σ² + ε), or x / √(mean x² + ε) without centering, y = g ⊙ x̂ + b; and its chain rule.
/// </summary>
/// <remarks>
/// <para>x̂ is computed as ((s x − s x₀) − m) r, from three numbers of each vector, which are all that backward is given: the
/// scale s, the mean m of what is in the inner brackets, and r = 1/σ. To subtract the first element x₀ is exact where
/// elements are near to each other, however far from 0; without centering x₀ and m are 0. The scale is 1, but where squares would
/// overflow it is the reciprocal of a power of 2 near the largest element.</para>
/// <para>The sums of a vector run over 16 lanes as in <see cref="Reduction"/>; of a pixel, whose channels are apart, in one chain
/// for each. Threads divide vectors, and for ∇g and ∇b the columns: those are sums over vectors in ascending order.</para>
/// </remarks>
internal static unsafe partial class NormKernels
{
    public const int KeptPerVector = 3;

    /// <summary>y, and what backward needs.</summary>
    public static void Forward(in NormPass pass)
    {
        Check(pass, pass.Output.Length, pass.Keeps.Length);
        fixed (float* x = pass.Input, gain = pass.Gain, bias = pass.Bias, y = pass.Output, kept = pass.Keeps)
        {
            var job = new NormJob(pass) { X = x, Gain = gain, Bias = bias, Y = y, Kept = kept };
            Workers.Share(pass.Workers, pass.Input.Length, &ForwardPart, &job);
        }
    }

    /// <summary>∇x, ∇g and ∇b, each where it is wanted.</summary>
    public static void Backward(in NormPass pass)
    {
        Check(pass, pass.OutputGradient.Length, pass.Kept.Length);
        Require.SameLength(pass.Kept.Length, checked(pass.Rows * pass.Pixels * KeptPerVector));
        Require.SameLength(pass.InputGradient.IsEmpty ? pass.Input.Length : pass.InputGradient.Length, pass.Input.Length);
        Require.SameLength(pass.GainGradient.IsEmpty ? pass.Width : pass.GainGradient.Length, pass.Width);
        Require.SameLength(pass.BiasGradient.IsEmpty ? pass.Width : pass.BiasGradient.Length, pass.Width);
        fixed (float* x = pass.Input, gain = pass.Gain, kept = pass.Kept, dy = pass.OutputGradient, dx = pass.InputGradient)
        fixed (float* gainGradient = pass.GainGradient, biasGradient = pass.BiasGradient)
        {
            var job = new NormJob(pass) { X = x, Gain = gain, Kept = kept, Dy = dy, Dx = dx };

            // One thread does both while it has a vector at hand.
            bool apart = dx == null || pass.Pixels > 1 || pass.Workers.ShareElements(pass.Input.Length);
            job.GainGradient = apart ? null : gainGradient;
            job.BiasGradient = apart ? null : biasGradient;
            if (dx != null)
                Workers.Share(pass.Workers, pass.Input.Length, &BackwardPart, &job);
            job.GainGradient = gainGradient;
            job.BiasGradient = biasGradient;
            if (apart && (gainGradient != null || biasGradient != null))
                Workers.Share(pass.Workers, pass.Input.Length, &ParametersPart, &job);
        }
    }

    internal static void Forward<TVector>(in NormJob job, int part, int parts)
        where TVector : struct, ISimdVector<TVector>
    {
        if (job.Pixels == 1)
        {
            (int first, int count) = Workers.ShareOf(job.Rows, 1, part, parts);
            ForwardVectors<TVector>(job, first, count);
        }
        else
        {
            (int first, int count) = Workers.ShareOf(job.Rows * BlocksOf<TVector>(job), 1, part, parts);
            ForwardPixels<TVector>(job, first, count);
        }
    }

    internal static void Backward<TVector>(in NormJob job, int part, int parts)
        where TVector : struct, ISimdVector<TVector>
    {
        if (job.Pixels == 1)
        {
            (int first, int count) = Workers.ShareOf(job.Rows, 1, part, parts);
            BackwardVectors<TVector>(job, first, count);
        }
        else
        {
            (int first, int count) = Workers.ShareOf(job.Rows * BlocksOf<TVector>(job), 1, part, parts);
            BackwardPixels<TVector>(job, first, count);
        }
    }

    internal static void Parameters<TVector>(in NormJob job, int part, int parts)
        where TVector : struct, ISimdVector<TVector>
    {
        if (job.Pixels == 1)
        {
            (int first, int count) = Workers.ShareOf(job.Width, Workers.Line, part, parts);
            ParametersOfVectors<TVector>(job, first, count);
        }
        else
        {
            (int first, int count) = Workers.ShareOf(job.Width, 1, part, parts);
            ParametersOfPixels<TVector>(job, first, count);
        }
    }

    private static void Check(in NormPass pass, int outputs, int kept)
    {
        Require.SameLength(pass.Input.Length, checked(pass.Rows * pass.Width * pass.Pixels));
        Require.SameLength(outputs, pass.Input.Length);
        Require.SameLength(pass.Gain.Length, pass.Width);
        Require.SameLength(pass.Bias.IsEmpty ? pass.Width : pass.Bias.Length, pass.Width);
        if (kept != 0)
            Require.SameLength(kept, checked(pass.Rows * pass.Pixels * KeptPerVector));
    }

    private static void ForwardPart(void* arguments, int part, int parts)
    {
        ref NormJob job = ref *(NormJob*)arguments;
        if (Vector512.IsHardwareAccelerated)
            Forward<Simd512>(job, part, parts);
        else if (Vector256.IsHardwareAccelerated)
            Forward<WideVector<Simd256>>(job, part, parts);
        else
            Forward<WideVector<WideVector<Simd128>>>(job, part, parts);
    }

    private static void BackwardPart(void* arguments, int part, int parts)
    {
        ref NormJob job = ref *(NormJob*)arguments;
        if (Vector512.IsHardwareAccelerated)
            Backward<Simd512>(job, part, parts);
        else if (Vector256.IsHardwareAccelerated)
            Backward<WideVector<Simd256>>(job, part, parts);
        else
            Backward<WideVector<WideVector<Simd128>>>(job, part, parts);
    }

    private static void ParametersPart(void* arguments, int part, int parts)
    {
        ref NormJob job = ref *(NormJob*)arguments;
        if (Vector512.IsHardwareAccelerated)
            Parameters<Simd512>(job, part, parts);
        else if (Vector256.IsHardwareAccelerated)
            Parameters<WideVector<Simd256>>(job, part, parts);
        else
            Parameters<WideVector<WideVector<Simd128>>>(job, part, parts);
    }
}
