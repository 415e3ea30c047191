using System.Reflection;
using System.Threading.Channels;

namespace NeuralNet.Tests.Passes;

public sealed class MemoryBatchTests
{
    private delegate TValue Get<out TValue>(ref Batch batch)
        where TValue : allows ref struct;

    [Fact]
    public void It_has_every_property_of_a_batch_with_memory_for_spans()
    {
        static string Words(PropertyInfo property, string type) =>
            $"{property.Name}: {type}{(property.GetCustomAttributes().Any(a => a.GetType().Name == "RequiredMemberAttribute") ? ", required" : "")}";

        Properties(typeof(MemoryBatch)).Select(property => Words(property, property.PropertyType.ToString())).Should().Equal(
            Properties(typeof(Batch)).Select(property => Words(property, property.PropertyType.ToString().Replace("Span`1", "Memory`1"))));
    }

    [Fact]
    public void The_batch_that_it_gives_has_each_of_its_values()
    {
        object memory = new MemoryBatch { Rows = 1, Inputs = default };
        var given = new Dictionary<string, object>();
        foreach (PropertyInfo property in Properties(typeof(MemoryBatch)))
        {
            int next = given.Count + 2;
            Type type = property.PropertyType;
            object value = type == typeof(int) ? next : type == typeof(double) ? (double)next : type == typeof(bool) ? true
                : type == typeof(RandomStream?) ? new RandomStream(next) : type == typeof(ReadOnlyMemory<int>) ? new int[next] : new float[next];
            given.Add(property.Name, value);
            property.SetValue(memory, value switch
            {
                float[] array when type == typeof(Memory<float>) => new Memory<float>(array),
                float[] array => new ReadOnlyMemory<float>(array),
                int[] array => new ReadOnlyMemory<int>(array),
                _ => value,
            });
        }

        Batch batch = (MemoryBatch)memory;
        foreach (PropertyInfo property in Properties(typeof(Batch)))
        {
            bool isSame = given[property.Name] switch
            {
                float[] array when property.PropertyType == typeof(Span<float>) => Of<Span<float>>(property)(ref batch) == array,
                float[] array => Of<ReadOnlySpan<float>>(property)(ref batch) == array,
                int[] array => Of<ReadOnlySpan<int>>(property)(ref batch) == array,
                int number => Of<int>(property)(ref batch) == number,
                double number => Of<double>(property)(ref batch) == number,
                bool yes => Of<bool>(property)(ref batch) == yes,
                object stream => stream.Equals(Of<RandomStream?>(property)(ref batch)),
            };
            isSame.Should().BeTrue($"{property.Name} is handed on, without a copy");
        }

        static Get<TValue> Of<TValue>(PropertyInfo property)
            where TValue : allows ref struct => property.GetMethod!.CreateDelegate<Get<TValue>>();
    }

    [Fact]
    public async Task Steps_in_async_code_have_the_bits_of_steps_on_spans_and_allocate_nothing()
    {
        const int Rows = 4;
        float[] x = TestData.Normal(3 * Rows * 2), d = TestData.OneHotOf(TestData.Labels(3 * Rows, 3), 3);
        var channel = Channel.CreateBounded<MemoryBatch>(1);
        Task writing = Task.Run(async () =>
        {
            for (int k = 0; k < 3; k++)
            {
                await channel.Writer.WriteAsync(new MemoryBatch
                {
                    Rows = Rows,
                    Inputs = x.AsMemory(k * Rows * 2, Rows * 2),
                    Desired = d.AsMemory(k * Rows * 3, Rows * 3),
                });
            }

            channel.Writer.Complete();
        });
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        await foreach (MemoryBatch batch in channel.Reader.ReadAllAsync())
            trainer.Step(batch);
        await writing;

        using var other = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam());
        for (int k = 0; k < 3; k++)
            other.Step(x.AsSpan(k * Rows * 2, Rows * 2), d.AsSpan(k * Rows * 3, Rows * 3), Rows);
        trainer.Network.Parameters.ToArray().Should().Equal(other.Network.Parameters.ToArray());

        var again = new MemoryBatch { Rows = Rows, Inputs = x.AsMemory(0, Rows * 2), Desired = d.AsMemory(0, Rows * 3) };
        Allocations.Of(() => () => trainer.Step(again)).Should().Be(0);
    }

    [Fact]
    public void Predictions_take_it_as_a_batch()
    {
        Network network = TestData.Classifier();
        using Workspace workspace = network.CreateWorkspace(2, training: false);
        float[] y = new float[6], x = TestData.Normal(4);
        network.Predict(new MemoryBatch { Rows = 2, Inputs = x }, y, workspace);
        y.Should().Equal(network.Predict(x));
        $"{new MemoryBatch { Rows = 2, Inputs = x, Desired = y }}".Should().Be("MemoryBatch of 2 rows: 4 inputs, 6 desired values");
    }

    private static PropertyInfo[] Properties(Type type) => [.. type.GetProperties().OrderBy(property => property.Name, StringComparer.Ordinal)];
}
