using System.Diagnostics.CodeAnalysis;

namespace NeuralNet.Kernels;

/// <summary>A direction in which pixels of a region follow each other: how many, and how far it is from one to the next on either side.</summary>
internal readonly record struct RegionAxis(int Count, nint From, nint To);

/// <summary>The values of a window, along one axis, that pixels have in the other side: how many, how far it is from one to the next there, the index
/// of the first in the window, and what to add to an index for the next.</summary>
internal readonly record struct RegionTaps(int Count, nint From, int First, int Step);

/// <summary>Pixels that have the same values of the window in the other side: a rectangle of some rows.</summary>
internal struct WindowRegion
{
    /// <summary>The first value of the first pixel's window, and that pixel.</summary>
    public nint From, To;

    /// <summary>The pixels. They are made strip by strip: one strip goes along the third of these, and strips follow each other along the second, and
    /// then the first.</summary>
    public RegionAxis Outer, Inner, Strip;

    /// <summary>Where the window rolls, how many of the lines that it goes over lie before the image, and behind it.</summary>
    public int LinesBefore, LinesBehind;

    /// <summary>The lines and columns of the window; neither has a value where the pixels lie outside of all that is not padding.</summary>
    public RegionTaps Lines, Columns;
}

/// <summary>The regions of some lines of rows, counted over all rows.</summary>
/// <remarks>Pixels near an edge have a part of the window only. If padding were zeros around a copy, these would be multiplied like all others, and
/// the copy would be made and read; a region leaves them out. Whether a row comes alone or shared among threads, a pixel has the same values.
/// </remarks>
/// <param name="map">The direction.</param>
/// <param name="first">The first line.</param>
/// <param name="end">The line behind the last.</param>
/// <param name="rolls">Whether a strip goes along all lines, those near an edge too, and not only along lines that are alike.</param>
internal struct WindowRegions(in ConvolutionMap map, int first, int end, bool rolls = false)
{
    // So many pixels fill tiles well.
    private const int LongStrip = 12;

    // So many floats of rows stay in the second-level cache while one region after the other is made.
    private const int BlockFloats = 64 << 10;

    private readonly ConvolutionMap map = map;
    private readonly int rowsAtOnce = RowsAtOnce(map);
    private int at = first, row, rows, y, lineCount;
    private int linePhase = map.LinePhases, line, lineEnd, linesAlike;
    private int columnPhase, column, columnsAlike;
    private WindowWalk lines, columns;
    private WindowRegion region;

    /// <summary>How many rows are done together.</summary>
    public static int RowsAtOnce(in ConvolutionMap map) => (int)Math.Max(1, BlockFloats / ((long)map.FromSize + map.ToSize));

    /// <summary>The region. Not a loop of C#, which would copy all of this.</summary>
    [UnscopedRef]
    public readonly ref readonly WindowRegion Current => ref region;

    /// <summary>Goes on to the next region; false if there is none.</summary>
    public bool MoveNext()
    {
        column += columnsAlike;
        while (column >= columns.Pixels)
        {
            if (++columnPhase >= map.Phases || linesAlike == 0)
            {
                if (!NextLines())
                    return false;
                columnPhase = 0;
            }

            columns = map.Columns(columnPhase);
            column = 0;
        }

        columnsAlike = columns.AlikeAt(column, columns.Pixels);
        MakeRegion();
        return true;
    }

    // The next lines that are alike, of this phase or another, or of the next rows.
    private bool NextLines()
    {
        line += linesAlike;
        while (line >= lineEnd)
        {
            if (++linePhase >= map.LinePhases)
            {
                if (!NextRows())
                    return false;
                linePhase = 0;
            }

            lines = map.Lines(linePhase);
            int step = map.LineStep;
            (line, lineEnd) = ((y - linePhase + step - 1) / step, (y + lineCount - linePhase + step - 1) / step);
        }

        linesAlike = rolls ? lineEnd - line : lines.AlikeAt(line, lineEnd);
        return true;
    }

    // Several whole rows, or lines of one.
    private bool NextRows()
    {
        int left = end - at;
        if (left <= 0)
            return false;
        (row, y) = Math.DivRem(at, map.ToLines);
        (rows, lineCount) = y == 0 && left >= map.ToLines
            ? (Math.Min(left / map.ToLines, rowsAtOnce), map.ToLines) : (1, Math.Min(map.ToLines - y, left));
        at += rows * lineCount;
        return true;
    }

    private void MakeRegion()
    {
        nint fromLine = (nint)map.FromColumns * map.FromChannels, toLine = (nint)map.ToColumns * map.ToChannels;
        (int firstLine, int endLine) = rolls ? (0, lines.Taps) : lines.TapsAt(line);
        (int firstColumn, int endColumn) = columns.TapsAt(column);
        bool isOutside = firstLine >= endLine || firstColumn >= endColumn;
        region = new()
        {
            From = ((nint)row * map.FromSize) + (lines.PlaceOf(line, firstLine) * fromLine)
                + ((nint)columns.PlaceOf(column, firstColumn) * map.FromChannels),
            To = ((nint)row * map.ToSize) + ((linePhase + ((nint)line * map.LineStep)) * toLine)
                + ((columnPhase + ((nint)column * map.PixelStep)) * map.ToChannels),
            Lines = new(isOutside ? 0 : endLine - firstLine, lines.TapStep * fromLine, lines.TapOf(firstLine), lines.WeightStep),
            Columns = new(
                isOutside ? 0 : endColumn - firstColumn, (nint)columns.TapStep * map.FromChannels, columns.TapOf(firstColumn), columns.WeightStep),
        };
        if (rolls)
        {
            int place = lines.PlaceOf(line, 0);
            (region.LinesBefore, region.LinesBehind) = (Math.Max(0, -place), Math.Max(0, place + linesAlike + lines.Taps - 1 - lines.Limit));
        }

        var alongRows = new RegionAxis(rows, map.FromSize, map.ToSize);
        var alongLines = new RegionAxis(linesAlike, lines.PixelStep * fromLine, map.LineStep * toLine);
        var alongColumns = new RegionAxis(columnsAlike, (nint)columns.PixelStep * map.FromChannels, (nint)map.PixelStep * map.ToChannels);
        (region.Outer, region.Inner, region.Strip) =
            rolls ? (alongRows, alongColumns, alongLines)
            : columnsAlike >= Math.Min(LongStrip, Math.Max(linesAlike, rows)) ? (alongRows, alongLines, alongColumns)
            : linesAlike >= Math.Min(LongStrip, rows) ? (alongRows, alongColumns, alongLines)
            : (alongLines, alongColumns, alongRows);
    }
}
