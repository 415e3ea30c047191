using System.Diagnostics;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public sealed unsafe class WorkersTests
{
    private struct TestJob : IJob<TestJob>
    {
        public delegate*<ref TestJob, int, int, void> Do;
        public int* Done;
        public int Parts;
        public int Wrong;

        public static void Part<TVector>(ref TestJob job, int part, int parts)
            where TVector : struct, ISimdVector<TVector> => job.Do(ref job, part, parts);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Does_each_part_once_in_thousands_of_runs(int count)
    {
        using var workers = new Workers(count);
        workers.Count.Should().Be(count);
        int* done = stackalloc int[16];
        for (int run = 0; run < 3000; run++)
        {
            int parts = run % 17;
            new Span<int>(done, 16).Clear();
            var job = new TestJob { Do = &CountPart, Done = done, Parts = parts };
            workers.Run(ref job, parts);
            job.Wrong.Should().Be(0);
            for (int part = 0; part < 16; part++)
            {
                if (done[part] != (part < parts ? 1 : 0))
                    Assert.Fail($"Run {run}: part {part} of {parts} was done {done[part]} times.");
            }
        }
    }

    [Fact]
    public void The_whole_team_works_at_once_the_caller_included()
    {
        using var workers = new Workers(4);
        int* done = stackalloc int[1];
        for (int run = 0; run < 5; run++)
        {
            done[0] = 0;
            var job = new TestJob { Do = &MeetTheOthers, Done = done, Parts = 4 };
            workers.Run(ref job, 4);
            job.Wrong.Should().Be(0, "each part waits until all four have begun");
        }
    }

    [Fact]
    public void Wakes_up_again_after_it_has_parked()
    {
        using var workers = new Workers(3);
        for (int i = 0; i < 20; i++)
        {
            Thread.Sleep(5);
            RunOnce(workers);
        }
    }

    [Fact]
    public void Several_teams_work_at_once()
    {
        var threads = new Thread[4];
        int runs = 0;
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() =>
            {
                using var workers = new Workers(2);
                for (int run = 0; run < 500; run++)
                {
                    RunOnce(workers);
                    Interlocked.Increment(ref runs);
                }
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        runs.Should().Be(2000);
    }

    [Fact]
    public void Allocates_nothing_per_run()
    {
        using var workers = new Workers(2);
        for (int i = 0; i < 20; i++)
            RunOnce(workers);
        Allocations.Of(() => () =>
        {
            int* done = stackalloc int[4];
            var job = new TestJob { Do = &CountPart, Done = done, Parts = 4 };
            for (int i = 0; i < 500; i++)
            {
                if (i % 100 == 0)
                    Thread.Sleep(1);
                workers.Run(ref job, 4);
            }
        }).Should().Be(0);
    }

    [Fact]
    public void Disposing_ends_the_threads_and_may_be_repeated()
    {
        var workers = new Workers(4);
        RunOnce(workers);
        workers.Dispose();
        workers.Dispose();
        RunOnce(workers); // alone: a step that has begun is finished
        for (int i = 0; i < 50; i++)
            new Workers(3).Dispose();
    }

    [Fact]
    public void Disposing_during_a_run_leaves_no_part_undone()
    {
        const int Parts = 64;
        int* done = stackalloc int[Parts];
        for (int run = 0; run < 50; run++)
        {
            new Span<int>(done, Parts).Clear();
            var job = new TestJob { Do = &CountPartSlowly, Done = done, Parts = Parts };
            TestJob* shared = &job;
            var workers = new Workers(3);
            var disposer = new Thread(() =>
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref shared->Done[0]) > 0);
                workers.Dispose();
            });
            disposer.Start();
            workers.Run(ref job, Parts);
            if (new ReadOnlySpan<int>(done, Parts).IndexOfAnyExcept(1) >= 0)
                Assert.Fail($"Run {run}: a part was not done exactly once.");
            disposer.Join();
        }
    }

    [Fact]
    public void An_interrupted_caller_leaves_no_part_undone()
    {
        using var workers = new Workers(2);
        int* done = stackalloc int[2];
        done[0] = done[1] = 0;
        var job = new TestJob { Do = &InterruptTheCaller, Done = done, Parts = 2 };
        caller = Thread.CurrentThread;
        bool interrupted = false;
        try
        {
            workers.Run(ref job, 2);
            Volatile.Read(ref done[1]).Should().Be(2, "all parts have ended before the interrupt comes");
            Thread.Sleep(1); // the next wait
        }
        catch (ThreadInterruptedException)
        {
            interrupted = true;
        }

        int finished = done[1];
        interrupted.Should().BeTrue();
        finished.Should().Be(2);
        RunOnce(workers);
    }

    [Fact]
    public void The_threads_do_not_keep_the_callers_context()
    {
        local.Value = "the caller's";
        localOfOthers = null;
        using var workers = new Workers(2);
        int* done = stackalloc int[1];
        done[0] = 0;
        var job = new TestJob { Do = &NoteLocal, Done = done, Parts = 2 };
        callerOfContext = Environment.CurrentManagedThreadId;
        workers.Run(ref job, 2);
        job.Wrong.Should().Be(0, "both parts are done at once");
        localOfOthers.Should().Be("none");
    }

    [Fact]
    public void A_forgotten_team_is_stopped()
    {
        WeakReference forgotten = Forget(out Thread thread);
        var watch = Stopwatch.StartNew();
        while (!thread.Join(10) && watch.ElapsedMilliseconds < 3000)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        forgotten.IsAlive.Should().BeFalse();
        thread.IsAlive.Should().BeFalse();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void What_a_part_throws_comes_to_the_caller_when_all_have_ended(int count)
    {
        using var workers = new Workers(count);
        int* done = stackalloc int[1];
        for (int run = 0; run < 200; run++)
        {
            done[0] = 0;
            var job = new TestJob { Do = &ThrowInEveryOtherPart, Done = done, Parts = 8 };
            bool thrown = false;
            try
            {
                workers.Run(ref job, 8);
            }
            catch (InvalidTimeZoneException)
            {
                thrown = true;
            }

            thrown.Should().BeTrue();
            done[0].Should().Be(8);
            RunOnce(workers);
        }
    }

    [Fact]
    public void One_alone_does_all_parts_and_starts_no_thread()
    {
        int before = Process.GetCurrentProcess().Threads.Count;
        using var workers = new Workers(1);
        int* done = stackalloc int[16];
        new Span<int>(done, 16).Clear();
        var job = new TestJob { Do = &CountPart, Done = done, Parts = 5 };
        workers.Run(ref job, 5);
        new Span<int>(done, 5).ToArray().Should().AllBeEquivalentTo(1);
        Process.GetCurrentProcess().Threads.Count.Should().BeLessThanOrEqualTo(before);
    }

    [Fact]
    public void The_scratch_memory_is_aligned_grows_and_is_then_the_same()
    {
        using var workers = new Workers(1);
        ((nint)workers.Scratch(0)).Should().Be(0);
        float* small = workers.Scratch(10), large = workers.Scratch(5000);
        ((nint)small % 64).Should().Be(0);
        ((nint)large % 64).Should().Be(0);
        large[4999] = 1;
        ((nint)workers.Scratch(100)).Should().Be((nint)large);
    }

    [Theory]
    [InlineData(1000, 16, 3)]
    [InlineData(5, 16, 4)]
    [InlineData(0, 6, 2)]
    [InlineData(int.MaxValue, 64, 7)]
    public void Shares_follow_each_other_and_are_whole_units(int count, int unit, int parts)
    {
        long next = 0;
        for (int part = 0; part < parts; part++)
        {
            (int first, int share) = Workers.ShareOf(count, unit, part, parts);
            first.Should().Be((int)next);
            share.Should().BeGreaterThanOrEqualTo(0);
            next += share;
            if (next < count)
                (next % unit).Should().Be(0);
        }

        next.Should().Be(count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_team_has_at_least_one(int count)
        => FluentActions.Invoking(() => new Workers(count)).Should().Throw<ArgumentOutOfRangeException>();

    private static void RunOnce(Workers workers)
    {
        int* done = stackalloc int[5];
        new Span<int>(done, 5).Clear();
        var job = new TestJob { Do = &CountPart, Done = done, Parts = 5 };
        workers.Run(ref job, 5);
        if (new ReadOnlySpan<int>(done, 5).IndexOfAnyExcept(1) >= 0)
            Assert.Fail("A part was not done exactly once.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Forget(out Thread thread)
    {
        var workers = new Workers(2);
        thread = null!;
        Thread? seen = null;
        for (int i = 0; i < 10_000 && seen is null; i++)
        {
            otherThread = null;
            callerId = Environment.CurrentManagedThreadId;
            var job = new TestJob { Do = &NoteThread };
            workers.Run(ref job, 64);
            seen = otherThread;
        }

        thread = seen!;
        otherThread = null;
        return new WeakReference(workers);
    }

    private static Thread? otherThread;
    private static int callerId;

    private static void NoteThread(ref TestJob job, int part, int parts)
    {
        if (Environment.CurrentManagedThreadId != callerId)
            otherThread = Thread.CurrentThread;
        Thread.SpinWait(20);
    }

    private static readonly AsyncLocal<string?> local = new();
    private static string? localOfOthers;
    private static int callerOfContext;
    private static Thread? caller;

    private static void NoteLocal(ref TestJob job, int part, int parts)
    {
        MeetTheOthers(ref job, part, parts);
        if (Environment.CurrentManagedThreadId != callerOfContext)
            localOfOthers = local.Value ?? "none";
    }

    private static void InterruptTheCaller(ref TestJob job, int part, int parts)
    {
        MeetTheOthers(ref job, part, parts);
        int* done = job.Done;
        if (caller is { } waiting && Thread.CurrentThread != waiting)
        {
            // Only once the caller has done its own part: an interrupt within a job would be a job that throws.
            SpinWait.SpinUntil(() => Volatile.Read(ref done[1]) > 0, TimeSpan.FromSeconds(20));
            SpinWait.SpinUntil(() => (waiting.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0, TimeSpan.FromSeconds(20));
            waiting.Interrupt();
            Thread.Sleep(50);
        }

        Interlocked.Increment(ref job.Done[1]);
    }

    private static void ThrowInEveryOtherPart(ref TestJob job, int part, int parts)
    {
        Interlocked.Increment(ref job.Done[0]);
        if (part % 2 == 1)
            throw new InvalidTimeZoneException();
    }

    private static void CountPartSlowly(ref TestJob job, int part, int parts)
    {
        CountPart(ref job, part, parts);
        Thread.SpinWait(500);
    }

    private static void MeetTheOthers(ref TestJob job, int part, int parts)
    {
        int* done = job.Done;
        Interlocked.Increment(ref done[0]);
        if (!SpinWait.SpinUntil(() => Volatile.Read(ref done[0]) == parts, TimeSpan.FromSeconds(20)))
            Interlocked.Increment(ref job.Wrong);
    }

    private static void CountPart(ref TestJob job, int part, int parts)
    {
        if (parts != job.Parts || part < 0 || part >= parts)
        {
            job.Wrong++;
            return;
        }

        Interlocked.Increment(ref job.Done[part]);
    }
}
