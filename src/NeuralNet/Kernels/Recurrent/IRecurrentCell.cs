namespace NeuralNet.Kernels;

/// <summary>
/// A recurrent layer's formulas for one row at one step; <see cref="RecurrentJob{TCell}"/> runs them along the steps.
/// </summary>
internal unsafe interface IRecurrentCell
{
    /// <summary>How many vectors as wide as the state a step's z has: 1 without gates.</summary>
    static abstract int Gates { get; }

    /// <summary>How many vectors of a step backward needs beside z, the activations in its place, and the state before the step.</summary>
    static abstract int Kept { get; }

    /// <summary>Whether there is a cell state beside the hidden one.</summary>
    static abstract bool HasCell { get; }

    /// <summary>Whether the recurrent product's gradient is another than that of z; only then is a bias within it another than z's.</summary>
    static abstract bool SeparatesGradients { get; }

    /// <summary>From z = W x + b and the recurrent product U h makes the new state; z becomes what backward needs of the gates.</summary>
    void Forward<TVector>(in CellForward row)
        where TVector : struct, ISimdVector<TVector>;

    /// <summary>From ∇h, and ∇c, of the state after the step makes ∇z, and what of ∇h goes back past z to the state before it.</summary>
    void Backward<TVector>(in CellBackward row)
        where TVector : struct, ISimdVector<TVector>;
}

/// <summary>One row at one step, forward.</summary>
internal unsafe struct CellForward
{
    /// <summary>The width of the state.</summary>
    public int Hidden;

    /// <summary>z = W x + b, [gates · hidden]; overwritten with the gates' values.</summary>
    public float* Z;

    /// <summary>The recurrent product U h, [gates · hidden]; free to be overwritten.</summary>
    public float* Product;

    /// <summary>What of the bias belongs to the recurrent product; null if nothing does.</summary>
    public float* Bias;

    /// <summary>h before the step; overwritten with h after it.</summary>
    public float* H;

    /// <summary>c before the step; overwritten with c after it.</summary>
    public float* C;

    /// <summary>What is kept for backward, [kept · hidden]; null in inference.</summary>
    public float* Kept;
}

/// <summary>One row at one step, backward.</summary>
internal unsafe struct CellBackward
{
    /// <summary>The width of the state.</summary>
    public int Hidden;

    /// <summary>The gates' values.</summary>
    public float* Z;

    /// <summary>What forward kept.</summary>
    public float* Kept;

    /// <summary>h before the step.</summary>
    public float* HBefore;

    /// <summary>∇h after the step; overwritten with what of ∇h before it does not come through the recurrent product.</summary>
    public float* Dh;

    /// <summary>∇c after the step; overwritten with ∇c before it.</summary>
    public float* Dc;

    /// <summary>Overwritten with ∇z, [gates · hidden].</summary>
    public float* Dz;

    /// <summary>Overwritten with the gradient of the recurrent product, where it is another than ∇z.</summary>
    public float* Dproduct;
}
