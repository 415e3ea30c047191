using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace NeuralNet;

/// <summary>Makes layers from the JSON of <see cref="StructureWriter"/>; whatever it holds, what is wrong is said with its place.</summary>
internal sealed class StructureReader(LayerTypes? types, int version)
{
    private long left = LayerMemory.Max;

    /// <summary>The version of the file.</summary>
    public int Version => version;

    public static JsonElement Parse(string what, string json)
    {
        try
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(json);
            CheckTexts(utf8);
            return JsonElement.Parse(utf8, new JsonDocumentOptions { MaxDepth = StructureWriter.MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException wrong)
        {
            throw new InvalidDataException($"{what} is not valid JSON: {wrong.Message}", wrong);
        }
        catch (InvalidOperationException wrong)
        {
            throw new InvalidDataException($"a text of {what} is not Unicode: {wrong.Message}", wrong);
        }
    }

    public Chain Network(JsonElement structure)
    {
        var settings = Settings("network", structure);
        Shape input = Guarded("network", () => settings.GetShape(KindSettings.Input));
        IReadOnlyList<Layer> layers = settings.GetLayers(StructureWriter.Layers);
        Chain chain = Guarded("network", () => new Chain(layers));
        if (chain.Input != input)
            throw new InvalidDataException($"network: its input is {input}, but layers[0] ({layers[0].Kind}) takes {layers[0].Input}.");
        Take("network", LayerMemory.OfIds(chain));
        return chain;
    }

    public IReadOnlyList<Tie> Ties(JsonElement structure, Chain network)
    {
        if (!structure.TryGetProperty(StructureWriter.Ties, out JsonElement ties))
            return [];
        return ties.ValueKind == JsonValueKind.Array && ties.GetArrayLength() < network.Blocks.Count
            ? [.. ties.EnumerateArray().Select((tie, i) => Tie($"{StructureWriter.Ties}[{i}]", tie))]
            : throw new InvalidDataException(
                $"\"{StructureWriter.Ties}\" is {Short(ties)}; a list was expected, of fewer ties than there are blocks.");
    }

    /// <summary>The names of a network's inputs or outputs; null: there are none.</summary>
    public TParts? Parts<TParts>(JsonElement structure, string which, Shape row, Func<IReadOnlyList<(string Name, Shape Shape)>, string, TParts> make)
        where TParts : NamedParts
    {
        if (!structure.TryGetProperty(which, out JsonElement list))
            return null;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > row.Size)
            throw new InvalidDataException($"\"{which}\" is {Short(list)}; a list was expected, of no more names than a row has values.");
        (string Name, Shape Shape)[] named = [.. list.EnumerateArray().Select((part, i) => Part($"{which}[{i}]", part))];
        return Guarded(which, () =>
        {
            TParts parts = make(named, which);
            return parts.Row == row ? parts
                : throw new InvalidDataException($"{which}: together they are {parts.Row}, but the network's row is {row}.");
        });
    }

    private (string Name, Shape Shape) Part(string place, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: an object with a name and a shape was expected, but got {Short(element)}.");
        KindSettings part = Settings(place, element);
        return (part.GetString(StructureWriter.Name), Guarded(place, () => part.GetShape(StructureWriter.Shape)));
    }

    private Tie Tie(string place, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: a tie was expected, an object with two names, but got {Short(element)}.");
        KindSettings tie = Settings(place, element);
        return new Tie(
            tie.GetString(StructureWriter.Block), tie.GetString(StructureWriter.To),
            tie.Contains(StructureWriter.Transposed) && tie.GetBoolean(StructureWriter.Transposed));
    }

    public Layer Layer(string place, JsonElement element)
    {
        (string kind, KindSettings settings) = Open(place, element, "a layer");
        Func<Shape, KindSettings, Layer>? make = KnownKinds.Layer(kind) ?? types?.Layer(kind);
        if (make is null)
            throw Unknown(place, "layer", kind, nameof(LayerTypes.Add));
        Shape input = Guarded(place, () => settings.GetShape(KindSettings.Input));
        Take(place, KnownKinds.TableFloats(kind, input, settings));
        Layer layer = Guarded(place, () => make(input, settings)) ?? throw Null(place, kind);
        Take(place, LayerMemory.OfOne(layer));
        if (version == 1)
            ChannelOrder.Check(place, layer);
        return layer.Input == input ? layer : throw new InvalidDataException($"{place}: {kind} is to take {input}, but takes {layer.Input}.");
    }

    public Activation Activation(string place, JsonElement element)
    {
        (string kind, KindSettings settings) = Open(place, element, "an activation");
        Func<KindSettings, Activation>? make = KnownKinds.Activation(kind) ?? types?.Activation(kind);
        if (make is null)
            throw Unknown(place, "activation", kind, nameof(LayerTypes.AddActivation));
        return Guarded(place, () => make(settings)) ?? throw Null(place, kind);
    }

    /// <summary>A value for a message: not more of it than a person would read.</summary>
    public static string Short(JsonElement element)
    {
        string text = element.GetRawText();
        return Printable.Text(text.Length <= 40 ? text : text[..40] + "…");
    }

    private (string Kind, KindSettings Settings) Open(string place, JsonElement element, string expected)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: {expected} was expected, an object with its kind, but got {Short(element)}.");

        // How much a stack holds is the caller's affair: some threads have a small one.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new InvalidDataException($"{Printable.Text(place)}: layers are nested deeper than the stack of this thread allows.");
        var settings = Settings(place, element);
        return (settings.GetString(KindSettings.Kind), settings);
    }

    private KindSettings Settings(string place, JsonElement element) =>
        new(place, element.EnumerateObject().Select(property => (property.Name, (IStoredSetting)new JsonSetting(this, property.Value))));

    private static InvalidDataException Unknown(string place, string what, string kind, string add) =>
        new($"{place}: \"{Printable.Text(kind)}\" is no {what} of the library; name your own to Load with LayerTypes.{add}.");

    private static InvalidDataException Null(string place, string kind) => new($"{place}: the function that makes {kind} gave null.");

    /// <summary>What constructors refuse is the file's fault here.</summary>
    public static T Guarded<T>(string place, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception refusal) when (refusal is ArgumentException or OverflowException or NotSupportedException)
        {
            throw new InvalidDataException($"{place}: {refusal.Message}", refusal);
        }
    }

    private void Take(string place, long floats)
    {
        left -= floats;
        if (left < 0)
            throw new InvalidDataException($"{Printable.Text(place)}: {LayerMemory.TooMuch}");
    }

    // Half of a surrogate pair, written as an escape, is found only where a text is asked for: that is done once, here.
    private static void CheckTexts(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = StructureWriter.MaxDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped)
                reader.GetString();
        }
    }
}
