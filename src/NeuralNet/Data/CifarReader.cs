namespace NeuralNet;

/// <summary>Reads A. Krizhevsky's CIFAR files in their binary version: records of labels, a byte each, and 3 · 32 · 32 bytes, channels first.
/// </summary>
/// <param name="name">What messages call the format.</param>
/// <param name="labels">The names that each label of a record chooses from.</param>
internal sealed class CifarReader(string name, params string[][] labels)
{
    private const int Side = 32, Channels = 3, Pixels = Side * Side, Values = Channels * Pixels;

    public static string[] Classes10 { get; } = Names("airplane automobile bird cat deer dog frog horse ship truck");

    public static string[] Coarse100 { get; } = Names(
        "aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture insects large_carnivores "
        + "large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people "
        + "reptiles small_mammals trees vehicles_1 vehicles_2");

    public static string[] Classes100 { get; } = Names(
        "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar "
        + "cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster "
        + "house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree "
        + "orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose "
        + "sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television "
        + "tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm");

    private readonly int record = labels.Length + Values;

    /// <summary>Which of a record's labels is the class.</summary>
    public int Wanted { get; init; }

    public Dataset Read(IReadOnlyList<string> paths)
    {
        var files = new List<byte[]>();
        long rows = 0;
        foreach (string path in paths)
        {
            using var file = new DataFile(path);
            try
            {
                files.Add(file.ReadUpTo(Array.MaxLength));
            }
            catch (OutOfMemoryException e)
            {
                throw file.RefuseSize(null, e);
            }

            rows += files[^1].Length / record;
            if (rows * Values > Array.MaxLength || files[^1].Length == Array.MaxLength)
                throw file.RefuseSize(null, null);
            Check(file, files[^1]);
        }

        float[] inputs = new float[rows * Values], scaled = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];
        int[] classes = new int[rows];
        int row = 0;
        foreach (byte[] bytes in files)
        {
            for (int at = 0; at < bytes.Length; at += record, row++)
            {
                classes[row] = bytes[at + Wanted];
                ReadOnlySpan<byte> image = bytes.AsSpan(at + labels.Length, Values);
                Span<float> pixels = inputs.AsSpan(row * Values, Values);
                for (int channel = 0; channel < Channels; channel++)
                {
                    ReadOnlySpan<byte> plane = image.Slice(channel * Pixels, Pixels);
                    for (int i = 0; i < plane.Length; i++)
                        pixels[(i * Channels) + channel] = scaled[plane[i]];
                }
            }
        }

        return Dataset.FromLabels(inputs, classes, labels[Wanted].Length, Array.AsReadOnly(labels[Wanted]), Shape.Image(Side, Side, Channels));
    }

    private void Check(DataFile file, byte[] bytes)
    {
        string words = FileKind.Words(bytes.AsSpan(0, Math.Min(bytes.Length, FileKind.Bytes)));
        if (bytes.Length == 0 || bytes.Length % record != 0)
        {
            int whole = bytes.Length / record;
            string end = whole == 0 ? "" : $": the last record, which begins at byte {whole * record}, has {bytes.Length % record}";
            string other = bytes.Length > 0 && bytes.Length % (Values + 3 - labels.Length) == 0
                ? $" It may be of {(labels.Length == 1 ? "CIFAR-100: Dataset.FromCifar100" : "CIFAR-10: Dataset.FromCifar10")} reads those." : words;
            throw file.Refuse($"expected {(bytes.Length == 0 ? "at least one record" : "whole records")} of {record} bytes, as the binary version of "
                + $"{name} has them, but got {bytes.Length} bytes{end}.{other}");
        }

        for (int at = 0; at < bytes.Length; at += record)
        {
            for (int k = 0; k < labels.Length; k++)
            {
                if (bytes[at + k] >= labels[k].Length)
                    throw file.Refuse($"record {at / record}, byte {at + k}",
                        $"expected a class 0 … {labels[k].Length - 1} of {name}, but got {bytes[at + k]}.{words}");
            }
        }
    }

    private static string[] Names(string words) => words.Split(' ');
}
