namespace NeuralNet;

/// <summary>Which value of the input is the nearest to a place between two of them.</summary>
public enum ResizeRounding
{
    /// <summary>The nearest, of two at the same distance the first: ⌈u − ½⌉. ONNX's round_prefer_floor.</summary>
    HalfDown,

    /// <summary>The nearest, of two at the same distance the second: ⌊u + ½⌋. ONNX's round_prefer_ceil; with half pixels PyTorch's mode
    /// "nearest-exact".</summary>
    HalfUp,

    /// <summary>The one before the place: ⌊u⌋. ONNX's floor; with asymmetric places PyTorch's mode "nearest".</summary>
    Floor,

    /// <summary>The one behind the place: ⌈u⌉. ONNX's ceil.</summary>
    Ceiling,
}
