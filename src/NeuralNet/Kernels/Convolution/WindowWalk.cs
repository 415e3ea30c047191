namespace NeuralNet.Kernels;

/// <summary>How the pixels of one side of a convolution lie in the other along an axis: pixel i goes with the places Origin + i · PixelStep +
/// j · TapStep for j from 0, of which those from 0 to below Limit exist, and there with the value Tap + j · WeightStep of the window.</summary>
internal readonly record struct WindowWalk(
    int Pixels, int Origin, int PixelStep, int TapStep, int Taps, int Limit, int Tap, int WeightStep)
{
    /// <summary>Which j exist for a pixel, from the first to behind the last.</summary>
    public (int First, int End) TapsAt(int pixel)
    {
        int place = Origin + (pixel * PixelStep);
        int first = place >= 0 ? 0 : (-place + TapStep - 1) / TapStep, end = place >= Limit ? 0 : Math.Min(Taps, ((Limit - 1 - place) / TapStep) + 1);
        return (first, end);
    }

    /// <summary>The pixels for which all exist, from the first to behind the last.</summary>
    public (int First, int End) Inner()
    {
        int first = Origin >= 0 ? 0 : (-Origin + PixelStep - 1) / PixelStep, last = Limit - 1 - ((Taps - 1) * TapStep) - Origin;
        first = Math.Min(first, Pixels);
        return (first, last < 0 ? first : Math.Clamp((last / PixelStep) + 1, first, Pixels));
    }
}
