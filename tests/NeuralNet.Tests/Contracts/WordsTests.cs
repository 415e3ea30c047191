namespace NeuralNet.Tests.Contracts;

/// <summary>What people print says what it is, not the name of its type.</summary>
public class WordsTests
{
    [Fact]
    public void Public_classes_and_records_have_words_of_their_own()
    {
        // A builder and a list of makers are passed on, not printed, as functions are; formulas and rules are parts of what is.
        string[] silent = [.. typeof(Network).Assembly.GetExportedTypes()
            .Where(type => type is { IsInterface: false, IsEnum: false, IsByRefLike: false, IsAbstract: false, IsNested: false }
                && !type.IsSubclassOf(typeof(Delegate))
                && type.GetMethod("ToString", Type.EmptyTypes)!.DeclaringType is { } from && (from == typeof(object) || from == typeof(ValueType)))
            .Select(type => type.Name)];
        silent.Should().BeEquivalentTo(nameof(NetworkBuilder), nameof(LayerTypes));
        $"{new Lbfgs(5)}".Should().Be("Lbfgs(history 5, maxIterations 200, gradientTolerance 1E-06, objectiveTolerance 0)");
        $"{new Checkpointing("a.checkpoint", 2, 500)}".Should().Be("\"a.checkpoint\" after every 2 epochs and 500 steps");
        $"{new Standardize(2, inverse: true)}".Should().Be("Standardize Features(2), inverse");
        $"{new PowerTransform(Shape.Sequence(3, 2), [0, 2])}".Should().Be("PowerTransform Sequence(3, 2)");
        Network network = Network.Create(2).Dense(1).Build();
        $"{new Adam().CreateState(network)}".Should().Be("2 values of each of 3 parameters after 0 steps");
        using Workspace workspace = network.CreateWorkspace(4);
        $"{workspace}".Should().Be("Workspace for 4 rows, 1 threads, training");
    }
}
