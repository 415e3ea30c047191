using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Neighbouring windows of a line of outputs that have the same number of values in the input.</summary>
/// <remarks>Channels lie side by side, so a vector of them goes through a window together; several pixels, or several vectors of one pixel, do so
/// at the same time, because one chain waits for each operation. What is made of a line of the window is joined with that of the lines above: so the
/// order is the same for every vector width, and the mean of a large image keeps its digits.</remarks>
internal unsafe struct PoolWindows
{
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

    /// <summary>y of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Forward<TVector, TFormula>() where TVector : struct, ISimdVector<TVector> where TFormula : struct, IPoolFormula
    {
        const int AtOnce = 4;
        int pixel = 0, whole = Channels - (Channels % TVector.Count), left = Channels - whole;
        TVector first = TVector.FirstLanes(left);
        for (; pixel <= Pixels - AtOnce && whole > 0; pixel += AtOnce)
        {
            float* x = X + (pixel * XPixel), y = Y + ((nint)pixel * Channels);
            for (int channel = 0; channel < whole; channel += TVector.Count)
                Four<TVector, TFormula>(x + channel, y + channel, XPixel, Channels);
            for (int one = 0; one < AtOnce && left > 0; one++)
                Rest<TVector, TFormula>(x + whole + (one * XPixel), y + whole + ((nint)one * Channels), left, first);
        }

        for (; pixel < Pixels; pixel++)
        {
            float* x = X + (pixel * XPixel), y = Y + ((nint)pixel * Channels);
            int channel = 0;
            for (; channel <= whole - (AtOnce * TVector.Count); channel += AtOnce * TVector.Count)
                Four<TVector, TFormula>(x + channel, y + channel, TVector.Count, TVector.Count);
            for (; channel < whole; channel += TVector.Count)
                Rest<TVector, TFormula>(x + channel, y + channel, TVector.Count, TVector.FirstLanes(TVector.Count));
            if (left > 0)
                Rest<TVector, TFormula>(x + whole, y + whole, left, first);
        }
    }

    /// <summary>dx of dy, and of x and y where the formula goes by them. Values are written where each lies in one window at most, otherwise added
    /// to what is there. Only those are touched that lie in some lines and columns of the input.</summary>
    /// <param name="line">Where the first line of the windows lies within the lines that may be touched.</param>
    /// <param name="ours">How many lines may be touched.</param>
    /// <param name="dilation">From one line of the window to the next.</param>
    /// <param name="column">The same for columns: where the first one of the first window lies.</param>
    /// <param name="ourColumns">How many may be touched.</param>
    /// <param name="columnDilation">From one column of the window to the next.</param>
    /// <param name="stride">From one window to the next.</param>
    /// <param name="isAlone">Whether no value lies in two windows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Backward<TVector, TFormula>(
        int line, int ours, int dilation, int column, int ourColumns, int columnDilation, int stride, bool isAlone)
        where TVector : struct, ISimdVector<TVector>
        where TFormula : struct, IPoolFormula
    {
        TVector factor = TVector.Broadcast(Factor), y = default, x = default;
        nint step = XStep;
        for (int pixel = 0; pixel < Pixels; pixel++, column += stride)
        {
            for (int channel = 0; channel < Channels; channel += TVector.Count)
            {
                int rest = Channels - channel;
                nint to = ((nint)pixel * Channels) + channel, from = (pixel * XPixel) + channel;
                TVector left = TFormula.Scale(VectorTail.Load<TVector>(Dy + to, rest), factor);
                if (TFormula.ReadsValues)
                    y = VectorTail.Load<TVector>(Y + to, rest);
                for (int ky = 0, lineAt = line; ky < Lines; ky++, lineAt += dilation, from += XLine)
                {
                    bool isOurs = (uint)lineAt < (uint)ours;
                    nint at = from;
                    for (int kx = 0, columnAt = column; kx < Taps; kx++, columnAt += columnDilation, at += step)
                    {
                        if (TFormula.ReadsValues)
                            x = VectorTail.Load<TVector>(X + at, rest);
                        TVector given = TFormula.Give(ref left, x, y);
                        if (!isOurs || (uint)columnAt >= (uint)ourColumns)
                            continue;
                        if (!isAlone)
                            given = VectorTail.Load<TVector>(Dx + at, rest) + given;
                        VectorTail.Store(given, Dx + at, rest);
                    }
                }
            }
        }
    }

    // Four vectors, so far apart in x and in y.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Four<TVector, TFormula>(float* x, float* y, nint next, nint nextOutput)
        where TVector : struct, ISimdVector<TVector>
        where TFormula : struct, IPoolFormula
    {
        TVector all0 = default, all1 = default, all2 = default, all3 = default;
        nint step = XStep;
        for (int line = 0; line < Lines; line++, x += XLine)
        {
            float* at = x;
            TVector one0 = TVector.Load(at), one1 = TVector.Load(at + next);
            TVector one2 = TVector.Load(at + (2 * next)), one3 = TVector.Load(at + (3 * next));
            for (int tap = 1; tap < Taps; tap++)
            {
                at += step;
                one0 = TFormula.Join(one0, TVector.Load(at));
                one1 = TFormula.Join(one1, TVector.Load(at + next));
                one2 = TFormula.Join(one2, TVector.Load(at + (2 * next)));
                one3 = TFormula.Join(one3, TVector.Load(at + (3 * next)));
            }

            all0 = line == 0 ? one0 : TFormula.Join(all0, one0);
            all1 = line == 0 ? one1 : TFormula.Join(all1, one1);
            all2 = line == 0 ? one2 : TFormula.Join(all2, one2);
            all3 = line == 0 ? one3 : TFormula.Join(all3, one3);
        }

        TVector factor = TVector.Broadcast(Factor);
        TVector.Store(TFormula.Scale(all0, factor), y);
        TVector.Store(TFormula.Scale(all1, factor), y + nextOutput);
        TVector.Store(TFormula.Scale(all2, factor), y + (2 * nextOutput));
        TVector.Store(TFormula.Scale(all3, factor), y + (3 * nextOutput));
    }

    // One vector, or what is left of one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Rest<TVector, TFormula>(float* x, float* y, int left, TVector first)
        where TVector : struct, ISimdVector<TVector>
        where TFormula : struct, IPoolFormula
    {
        TVector all = default;
        nint step = XStep;
        for (int line = 0; line < Lines; line++, x += XLine)
        {
            float* at = x;
            TVector one = TVector.LoadPartial(at, left, first);
            for (int tap = 1; tap < Taps; tap++)
                one = TFormula.Join(one, TVector.LoadPartial(at += step, left, first));
            all = line == 0 ? one : TFormula.Join(all, one);
        }

        TVector.StorePartial(TFormula.Scale(all, TVector.Broadcast(Factor)), y, left);
    }
}
