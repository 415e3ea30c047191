using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NeuralNet.Onnx.Schema;
using NeuralNet.Tests.Contracts;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>What files say of the values within: their shapes are those that ONNX Runtime makes, and each node names its layer.</summary>
public class ShapeTests
{
    private static readonly string[] own = ["Twist", "Probe", "Repeat"], networks = ["digits", "sequence", "text", "image", "scaled", "several"];

    public static TheoryData<string> Layers =>
    [
        .. PublicKinds.Layers().Select((layer, i) => (layer, name: $"{i}: {layer}")).Where(kind => CanBeExported(kind.layer))
            .Select(kind => kind.name),
    ];

    public static TheoryData<string> Networks => [.. networks];

    private static Network Of(string name) => name switch
    {
        "digits" => Network.Create(784).Dense(128, Activation.Relu).Dropout(0.1f).Dense(10, Activation.Softmax).Build(seed: 1),
        "sequence" => Network.Create(Shape.Sequence(6, 3)).Bidirectional(b => b.Lstm(4)).Conv(5, 3, padding: Padding.Same).MaxPool(2)
            .Gru(4, lastStep: true).Dense(2).Build(seed: 1),
        "text" => Network.Create(Shape.Sequence(5, 1)).Embedding(10, 8).SinusoidalPositions()
            .Residual(b => b.LayerNorm().MultiHeadAttention(2, causal: true)).MeanOverSteps().Dense(3, Activation.Softmax).Build(seed: 1),
        "image" => Network.Create(Shape.Image(9, 8, 3)).Conv(4, 3, stride: 2, padding: Padding.Same, activation: Activation.Relu).BatchNorm()
            .Residual(b => b.Conv(4, 3, padding: Padding.Same)).Upsample(2).MaxPool(2).Flatten().Dense(5, Activation.Gelu).Build(seed: 1),
        "scaled" => Network.Create(4).Add(shape => new PowerTransform(shape)).Dense(6, Activation.Celu).Dense(3).Build(seed: 1),
        _ => Network.Create(("image", Shape.Image(4, 4, 2)), ("extra", 3)).Dense(8, Activation.Tanh)
            .Outputs(("class", b => b.Dense(3, Activation.Softmax)), ("size", b => b.Dense(1))).Build(seed: 1),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_value_of_a_network_has_the_shape_that_the_file_says(string name) => Check(Of(name));

    [Theory]
    [MemberData(nameof(Layers))]
    public void Every_value_of_a_layer_has_the_shape_that_the_file_says(string name) => Check(Same.Of(PublicKinds.Find(PublicKinds.Layers(), name)));

    // All values become outputs without a shape, so that the runtime says what they are.
    private static void Check(Network network)
    {
        const int Rows = 3;
        ModelProto model = ModelProto.Parser.ParseFrom(network.ToOnnx());
        GraphProto graph = model.Graph;
        Dictionary<string, ValueInfoProto> declared = graph.ValueInfo.ToDictionary(value => value.Name);
        string[] given = [.. graph.Output.Select(output => output.Name)];
        declared.Keys.Should().BeEquivalentTo(graph.Node.SelectMany(node => node.Output).Where(name => name.Length > 0).Except(given));
        graph.ValueInfo.Clear();
        foreach (ValueInfoProto value in declared.Values)
        {
            graph.Output.Add(new ValueInfoProto
            {
                Name = value.Name,
                Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = value.Type.TensorType.ElemType } },
            });
        }

        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };
        options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
        using var session = new InferenceSession(model.ToByteArray(), options);
        int column = 0;
        float[] x = Same.Inputs(network, 1, seed: 1);
        NamedOnnxValue[] inputs = [.. graph.Input.Select(input =>
        {
            int[] sizes = [Rows, .. input.Type.TensorType.Shape.Dim.Skip(1).Select(size => (int)size.DimValue)];
            int size = sizes.Aggregate(1, (product, one) => product * one) / Rows;
            float[] row = x[column..(column += size)];
            return NamedOnnxValue.CreateFromTensor(
                input.Name, new DenseTensor<float>(Enumerable.Repeat(row, Rows).SelectMany(v => v).ToArray(), sizes));
        })];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(inputs);
        foreach (DisposableNamedOnnxValue result in results.Where(result => declared.ContainsKey(result.Name)))
        {
            TypeProto.Types.Tensor type = declared[result.Name].Type.TensorType;
            (int[] sizes, DataType kind) = result.Value switch
            {
                Tensor<float> made => (made.Dimensions.ToArray(), DataType.Float),
                Tensor<long> made => (made.Dimensions.ToArray(), DataType.Int64),
                Tensor<bool> made => (made.Dimensions.ToArray(), DataType.Bool),
                _ => ([], DataType.Undefined),
            };
            ((DataType)type.ElemType).Should().Be(kind, result.Name);
            type.Shape.Dim.Select(size => size.DimParam == "batch" ? Rows : (int)size.DimValue).Should().Equal(sizes, result.Name);
        }
    }

    [Fact]
    public void Parameters_that_are_no_numbers_change_no_shape()
    {
        Network network = Network.Create(1).Dense(1).Dense(1, Activation.Tanh).Build(seed: 1);
        string before = Shapes();
        network.Parameters[0] = float.NaN;
        network.Parameters[1] = float.PositiveInfinity;
        network.Parameters[2] = float.MinValue;
        Shapes().Should().Be(before).And.NotBe("");

        string Shapes() => string.Join(' ', ModelProto.Parser.ParseFrom(network.ToOnnx()).Graph.ValueInfo);
    }

    [Fact]
    public void The_rows_are_the_same_axis_everywhere()
    {
        GraphProto graph = ModelProto.Parser.ParseFrom(Of("digits").ToOnnx()).Graph;
        graph.ValueInfo.Select(value => value.Name).Should().Equal("0/Gemm", "0/Relu", "2/Gemm");
        foreach (ValueInfoProto value in graph.ValueInfo)
            value.Type.TensorType.Shape.Dim[0].DimParam.Should().Be(graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam).And.Be("batch");
    }

    [Fact]
    public void Each_node_names_its_layer()
    {
        GraphProto graph = ModelProto.Parser.ParseFrom(Of("digits").ToOnnx()).Graph;
        graph.Node.Select(node => node.DocString).Should().Equal(
            "layer 0: Dense 784 → 128, Relu", "layer 0: Dense 784 → 128, Relu", "layer 2: Dense 128 → 10, Softmax",
            "layer 2: Dense 128 → 10, Softmax");
        foreach (string name in networks)
        {
            Network network = Of(name);
            graph = ModelProto.Parser.ParseFrom(network.ToOnnx()).Graph;
            string[] explained = [.. graph.Node.Select(node => node.DocString).Where(words => words.Length > 0)];
            explained.Should().OnlyContain(words => words.StartsWith("layer ", StringComparison.Ordinal));
            for (int k = 0; k < network.Layers.Count; k++)
            {
                if (network.Layers[k] is not (Dropout or Skip or Flatten or Chain))
                    explained.Should().Contain(words => words.StartsWith($"layer {k}", StringComparison.Ordinal), $"{name} {k}");
            }
        }
    }

    private static bool CanBeExported(Layer layer)
    {
        try
        {
            Same.Of(layer).ToOnnx();
            return true;
        }
        catch (NotSupportedException refusal)
        {
            own.Should().Contain(kind => refusal.Message.Contains(kind, StringComparison.Ordinal));
            return false;
        }
    }
}
