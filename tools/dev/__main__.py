"""The commands of ./dev and their help. How they end: endings.py."""

import argparse
import os
import re
import sys

from . import bench, corpus_command, cost, endings, faults, fuzz, gcmap, hunt, project, properties, report, sources, suite

# Commands of the gcmap program itself: name, operands, one line, example.
TOOL_COMMANDS = {
    "replay": ("FILE", "run a program, text or binary, and print the verdict", "./dev replay --dump corpus/seeds/boxes.txt"),
    "reduce": ("FILE", "find the shortest program that fails the same way", "./dev reduce --fault map-11 corpus/seeds/boxes.txt"),
    "convert": ("IN OUT", "convert programs between text and binary form", "./dev convert corpus/seeds/boxes.txt boxes.bin"),
    "soak": ("", "run long random programs and watch the memory", "./dev soak --fast --operations 100000000"),
    "go-trace": ("FILE...", "replay recordings of the Go runtime, state by state", "./dev go-trace corpus/go-traces/*.gz"),
}

# Commands of this package: name, module, one line, examples.
COMMANDS = {
    "fuzz": (fuzz, "build, replay the corpus, fuzz every target, reduce what was found",
             ["./dev fuzz", "./dev fuzz map_ops_fuzz --seconds 600 --jobs 2", "./dev fuzz --fault canary --until-crash",
              "./dev fuzz --build fast --runs 100000 --seed 1", "./dev fuzz --keep-going --json rows.json"]),
    "test": (suite, "everything that must pass", ["./dev test", "./dev test build ctest", "./dev test --all"]),
    "report": (report, "make a page of what a program does to maps and heap, step by step",
               ["./dev report corpus/seeds/iterator-two-growths.txt", "./dev report --fault map-11 corpus/seeds/boxes.txt -o boxes.html"]),
    "properties": (properties, "RapidCheck's properties on random input",
                   ["./dev properties", "./dev properties StateModel --max-success 1000 --build fast", "./dev properties --list"]),
    "corpus": (corpus_command, "minimize what fuzzing has collected", ["./dev corpus min", "./dev corpus min map_ops_fuzz"]),
    "hunt": (hunt, "find every planted fault and report how fast", ["./dev hunt", "./dev hunt canary --trials 5 --seconds 30", "./dev hunt --list"]),
    "cost": (cost, "what an execution costs, part by part", ["./dev cost", "./dev cost --runs 5"]),
    "bench": (bench, "the map, or the collector, beside those of others: Go 1.19, Abseil, the standard library; Boehm",
              ["./dev bench map", "./dev bench map --entries 1000,100000 --runs 5", "./dev bench map --march x86-64-v3 --json v3.json",
               "./dev bench gc", "./dev bench gc --work mark,held --live 1024 --runs 3"]),
    "tidy": (sources.Tidy, "clang-tidy over the sources", ["./dev tidy", "./dev tidy lib/map/grow.cc"]),
    "fmt": (sources.Format, "clang-format the sources in place", ["./dev fmt", "./dev fmt --check"]),
}
ORDER = ["fuzz", "corpus", "test", "properties", "replay", "reduce", "report", "convert", "go-trace", "soak", "hunt", "cost", "bench", "tidy", "fmt"]


class Parser(argparse.ArgumentParser):
    """Complains in one line, of an unknown flag first: its value would otherwise be taken for an operand."""

    def parse_args(self, args=None, namespace=None):
        for word in args:
            if re.match(r"--?[A-Za-z]", word) and word.partition("=")[0] not in self._option_string_actions:
                self.error(f"unknown flag {word}")
        return super().parse_args(args, namespace)

    def error(self, message):
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(project.USAGE)


def overview():
    usage = {"fuzz": "[target]", "corpus": "min [target]", "test": "[stage...]", "properties": "[name...]",
             "report": "FILE", "hunt": "[fault...]", "cost": "", "bench": "[benchmark]", "tidy": "[file...]", "fmt": "[file...]"}
    left = {name: f"{name} {TOOL_COMMANDS[name][0] if name in TOOL_COMMANDS else usage[name]}".rstrip() for name in ORDER}
    width = max(map(len, left.values()))
    lines = ["usage: ./dev <command>   (./dev <command> --help says more)", ""]
    for name in ORDER:
        what = TOOL_COMMANDS[name][1] if name in TOOL_COMMANDS else COMMANDS[name][1]
        lines.append(f"  {left[name].ljust(width)}  {what}")
    return "\n".join(lines)


def run_tool(command, words):
    """Hands over to the gcmap program; `--fault id` and `--fast`, anywhere, choose its build."""
    fault, build, words = build_flags(words)
    if "--help" in words or "-h" in words:
        operands, what, example = TOOL_COMMANDS[command]
        print(f"usage: ./dev {command} [--fault id] [--fast] [options] {operands}".rstrip() + f"\n\n{what}\n\n"
              f"  --fault id   with this fault of faults/ planted\n"
              f"  --fast       in the build without a sanitizer\n\nexample: {example}")
        gcmap.show_help(command)
        return project.OK
    binary = gcmap.built(fault, build)
    if fault and command == "reduce" and "--clean" not in words:
        words = [*words, "--clean", str(gcmap.built(None, build))]
    sys.stdout.flush()
    os.execve(binary, [str(binary), command, *words], gcmap.environment(fault, build))


def build_flags(words):
    """(fault, build, the other words): takes `--fault id`, `--fault=id` and `--fast` out, up to a `--`."""
    fault, build, others = None, "sanitized", []
    words = iter(words)
    for word in words:
        if word == "--":
            others += [word, *words]
        elif word == "--fast":
            build = "fast"
        elif word == "--fault" or word.startswith("--fault="):
            fault = word.partition("=")[2] or next(words, None)
            if not fault or fault.startswith("-"):
                raise project.Stop(f"--fault needs an id; there are: {', '.join(faults.load())}")
        else:
            others.append(word)
    return fault, build, others


def parser_of(command):
    module, what, examples = COMMANDS[command]
    parser = Parser(prog=f"./dev {command}", description=what, epilog="examples:\n  " + "\n  ".join(examples),
                    formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    module.add_arguments(parser)
    return parser


def main(words):
    command, *rest = words or ["--help"]
    if command in ("-h", "--help", "help"):
        print(overview())
        return project.OK
    if command in TOOL_COMMANDS:
        return run_tool(command, rest)
    if command not in COMMANDS:
        raise project.Stop(f"no command '{command}'; ./dev lists them")
    return COMMANDS[command][0].run(parser_of(command).parse_args(rest))


if __name__ == "__main__":
    sys.exit(endings.run(main, sys.argv[1:]))
