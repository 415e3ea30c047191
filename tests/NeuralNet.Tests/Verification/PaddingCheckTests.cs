namespace NeuralNet.Tests.Verification;

/// <summary>GradientCheck sees what a layer leaves behind the lengths of rows, where no gradient tells.</summary>
public class PaddingCheckTests
{
    [Theory]
    [InlineData(0f, 0f, true)]
    [InlineData(0.5f, 0f, false)]
    [InlineData(0f, 0.5f, false)]
    [InlineData(0f, float.NaN, false)]
    public void A_constant_behind_a_length_is_a_fault(float output, float gradient, bool isRight)
    {
        GradientCheckResult result = GradientCheck.Layer(new Doubled(output, gradient));
        result.Passes().Should().Be(isRight, result.ToString());
        if (output != 0)
            result.Parts.Should().ContainSingle(part => part.Fault != null).Which.ToString()
                .Should().Be("y with lengths: behind the length of row 0 there is an output of 0.5; 0 was expected (see ForwardPass.RealValues).");
    }

    // y = 2 x, with something else behind the lengths.
    private sealed class Doubled(float output, float gradient) : Layer(Shape.Sequence(3, 2), Shape.Sequence(3, 2))
    {
        public override void Forward(in ForwardPass pass)
        {
            pass.Output.Fill(output);
            foreach (Range run in pass.RealValues(Input))
                Double(pass.Input[run], pass.Output[run]);
        }

        public override void Backward(in BackwardPass pass)
        {
            if (pass.InputGradient.IsEmpty)
                return;
            pass.InputGradient.Fill(gradient);
            foreach (Range run in pass.RealValues(Input))
                Double(pass.OutputGradient[run], pass.InputGradient[run]);
        }

        private static void Double(ReadOnlySpan<float> from, Span<float> to)
        {
            for (int i = 0; i < from.Length; i++)
                to[i] = 2 * from[i];
        }
    }
}
