using System.Text.Json;
using System.Text.Json.Serialization;

namespace NeuralNet.Tests.Reference;

/// <summary>Reads what make_reference.py has written.</summary>
internal static class ReferenceFile
{
    private static readonly JsonSerializerOptions options = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNameCaseInsensitive = true,
        RespectRequiredConstructorParameters = true,
    };

    public static T Read<T>(string name)
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Reference", name));
        return JsonSerializer.Deserialize<T>(file, options)!;
    }
}
