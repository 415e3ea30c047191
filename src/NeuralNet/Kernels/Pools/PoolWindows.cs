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
    public readonly void Forward<TVector, TFormula>() where TVector : struct, ISimdVector<TVector> where TFormula : struct, IPoolFormula =>
        Run<TVector, Outputs<TFormula>>(0);

    /// <summary>dx of dy, and of x and y where the formula goes by them.</summary>
    public readonly void Backward<TVector, TFormula>() where TVector : struct, ISimdVector<TVector> where TFormula : struct, IPoolFormula =>
        Run<TVector, Gradients<TFormula>>(0);

    private readonly void Run<TVector, TPass>(int channel) where TVector : struct, ISimdVector<TVector> where TPass : struct, IPass
    {
        int left = (Channels - channel) % TVector.Count, whole = Channels - left;
        if (whole > channel)
            Run<TVector, TPass, WholeVector>(channel, whole);
        if (left == 0)
            return;
        if (TVector.Count > Simd256.Count && left <= Simd256.Count)
            Run<Simd256, TPass>(whole);
        else
            Run<TVector, TPass, FirstLanes>(whole, Channels);
    }

    private readonly void Run<TVector, TPass, TPart>(int channel, int end)
        where TVector : struct, ISimdVector<TVector>
        where TPass : struct, IPass
        where TPart : struct, IVectorPart
    {
        int vectors = AtOnce * TVector.Count, others = (end - channel) % vectors, pixels = Pixels;
        if (others > 0 && pixels >= AtOnce && TPass.IsAlone(this))
        {
            int first = pixels - (pixels % AtOnce);
            TPass.Fours<TVector, TPart>(this, AtOnce, first, channel, end, TVector.Count);
            if (first < pixels)
                TPass.Ones<TVector, TPart>(this, first, channel, end);
            return;
        }

        if (others < end - channel)
            TPass.Fours<TVector, TPart>(this, 1, pixels, channel, end - others, vectors);
        if (others > 0)
            TPass.Ones<TVector, TPart>(this, 0, end - others, end);
    }

    private interface IPass
    {
        static abstract bool IsAlone(in PoolWindows windows);

        /// <summary>Four vectors at once: of as many pixels, or of one.</summary>
        static abstract void Fours<TVector, TPart>(in PoolWindows windows, int pixelStep, int pixels, int channel, int end, int step)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart;

        /// <summary>One vector after the other.</summary>
        static abstract void Ones<TVector, TPart>(in PoolWindows windows, int pixel, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart;
    }

    private readonly struct Outputs<TFormula> : IPass where TFormula : struct, IPoolFormula
    {
        public static bool IsAlone(in PoolWindows windows) => true;

        // Four vectors, so far apart in x and in y.
        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Fours<TVector, TPart>(in PoolWindows windows, int pixelStep, int pixels, int channel, int end, int step)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int left = end - channel;
            TVector first = TVector.FirstLanes(left);
            (nint next, nint nextOutput) = pixelStep > 1 ? (windows.XPixel, windows.Channels) : (TVector.Count, TVector.Count);
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            for (int pixel = 0; pixel < pixels; pixel += pixelStep)
            {
                for (int channelAt = channel; channelAt < end; channelAt += step)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    float* x = windows.X + xAt, y = windows.Y + yAt;
                    TVector all0 = default, all1 = default, all2 = default, all3 = default;
                    int taps = windows.Taps, lines = windows.Lines;
                    for (int line = 0; line < lines; line++, x += lineStep)
                    {
                        float* at = x;
                        TVector one0 = TPart.Load(at, left, first), one1 = TPart.Load(at + next, left, first);
                        TVector one2 = TPart.Load(at + (2 * next), left, first), one3 = TPart.Load(at + (3 * next), left, first);
                        for (int tap = 1; tap < taps; tap++)
                        {
                            at += tapStep;
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

                    TVector factor = TVector.Broadcast(windows.Factor);
                    TPart.Store(TFormula.Scale(all0, factor), y, left, first);
                    TPart.Store(TFormula.Scale(all1, factor), y + nextOutput, left, first);
                    TPart.Store(TFormula.Scale(all2, factor), y + (2 * nextOutput), left, first);
                    TPart.Store(TFormula.Scale(all3, factor), y + (3 * nextOutput), left, first);
                }
            }
        }

        // One vector.
        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Ones<TVector, TPart>(in PoolWindows windows, int pixel, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int left = end - channel;
            TVector first = TVector.FirstLanes(left);
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            for (; pixel < windows.Pixels; pixel++)
            {
                for (int channelAt = channel; channelAt < end; channelAt += TVector.Count)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    float* x = windows.X + xAt, y = windows.Y + yAt;
                    TVector all = default;
                    int taps = windows.Taps, lines = windows.Lines;
                    for (int line = 0; line < lines; line++, x += lineStep)
                    {
                        float* at = x;
                        TVector one = TPart.Load(at, left, first);
                        for (int tap = 1; tap < taps; tap++)
                            one = TFormula.Join(one, TPart.Load(at += tapStep, left, first));
                        all = line == 0 ? one : TFormula.Join(all, one);
                    }

                    TPart.Store(TFormula.Scale(all, TVector.Broadcast(windows.Factor)), y, left, first);
                }
            }
        }
    }

    private readonly struct Gradients<TFormula> : IPass where TFormula : struct, IPoolFormula
    {
        public static bool IsAlone(in PoolWindows windows) => windows.IsAlone;

        // The gradients of four vectors, no two of which have a value in common.
        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Fours<TVector, TPart>(in PoolWindows windows, int pixelStep, int pixels, int channel, int end, int step)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int left = end - channel;
            TVector first = TVector.FirstLanes(left);
            (nint next, nint nextOutput) = pixelStep > 1 ? (windows.XPixel, windows.Channels) : (TVector.Count, TVector.Count);
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            for (int pixel = 0; pixel < pixels; pixel += pixelStep)
            {
                for (int channelAt = channel; channelAt < end; channelAt += step)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    float* from = windows.Dy + yAt;
                    TVector factor = TVector.Broadcast(windows.Factor);
                    TVector left0 = TFormula.Scale(TPart.Load(from, left, first), factor);
                    TVector left1 = TFormula.Scale(TPart.Load(from + nextOutput, left, first), factor);
                    TVector left2 = TFormula.Scale(TPart.Load(from + (2 * nextOutput), left, first), factor);
                    TVector left3 = TFormula.Scale(TPart.Load(from + (3 * nextOutput), left, first), factor);
                    TVector y0 = default, y1 = default, y2 = default, y3 = default, x0 = default, x1 = default, x2 = default, x3 = default;
                    if (TFormula.ReadsValues)
                    {
                        from = windows.Y + yAt;
                        (y0, y1) = (TPart.Load(from, left, first), TPart.Load(from + nextOutput, left, first));
                        (y2, y3) = (TPart.Load(from + (2 * nextOutput), left, first), TPart.Load(from + (3 * nextOutput), left, first));
                    }

                    int taps = windows.Taps, lines = windows.Lines, firstTap = windows.FirstTap, someTaps = windows.EndTap - firstTap, firstLine = windows.FirstLine, someLines = windows.EndLine - firstLine;
                    bool isAlone = windows.IsAlone;
                    float* x = windows.X + xAt, dx = windows.Dx + xAt;
                    for (int line = 0; line < lines; line++, x += lineStep, dx += lineStep)
                    {
                        bool isOurs = (uint)(line - firstLine) < (uint)someLines;
                        float* at = x, to = dx;
                        for (int tap = 0; tap < taps; tap++, at += tapStep, to += tapStep)
                        {
                            if (TFormula.ReadsValues)
                            {
                                (x0, x1) = (TPart.Load(at, left, first), TPart.Load(at + next, left, first));
                                (x2, x3) = (TPart.Load(at + (2 * next), left, first), TPart.Load(at + (3 * next), left, first));
                            }

                            TVector given0 = TFormula.Give(ref left0, x0, y0), given1 = TFormula.Give(ref left1, x1, y1);
                            TVector given2 = TFormula.Give(ref left2, x2, y2), given3 = TFormula.Give(ref left3, x3, y3);
                            if (!isOurs || (uint)(tap - firstTap) >= (uint)someTaps)
                                continue;
                            if (!isAlone)
                            {
                                (given0, given1) = (TPart.Load(to, left, first) + given0, TPart.Load(to + next, left, first) + given1);
                                given2 = TPart.Load(to + (2 * next), left, first) + given2;
                                given3 = TPart.Load(to + (3 * next), left, first) + given3;
                            }

                            TPart.Store(given0, to, left, first);
                            TPart.Store(given1, to + next, left, first);
                            TPart.Store(given2, to + (2 * next), left, first);
                            TPart.Store(given3, to + (3 * next), left, first);
                        }
                    }
                }
            }
        }

        // The gradients of one vector.
        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Ones<TVector, TPart>(in PoolWindows windows, int pixel, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int left = end - channel;
            TVector first = TVector.FirstLanes(left);
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            for (; pixel < windows.Pixels; pixel++)
            {
                for (int channelAt = channel; channelAt < end; channelAt += TVector.Count)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    TVector given = TFormula.Scale(TPart.Load(windows.Dy + yAt, left, first), TVector.Broadcast(windows.Factor)), x = default, y = default;
                    if (TFormula.ReadsValues)
                        y = TPart.Load(windows.Y + yAt, left, first);
                    int taps = windows.Taps, lines = windows.Lines, firstTap = windows.FirstTap, someTaps = windows.EndTap - firstTap, firstLine = windows.FirstLine, someLines = windows.EndLine - firstLine;
                    bool isAlone = windows.IsAlone;
                    float* from = windows.X + xAt, dx = windows.Dx + xAt;
                    for (int line = 0; line < lines; line++, from += lineStep, dx += lineStep)
                    {
                        bool isOurs = (uint)(line - firstLine) < (uint)someLines;
                        float* at = from, to = dx;
                        for (int tap = 0; tap < taps; tap++, at += tapStep, to += tapStep)
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
            TVector.StorePartial(value, to, left, first);
    }
}
