// A model of a table as a web service, on ASP.NET and nothing else. It is asked by JSON, a record or an array of records, and answers with the
// class and the probability of each, or with the number. What the model refuses is answered by 400, with the model's own words.
//
//     dotnet run -c Release --project samples/Serve [-- --port N --model FILE]       FILE as TableModel.Save writes it
//     curl -d '{"island": "Biscoe", "bill_length_mm": 46.1, "sex": null}' http://127.0.0.1:5080/predict
//     curl http://127.0.0.1:5080/schema
//
//     dotnet run -c Release --project samples/Serve -- --test         asks itself some thousand times, checks each answer, and ends
using System.CommandLine;
using NeuralNet;
using Samples;
using Serve;

var output = SampleCommand.Output("the model of penguins, where no other is named");
var model = new Option<string>("--model") { Description = "The file of a model of a table; without it one of penguins", HelpName = "FILE" };
var port = new Option<int>("--port")
{
    Description = "The port of this machine to listen at; 0: any that is free",
    HelpName = "N",
    DefaultValueFactory = _ => 5080,
};
port.Validators.Add(result =>
{
    if (result.Tokens is [var token] && int.TryParse(token.Value, out int given) && given is < 0 or > 65535)
        result.AddError($"--port must be from 0 to 65535, not {given}.");
});
var test = new Option<bool>("--test") { Description = "Test the service with models of its own, at a free port, and end" };
return SampleCommand.Run(args, new RootCommand("Answers by HTTP what a model of a table predicts.") { output, model, port, test }, options =>
{
    if (options.GetValue(test))
    {
        if (options.GetValue(model) is not null)
            throw new ArgumentException("--test trains models of its own: leave out --model.");
        SelfTest.Run().GetAwaiter().GetResult();
        return;
    }

    TableModel served = options.GetValue(model) is string file
        ? TableModel.Load(file)
        : Penguins.LoadOrTrain(Path.Combine(options.Folder(output), "penguins.safetensors"));
    using WebApplication service = Service.Create(served, options.GetValue(port));
    try
    {
        service.Start();
    }
    catch (IOException e)
    {
        throw new IOException($"{e.Message} Name another port: --port N.", e);
    }

    Console.WriteLine(served);
    Console.WriteLine($"{service.Urls.First()}/predict and /schema; Ctrl+C ends it");
    service.WaitForShutdown();
});
