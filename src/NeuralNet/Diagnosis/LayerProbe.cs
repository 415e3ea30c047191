using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Measures the layers of a network for an <see cref="XRay"/>, in memory that is made once.</summary>
internal sealed class LayerProbe
{
    private const int MostValues = 1 << 22; // of all layers' outputs together: 16 MB
    private readonly Network network;
    private readonly Watched[] layers;
    private readonly LayerOutputs outputs;
    private readonly Workspace workspace; // of one thread: nothing is to be disposed of
    private readonly float[] y, before;
    private readonly EffectiveRank rank;
    private int size; // of what was predicted last
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
        rank = new EffectiveRank(layers.Select(one => one.Units).DefaultIfEmpty(1).Max());
    }

    /// <summary>The most rows that are looked at.</summary>
    public int Rows { get; }

    /// <summary>How many rows were to be looked at.</summary>
    public int Wanted { get; }

    /// <summary>What the network gave for the rows that were looked at last.</summary>
    public ReadOnlySpan<float> Predicted => y.AsSpan(0, size);

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
        size = rows.Rows * network.OutputVectors(steps) * network.Output.FeatureCount;
        network.Predict(rows, y.AsSpan(0, size), workspace, outputs);
        looks++;
        foreach (Watched one in layers)
            one.Look(outputs[one.Place], looks, hasPadding: !rows.Lengths.IsEmpty, rank, workspace.Workers);
    }

    /// <summary>The readings, once the step has been made.</summary>
    public LayerReading[] End() => [.. layers.Select(one => one.Reading(Norm(before, one.Multipliers), Distance(one.Multipliers)))];

    private static double Norm(ReadOnlySpan<float> values, BlockPlace[] places)
    {
        double sum = 0;
        foreach (BlockPlace place in places)
        {
            ReadOnlySpan<float> own = values.Slice(place.Start, place.Length);
            sum += DoubleSums.Dot(own, own);
        }

        return Math.Sqrt(sum);
    }

    // ‖Δw‖
    private double Distance(BlockPlace[] places)
    {
        double sum = 0;
        foreach (BlockPlace place in places)
            sum += DoubleSums.SquaredDistance(network.Parameters.Slice(place.Start, place.Length), before.AsSpan(place.Start, place.Length));
        return Math.Sqrt(sum);
    }

    // A layer, and what was measured of it last.
    private sealed class Watched
    {
        private const int LooksThatCount = 5, LeastVectors = 32;
        private readonly UnitLimits limits;
        private readonly int[] lastAlive, silent;
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
            (lastAlive, silent) = (new int[Units], new int[Units]);
        }

        public string Place { get; }

        public Layer Layer { get; }

        public int Units { get; }

        public BlockPlace[] All { get; }

        public BlockPlace[] Multipliers { get; }

        public double GradientNorm { get; set; }

        public bool IsWorthALook => All.Length > 0 || limits.CanDie || limits.CanSaturate;

        public void Look(ReadOnlySpan<float> values, int look, bool hasPadding, EffectiveRank ranks, Workers workers)
        {
            var seen = new Seen { Silent = limits.CanDie ? Units : 0 };
            for (int i = 0; i < seen.Silent; i++)
                silent[i] = i;

            // What lies behind the end of a row is 0, vector by vector; the rest is looked at in pieces that are as long as can be.
            for (int at = 0, end; at < values.Length; at = end)
            {
                for (end = values.Length; hasPadding && at < end && IsEmpty(values, at);)
                    at += Units;
                for (int next = at; hasPadding && next < end; next += Units)
                    end = IsEmpty(values, next) ? next : end;
                if (at < end)
                    Add(values[at..end], look, ref seen);
            }

            range = seen.Count == 0 ? default : ValueSummary.Of(seen.Min, seen.Max, seen.Sum, seen.Squares, seen.Count);
            saturated = seen.Count == 0 ? 0 : seen.Flat / (double)seen.Count;

            // Few rows are no proof: a unit may be for others.
            looks[look % LooksThatCount] = seen.Count / Units;
            dead = looks.Sum() < LeastVectors ? 0 : lastAlive.Count(last => last <= look - LooksThatCount || last == 0);
            rank = ranks.Of(values, Units, workers);
        }

        private bool IsEmpty(ReadOnlySpan<float> values, int at) => !values.Slice(at, Units).ContainsAnyExcept(0f);

        private void Add(ReadOnlySpan<float> values, int look, ref Seen seen)
        {
            seen.Min = Math.Min(seen.Min, TensorPrimitives.Min(values));
            seen.Max = Math.Max(seen.Max, TensorPrimitives.Max(values));
            seen.Sum += DoubleSums.Sum(values);
            seen.Squares += DoubleSums.Dot(values, values);
            seen.Count += values.Length;
            if (limits.CanSaturate)
            {
                foreach (float value in values)
                    seen.Flat += value <= limits.Low || value >= limits.High ? 1 : 0;
            }

            // Only units that have been 0 so far are looked at: after some vectors hardly any is left.
            for (int at = 0; at < values.Length && seen.Silent > 0; at += Units)
            {
                ReadOnlySpan<float> vector = values.Slice(at, Units);
                int left = 0;
                for (int i = 0; i < seen.Silent; i++)
                {
                    int unit = silent[i];
                    if (vector[unit] == 0)
                        silent[left++] = unit;
                    else
                        lastAlive[unit] = look;
                }

                seen.Silent = left;
            }
        }

        public LayerReading Reading(double weightNorm, double moved) =>
            new(Place, Layer.Kind, GradientNorm, weightNorm, weightNorm == 0 ? 0 : moved / weightNorm, range, rank)
            {
                Parameters = All.Sum(place => place.Length),
                Units = Units,
                Dead = limits.CanDie ? dead / (double)Units : null,
                Saturated = limits.CanSaturate ? saturated : null,
            };

        // Of the vectors of one look.
        private struct Seen()
        {
            public double Min = double.PositiveInfinity, Max = double.NegativeInfinity, Sum, Squares;
            public long Count, Flat;
            public int Silent; // the units that have been 0 so far
        }
    }
}
