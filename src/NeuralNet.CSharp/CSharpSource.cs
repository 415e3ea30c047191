namespace NeuralNet.CSharp;

/// <summary>Networks as C# source.</summary>
public static class CSharpSource
{
    /// <summary>
    /// Writes the network as one C# file that needs nothing but the framework, and predicts the same values to the last bit.
    /// </summary>
    /// <remarks>
    /// <para>The file holds a static class with <c>InputSize</c>, <c>OutputSize</c>, <c>Predict(ReadOnlySpan&lt;float&gt; x, Span&lt;float&gt; y)</c>
    /// for one row, and <c>float[] Predict(ReadOnlySpan&lt;float&gt; x)</c>. It is safe for threads, compiles without unsafe blocks, has no
    /// reflection, and needs .NET 8 and C# 12, or later. Nothing is allocated in a call; a network that needs more than 4 KB between its layers
    /// rents them from the shared array pool. Where the network's outputs or inputs have names, the nested classes <c>Outputs</c> and
    /// <c>Inputs</c> say where each lies, <c>y[Net.Outputs.Class]</c>: its name with a large letter before each word, without what names in C#
    /// cannot have, and with a number behind it where two would be alike. Where the network has <see cref="Network.Metadata"/>, the class has them
    /// too, as <c>Metadata</c>.</para>
    /// <para>Its functions do the library's operations in the library's order, so that y is that of
    /// <see cref="Network.Predict(ReadOnlySpan{float})"/> bit for bit on every machine (only a NaN may be another NaN). A row is a whole one:
    /// sequences have all their steps, and recurrent layers begin with a state of 0. What belongs to training alone is left out: dropout
    /// does nothing, and a randomized slope is its mean. Ids that are none are refused as here.</para>
    /// <para>A row takes about as long as here on one thread: sums and functions are computed in vectors as wide as the machine has for
    /// <c>System.Numerics.Vector</c>, 256 bits with AVX2. Native AOT on x64 uses those, and fused multiply-adds, only where the project's
    /// <c>IlcInstructionSet</c> is <c>x86-64-v3</c> or above; without them each takes a call.</para>
    /// <para>The text depends on the layers, the values and the metadata alone: the same network gives the same text.</para>
    /// </remarks>
    /// <param name="network">The network.</param>
    /// <param name="className">The name of the class.</param>
    /// <param name="namespaceName">Its namespace, such as "Company.Product"; none unless given.</param>
    /// <returns>The text of the file.</returns>
    /// <exception cref="ArgumentException">A name is none in C#, a keyword, or one that the file itself uses.</exception>
    /// <exception cref="NotSupportedException">A layer or an activation is not the library's own, there are more than 1,048,576 values,
    /// which compilers hardly take, the metadata have more than 1,048,576 characters, or composites
    /// nest deeper than the stack of this thread allows.</exception>
    public static string ToCSharp(this Network network, string className, string? namespaceName = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(className);
        SourceName.CheckClass(className, nameof(className));
        if (namespaceName is not null)
            SourceName.CheckNamespace(namespaceName, nameof(namespaceName));
        try
        {
            return new SourceExport(network).Write(className, namespaceName);
        }
        catch (InsufficientExecutionStackException refusal)
        {
            throw new NotSupportedException("Composites nest deeper than the stack of this thread allows.", refusal);
        }
    }
}
