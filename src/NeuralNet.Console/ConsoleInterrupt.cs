namespace NeuralNet;

/// <summary>Turns the first Ctrl+C into a request to come to an end; a second one ends the program at once.</summary>
/// <remarks><c>using var interrupt = new ConsoleInterrupt();</c> and <c>trainer.Fit(…, cancellationToken: interrupt.Token)</c>: Fit then throws
/// <see cref="OperationCanceledException"/>, and the network has the parameters of the last finished step.</remarks>
public sealed class ConsoleInterrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();

    /// <summary>Begins to listen to Ctrl+C.</summary>
    public ConsoleInterrupt() => Console.CancelKeyPress += OnCtrlC;

    /// <summary>Is cancelled by Ctrl+C.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Leaves Ctrl+C to the system again.</summary>
    public void Dispose()
    {
        Console.CancelKeyPress -= OnCtrlC;
        source.Dispose();
    }

    private void OnCtrlC(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = !source.IsCancellationRequested;
        source.Cancel();
    }
}
