namespace NeuralNet;

/// <summary>The rules by which an <see cref="XRay"/> and a <see cref="DataCheck"/> find what is wrong. In this order: what comes first is more often
/// the cause of what comes later than the other way round.</summary>
public enum FindingKind
{
    /// <summary>More than 1 % of the test rows are training rows too, in data of which rows do not repeat by chance: what is measured on them says
    /// nothing about new rows.</summary>
    LeakedRows,

    /// <summary>More than 1 % of the rows have the same inputs as another row, but another class: no network can tell them apart.</summary>
    ContradictingLabels,

    /// <summary>The nearest neighbours of a row belong to its class no more often than by chance: the labels may be shuffled against the
    /// rows.</summary>
    UnpredictableLabels,

    /// <summary>Training learns its rows by heart (its divergence falls a third below that of an answer that is always the same), and on the
    /// validation rows it is no better than such an answer: what is learned has nothing to do with the inputs.</summary>
    MemorizedLabels,

    /// <summary>The rows come class after class: a network that sees them in this order forgets one class while it learns the next.</summary>
    OrderedLabels,

    /// <summary>The inputs are far too large (root mean square over 10) or too small (under 0.01), lie ten times as far from 0 as they vary, or a
    /// column varies a hundred times as much as most: one learning rate cannot serve all weights. Of columns that are mostly 0, what is not 0 is
    /// judged. A hint only of whole numbers that may be ids.</summary>
    UnscaledInputs,

    /// <summary>A column has the same value in all rows: nothing can be learned from it.</summary>
    ConstantColumns,

    /// <summary>A class has ten times as many rows as another, or there is a class without rows.</summary>
    UnbalancedClasses,

    /// <summary>More than 1 % of the training rows repeat another, in data of which rows do not repeat by chance: those rows count more, and a split
    /// puts some of them on both sides.</summary>
    RepeatedRows,

    /// <summary>The last activation, the divergence and what is desired do not belong together, although training is possible.</summary>
    UnsuitedDivergence,

    /// <summary>The gradient grows from the end to the beginning of the network, or through the steps of a recurrent layer: before training a
    /// layer's, relative to its weights, is more than 30 times that of a later one.</summary>
    ExplodingGradient,

    /// <summary>Half of a layer's units or more give 0 for all rows: no gradient passes through them, so they never come back.</summary>
    DeadUnits,

    /// <summary>At 60 % of a hidden layer's outputs or more the activation is level: hardly any gradient passes.</summary>
    SaturatedUnits,

    /// <summary>The gradient fades from the end to the beginning of the network: a layer's, relative to its weights, is less than a
    /// thousandth of that of a later one.</summary>
    VanishingGradient,

    /// <summary>The divergence grows or stays high while steps move the weights by a tenth of their size or more, or a number is not
    /// finite.</summary>
    RateTooHigh,

    /// <summary>The divergence hardly falls, while steps move the weights by less than a ten-thousandth of their size.</summary>
    RateTooLow,
}
