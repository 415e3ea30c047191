namespace NeuralNet.Tests.Reference;

/// <summary>Pools, resizing and padding beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class PoolReference
{
    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("pools.json", Make);

    // The shape of a row, and then what the kind has.
    private static Layer Make(LayerReference.Case one)
    {
        bool isImage = one.Dims.Length - Settings(one.Kind) == 3;
        int[] shape = one.Dims[..(isImage ? 3 : 2)], dims = one.Dims[shape.Length..];
        Shape input = isImage ? Shape.Image(shape[0], shape[1], shape[2]) : Shape.Sequence(shape[0], shape[1]);
        return one.Kind switch
        {
            "MaxPool" => new MaxPool(input, (dims[1], dims[2]), (dims[3], dims[4]), PaddingOf(dims, isImage), (dims[5], dims[6]), dims[11] == 1),
            "AveragePool" => new AveragePool(input, (dims[1], dims[2]), (dims[3], dims[4]), PaddingOf(dims, isImage), dims[12] == 1, dims[11] == 1),
            "GlobalAveragePool" => new GlobalAveragePool(input),
            "GlobalMaxPool" => new GlobalMaxPool(input),
            "Upsample" => new Upsample(input, (dims[0], dims[1]), dims[2] == 0 ? UpsampleMode.Nearest : UpsampleMode.Bilinear, dims[2] == 2),
            "Resize" => Resized(input, dims),
            "Pad" => new Pad(input, Sides(dims.AsSpan(0, 4), isImage), dims[5] / 4f, (PadMode)dims[4]),
            _ => throw new ArgumentException($"There is no layer {one.Kind}."),
        };
    }

    private static int Settings(string kind) => kind switch
    {
        "Upsample" => 3,
        "Resize" => 4,
        "Pad" => 6,
        "GlobalAveragePool" or "GlobalMaxPool" => 0,
        _ => 13,
    };

    // Whether by tenths as a scale, height, width, and PyTorch's mode.
    private static Resize Resized(Shape input, int[] dims)
    {
        UpsampleMode mode = dims[3] < 2 ? UpsampleMode.Nearest : UpsampleMode.Bilinear;
        (ResizePlaces places, ResizeRounding rounding) = dims[3] switch
        {
            0 => (ResizePlaces.Asymmetric, ResizeRounding.Floor),
            1 => (ResizePlaces.HalfPixel, ResizeRounding.HalfUp),
            2 => (ResizePlaces.HalfPixel, ResizeRounding.HalfDown),
            _ => (ResizePlaces.AlignedCorners, ResizeRounding.HalfDown),
        };
        return dims[0] == 1 ? Resize.ByScale(input, dims[1] / 10f, dims[2] / 10f, mode, places, rounding)
            : new Resize(input, (dims[1], dims[2]), mode, places, rounding);
    }

    private static Padding PaddingOf(int[] dims, bool isImage) => dims[0] switch
    {
        1 => Padding.Same,
        2 => Padding.Causal,
        _ => Sides(dims.AsSpan(7, 4), isImage),
    };

    private static Padding Sides(ReadOnlySpan<int> pads, bool isImage) =>
        isImage ? Padding.Of(pads[0], pads[1], pads[2], pads[3]) : Padding.Of(pads[1], pads[3]);
}
