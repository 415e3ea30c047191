using System.Globalization;

namespace NeuralNet;

/// <summary>The places of a network's layers, such as "2.1".</summary>
internal static class LayerPlaces
{
    /// <summary>The layers whose outputs a prediction can keep and that have an effect of their own, the first one first: those that hold no other
    /// layers, and composites with blocks of their own.</summary>
    public static IEnumerable<(string Place, Layer Layer)> Leaves(Network network) => Within(network.Chain, "");

    /// <summary>Whether two layers are in different branches, so that none comes behind the other.</summary>
    public static bool AreParallel(Network network, string one, string other)
    {
        string[] first = one.Split('.'), second = other.Split('.');
        Layer around = network.Chain;
        for (int i = 0; i < Math.Min(first.Length, second.Length); i++)
        {
            if (first[i] != second[i])
                return around is Branches;
            around = around.Children[int.Parse(first[i], CultureInfo.InvariantCulture)];
        }

        return false;
    }

    private static IEnumerable<(string Place, Layer Layer)> Within(Layer composite, string within)
    {
        for (int k = 0; k < composite.Children.Count; k++)
        {
            Layer layer = composite.Children[k];
            string place = within + k.ToString(CultureInfo.InvariantCulture);
            bool isOpen = layer is Chain or Branches or Composite && layer.Children.Count > 0;
            foreach ((string, Layer) leaf in isOpen ? Within(layer, place + ".") : [])
                yield return leaf;
            if (!isOpen || layer.OwnBlocks.Any())
                yield return (place, layer);
        }
    }
}
