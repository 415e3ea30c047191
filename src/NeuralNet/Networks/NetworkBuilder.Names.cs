namespace NeuralNet;

/// <content>Inputs and outputs by name.</content>
public sealed partial class NetworkBuilder
{
    /// <summary>Ends the network in several outputs, which all see what the layer before gives:
    /// <c>.Outputs(("class", b => b.Dense(10, Activation.Softmax)), ("size", b => b.Dense(1)))</c>.</summary>
    /// <remarks><para>They lie one after the other in a row of y: <see cref="Network.Outputs"/> says where, and makes a divergence of one for each.
    /// The layers are <see cref="NeuralNet.Branches"/>, concatenated: what feeds several outputs gets the sum of their gradients.</para>
    /// <para>Outputs that differ in more than their features, an image and a class for example, lie flat, each with all its values: a
    /// <see cref="NeuralNet.Flatten"/> is put behind those that need one. Sequences cannot lie beside others so, because a row's length would be
    /// lost: end them with <see cref="LastStep"/> or the like.</para></remarks>
    /// <param name="outputs">The name of each, and a function that adds its layers to the builder that it is given, and returns it. Names are unique,
    /// and have no points, quotes or line ends.</param>
    /// <returns>This builder, to which no other layer can be added.</returns>
    /// <exception cref="ArgumentException">There are none, a name is none or is given twice, the layers do not fit, or a sequence would lie beside
    /// another shape: the message says which, and why.</exception>
    public NetworkBuilder Outputs(params (string Name, Func<NetworkBuilder, NetworkBuilder> Layers)[] outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        string[] names = [.. outputs.Select(output => output.Name)];
        NamedParts.CheckNames(names, nameof(outputs));
        NetworkOutputs? made = null;
        Add(shape =>
        {
            Layer[] branches = [.. outputs.Select(output => Branch($"Output \"{output.Name}\"", shape, output.Layers))];
            made = NetworkOutputs.Of([.. branches.Select((branch, k) => (names[k], branch.Output))], nameof(outputs));
            if (made.FirstOrDefault(output => output.LiesFlat && output.Shape.Kind == ShapeKind.Sequence) is { } lost)
                throw new ArgumentException(
                    $"output \"{lost.Name}\" is {lost.Shape}, and outputs of other shapes are beside it: flat in one row, its steps would have no "
                    + "lengths. End it with LastStep, or a mean over the steps, or make all outputs sequences of as many steps");
            return new Branches([.. branches.Select((branch, k) => made[k].LiesFlat ? Flat(branch) : branch)], Merge.Concat);
        });
        this.outputs = made;
        return this;
    }

    /// <summary>Gives names to what the last layer makes, features after features: <c>.Dense(3).NameOutputs(("place", 2), ("size", 1))</c>. They are
    /// outputs as <see cref="Outputs"/> makes them, where no layers are each one's own.</summary>
    /// <param name="outputs">The name of each, and how many features are its own. Names are unique, and have no points, quotes or line ends.</param>
    /// <returns>This builder, to which no other layer can be added.</returns>
    /// <exception cref="ArgumentException">There are none, a name is none or is given twice, or their features are not those of the last layer.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of features is not positive.</exception>
    /// <exception cref="InvalidOperationException">The outputs have names already.</exception>
    public NetworkBuilder NameOutputs(params (string Name, int Features)[] outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (this.outputs is not null)
            throw new InvalidOperationException($"The outputs have names already: {this.outputs.Names}.");
        NamedParts.CheckNames([.. outputs.Select(output => output.Name)], nameof(outputs));
        long sum = 0;
        foreach ((string name, int features) in outputs)
            sum += features > 0 ? features : throw Guard.OutOfRange(nameof(outputs), features, $"Output \"{name}\" needs at least one feature.");
        if (sum != Shape.FeatureCount)
            throw new ArgumentException(
                $"The outputs {NamedParts.NamesOf(outputs.Select(output => output.Name))} have {sum} features together, but the network gives "
                + $"{Shape.FeatureCount} ({Shape}).", nameof(outputs));
        return NameOutputs([.. outputs.Select(output => (output.Name, Shape.WithFeatures(output.Features)))]);
    }

    /// <summary>Gives names and shapes to what the last layer makes, where some of it is of another shape than the rest:
    /// <c>.Dense(15).NameOutputs(("mask", Shape.Image(3, 4, 1)), ("class", 3))</c>. They lie in a row as <see cref="NamedParts"/> says.</summary>
    /// <param name="outputs">The name of each, and its shape. Names are unique, and have no points, quotes or line ends.</param>
    /// <returns>This builder, to which no other layer can be added.</returns>
    /// <exception cref="ArgumentException">There are none, a name is none or is given twice, a shape is empty, or together they are not what the last
    /// layer makes.</exception>
    /// <exception cref="InvalidOperationException">The outputs have names already.</exception>
    public NetworkBuilder NameOutputs(params (string Name, Shape Shape)[] outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (this.outputs is not null)
            throw new InvalidOperationException($"The outputs have names already: {this.outputs.Names}.");
        var made = NetworkOutputs.Of(outputs, nameof(outputs));
        if (made.Row != Shape)
            throw new ArgumentException($"The outputs {made} are {made.Row} together, but the network gives {Shape}.", nameof(outputs));
        this.outputs = made;
        return this;
    }

    /// <summary>Takes one of the network's inputs by its name, in the shape that it has: what a branch begins with, or the network.</summary>
    /// <remarks>It adds a <see cref="NeuralNet.Slice"/>, and a <see cref="NeuralNet.Reshape"/> if the input lies flat in the row.</remarks>
    /// <param name="name">The name, as <see cref="Network.Create(ValueTuple{string, Shape}[])"/> was given it.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">There is no such input.</exception>
    /// <exception cref="InvalidOperationException">The inputs have no names, or another layer comes before.</exception>
    public NetworkBuilder Input(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (named is null)
            throw new InvalidOperationException(
                $"Input \"{name}\" cannot be taken where the inputs have no names, or are not seen: create the network with names, "
                + $"Network.Create((\"{name}\", shape), …), and begin branches of its first layer with Input.");
        if (layers.Count > 0)
            throw new InvalidOperationException(
                $"Input \"{name}\" would come behind layer {layers.Count - 1} ({layers[^1].Kind}); only what begins a network, or a branch of "
                + "its first layer, sees the inputs.");
        NamedPart part = named[name];
        Slice(part.First, part.Count);
        return Shape == part.Shape ? this : Reshape(part.Shape);
    }

    private static Chain Flat(Layer output) => new([.. output is Chain chain ? chain.Layers : [output], new Flatten(output.Output)]);
}
