using Floats = System.Numerics.Vector<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>
/// What exported files have from the library's text beside the pieces, so that the pieces compile here by themselves. None of it is called.
/// </content>
internal static partial class Parts
{
    private static Floats Exp(Floats x) => x;

    private static Floats ExpOrZero(Floats x) => x;

    private static Floats Expm1(Floats x) => x;

    private static Floats Log1p(Floats x) => x;

    private static Floats Sigmoid(Floats x) => x;

    private static Floats Tanh(Floats x) => x;

    private static class PowerOfTwo
    {
        public static float Reciprocal(float magnitude) => magnitude;
    }
}
