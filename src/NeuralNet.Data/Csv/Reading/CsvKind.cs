using System.Text;

namespace NeuralNet;

/// <summary>What a file is that is no text in columns, by its first bytes: a person who is told learns what to do about it.</summary>
internal static class CsvKind
{
    /// <summary>The kind in words and what to do about it; null if nothing speaks against text.</summary>
    public static string? Of(ReadOnlySpan<byte> start) =>
        start.StartsWith("PK\x3\x4"u8) || start.StartsWith("PK\x5\x6"u8)
            ? "a zip: save an Excel workbook (.xlsx) as CSV, unpack CSV files that are in it; one of torch.save or numpy has no text"
        : start.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]) ? "an old Excel workbook (.xls): save it as CSV"
        : start.StartsWith("PAR1"u8) ? "Parquet: in Python, pandas.read_parquet(…).to_csv(…, index=False)"
        : start.StartsWith("ARROW1"u8) || start.StartsWith("FEA1"u8) ? "Arrow or Feather: in Python, pandas.read_feather(…).to_csv(…, index=False)"
        : start.Length > 7 && start[0] == 0x89 && start[1..].StartsWith("HDF\r\n\x1a\n"u8)
            ? "HDF5: in Python, pandas.read_hdf(…).to_csv(…, index=False), or h5py"
        : start.StartsWith("SQLite format 3\0"u8) ? "an SQLite database: sqlite3 -header -csv FILE \"SELECT …\" writes CSV"
        : start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "gzip within gzip: unpack it once"
        : start.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz: unpack it first"
        : start.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C]) ? "7z: unpack it first"
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "zstd: unpack it first"
        : start.StartsWith("BZh"u8) && start.Length > 9 && start[4..].StartsWith("1AY&SY"u8) ? "bzip2: unpack it first"
        : start.StartsWith("Rar!\x1a"u8) ? "rar: unpack it first"
        : start.Length > 261 && start[257..].StartsWith("ustar"u8) ? "tar: unpack it first"
        : start.Length > 5 && start[0] == 0x93 && start[1..].StartsWith("NUMPY"u8) ? "an array of numpy: in Python, numpy.savetxt(…, delimiter=\",\")"
        : start.Length > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5 ? "a pickle of Python: pandas.read_pickle(…).to_csv(…, index=False) there"
        : start.StartsWith("%PDF-"u8) ? "PDF"
        : start.StartsWith("version https://git-lfs"u8) ? "a pointer of Git LFS instead of the file: fetch it with git lfs pull"
        : start.Length > 8 && start[8] == (byte)'{' && start[4..8].IndexOfAnyExcept((byte)0) < 0
            ? "a safetensors file: RowSource.FromFile reads rows of it"
        : OfText(start);

    private static string? OfText(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? start[3..] : start;
        text = text.TrimStart(" \t\r\n"u8);
        return text.StartsWith("<!DOCTYPE"u8) || text.StartsWith("<!doctype"u8) || text.StartsWith("<html"u8) || text.StartsWith("<?xml"u8)
                ? "a web page, or XML, instead of the file"
            : IsJson(text)
                ? "JSON: in Python, pandas.read_json(…).to_csv(…, index=False)"
            : text.Length > 9 && text[0] == '@' && Ascii.EqualsIgnoreCase(text[..9], "@relation"u8)
                ? "ARFF: take the lines that begin with @ or % out, and write the names of the attributes as titles"
            : null;
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] is not ((byte)'{' or (byte)'['))
            return false;
        ReadOnlySpan<byte> inner = text[1..].TrimStart(" \t\r\n"u8);
        return text[0] == '{' ? inner.StartsWith("\""u8) || text.StartsWith("{\n"u8) : inner.StartsWith("{"u8);
    }
}
