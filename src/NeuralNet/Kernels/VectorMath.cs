namespace NeuralNet.Kernels;

internal static class VectorMath
{
    public static TVector Exp<TVector>(TVector x) where TVector : struct, ISimdVector<TVector> => x;

    public static TVector Log<TVector>(TVector x) where TVector : struct, ISimdVector<TVector> => x;

    public static TVector Tanh<TVector>(TVector x) where TVector : struct, ISimdVector<TVector> => x;

    public static TVector Sigmoid<TVector>(TVector x) where TVector : struct, ISimdVector<TVector> => x;
}
