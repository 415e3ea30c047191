namespace NeuralNet;

/// <summary>What a <see cref="TableValue"/> is.</summary>
public enum TableValueKind
{
    /// <summary>There is no value.</summary>
    Missing,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A date, with or without a time of day.</summary>
    Date,
}
