namespace NeuralNet;

/// <summary>What quotation marks around the fields of a file mean.</summary>
public enum CsvQuotes
{
    /// <summary>A field in quotes may have separators, line ends and doubled quotes in it. If it goes over whole lines that all look like rows of the
    /// file, with as many fields and a number among them, it is refused: far more often a quotation mark is missing.</summary>
    Checked,

    /// <summary>The same, and what looks like rows within quotes is text: reviews with tables in them, say.</summary>
    Trusted,

    /// <summary>Quotation marks are characters like others: each line is a record, and each separator separates.</summary>
    Literal,
}
