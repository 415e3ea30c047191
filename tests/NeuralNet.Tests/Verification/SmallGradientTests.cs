namespace NeuralNet.Tests.Verification;

/// <summary>What the check makes of gradients that are hardly larger than the noise of finite differences.</summary>
public class SmallGradientTests
{
    // ∇bias is a sum of 45 terms that happen to cancel out to −0.006, less than 500 times the noise of its difference.
    [Fact]
    public void A_small_gradient_of_a_block_of_one_element_is_no_kink()
    {
        GradientCheckResult right = GradientCheck.Layer(new BatchNorm(Shape.Image(5, 3, 1), activation: Activation.Sigmoid), rows: 3);
        right.Parts.Should().OnlyContain(part => part.Kinks == 0);
        right.EnsurePasses();
    }
}
