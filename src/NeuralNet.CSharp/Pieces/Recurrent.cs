using Floats = System.Numerics.Vector<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>What the library's formulas of recurrent cells ask of memory.</content>
internal static partial class Parts
{
    // A vector of a cell's units at one step, from At on. z is [gates · hidden], and a gate's value takes the place of its z; product is U h.
    public ref struct CellUnits(Span<float> z, ReadOnlySpan<float> product, ReadOnlySpan<float> productBias, Span<float> h, Span<float> c)
    {
        private readonly Span<float> z = z, h = h, c = c;
        private readonly ReadOnlySpan<float> product = product, productBias = productBias;

        public int At { get; set; }

        public readonly Floats ProductBias => Load(productBias, At);

        public readonly Floats H
        {
            get => Load(h, At);
            set => Store(value, h, At);
        }

        public readonly Floats C
        {
            get => Load(c, At);
            set => Store(value, c, At);
        }

        public readonly Floats Z(int gate) => Load(z.Slice(gate * h.Length, h.Length), At);

        public readonly Floats Product(int gate) => Load(product.Slice(gate * h.Length, h.Length), At);

        public readonly Floats Gate(int gate) => Z(gate);

        public readonly void SetGate(int gate, Floats value) => Store(value, z.Slice(gate * h.Length, h.Length), At);
    }
}
