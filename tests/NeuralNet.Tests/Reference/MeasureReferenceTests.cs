using System.Globalization;
using System.Text.Json;

namespace NeuralNet.Tests.Reference;

/// <summary>Measures beside scikit-learn's, on 50 random cases each (reference_measures.py): with ties, weights and single classes.</summary>
public class MeasureReferenceTests
{
    private static readonly Dictionary<string, JsonElement[]> file = ReferenceFile.Read<Dictionary<string, JsonElement[]>>("measures.json");

    private static readonly Dictionary<string, Func<Evaluation, double?>> ofEvaluation = new()
    {
        ["accuracy"] = e => e.Accuracy,
        ["labelAccuracy"] = e => e.LabelAccuracy,
        ["logLoss"] = e => e.LogLoss,
        ["brier"] = e => e.Brier,
        ["rocAuc"] = e => e.RocAuc,
        ["averagePrecision"] = e => e.AveragePrecision,
        ["calibrationError"] = e => e.ExpectedCalibrationError(10),
        ["balancedAccuracy"] = e => e.BalancedAccuracy,
        ["matthews"] = e => e.Matthews,
        ["top2"] = e => e.TopK(2),
        ["precision"] = e => e.Precision,
        ["recall"] = e => e.Recall,
        ["f1"] = e => e.F1,
        ["macroPrecision"] = e => e.MacroPrecision,
        ["macroRecall"] = e => e.MacroRecall,
        ["macroF1"] = e => e.MacroF1,
        ["microPrecision"] = e => e.MicroPrecision,
        ["microRecall"] = e => e.MicroRecall,
        ["microF1"] = e => e.MicroF1,
        ["weightedPrecision"] = e => e.WeightedPrecision,
        ["weightedRecall"] = e => e.WeightedRecall,
        ["weightedF1"] = e => e.WeightedF1,
        ["r2"] = e => e.R2,
        ["meanAbsoluteError"] = e => e.MeanAbsoluteError,
        ["rootMeanSquareError"] = e => e.RootMeanSquareError,
        ["meanAbsolutePercentageError"] = e => e.MeanAbsolutePercentageError,
    };

    private delegate double OfSpans(ReadOnlySpan<float> y, ReadOnlySpan<float> d, int rows, ReadOnlySpan<float> weights);

    private static readonly Dictionary<string, OfSpans> ofSpans = new()
    {
        ["logLoss"] = Metrics.LogLoss,
        ["brier"] = Metrics.Brier,
        ["accuracy"] = Metrics.Accuracy,
        ["r2"] = Metrics.R2,
        ["top2"] = (y, d, rows, w) => Metrics.TopK(y, d, rows, 2, w),
        ["rocAuc"] = (y, d, _, w) => Metrics.RocAuc(y, d, w),
        ["averagePrecision"] = (y, d, _, w) => Metrics.AveragePrecision(y, d, w),
        ["calibrationError"] = (y, d, _, w) => Metrics.ExpectedCalibrationError(Metrics.Calibration(y, d, 10, w)),
        ["meanAbsoluteError"] = (y, d, _, w) => Metrics.MeanAbsoluteError(y, d, w),
        ["rootMeanSquareError"] = (y, d, _, w) => Metrics.RootMeanSquareError(y, d, w),
        ["meanAbsolutePercentageError"] = (y, d, _, w) => Metrics.MeanAbsolutePercentageError(y, d, w),
    };

    [Fact]
    public void Of_two_classes()
    {
        Compare("two", values: 20, one =>
        {
            float[] y = one.Values("y", 64), d = one.Values("d", 1);
            return [Of(one, Dataset.FromArrays(y, d, d.Length), Divergence.BinaryCrossEntropy, 1)];
        }, one => (one.Values("y", 64), one.Values("d", 1), 1));

        // Labels of −1 and +1, and scores that are none: the order alone decides.
        foreach (JsonElement one in file["two"])
        {
            float[] y = [.. one.Values("y", 64).Select(p => p - 0.5f)], d = [.. one.Values("d", 1).Select(label => (2 * label) - 1)];
            Evaluation hinge = Of(one, Dataset.FromArrays(y, d, d.Length), Divergence.Hinge, 1);
            foreach (string name in (string[])["rocAuc", "averagePrecision", "macroF1", "accuracy", "matthews"])
                ShouldBe(ofEvaluation[name](hinge), one.GetProperty(name), name);
            (hinge.LogLoss ?? hinge.Brier ?? hinge.ExpectedCalibrationError()).Should().BeNull("these are no probabilities");
        }
    }

    [Fact]
    public void Of_several_classes()
    {
        Compare("several", values: 18, one =>
        {
            int classes = one.GetProperty("classes").GetInt32();
            float[] y = one.Values("y", 64), d = one.Values("d", 1);
            int[] labels = [.. d.Select(id => (int)id)];
            float[] oneHot = new float[y.Length];
            for (int row = 0; row < labels.Length; row++)
                oneHot[(row * classes) + labels[row]] = 1;
            return [
                Of(one, Dataset.FromArrays(y, labels, classes), Divergence.CrossEntropy, classes),
                Of(one, Dataset.FromArrays(y, oneHot, labels.Length), Divergence.CrossEntropy, classes),
                Of(one, Dataset.FromIds(y, labels, classes, labels.Length), Divergence.CrossEntropy, classes)];
        }, one => (one.Values("y", 64), one.Values("d", 1), one.GetProperty("classes").GetInt32()));
    }

    [Fact]
    public void Of_labels()
    {
        Compare("labels", values: 16, one =>
        {
            int labels = one.GetProperty("classes").GetInt32();
            float[] y = one.Values("y", 64), d = one.Values("d", 1);
            return [Of(one, Dataset.FromArrays(y, d, d.Length / labels), Divergence.BinaryCrossEntropy, labels)];
        }, spans: null);
    }

    [Fact]
    public void Of_numbers()
    {
        Compare("numbers", values: 4, one =>
        {
            int outputs = one.GetProperty("classes").GetInt32();
            float[] y = one.Values("y", 8), d = one.Values("d", 8);
            return [Of(one, Dataset.FromArrays(y, d, d.Length / outputs), Divergence.L2, outputs)];
        }, one => (one.Values("y", 8), one.Values("d", 8), one.GetProperty("classes").GetInt32()));
    }

    private static void Compare(
        string kind, int values, Func<JsonElement, Evaluation[]> evaluate, Func<JsonElement, (float[] Y, float[] D, int Width)>? spans)
    {
        file[kind].Should().HaveCount(50);
        foreach (JsonElement one in file[kind])
        {
            JsonProperty[] expected = [.. one.EnumerateObject().Where(property => property.Name is not ("y" or "d" or "w" or "classes"))];
            expected.Should().HaveCount(values);
            foreach (Evaluation evaluation in evaluate(one))
            {
                foreach (JsonProperty property in expected)
                    ShouldBe(ofEvaluation[property.Name](evaluation), property.Value, $"{kind}, {property.Name} of {one}");
            }

            if (spans is null)
                continue;
            (float[] y, float[] d, int width) = spans(one);
            foreach (JsonProperty property in expected.Where(p => ofSpans.ContainsKey(p.Name) && (kind != "several" || !NeedsOneClass(p.Name))))
            {
                double actual = ofSpans[property.Name](y, d, y.Length / width, one.Values("w", 4));
                ShouldBe(actual, property.Value, $"{kind}, {property.Name} of spans of {one}");
            }
        }

        static bool NeedsOneClass(string name) => name is "rocAuc" or "averagePrecision" or "calibrationError";
    }

    private static void ShouldBe(double? actual, JsonElement expected, string because)
    {
        double value = expected.ValueKind == JsonValueKind.String
            ? double.Parse(expected.GetString()!, CultureInfo.InvariantCulture) : expected.GetDouble();
        actual.Should().NotBeNull(because);
        if (double.IsNaN(value))
            actual.Should().Be(double.NaN, because);
        else
            actual.Should().BeApproximately(value, 1e-12 * Math.Max(1, Math.Abs(value)), because);
    }

    // By a network that gives what it is given.
    private static Evaluation Of(JsonElement one, Dataset data, Divergence divergence, int width)
    {
        Network same = Network.Create(width).Dense(width, bias: false).Build();
        same.Parameters.Clear();
        for (int i = 0; i < width; i++)
            same.Parameters[(i * width) + i] = 1;
        return Evaluation.Of(same, data.WithWeights(one.Values("w", 4)), divergence);
    }
}

/// <summary>Numbers of a file that are whole there.</summary>
internal static class WholeNumbers
{
    public static float[] Values(this JsonElement one, string name, float divisor) =>
        [.. one.GetProperty(name).EnumerateArray().Select(value => value.GetInt32() / divisor)];
}
