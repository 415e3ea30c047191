using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Turns the signals that ask a process to end into a request: Ctrl-C (SIGINT), SIGTERM, and SIGUSR1, which schedulers send before the time
/// is over.</summary>
internal sealed class StopSignals : IDisposable
{
    // A terminal sends Ctrl-C to every process that runs there, and a launcher hands it on: what comes within this time is the same one.
    private const long SameSignal = 1000;

    private readonly PosixSignalRegistration[] registrations;
    private long first; // when, in milliseconds; 0: nothing has come yet

    public StopSignals()
    {
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()) // .NET has no name for it; the systems have different numbers
            registrations = [.. registrations, PosixSignalRegistration.Create((PosixSignal)(OperatingSystem.IsMacOS() ? 30 : 10), OnSignal)];
    }

    public bool IsRequested => Volatile.Read(ref first) != 0;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
    }

    // A second Ctrl-C is left to the system, which ends the process.
    private void OnSignal(PosixSignalContext context)
    {
        long now = Environment.TickCount64, before = Interlocked.CompareExchange(ref first, now, 0);
        context.Cancel = context.Signal != PosixSignal.SIGINT || before == 0 || now - before < SameSignal;
    }
}
