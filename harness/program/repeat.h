// Lines to type: commands that repeat what was seen, and texts that are safe to print.
//
// GCMAP_COMMAND says how the user called: "./dev {command} --fault map-11 --fast", where {command} stands for
// the command's name. Without it a program's lines begin with its own path, as it was called; a test's with
// ./dev.
#pragma once

#include <string>
#include <string_view>

namespace gcmap::harness {

// main() says how the program was called. Remembers the pointer.
void called_as(const char* program);
const char* program_as_called();

// The words in front of a command's arguments, as the shell takes them: "./dev replay --fault map-11 --fast".
std::string words_of_command(std::string_view command);
// The same without flags, for messages: "./dev replay".
std::string name_of_command(std::string_view command);

// "repeat: ./dev replay 'a file.txt'"; `flags` follow the file as they are.
std::string line_to_type(std::string_view label, std::string_view command, std::string_view file,
                         std::string_view flags = "");
std::string repeat_line(std::string_view command, std::string_view file, std::string_view flags = "");

// The word as a shell takes it for one, quoted where need be.
std::string shell_quoted(std::string_view word);

// The text with control characters and what is not UTF-8 as \x1b: a file's contents do not move a
// terminal's cursor.
std::string printable(std::string_view text);

}  // namespace gcmap::harness
