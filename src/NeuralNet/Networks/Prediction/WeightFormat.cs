namespace NeuralNet;

/// <summary>How a <see cref="Predictor"/> keeps weights.</summary>
public enum WeightFormat
{
    /// <summary>As the network has them, 32 bits each.</summary>
    Full,

    /// <summary>Rounded to the upper 16 bits of a float, to the nearest and of two as near ones to the even one: each differs by at most 2⁻⁸ of
    /// itself, 0.4 %; but one above 3.39·10³⁸ becomes infinite, and one below 1.2·10⁻³⁸ has fewer digits. Half the memory has to be read, which is
    /// what a prediction of one row waits for where weights do not fit into the nearest cache. What is computed with them is as exact as ever, and
    /// the bits are the same on every machine.</summary>
    BFloat16,
}
