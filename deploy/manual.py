#!/usr/bin/env python3
"""Writes the manual page of `sluice` from what the program says about itself.

    manual.py SLUICE > sluice.1
"""
import json
import subprocess
import sys


def escaped(text):
    """Text as roff reads it."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(letter if ord(letter) < 128 else f"\\[u{ord(letter):04X}]" for letter in text)
    lines = text.splitlines()
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in lines)


def flags(argument):
    """How an option is written."""
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument.get("names", [])]
    text = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    if argument["kind"] != "flag":
        value = f"\\fI{escaped(argument.get('valueName', 'value'))}\\fR"
        text = f"{text} {value}" if text else value
    return text


def visible(items):
    return [item for item in items or [] if item.get("shouldDisplay", True)]


def paragraphs(text):
    """Indented lines, such as examples, are shown as they stand; the others flow."""
    out, is_verbatim = [], False
    for line in escaped(text).splitlines():
        wants = line.startswith("  ")
        if wants != is_verbatim:
            out.append(".nf" if wants else ".fi")
            is_verbatim = wants
        out.append(line if line.strip() else ".PP")
    return "\n".join(out + [".fi"] if is_verbatim else out)


def section(command, path):
    """One command and all below it."""
    name = " ".join(path)
    out = [f".SS {escaped(name)}", escaped(command.get("abstract", ""))]
    if command.get("discussion"):
        out += [".PP", paragraphs(command["discussion"])]
    for argument in visible(command.get("arguments")):
        if "help" in [one["name"] for one in argument.get("names", [])]:
            continue
        out += [".TP", flags(argument), escaped(argument.get("abstract", ""))]
        if argument.get("discussion"):
            out.append(escaped(argument["discussion"]))
    for child in visible(command.get("subcommands")):
        if child["commandName"] != "help":
            out.append(section(child, path + [child["commandName"]]))
    return "\n".join(out)


def main(program):
    about = json.loads(subprocess.run(
        [program, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout)["command"]
    version = subprocess.run([program, "version"], check=True, capture_output=True, text=True).stdout.strip()
    commands = [child for child in visible(about["subcommands"]) if child["commandName"] != "help"]
    print(f'.TH SLUICE 1 "" "{version}"')
    print(f".SH NAME\nsluice \\- {escaped(about['abstract'])}")
    print(".SH SYNOPSIS\n\\fBsluice\\fR \\fIcommand\\fR [\\fIoptions\\fR]")
    print(f".SH DESCRIPTION\n{paragraphs(about.get('discussion', ''))}")
    print(".SH COMMANDS")
    for command in commands:
        print(section(command, ["sluice", command["commandName"]]))


if __name__ == "__main__":
    main(sys.argv[1])
