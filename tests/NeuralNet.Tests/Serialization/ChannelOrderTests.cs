using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Serialization;

/// <summary>Images of files of version 1, which lay channel after channel.</summary>
public class ChannelOrderTests
{
    private const string Image = "[2,2,2]";

    [Theory]
    [InlineData("""{"kind":"ActivationLayer","input":[2,2,2],"activation":{"kind":"Relu"}}""")]
    [InlineData("""{"kind":"ActivationLayer","input":[2,2,2],"activation":{"kind":"RandomizedLeakyRelu","lower":0.1,"upper":0.3}}""")]
    [InlineData("""{"kind":"Dropout","input":[2,2,2],"rate":0.5}""")]
    [InlineData("""{"kind":"Skip","input":[2,2,2]}""")]
    [InlineData("""{"kind":"Chain","layers":[{"kind":"Skip","input":[2,2,2]}],"input":[2,2,2]}""")]
    [InlineData("""{"kind":"Branches","merge":"Sum","layers":[{"kind":"Skip","input":[2,2,2]},"""
        + """{"kind":"Dropout","input":[2,2,2],"rate":0.5}],"input":[2,2,2]}""")]
    public void A_layer_that_treats_all_values_alike_is_loaded(string layer) =>
        Load(File(Image, layer)).Input.Should().Be(Shape.Image(2, 2, 2));

    [Theory]
    [InlineData("""{"kind":"ActivationLayer","input":[2,2,2],"activation":{"kind":"Softmax","temperature":1}}""")]
    [InlineData("""{"kind":"Slice","input":[2,2,2],"first":0,"count":1}""")]
    [InlineData("""{"kind":"Flatten","input":[2,2,2]}""")]
    [InlineData("""{"kind":"Reshape","input":[2,2,2],"output":[8]}""")]
    [InlineData("""{"kind":"Branches","merge":"Concat","layers":[{"kind":"Skip","input":[2,2,2]},"""
        + """{"kind":"Skip","input":[2,2,2]}],"input":[2,2,2]}""")]
    public void Any_other_is_refused_with_the_reason_and_what_to_do(string layer)
    {
        Refused(File(Image, layer), "*network.layers[0]: *format version 1*channel after channel*Shape.Image(height, width, channels)*LoadWeights*");
        string chain = $$"""{"kind":"Chain","layers":[{"kind":"Skip","input":[2,2,2]},{{layer}}],"input":[2,2,2]}""";
        Refused(File(Image, chain), "*network.layers[0].layers[1]: *format version 1*");
    }

    [Theory]
    [InlineData("""{"kind":"Reshape","input":[8],"output":[2,2,2]}""")]
    [InlineData("""{"kind":"Chain","layers":[{"kind":"Reshape","input":[8],"output":[2,2,2]},{"kind":"Flatten","input":[2,2,2]}],"input":[8]}""")]
    public void What_becomes_an_image_is_refused_too(string layer) => Refused(File("[8]", layer), "*format version 1*");

    [Theory]
    [InlineData("[1,2,4]")]
    [InlineData("[8,1,1]")]
    public void One_channel_and_one_pixel_lie_in_one_order(string image)
    {
        Network network = Load(File(image, $$"""{"kind":"Flatten","input":{{image}}}"""));
        network.Predict([1, 2, 3, 4, 5, 6, 7, 8]).Should().Equal(1, 2, 3, 4, 5, 6, 7, 8);
    }

    [Fact]
    public void A_layer_of_ones_own_is_refused_because_nobody_knows_what_it_goes_by()
    {
        byte[] file = File(Image, """{"kind":"Mine","input":[2,2,2]}""");
        Refused(file, "*Mine, Image(2, 2, 2) → Image(2, 2, 2), would compute something else*", new LayerTypes()
            .Add("Mine", (input, _) => new Own(input)));
    }

    [Fact]
    public void A_checkpoint_of_an_image_is_taken_up_where_it_treats_all_values_alike()
    {
        byte[] Checkpoint(NetworkBuilder builder, string structure, out Trainer trainer)
        {
            string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            trainer = new Trainer(builder.Build(1), Divergence.L2, new Sgd(0.1f));
            trainer.SaveCheckpoint(path);
            byte[] file = System.IO.File.ReadAllBytes(path);
            System.IO.File.Delete(path);
            return WithStructure(file, _ => structure);
        }

        void Resume(byte[] file, Trainer trainer)
        {
            string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            System.IO.File.WriteAllBytes(path, file);
            try
            {
                trainer.Resume(path).Should().BeTrue();
            }
            finally
            {
                System.IO.File.Delete(path);
            }
        }

        byte[] alike = Checkpoint(
            Network.Create(Shape.Image(1, 2, 2)).Prelu(shared: true),
            """{"version":1,"input":[2,1,2],"layers":[{"kind":"Prelu","input":[2,1,2],"shared":true}]}""",
            out Trainer trainer);
        Resume(alike, trainer);
        byte[] other = Checkpoint(
            Network.Create(Shape.Image(1, 2, 2))
            .Prelu(), """{"version":1,"input":[2,1,2],"layers":[{"kind":"Prelu","input":[2,1,2],"shared":false}]}""", out trainer);
        FluentActions.Invoking(() => Resume(other, trainer)).Should().Throw<InvalidDataException>()
            .WithMessage("*network.layers[0]: *format version 1*");
    }

    private static byte[] File(string input, string layer) => FileOfStructure($$"""{"version":1,"input":{{input}},"layers":[{{layer}}]}""");

    private sealed class Own(Shape shape) : Layer(shape, shape)
    {
        public override string Kind => "Mine";

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }
}
