namespace NeuralNet.Tests.Reference;

/// <summary>Convolutions beside PyTorch's; <see cref="ParityTests"/> asserts what is measured here.</summary>
internal static class ConvolutionReference
{
    private const int Same = -1, Causal = -2;

    public static IEnumerable<LargestError> Measure() => LayerReference.Measure("convolutions.json", one =>
    {
        int[] dims = one.Dims;
        (int height, int filters, int groups) = (dims[0], dims[3], dims[14]);
        HeightWidth kernel = (dims[4], dims[5]), stride = (dims[6], dims[7]), dilation = (dims[8], dims[9]);
        Shape input = height == 0 ? Shape.Sequence(dims[1], dims[2]) : Shape.Image(height, dims[1], dims[2]);
        Padding padding = dims[10] == Same ? Padding.Same : dims[10] == Causal ? Padding.Causal : Padding.Of(dims[10], dims[11], dims[12], dims[13]);
        bool bias = dims[17] == 1;
        Activation? activation = dims[18] == 1 ? Activation.Tanh : null;
        return one.Kind == "Conv" ? new Conv(input, filters, kernel, stride, padding, dilation, groups, bias, activation)
            : new ConvTranspose(input, filters, kernel, stride, padding, (dims[15], dims[16]), dilation, groups, bias, activation);
    });
}
