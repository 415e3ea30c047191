using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>What a normalization does with each channel once it is known by which numbers. Each number is given for each place of a line of several
/// vectors (<see cref="ColumnLines.Wide"/>). Threads share lines.</summary>
internal static unsafe class ChannelKernels
{
    // 8 KB of x, and as much of y.
    private const int BlockFloats = 2 << 10;

    /// <summary>y = (x − o) s + t, and the larger of that and 0 where it is asked for.</summary>
    public static void Scale(ReadOnlySpan<float> x, in ChannelScale channels, Span<float> y, Workers? workers)
    {
        Require.SameLength(x.Length, y.Length);
        Require.SameLength(channels.Origin.Length, channels.Scale.Length);
        Require.SameLength(channels.Shift.Length, channels.Scale.Length);
        var job = new ScaleJob { X = x, Channels = channels, Y = y };
        Workers.Share(workers, y.Length, ref job);
    }

    /// <summary>∇x = s ∇z + p (x − o) + q; without p ∇x = s ∇z. <paramref name="dx"/> may be <paramref name="dz"/> itself.</summary>
    public static void InputGradient(
        ReadOnlySpan<float> x, ReadOnlySpan<float> origin, ReadOnlySpan<float> scale, ReadOnlySpan<float> slope, ReadOnlySpan<float> shift,
        ReadOnlySpan<float> dz, Span<float> dx, Workers? workers)
    {
        Require.SameLength(dz.Length, dx.Length);
        Require.SameLength(x.Length, dx.Length);
        Require.SameLength(origin.Length, scale.Length);
        Require.SameLength(slope.Length, shift.Length);
        Require.SameLength(slope.IsEmpty ? scale.Length : slope.Length, scale.Length);
        var job = new InputGradientJob { X = x, Origin = origin, Scale = scale, Slope = slope, Shift = shift, Dz = dz, Dx = dx };
        Workers.Share(workers, dx.Length, ref job);
    }

    // The floats of whole lines that a part has, and of what is left of one.
    private static (int First, int Count) FloatsOf(int floats, int wide, int part, int parts)
    {
        (int first, int count) = Workers.ShareOf((int)(((long)floats + wide - 1) / wide), 1, part, parts);
        int start = (int)Math.Min(floats, (long)first * wide);
        return (start, (int)Math.Min(floats, (first + (long)count) * wide) - start);
    }

    // Some lines at a time, which stay in the first-level cache.
    private static void ScaleLines<TVector>(in ChannelFinish finish, float* x, float* y, int floats, int wide)
        where TVector : struct, ISimdVector<TVector>
    {
        int some = Math.Max(1, BlockFloats / wide), lines = floats / wide, rest = floats - (lines * wide);
        for (; lines > 0; lines -= some, x += (nint)some * wide, y += (nint)some * wide)
        {
            some = Math.Min(some, lines);
            finish.Apply<TVector>(x, y, wide, some, 0, wide);
        }

        finish.Apply<TVector>(x, y, wide, 1, 0, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void GradientLines<TVector>(
        float* x, float* origin, float* scale, float* slope, float* shift, float* dz, float* dx, int floats, int wide)
        where TVector : struct, ISimdVector<TVector>
    {
        for (; floats > 0; floats -= wide, x += wide, dz += wide, dx += wide)
        {
            int line = Math.Min(wide, floats);
            for (int i = 0; i < line; i += TVector.Count)
            {
                int left = line - i;
                TVector s = VectorTail.Load<TVector>(scale + i, left), slopes = VectorTail.Load<TVector>(dz + i, left);
                if (slope == null)
                {
                    VectorTail.Store(slopes * s, dx + i, left);
                    continue;
                }

                TVector distance = VectorTail.Load<TVector>(x + i, left) - VectorTail.Load<TVector>(origin + i, left);
                TVector rest = TVector.FusedMultiplyAdd(
                    distance, VectorTail.Load<TVector>(slope + i, left), VectorTail.Load<TVector>(shift + i, left));
                VectorTail.Store(TVector.FusedMultiplyAdd(slopes, s, rest), dx + i, left);
            }
        }
    }

    private ref struct ScaleJob : IJob<ScaleJob>
    {
        public ReadOnlySpan<float> X;
        public ChannelScale Channels;
        public Span<float> Y;

        public static void Part<TVector>(ref ScaleJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            ChannelScale channels = job.Channels;
            (int first, int count) = FloatsOf(job.Y.Length, channels.Scale.Length, part, parts);
            fixed (float* x = job.X, y = job.Y, origin = channels.Origin, scale = channels.Scale, shift = channels.Shift)
                ScaleLines<TVector>(new ChannelFinish(channels, origin, scale, shift), x + first, y + first, count, channels.Scale.Length);
        }
    }

    private ref struct InputGradientJob : IJob<InputGradientJob>
    {
        public ReadOnlySpan<float> X, Origin, Scale, Slope, Shift, Dz;
        public Span<float> Dx;

        public static void Part<TVector>(ref InputGradientJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = FloatsOf(job.Dx.Length, job.Scale.Length, part, parts);
            fixed (float* x = job.X, dz = job.Dz, dx = job.Dx, origin = job.Origin, scale = job.Scale, slope = job.Slope, shift = job.Shift)
                GradientLines<TVector>(x + first, origin, scale, slope, shift, dz + first, dx + first, count, job.Scale.Length);
        }
    }
}
