using System.Buffers;

namespace NeuralNet;

/// <summary>Changes rows at random while a network is trained, so that it sees each of them in many forms: a function of one row and its random
/// numbers. <see cref="Trainer.Augmentation"/> applies it in <see cref="Trainer.Fit"/>.</summary>
/// <remarks><para><c>Augmentation.Crop(padding: 4).Then(Augmentation.FlipHorizontally())</c> is what CIFAR-10 is usually trained with. Each of
/// several has random numbers of its own, and works on what the one before it leaves.</para>
/// <para>All random numbers are functions of (seed, step, row of the step), so the bits depend neither on the number of threads nor on how a step
/// is cut into batches, and training that is taken up again goes on with the same rows.</para>
/// <para>One of your own derives from this class, or is a function (<see cref="Of(string, AugmentationFunction)"/>). Several threads call it at
/// once, each with a row of its own: it must keep nothing from call to call, and draw from the stream that it is given alone.</para></remarks>
public abstract partial class Augmentation
{
    /// <summary>What kind of augmentation this is, in messages and checkpoints: the class's name unless overridden.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>What a checkpoint compares of the augmentation beside its kind: none unless overridden.</summary>
    public virtual KindSettings Settings => new();

    /// <summary>Refuses rows that it is not for, before the first step; takes all unless overridden.</summary>
    /// <param name="shape">The shape of a row.</param>
    /// <exception cref="ArgumentException">The augmentation is not for such rows.</exception>
    public virtual void Check(Shape shape)
    {
    }

    /// <summary>The floats of memory that it works in (<see cref="AugmentationPass.Scratch"/>): 0 unless overridden.</summary>
    /// <param name="shape">The shape of a row, which <see cref="Check"/> has taken.</param>
    /// <returns>How many, at least 0.</returns>
    public virtual int ScratchOf(Shape shape) => 0;

    /// <summary>Changes one row.</summary>
    /// <param name="pass">The row, what it is, and its random numbers.</param>
    public abstract void Apply(in AugmentationPass pass);

    /// <summary>Changes one row, in a loop of your own, or to look at what it does.</summary>
    /// <param name="values">The values of the row, changed in place.</param>
    /// <param name="shape">What the row is.</param>
    /// <param name="stream">Random numbers; another step (<see cref="RandomStream.AtStep"/>) draws others.</param>
    /// <param name="row">The row that the random numbers belong to, counted from the first one of a step.</param>
    /// <exception cref="ArgumentException">The shape has another number of values, or the augmentation is not for such rows.</exception>
    public void Apply(Span<float> values, Shape shape, RandomStream stream, int row = 0)
    {
        if (values.Length != shape.Size)
            throw new ArgumentException($"A row of {shape} has {shape.Size} values, but got {values.Length}.", nameof(values));
        Check(shape);
        float[] scratch = ArrayPool<float>.Shared.Rent(ScratchOf(shape));
        Apply(new AugmentationPass { Values = values, Shape = shape, Stream = stream, Row = row, Scratch = scratch.AsSpan(0, ScratchOf(shape)) });
        ArrayPool<float>.Shared.Return(scratch);
    }

    /// <summary>This augmentation, and then another.</summary>
    /// <param name="next">What works on the row that this one leaves.</param>
    /// <returns>Both together, as <see cref="Of(ReadOnlySpan{Augmentation})"/> makes them.</returns>
    public Augmentation Then(Augmentation next) => Of(this, next);

    /// <summary>This augmentation for some rows only, drawn at random.</summary>
    /// <param name="probability">The probability that a row is changed, from 0 to 1.</param>
    /// <returns>The augmentation.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not from 0 to 1.</exception>
    public Augmentation Sometimes(float probability) => new Sometimes(this, probability);

    /// <summary>The augmentation in words.</summary>
    /// <returns>Its kind and its settings.</returns>
    public override string ToString() => Settings.ToString(Kind);
}

/// <summary>An augmentation of your own as a function. Several threads call it at once, each for a row of its own.</summary>
/// <param name="stream">Random numbers of the step: draw with the row, <c>stream.Uniform(row, element)</c>.</param>
/// <param name="row">The row, counted from the first one of the step.</param>
/// <param name="values">The values of the row, changed in place.</param>
/// <param name="shape">What the row is; of a sequence with a length its real steps alone.</param>
public delegate void AugmentationFunction(RandomStream stream, int row, Span<float> values, Shape shape);
