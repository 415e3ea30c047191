namespace NeuralNet.Tests.Networks.Prediction;

public sealed class WorkspacePoolTests
{
    // A pulse that wakes a caller who is interrupted at that moment must not be lost to the one who waits behind it.
    [Fact]
    public void An_interrupted_call_leaves_what_it_was_woken_for_to_the_next()
    {
        var pool = new WorkspacePool(Network.Create(2).Dense(2).Build(), maxRows: 1, threads: 1, calls: 1);
        int answered = 0;
        for (int time = 0; time < 300; time++)
        {
            Workspace workspace = pool.Take();
            Thread[] waiting = [.. Enumerable.Range(0, 3).Select(_ => new Thread(Call))];
            foreach (Thread thread in waiting)
            {
                thread.Start();
                SpinWait.SpinUntil(() => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            }

            if (time % 2 == 0)
                waiting[0].Interrupt();
            pool.Give(workspace);
            if (time % 2 == 1)
                waiting[0].Interrupt();
            foreach (Thread thread in waiting)
                thread.Join(TimeSpan.FromSeconds(30)).Should().BeTrue("no call may wait for ever");
        }

        answered.Should().BeGreaterThanOrEqualTo(600); // but for those interrupted

        void Call()
        {
            try
            {
                pool.Give(pool.Take());
                Interlocked.Increment(ref answered);
                Thread.Sleep(1); // where an interrupt that came too late is raised
            }
            catch (ThreadInterruptedException)
            {
            }
        }
    }

    [Fact]
    public void A_workspace_that_cannot_be_made_leaves_the_pool_as_it_was()
    {
        var pool = new WorkspacePool(Network.Create(2).Dense(2).Build(), maxRows: int.MaxValue, threads: 1, calls: 2);
        for (int time = 0; time < 5; time++)
            pool.Invoking(one => one.Take()).Should().Throw<ArgumentOutOfRangeException>();
        pool.Length.Should().Be(0);
    }

    [Fact]
    public void A_closed_pool_ends_calls_that_come_too_late_and_keeps_nothing()
    {
        var pool = new WorkspacePool(Network.Create(2).Dense(2).Build(), maxRows: 1, threads: 2, calls: 2);
        Workspace before = pool.Take();
        pool.Close();
        Workspace late = pool.Take();
        pool.Give(before);
        pool.Give(late);
        pool.Length.Should().Be(0);
        before.Invoking(one => one.Enter()).Should().Throw<ObjectDisposedException>();
    }
}
