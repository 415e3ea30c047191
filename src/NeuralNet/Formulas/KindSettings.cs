using System.Globalization;

namespace NeuralNet;

/// <summary>The settings of a layer or an activation by name: what a file keeps beside its kind, and what it is made anew from.</summary>
/// <remarks><para>Written in a layer of your own: <c>public override KindSettings Settings => new KindSettings().Set("rate", Rate);</c>.
/// Read where <see cref="LayerTypes"/> make it: <c>(input, settings) => new MyLayer(input, settings.GetSingle("rate"))</c>.</para>
/// <para>The input's shape need not be among them: every layer's is kept. Numbers keep all their bits, and may be infinite or NaN.</para></remarks>
public sealed class KindSettings
{
    /// <summary>The names that files use beside those of settings.</summary>
    internal const string Kind = "kind", Input = "input";

    private readonly List<string> names = [];
    private readonly Dictionary<string, object> values = [];
    private readonly string place = "The settings";

    /// <summary>Makes settings without any.</summary>
    public KindSettings()
    {
    }

    /// <summary>Makes settings as a file has them.</summary>
    /// <param name="place">What messages call them.</param>
    /// <param name="stored">The values, among them the kind and the input's shape, which are no settings but are asked for in the same way.</param>
    internal KindSettings(string place, IEnumerable<(string Name, IStoredSetting Value)> stored)
    {
        this.place = place;
        foreach ((string name, IStoredSetting value) in stored)
        {
            values.Add(name, value);
            if (name is not (Kind or Input))
                names.Add(name);
        }
    }

    /// <summary>The names of the settings, in the order in which they were set.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Whether there is such a setting.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True if it has been set.</returns>
    public bool Contains(string name) => values.ContainsKey(name);

    /// <summary>Sets a truth value.</summary>
    /// <param name="name">The name; "kind" and "input" are taken.</param>
    /// <param name="value">The value.</param>
    /// <returns>These settings.</returns>
    /// <exception cref="ArgumentException">The name is empty, taken, or has been set before.</exception>
    public KindSettings Set(string name, bool value) => SetObject(name, value);

    /// <summary>Sets a whole number.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, int value) => SetObject(name, value);

    /// <summary>Sets a number.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, float value) => SetObject(name, value);

    /// <summary>Sets a text.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, string value) => SetObject(name, value);

    /// <summary>Sets a list of whole numbers.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, int[] value) => SetObject(name, value?.Clone()!);

    /// <summary>Sets a list of numbers.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, float[] value) => SetObject(name, value?.Clone()!);

    /// <summary>Sets a shape.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, Shape value) => value.Size > 0
        ? SetObject(name, value)
        : throw new ArgumentException($"\"{name}\" is an empty shape.", nameof(value));

    /// <summary>Sets an activation.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, Activation value) => SetObject(name, value);

    /// <summary>Sets a layer, of a composite.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, Layer value) => SetObject(name, value);

    /// <summary>Sets a list of layers, of a composite.</summary>
    /// <inheritdoc cref="Set(string, bool)"/>
    public KindSettings Set(string name, IReadOnlyList<Layer> value) => SetObject(name, value is null ? null! : (Layer[])[.. value]);

    /// <summary>A truth value.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidDataException">There is no such setting, or it is of another type.</exception>
    public bool GetBoolean(string name) => Get<bool>(name, "true or false");

    /// <summary>A whole number.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public int GetInt32(string name) => Get<int>(name, "a whole number");

    /// <summary>A number.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public float GetSingle(string name) => Get<float>(name, "a number");

    /// <summary>A text.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public string GetString(string name) => Get<string>(name, "a text");

    /// <summary>A list of whole numbers.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public int[] GetInt32s(string name) => (int[])Get<int[]>(name, "a list of whole numbers").Clone();

    /// <summary>A list of numbers.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public float[] GetSingles(string name) => (float[])Get<float[]>(name, "a list of numbers").Clone();

    /// <summary>A shape.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public Shape GetShape(string name) => Get<Shape>(name, "a shape: a list of one, two or three sizes");

    /// <summary>An activation.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public Activation GetActivation(string name) => Get<Activation>(name, "an activation");

    /// <summary>A layer.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public Layer GetLayer(string name) => Get<Layer>(name, "a layer");

    /// <summary>A list of layers.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public IReadOnlyList<Layer> GetLayers(string name) => Get<Layer[]>(name, "a list of layers");

    /// <summary>The settings in words.</summary>
    /// <returns>Each name with its value.</returns>
    public override string ToString() =>
        string.Join(", ", names.Select(name => string.Create(CultureInfo.InvariantCulture, $"{name} {Words(values[name])}")));

    internal object this[string name] => values[name];

    /// <summary>A kind with these settings in words: "Adam(learningRate 0.001, …)", or the kind alone if there are none.</summary>
    internal string ToString(string kind) => names.Count == 0 ? kind : $"{kind}({this})";

    private static object Words(object value) => value switch
    {
        int[] numbers => $"[{string.Join(", ", numbers)}]",
        float[] numbers => $"[{string.Join(", ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)))}]",
        Layer[] layers => $"[{string.Join<Layer>(", ", layers)}]",
        _ => value,
    };

    private KindSettings SetObject(string name, object value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (name is Kind or Input || !values.TryAdd(name, value))
            throw new ArgumentException($"The name \"{name}\" is taken.", nameof(name));
        names.Add(name);
        return this;
    }

    /// <summary>The refusal of a setting that is of the right type, but not what was expected.</summary>
    internal InvalidDataException Wrong(string name, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{place}: \"{name}\" is {values[name]}; {expected} was expected."));

    private T Get<T>(string name, string expected)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!values.TryGetValue(name, out object? value))
            throw new InvalidDataException($"{place}: there is no \"{name}\"; {expected} was expected.");
        object? found = value switch
        {
            IStoredSetting stored => stored.As(typeof(T), $"{place}.{name}"),
            int whole when typeof(T) == typeof(float) => (float)whole,
            _ => value,
        };
        return found is T right ? right : throw Wrong(name, expected);
    }
}

/// <summary>A setting as a file has it: which type it stands for is known when it is asked for.</summary>
internal interface IStoredSetting
{
    /// <summary>The setting as a value of one of the types that <see cref="KindSettings"/> give; null if it is none.</summary>
    /// <param name="type">The type.</param>
    /// <param name="place">What messages call the setting.</param>
    object? As(Type type, string place);
}
