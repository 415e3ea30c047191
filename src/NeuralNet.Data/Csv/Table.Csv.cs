namespace NeuralNet;

/// <content>Tables of files.</content>
public sealed partial class Table
{
    /// <summary>Reads a file of text in columns, as spreadsheets, databases and other programs write it: CSV and its kin.</summary>
    /// <remarks><para>Found out from the first lines, unless <paramref name="options"/> state it: the separator (comma, semicolon, tab, bar, runs of
    /// blanks) and whether the first line has titles. A column has no title: "column 3"; two have one: "price" and "price.1".</para>
    /// <para>A column all of whose values are numbers, or missing, is one of numbers. A number has a sign, digits with at most one decimal mark, and
    /// an exponent: no thousands separators. Whole columns of other values are texts, as they stand: also where one value has zeros at its start
    /// ("007") or is a whole number of 2⁵³ or more, for such are keys, and where <see cref="CsvOptions.Text"/> says so.</para>
    /// <para>Quotes around fields, doubled quotes and line ends within them, blanks around fields, blank lines, comments, lines that end in \n, \r\n
    /// or \r, byte order marks, UTF-16, and gzip of any number of members, whatever the file's name is, are read. Lines of different numbers of
    /// fields, a quote that is not closed, text after a closing quote, bytes that are no UTF-8, characters 0, and numbers that are infinite are
    /// refused; so are a line of words between titles and numbers, such as units, which <see cref="CsvOptions.SkipLines"/> passes over, and a file
    /// that is written to meanwhile. No record is longer than 2²³ characters.</para></remarks>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is written, as far as that is not to be found out.</param>
    /// <returns>The table.</returns>
    /// <exception cref="InvalidDataException">The file's content is not as described: the message says in which file, line and column, what was
    /// expected and what it got instead.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, or an option cannot be, or names a column that there is not.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static Table FromCsv(string path, CsvOptions? options = null) => CsvTable.Read(new CsvInput(path), options ?? CsvOptions.Default);

    /// <summary>Reads text in columns from a stream.</summary>
    /// <param name="stream">The stream, from where it is; it stays open. One that cannot go back is read into memory first.</param>
    /// <param name="options">How it is written, as far as that is not to be found out.</param>
    /// <inheritdoc cref="FromCsv(string, CsvOptions?)"/>
    public static Table FromCsv(Stream stream, CsvOptions? options = null) => CsvTable.Read(new CsvInput(stream), options ?? CsvOptions.Default);
}
