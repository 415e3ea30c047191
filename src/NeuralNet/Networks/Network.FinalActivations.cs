using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>The final activations of a pass that left them out: those that no divergence takes through are applied here.</content>
public sealed partial class Network
{
    // More divergences than these are hardly trained with in turn.
    private const int MostForms = 8;

    private readonly FinalActivation[] finals;
    private readonly int widestFinal;

    // The forms that were asked for last. The array is replaced and never written to, so that any thread may read it.
    private DivergenceForm[] forms = [];

    // Training has the same divergence at every step, which is asked once.
    private DivergenceForm FormOf(Divergence divergence)
    {
        foreach (DivergenceForm form in forms)
        {
            if (form.Of == divergence)
                return form;
        }

        DivergenceForm asked = DivergenceForm.Ask(divergence, finals, outputWidth);
        forms = [asked, .. forms.Take(MostForms - 1)];
        return asked;
    }

    // z with y in place of the columns whose activations the divergence does not take through.
    private ReadOnlySpan<float> WithRest(ReadOnlySpan<float> z, int vectors, DivergenceForm form, Workspace workspace)
    {
        Span<float> y = workspace.Spare(z.Length + (4 * vectors * widestFinal))[..z.Length];
        z.CopyTo(y);
        for (int i = 0; i < finals.Length; i++)
        {
            if (!form.Taken[i])
                Activate(i, z, y, vectors, workspace);
        }

        return y;
    }

    // ∇z = ∇y J_f(z) in those columns.
    private void BackThroughRest(
        ReadOnlySpan<float> z, ReadOnlySpan<float> y, Span<float> dy, int vectors, DivergenceForm form, Workspace workspace)
    {
        int width = z.Length / vectors;
        for (int i = 0; i < finals.Length; i++)
        {
            (Activation activation, int first, int count) = finals[i];
            if (form.Taken[i])
                continue;
            Span<float> spare = workspace.Spare(z.Length + (4 * vectors * count))[z.Length..], dz = SpanCutter.Take(ref spare, vectors * count);
            activation.Backward(new ActivationBackwardPass
            {
                Vectors = vectors,
                Z = (activation.BackwardReads & BackwardReads.Input) != 0 ? Columns(z, ref spare) : default,
                Y = (activation.BackwardReads & BackwardReads.Output) != 0 ? Columns(y, ref spare) : default,
                OutputGradient = Columns(dy, ref spare),
                InputGradient = dz,
                Workers = workspace.Workers,
            });
            ColumnKernels.ToColumns(dz, count, dy, width, first, workspace.Workers);

            Span<float> Columns(ReadOnlySpan<float> all, ref Span<float> rest)
            {
                Span<float> columns = SpanCutter.Take(ref rest, vectors * count);
                ColumnKernels.FromColumns(all, width, first, columns, count, workspace.Workers);
                return columns;
            }
        }
    }

    // The outputs of a prediction.
    private void Activate(ReadOnlySpan<float> z, Span<float> y, int vectors, Workspace workspace)
    {
        if (widestFinal < Output.FeatureCount)
            z.CopyTo(y);
        for (int i = 0; i < finals.Length; i++)
            Activate(i, z, y, vectors, workspace);
    }

    // y = f(z) in the columns of one activation.
    private void Activate(int final, ReadOnlySpan<float> z, Span<float> y, int vectors, Workspace workspace)
    {
        (Activation activation, int first, int count) = finals[final];
        if (count == Output.FeatureCount)
        {
            activation.Forward(new ActivationForwardPass { Vectors = vectors, Z = z, Y = y, Workers = workspace.Workers });
            return;
        }

        int width = z.Length / vectors;
        Span<float> spare = workspace.Spare(z.Length + (2 * vectors * count))[z.Length..];
        Span<float> from = SpanCutter.Take(ref spare, vectors * count), to = SpanCutter.Take(ref spare, vectors * count);
        ColumnKernels.FromColumns(z, width, first, from, count, workspace.Workers);
        activation.Forward(new ActivationForwardPass { Vectors = vectors, Z = from, Y = to, Workers = workspace.Workers });
        ColumnKernels.ToColumns(to, count, y, width, first, workspace.Workers);
    }
}
