using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <content>
/// Sparse gradients, with rules by which a gradient of 0 changes nothing (of finite parameters): most of a range is passed by,
/// and only its gradient is read.
/// </content>
internal static unsafe partial class OptimizerKernels
{
    // A stretch is looked through before the rule passes over it, and should still be in the first cache then.
    private const int LongestStretch = 2048;

    // Lines of 16 elements from the range's start, on every machine and for any number of threads, are looked at as a whole,
    // and skipped if all of their bits are 0. A line with −0 is not, and so its gradient is 0 afterwards; nor is one with NaN.
    private static void RunStretches<TRule>(Job<TRule>* job, int at, int n)
        where TRule : unmanaged, IRule
    {
        float* w = job->W + at, g = job->G + at, first = job->First + at, second = job->Second + at, third = job->Third + at;
        if (Vector512.IsHardwareAccelerated)
            RunStretches<TRule, Simd512, Simd512>(ref job->Rule, w, g, first, second, third, n);
        else if (Vector256.IsHardwareAccelerated)
            RunStretches<TRule, Simd256, WideVector<Simd256>>(ref job->Rule, w, g, first, second, third, n);
        else
            RunStretches<TRule, Simd128, WideVector<WideVector<Simd128>>>(ref job->Rule, w, g, first, second, third, n);
    }

    private static void RunStretches<TRule, TVector, TLine>(ref TRule rule, float* w, float* g, float* first, float* second, float* third, int n)
        where TRule : struct, IRule
        where TVector : struct, ISimdVector<TVector>
        where TLine : struct, ISimdVector<TLine>
    {
        for (int from = SkipZeros<TLine>(g, 0, n); from < n;)
        {
            int to = SkipOthers<TLine>(g, from + TLine.Count, Math.Min(n, from + LongestStretch));
            Run<TRule, TVector>(ref rule, w + from, g + from, first + from, second + from, third + from, to - from);
            from = SkipZeros<TLine>(g, to, n);
        }
    }

    /// <summary>Where the first line begins, from a place on, that is not 0; the end if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SkipZeros<TLine>(float* g, int from, int end)
        where TLine : struct, ISimdVector<TLine>
    {
        int i = from;
        for (; i <= end - (4 * TLine.Count); i += 4 * TLine.Count)
        {
            TLine two = TLine.BitOr(TLine.Load(g + i), TLine.Load(g + i + TLine.Count));
            TLine more = TLine.BitOr(TLine.Load(g + i + (2 * TLine.Count)), TLine.Load(g + i + (3 * TLine.Count)));
            if (!TLine.AreBitsZero(TLine.BitOr(two, more)))
                break;
        }

        for (; i < end; i += TLine.Count)
        {
            if (!TLine.AreBitsZero(VectorTail.Load<TLine>(g + i, end - i)))
                return i;
        }

        return end;
    }

    /// <summary>Where the first line begins, from a place on, that is 0; the end if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int SkipOthers<TLine>(float* g, int from, int end)
        where TLine : struct, ISimdVector<TLine>
    {
        for (int i = from; i < end; i += TLine.Count)
        {
            if (TLine.AreBitsZero(VectorTail.Load<TLine>(g + i, end - i)))
                return i;
        }

        return end;
    }

    /// <summary>A rule by which an element whose gradient is 0 stays as it is, with all that is remembered of it.</summary>
    private readonly record struct LazyRule<TRule>(TRule Rule) : IRule
        where TRule : struct, IRule
    {
        public static int States => TRule.States;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector IRule.Step<TVector>(TVector w, TVector g, ref TVector first, ref TVector second, ref TVector third)
        {
            (TVector stays, TVector f, TVector s, TVector t) = (TVector.Equal(g, TVector.Zero), first, second, third);
            TVector moved = Rule.Step(w, g, ref first, ref second, ref third);
            first = TVector.Select(stays, f, first);
            second = TVector.Select(stays, s, second);
            third = TVector.Select(stays, t, third);
            return TVector.Select(stays, w, moved);
        }
    }
}
