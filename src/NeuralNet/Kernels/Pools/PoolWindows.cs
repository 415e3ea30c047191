using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Neighbouring windows of a line of outputs that have the same number of values in the input.</summary>
/// <remarks>Channels lie side by side, so a vector of them goes through a window together; several pixels, or several vectors of one pixel, do so
/// at the same time, because one chain waits for each operation. What is made of a line of the window is joined with that of the lines above: so the
/// order is the same for every vector width, and the mean of a large image keeps its digits.</remarks>
internal unsafe struct PoolWindows
{
    // So many vectors go through a window at the same time.
    private const int AtOnce = 4;

    /// <summary>The first value of the first window, and where its output lies.</summary>
    public float* X, Y;

    /// <summary>The gradients of the same values; forward has none.</summary>
    public float* Dx, Dy;

    /// <summary>From one line of the window to the next in the input, and how many there are.</summary>
    public nint XLine;
    public int Lines;

    /// <summary>From one value of a line to the next, and how many there are.</summary>
    public nint XStep;
    public int Taps;

    /// <summary>From one window to the next in the input, and how many there are; their outputs lie side by side.</summary>
    public nint XPixel;
    public int Pixels, Channels;

    /// <summary>1 / the number of values in a window.</summary>
    public float Factor;

    /// <summary>Of backward: which lines and which values of a line have their gradient written, from the first to behind the last.</summary>
    public int FirstLine, EndLine, FirstTap, EndTap;

    /// <summary>Of backward: whether no value lies in two windows, so that gradients are written, not added to what is there.</summary>
    public bool IsAlone;

    /// <summary>y of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Forward<TVector, TFormula>() where TVector : struct, ISimdVector<TVector> where TFormula : struct, IPoolFormula
    {
        int pixels = Pixels, channels = Channels, left = channels % TVector.Count, whole = channels - left;
        nint xPixel = XPixel;
        TVector first = TVector.FirstLanes(left);
        float* x = X, y = Y;
        for (; pixels >= AtOnce; pixels -= AtOnce, x += AtOnce * xPixel, y += AtOnce * (nint)channels)
        {
            for (int channel = 0; channel < whole; channel += TVector.Count)
                Four<TVector, TFormula, WholeVector>(x + channel, y + channel, xPixel, channels, 0, first);
            if (left > 0)
                Four<TVector, TFormula, FirstLanes>(x + whole, y + whole, xPixel, channels, left, first);
        }

        for (; pixels > 0; pixels--, x += xPixel, y += channels)
        {
            int channel = 0;
            for (; channel <= whole - (AtOnce * TVector.Count); channel += AtOnce * TVector.Count)
                Four<TVector, TFormula, WholeVector>(x + channel, y + channel, TVector.Count, TVector.Count, 0, first);
            for (; channel < whole; channel += TVector.Count)
                One<TVector, TFormula, WholeVector>(x + channel, y + channel, 0, first);
            if (left > 0)
                One<TVector, TFormula, FirstLanes>(x + whole, y + whole, left, first);
        }
    }

    /// <summary>dx of dy, and of x and y where the formula goes by them.</summary>
    public readonly void Backward<TVector, TFormula>() where TVector : struct, ISimdVector<TVector> where TFormula : struct, IPoolFormula
    {
        int whole = Channels - (Channels % TVector.Count);
        if (whole > 0)
            Give<TVector, TFormula, WholeVector>(0, whole);
        if (whole < Channels)
            Give<TVector, TFormula, FirstLanes>(whole, Channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void Give<TVector, TFormula, TPart>(int channel, int end)
        where TVector : struct, ISimdVector<TVector>
        where TFormula : struct, IPoolFormula
        where TPart : struct, IVectorPart
    {
        int left = end - channel;
        TVector first = TVector.FirstLanes(left);
        for (; channel < end; channel += TVector.Count)
        {
            nint x = channel, y = channel, xPixel = XPixel, yPixel = Channels;
            for (int pixels = Pixels; pixels > 0; pixels--, x += xPixel, y += yPixel)
                GiveOne<TVector, TFormula, TPart>(x, y, left, first);
        }
    }

    // Four vectors, so far apart in x and in y.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Four<TVector, TFormula, TPart>(float* x, float* y, nint next, nint nextOutput, int left, TVector first)
        where TVector : struct, ISimdVector<TVector>
        where TFormula : struct, IPoolFormula
        where TPart : struct, IVectorPart
    {
        TVector all0 = default, all1 = default, all2 = default, all3 = default;
        nint step = XStep, lineStep = XLine;
        int taps = Taps, lines = Lines;
        for (int line = 0; line < lines; line++, x += lineStep)
        {
            float* at = x;
            TVector one0 = TPart.Load(at, left, first), one1 = TPart.Load(at + next, left, first);
            TVector one2 = TPart.Load(at + (2 * next), left, first), one3 = TPart.Load(at + (3 * next), left, first);
            for (int tap = 1; tap < taps; tap++)
            {
                at += step;
                one0 = TFormula.Join(one0, TPart.Load(at, left, first));
                one1 = TFormula.Join(one1, TPart.Load(at + next, left, first));
                one2 = TFormula.Join(one2, TPart.Load(at + (2 * next), left, first));
                one3 = TFormula.Join(one3, TPart.Load(at + (3 * next), left, first));
            }

            all0 = line == 0 ? one0 : TFormula.Join(all0, one0);
            all1 = line == 0 ? one1 : TFormula.Join(all1, one1);
            all2 = line == 0 ? one2 : TFormula.Join(all2, one2);
            all3 = line == 0 ? one3 : TFormula.Join(all3, one3);
        }

        TVector factor = TVector.Broadcast(Factor);
        TPart.Store(TFormula.Scale(all0, factor), y, left, first);
        TPart.Store(TFormula.Scale(all1, factor), y + nextOutput, left, first);
        TPart.Store(TFormula.Scale(all2, factor), y + (2 * nextOutput), left, first);
        TPart.Store(TFormula.Scale(all3, factor), y + (3 * nextOutput), left, first);
    }

    // One vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void One<TVector, TFormula, TPart>(float* x, float* y, int left, TVector first)
        where TVector : struct, ISimdVector<TVector>
        where TFormula : struct, IPoolFormula
        where TPart : struct, IVectorPart
    {
        TVector all = default;
        nint step = XStep, lineStep = XLine;
        int taps = Taps, lines = Lines;
        for (int line = 0; line < lines; line++, x += lineStep)
        {
            float* at = x;
            TVector one = TPart.Load(at, left, first);
            for (int tap = 1; tap < taps; tap++)
                one = TFormula.Join(one, TPart.Load(at += step, left, first));
            all = line == 0 ? one : TFormula.Join(all, one);
        }

        TPart.Store(TFormula.Scale(all, TVector.Broadcast(Factor)), y, left, first);
    }

    // The gradients of one vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void GiveOne<TVector, TFormula, TPart>(nint xAt, nint yAt, int left, TVector first)
        where TVector : struct, ISimdVector<TVector>
        where TFormula : struct, IPoolFormula
        where TPart : struct, IVectorPart
    {
        TVector given = TFormula.Scale(TPart.Load(Dy + yAt, left, first), TVector.Broadcast(Factor)), x = default, y = default;
        if (TFormula.ReadsValues)
            y = TPart.Load(Y + yAt, left, first);
        nint step = XStep, lineStep = XLine;
        int taps = Taps, lines = Lines, firstTap = FirstTap, someTaps = Math.Max(0, EndTap - firstTap), firstLine = FirstLine, someLines = Math.Max(0, EndLine - firstLine);
        bool isAlone = IsAlone;
        float* from = X + xAt, dx = Dx + xAt;
        for (int line = 0; line < lines; line++, from += lineStep, dx += lineStep)
        {
            bool isOurs = (uint)(line - firstLine) < (uint)someLines;
            float* at = from, to = dx;
            for (int tap = 0; tap < taps; tap++, at += step, to += step)
            {
                if (TFormula.ReadsValues)
                    x = TPart.Load(at, left, first);
                TVector part = TFormula.Give(ref given, x, y);
                if (!isOurs || (uint)(tap - firstTap) >= (uint)someTaps)
                    continue;
                TPart.Store(isAlone ? part : TPart.Load(to, left, first) + part, to, left, first);
            }
        }
    }

    private interface IVectorPart
    {
        static abstract TVector Load<TVector>(float* from, int left, TVector first) where TVector : struct, ISimdVector<TVector>;

        static abstract void Store<TVector>(TVector value, float* to, int left, TVector first) where TVector : struct, ISimdVector<TVector>;
    }

    private readonly struct WholeVector : IVectorPart
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Load<TVector>(float* from, int left, TVector first) where TVector : struct, ISimdVector<TVector> => TVector.Load(from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TVector>(TVector value, float* to, int left, TVector first) where TVector : struct, ISimdVector<TVector> =>
            TVector.Store(value, to);
    }

    private readonly struct FirstLanes : IVectorPart
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Load<TVector>(float* from, int left, TVector first) where TVector : struct, ISimdVector<TVector> =>
            TVector.LoadPartial(from, left, first);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TVector>(TVector value, float* to, int left, TVector first) where TVector : struct, ISimdVector<TVector> =>
            TVector.StorePartial(value, to, left);
    }
}
