namespace NeuralNet;

/// <content>Bytes in both directions.</content>
internal sealed unsafe partial class MpiLibrary
{
    // Bytes of one message. Between processes of one machine 1 MB or all at once took the same time; at 1 gbit/s 4 MB took 10 % longer than 16,
    // which took no longer than all at once. With pieces it is noticed that something comes.
    private const int Piece = 1 << 24;
    private const int Tag = 2510; // of all messages of the library: an order of calls is an order of messages

    // After so many milliseconds a process that waits sleeps in between, for 1 ms. MPI moves bytes while it is asked, so a message under way becomes
    // slower by that (half as fast at 1 gbit/s): it is long over by then, unless less than 8 MB come in a second.
    private const int Patience = 2000;

    /// <summary>Sends bytes to a process and receives as many from it. Allocates nothing.</summary>
    /// <param name="partner">The other process.</param>
    /// <param name="sent">What is sent.</param>
    /// <param name="received">As many bytes.</param>
    /// <param name="timeout">For how many milliseconds nothing may come.</param>
    /// <returns>Null; or why the run has to end: MPI still may write to the bytes, so nobody may go on.</returns>
    /// <exception cref="ClusterException">The partner sent more or fewer bytes, or MPI has refused.</exception>
    public string? Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received, long timeout)
    {
        fixed (byte* from = sent, to = received)
        {
            for (long at = 0; at < sent.Length; at += Piece)
            {
                if (ExchangePiece(partner, from + at, to + at, (int)Math.Min(Piece, sent.Length - at), timeout) is { } end)
                    return end;
            }
        }

        return null;
    }

    // A call that waits inside of MPI may keep its core busy, which makes processes that share a core 10 to 40 times as slow. So it is asked
    // again and again, and the core is offered to others in between.
    private string? ExchangePiece(int partner, byte* from, byte* to, int count, long timeout)
    {
        long* requests = stackalloc long[2], statuses = stackalloc long[6]; // the receive, then the send; room for both implementations' sizes
        Check(receive(to, count, bytes, partner, Tag, world, requests));
        int done = 0, error = send(from, count, bytes, partner, Tag, world, (byte*)requests + requestSize);
        if (error != 0)
            return Words(error);
        for (long began = Environment.TickCount64; (error = testAll(2, requests, &done, statuses)) == 0 && done == 0;)
        {
            long waited = Environment.TickCount64 - began;
            if (waited >= timeout)
            {
                return FormattableString.Invariant($"nothing has come from process {partner} for {TimeSpan.FromMilliseconds(timeout):c}, so ")
                    + "the run is ended. If processes take longer between two meetings, give MpiCluster.Join a longer timeout.";
            }

            if (waited < Patience)
                Thread.Yield();
            else
                Thread.Sleep(1);
        }

        if (error == 0)
        {
            int came;
            Check(getCount(statuses, bytes, &came));
            return came == count ? null : throw Misplaced(partner, FormattableString.Invariant($"{came} bytes"), count);
        }

        // Testall itself says only that something is wrong; what, is said by the status of each request.
        int ofReceive = *(int*)((byte*)statuses + errorOffset), ofSend = *(int*)((byte*)statuses + statusSize + errorOffset);
        string words = Words(ofReceive != 0 ? ofReceive : ofSend != 0 ? ofSend : error);
        return testAll(2, requests, &done, statuses) == 0 && done != 0 ? throw Misplaced(partner, words, count) : words;
    }

    private static ClusterException Misplaced(int partner, string what, int count) => new(FormattableString.Invariant(
        $"{count} bytes were expected from process {partner}, but got: {what}. All processes must do the same in the same order."));
}
