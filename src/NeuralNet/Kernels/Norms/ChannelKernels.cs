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
            int wide = job.Channels.Scale.Length;
            (int first, int count) = FloatsOf(job.Y.Length, wide, part, parts);
            fixed (float* x = job.X, y = job.Y, origin = job.Channels.Origin, scale = job.Channels.Scale, shift = job.Channels.Shift)
            {
                var finish = new ChannelFinish { Origin = origin, Scale = scale, Shift = shift, Rectifies = job.Channels.Rectifies };
                ScaleLines<TVector>(finish, x + first, y + first, count, wide);
            }
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

/// <summary>What is done to each value of a channel: y = (z − o) s + t, and then y = max(y, 0) where it is rectified. Without numbers it is rectified
/// alone, or nothing is done.</summary>
internal ref struct ChannelScale
{
    /// <summary>o, s and t of each channel; empty: z is not scaled.</summary>
    public ReadOnlySpan<float> Origin, Scale, Shift;
    public bool Rectifies;

    public readonly bool IsNone => Scale.IsEmpty && !Rectifies;
}

/// <summary>The same for pinned numbers, done to values that are in the near cache because they have just been made.</summary>
internal unsafe struct ChannelFinish
{
    public float* Origin, Scale, Shift;
    public bool Rectifies;

    public readonly bool IsNone => Scale == null && !Rectifies;

    /// <summary>y of z, which may be in the same place.</summary>
    /// <param name="z">The first channel of the first pixel.</param>
    /// <param name="y">Where its y is to be.</param>
    /// <param name="step">From one pixel to the next.</param>
    /// <param name="pixels">How many there are.</param>
    /// <param name="channel">Which channel the first one is.</param>
    /// <param name="channels">How many channels of each pixel.</param>
    public readonly void Apply<TVector>(float* z, float* y, nint step, int pixels, int channel, int channels)
        where TVector : struct, ISimdVector<TVector>
    {
        if (Scale == null && step == channels)
            (channels, pixels) = (channels * pixels, 1); // the numbers of no channel are needed
        int i = 0;
        for (; i <= channels - (2 * TVector.Count); i += 2 * TVector.Count)
            TwoVectors<TVector>(z + i, y + i, step, pixels, channel + i);
        for (; i < channels; i += TVector.Count)
            Rest<TVector>(z + i, y + i, step, pixels, channel + i, channels - i);
    }

    /// <summary>max(z, 0), which lets a NaN through.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Rectify<TVector>(TVector z) where TVector : struct, ISimdVector<TVector> =>
        TVector.Select(TVector.LessThanOrEqual(z, TVector.Zero), TVector.Zero, z);

    // The numbers of two vectors stay in registers from pixel to pixel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void TwoVectors<TVector>(float* z, float* y, nint step, int pixels, int channel) where TVector : struct, ISimdVector<TVector>
    {
        (bool scales, bool rectifies) = (Scale != null, Rectifies);
        TVector o0 = default, s0 = default, t0 = default, o1 = default, s1 = default, t1 = default;
        if (scales)
        {
            (o0, s0, t0) = (TVector.Load(Origin + channel), TVector.Load(Scale + channel), TVector.Load(Shift + channel));
            channel += TVector.Count;
            (o1, s1, t1) = (TVector.Load(Origin + channel), TVector.Load(Scale + channel), TVector.Load(Shift + channel));
        }

        for (; pixels > 0; pixels--, z += step, y += step)
        {
            TVector y0 = TVector.Load(z), y1 = TVector.Load(z + TVector.Count);
            if (scales)
            {
                y0 = TVector.FusedMultiplyAdd(y0 - o0, s0, t0);
                y1 = TVector.FusedMultiplyAdd(y1 - o1, s1, t1);
            }

            if (rectifies)
            {
                y0 = Rectify(y0);
                y1 = Rectify(y1);
            }

            TVector.Store(y0, y);
            TVector.Store(y1, y + TVector.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void Rest<TVector>(float* z, float* y, nint step, int pixels, int channel, int left) where TVector : struct, ISimdVector<TVector>
    {
        (bool scales, bool rectifies) = (Scale != null, Rectifies);
        TVector o = default, s = default, t = default;
        if (scales)
        {
            o = VectorTail.Load<TVector>(Origin + channel, left);
            s = VectorTail.Load<TVector>(Scale + channel, left);
            t = VectorTail.Load<TVector>(Shift + channel, left);
        }

        for (; pixels > 0; pixels--, z += step, y += step)
        {
            TVector value = VectorTail.Load<TVector>(z, left);
            if (scales)
                value = TVector.FusedMultiplyAdd(value - o, s, t);
            VectorTail.Store(rectifies ? Rectify(value) : value, y, left);
        }
    }
}
