namespace NeuralNet;

/// <summary>A batch with everything it may carry; only <see cref="Rows"/> and <see cref="Inputs"/> are required.</summary>
/// <remarks>Values lie row-major, one row after the other, in spans of the caller's.</remarks>
public readonly ref struct Batch
{
    /// <summary>How many rows, at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>The inputs, [rows, input size]; several inputs of a network lie side by side in one row.</summary>
    public required ReadOnlySpan<float> Inputs { get; init; }

    /// <summary>What is desired, [rows, output size], or as the divergence has it (<see cref="Divergence.DesiredWidth"/>): class ids, [rows, vectors
    /// of an output row]. Needed for training only.</summary>
    public ReadOnlySpan<float> Desired { get; init; }

    /// <summary>A weight for each row in the mean divergence, [rows], or for each vector of the outputs (steps of a sequence, pixels of an image),
    /// [rows, vectors of an output row]; at least 0. Empty: 1 each.</summary>
    /// <remarks><para>Which of both they are, their number says. What has weight 0 is as if absent: what is desired of it is not read, and its ∇y
    /// is 0. The network reads the inputs all the same, so a masked step can be looked at by others. Something must count, unless the batch is a part
    /// of a step (<see cref="TotalWeight"/>).</para>
    /// <para>To layers that mix rows (<see cref="Layer.MixesRows"/>) a row is there if one of its real vectors has a weight above 0. The inputs of
    /// other rows must be finite, those of their real steps at least.</para></remarks>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>For sequences, how many steps of each row are real, from 1 to <see cref="Steps"/>; empty: all.</summary>
    /// <remarks>Layers that change the number of steps change a row's length by the same function (<see cref="Layer.OutputSteps"/>), and a row that
    /// is left without a step is refused. What is desired of a row past its last real step is not read.</remarks>
    public ReadOnlySpan<int> Lengths { get; init; }

    /// <summary>For sequences, how many steps the rows of this batch have; 0: as many as the network's shape.</summary>
    public int Steps { get; init; }

    /// <summary>State carried from batch to batch, [rows, <see cref="Network.StatePerRow"/>]; empty: start at 0 and carry nothing.</summary>
    /// <remarks><para>A long row can so be given in pieces; a network with a layer that needs the whole row refuses it
    /// (<see cref="Layer.IsStreamable"/>). Of one with strides the steps of a piece, and of each of its rows, are a multiple of
    /// <see cref="Network.PieceSteps"/>, unless it is the last (<see cref="IsLastPiece"/>). <see cref="MultiHeadAttention"/> carries state in
    /// predictions alone: a batch to train on that has one is refused.</para>
    /// <para>All that a row carries lies together, layer after layer, so that a part of a batch has a part of the state, and rows can be moved and
    /// copied with theirs. <see cref="Network.ClearState"/> lets one row begin anew, when its series has ended and another takes its
    /// place.</para></remarks>
    public Span<float> State { get; init; }

    /// <summary>Whether nothing follows on the rows of this batch. A piece may then have any number of steps of which
    /// each layer makes one at least: the state that it leaves is not to be carried on.</summary>
    public bool IsLastPiece { get; init; }

    /// <summary>The gradient with respect to the state, [rows, <see cref="Network.StatePerRow"/>]: before backward that of the state which the batch
    /// leaves (of a row with a length: after its last real step), afterwards that of the state which it began with. Empty: nobody wants it, and the
    /// last state counts for nothing.</summary>
    /// <remarks><para>So the gradient goes on from piece to piece, or from a decoder to the encoder whose last state it began with: backward of the
    /// later one first, then of the earlier one with the same span. Without it backward stops at the beginning of the piece.</para>
    /// <para>It is read and written by <see cref="Network.Backward(in Batch, ReadOnlySpan{float}, Span{float}, Workspace)"/> and
    /// <see cref="Network.AddGradient(in Batch, Divergence, Span{float}, Workspace)"/>, and needs <see cref="State"/>. Counts, such as
    /// positions, have the gradient 0.</para></remarks>
    public Span<float> StateGradient { get; init; }

    /// <summary>The index of the first row in the whole that this batch is a part of: what random numbers are keyed by.</summary>
    public int FirstRow { get; init; }

    /// <summary>Σ w of the whole that this batch is a part of, over the real vectors of all rows, but none whose class id is −1; 0: the batch
    /// is the whole. The gradient of a part is then its share in the gradient of the whole's mean (<see cref="Network.TotalWeight"/>).</summary>
    public double TotalWeight { get; init; }

    /// <summary>Whether forward is to compute what a prediction computes, and keep what backward needs: nothing is drawn, and the stored
    /// statistics are used. Its gradient is that of a prediction (saliency maps, Grad-CAM).</summary>
    public bool Inference { get; init; }

    /// <summary>Random numbers, for layers that draw while training.</summary>
    public RandomStream? Stream { get; init; }
}
