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

        // A vector that is half as wide has the same values, and takes half the time where a machine does 512 bits in two halves.
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
            TPass.Fours<TVector, TPart>(this, AtOnce, first, channel, end);
            if (first < pixels)
                TPass.Ones<TVector, TPart>(this, first, channel, end);
            return;
        }

        if (others < end - channel)
            TPass.Fours<TVector, TPart>(this, 1, pixels, channel, end - others);
        if (others > 0)
            TPass.Ones<TVector, TPart>(this, 0, end - others, end);
    }

    // What is done to windows. A method has its loops within it: the JIT inlines no method that has so many vectors.
    private interface IPass
    {
        // Whether the order of windows does not matter.
        static abstract bool IsAlone(in PoolWindows windows);

        // Four vectors at once, of four pixels or of one: of the pixels from the first, and the channels from one to behind another.
        static abstract void Fours<TVector, TPart>(in PoolWindows windows, int pixelStep, int pixels, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart;

        // One vector after the other, from a pixel to the last.
        static abstract void Ones<TVector, TPart>(in PoolWindows windows, int pixel, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart;
    }

    private readonly struct Outputs<TFormula> : IPass where TFormula : struct, IPoolFormula
    {
        public static bool IsAlone(in PoolWindows windows) => true;

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Fours<TVector, TPart>(in PoolWindows windows, int pixelStep, int pixels, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int rest = end - channel, taps = windows.Taps, lines = windows.Lines;
            TVector lanes = TVector.FirstLanes(rest), factor = TVector.Broadcast(windows.Factor);
            bool byPixels = pixelStep > 1;
            (nint next, nint nextOutput) = byPixels ? (windows.XPixel, windows.Channels) : (TVector.Count, TVector.Count);
            int step = byPixels ? TVector.Count : AtOnce * TVector.Count;
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            for (int pixel = 0; pixel < pixels; pixel += pixelStep)
            {
                for (int channelAt = channel; channelAt < end; channelAt += step)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    float* x = windows.X + xAt, y = windows.Y + yAt;
                    TVector all0 = default, all1 = default, all2 = default, all3 = default;
                    for (int line = 0; line < lines; line++, x += lineStep)
                    {
                        float* at = x;
                        TVector one0 = TPart.Load(at, rest, lanes), one1 = TPart.Load(at + next, rest, lanes);
                        TVector one2 = TPart.Load(at + (2 * next), rest, lanes), one3 = TPart.Load(at + (3 * next), rest, lanes);
                        for (int tap = 1; tap < taps; tap++)
                        {
                            at += tapStep;
                            one0 = TFormula.Join(one0, TPart.Load(at, rest, lanes));
                            one1 = TFormula.Join(one1, TPart.Load(at + next, rest, lanes));
                            one2 = TFormula.Join(one2, TPart.Load(at + (2 * next), rest, lanes));
                            one3 = TFormula.Join(one3, TPart.Load(at + (3 * next), rest, lanes));
                        }

                        all0 = line == 0 ? one0 : TFormula.Join(all0, one0);
                        all1 = line == 0 ? one1 : TFormula.Join(all1, one1);
                        all2 = line == 0 ? one2 : TFormula.Join(all2, one2);
                        all3 = line == 0 ? one3 : TFormula.Join(all3, one3);
                    }

                    TPart.Store(TFormula.Scale(all0, factor), y, rest, lanes);
                    TPart.Store(TFormula.Scale(all1, factor), y + nextOutput, rest, lanes);
                    TPart.Store(TFormula.Scale(all2, factor), y + (2 * nextOutput), rest, lanes);
                    TPart.Store(TFormula.Scale(all3, factor), y + (3 * nextOutput), rest, lanes);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Ones<TVector, TPart>(in PoolWindows windows, int pixel, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int rest = end - channel, taps = windows.Taps, lines = windows.Lines;
            TVector lanes = TVector.FirstLanes(rest), factor = TVector.Broadcast(windows.Factor);
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            for (; pixel < windows.Pixels; pixel++)
            {
                for (int channelAt = channel; channelAt < end; channelAt += TVector.Count)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    float* x = windows.X + xAt, y = windows.Y + yAt;
                    TVector all = default;
                    for (int line = 0; line < lines; line++, x += lineStep)
                    {
                        float* at = x;
                        TVector one = TPart.Load(at, rest, lanes);
                        for (int tap = 1; tap < taps; tap++)
                            one = TFormula.Join(one, TPart.Load(at += tapStep, rest, lanes));
                        all = line == 0 ? one : TFormula.Join(all, one);
                    }

                    TPart.Store(TFormula.Scale(all, factor), y, rest, lanes);
                }
            }
        }
    }

    private readonly struct Gradients<TFormula> : IPass where TFormula : struct, IPoolFormula
    {
        public static bool IsAlone(in PoolWindows windows) => windows.IsAlone;

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Fours<TVector, TPart>(in PoolWindows windows, int pixelStep, int pixels, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int rest = end - channel, taps = windows.Taps, lines = windows.Lines;
            TVector lanes = TVector.FirstLanes(rest), factor = TVector.Broadcast(windows.Factor);
            bool byPixels = pixelStep > 1;
            (nint next, nint nextOutput) = byPixels ? (windows.XPixel, windows.Channels) : (TVector.Count, TVector.Count);
            int step = byPixels ? TVector.Count : AtOnce * TVector.Count;
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            (int firstLine, int firstTap, bool isAlone) = (windows.FirstLine, windows.FirstTap, windows.IsAlone);
            int someLines = windows.EndLine - firstLine, someTaps = windows.EndTap - firstTap;
            for (int pixel = 0; pixel < pixels; pixel += pixelStep)
            {
                for (int channelAt = channel; channelAt < end; channelAt += step)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    float* from = windows.Dy + yAt;
                    TVector left0 = TFormula.Scale(TPart.Load(from, rest, lanes), factor);
                    TVector left1 = TFormula.Scale(TPart.Load(from + nextOutput, rest, lanes), factor);
                    TVector left2 = TFormula.Scale(TPart.Load(from + (2 * nextOutput), rest, lanes), factor);
                    TVector left3 = TFormula.Scale(TPart.Load(from + (3 * nextOutput), rest, lanes), factor);
                    TVector y0 = default, y1 = default, y2 = default, y3 = default, x0 = default, x1 = default, x2 = default, x3 = default;
                    if (TFormula.ReadsValues)
                    {
                        from = windows.Y + yAt;
                        (y0, y1) = (TPart.Load(from, rest, lanes), TPart.Load(from + nextOutput, rest, lanes));
                        (y2, y3) = (TPart.Load(from + (2 * nextOutput), rest, lanes), TPart.Load(from + (3 * nextOutput), rest, lanes));
                    }

                    float* x = windows.X + xAt, dx = windows.Dx + xAt;
                    for (int line = 0; line < lines; line++, x += lineStep, dx += lineStep)
                    {
                        bool isOurs = (uint)(line - firstLine) < (uint)someLines;
                        float* at = x, to = dx;
                        for (int tap = 0; tap < taps; tap++, at += tapStep, to += tapStep)
                        {
                            if (TFormula.ReadsValues)
                            {
                                (x0, x1) = (TPart.Load(at, rest, lanes), TPart.Load(at + next, rest, lanes));
                                (x2, x3) = (TPart.Load(at + (2 * next), rest, lanes), TPart.Load(at + (3 * next), rest, lanes));
                            }

                            TVector given0 = TFormula.Give(ref left0, x0, y0), given1 = TFormula.Give(ref left1, x1, y1);
                            TVector given2 = TFormula.Give(ref left2, x2, y2), given3 = TFormula.Give(ref left3, x3, y3);
                            if (!isOurs || (uint)(tap - firstTap) >= (uint)someTaps)
                                continue;
                            if (!isAlone)
                            {
                                (given0, given1) = (TPart.Load(to, rest, lanes) + given0, TPart.Load(to + next, rest, lanes) + given1);
                                given2 = TPart.Load(to + (2 * next), rest, lanes) + given2;
                                given3 = TPart.Load(to + (3 * next), rest, lanes) + given3;
                            }

                            TPart.Store(given0, to, rest, lanes);
                            TPart.Store(given1, to + next, rest, lanes);
                            TPart.Store(given2, to + (2 * next), rest, lanes);
                            TPart.Store(given3, to + (3 * next), rest, lanes);
                        }
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public static void Ones<TVector, TPart>(in PoolWindows windows, int pixel, int channel, int end)
            where TVector : struct, ISimdVector<TVector>
            where TPart : struct, IVectorPart
        {
            int rest = end - channel, taps = windows.Taps, lines = windows.Lines;
            TVector lanes = TVector.FirstLanes(rest), factor = TVector.Broadcast(windows.Factor);
            nint tapStep = windows.XStep, lineStep = windows.XLine;
            (int firstLine, int firstTap, bool isAlone) = (windows.FirstLine, windows.FirstTap, windows.IsAlone);
            int someLines = windows.EndLine - firstLine, someTaps = windows.EndTap - firstTap;
            for (; pixel < windows.Pixels; pixel++)
            {
                for (int channelAt = channel; channelAt < end; channelAt += TVector.Count)
                {
                    nint xAt = (pixel * windows.XPixel) + channelAt, yAt = ((nint)pixel * windows.Channels) + channelAt;
                    TVector given = TFormula.Scale(TPart.Load(windows.Dy + yAt, rest, lanes), factor), x = default, y = default;
                    if (TFormula.ReadsValues)
                        y = TPart.Load(windows.Y + yAt, rest, lanes);
                    float* from = windows.X + xAt, dx = windows.Dx + xAt;
                    for (int line = 0; line < lines; line++, from += lineStep, dx += lineStep)
                    {
                        bool isOurs = (uint)(line - firstLine) < (uint)someLines;
                        float* at = from, to = dx;
                        for (int tap = 0; tap < taps; tap++, at += tapStep, to += tapStep)
                        {
                            if (TFormula.ReadsValues)
                                x = TPart.Load(at, rest, lanes);
                            TVector part = TFormula.Give(ref given, x, y);
                            if (!isOurs || (uint)(tap - firstTap) >= (uint)someTaps)
                                continue;
                            TPart.Store(isAlone ? part : TPart.Load(to, rest, lanes) + part, to, rest, lanes);
                        }
                    }
                }
            }
        }
    }

    // Whole vectors, or the first lanes of one.
    private interface IVectorPart
    {
        static abstract TVector Load<TVector>(float* from, int rest, TVector lanes) where TVector : struct, ISimdVector<TVector>;

        static abstract void Store<TVector>(TVector value, float* to, int rest, TVector lanes) where TVector : struct, ISimdVector<TVector>;
    }

    private readonly struct WholeVector : IVectorPart
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Load<TVector>(float* from, int rest, TVector lanes) where TVector : struct, ISimdVector<TVector> => TVector.Load(from);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TVector>(TVector value, float* to, int rest, TVector lanes) where TVector : struct, ISimdVector<TVector> =>
            TVector.Store(value, to);
    }

    private readonly struct FirstLanes : IVectorPart
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Load<TVector>(float* from, int rest, TVector lanes) where TVector : struct, ISimdVector<TVector> =>
            TVector.LoadPartial(from, rest, lanes);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TVector>(TVector value, float* to, int rest, TVector lanes) where TVector : struct, ISimdVector<TVector> =>
            TVector.StorePartial(value, to, rest, lanes);
    }
}
