namespace NeuralNet;

/// <summary>Is told how far a backward pass has come, whose gradients may then be used while those of the layers before are still computed.</summary>
internal interface IBackwardListener
{
    /// <summary>The gradients of a layer of the chain, and of all layers behind it, are complete; those of tied blocks are not among them.</summary>
    /// <param name="layer">The layer's index.</param>
    void Finished(int layer);
}
