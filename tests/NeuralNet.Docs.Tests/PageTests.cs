namespace NeuralNet.Docs.Tests;

/// <summary>Every example on every page compiles and runs, and what a page says that it prints is what it prints.</summary>
/// <remarks>
/// The blocks of C# of a page are one program; its blocks of text are what that program writes to the console, in order. What is
/// shown and not run has the fence "csharp no-run". With NEURALNET_WRITE_EXAMPLES=FOLDER each program is written there too, as a
/// file that needs no main program of its own.
/// </remarks>
[Collection(nameof(Alone))]
public sealed class PageTests : IDisposable
{
    private readonly string before = Directory.GetCurrentDirectory(), folder = Directory.CreateTempSubdirectory("neuralnet-").FullName;

    public static TheoryData<string> PagesWithPrograms => [.. Page.Names.Where(name => PageProgram.IsIn(Page.Read(name)))];

    public void Dispose()
    {
        Directory.SetCurrentDirectory(before);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(PagesWithPrograms))]
    public void The_program_of_a_page_prints_what_the_page_says(string name)
    {
        Page page = Page.Read(name);
        var program = new PageProgram(page);
        if (Environment.GetEnvironmentVariable("NEURALNET_WRITE_EXAMPLES") is { Length: > 0 } examples)
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(examples).FullName, $"{program.EntryPoint}.cs"), program.Source);

        foreach (string input in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Inputs")))
            File.Copy(input, Path.Combine(folder, Path.GetFileName(input)));
        Directory.SetCurrentDirectory(folder);

        program.Run().Should().Be(string.Concat(page.Blocks.Where(block => block.Fence == "text").Select(block => block.Text)));
    }

    [Fact]
    public void What_the_compiler_says_names_the_page_the_line_and_the_column()
    {
        const string Text = """
            # Broken

            ```csharp
            int one = 1;
            ```

            ```csharp
            sealed class Two;

            Console.WriteLine(one + three);
            ```
            """;
        var page = new Page("docs/broken.md", Text.ReplaceLineEndings("\n").Split('\n'));
        Action run = () => new PageProgram(page).Run();
        run.Should().Throw<Exception>().WithMessage("*docs/broken.md(10,25): error CS0103: The name 'three' does not exist*");
    }

    [Fact]
    public void Fences_are_known()
    {
        foreach (string name in Page.Names)
        {
            foreach (Block block in Page.Read(name).Blocks)
                block.Fence.Should().BeOneOf(["", "csharp", "csharp no-run", "text", "python"], $"{name}({block.Line - 1}) begins a block");
        }
    }
}

/// <summary>The console and the working directory belong to the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
