using System.Globalization;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>The names that a file gives its inputs or outputs, as names of a network's.</summary>
internal static class PartNames
{
    /// <summary>A name for each: the file's, with _ for what no name of a network has, and a number behind one that another has already.</summary>
    public static string[] Of(Model model, IReadOnlyList<ValueInfoProto> values)
    {
        var taken = new HashSet<string>();
        return [.. values.Select(value => Free(Fit(model.IsOwn && value.DocString.Length > 0 ? value.DocString : value.Name)))];

        string Free(string name)
        {
            string free = name;
            for (int number = 2; !taken.Add(free); number++)
                free = string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");
            return free;
        }
    }

    /// <summary>Whether a network has these names: several always, and a single one that is not as exporters make them up, such as "output",
    /// "input_1", "42" or "/fc/Gemm_output_0".</summary>
    public static bool AreKept(Model model, (string Name, Shape Shape)[] parts)
    {
        string name = parts[0].Name;
        return parts.Length > 1 || (model.IsOwn ? name is not ("input" or "output")
            : char.IsLetter(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or ' ')
                && name.ToLowerInvariant().TrimEnd("0123456789_".ToCharArray()) is not ("input" or "inputs" or "output" or "outputs"));
    }

    private static string Fit(string name)
    {
        string fit = string.Concat(name.Select(c => c is '.' or '"' or '\u2028' or '\u2029' || char.IsControl(c) ? '_' : c));
        return string.IsNullOrWhiteSpace(fit) ? "_" : fit;
    }
}
