using System.Globalization;
using System.Text;

namespace NeuralNet.CSharp;

// Which names a generated class and its namespace may have.
internal static class SourceName
{
    private static readonly HashSet<string> keywords =
    [
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default",
        "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto",
        "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out",
        "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc",
        "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using",
        "virtual", "void", "volatile", "while",
    ];

    // Words that a type may not be called, or only with a warning, though a namespace may.
    private static readonly HashSet<string> typeKeywords =
        [
            "allows", "async", "await", "dynamic", "extension", "field", "file", "global", "managed", "nameof", "nint", "notnull", "nuint",
            "partial", "record", "required", "scoped", "unmanaged", "value", "var", "when", "where", "with", "yield",
        ];

    // What the generated file itself calls by a simple name.
    private static readonly HashSet<string> used =
    [
        "AdvSimd", "ArgumentException", "Avx512F", "Floats", "Fma", "InputSize", "Inputs", "MemoryMarshal", "Metadata", "MethodImpl",
        "MethodImplAttribute", "MethodImplOptions", "OutputSize", "Outputs", "Parts", "Predict", "Range", "ReadOnlySpan", "Span", "System",
        "Unsafe", "Values", "Vector128", "Vector256", "Vectors", "Words",
    ];

    // What every class has, so that a member of that name would hide it.
    private static readonly string[] inherited =
        ["Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];

    public static void CheckClass(string name, string argument)
    {
        CheckIdentifier(name, "A class name", argument);
        if (typeKeywords.Contains(name))
            throw new ArgumentException($"A class name was expected; \"{name}\" is a word of C# that no class should be called.", argument);
        if (used.Contains(name))
            throw new ArgumentException($"A class name was expected; \"{name}\" is one that the generated file itself uses.", argument);
    }

    /// <summary>A name in C# for each text, such as BoundingBox of "bounding-box"; a number is behind those that would be alike.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="type">The class whose members they become, which none may be called.</param>
    public static string[] MembersOf(IEnumerable<string> texts, string type)
    {
        var taken = new HashSet<string>([.. inherited, type]);
        return [.. texts.Select(Free)];

        string Free(string text)
        {
            string name = MemberOf(text), free = name;
            for (int number = 2; !taken.Add(free); number++)
                free = string.Create(CultureInfo.InvariantCulture, $"{name}{number}");
            return free;
        }
    }

    // Each word begins with a large letter, so that no keyword is left.
    private static string MemberOf(string text)
    {
        var name = new StringBuilder();
        bool isInWord = false;
        foreach (char c in text)
        {
            bool isStart = IsStart(c) && c != '_', isPart = isStart || (isInWord && IsPart(c) && c != '_')
                || char.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber;
            if (isPart)
                name.Append(name.Length == 0 && !isStart ? "_" : "").Append(isInWord ? c : char.ToUpperInvariant(c));
            isInWord = isPart;
        }

        return name.Length == 0 ? "_" : name.ToString();
    }

    public static void CheckNamespace(string name, string argument)
    {
        foreach (string part in name.Split('.'))
            CheckIdentifier(part, $"A namespace such as Company.Product was expected, but got \"{name}\": each of its parts", argument);
    }

    private static void CheckIdentifier(string name, string what, string argument)
    {
        if (name.Length == 0)
            throw new ArgumentException($"{what} must not be empty.", argument);
        for (int i = 0; i < name.Length; i++)
        {
            if (!(IsStart(name[i]) || (i > 0 && IsPart(name[i]))))
                throw new ArgumentException($"{what} must begin with a letter or _ and have letters, digits and _ only; "
                    + $"\"{name}\" has {Describe(name[i])} at position {i}.", argument);
        }

        if (keywords.Contains(name))
            throw new ArgumentException($"{what} must not be a keyword of C#, and \"{name}\" is one.", argument);
    }

    private static bool IsStart(char c) => c == '_' || char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.LetterNumber;

    private static bool IsPart(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static string Describe(char c) => c is >= '!' and <= '~' ? $"'{c}'" : string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}");
}
