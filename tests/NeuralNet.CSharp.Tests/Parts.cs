using Float4 = System.Runtime.Intrinsics.Vector128<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>
/// What exported files have from the library's text beside the pieces, so that the pieces compile here by themselves. None of it is called.
/// </content>
internal static partial class Parts
{
    private static Float4 Exp(Float4 x) => x;

    private static Float4 ExpOrZero(Float4 x) => x;

    private static Float4 Expm1(Float4 x) => x;

    private static Float4 Log1p(Float4 x) => x;

    private static Float4 Sigmoid(Float4 x) => x;

    private static Float4 Tanh(Float4 x) => x;

    private static class PowerOfTwo
    {
        public static float Reciprocal(float magnitude) => magnitude;
    }
}
