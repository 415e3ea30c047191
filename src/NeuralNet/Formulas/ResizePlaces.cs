namespace NeuralNet;

/// <summary>Where the values of a resized image or sequence lie among those that it had: value o of outputs at the place u, counted in values of the
/// input from the center of the first one. The scale s is outputs / size, or what was asked for.</summary>
public enum ResizePlaces
{
    /// <summary>By the centers of what the values stand for: u = (o + ½) / s − ½. PyTorch's with align_corners=False, ONNX's half_pixel.</summary>
    HalfPixel,

    /// <summary>The first on the first and the last on the last: u = o (size − 1) / (outputs − 1), 0 of a single one. PyTorch's with
    /// align_corners=True, ONNX's align_corners.</summary>
    AlignedCorners,

    /// <summary>The first on the first: u = o / s. ONNX's asymmetric, and PyTorch's for its mode "nearest".</summary>
    Asymmetric,
}
