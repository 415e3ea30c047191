using Google.Protobuf;
using NeuralNet.Onnx.Schema;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Graphs in the form in which skl2onnx writes scikit-learn's networks and linear models.</summary>
public class LearnedTests
{
    private static readonly string[] names = ["setosa", "versicolor", "virginica"];

    // MLPClassifier of three classes: label, probabilities; the labels are texts.
    internal static ModelOf Classifier(bool isZipped = false, bool areTexts = true)
    {
        ModelOf model = Learned(Hidden(4, 3).Node("probabilities = Softmax(z)", ("axis", 1)).Node("best = ArgMax(probabilities)", ("axis", 1))
            .List("shape", -1).Node("found = ArrayFeatureExtractor(classes, best)").Node("label = Reshape(found, shape)"));
        if (areTexts)
        {
            model.Graph.Initializer.Add(new TensorProto
            {
                Name = "classes",
                DataType = (int)DataType.String,
                Dims = { 3 },
                StringData = { names.Select(ByteString.CopyFromUtf8) },
            });
        }
        else
        {
            model.List("classes", 2, 5, 7);
        }

        return Outputs(isZipped ? Zipped(model) : model, "label", isZipped ? "output_probability" : "probabilities");
    }

    private static ModelOf Zipped(ModelOf model)
    {
        model.Node("output_probability = ZipMap(probabilities)", ("classlabels_strings", names));
        return Learned(model);
    }

    private static ModelOf Hidden(int inputs, int outputs) => new ModelOf(0, inputs).Floats("coefficient", inputs, 6).Floats("intercepts", 1, 6)
        .Floats("coefficient1", 6, outputs).Floats("intercepts1", 1, outputs).Node("cast_input = Cast(input)", ("to", 1))
        .Node("mul_result = MatMul(cast_input, coefficient)").Node("add_result = Add(mul_result, intercepts)")
        .Node("next_activations = Relu(add_result)").Node("mul_result1 = MatMul(next_activations, coefficient1)")
        .Node("z = Add(mul_result1, intercepts1)");

    [Theory]
    [InlineData(true, "setosa,versicolor,virginica")]
    [InlineData(false, "2,5,7")]
    public void The_probabilities_of_a_classifier(bool areTexts, string classes)
    {
        ModelOf model = Classifier(areTexts: areTexts);
        Network network = AsTheRuntime(model, "probabilities", 4);
        network.Layers.Should().HaveCount(2).And.AllBeOfType<Dense>();
        network.Output.Should().Be(Shape.Features(3));
        network.Metadata.Should().Equal(new Dictionary<string, string> { ["classes"] = classes });
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>()
            .WithMessage("*(ArgMax): *Without them goes output: \"probabilities\", as an argument of Load.");
    }

    [Fact]
    public void A_map_of_class_names_is_the_probabilities()
    {
        ModelOf model = Classifier(isZipped: true);
        Network network = OnnxFile.Load(model.Bytes(), output: "output_probability");
        network.Metadata["classes"].Should().Be("setosa,versicolor,virginica");
        float[] x = [1, -2, 0.5f, 3];
        using var runtime = new Runtime(Outputs(model, "label", "probabilities").Bytes());
        Imported.Close(network.Predict(x), runtime.RunAsItIs(x, [1, 4], "probabilities"));
    }

    [Fact]
    public void Names_with_commas_stand_on_lines_of_their_own()
    {
        ModelOf model = Classifier();
        model.Graph.Initializer.Single(initializer => initializer.Name == "classes").StringData[1] = ByteString.CopyFromUtf8("a, b");
        OnnxFile.Load(model.Bytes(), output: "probabilities").Metadata["classes"].Should().Be("setosa\na, b\nvirginica");
        model.Graph.Initializer.Single(initializer => initializer.Name == "classes").StringData.Add(ByteString.CopyFromUtf8("more"));
        OnnxFile.Load(model.Bytes(), output: "probabilities").Metadata.Should().BeEmpty("four names are not those of three classes");
    }

    // MLPClassifier of two classes: the logistic function, and 1 less it.
    [Fact]
    public void Two_classes_of_a_classifier()
    {
        ModelOf model = Outputs(Hidden(4, 1).Number("unity", 1).Node("p = Sigmoid(z)").Node("q = Sub(unity, p)")
            .Node("probabilities = Concat(q, p)", ("axis", 1)).Node("best = ArgMax(probabilities)", ("axis", 1)), "best", "probabilities");
        Network network = AsTheRuntime(model, "probabilities", 4);
        network.Layers[^1].Should().BeOfType<Dense>().Which.Activation.Should().BeOfType<Softmax>();
    }

    [Fact]
    public void A_regressor_behind_a_scaler()
    {
        ModelOf model = new ModelOf(0, 4).Node("variable = Scaler(input)", ("offset", new[] { 1f, 2, 3, 4 }), ("scale", new[] { 0.5f, 2, 0.1f, 1 }))
            .Floats("coefficient", 4, 6).Floats("intercepts", 1, 6).Floats("coefficient1", 6, 1).Floats("intercepts1", 1, 1).List("shape", -1, 1)
            .Node("cast_input = Cast(variable)", ("to", 1)).Node("m = MatMul(cast_input, coefficient)").Node("a = Add(m, intercepts)")
            .Node("t = Tanh(a)").Node("m1 = MatMul(t, coefficient1)").Node("a1 = Add(m1, intercepts1)").Node("variable1 = Reshape(a1, shape)");
        Network network = AsTheRuntime(Outputs(Learned(model), "variable1"), "variable1", 4);
        network.Layers[0].Should().BeOfType<Standardize>();
        network.Layers.Should().HaveCount(3);
        network.Parameter("0.mean").ToArray().Should().Equal(1, 2, 3, 4);
    }

    [Theory]
    [InlineData(new[] { 1f }, new[] { 0.25f })]
    [InlineData(new[] { 1f, 2 }, new[] { 3f, -1 })]
    public void Scalers_of_one_number_or_of_one_for_each(float[] offset, float[] scale)
    {
        ModelOf model = new ModelOf(0, 2).Node("output = Scaler(input)", ("offset", offset), ("scale", scale));
        AsTheRuntime(Learned(model), "output", 2);
    }

    [Theory]
    [InlineData(3, "SOFTMAX", true)]
    [InlineData(3, "SOFTMAX", false)]
    [InlineData(3, "LOGISTIC", false)]
    [InlineData(3, "NONE", false)]
    [InlineData(2, "LOGISTIC", true)]
    [InlineData(2, "LOGISTIC", false)]
    public void Linear_classifiers(int classes, string transform, bool isNormalized)
    {
        float[] coefficients = classes == 2 ? [-1, 2, -0.5f, 1, -2, 0.5f] : [1, 2, 3, -1, 0.5f, 0, 0.25f, -0.5f, 2];
        ModelOf model = new ModelOf(0, 3).Node(
            "label, scores = LinearClassifier(input)",
            ("coefficients", coefficients),
            ("intercepts", classes == 2 ? [-0.5f, 0.5f] : new[] { 0.1f, 0, -1 }),
            ("classlabels_strings", names[..classes]),
            ("multi_class", 1), ("post_transform", transform));
        if (isNormalized)
            model.Node("probabilities = Normalizer(scores)", ("norm", "L1"));
        string output = isNormalized ? "probabilities" : "scores";
        Network network = AsTheRuntime(Outputs(Learned(model), "label", output), output, 3);
        network.Layers.Should().ContainSingle().Which.Should().BeOfType<Dense>();
        network.Metadata["classes"].Should().Be(string.Join(',', names[..classes]));
        if (isNormalized)
            ((Dense)network.Layers[0]).Activation.Should().BeOfType<Softmax>("it is trained on its logits");
    }

    [Fact]
    public void A_linear_regressor_of_several_targets_and_columns_in_another_order()
    {
        ModelOf model = new ModelOf(0, 4);
        model.Graph.Initializer.Add(
            new TensorProto { Name = "columns", DataType = (int)DataType.Int64, Dims = { 1, 2 }, Int64Data = { 2, 3 } });
        model.Node("x = ArrayFeatureExtractor(input, columns)")
            .Node("y = LinearRegressor(x)", ("coefficients", new[] { 1f, 2, 3, 4 }), ("intercepts", new[] { 0.5f, -1 }), ("targets", 2))
            .Node("output = Normalizer(y)", ("norm", "L2"));
        AsTheRuntime(Learned(model), "output", 4);
    }

    [Fact]
    public void What_is_no_layer_is_refused_with_words()
    {
        Refused("output = Normalizer(input)", "*the norm MAX is imported as L2*", ("norm", "MAX"));
        Refused("output = Normalizer(input)", "*the norm L1 is imported*", ("norm", "L1"));
        Refused("output = TreeEnsembleRegressor(input)", "*of the domain ai.onnx.ml Scaler, *");
        Refused("output = Scaler(input)", "*offset has 2 numbers and scale 0; one was expected, or one for each of 3 features*",
            ("offset", new[] { 1f, 2 }));
        Refused("output = LinearRegressor(input)", "*2 coefficients and 0 intercepts are not those of 1 outputs of 3 features*",
            ("coefficients", new[] { 1f, 2 }));
        Refused("output = LinearRegressor(input)", "*are not those of 9223372036854775807 outputs*", ("coefficients", new[] { 1f, 2, 3 }),
            ("targets", long.MaxValue));
        Refused("label, output = LinearClassifier(input)", "*1 scores of 2 classes are not imported*", ("coefficients", new[] { 1f, 2, 3 }),
            ("intercepts", new[] { 1f }), ("classlabels_ints", new long[] { 0, 1 }));
        Refused("output, scores = LinearClassifier(input)", "*output 0 is not imported*", ("coefficients", new[] { 1f, 2, 3 }),
            ("intercepts", new[] { 1f }), ("classlabels_ints", new long[] { 0 }));
        Refused("label, output = LinearClassifier(input)", "*post_transform PROBIT is not imported*", ("coefficients", new[] { 1f, 2, 3 }),
            ("intercepts", new[] { 1f }), ("classlabels_ints", new long[] { 0 }), ("post_transform", "PROBIT"));

        static void Refused(string node, string message, params (string, object)[] attributes) =>
            Learned(new ModelOf(0, 3).Node(node, attributes)).Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    private static ModelOf Learned(ModelOf model)
    {
        if (model.Proto.OpsetImport.Count == 1)
            model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 1 });
        foreach (NodeProto node in model.Graph.Node)
        {
            if (node.OpType is "Scaler" or "Normalizer" or "ArrayFeatureExtractor" or "ZipMap"
                || node.OpType.StartsWith("Linear", StringComparison.Ordinal) || node.OpType.StartsWith("Tree", StringComparison.Ordinal))
                node.Domain = "ai.onnx.ml";
        }

        return model;
    }

    private static ModelOf Outputs(ModelOf model, params string[] outputs)
    {
        model.Graph.Output.Clear();
        model.Graph.Output.Add(outputs.Select(output => new ValueInfoProto { Name = output, Type = new TypeProto() }));
        foreach (ValueInfoProto output in model.Graph.Output)
        {
            bool isText = output.Name == "label";
            output.Type.TensorType = new TypeProto.Types.Tensor { ElemType = (int)(isText ? TypeOf(model) : DataType.Float) };
            if (output.Name == "best")
                output.Type.TensorType.ElemType = (int)DataType.Int64;
            if (output.Name == "output_probability")
                output.Type.ClearValue();
        }

        return model;
    }

    private static DataType TypeOf(ModelOf model) => model.Graph.Initializer.Any(initializer => initializer.Name == "classes"
        && initializer.DataType == (int)DataType.Int64) ? DataType.Int64 : DataType.String;

    private static Network AsTheRuntime(ModelOf model, string output, int inputs)
    {
        Network network = OnnxFile.Load(model.Bytes(), output: output);
        var stream = new RandomStream(4);
        float[] x = [.. Enumerable.Range(0, 7 * inputs).Select(i => stream.Normal(0, i))];
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(Same.Predict(network, x, 7), runtime.RunAsItIs(x, [7, inputs], output));
        return network;
    }
}
