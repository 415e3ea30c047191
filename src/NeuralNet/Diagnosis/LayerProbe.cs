using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>Measures the layers of a network for an <see cref="XRay"/>, in memory that is made once.</summary>
internal sealed class LayerProbe
{
    private const int MostValues = 1 << 22; // of all layers' outputs together: 16 MB
    private readonly Network network;
    private readonly Watched[] layers;
    private readonly LayerOutputs outputs;
    private readonly Workspace workspace; // of one thread: nothing is to be disposed of
    private readonly float[] y, before, vectors;
    private int looks;

    /// <summary>Makes the memory.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The most rows that are to be looked at; fewer where layers are large.</param>
    public LayerProbe(Network network, int rows)
    {
        (this.network, Wanted) = (network, rows);
        layers = [.. LayerPlaces.Leaves(network).Select(leaf => new Watched(network, leaf.Place, leaf.Layer)).Where(one => one.IsWorthALook)];
        long perRow = 1 + layers.Sum(one => (long)one.Layer.Output.Size);
        Rows = (int)Math.Clamp(MostValues / perRow, 1, rows);
        outputs = layers.Length == 0 ? network.CreateLayerOutputs(Rows, "0")
            : network.CreateLayerOutputs(Rows, [.. layers.Select(one => one.Place)]);
        workspace = network.CreateWorkspace(Rows, training: false);
        y = new float[Rows * network.Output.Size];
        before = new float[network.Parameters.Length];
        vectors = new float[EffectiveRank.MostVectors * layers.Select(one => one.Units).DefaultIfEmpty(1).Max()];
    }

    /// <summary>The most rows that are looked at.</summary>
    public int Rows { get; }

    /// <summary>How many rows were to be looked at.</summary>
    public int Wanted { get; }

    /// <summary>Remembers the parameters before a step, and measures what can be measured then.</summary>
    public void Begin(in Batch rows, ReadOnlySpan<float> gradient)
    {
        network.Parameters.CopyTo(before);
        foreach (Watched one in layers)
            one.GradientNorm = Norm(gradient, one.All);
        MeasureOutputs(rows);
    }

    /// <summary>Measures the outputs of the layers alone.</summary>
    public void MeasureOutputs(in Batch rows)
    {
        int steps = rows.Steps == 0 ? network.Input.Steps : rows.Steps;
        int size = rows.Rows * network.OutputVectors(steps) * network.Output.FeatureCount;
        network.Predict(rows, y.AsSpan(0, size), workspace, outputs);
        looks++;
        foreach (Watched one in layers)
            one.Look(outputs[one.Place], looks, hasPadding: !rows.Lengths.IsEmpty, vectors);
    }

    /// <summary>The readings, once the step has been made.</summary>
    public LayerReading[] End() => [.. layers.Select(one => one.Reading(Norm(before, one.Multipliers), Distance(one.Multipliers)))];

    private static double Norm(ReadOnlySpan<float> values, BlockPlace[] places)
    {
        double sum = 0;
        foreach (BlockPlace place in places)
        {
            for (int first = 0; first < place.Length; first += 1024)
            {
                // The square of a large float is infinite; then in double.
                ReadOnlySpan<float> part = values.Slice(place.Start + first, Math.Min(1024, place.Length - first));
                float squares = TensorPrimitives.SumOfSquares(part);
                if (float.IsFinite(squares))
                {
                    sum += squares;
                    continue;
                }

                foreach (float value in part)
                    sum += (double)value * value;
            }
        }

        return Math.Sqrt(sum);
    }

    // ‖Δw‖
    private double Distance(BlockPlace[] places)
    {
        double sum = 0;
        foreach (BlockPlace place in places)
        {
            ReadOnlySpan<float> now = network.Parameters.Slice(place.Start, place.Length), then = before.AsSpan(place.Start, place.Length);
            for (int i = 0; i < now.Length; i++)
            {
                double moved = (double)now[i] - then[i];
                sum += moved * moved;
            }
        }

        return Math.Sqrt(sum);
    }

    // A layer, and what was measured of it last.
    private sealed class Watched
    {
        private const int LooksThatCount = 5, LeastVectors = 32;
        private readonly UnitLimits limits;
        private readonly int[] lastAlive;
        private readonly long[] looks = new long[LooksThatCount]; // the vectors of the last ones
        private ValueSummary range;
        private double rank, saturated;
        private int dead;

        public Watched(Network network, string place, Layer layer)
        {
            (Place, Layer, limits, Units) = (place, layer, UnitLimits.Of(layer), layer.Output.FeatureCount);
            var own = new List<(BlockRole Role, BlockPlace Place)>();
            HashSet<string> names = [.. layer.OwnBlocks.Select(block => $"{place}.{block.Name}")];
            for (int i = 0; i < network.Blocks.Count; i++)
            {
                if (network.Blocks[i].Role != BlockRole.Statistic && names.Contains(network.Blocks[i].Name))
                    own.Add((network.Blocks[i].Role, network.Places[i]));
            }

            All = [.. own.Select(one => one.Place)];
            Multipliers = [.. own.Where(one => one.Role != BlockRole.Bias).Select(one => one.Place)];
            if (Multipliers.Length == 0)
                Multipliers = All;
            lastAlive = new int[Units];
        }

        public string Place { get; }

        public Layer Layer { get; }

        public int Units { get; }

        public BlockPlace[] All { get; }

        public BlockPlace[] Multipliers { get; }

        public double GradientNorm { get; set; }

        public bool IsWorthALook => All.Length > 0 || limits.CanDie || limits.CanSaturate;

        public void Look(ReadOnlySpan<float> values, int look, bool hasPadding, Span<float> memory)
        {
            double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, squares = 0;
            long count = 0, flat = 0;
            for (int at = 0; at < values.Length; at += Units)
            {
                ReadOnlySpan<float> vector = values.Slice(at, Units);
                if (hasPadding && !vector.ContainsAnyExcept(0f))
                    continue; // behind the end of a row
                count += Units;
                for (int i = 0; i < vector.Length; i++)
                {
                    double value = vector[i];
                    (min, max) = (Math.Min(min, value), Math.Max(max, value));
                    sum += value;
                    squares += value * value;
                    if (value != 0)
                        lastAlive[i] = look;
                    if (value <= limits.Low || value >= limits.High)
                        flat++;
                }
            }

            range = count == 0 ? default : ValueSummary.Of(min, max, sum, squares, count);
            saturated = count == 0 ? 0 : flat / (double)count;

            // Few rows are no proof: a unit may be for others.
            looks[look % LooksThatCount] = count / Units;
            dead = looks.Sum() < LeastVectors ? 0 : lastAlive.Count(last => last <= look - LooksThatCount || last == 0);
            rank = EffectiveRank.Of(values, Units, memory);
        }

        public LayerReading Reading(double weightNorm, double moved) =>
            new(Place, Layer.Kind, GradientNorm, weightNorm, weightNorm == 0 ? 0 : moved / weightNorm, range, rank)
            {
                Parameters = All.Sum(place => place.Length),
                Units = Units,
                Dead = limits.CanDie ? dead / (double)Units : null,
                Saturated = limits.CanSaturate ? saturated : null,
            };
    }
}
