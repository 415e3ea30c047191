namespace NeuralNet.Onnx.Import;

/// <summary>
/// Expressions with their rows in another shape. Of one expression and one shape there is one, so that paths which went apart
/// there come together there.
/// </summary>
/// <param name="keepsUses">
/// Whether it counts as used as often as what it is made of: while the graph is read, where values, not expressions, are used.
/// </param>
internal sealed class Reshapes(bool keepsUses)
{
    private readonly Dictionary<(Expr, Shape), Expr> made = [];

    /// <summary>The layer that gives a row another shape.</summary>
    public static Layer Layer(Shape from, Shape to) => to.Kind == ShapeKind.Features ? new Flatten(from) : new Reshape(from, to);

    /// <summary>The expression in that shape.</summary>
    public Expr As(Expr expr, Shape shape)
    {
        while (expr.Shape != shape && expr is LayerExpr { Layer: Reshape or Flatten } reshape)
            expr = reshape.Input;
        if (expr.Shape == shape)
            return expr;
        if (!made.TryGetValue((expr, shape), out Expr? reshaped))
        {
            reshaped = new LayerExpr(Layer(expr.Shape, shape), expr, expr.Origin);
            if (keepsUses)
                reshaped.Uses = expr.Uses;
            made.Add((expr, shape), reshaped);
        }

        return reshaped;
    }
}
