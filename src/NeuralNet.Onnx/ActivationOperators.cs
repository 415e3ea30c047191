using NeuralNet.Onnx.Export;
using NeuralNet.Onnx.Import;
using NeuralNet.Onnx.Schema;
using Attribute = NeuralNet.Onnx.Export.Attribute;

namespace NeuralNet.Onnx;

/// <summary>
/// The scalar activations that are one operator of ONNX, a line each, for both directions. What takes several operators stands in
/// <see cref="ActivationExport"/>, and is found by its values in <see cref="ActivationFinder"/>.
/// </summary>
internal static class ActivationOperators
{
    // Up to here α (eᶻ − 1) loses less than 10⁻⁶ where eᶻ is rounded to a float; above, ActivationExport writes another form.
    private const float MaxAlpha = 16;

    private static readonly Row[] rows =
    [
        Plain<Relu>("Relu"), Plain<Sigmoid>("Sigmoid"), Plain<Tanh>("Tanh"), Plain<Softplus>("Softplus"), Plain<Softsign>("Softsign"),
        Plain<HardSwish>("HardSwish"), Plain<Abs>("Abs"),
        WithAlpha<LeakyRelu>("LeakyRelu", f => f.Slope, alpha => alpha >= 0 ? new LeakyRelu(alpha) : null),
        WithAlpha<ThresholdedRelu>("ThresholdedRelu", f => f.Alpha, alpha => new ThresholdedRelu(alpha)),
        WithAlpha<Elu>("Elu", f => f.Alpha <= MaxAlpha ? f.Alpha : null, alpha => new Elu(alpha)),
        WithAlpha<Celu>("Celu", f => f.Alpha <= MaxAlpha ? f.Alpha : null, alpha => new Celu(alpha)),

        // With constants; on import they are found by their values, because other constants are no activation of the library.
        new("Selu", f => f is Selu ? [Attribute.Float("alpha", 1.6732632423543772f), Attribute.Float("gamma", 1.0507009873554805f)] : null, null),
        new("HardSigmoid", f => f is HardSigmoid hard ? [Attribute.Float("alpha", hard.Slope), Attribute.Float("beta", 0.5f)] : null, null),

        // Operators of later versions than the one that export writes.
        new("Mish", null, _ => new Mish()), new("Gelu", null, _ => new Gelu()), new("GeluTanh", null, _ => new GeluTanh()),
        new("Sin", null, _ => new Sine()),
    ];

    /// <summary>Adds the one node of an activation.</summary>
    /// <returns>The name of y; null if the activation is not one operator.</returns>
    public static string? Write(LayerWriter w, ScalarActivation activation, string z)
    {
        foreach (Row row in rows)
        {
            if (row.Attributes?.Invoke(activation) is { } attributes)
                return w.Node(row.Operator, [z], attributes);
        }

        return null;
    }

    /// <summary>The activation that an operator by itself is; null if it is none.</summary>
    public static ScalarActivation? Read(string operation, float alpha) =>
        Array.Find(rows, row => row.Operator == operation)?.Make?.Invoke(alpha);

    private static Row Plain<T>(string operation)
        where T : ScalarActivation, new() => new(operation, f => f is T ? [] : null, _ => new T());

    private static Row WithAlpha<T>(string operation, Func<T, float?> alpha, Func<float, ScalarActivation?> make)
        where T : ScalarActivation =>
        new(operation, f => f is T one && alpha(one) is { } value ? [Attribute.Float("alpha", value)] : null, make);

    /// <param name="Operator">The operator's name.</param>
    /// <param name="Attributes">The attributes that an activation is written with; null if it is not written as this operator.</param>
    /// <param name="Make">Makes the activation from the attribute alpha; null if the operator is not read by its name.</param>
    private sealed record Row(string Operator, Func<ScalarActivation, AttributeProto[]?>? Attributes, Func<float, ScalarActivation?>? Make);
}
