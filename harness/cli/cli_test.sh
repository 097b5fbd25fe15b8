#!/bin/sh
# The gcmap tool from the outside: exit codes, round trips, and what it says about mistakes.
# Usage: cli_test.sh PATH-OF-GCMAP
set -u
gcmap=${1:?usage: cli_test.sh PATH-OF-GCMAP}
[ -x "$gcmap" ] || { echo "FAILED: $gcmap is no program" >&2; exit 2; }
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
failures=0

# expect CODE PATTERN ARGUMENTS...: the exit code, and a line of the output (both streams) that holds PATTERN.
expect() {
  code=$1 pattern=$2
  shift 2
  output=$("$gcmap" "$@" 2>&1)
  got=$?
  if [ "$got" -ne "$code" ] || ! printf '%s\n' "$output" | grep -qF -e "$pattern"; then
    printf 'FAILED: gcmap %s\n  exit code %s, expected %s; output should hold: %s\n%s\n' "$*" "$got" "$code" \
      "$pattern" "$output"
    failures=$((failures + 1))
  fi
}

cat > small.txt <<'END'
# nine keys: the first growth
config version=1
put_run m0 1 9 0
iterate m0 i0 0 0
advance i0 4096
erase m0 3
get m0 3
collect
END

expect 2 'usage: gcmap COMMAND'
expect 0 'usage: gcmap COMMAND' --help
expect 2 "unknown command 'rplay'" rplay
for command in replay reduce states convert ops go-trace windows soak; do
  expect 0 "usage: gcmap $command" "$command" --help
  expect 2 "unknown flag '--frobnicate'" "$command" --frobnicate
done

expect 0 'ok: 6 operations' replay small.txt
expect 0 'erase m0 3' replay small.txt
expect 0 'ok: 6 operations' replay small.txt --until 3 --dump
expect 0 'ok: 6 operations' replay small.txt --quiet
expect 0 'ok' replay small.txt --signature
expect 2 "--until takes a number, not 'x'" replay small.txt --until x
expect 2 'a file is missing' replay
expect 2 'one argument too many' replay small.txt small.txt
expect 2 'nowhere.txt: No such file' replay nowhere.txt
printf 'config version=1\nputt m0 1 2\n' > wrong.txt
expect 2 "wrong.txt:2: unknown operation 'putt'; did you mean 'put'?" replay wrong.txt
: > empty
expect 2 'empty: the file is empty' replay empty

expect 0 'nothing found' soak --operations 40000
expect 2 'nowhere/x: cannot create a file' soak -o nowhere/x
expect 2 '--operations must be at least 10' soak --operations 9

expect 0 'put_run m0 1 9 0' convert small.txt -
expect 0 '' convert small.txt small.bin
expect 0 '' convert small.bin back.txt
expect 0 '' convert small.txt there.txt
cmp -s back.txt there.txt || { echo 'FAILED: text -> binary -> text differs'; failures=$((failures + 1)); }
expect 2 "--to is text or binary" convert small.txt - --to pictures
expect 2 'nowhere/small.bin: cannot create a file in nowhere: No such file' convert small.txt nowhere/small.bin

expect 2 'does not fail' reduce small.txt
expect 2 '--strictness is one of' reduce small.txt --strictness never
expect 0 '| `put map key value` | 3 |' ops

# A program that fails on a sound library, because its processor time is cut: all its keys share a chain.
cat > slow.txt <<'END'
config version=2 hash=constant kind=box_box
put m0 1 0
put_run m0 1 4096 0
collect
END
expect 1 'hang HANG@put_run at operation 1' replay slow.txt --quiet --cpu-ms 50
expect 1 "reduce: $gcmap reduce slow.txt" replay slow.txt --cpu-ms 50
expect 1 'HANG@put box_box' replay slow.txt --cpu-ms 50 --signature
expect 2 'nowhere/x: cannot create a file in nowhere' reduce slow.txt -o nowhere/x
expect 3 'when --executions ended it' reduce slow.txt --cpu-ms 50 --executions 1 -o capped.txt
expect 0 'put_run m0 1 4096 0' convert capped.txt -
printf 'config version=2 hash=constant kind=box_box\nput_run m0 1 4096 0\n' > better.txt
expect 3 'held a simpler program that fails in the same way' reduce slow.txt --cpu-ms 50 --executions 2 -o better.txt
expect 0 'put_run m0 1 4096 0' convert better.txt -
"$gcmap" convert better.txt - | grep -q collect && { echo 'FAILED: a better result was lost'; failures=$((failures + 1)); }
expect 2 '/dev/full: cannot write: No space left on device' reduce slow.txt --cpu-ms 50 --executions 1 -o /dev/full
expect 2 'put_run m0 1 4096 0' reduce slow.txt --cpu-ms 50 --executions 1 -o /dev/full
expect 3 "repeat: $gcmap replay slow.txt" reduce slow.txt --cpu-ms 50 --executions 1 -o /dev/null
expect 3 "clean: $gcmap passes it" reduce slow.txt --cpu-ms 50 --executions 1 -o capped.txt --clean "$gcmap"
expect 3 "came to no verdict" reduce slow.txt --cpu-ms 50 --executions 1 -o capped.txt --clean ./none
echo precious > printed.txt  # replacing what the output goes to would lose it
"$gcmap" convert small.txt /dev/stdout >> printed.txt && grep -q precious printed.txt && grep -q put printed.txt ||
  { echo 'FAILED: /dev/stdout replaced the file it was redirected to'; failures=$((failures + 1)); }
[ -c /dev/null ] && [ -c /dev/full ] || { echo 'FAILED: a device was replaced'; failures=$((failures + 1)); }
cp slow.txt './a file;.txt'
GCMAP_COMMAND='./dev {command} --fast' expect 3 "repeat: ./dev replay --fast './a file;.txt'" \
  reduce slow.txt --cpu-ms 50 --executions 1 -o './a file;.txt'
GCMAP_COMMAND='./dev {command} --fast' expect 2 "see './dev replay --help'" replay --frobnicate
GCMAP_COMMAND='./dev {command} --fast' expect 0 'usage: ./dev convert IN OUT' convert --help

# What is no program says so; --any-bytes runs it as an engine would.
printf 'hello\n' > words
printf '{"a": [1, 2]}\n' > data.json
printf '\177ELF\002\001\001\000\000\000' > elf
printf '\002\000\000' > short
for file in words data.json elf short; do
  for command in replay reduce; do expect 2 '--any-bytes runs it all the same' "$command" "$file"; done
  expect 2 '--any-bytes' convert "$file" -
  expect 0 'ok: ' replay "$file" --any-bytes
done
expect 0 'config version=2' convert elf - --any-bytes
expect 0 'ok: 6 operations' replay small.bin
printf 'config version=1\n\033[2Jput\n' > terminal.txt
expect 2 "terminal.txt:2: unknown operation '\x1b[2Jput'" replay terminal.txt

cat > u64-small.trace <<'END'
T maptrace 1 go=go1.19.8 arch=amd64 key=u64 keysize=8 elemsize=8 bucketsize=144 indirectkey=0 bucketptr=0 reflexive=1 keyupdate=0 api=fast64 profile=small seed=1
P 0 0 0 0 2 5 7 14 28 56 113 170 284 512 1024 2048
N 0 | 0 0 0 0 0 0 0 0 0 0 cbf29ce484222325 =
I 7 2a00000000000000 9 - | 1 0 0 0 0 0 0 0 0 0 eaf96f5f8c8e84ec =
S 2 0 3 7:9 | 1 0 3 0 0 0 0 0 0 0 eaf96f5f8c8e84ec =
X 2 0 - | =
Z 4
END
expect 0 'u64-small.trace       4 operations  ok' go-trace u64-small.trace
sed 's/9 - |/9 8 |/' u64-small.trace > lie.trace
expect 1 'lie.trace:4: previous value: recorded 8, map absent' go-trace u64-small.trace lie.trace
expect 1 'lie.trace             2 operations  differs at line 4' go-trace u64-small.trace lie.trace
sed '$d' u64-small.trace > cut.trace
expect 2 'cut.trace:7: the recording ends without its Z line' go-trace cut.trace
expect 1 'cannot be read (No such file or directory)' go-trace lie.trace nowhere.trace
sed 's/key=u64/key=str/' u64-small.trace > str.trace
expect 1 'str.trace:2: bytes of a bucket: recorded 144, map 208' go-trace str.trace
expect 2 'str.trace: a recording of key kind str; programs are cut from u64' windows str.trace cut
expect 0 'cut/go-small-1-3.txt  lines 3-6' windows u64-small.trace cut --select 2
expect 0 'put m0 7 9' convert cut/go-small-1-3.txt -
expect 0 'ok: ' replay cut/go-small-1-3.txt
expect 2 'see gcmap go-trace' windows lie.trace cut

# A limit on address space is no bug of the library. (With a sanitizer the process ends before main() begins.)
for command in "replay small.txt" "reduce small.txt" "soak --operations 1000"; do
  output=$(ulimit -v 8000000 && exec "$gcmap" $command 2>&1)
  got=$?
  case $output in *ReserveShadowMemoryRange*) continue ;; esac
  if [ "$got" -ne 2 ]; then
    printf 'FAILED: gcmap %s under ulimit -v: exit code %s, expected 2\n%s\n' "$command" "$got" "$output"
    failures=$((failures + 1))
  fi
done

# Output that cannot be written is an error, as long as nothing was found.
full() {
  code=$1
  shift
  "$gcmap" "$@" > /dev/full 2> full.log
  got=$?
  if [ "$got" -ne "$code" ] || ! grep -qF 'cannot write to the standard output' full.log; then
    echo "FAILED: gcmap $* > /dev/full: exit code $got, expected $code"
    failures=$((failures + 1))
  fi
}
full 2 ops
full 2 replay small.txt --quiet
full 2 convert small.txt -
full 1 replay slow.txt --cpu-ms 50 --quiet

[ "$failures" -eq 0 ] || exit 1
echo "every command behaves"
