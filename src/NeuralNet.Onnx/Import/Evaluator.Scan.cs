using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <content>A loop over steps whose body is h = f(z + U h): the simple recurrent layer with any activation.</content>
internal sealed partial class Evaluator
{
    private void ReadScan(Node node)
    {
        GraphProto body = node.Graph("body") ?? throw node.Bad("it has no body");
        const string Wanted = "as a loop, a body h = f(z + U h) from h = 0 is imported, with z made of each step by a linear layer";
        if (node.Int("num_scan_inputs", 0) != 1 || node.Count != 2 || body.Input.Count != 2 || body.Output.Count != 2 || node.Outputs.Length > 2)
            throw new Refusal(Wanted);
        Signal z = node.Signal(1, "z");
        if (node.Input(0) is not Tensor zeros || !zeros.All(value => value == 0) || z.View.Rank != 3 || zeros.Dimensions.Length != 2
            || zeros.Dimensions[1] != z.Expr.Shape.FeatureCount
            || z.Expr is not LinearExpr { Bias: not null, Input.Shape.Kind: ShapeKind.Sequence } linear || !IsStepByStep(z, linear.Shape))
        {
            throw new Refusal(Wanted);
        }

        int hidden = linear.Shape.FeatureCount;
        (ElementExpr sum, ElementExpr? h, Expr product) = ReadBody(node, body, hidden);
        if (product is not LinearExpr { Bias: null, Input: InputExpr } recurrent || recurrent.Weight.Length != (long)hidden * hidden)
            throw new Refusal(Wanted);
        Activation activation = h is null ? Activation.Identity : ActivationFinder.Of(h, sum)
            ?? throw new Refusal("its activation is none of the library's");

        Expr x = linear.Input;
        (string, float[])[] values = [("weight_ih", linear.Weight), ("weight_hh", recurrent.Weight), ("bias", linear.Bias)];
        LayerExpr Made(bool lastStep) =>
            new(new Rnn(x.Shape, hidden, activation, lastStep, Initializer.Zeros, Initializer.Zeros), x, linear.Origin, values);
        LayerExpr all = Made(!node.IsUsed(1));
        Expr last = node.IsUsed(1) && node.IsUsed(0) ? new LayerExpr(new LastStep(all.Shape), all, node) : all;
        if (node.IsUsed(0))
            node.Set(new Signal(last, View.Of([rows, hidden], 0, rows)));
        if (node.IsUsed(1))
            node.Set(new Signal(all, z.View), 1);
    }

    // [steps, rows, hidden]
    private static bool IsStepByStep(Signal z, Shape shape) =>
        z.View.IsSame(View.Of([shape.Steps, 1, shape.FeatureCount], 1, z.View.RowsAxis < 0 ? 1 : z.View.Size(z.View.RowsAxis)));

    // The sum that f acts on, f's last operator, and what is added to z.
    private (ElementExpr Sum, ElementExpr? Last, Expr Product) ReadBody(Node node, GraphProto body, int hidden)
    {
        var graph = new GraphProto(body);
        while (graph.Output.Count > 1)
            graph.Output.RemoveAt(1);
        string given = body.Output[1].Name;
        bool isCopy = given == body.Output[0].Name
            || body.Node.Any(n => n is { OpType: "Identity" } && n.Output.Contains(given) && n.Input.Contains(body.Output[0].Name));
        if (!isCopy)
            throw new Refusal("its body gives something else than the state");

        var problemsWithin = new List<(Node Node, string Why)>();
        var inner = new Evaluator(Model.Inner(graph, model), allowance, rows, foldsNorms, problemsWithin);
        View view = View.Of([rows, hidden], 0, rows);
        InputExpr before = new(Shape.Features(hidden)), step = new(Shape.Features(hidden));
        inner.Give(body.Input[0].Name, new Signal(before, view));
        inner.Give(body.Input[1].Name, new Signal(step, view));
        Value value = inner.Run()[0];
        if (problemsWithin.Count > 0)
            throw new Refusal($"in its body, {problemsWithin[0].Node}: {problemsWithin[0].Why}");
        if (value is not Signal { Expr: ElementExpr last })
            throw new Refusal("its body is no activation of a sum");
        foreach (Expr expr in ElementRegion.Bases(last).Append(last))
        {
            if (expr is ElementExpr { Operation: "Add", Right: { } right } sum && (sum.Left == step || right == step))
            {
                Expr other = sum.Left == step ? right : sum.Left;
                if (other is LinearExpr linear && linear.Input == before)
                    return (sum, sum == last ? null : last, other);
            }
        }

        throw new Refusal("its body does not add U h to the step");
    }
}
