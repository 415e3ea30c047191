namespace NeuralNet.Tests.Data;

/// <summary>Files with a few bytes changed, cut, doubled or inserted: read, or refused as documented.</summary>
public sealed class DamagedFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static byte[] Damage(byte[] whole, Random random)
    {
        var bytes = new List<byte>(whole);
        for (int changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            byte value = (byte)random.Next(256);
            switch (random.Next(5))
            {
                case 0: bytes[at] = value; break;
                case 1: bytes.Insert(at, value); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 6), bytes.Count - at)); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 6), bytes.Count - at))); break;
            }
        }

        return [.. bytes];
    }

    // Both outcomes must occur, or the test looks at nothing.
    private static void ReadAll(int times, Func<Random, Func<Dataset>> damaged, string fileName, int leastRead, int leastRefused)
    {
        var random = new Random(5);
        int read = 0, refused = 0;
        for (int i = 0; i < times; i++)
        {
            Func<Dataset> next = damaged(random);
            try
            {
                Dataset data = next();
                foreach (float x in data.Inputs)
                    Assert.True(float.IsFinite(x));
                foreach (int label in data.Labels)
                    Assert.InRange(label, 0, data.Classes - 1);
                Assert.Equal(data.Rows, data.Labels.Length);
                read++;
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(fileName, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        read.Should().BeGreaterThanOrEqualTo(leastRead);
        refused.Should().BeGreaterThanOrEqualTo(leastRefused);
    }

    [Fact]
    public void Damaged_images_and_labels()
    {
        byte[] images = IdxReaderTests.Idx([0, 0, 8, 3], [3, 2, 2], [.. Enumerable.Range(0, 12).Select(i => (byte)(20 * i))]);
        byte[] labels = IdxReaderTests.Idx([0, 0, 8, 1], [3], [0, 1, 2]);

        ReadAll(700, random =>
        {
            bool first = random.Next(2) == 0;
            byte[] x = first ? Damage(images, random) : images, d = first ? labels : Damage(labels, random);
            return () => Dataset.FromIdx(folder.Write("damaged.images", x), folder.Write("damaged.labels", d));
        }, "damaged.", leastRead: 15, leastRefused: 300);
    }

    [Fact]
    public void Damaged_photographs()
    {
        byte[] file = CifarReaderTests.File([3, 9, 0], 1);

        ReadAll(500, random =>
        {
            byte[] bytes = [.. file];
            bytes[3073 * random.Next(3)] = (byte)random.Next(16);
            byte[] damaged = random.Next(3) == 0 ? Damage(bytes, random) : bytes;
            return () => Dataset.FromCifar10(folder.Write("damaged.bin", damaged));
        }, "damaged.bin", leastRead: 100, leastRefused: 100);
    }
}
