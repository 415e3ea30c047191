namespace NeuralNet.Onnx.Import;

/// <summary>What the caller of an import chooses.</summary>
/// <param name="Images">The order of the values of a row.</param>
/// <param name="FoldsNorms">Whether normalizations with fixed statistics become a part of the layer before them.</param>
internal readonly record struct LoadSettings(OnnxImages Images, bool FoldsNorms);
