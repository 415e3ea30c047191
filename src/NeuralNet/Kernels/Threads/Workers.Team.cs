using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace NeuralNet.Kernels;

/// <content>How parts are handed out and waited for.</content>
internal sealed unsafe partial class Workers
{
    /// <summary>What the threads share.</summary>
    private sealed class Team(bool spin)
    {
        // 0.2 ms: between two shared kernels of a step the caller works alone for less than that, and waking a parked thread
        // takes some 20 µs.
        private static readonly long spinTicks = Stopwatch.Frequency / 5_000;

        private readonly object workersGate = new();
        private readonly object callerGate = new();
        private delegate*<void*, int, int, void> job;
        private void* arguments;
        private int parts;
        private int available;
        private int unfinished;
        private int parked;
        private bool callerParked;
        private bool stopped;
        private Exception? failure;

        public bool Stopped => Volatile.Read(ref stopped);

        public void Run(delegate*<void*, int, int, void> job, void* arguments, int parts)
        {
            if (parts <= 0)
                return;

            Debug.Assert(unfinished == 0, "A team runs one job at a time.");
            this.job = job;
            this.arguments = arguments;
            this.parts = parts;
            unfinished = parts;

            // From here on parts are taken. The exchange is a full fence: either a thread that is about to park sees
            // the parts, or it is counted in `parked` here.
            Interlocked.Exchange(ref available, parts);
            bool interrupted = !TryWake();
            DoParts();
            interrupted |= !TryWaitUntilFinished();

            // An interrupt must not leave a step half done; it is raised again at the caller's next wait.
            if (interrupted)
                Thread.CurrentThread.Interrupt();
            if (failure is { } thrown)
            {
                failure = null;
                ExceptionDispatchInfo.Throw(thrown);
            }
        }

        public void Work()
        {
            while (!Stopped)
            {
                if (!TryDoPart() && !SpinUntilAvailable())
                    ParkUntilAvailable();
            }
        }

        public void Stop()
        {
            lock (workersGate)
            {
                Volatile.Write(ref stopped, true);
                Monitor.PulseAll(workersGate);
            }
        }

        // False: the caller was interrupted. Parked threads then stay parked, and the caller does their parts.
        private bool TryWake()
        {
            try
            {
                if (Volatile.Read(ref parked) > 0)
                {
                    lock (workersGate)
                        Monitor.PulseAll(workersGate);
                }

                return true;
            }
            catch (ThreadInterruptedException)
            {
                return false;
            }
        }

        // False: the caller was interrupted meanwhile. It waits nevertheless, because the job lies on its stack.
        private bool TryWaitUntilFinished()
        {
            try
            {
                if (!SpinUntilFinished())
                    ParkUntilFinished();
                return true;
            }
            catch (ThreadInterruptedException)
            {
                while (Volatile.Read(ref unfinished) > 0)
                    Thread.Yield();
                return false;
            }
        }

        private void DoParts()
        {
            while (TryDoPart())
            {
            }
        }

        /// <summary>Takes a part and does it. Whoever has taken one keeps the run open, so the job cannot change meanwhile.</summary>
        private bool TryDoPart()
        {
            int left = Volatile.Read(ref available);
            while (left > 0)
            {
                int seen = Interlocked.CompareExchange(ref available, left - 1, left);
                if (seen == left)
                {
                    try
                    {
                        job(arguments, parts - left, parts);
                    }
                    catch (Exception e)
                    {
                        // Users' formulas run here. On a worker nobody would catch the exception, and the caller's stack must not
                        // unwind while others still use it.
                        Interlocked.CompareExchange(ref failure, e, null);
                    }

                    if (Interlocked.Decrement(ref unfinished) == 0 && Volatile.Read(ref callerParked))
                    {
                        lock (callerGate)
                            Monitor.PulseAll(callerGate);
                    }

                    return true;
                }

                left = seen;
            }

            return false;
        }

        private bool SpinUntilAvailable()
        {
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref available) <= 0)
            {
                if (!spin || Stopped || Stopwatch.GetTimestamp() - start > spinTicks)
                    return false;
                Thread.SpinWait(4);
            }

            return true;
        }

        private void ParkUntilAvailable()
        {
            lock (workersGate)
            {
                Interlocked.Increment(ref parked);
                while (Volatile.Read(ref available) <= 0 && !stopped)
                    Monitor.Wait(workersGate);
                Interlocked.Decrement(ref parked);
            }
        }

        private bool SpinUntilFinished()
        {
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref unfinished) > 0)
            {
                if (!spin || Stopwatch.GetTimestamp() - start > spinTicks)
                    return false;
                Thread.SpinWait(4);
            }

            return true;
        }

        private void ParkUntilFinished()
        {
            lock (callerGate)
            {
                Volatile.Write(ref callerParked, true);
                Interlocked.MemoryBarrier();
                try
                {
                    while (Volatile.Read(ref unfinished) > 0)
                        Monitor.Wait(callerGate);
                }
                finally
                {
                    Volatile.Write(ref callerParked, false);
                }
            }
        }
    }
}
