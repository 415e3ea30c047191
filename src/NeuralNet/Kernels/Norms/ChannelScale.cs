using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>What is done to each value of a channel: y = (z − o) s + t, and then y = max(y, 0) where it is rectified. Without numbers it is rectified
/// alone, or nothing is done.</summary>
internal ref struct ChannelScale
{
    /// <summary>o, s and t of each channel, over and over for a whole line (<see cref="ColumnLines.Wide"/>); empty: z is not scaled.</summary>
    public ReadOnlySpan<float> Origin, Scale, Shift;
    public bool Rectifies;

    public readonly bool IsNone => Scale.IsEmpty && !Rectifies;

    /// <summary>Refuses numbers that are not those of so many channels.</summary>
    public readonly void Check(int channels)
    {
        if (Scale.IsEmpty)
            return;
        Require.SameLength(Scale.Length, new ColumnLines(channels).Wide);
        Require.SameLength(Origin.Length, Scale.Length);
        Require.SameLength(Shift.Length, Scale.Length);
    }
}

/// <summary>The same for pinned numbers, done to values that are in the near cache because they have just been made.</summary>
internal readonly unsafe struct ChannelFinish(in ChannelScale channels, float* origin, float* scale, float* shift)
{
    private readonly int wide = channels.Scale.Length;
    private readonly bool rectifies = channels.Rectifies;

    public bool IsNone => scale == null && !rectifies;

    /// <summary>y of z, which may be in the same place.</summary>
    /// <param name="z">The first channel of the first pixel.</param>
    /// <param name="y">Where its y is to be.</param>
    /// <param name="step">From one pixel to the next.</param>
    /// <param name="pixels">How many there are.</param>
    /// <param name="channel">Which channel the first one is.</param>
    /// <param name="channels">How many channels of each pixel.</param>
    public void Apply<TVector>(float* z, float* y, nint step, int pixels, int channel, int channels) where TVector : struct, ISimdVector<TVector>
    {
        int two = 2 * TVector.Count;
        if (step == channels && (scale == null || (channels < wide && channels < two)))
        {
            // Pixels one behind the other are lines of any width where no numbers are needed, and where there are few channels, of the width for
            // which the numbers are given.
            int width = scale == null ? two : wide, floats = pixels * channels, lines = floats / width;
            Pixels<TVector>(z, y, width, lines, 0, width);
            z += (nint)lines * width;
            y += (nint)lines * width;
            (pixels, channels) = (1, floats - (lines * width));
        }

        Pixels<TVector>(z, y, step, pixels, channel, channels);
    }

    /// <summary>The numbers of a vector of channels, for sums that are still in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelNumbers<TVector> Numbers<TVector>(int channel, int left) where TVector : struct, ISimdVector<TVector> => scale == null
        ? new() { Scales = false, Rectifies = rectifies }
        : new()
        {
            Origin = VectorTail.Load<TVector>(origin + channel, left),
            Scale = VectorTail.Load<TVector>(scale + channel, left),
            Shift = VectorTail.Load<TVector>(shift + channel, left),
            Scales = true,
            Rectifies = rectifies,
        };

    private void Pixels<TVector>(float* z, float* y, nint step, int pixels, int channel, int channels) where TVector : struct, ISimdVector<TVector>
    {
        if (scale == null)
            Columns<TVector, Rectified>(z, y, step, pixels, channel, channels);
        else if (rectifies)
            Columns<TVector, ScaledAndRectified>(z, y, step, pixels, channel, channels);
        else
            Columns<TVector, Scaled>(z, y, step, pixels, channel, channels);
    }

    private void Columns<TVector, TFormula>(float* z, float* y, nint step, int pixels, int channel, int channels)
        where TVector : struct, ISimdVector<TVector> where TFormula : struct, IFormula
    {
        int i = 0;
        for (; i <= channels - (2 * TVector.Count); i += 2 * TVector.Count)
            TwoVectors<TVector, TFormula>(z + i, y + i, step, pixels, channel + i);
        for (; i < channels; i += TVector.Count)
            Rest<TVector, TFormula>(z + i, y + i, step, pixels, channel + i, channels - i);
    }

    // The numbers of two vectors stay in registers from pixel to pixel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void TwoVectors<TVector, TFormula>(float* z, float* y, nint step, int pixels, int channel)
        where TVector : struct, ISimdVector<TVector> where TFormula : struct, IFormula
    {
        TVector o0 = default, s0 = default, t0 = default, o1 = default, s1 = default, t1 = default;
        if (TFormula.Scales)
        {
            (o0, s0, t0) = (TVector.Load(origin + channel), TVector.Load(scale + channel), TVector.Load(shift + channel));
            channel += TVector.Count;
            (o1, s1, t1) = (TVector.Load(origin + channel), TVector.Load(scale + channel), TVector.Load(shift + channel));
        }

        for (; pixels > 0; pixels--, z += step, y += step)
        {
            TVector.Store(TFormula.Of(TVector.Load(z), o0, s0, t0), y);
            TVector.Store(TFormula.Of(TVector.Load(z + TVector.Count), o1, s1, t1), y + TVector.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Rest<TVector, TFormula>(float* z, float* y, nint step, int pixels, int channel, int left)
        where TVector : struct, ISimdVector<TVector> where TFormula : struct, IFormula
    {
        TVector o = default, s = default, t = default;
        if (TFormula.Scales)
        {
            o = VectorTail.Load<TVector>(origin + channel, left);
            s = VectorTail.Load<TVector>(scale + channel, left);
            t = VectorTail.Load<TVector>(shift + channel, left);
        }

        if (left >= TVector.Count)
        {
            for (; pixels > 1; pixels -= 2, z += 2 * step, y += 2 * step)
            {
                TVector.Store(TFormula.Of(TVector.Load(z), o, s, t), y);
                TVector.Store(TFormula.Of(TVector.Load(z + step), o, s, t), y + step);
            }
        }

        for (; pixels > 0; pixels--, z += step, y += step)
            VectorTail.Store(TFormula.Of(VectorTail.Load<TVector>(z, left), o, s, t), y, left);
    }

    // A loop for each, without a choice for every pixel.
    private interface IFormula
    {
        static abstract bool Scales { get; }

        static abstract TVector Of<TVector>(TVector z, TVector o, TVector s, TVector t) where TVector : struct, ISimdVector<TVector>;
    }

    private readonly struct Scaled : IFormula
    {
        public static bool Scales => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<TVector>(TVector z, TVector o, TVector s, TVector t) where TVector : struct, ISimdVector<TVector> =>
            TVector.FusedMultiplyAdd(z - o, s, t);
    }

    private readonly struct Rectified : IFormula
    {
        public static bool Scales => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<TVector>(TVector z, TVector o, TVector s, TVector t) where TVector : struct, ISimdVector<TVector> =>
            TVector.Rectify(z);
    }

    private readonly struct ScaledAndRectified : IFormula
    {
        public static bool Scales => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<TVector>(TVector z, TVector o, TVector s, TVector t) where TVector : struct, ISimdVector<TVector> =>
            Rectified.Of(Scaled.Of(z, o, s, t), o, s, t);
    }
}

/// <summary>What is done to a vector of channels.</summary>
internal struct ChannelNumbers<TVector> where TVector : struct, ISimdVector<TVector>
{
    public TVector Origin, Scale, Shift;
    public bool Scales, Rectifies;

    /// <summary>y of z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Of(TVector z)
    {
        TVector y = Scales ? TVector.FusedMultiplyAdd(z - Origin, Scale, Shift) : z;
        return Rectifies ? TVector.Rectify(y) : y;
    }
}
