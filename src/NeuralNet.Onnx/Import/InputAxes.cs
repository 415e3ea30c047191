using System.Globalization;
using NeuralNet.Onnx.Schema;
using AxisSize = NeuralNet.Onnx.Schema.TensorShapeProto.Types.Dimension;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Import;

/// <summary>One way to see a model's inputs as rows.</summary>
/// <param name="Axes">Of each input the axis of the rows; −1 where it has none.</param>
/// <param name="Sizes">Of each input the sizes of its axes; that of the rows counts for 1.</param>
/// <param name="Rows">How many rows there are; <see cref="Import.Sizes.Rows"/> if the file does not say it.</param>
/// <param name="Hint">What could be said instead, where that is a guess; otherwise empty.</param>
internal sealed record RowChoice(int[] Axes, long[][] Sizes, long Rows, string Hint);

/// <summary>Which axes of a model's inputs are the rows, and how large those are that have no size in the file.</summary>
internal sealed class InputAxes(Model model, LoadSettings settings)
{
    private const int MaxTries = 6;

    private enum Role
    {
        Unknown, Rows, Steps, Height, Width,
    }

    private readonly HashSet<Role> used = [];

    /// <summary>What an input may be, by itself: the axis of the rows, the sizes of all, and the words for another reading.</summary>
    private readonly record struct Reading(int Axis, long[] Sizes, string Hint);

    /// <summary>The ways to see the inputs as rows, the likeliest one first. Where a reading mixes rows, its nodes are refused; so that whichever
    /// is not computes what the file does.</summary>
    public List<RowChoice> Choices()
    {
        List<Reading>[] each = [.. model.Inputs.Select(Readings)];
        foreach ((int? size, Role role) in new[] { (settings.Steps, Role.Steps), (settings.Height, Role.Height), (settings.Width, Role.Width) })
        {
            if (size is not null && !used.Contains(role))
            {
                throw new InvalidDataException($"No input has {Words(role).Axis} that is without a size, for which "
                    + $"{Words(role).Option}: {Text(size)} was given; leave it out.");
            }
        }

        var choices = new List<RowChoice>();
        for (int k = 0; k < Math.Min(MaxTries, each.Max(readings => readings.Count)); k++)
        {
            Reading[] readings = [.. each.Select(own => own[Math.Min(k, own.Count - 1)])];
            if (Rows(readings) is { } rows)
                choices.Add(new RowChoice(
                    [.. readings.Select(reading => reading.Axis)],
                    [.. readings.Select(reading => (long[])[.. reading.Sizes.Select((size, axis) => axis == reading.Axis ? 1 : size)])],
                    rows, string.Concat(readings.Select(reading => reading.Hint))));
        }

        return choices.Count > 0 ? choices
            : throw new InvalidDataException("The inputs have batches of different sizes, so that no axis is that of the rows; if each is a row as "
                + "it is, load the file with rows: OnnxRows.One.");
    }

    // How many rows all inputs have; null if two contradict each other. One row goes with any number.
    private static long? Rows(Reading[] readings)
    {
        long rows = 1;
        bool isOpen = false;
        foreach (Reading reading in readings)
        {
            long size = reading.Axis < 0 ? 1 : reading.Sizes[reading.Axis];
            isOpen |= size == Sizes.Rows;
            if (size is 1 or Sizes.Rows)
                continue;
            if (rows != 1 && rows != size)
                return null;
            rows = size;
        }

        return rows == 1 && isOpen ? Sizes.Rows : rows;
    }

    private List<Reading> Readings(ValueInfoProto input)
    {
        AxisSize[] axes = Axes(input);
        string name = Name(input);
        int[] open = [.. Enumerable.Range(0, axes.Length).Where(axis => IsOpen(axes[axis]))];
        Role[] roles = [.. axes.Select(axis => IsOpen(axis) ? RoleOf(axis.DimParam) : Role.Unknown)];
        long[] sizes = [.. axes.Select(axis => IsOpen(axis) ? 0 : axis.DimValue)];
        var made = new List<Reading>();
        foreach (int at in OpenRows(axes, open, roles))
            made.Add(new Reading(at, WithSizes(input, axes, sizes, open, at, roles), HintOf(axes, open, at, name, roles)));
        if (made.Count > 0)
            return made;
        if (open.Length > 0)
            sizes = WithSizes(input, axes, sizes, open, -1, roles);
        if (settings.Rows == OnnxRows.One)
            return [new Reading(sizes.Length > 1 && sizes[0] == 1 ? 0 : -1, sizes, "")];
        if (settings.Rows == OnnxRows.First)
            return [new Reading(0, sizes, "")];

        // One row, or a batch of a fixed size: then the first axis, or the second one behind the steps.
        for (int axis = 0; axis < sizes.Length && made.Count < 3; axis++)
        {
            if (sizes[axis] == 1)
                made.Add(new Reading(axis, sizes, ""));
        }

        for (int axis = 0; axis < Math.Min(2, sizes.Length - 1) && sizes[0] > 1; axis++)
        {
            if (sizes[axis] > 1)
                made.Add(new Reading(axis, sizes, FormattableString.Invariant(
                    $"{Environment.NewLine}Axis {axis} of {name}, {sizes[axis]}, was taken for the rows of a fixed batch; if all of it is one row, ")
                    + "load the file with rows: OnnxRows.One."));
        }

        return made.Count > 0 ? made : [new Reading(-1, sizes, "")];
    }

    // Which axis without a size is that of the rows. What is named for something else is that, if its size is given.
    private IEnumerable<int> OpenRows(AxisSize[] axes, int[] open, Role[] roles)
    {
        if (settings.Rows == OnnxRows.First)
            return open.Contains(0) ? [0] : [];
        int named = Array.IndexOf(roles, Role.Rows);
        if (named >= 0)
            return [named];
        bool isOne = settings.Rows == OnnxRows.One, isImage = (settings.Height ?? settings.Width) is not null;
        if (isImage && !open.Contains(0) && (axes.Length == 4 || isOne))
            return [];
        if (open.Length == 1 && isOne && (axes.Length == 1 || roles[open[0]] != Role.Unknown || settings.Steps is not null))
            return [];
        int[] unknown = [.. open.Where(axis => roles[axis] == Role.Unknown)];
        if (open.Length == 1)
            return (open[0] > 0 && Given(RoleAt(axes, open[0])) is not null) || Given(roles[open[0]]) is not null ? [] : open;
        return isOne ? unknown.Take(1) : unknown.Length > 1 && axes.Length == 3 ? unknown.Take(2) : unknown.Take(1);

        // Of an axis that no name tells anything of, with the first one for the rows.
        Role RoleAt(AxisSize[] all, int axis) => roles[axis] != Role.Unknown ? roles[axis] : all.Length < 4 ? Role.Steps : Role.Unknown;
    }

    private long[] WithSizes(ValueInfoProto input, AxisSize[] axes, long[] sizes, int[] open, int rowsAxis, Role[] roles)
    {
        sizes = (long[])sizes.Clone();
        if (rowsAxis >= 0)
            sizes[rowsAxis] = settings.Rows == OnnxRows.One ? 1 : Sizes.Rows;
        var taken = new List<Role>();
        foreach (int axis in open)
        {
            if (axis == rowsAxis)
                continue;
            Role role = roles[axis] is Role.Unknown or Role.Rows ? ByPlace(input, sizes, open, axis, rowsAxis) : roles[axis];
            taken.Add(role);
            string words = FormattableString.Invariant(
                $"{Name(input)} has {open.Length} {(open.Length == 1 ? "axis" : "axes")} without a size ({string.Join(", ", open)}); beside ")
                + FormattableString.Invariant($"that of the rows, all need one. Axis {axis}{Named(axes[axis])}");
            if (role == Role.Unknown)
                throw new InvalidDataException($"{words} is none of steps, height and width: export the model with a fixed size there.");
            sizes[axis] = Given(role) ?? throw new InvalidDataException(
                $"{words} is {Words(role).Axis}: give its size, such as {Words(role).Option}: {Words(role).Example}, "
                + "or export the model with a fixed one.");
            used.Add(role);
        }

        if (taken.Distinct().Count() < taken.Count)
            throw new InvalidDataException($"{Name(input)} has two axes without a size that seem to be {Words(taken[0]).Axis}: export the model with "
                + $"fixed sizes there, or with names for the axes (dynamic_axes), such as \"batch\", \"steps\", \"height\" and \"width\".");
        return sizes;
    }

    // By its place: of three axes or fewer the steps, of four the lines and columns beside the channels, which have a size.
    private Role ByPlace(ValueInfoProto input, long[] sizes, int[] open, int axis, int rowsAxis)
    {
        int[] own = [.. Enumerable.Range(0, sizes.Length).Where(other => other != (rowsAxis < 0 ? 0 : rowsAxis))];
        bool isImage = (settings.Height ?? settings.Width) is not null;
        if (sizes.Length == 3 && rowsAxis < 0 && settings.Rows == OnnxRows.One && isImage)
            return open.Length != 2 ? Role.Unknown : axis == open[0] ? Role.Height : Role.Width;
        if (sizes.Length <= 3)
            return Role.Steps;
        if (sizes.Length > 4 || rowsAxis > 0)
            return Role.Unknown;
        int[] openPlaces = [.. own.Where(open.Contains)];
        if (openPlaces.Length > 2)
            return Role.Unknown;
        if (openPlaces.Length == 2)
            return axis == openPlaces[0] ? Role.Height : Role.Width;
        bool areFirst = new ImageOrders(model).AreFirstAtInput(input.Name, sizes);
        int place = Array.IndexOf(own, axis) - (areFirst ? 1 : 0);
        return place switch { 0 => Role.Height, 1 => Role.Width, _ => Role.Unknown };
    }

    // A single axis without a size is that of the rows even if it has another name, unless its size is given.
    private static string HintOf(AxisSize[] axes, int[] open, int at, string name, Role[] roles) => open.Length > 1
        || roles[at] is Role.Unknown or Role.Rows ? "" : FormattableString.Invariant(
            $"{Environment.NewLine}Axis {at}{Named(axes[at])} of {name} was taken for the rows; if it is {Words(roles[at]).Axis}, give its ")
            + $"size, such as {Words(roles[at]).Option}: {Words(roles[at]).Example}.";

    private long? Given(Role role) => role switch
    {
        Role.Steps => settings.Steps,
        Role.Height => settings.Height,
        Role.Width => settings.Width,
        _ => null,
    };

    private static (string Axis, string Option, string Example) Words(Role role) => role switch
    {
        Role.Steps => ("an axis of steps", "steps", "50"),
        Role.Height => ("the height of images", "height", "224"),
        Role.Width => ("the width of images", "width", "224"),
        _ => ("an axis of rows", "rows", "OnnxRows.One"),
    };

    private static Role RoleOf(string name)
    {
        string word = name.ToLowerInvariant();
        bool Has(params ReadOnlySpan<string> parts)
        {
            foreach (string part in parts)
            {
                if (word.Contains(part, StringComparison.Ordinal))
                    return true;
            }

            return false;
        }

        return Has("batch", "rows", "sample") || word is "b" or "bs" ? Role.Rows
            : Has("height") || word == "h" ? Role.Height
            : Has("width") || word == "w" ? Role.Width
            : Has("seq", "step", "time", "len", "token", "frame") || word is "t" or "l" or "s" ? Role.Steps
            : Role.Unknown;
    }

    private static string Name(ValueInfoProto input) => $"Input \"{Printable.Text(input.Name)}\"";

    private static string Named(AxisSize axis) => axis.DimParam.Length > 0 ? $" (\"{Printable.Text(axis.DimParam)}\")" : "";

    private static string Text(int? size) => string.Create(CultureInfo.InvariantCulture, $"{size}");

    /// <summary>Whether an axis has no size.</summary>
    public static bool IsOpen(AxisSize size) => size.ValueCase != AxisSize.ValueOneofCase.DimValue || size.DimValue == -1;

    /// <summary>The axes of an input that is one of numbers.</summary>
    public static AxisSize[] Axes(ValueInfoProto input)
    {
        string name = Name(input);
        TypeProto.Types.Tensor tensor = input.Type?.TensorType ?? throw new InvalidDataException($"{name} is no tensor.");
        if ((DataType)tensor.ElemType is DataType.Undefined or DataType.String or DataType.Complex64 or DataType.Complex128
            || tensor.ElemType is < 0 or > 16)
            throw new InvalidDataException(FormattableString.Invariant(
                $"{name} is made of values of type {tensor.ElemType}; numbers were expected."));
        if (tensor.Shape is null || tensor.Shape.Dim.Count is 0 or > 16)
            throw new InvalidDataException(
                $"{name} has {(tensor.Shape is null ? "no shape" : FormattableString.Invariant($"{tensor.Shape.Dim.Count} axes"))}; 1 to 16 axes " +
                $"were expected, one of them that of the rows.");
        for (int axis = 0; axis < tensor.Shape.Dim.Count; axis++)
        {
            AxisSize size = tensor.Shape.Dim[axis];
            if (!IsOpen(size) && size.DimValue is <= 0 or >= Sizes.Rows)
                throw new InvalidDataException(
                    FormattableString.Invariant($"{name} has an axis {axis} of {size.DimValue}; a size from 1 to {Sizes.Rows - 1} was expected."));
        }

        return [.. tensor.Shape.Dim];
    }
}
