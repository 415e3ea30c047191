// Parts of networks in F#: what one network has learned serves another, a network is cut in two, and one has two heads.
//
//     dotnet run -c Release --project samples/FSharp
module Samples.FSharp

open System
open System.IO
open NeuralNet

let digits = Csv.ReadDataset(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz"))
let scale = Network.Create(64).Standardize(digits).Build()
let scaled = Dataset.FromArrays(ReadOnlySpan(scale.Predict(digits.Inputs)), digits.Labels, 10)

// The rows of some digits, as classes of their own.
let only first last =
    let rows = [| for row in 0 .. scaled.Rows - 1 do if scaled.Labels[row] >= first && scaled.Labels[row] <= last then row |]
    let some = scaled.Select(ReadOnlySpan rows)
    Dataset.FromArrays(some.Inputs, ReadOnlySpan [| for row in 0 .. some.Rows - 1 -> some.Labels[row] - first |], last - first + 1)

let fit (network: Network) divergence (data: Dataset) epochs (frozen: string list) =
    use trainer = new Trainer(network, divergence, Adam(learningRate = 3e-3f), Seed = 1L)
    for place in frozen do trainer.Rates[place] <- 0f
    trainer.Fit(data, epochs) |> ignore

let accuracy (network: Network) data = Evaluation.Of(network, data, Divergence.CrossEntropy).Accuracy.Value

// Transfer: 0 to 4 are learned from all of their pictures, 5 to 9 from a few on the body of that network, which stays as it is. Of five digits it
// has learned too few shapes to be better than a network that begins with nothing: a body is worth as much as what it was learned from.
let transfer () =
    let struct (few, rest) = (only 5 9).Split(testFraction = 0.97, seed = 1L)
    let teacher = Network.Create(64).Dense(64, Activation.Relu).Dense(32, Activation.Relu).Dense(5, Activation.Softmax).Build(seed = 1L)
    fit teacher Divergence.CrossEntropy (only 0 4) 20 []
    let head = Network.Create(32).Dense(5, Activation.Softmax).Build(seed = 2L)
    let pupil = Network.Concat(ReadOnlySpan [| teacher.Slice(0, 2); head |])
    fit pupil Divergence.CrossEntropy few 300 [ "0"; "1" ]
    let alone = Network.Create(64).Dense(64, Activation.Relu).Dense(32, Activation.Relu).Dense(5, Activation.Softmax).Build(seed = 1L)
    fit alone Divergence.CrossEntropy few 300 []
    printfn "5 to 9 from %d pictures: %.3f right on the body that knows 0 to 4, %.3f from nothing" few.Rows (accuracy pupil rest) (accuracy alone rest)

// An autoencoder, cut in two: what the one half writes, the other reads.
let autoencoder () =
    let pictures = Dataset.FromArrays(scaled.Inputs, scaled.Inputs, scaled.Rows)
    let whole = Network.Create(64).Dense(32, Activation.Tanh).Dense(6).Dense(32, Activation.Tanh).Dense(64).Build(seed = 1L)
    fit whole Divergence.L2 pictures 20 []
    let encoder, decoder = whole.Slice(0, 2), whole.Slice(2, 2)
    let code = encoder.Predict(scaled.InputRow 0)
    let same = decoder.Predict(code) = whole.Predict(scaled.InputRow 0)
    printfn "64 pixels in %d numbers: %A, and back, as the whole does it: %b" code.Length (Array.map (fun (x: float32) -> round (float x * 10.0) / 10.0) code) same

// Two heads: which digit it is, and how much ink it took.
let twoHeads () =
    let ink = scaled.Inputs.ToArray() |> Array.chunkBySize 64 |> Array.map Array.average
    let both =
        Dataset.FromOutputs(
            struct ("digit", Dataset.FromIds(scaled.Inputs, scaled.Labels, 10)),
            struct ("ink", Dataset.FromArrays(scaled.Inputs, ReadOnlySpan ink, scaled.Rows)))
    let struct (train, test) = both.Split(testFraction = 0.2, seed = 1L)
    let head layers = Func<NetworkBuilder, NetworkBuilder> layers
    let network =
        Network.Create(64).Dense(64, Activation.Relu)
            .Outputs(struct ("digit", head (fun b -> b.Dense(10, Activation.Softmax))), struct ("ink", head (fun b -> b.Dense 1)))
            .Build(seed = 1L)
    let together =
        network.Outputs.Divergence(ReadOnlySpan [| struct ("digit", Divergence.CrossEntropy, 1f); struct ("ink", Divergence.L2, 100f) |])
    fit network together train 60 []
    let evaluation = Evaluation.Of(network, test, together)
    printfn "two heads: %.3f of the digits right, R2 of the ink %.3f" evaluation["digit"].Accuracy.Value evaluation["ink"].R2.Value

transfer ()
autoencoder ()
twoHeads ()
