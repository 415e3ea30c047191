namespace NeuralNet;

/// <content>Averages over the classes. Where a class has 0/0, it counts as 0 in them, as in scikit-learn; without a row, they are NaN.</content>
public sealed partial class ConfusionMatrix
{
    /// <summary>The mean precision of the classes that occur, as actual ones or as predictions.</summary>
    public double MacroPrecision => Sums().Macro(ClassSums.Precision);

    /// <summary>The mean recall of the classes that occur, as actual ones or as predictions.</summary>
    public double MacroRecall => Sums().Macro(ClassSums.Recall);

    /// <summary>The mean F1 of the classes that occur, as actual ones or as predictions: a rare class counts as much as a frequent one.</summary>
    public double MacroF1 => Sums().Macro(ClassSums.F1);

    /// <summary>Σ n_cc / Σ n_ap over the rows with a prediction: the accuracy, unless outputs have NaN.</summary>
    public double MicroPrecision => Sums().Micro(ClassSums.Precision);

    /// <summary>Σ n_cc / Σ n_ap: the accuracy.</summary>
    public double MicroRecall => Sums().Micro(ClassSums.Recall);

    /// <summary>The harmonic mean of <see cref="MicroPrecision"/> and <see cref="MicroRecall"/>: the accuracy, unless outputs have NaN.</summary>
    public double MicroF1 => Sums().Micro(ClassSums.F1);

    /// <summary>The mean precision of the classes, each counted as often as rows are of it.</summary>
    public double WeightedPrecision => Sums().Weighted(ClassSums.Precision);

    /// <summary>The mean recall of the classes, each counted as often as rows are of it: the accuracy.</summary>
    public double WeightedRecall => Sums().Weighted(ClassSums.Recall);

    /// <summary>The mean F1 of the classes, each counted as often as rows are of it.</summary>
    public double WeightedF1 => Sums().Weighted(ClassSums.F1);

    /// <summary>The mean recall of the classes that rows are of: 1/K by chance, however rare a class is.</summary>
    public double BalancedAccuracy => Sums().Balanced();

    /// <summary>The coefficient of Matthews, the correlation of actual and predicted classes: (s Σ n_cc − Σ_c a_c p_c) / √((s² − Σ p_c²)(s² − Σ
    /// a_c²)), with s rows, a_c of them of class c and p_c predicted as it.</summary>
    /// <remarks>1 where all are right, 0 by chance, and where all rows are of one class or predicted as one, as in scikit-learn.</remarks>
    public double Matthews => Sums().Matthews();

    internal ClassSums Sums()
    {
        double none = 0;
        double[] right = new double[Classes], actual = new double[Classes], predicted = new double[Classes];
        for (int a = 0; a < Classes; a++)
        {
            right[a] = this[a, a];
            actual[a] = this[a, -1];
            none += this[a, -1];
            for (int p = 0; p < Classes; p++)
            {
                actual[a] += this[a, p];
                predicted[p] += this[a, p];
            }
        }

        return new ClassSums(right, actual, predicted, Total, none, areLabels: false);
    }
}
