"""Which header of the standard library a file must include: the check `headers` of checks.py.

Builds with precompiled headers, and those that compile several sources as one, do not see what a source
forgets to include; whoever uses neither does. A file, or one of ours that it includes, includes the header
of every name below that it uses.
"""

import re

from cpp_sources import includes, sources

FOLDERS = ["lib", "harness", "fuzz", "properties", "bench", "ci"]
# The headers and what each declares, of all that the project uses. What several declare is not here:
# std::begin, std::erase_if, std::get, std::size, std::swap, std::nullptr_t and the like.
NAMES = {
    "algorithm": "adjacent_find all_of any_of binary_search clamp copy copy_n count count_if equal fill fill_n find find_if "
                 "for_each inplace_merge lower_bound max max_element min min_element minmax mismatch next_permutation none_of "
                 "partition_point replace reverse rotate search sort stable_partition stable_sort swap_ranges transform unique "
                 "upper_bound",
    "array": "array to_array",
    "atomic": "atomic atomic_flag atomic_signal_fence atomic_thread_fence memory_order_acquire memory_order_relaxed "
              "memory_order_release memory_order_seq_cst",
    "bit": "bit_cast bit_ceil bit_floor bit_width countl_zero countr_one countr_zero endian has_single_bit popcount rotl rotr",
    "charconv": "from_chars to_chars",
    "chrono": "chrono",
    "cmath": "exp floor isfinite isinf isnan lgamma log log1p nan pow signbit sin sqrt",
    "compare": "partial_ordering strong_ordering weak_ordering",
    "concepts": "convertible_to copy_constructible copyable default_initializable derived_from equality_comparable "
                "floating_point integral invocable same_as signed_integral unsigned_integral",
    "condition_variable": "condition_variable",
    "csignal": "raise sig_atomic_t signal",
    "cstdio": "fclose ferror fflush fgets fopen fprintf fputc fputs fread fscanf fwrite printf puts snprintf sscanf vfprintf",
    "cstdlib": "abort atexit exit free getenv malloc strtod strtoull system",
    "cstring": "memchr memcmp memcpy memmove memset strcmp strcspn strerror strlen strstr",
    "deque": "deque",
    "exception": "current_exception exception_ptr rethrow_exception terminate uncaught_exceptions",
    "filesystem": "filesystem",
    "fstream": "fstream ifstream ofstream",
    "functional": "bind_front cref equal_to function greater hash invoke less ref",
    "initializer_list": "initializer_list",
    "iostream": "cerr cin cout",
    "iterator": "advance back_inserter distance input_iterator istreambuf_iterator next prev sentinel_for",
    "limits": "numeric_limits",
    "map": "map multimap",
    "memory": "addressof allocator construct_at destroy_at make_shared make_unique shared_ptr unique_ptr weak_ptr",
    "memory_resource": "pmr",
    "mutex": "lock_guard mutex scoped_lock unique_lock",
    "new": "bad_alloc launder nothrow nothrow_t",
    "numbers": "numbers",
    "numeric": "accumulate gcd iota lcm",
    "optional": "in_place nullopt optional",
    "random": "mt19937 mt19937_64 random_device",
    "set": "multiset set",
    "span": "as_bytes as_writable_bytes span",
    "sstream": "istringstream ostringstream stringstream",
    "stdexcept": "invalid_argument length_error logic_error out_of_range runtime_error",
    "string": "basic_string stod stoi stoul stoull string to_string",
    "string_view": "string_view",
    "system_error": "errc error_code generic_category system_error",
    "thread": "this_thread thread",
    "tuple": "apply make_tuple tie tuple",
    "type_traits": "conditional_t decay_t is_arithmetic_v is_base_of_v is_const_v is_convertible_v is_empty_v is_integral_v "
                   "is_invocable_v is_pointer_v is_same_v is_trivially_copyable_v is_trivially_destructible_v remove_const_t "
                   "remove_cvref_t remove_reference_t type_identity_t",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_multiset unordered_set",
    "utility": "declval exchange forward make_pair move pair",
    "variant": "get_if holds_alternative monostate variant visit",
    "vector": "vector",
}
HEADER = {name: header for header, names in NAMES.items() for name in names.split()}
USE = re.compile(r"\bstd::(\w+)")
INCLUDE = re.compile(r"\s*#\s*include\s*<(\w+)>")
COMMENT_OR_LITERAL = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"')
# What <algorithm> has with three arguments or more and <utility>, <cstdio> or a container with fewer.
OTHERS = re.compile(r"\bstd::(?:move|remove)\(\w[^();]*,[^();]*,")


def missing(name, text, reached):
    """Lines about what the file uses and includes nowhere. `reached`: the standard headers it sees."""
    said = set()
    for number, line in enumerate(text.splitlines(), 1):
        for found in USE.finditer(COMMENT_OR_LITERAL.sub('""', line)):
            header = "algorithm" if OTHERS.match(line, found.start()) else HEADER.get(found[1])
            if header and header not in reached and header not in said:
                said.add(header)
                yield f"{name}:{number}: std::{found[1]} is declared by <{header}>, which is not included"


class Reached:
    """The standard headers that each file sees: its own includes, and theirs."""

    def __init__(self, root):
        self._root, self._of = root, {}

    def of(self, name):
        if name not in self._of:
            self._of[name] = set()  # what includes itself, by a circle, adds nothing
            path = self._root / name
            own = {found[1] for line in path.read_text(encoding="utf-8").splitlines() if (found := INCLUDE.match(line))}
            self._of[name] = own.union(*(self.of(target) for _, target, _ in includes(self._root, path) if target))
        return self._of[name]


def headers(root):
    reached = Reached(root)
    return [line for path, name in sources(root, FOLDERS, (".h", ".cc"))
            for line in missing(name, path.read_text(encoding="utf-8"), reached.of(name))]
