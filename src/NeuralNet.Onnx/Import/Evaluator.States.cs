namespace NeuralNet.Onnx.Import;

/// <content>First states and lengths that are inputs of the graph: a batch carries them here.</content>
internal sealed partial class Evaluator
{
    private readonly Dictionary<string, (StateExpr Expr, View View)> states = [];
    private readonly Dictionary<Layer, StateRun[]> starts = []; // of h, and of c if there is one
    private readonly Dictionary<Expr, (Layer Layer, int Part)> ends = []; // what stands for h, and for c, after the last step
    private readonly List<StateRun> taken = [];
    private readonly StateParts ofStates = new(expr => expr is StateExpr);
    private readonly HashSet<Layer> knowLengths = [];

    /// <summary>Whether an input of the graph gives the lengths of the rows.</summary>
    public RowLengths? Lengths { get; private set; }

    /// <summary>Whether inputs of the graph give first states.</summary>
    public bool CarriesState => states.Count > 0;

    /// <summary>The layers whose first state is an input of the graph.</summary>
    public IReadOnlyCollection<Layer> Carrying => starts.Keys;

    /// <summary>The layers along steps that take lengths as the graph does: recurrent ones, and those around them.</summary>
    public IReadOnlySet<Layer> KnowLengths => knowLengths;

    public void Give(string name, RowLengths lengths)
    {
        Lengths = Lengths is null ? lengths : throw new InvalidDataException(
            $"The inputs \"{Printable.Text(Lengths.Name)}\" and \"{Printable.Text(name)}\" both give lengths of rows, and here a row has one; export "
            + "the model with one of them, or with fixed lengths.");
        values[name] = lengths;
    }

    public void GiveState(string name, StateExpr state, View view)
    {
        states.Add(name, (state, view));
        values[name] = new Signal(state, view);
    }

    /// <summary>Of the graph's outputs those that are no part of the network's: the state after the last step, laid out as one of the inputs that
    /// give the first one.</summary>
    /// <param name="outputs">What they are.</param>
    /// <returns>The indices of the others.</returns>
    public int[] WithoutStates(Value[] outputs)
    {
        var after = new Dictionary<StateExpr, int>();
        var ofEnds = new StateParts(ends.ContainsKey);
        for (int k = 0; k < outputs.Length; k++)
        {
            // Of several that are the same the last one, behind the outputs proper.
            if (outputs[k] is Signal y && InputLike(y, ofEnds) is { } input)
                after[input] = k;
        }

        int[] rest = [.. Enumerable.Range(0, outputs.Length).Where(k => !after.ContainsValue(k))];
        return rest.Length > 0 || outputs.Length == 0 ? rest : [.. Enumerable.Range(0, outputs.Length).Where(k => !HasCell(outputs[k], ofEnds))];
    }

    // The input that the output would be if the next call began with it.
    private StateExpr? InputLike(Signal y, StateParts ofEnds)
    {
        if (ofEnds.Of(y.Expr) is not { } parts)
            return null;
        StateExpr? input = null;
        int next = 0;
        foreach (StateRun part in parts)
        {
            (Layer layer, int which) = ends[part.Of];
            if (!starts.TryGetValue(layer, out StateRun[]? start) || start[which] is not { Of: StateExpr own } run || run.First + part.First != next
                || (input ?? own) != own)
                return null;
            input = own;
            next += part.Count;
        }

        return input is not null && next == input.Shape.Size && states[input.Name].View is { } view && view.IsSame(y.View)
            && view.Dimensions().AsSpan().SequenceEqual(y.View.Dimensions()) ? input : null;
    }

    private static bool HasCell(Value output, StateParts ofEnds) =>
        output is Signal y && ofEnds.Of(y.Expr)?.Exists(part => part.Of is CellExpr) == true;

    // The first states of a node; empty if it begins at 0.
    private StateRun[] ReadStart(Node node, Cell cell, string direction, int batch)
    {
        var runs = new List<StateRun>();
        int zeros = 0;
        if (cell.Kind != "LSTM" && node.Has(6))
            throw node.Bad("it has an initial_c, as LSTM alone has");
        foreach ((int input, string what) in cell.Kind == "LSTM" ? [(5, "initial_h"), (6, "initial_c")] : new[] { (5, "initial_h") })
        {
            if (!node.Has(input) || (node.Input(input) is Tensor start && start.All(value => value == 0)))
                zeros++;
            else if (node.Input(input) is Tensor)
                throw new Refusal($"it begins with a constant other than 0 ({what}), which a batch carries here: export the model with {what} as an "
                    + "input of the graph, and put the constant into Batch.State of each row that begins");
            else if (direction != "forward")
                throw new Refusal($"it goes {(direction == "reverse" ? "backward" : "both ways")}, and its first state is not 0: a state goes from "
                    + "call to call with steps that follow one another, forward; export the model without first states, which are 0 then");
            else
                runs.Add(ReadStart(node, cell, input, what, batch));
        }

        if (runs.Count > 0 && zeros > 0)
            throw new Refusal("of initial_h and initial_c one is an input of the graph, and the other is 0 in every call; here a batch carries both: "
                + "export the model with both as inputs");
        return [.. runs];
    }

    // One input, [1, rows, hidden], as a part of an input of the graph that no other layer takes.
    private StateRun ReadStart(Node node, Cell cell, int input, string what, int batch)
    {
        Signal x = node.Signal(input, what);
        if (ofStates.Of(x.Expr) is not { } parts)
            throw new Refusal($"{what} is computed; as an input of the graph that nothing else reads, a batch would carry it (Batch.State)");
        bool isLaidOut = x.View.Rank == 3 && (rows == 1 || x.View.HasRows(batch)) && x.View.Size(2) == cell.Hidden && x.View.IsInOrder
            && x.Expr.Shape.Size == cell.Hidden && x.View.Size(1 - batch) == 1;
        if (!isLaidOut || parts.Count != 1)
            throw new Refusal($"{what}, {x.View}, is not {(batch == 0 ? "[rows, 1, hidden]" : "[1, rows, hidden]")} of neighbours in one input of "
                + "the graph, as the state of a layer lies");
        StateRun run = parts[0];
        if (taken.Exists(other => other.Of == run.Of && other.First < run.First + run.Count && run.First < other.First + other.Count))
            throw new Refusal($"{what} is a first state that another one is made of too, and here each layer has its own");
        taken.Add(run);
        return run;
    }

    // The state after the last step, where the first one is an input of the graph.
    private void SetEnds(Node node, Layer layer, StateRun[] start, Expr last, View view)
    {
        if (start.Length > 0)
        {
            starts.Add(layer, start);
            ends[last] = (layer, 0);
        }

        if (!node.IsUsed(2))
            return;
        if (start.Length < 2)
        {
            Refuse(node, "c after the last step (Y_c) is no output of a network; a batch carries it (Batch.State). Export the model without it, or "
                + "with initial_h and initial_c as inputs of the graph");
            node.Set(UnknownValue.Instance, 2);
            return;
        }

        var c = new CellExpr(last.Shape.Size, node);
        ends.Add(c, (layer, 1));
        node.Set(new Signal(c, view), 2);
    }

    private void CheckLengths(Node node, long steps)
    {
        if (node.Has(4) && node.Input(4) is RowLengths)
            return;
        if (Lengths is not null)
            throw new Refusal($"it goes over all steps of each row, and others over as many as the input \"{Printable.Text(Lengths.Name)}\" says; "
                + "here a row has one length, for all layers: give each recurrent node the same sequence_lens");
        if (node.Has(4) && node.Input(4) is not Tensor)
            throw new Refusal("its lengths (sequence_lens) are computed; a constant, or an input of the graph that nothing else reads, is imported");
        if (node.OptionalConstant(4, "sequence_lens") is { } lengths && !lengths.All(length => length == steps))
            throw new Refusal("it has constant lengths (sequence_lens) of rows; as an input of the graph, a batch carries them (Batch.Lengths)");
    }

    // Lengths of rows are handed on as they are, and taken by recurrent nodes.
    private static bool TryPassLengths(Node node)
    {
        if (!Array.Exists(node.Inputs, value => value is RowLengths) || node.Operator is "LSTM" or "GRU" or "RNN")
            return false;
        if (!CarriedInputs.PassesLengths(node.Operator))
            throw new Refusal("it takes the lengths of rows, which a batch carries (Batch.Lengths); recurrent nodes alone take them");
        foreach (string attribute in new[] { "to", "axes", "axis", "shape", "allowzero", "saturate", "round_mode" })
            node.Ignore(attribute);
        node.Set(node.Input(0));
        return true;
    }
}
