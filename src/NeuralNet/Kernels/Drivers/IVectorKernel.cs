namespace NeuralNet.Kernels;

/// <summary>
/// A vector activation as its two loops, over vectors that lie one after the other. <see cref="VectorPasses"/> runs them.
/// </summary>
/// <remarks>The vectors have 16 lanes on every machine, so that sums have one order.</remarks>
internal unsafe interface IVectorKernel
{
    /// <summary>What <see cref="Backward"/> reads; the pointer to the rest may be null.</summary>
    static abstract BackwardReads Reads { get; }

    /// <summary>How wide z is for so many outputs.</summary>
    int Inputs(int outputs);

    /// <summary>y = f(z) of each vector. y may be z itself if the activation says so.</summary>
    void Forward<TVector>(float* z, float* y, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>;

    /// <summary>∇zᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂zᵢ of each vector.</summary>
    void Backward<TVector>(float* z, float* y, float* dy, float* dz, int vectors, int outputs)
        where TVector : struct, ISimdVector<TVector>;
}
