namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Models of PyTorch whose first states, or lengths, are inputs (Reference/carried.py), beside ONNX Runtime.</summary>
public class CarriedReferenceTests
{
    [Theory]
    [InlineData("lstm", 3, 5)]
    [InlineData("gru", 3, 5)]
    [InlineData("rnn", 3, 5)]
    [InlineData("one_row", 1, 1)]
    public void A_tagger_goes_on_from_call_to_call(string name, int rows, int steps)
    {
        const int Inputs = 3, Hidden = 4, Layers = 2;
        byte[] model = File.ReadAllBytes(ReferenceTests.FileOf($"carried_{name}"));
        Network network = OnnxFile.Load(model);
        int parts = name is "lstm" or "one_row" ? 2 : 1;
        network.Input.Should().Be(Shape.Sequence(steps, Inputs));
        network.StatePerRow.Should().Be(parts * Layers * Hidden);
        using var runtime = new CarriedRun(model);
        using Workspace workspace = network.CreateWorkspace(rows, training: false);
        string[] names = ["h0", "c0"], after = ["hn", "cn"];
        float[][] states = [.. Enumerable.Range(0, parts).Select(k => CarriedRun.Random(Layers * rows * Hidden, 9 + k))];
        float[] carried = Packed(), y = new float[rows * network.Output.Size];
        for (int call = 0; call < 2; call++)
        {
            float[] x = CarriedRun.Random(rows * steps * Inputs, call);
            Dictionary<string, float[]> made = runtime.Run(
                [("x", x, [rows, steps, Inputs]), .. states.Select((state, k) => (names[k], state, (int[])[Layers, rows, Hidden]))]);
            states = [.. Enumerable.Range(0, parts).Select(k => made[after[k]])];
            network.Predict(new Batch { Rows = rows, Inputs = x, State = carried }, y, workspace);
            Imported.Close(y, made["y"]);
            Imported.Close(carried, Packed());
        }

        // Of each row, layer after layer, h and then c: as docs/onnx.md says it.
        float[] Packed()
        {
            float[] state = new float[rows * parts * Layers * Hidden];
            for (int row = 0; row < rows; row++)
            {
                for (int layer = 0; layer < Layers; layer++)
                {
                    for (int part = 0; part < parts; part++)
                    {
                        int to = (((row * Layers) + layer) * parts) + part;
                        states[part].AsSpan(((layer * rows) + row) * Hidden, Hidden).CopyTo(state.AsSpan(to * Hidden));
                    }
                }
            }

            return state;
        }
    }

    [Fact]
    public void A_reader_of_packed_sequences_takes_lengths()
    {
        byte[] model = File.ReadAllBytes(ReferenceTests.FileOf("carried_lengths"));
        Network network = OnnxFile.Load(model);
        network.Input.Should().Be(Shape.Sequence(5, 1));
        network.Outputs.Select(output => $"{output.Name} {output.Shape}").Should().Equal("y Sequence(5, 8)", "last Features(2)");
        using var runtime = new CarriedRun(model);
        float[] ids = [.. Enumerable.Range(0, 15).Select(i => (float)(i * 7 % 10))];
        Dictionary<string, float[]> made = runtime.Run(("ids", ids, [3, 5]), ("lengths", [5, 3, 1], [3]));
        using Workspace workspace = network.CreateWorkspace(3, training: false);
        float[] y = new float[3 * network.Output.Size];
        network.Predict(new Batch { Rows = 3, Inputs = ids, Lengths = [5, 3, 1] }, y, workspace);
        for (int row = 0; row < 3; row++)
        {
            Imported.Close(y[(row * 42)..((row * 42) + 40)], made["y"][(row * 40)..((row + 1) * 40)]);
            Imported.Close(y[((row * 42) + 40)..((row + 1) * 42)], made["last"][(row * 2)..((row + 1) * 2)]);
        }

        Network last = OnnxFile.Load(model, output: "last");
        using Workspace small = last.CreateWorkspace(3, training: false);
        float[] classes = new float[6];
        last.Predict(new Batch { Rows = 3, Inputs = ids, Lengths = [5, 3, 1] }, classes, small);
        Imported.Close(classes, made["last"]);
    }
}
