using Xunit.Abstractions;

namespace NeuralNet.Tests.Models;

/// <summary>The defaults on real tables, on the ten divisions on which scikit-learn was measured.</summary>
public class RealTableTests(ITestOutputHelper output)
{
    private const int Divisions = 10;

    private static readonly TableTraining whole = new() { TestFraction = 0, Threads = 2 };

    [Fact]
    public void Penguins_are_recognized_as_well_as_by_scikit_learn()
    {
        Evaluation[] found =
            [.. Enumerable.Range(0, Divisions).Select(division => Measure(RealTables.Penguins, "penguins", "species", division, []))];
        double accuracy = found.Average(evaluation => evaluation.Accuracy!.Value), loss = found.Average(evaluation => evaluation.LogLoss!.Value);
        output.WriteLine(FormattableString.Invariant($"accuracy {accuracy:0.0000}, log loss {loss:0.0000}"));
        loss.Should().BeLessThan(RealTables.Mean("penguins", "mlp", "logLoss"));
        accuracy.Should().BeGreaterThanOrEqualTo(RealTables.Mean("penguins", "mlp", "accuracy") - 1e-9);
        accuracy.Should().BeGreaterThan(RealTables.Mean("penguins", "boosting", "accuracy"));
        accuracy.Should().BeGreaterThan(RealTables.MeanOfFastTree("penguins", "accuracy"));
    }

    [Fact]
    public void Consumption_of_cars_is_predicted_as_well_as_by_scikit_learn()
    {
        Evaluation[] found =
            [.. Enumerable.Range(0, Divisions).Select(division => Measure(RealTables.Cars, "cars", "mpg", division, RealTables.CarColumns))];
        double square = found.Average(evaluation => evaluation.RootMeanSquareError);
        double error = found.Average(evaluation => evaluation.MeanAbsoluteError);
        output.WriteLine(FormattableString.Invariant($"rmse {square:0.0000}, mae {error:0.0000}"));
        square.Should().BeLessThan(RealTables.Mean("cars", "mlp", "rmse"));
        square.Should().BeLessThan(RealTables.Mean("cars", "boosting", "rmse"));
        square.Should().BeLessThan(RealTables.MeanOfFastTree("cars", "rmse"));
        error.Should().BeLessThan(RealTables.Mean("cars", "mlp", "mae"));
    }

    private static Evaluation Measure(Table table, string name, string target, int division, SchemaColumn[] columns)
    {
        (Table train, Table test) = RealTables.Divide(table, name, division);
        TableModel model = TableModel.Train(train, target, settings: whole with { Seed = division, Columns = columns });
        return model.Evaluate(test);
    }
}
