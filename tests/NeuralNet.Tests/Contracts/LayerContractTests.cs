namespace NeuralNet.Tests.Contracts;

/// <summary>What every layer owes to its callers; see the remarks of <see cref="ForwardPass"/> and <see cref="BackwardPass"/>.</summary>
public class LayerContractTests
{
    private const int Rows = 5;

    // The library's kinds, and custom ones.
    private static IEnumerable<Layer> All => [.. PublicKinds.Layers(), new Gain(5), new Gain(Shape.Sequence(3, 5)), .. StepChanges.Layers()];

    public static TheoryData<string> Layers => PublicKinds.Names(All);

    public static TheoryData<string> LayersOfSequences => Where(layer => layer.Input.Kind == ShapeKind.Sequence);

    public static TheoryData<string> LayersWithFinalActivations => Where(layer => layer.FinalActivations.Count > 0);

    public static TheoryData<string> LayersWithState => Where(layer => layer.StatePerRow > 0 && layer.IsStreamable);

    public static TheoryData<string> AllWithState => Where(layer => layer.StatePerRow > 0);

    public static TheoryData<string> LayersThatAreNotRandom => Where(layer => !layer.IsRandom);

    [Theory]
    [MemberData(nameof(Layers))]
    public void Backward_agrees_with_finite_differences(string name)
    {
        Layer layer = Find(name);
        GradientCheckResult check = GradientCheck.Layer(layer, rows: 4, seed: 1);
        check.Passes().Should().BeTrue(check.ToString());
        if (layer.Input.Kind == ShapeKind.Sequence)
        {
            check = GradientCheck.Layer(layer, rows: 4, seed: 2, lengths: Possible(layer, 1, 3, 2, 1));
            check.Passes().Should().BeTrue(check.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Only_what_is_declared_is_read_and_every_result_is_overwritten(string name)
    {
        Layer layer = Find(name);
        LayerRun clean = Run(layer), poisoned = Prepare(layer);
        Poison(poisoned.Output, poisoned.Cache, poisoned.Scratch, poisoned.InputGradient);
        poisoned.Forward();
        poisoned.Output.Should().Equal(clean.Output);
        Poison(poisoned.Scratch);
        if (!layer.BackwardReads.HasFlag(BackwardReads.Input))
            Poison(poisoned.Input);
        if (!layer.BackwardReads.HasFlag(BackwardReads.Output))
            Poison(poisoned.Output);
        poisoned.Backward();
        poisoned.InputGradient.Should().Equal(clean.InputGradient);
        poisoned.Gradient.Should().Equal(clean.Gradient);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Parameter_gradients_are_added_to(string name)
    {
        Layer layer = Find(name);
        LayerRun once = Run(layer), twice = Run(layer);
        twice.Backward();
        twice.InputGradient.Should().Equal(once.InputGradient);
        for (int i = 0; i < once.Gradient.Length; i++)
            twice.Gradient[i].Should().BeApproximately(2 * once.Gradient[i], 1e-5f * (1 + MathF.Abs(once.Gradient[i])));
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_batch_is_its_rows_one_by_one_bit_for_bit_where_rows_do_not_mix(string name)
    {
        Layer layer = Find(name);
        LayerRun batch = Prepare(layer, stateGradient: true, inference: layer.MixesRows);
        batch.Forward();
        batch.Backward();
        float[] gradient = new float[batch.Gradient.Length];
        for (int row = 0; row < Rows; row++)
        {
            var single = new LayerRun(layer, 1, stream: Stream) { FirstRow = row, WantsStateGradient = true, Inference = layer.MixesRows };
            batch.Parameters.CopyTo(single.Parameters, 0);
            batch.Statistics.CopyTo(single.Statistics, 0);
            Row(batch.Input, row, layer.Input.Size).CopyTo(single.Input);
            Row(batch.OutputGradient, row, layer.Output.Size).CopyTo(single.OutputGradient);
            gradient.CopyTo(single.Gradient, 0);
            Row(batch.InitialState, row, layer.StatePerRow).CopyTo(single.InitialState);
            Row(batch.LastStateGradient, row, layer.StatePerRow).CopyTo(single.LastStateGradient);
            single.Forward();
            single.Backward();
            single.Gradient.CopyTo(gradient, 0);
            single.State.Should().Equal(Row(batch.State, row, layer.StatePerRow).ToArray());
            single.StateGradient.Should().Equal(Row(batch.StateGradient, row, layer.StatePerRow).ToArray());
            single.Output.Should().Equal(Row(batch.Output, row, layer.Output.Size).ToArray());
            single.InputGradient.Should().Equal(Row(batch.InputGradient, row, layer.Input.Size).ToArray());
        }

        gradient.Should().Equal(batch.Gradient);
    }

    [Theory]
    [MemberData(nameof(LayersThatAreNotRandom))]
    public void Inference_gives_what_training_gives_unless_the_layer_is_random_or_measures_the_batch(string name)
    {
        Layer layer = Find(name);
        LayerRun training = Prepare(layer, inference: layer.MixesRows), inference = Prepare(layer);
        training.Forward();
        inference.Forward(training: false);
        inference.Output.Should().Equal(training.Output);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Frozen_blocks_and_unwanted_input_gradients_are_left_out(string name)
    {
        Layer layer = Find(name);
        LayerRun full = Run(layer), frozen = Prepare(layer), unwanted = Prepare(layer);
        frozen.Forward();
        frozen.Backward(frozen: true);
        frozen.InputGradient.Should().Equal(full.InputGradient);
        unwanted.Forward();
        Poison(unwanted.InputGradient);
        unwanted.Backward(wantsInputGradient: false);
        unwanted.Gradient.Should().Equal(full.Gradient);
        unwanted.InputGradient.Should().OnlyContain(value => float.IsNaN(value));
    }

    [Theory]
    [MemberData(nameof(LayersOfSequences))]
    public void Steps_past_a_length_are_not_read_and_give_0(string name)
    {
        Layer layer = Find(name);
        int[] lengths = Possible(layer, 1, 3, 2, 1, 3);
        LayerRun clean = Prepare(layer, lengths: lengths), poisoned = Prepare(layer, lengths: lengths);
        poisoned.PoisonPadding();
        foreach (LayerRun run in new[] { clean, poisoned })
        {
            run.Forward();
            run.Backward();
        }

        poisoned.Output.Should().Equal(clean.Output);
        poisoned.InputGradient.Should().Equal(clean.InputGradient);
        poisoned.Gradient.Should().Equal(clean.Gradient);
        for (int row = 0; row < Rows; row++)
        {
            Row(clean.InputGradient, row, layer.Input.Size)[(lengths[row] * layer.Input.FeatureCount)..].ContainsAnyExcept(0f).Should().BeFalse();
            clean.OutputPadding(clean.Output, row).ContainsAnyExcept(0f).Should().BeFalse();
        }
    }

    [Theory]
    [MemberData(nameof(LayersWithState))]
    public void A_row_whose_state_is_cleared_begins_anew_and_no_other_does(string name)
    {
        Layer layer = Find(name);
        Network network = Network.Create(layer.Input).Add(_ => layer).Build(1);
        using Workspace workspace = network.CreateWorkspace(Rows, training: false);

        // A step, and then the others: as many as positions allow.
        int steps = layer.Input.Kind == ShapeKind.Sequence ? layer.Input.Steps - 1 : 1, size = layer.Output.SizeAt(layer.OutputSteps(steps));
        float[] first = TestData.Normal(Rows * layer.Input.SizeAt(1), 1), second = TestData.Normal(Rows * layer.Input.SizeAt(steps), 2);
        float[] state = new float[Rows * network.StatePerRow], y = new float[Rows * size], fresh = new float[y.Length], kept = new float[y.Length];
        var beginning = new Batch { Rows = Rows, Steps = 1, Inputs = first, State = state };
        network.Predict(beginning, new float[Rows * layer.Output.SizeAt(layer.OutputSteps(1))], workspace);
        float[] same = [.. state];
        network.ClearState(state, Rows, row: 2);

        network.Predict(new Batch { Rows = Rows, Steps = steps, Inputs = second, State = state }, y, workspace);
        network.Predict(new Batch { Rows = Rows, Steps = steps, Inputs = second, State = same }, kept, workspace);
        network.Predict(new Batch { Rows = Rows, Steps = steps, Inputs = second }, fresh, workspace);
        for (int row = 0; row < Rows; row++)
            Row(y, row, size).ToArray().Should().Equal(Row(row == 2 ? fresh : kept, row, size).ToArray());
        kept.Should().NotEqual(fresh);
    }

    [Theory]
    [MemberData(nameof(AllWithState))]
    public void A_last_state_that_counts_for_nothing_is_one_whose_gradient_nobody_wants(string name)
    {
        Layer layer = Find(name);
        int[]? lengths = layer.Input.Kind == ShapeKind.Sequence ? Possible(layer, 1, 3, 2, 1, 3) : null;
        LayerRun unwanted = Prepare(layer, lengths: lengths), wanted = Prepare(layer, lengths: lengths, stateGradient: true);
        wanted.LastStateGradient.AsSpan().Clear();
        foreach (LayerRun run in new[] { unwanted, wanted })
        {
            run.Forward();
            Poison(run.Scratch, run.InputGradient);
            run.Backward();
        }

        wanted.Gradient.Should().Equal(unwanted.Gradient);
        wanted.InputGradient.Should().Equal(unwanted.InputGradient);
        for (int i = 0; i < wanted.StateGradient.Length; i++)
        {
            if (layer.CountsAt(i % layer.StatePerRow))
                wanted.StateGradient[i].Should().Be(0);
        }

        unwanted.StateGradient.Should().Equal(unwanted.LastStateGradient);
    }

    // Steps that a call does not have are as steps past the length of every row.
    [Theory]
    [MemberData(nameof(LayersOfSequences))]
    public void Fewer_steps_than_the_shape_has_are_as_short_rows(string name)
    {
        Layer layer = Find(name);
        int steps = layer.Input.Steps - 1, inputs = layer.Input.SizeAt(steps), outputs = layer.Output.SizeAt(layer.OutputSteps(steps));
        LayerRun padded = Prepare(layer, lengths: [.. Enumerable.Repeat(steps, Rows)], stateGradient: true);
        LayerRun cut = new(layer, Rows, stream: Stream, steps: steps) { WantsStateGradient = true };
        padded.LastStateGradient.CopyTo(cut.LastStateGradient, 0);
        padded.Parameters.CopyTo(cut.Parameters, 0);
        padded.Statistics.CopyTo(cut.Statistics, 0);
        padded.InitialState.CopyTo(cut.InitialState, 0);
        for (int row = 0; row < Rows; row++)
        {
            Row(padded.Input, row, layer.Input.Size)[..inputs].CopyTo(Row(cut.Input, row, inputs));
            Row(padded.OutputGradient, row, layer.Output.Size)[..outputs].CopyTo(Row(cut.OutputGradient, row, outputs));
        }

        foreach (LayerRun run in new[] { padded, cut })
        {
            run.Forward();
            run.Backward();
        }

        cut.Gradient.Should().Equal(padded.Gradient);
        cut.State.Should().Equal(padded.State);
        cut.StateGradient.Should().Equal(padded.StateGradient);
        for (int row = 0; row < Rows; row++)
        {
            Row(cut.Output, row, outputs).ToArray().Should().Equal(Row(padded.Output, row, layer.Output.Size)[..outputs].ToArray());
            Row(cut.InputGradient, row, inputs).ToArray().Should().Equal(Row(padded.InputGradient, row, layer.Input.Size)[..inputs].ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(LayersWithFinalActivations))]
    public void Without_its_final_activations_a_layer_gives_z_in_their_columns(string name)
    {
        Layer layer = Find(name);
        LayerRun full = Run(layer), omitted = Prepare(layer, omit: true);
        omitted.Forward();
        float[] y = [.. omitted.Output], dz = [.. full.OutputGradient];
        int width = layer.Output.FeatureCount;
        foreach ((Activation activation, int first, int columns) in layer.FinalActivations)
        {
            for (int at = first; at < y.Length; at += width)
            {
                activation.Forward(omitted.Output.AsSpan(at, columns), y.AsSpan(at, columns));
                float[] dy = dz[at..(at + columns)];
                activation.Backward(omitted.Output.AsSpan(at, columns), y.AsSpan(at, columns), dy, dz.AsSpan(at, columns));
            }
        }

        y.Should().Equal(full.Output);
        dz.CopyTo(omitted.OutputGradient, 0);
        omitted.Backward();
        omitted.InputGradient.Should().Equal(full.InputGradient);
        omitted.Gradient.Should().Equal(full.Gradient);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Nothing_is_allocated(string name)
    {
        LayerRun run = Prepare(Find(name), stateGradient: true);
        run.Forward();
        run.Backward();
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 20; i++)
            {
                run.Forward();
                run.Backward();
            }
        }).Should().Be(0);
    }

    private static TheoryData<string> Where(Func<Layer, bool> condition) =>
        [.. All.Select((layer, i) => (layer, name: $"{i}: {layer}")).Where(kind => condition(kind.layer)).Select(kind => kind.name)];

    // In place of 1, the fewest steps of which the layer leaves one.
    private static int[] Possible(Layer layer, params int[] lengths)
    {
        int fewest = 1;
        for (int steps = layer.Input.Steps, length = 1, all = steps; ; length = ++fewest, steps = all)
        {
            string refusal = "";
            if (StepCheck.Passes(layer, ref steps, ref length, ref refusal))
                return [.. lengths.Select(one => Math.Max(one, fewest))];
        }
    }

    private static RandomStream Stream => new(7);

    private static Layer Find(string name) => PublicKinds.Find(All, name);

    private static LayerRun Prepare(
        Layer layer, bool omit = false, int[]? lengths = null, bool stateGradient = false, bool inference = false)
    {
        var run = new LayerRun(layer, Rows, lengths, Stream) { OmitActivation = omit, WantsStateGradient = stateGradient, Inference = inference };
        run.Randomize(new RandomStream(3));
        return run;
    }

    private static LayerRun Run(Layer layer)
    {
        LayerRun run = Prepare(layer);
        run.Forward();
        run.Backward();
        return run;
    }

    private static void Poison(params float[][] buffers)
    {
        foreach (float[] buffer in buffers)
            Array.Fill(buffer, float.NaN);
    }

    private static Span<float> Row(float[] values, int row, int size) => values.AsSpan(row * size, size);
}
