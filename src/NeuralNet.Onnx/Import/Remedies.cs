namespace NeuralNet.Onnx.Import;

/// <summary>What a person can do about operators that are not imported.</summary>
internal static class Remedies
{
    /// <summary>Why an operator is refused, and what helps.</summary>
    public static string For(string operation) => operation switch
    {
        "Loop" or "SequenceMap" => "sub-graphs are not imported; export the model by tracing (dynamo=False, no torch.jit.script) with fixed sizes, "
            + "which writes loops out",
        "Hardmax" or "ArgMax" or "ArgMin" or "TopK" => "the operator is not imported; leave it out of the export, and take the index of the largest "
            + "output of Predict",
        "NonMaxSuppression" or "NonZero" or "Unique" or "Compress" or "RoiAlign" or "MaxRoiPool" => "the operator is not imported, because how much "
            + "it makes depends on the values; export the model up to here, and do the rest on the outputs",
        "RandomNormal" or "RandomNormalLike" or "RandomUniform" or "RandomUniformLike" or "Bernoulli" or "Multinomial" => "random numbers are not "
            + "imported; export the model for inference (model.eval())",
        "SequenceConstruct" or "SequenceAt" or "SequenceEmpty" or "SequenceInsert" or "SequenceErase" or "SequenceLength" or "SplitToSequence"
            or "ConcatFromSequence" or "Optional" or "OptionalGetElement" or "OptionalHasElement" =>
            "lists of tensors are not imported; export the model with tensors as inputs and outputs",
        "StringNormalizer" or "StringConcat" or "StringSplit" or "RegexFullMatch" or "TfIdfVectorizer" or "ImageDecoder" =>
            "the operator is not imported; export the model without what prepares its inputs, and do that before",
        "DFT" or "STFT" or "MelWeightMatrix" or "HannWindow" or "HammingWindow" or "BlackmanWindow" =>
            "the operator is not imported; export the model without it, and compute the spectra before",
        "ScatterND" or "ScatterElements" or "Scatter" => "the operator is not imported; values that are assigned to a part of a tensor can be put "
            + "together with the rest (torch.cat) instead",
        _ => "the operator is not imported",
    };

    /// <summary>Why an operator of another domain is refused, and what helps.</summary>
    public static string ForDomain(string domain)
    {
        string words = $"it is an operator of the domain \"{Printable.Text(domain)}\"; those of the standard and of ai.onnx.ml are imported";
        return domain switch
        {
            "com.microsoft" or "com.microsoft.nchwc" => $"{words}: ONNX Runtime puts it there; load the model as it was before it was optimized or "
                + "quantized",
            "org.pytorch.aten" or "aten" => $"{words}: export without ATen (operator_export_type=OperatorExportTypes.ONNX)",
            "ai.onnx.training" or "ai.onnx.preview.training" => $"{words}: export the model for inference",
            _ => words,
        };
    }
}
