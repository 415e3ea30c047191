namespace NeuralNet;

/// <summary>Which tensors a network's blocks are in a file: PyTorch's names, and its layout [outputs, inputs]. This is the one place
/// where the two layouts meet.</summary>
/// <remarks>A name is the layer's place and PyTorch's own name of the parameter: "0.weight", "2.1.weight_ih_l0". Blocks of people's own layers,
/// those that a composite has beside its children's ("2.scale"), and what PyTorch keeps as the library does (vectors, tables of
/// <see cref="Embedding"/> and of positions), are taken as they are; behind an image that has been flattened, and before features that become one,
/// they stand in PyTorch's order (<see cref="FeatureOrders"/>).</remarks>
internal static class TorchLayout
{
    /// <summary>The tensors of a network, layer by layer.</summary>
    public static List<FileTensor> Of(IReadOnlyList<Layer> layers)
    {
        var tensors = new List<FileTensor>();
        int block = 0;
        Add(layers, "", new FeatureOrders(layers, isOfValues: false), ref block, tensors);
        return tensors;
    }

    /// <summary>The tensors that a file of a network has: of tied blocks only the one that has the values.</summary>
    /// <remarks>Where PyTorch has one tensor of several blocks, it is written unless all of them are tied, and with it all tensors of these
    /// blocks.</remarks>
    public static IEnumerable<FileTensor> Written(Network network)
    {
        List<FileTensor> tensors = Of(network.Layers);
        if (network.Ties.Count == 0)
            return tensors;
        ILookup<int, string> names = NamesByBlock(tensors);
        HashSet<string> tied = [.. tensors.Where(tensor => tensor.Parts.All(part => network.Layout.TieOf(part.Block) is not null))
            .Select(tensor => tensor.Name)];
        return tensors.Where(tensor => !tensor.Parts.All(part => names[part.Block].All(tied.Contains)));
    }

    /// <summary>For each block the names of the tensors that hold values of it.</summary>
    public static ILookup<int, string> NamesByBlock(IEnumerable<FileTensor> tensors) => tensors
        .SelectMany(tensor => tensor.Parts, (tensor, part) => (part.Block, tensor.Name)).ToLookup(pair => pair.Block, pair => pair.Name);

    private static void Add(IReadOnlyList<Layer> layers, string prefix, FeatureOrders orders, ref int block, List<FileTensor> tensors)
    {
        for (int k = 0; k < layers.Count; k++)
        {
            Layer layer = layers[k];
            string place = $"{prefix}{k}.";
            Add(layer.Children, place, orders, ref block, tensors);
            int first = block;
            (FeatureOrder? input, FeatureOrder? output) = (orders.Input(place[..^1]), orders.Output(place[..^1]));
            tensors.AddRange(layer switch
            {
                Dense dense => Connected(dense, place, block, input, output),
                ConvolutionLayer convolution => Convolution(convolution, place, block),
                Rnn or Lstm or Gru { ResetsBefore: false } => Recurrent((RecurrentLayer)layer, place, block),
                MultiHeadAttention attention => Attention(attention, place, block),
                _ => layer.OwnBlocks.Select((next, i) => AsIs(place + next.Name, next, first + i) with
                {
                    RowOrder = FeatureOrders.KeepsFeatures(layer) && next.Length == layer.Input.FeatureCount ? input : null,
                }),
            });
            block += layer.OwnBlocks.Count();
        }
    }

    private static FileTensor AsIs(string name, Block block, int index) =>
        new(name, block.Dimensions, 1, new TensorPart(index, 0, block.Length, block.Length));

    // A file's [outputs, inputs] of the block [inputs, outputs], or of some of its columns.
    private static FileTensor Transposed(string name, Block block, int index, int first = 0, int? count = null)
    {
        int rows = count ?? block.Dimensions[1];
        return new(name, [rows, block.Dimensions[0]], block.Dimensions[0], new TensorPart(index, first, rows, block.Dimensions[1]));
    }

    private static IEnumerable<FileTensor> Connected(Dense layer, string place, int block, FeatureOrder? input, FeatureOrder? output)
    {
        yield return Transposed(place + "weight", layer.Blocks[0], block) with { RowOrder = output, ColumnOrder = input };
        if (layer.Blocks.Count > 1)
            yield return AsIs(place + "bias", layer.Blocks[1], block + 1) with { RowOrder = output };
    }

    // A window [height, width, features, outputs] is [outputs, features, height, width] there: its values in the order of an image's channels.
    // The weights of a transposed convolution have the places of the other's inputs and outputs exchanged, in both layouts.
    private static IEnumerable<FileTensor> Convolution(ConvolutionLayer layer, string place, int block)
    {
        Block weight = layer.Blocks[0];
        int[] window = [.. weight.Dimensions.SkipLast(2)];
        (int features, int outputs) = (weight.Dimensions[^2], weight.Dimensions[^1]);
        yield return new(
            place + "weight", [outputs, features, .. window], weight.Length / outputs, new TensorPart(block, 0, outputs, outputs))
        {
            ColumnOrder = FeatureOrder.Of(Shape.Image(layer.Kernel.Height, layer.Kernel.Width, features)),
        };
        if (layer.HasBias)
            yield return AsIs(place + "bias", layer.Blocks[1], block + 1);
    }

    // PyTorch adds two biases; here there is one, except for n of a GRU, whose second one is inside of r ⊙ (…).
    private static IEnumerable<FileTensor> Recurrent(RecurrentLayer layer, string place, int block)
    {
        int width = layer.Blocks[2].Length, hidden = layer.Hidden, bias = block + 2;
        yield return Transposed(place + "weight_ih_l0", layer.Blocks[0], block);
        yield return Transposed(place + "weight_hh_l0", layer.Blocks[1], block + 1);
        yield return AsIs(place + "bias_ih_l0", layer.Blocks[2], bias) with { HasAddend = true };
        yield return layer is Gru
            ? new(place + "bias_hh_l0", [width], 1, new(bias, 0, 2 * hidden, width, IsAddend: true), new(bias + 1, 0, hidden, hidden))
            : new(place + "bias_hh_l0", [width], 1, new TensorPart(bias, 0, width, width, IsAddend: true));
    }

    // nn.MultiheadAttention has one matrix for q, k and v where they are made of as many features, and otherwise three. Fewer heads of keys than of
    // queries, which it has not, make the parts for k and v narrower.
    private static IEnumerable<FileTensor> Attention(MultiHeadAttention layer, string place, int block)
    {
        int step = layer.HasBias ? 2 : 1, width = layer.Queries.FeatureCount, memory = layer.Memory.FeatureCount;
        int keyWidth = width / layer.Heads * layer.KeyHeads, all = width + (2 * keyWidth);
        Block Weight(int projection) => layer.Blocks[projection * step];
        if (!layer.IsCross)
        {
            yield return Transposed(place + "in_proj_weight", Weight(0), block);
        }
        else if (memory == width)
        {
            yield return new(
                place + "in_proj_weight", [all, width], width, new(block, 0, width, width), new(block + step, 0, 2 * keyWidth, 2 * keyWidth));
        }
        else
        {
            yield return Transposed(place + "q_proj_weight", Weight(0), block);
            yield return Transposed(place + "k_proj_weight", Weight(1), block + step, 0, keyWidth);
            yield return Transposed(place + "v_proj_weight", Weight(1), block + step, keyWidth, keyWidth);
        }

        int last = layer.IsCross ? 2 : 1;
        yield return Transposed(place + "out_proj.weight", Weight(last), block + (last * step));
        if (!layer.HasBias)
            yield break;

        yield return layer.IsCross
            ? new(place + "in_proj_bias", [all], 1, new(block + 1, 0, width, width), new(block + step + 1, 0, 2 * keyWidth, 2 * keyWidth))
            : AsIs(place + "in_proj_bias", layer.Blocks[1], block + 1);
        yield return AsIs(place + "out_proj.bias", layer.Blocks[(last * step) + 1], block + (last * step) + 1);
    }
}
