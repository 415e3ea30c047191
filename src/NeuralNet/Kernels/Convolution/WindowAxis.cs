namespace NeuralNet.Kernels;

/// <summary>How a window slides along one axis: over <paramref name="Before"/> values of padding, <paramref name="Size"/> values of the input and
/// <paramref name="After"/> values of padding.</summary>
/// <param name="Size">The length of the input.</param>
/// <param name="Kernel">How many values the window has.</param>
/// <param name="Stride">From one place of the window to the next.</param>
/// <param name="Dilation">From one value of the window to the next.</param>
/// <param name="Before">The padding before the input.</param>
/// <param name="After">The padding behind it.</param>
/// <param name="Beyond">How much of that no padding was asked for: a last window reaches so far.</param>
internal readonly record struct WindowAxis(int Size, int Kernel, int Stride, int Dilation, int Before, int After, int Beyond = 0)
{
    /// <summary>From the first value of the window to behind its last.</summary>
    public int Extent => ((Kernel - 1) * Dilation) + 1;

    /// <summary>The length with padding.</summary>
    public int Padded => Size + Before + After;

    /// <summary>How many places the window has; at most 0 where it is longer than the padded input.</summary>
    public int Outputs { get; } = Size + Before + After <= (long)(Kernel - 1) * Dilation ? 0
        : ((Size + Before + After - ((Kernel - 1) * Dilation) - 1) / Stride) + 1;

    /// <summary>Whether the window is each value by itself, one after the other.</summary>
    public bool IsPointwise => Kernel == 1 && Stride == 1 && !IsPadded;

    /// <summary>Whether there is any padding.</summary>
    public bool IsPadded => Before > 0 || After > 0;

    /// <summary>Whether no value of the input lies in two windows.</summary>
    public bool IsApart => Extent <= Stride;

    /// <summary>Whether the windows, side by side, are the input.</summary>
    public bool IsTiled => Kernel == Stride && Dilation == 1 && !IsPadded && (long)Outputs * Stride == Size;

    /// <summary>How many values of a window lie in the input.</summary>
    public int TapsAt(int output)
    {
        (int first, int end) = Forward.TapsAt(output);
        return end - first;
    }

    /// <summary>How many values of a window without dilation lie in the input or in the padding that was asked for.</summary>
    public int PaddedTapsAt(int output) => Math.Min(Kernel, Padded - Beyond - (output * Stride));

    /// <summary>The first window that lies in padding alone; −1 if there is none.</summary>
    public int FirstOutside()
    {
        // Windows as close as that have a value in the input if they reach over any of it: only the first and the last may not.
        for (int output = 0; output < Outputs; output += Size >= Dilation ? Math.Max(1, Outputs - 1) : 1)
        {
            if (TapsAt(output) <= 0)
                return output;
        }

        return -1;
    }

    /// <summary>How the outputs lie in the input.</summary>
    public WindowWalk Forward => new(Outputs, -Before, Stride, Dilation, Kernel, Size, 0, 1);

    /// <summary>How the inputs of a phase, every so many of which the stride says, lie in the outputs: the last value of the window first, so that
    /// the outputs ascend.</summary>
    public WindowWalk Backward(int phase)
    {
        int step = Stride, tap = Kernel - 1, taps = 0;
        for (int other = Dilation; other != 0;)
            (step, other) = (other, step % other);
        step = Stride / step;
        while (tap >= 0 && (phase + Before - (tap * Dilation)) % Stride != 0)
            tap--;
        taps = tap < 0 ? 0 : (tap / step) + 1;
        int pixels = (Size - phase + Stride - 1) / Stride, origin = (phase + Before - (tap * Dilation)) / Stride;
        return new(pixels, origin, 1, (int)((long)step * Dilation / Stride), taps, Outputs, tap, -step);
    }

    /// <summary>The outputs whose windows have their value k in the input, from the first to behind the last.</summary>
    public (int First, int End) OutputsWith(int k)
    {
        int place = (k * Dilation) - Before;
        int first = place >= 0 ? 0 : (-place + Stride - 1) / Stride, end = place >= Size ? 0 : Math.Min(Outputs, ((Size - 1 - place) / Stride) + 1);
        return (first, Math.Max(first, end));
    }

    /// <summary>The outputs whose windows may have one of these inputs, from the first to behind the last.</summary>
    public (int First, int End) OutputsOver(int first, int count)
    {
        int place = first + Before - Extent + 1;
        return (place <= 0 ? 0 : place / Stride, Math.Min(Outputs, ((first + count - 1 + Before) / Stride) + 1));
    }
}

/// <summary>How the pixels of one side of a convolution lie in the other along an axis: pixel i goes with the places Origin + i · PixelStep +
/// j · TapStep for j from 0, of which those from 0 to below Limit exist, and there with the value Tap + j · WeightStep of the window.</summary>
internal readonly record struct WindowWalk(
    int Pixels, int Origin, int PixelStep, int TapStep, int Taps, int Limit, int Tap, int WeightStep)
{
    /// <summary>The place that goes with a pixel and j.</summary>
    public int PlaceOf(int pixel, int j) => Origin + (pixel * PixelStep) + (j * TapStep);

    /// <summary>The value of the window that goes with j.</summary>
    public int TapOf(int j) => Tap + (j * WeightStep);

    /// <summary>Which j exist for a pixel, from the first to behind the last.</summary>
    public (int First, int End) TapsAt(int pixel)
    {
        int place = Origin + (pixel * PixelStep);
        int first = place >= 0 ? 0 : (-place + TapStep - 1) / TapStep, end = place >= Limit ? 0 : Math.Min(Taps, ((Limit - 1 - place) / TapStep) + 1);
        return (first, end);
    }

    /// <summary>How many pixels from this one on, and before an end, have the same j.</summary>
    public int AlikeAt(int pixel, int end)
    {
        int place = Origin + (pixel * PixelStep);
        (int first, int behind) = TapsAt(pixel);
        int alike = end - pixel;

        // Until the value before the first one exists too, and while the last one does.
        if (first > 0)
            alike = Math.Min(alike, ((-place - ((first - 1) * TapStep) - 1) / PixelStep) + 1);
        if (behind > 0)
            alike = Math.Min(alike, ((Limit - 1 - place - ((behind - 1) * TapStep)) / PixelStep) + 1);
        return alike;
    }

    /// <summary>The pixels for which all exist, from the first to behind the last.</summary>
    public (int First, int End) Inner()
    {
        int first = Origin >= 0 ? 0 : (-Origin + PixelStep - 1) / PixelStep, last = Limit - 1 - ((Taps - 1) * TapStep) - Origin;
        first = Math.Min(first, Pixels);
        return (first, last < 0 ? first : Math.Clamp((last / PixelStep) + 1, first, Pixels));
    }
}
