namespace NeuralNet.Onnx.Import;

internal static class Prescan
{
    public static void Check(ReadOnlySpan<byte> bytes)
    {
    }
}
