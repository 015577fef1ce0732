//! The table of all BIFs.

use super::Bif;
use super::{
    binaries, code, convert, dictionary, funs, info, io, lists, maps, math, names, process, raise, relations,
    spawn, system, terms,
};

/// Tables that stand beside their functions.
const PARTS: &[&[Bif]] = &[
    ROWS,
    super::atomics::ROWS,
    super::binaries::ROWS,
    super::checksums::ROWS,
    super::ets::ROWS,
    super::debugging::ROWS,
    super::external::ROWS,
    super::facts::ROWS,
    super::iolists::ROWS,
    super::memory::ROWS,
    super::files::ROWS,
    super::system_info::ROWS,
    super::zlib::ROWS,
    super::flags::ROWS,
    super::io::ROWS,
    super::loader::ROWS,
    super::nodes::ROWS,
    super::notsup::ROWS,
    super::os::ROWS,
    super::packets::ROWS,
    super::persistent::ROWS,
    super::records::ROWS,
    super::regex::ROWS,
    super::relations::ROWS,
    super::search::ROWS,
    super::services::ROWS,
    super::spawn::ROWS,
    super::timers::ROWS,
    super::unicode::ROWS,
];

const COUNT: usize = {
    let (mut sum, mut part) = (0, 0);
    while part < PARTS.len() {
        sum += PARTS[part].len();
        part += 1;
    }
    sum
};

/// All BIFs. A BIF's number is its index; code objects name BIFs, so numbers may change between versions.
pub static TABLE: &[Bif] = &{
    let mut all = [ROWS[0]; COUNT];
    let (mut next, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut row = 0;
        while row < PARTS[part].len() {
            all[next] = PARTS[part][row];
            next += 1;
            row += 1;
        }
        part += 1;
    }
    all
};

bifs! {
    "erlang" "+" 2 Leaf convert::add, "`A + B`.";
    "erlang" "-" 2 Leaf convert::sub, "`A - B`.";
    "erlang" "*" 2 Leaf convert::mul, "`A * B`.";
    "erlang" "/" 2 Leaf convert::fdiv, "`A / B`.";
    "erlang" "div" 2 Leaf convert::idiv, "`A div B`.";
    "erlang" "rem" 2 Leaf convert::irem, "`A rem B`.";
    "erlang" "band" 2 Leaf convert::band, "`A band B`.";
    "erlang" "bor" 2 Leaf convert::bor, "`A bor B`.";
    "erlang" "bxor" 2 Leaf convert::bxor, "`A bxor B`.";
    "erlang" "bsl" 2 Leaf convert::bsl, "`A bsl B`.";
    "erlang" "bsr" 2 Leaf convert::bsr, "`A bsr B`.";
    "erlang" "+" 1 Leaf convert::plus, "`+A`: the number itself.";
    "erlang" "-" 1 Leaf convert::neg, "`-A`.";
    "erlang" "bnot" 1 Leaf convert::bnot, "`bnot A`.";
    "erlang" "==" 2 Leaf terms::eq, "`A == B`.";
    "erlang" "/=" 2 Leaf terms::ne, "`A /= B`.";
    "erlang" "=:=" 2 Leaf terms::eq_exact, "`A =:= B`.";
    "erlang" "=/=" 2 Leaf terms::ne_exact, "`A =/= B`.";
    "erlang" "<" 2 Leaf terms::lt, "`A < B`.";
    "erlang" ">" 2 Leaf terms::gt, "`A > B`.";
    "erlang" "=<" 2 Leaf terms::le, "`A =< B`.";
    "erlang" ">=" 2 Leaf terms::ge, "`A >= B`.";
    "erlang" "and" 2 Leaf terms::and, "`A and B`, both evaluated.";
    "erlang" "or" 2 Leaf terms::or, "`A or B`, both evaluated.";
    "erlang" "xor" 2 Leaf terms::xor, "`A xor B`, both evaluated.";
    "erlang" "not" 1 Leaf terms::not, "`not A`.";
    "erlang" "is_atom" 1 Leaf terms::is_atom, "Is it an atom?";
    "erlang" "is_binary" 1 Leaf terms::is_binary, "Is it a bitstring of whole bytes?";
    "erlang" "is_bitstring" 1 Leaf terms::is_bitstring, "Is it a bitstring?";
    "erlang" "is_boolean" 1 Leaf terms::is_boolean, "Is it `true` or `false`?";
    "erlang" "is_float" 1 Leaf terms::is_float, "Is it a float?";
    "erlang" "is_function" 1 Leaf terms::is_function, "Is it a fun?";
    "erlang" "is_integer" 1 Leaf terms::is_integer, "Is it an integer?";
    "erlang" "is_list" 1 Leaf terms::is_list, "Is it `[]` or a cons cell?";
    "erlang" "is_map" 1 Leaf terms::is_map, "Is it a map?";
    "erlang" "is_number" 1 Leaf terms::is_number, "Is it a number?";
    "erlang" "is_pid" 1 Leaf terms::is_pid, "Is it a pid?";
    "erlang" "is_port" 1 Leaf terms::is_port, "Is it a port?";
    "erlang" "is_reference" 1 Leaf terms::is_reference, "Is it a reference?";
    "erlang" "is_tuple" 1 Leaf terms::is_tuple, "Is it a tuple?";
    "erlang" "is_function" 2 Leaf terms::is_function2, "Is it a fun of this arity?";
    "erlang" "is_integer" 3 Leaf terms::is_integer3, "Is it an integer between two bounds?";
    "erlang" "is_record" 1 Leaf terms::is_record, "Is it a native record?";
    "erlang" "is_record" 2 Leaf terms::is_record2, "Is it a tuple that begins with this atom, or a native record of this name?";
    "erlang" "is_record" 3 Leaf terms::is_record3, "Is it a tuple of this size that begins with this atom, or this native record of this module?";
    "erlang" "is_map_key" 2 Leaf terms::is_map_key, "Does the map have the key?";
    "maps" "is_key" 2 Leaf terms::is_map_key, "Does the map have the key?";
    "erlang" "map_get" 2 Leaf terms::map_get, "The value of a key.";
    "maps" "get" 2 Leaf terms::map_get, "The value of a key.";
    "erlang" "map_size" 1 Leaf terms::map_size, "Number of keys.";
    "maps" "size" 1 Leaf terms::map_size, "Number of keys.";
    "erlang" "element" 2 Leaf terms::element, "Element of a tuple by position.";
    "erlang" "setelement" 3 Leaf terms::setelement, "A tuple with one element replaced.";
    "erlang" "insert_element" 3 Leaf terms::insert_element, "A tuple with one element more.";
    "erlang" "delete_element" 2 Leaf terms::delete_element, "A tuple with one element less.";
    "erlang" "append_element" 2 Leaf terms::append_element, "A tuple with one element more at the end.";
    "erlang" "tuple_size" 1 Leaf terms::tuple_size, "Number of elements of a tuple.";
    "erlang" "make_tuple" 2 Leaf terms::make_tuple, "A tuple of one value many times.";
    "erlang" "make_tuple" 3 Leaf terms::make_tuple_with, "A tuple of a default value with some elements given.";
    "erlang" "tuple_to_list" 1 Leaf terms::tuple_to_list, "The elements of a tuple.";
    "erlang" "list_to_tuple" 1 Leaf terms::list_to_tuple, "A tuple of these elements.";
    "erlang" "size" 1 Leaf terms::size, "Size of a tuple or a bitstring.";
    "erlang" "byte_size" 1 Leaf terms::byte_size, "Bytes that a bitstring takes.";
    "erlang" "bit_size" 1 Leaf terms::bit_size, "Bits of a bitstring.";
    "erlang" "hd" 1 Leaf terms::hd, "First element of a list.";
    "erlang" "tl" 1 Leaf terms::tl, "A list without its first element.";
    "erlang" "length" 1 Leaf terms::length, "Number of elements of a proper list.";
    "erlang" "min" 2 Leaf terms::min, "The smaller term.";
    "erlang" "max" 2 Leaf terms::max, "The larger term.";
    "erlang" "phash" 2 Leaf terms::phash, "The old hash that is the same everywhere, from 1 to a limit.";
    "erlang" "phash2" 1 Leaf terms::phash2, "A hash that is the same everywhere.";
    "erlang" "phash2" 2 Leaf terms::phash2_range, "A hash below a limit that is the same everywhere.";
    "erlang" "abs" 1 Leaf convert::abs, "Absolute value.";
    "erlang" "trunc" 1 Leaf convert::trunc, "A number cut off towards zero.";
    "erlang" "round" 1 Leaf convert::round, "The nearest integer.";
    "erlang" "floor" 1 Leaf convert::floor, "The largest integer not above.";
    "erlang" "ceil" 1 Leaf convert::ceil, "The smallest integer not below.";
    "erlang" "float" 1 Leaf convert::float, "A number as a float.";
    "erlang" "integer_to_list" 1 Leaf convert::integer_to_list, "Digits of an integer.";
    "erlang" "integer_to_list" 2 Leaf convert::integer_to_list, "Digits of an integer in some base.";
    "erlang" "integer_to_binary" 1 Leaf convert::integer_to_binary, "Digits of an integer.";
    "erlang" "integer_to_binary" 2 Leaf convert::integer_to_binary, "Digits of an integer in some base.";
    "erlang" "list_to_integer" 1 Leaf convert::list_to_integer, "The integer that digits spell.";
    "erlang" "list_to_integer" 2 Leaf convert::list_to_integer, "The integer that digits in some base spell.";
    "erlang" "binary_to_integer" 1 Leaf convert::binary_to_integer, "The integer that digits spell.";
    "erlang" "binary_to_integer" 2 Leaf convert::binary_to_integer, "The integer that digits in some base spell.";
    "erlang" "float_to_list" 1 Leaf convert::float_to_list, "Digits of a float.";
    "erlang" "float_to_list" 2 Leaf convert::float_to_list, "Digits of a float in some format.";
    "erlang" "float_to_binary" 1 Leaf convert::float_to_binary, "Digits of a float.";
    "erlang" "float_to_binary" 2 Leaf convert::float_to_binary, "Digits of a float in some format.";
    "erlang" "list_to_float" 1 Leaf convert::list_to_float, "The float that digits spell.";
    "erlang" "binary_to_float" 1 Leaf convert::binary_to_float, "The float that digits spell.";
    "erlang" "atom_to_list" 1 Leaf convert::atom_to_list, "An atom's characters.";
    "erlang" "atom_to_binary" 1 Leaf convert::atom_to_binary, "An atom's characters in UTF-8.";
    "erlang" "atom_to_binary" 2 Leaf convert::atom_to_binary, "An atom's characters in some encoding.";
    "erlang" "list_to_atom" 1 Leaf convert::list_to_atom, "The atom of these characters.";
    "erlang" "list_to_existing_atom" 1 Leaf convert::list_to_existing_atom, "The atom of these characters, if there is one.";
    "erlang" "binary_to_atom" 1 Leaf convert::binary_to_atom, "The atom of these characters.";
    "erlang" "binary_to_atom" 2 Leaf convert::binary_to_atom, "The atom of these characters in some encoding.";
    "erlang" "binary_to_existing_atom" 1 Leaf convert::binary_to_existing_atom, "The atom of these characters, if there is one.";
    "erlang" "binary_to_existing_atom" 2 Leaf convert::binary_to_existing_atom, "The atom of these characters, if there is one.";
    "erlang" "binary_to_list" 1 Leaf convert::binary_to_list, "Bytes as a list.";
    "erlang" "pid_to_list" 1 Leaf convert::pid_to_list, "A pid's text.";
    "erlang" "ref_to_list" 1 Leaf convert::ref_to_list, "A reference's text.";
    "erlang" "binary_to_list" 3 Leaf convert::binary_to_list_part, "Some bytes as a list.";
    "erlang" "binary_part" 2 Leaf binaries::binary_part, "A part of a binary.";
    "erlang" "binary_part" 3 Leaf binaries::binary_part, "A part of a binary.";
    "binary" "part" 2 Leaf binaries::binary_part, "A part of a binary.";
    "binary" "part" 3 Leaf binaries::binary_part, "A part of a binary.";
    "erlang" "split_binary" 2 Leaf binaries::split_binary, "A binary in two parts.";
    "binary" "at" 2 Leaf binaries::at, "A byte by position.";
    "binary" "first" 1 Leaf binaries::first, "The first byte.";
    "binary" "last" 1 Leaf binaries::last, "The last byte.";
    "binary" "copy" 1 Leaf binaries::copy, "A copy with memory of its own.";
    "binary" "copy" 2 Leaf binaries::copy, "Several copies in a row.";
    "erlang" "++" 2 Leaf lists::append, "Two lists in a row.";
    "erlang" "append" 2 Leaf lists::append, "Two lists in a row.";
    "erlang" "--" 2 Leaf lists::subtract, "A list without the first occurrences of others.";
    "erlang" "subtract" 2 Leaf lists::subtract, "A list without the first occurrences of others.";
    "lists" "reverse" 1 Leaf lists::reverse, "The list backwards.";
    "lists" "reverse" 2 Leaf lists::reverse_onto, "The list backwards, in front of another.";
    "lists" "member" 2 Leaf lists::member, "Is the term in the list?";
    "lists" "keyfind" 3 Leaf lists::keyfind, "The first tuple with this element.";
    "lists" "keymember" 3 Leaf lists::keymember, "Is there a tuple with this element?";
    "lists" "keysearch" 3 Leaf lists::keysearch, "The first tuple with this element, tagged.";
    "erts_internal" "length" 1 Full lists::length_slowly, "Number of elements, giving way on long lists.";
    "maps" "find" 2 Leaf maps::find, "`{ok, Value}` or `error`.";
    "maps" "put" 3 Leaf maps::put, "The map with a key set.";
    "maps" "update" 3 Leaf maps::update, "The map with an existing key set.";
    "maps" "remove" 2 Leaf maps::remove, "The map without a key.";
    "maps" "take" 2 Leaf maps::take, "The value of a key and the rest.";
    "maps" "keys" 1 Leaf maps::keys, "The keys.";
    "maps" "values" 1 Leaf maps::values, "The values.";
    "maps" "merge" 2 Leaf maps::merge, "Both maps, the second wins.";
    "maps" "from_list" 1 Leaf maps::from_list, "A map of these pairs.";
    "maps" "from_keys" 2 Leaf maps::from_keys, "A map of these keys, all with one value.";
    "maps" "to_list" 1 Leaf maps::to_list, "The pairs.";
    "maps" "iterator" 1 Leaf maps::iterator, "An iterator over the pairs.";
    "maps" "next" 1 Leaf maps::next, "The next pair of an iterator.";
    "maps" "get" 3 Leaf maps::get_default, "The value of a key, or a default.";
    "erts_internal" "mc_iterator" 1 Leaf maps::comprehension_iterator, "The pairs of a map generator.";
    "erts_internal" "mc_refill" 1 Leaf maps::next, "More pairs of a map generator.";
    "erts_internal" "map_next" 3 Leaf maps::map_next, "Some pairs of an iterator.";
    "erlang" "self" 0 Leaf process::self_, "The pid of the process.";
    "erlang" "make_ref" 0 Leaf process::make_ref, "A new reference.";
    "erlang" "whereis" 1 Full names::whereis, "The process that has a name.";
    "erlang" "registered" 0 Leaf names::registered, "All registered names.";
    "erlang" "processes" 0 Leaf names::processes, "All processes.";
    "erlang" "group_leader" 0 Leaf names::group_leader, "The group leader.";
    "erlang" "get" 0 Leaf dictionary::get0, "The process dictionary.";
    "erlang" "get" 1 Leaf dictionary::get1, "A value of the process dictionary.";
    "erlang" "get_keys" 0 Leaf dictionary::get_keys0, "The keys of the process dictionary.";
    "erlang" "get_keys" 1 Leaf dictionary::get_keys1, "The keys that have this value in the process dictionary.";
    "erlang" "put" 2 Leaf dictionary::put, "Sets a key of the process dictionary.";
    "erlang" "erase" 0 Leaf dictionary::erase0, "Empties the process dictionary.";
    "erlang" "erase" 1 Leaf dictionary::erase1, "Removes a key of the process dictionary.";
    "erlang" "make_fun" 3 Leaf funs::make_fun, "An external fun.";
    "erlang" "fun_info" 2 Leaf funs::fun_info2, "Something about a fun.";
    "erlang" "spawn" 1 Full spawn::spawn1, "Starts a process that calls a fun.";
    "erlang" "spawn" 3 Full spawn::spawn3, "Starts a process.";
    "erlang" "spawn_link" 1 Full spawn::spawn_link1, "Starts a linked process that calls a fun.";
    "erlang" "spawn_link" 3 Full spawn::spawn_link3, "Starts a linked process.";
    "erlang" "spawn_monitor" 1 Full spawn::spawn_monitor1, "Starts a monitored process that calls a fun.";
    "erlang" "spawn_monitor" 3 Full spawn::spawn_monitor3, "Starts a monitored process.";
    "erlang" "spawn_opt" 2 Full spawn::spawn_opt2, "Starts a process with options that calls a fun.";
    "erlang" "spawn_opt" 4 Full spawn::spawn_opt4, "Starts a process with options.";
    "erlang" "apply" 2 Full spawn::apply2, "Calls a fun with a list of arguments.";
    "erlang" "apply" 3 Full spawn::apply3, "Calls a function by name with a list of arguments.";
    "erlang" "error" 1 Full raise::error1, "Raises an error.";
    "erlang" "error" 2 Full raise::error2, "Raises an error, arguments given.";
    "erlang" "error" 3 Full raise::error3, "Raises an error, arguments and options given.";
    "erlang" "exit" 1 Full raise::exit1, "Raises an exit.";
    "erlang" "throw" 1 Full raise::throw, "Throws.";
    "erlang" "raise" 3 Full raise::raise3, "Raises with a given stack trace.";
    "erlang" "send" 2 Full process::send2, "Sends a message.";
    "erlang" "send" 3 Full process::send3, "Sends a message with options.";
    "erlang" "!" 2 Full process::send2, "Sends a message.";
    "erlang" "link" 1 Full relations::link, "Links to a process.";
    "erlang" "unlink" 1 Full relations::unlink, "Ends a link.";
    "erlang" "monitor" 2 Full relations::monitor, "Watches a process.";
    "erlang" "monitor" 3 Full relations::monitor3, "Watches a process with options.";
    "erlang" "demonitor" 1 Full relations::demonitor1, "Ends a monitor.";
    "erlang" "demonitor" 2 Full relations::demonitor2, "Ends a monitor with options.";
    "erlang" "exit" 2 Full relations::exit2, "Sends an exit signal.";
    "erlang" "register" 2 Full names::register, "Gives a process a name.";
    "erlang" "unregister" 1 Full names::unregister, "Takes a name away.";
    "erlang" "is_process_alive" 1 Full names::is_process_alive, "Does the process live?";
    "erlang" "group_leader" 2 Full names::set_group_leader, "Sets the group leader of a process.";
    "erlang" "garbage_collect" 0 Full process::garbage_collect0, "Collects the garbage of the process.";
    "erlang" "garbage_collect" 1 Full process::garbage_collect1, "Collects the garbage of a process.";
    "erlang" "yield" 0 Full process::yield_, "Gives way to other processes.";
    "erlang" "process_info" 1 Full info::process_info1, "What is known of a process.";
    "erlang" "process_info" 2 Full info::process_info2, "Something about a process.";
    "erlang" "load_module" 2 Full code::load_module, "Loads a module from the bytes of its file.";
    "erlang" "delete_module" 1 Full code::delete_module, "Makes the current version of a module old.";
    "erlang" "purge_module" 1 Full code::purge_module, "Removes the old version of a module.";
    "erlang" "check_process_code" 2 Full code::check_process_code, "Does a process use the old version of a module?";
    "erlang" "check_process_code" 3 Full code::check_process_code3, "Does a process use the old version of a module?";
    "erlang" "module_loaded" 1 Leaf code::module_loaded, "Is the module loaded?";
    "erlang" "loaded" 0 Leaf code::loaded, "All loaded modules.";
    "erlang" "function_exported" 3 Leaf code::function_exported, "Is the function there?";
    "erlang" "get_module_info" 1 Leaf code::get_module_info1, "What is known of a module.";
    "erlang" "get_module_info" 2 Leaf code::get_module_info2, "Something about a module.";
    "erlang" "display" 1 Full io::display, "Writes a term and a new line to standard output.";
    "erlang" "halt" 0 Full system::halt0, "Stops the system.";
    "erlang" "halt" 1 Full system::halt1, "Stops the system with a status.";
    "erlang" "halt" 2 Full system::halt2, "Stops the system with a status and options.";
    "erlang" "bump_reductions" 1 Full system::bump_reductions, "Uses up reductions.";
    "erlang" "monotonic_time" 0 Leaf system::monotonic_time, "Time that never runs backwards.";
    "erlang" "monotonic_time" 1 Leaf system::monotonic_time, "Time that never runs backwards, in some unit.";
    "erlang" "system_time" 0 Leaf system::system_time, "Time since 1970.";
    "erlang" "system_time" 1 Leaf system::system_time, "Time since 1970 in some unit.";
    "erlang" "time_offset" 0 Leaf system::time_offset, "System time less monotonic time.";
    "erlang" "time_offset" 1 Leaf system::time_offset, "System time less monotonic time, in some unit.";
    "erlang" "convert_time_unit" 3 Leaf system::convert_time_unit, "A time in another unit.";
    "erlang" "timestamp" 0 Leaf system::timestamp, "Time since 1970 in three parts.";
    "erlang" "unique_integer" 0 Leaf system::unique_integer, "An integer never given out before.";
    "erlang" "unique_integer" 1 Leaf system::unique_integer, "An integer never given out before, with options.";
    "erlang" "node" 0 Leaf system::node, "The name of this node.";
    "erlang" "nodes" 0 Leaf system::nodes, "Connected nodes: none.";
    "erlang" "is_alive" 0 Leaf system::is_alive, "Is this node distributed? Never.";
    "erlang" "statistics" 1 Leaf system::statistics, "Figures about the system.";
    "erlang" "node" 1 Leaf system::node1, "The node of a pid, port or reference.";
    "os" "system_time" 0 Leaf system::system_time, "Time since 1970.";
    "os" "system_time" 1 Leaf system::system_time, "Time since 1970 in some unit.";
    "os" "timestamp" 0 Leaf system::timestamp, "Time since 1970 in three parts.";
    "math" "acos" 1 Leaf math::acos, "Arc cosine.";
    "math" "acosh" 1 Leaf math::acosh, "Inverse hyperbolic cosine.";
    "math" "asin" 1 Leaf math::asin, "Arc sine.";
    "math" "asinh" 1 Leaf math::asinh, "Inverse hyperbolic sine.";
    "math" "atan" 1 Leaf math::atan, "Arc tangent.";
    "math" "atanh" 1 Leaf math::atanh, "Inverse hyperbolic tangent.";
    "math" "ceil" 1 Leaf math::ceil, "The next integer above, as a float.";
    "math" "cos" 1 Leaf math::cos, "Cosine.";
    "math" "cosh" 1 Leaf math::cosh, "Hyperbolic cosine.";
    "math" "erf" 1 Leaf math::erf, "Error function.";
    "math" "erfc" 1 Leaf math::erfc, "What the error function lacks of one.";
    "math" "exp" 1 Leaf math::exp, "Power of e.";
    "math" "floor" 1 Leaf math::floor, "The next integer below, as a float.";
    "math" "log" 1 Leaf math::log, "Natural logarithm.";
    "math" "log10" 1 Leaf math::log10, "Decimal logarithm.";
    "math" "log2" 1 Leaf math::log2, "Binary logarithm.";
    "math" "sin" 1 Leaf math::sin, "Sine of an angle.";
    "math" "sinh" 1 Leaf math::sinh, "Hyperbolic sine.";
    "math" "sqrt" 1 Leaf math::sqrt, "Square root.";
    "math" "tan" 1 Leaf math::tan, "Tangent.";
    "math" "tanh" 1 Leaf math::tanh, "Hyperbolic tangent.";
    "math" "pi" 0 Leaf math::pi, "The number pi.";
    "math" "tau" 0 Leaf math::tau, "Twice pi.";
    "math" "pow" 2 Leaf math::pow, "A number to the power of another.";
    "math" "atan2" 2 Leaf math::atan2, "Arc tangent of a quotient.";
    "math" "fmod" 2 Leaf math::fmod, "Remainder of a division of floats.";
    "erlang" "bitstring_to_list" 1 Leaf convert::bitstring_to_list, "Bytes as a list, with the rest as a bitstring at the end.";
    "erlang" "is_builtin" 3 Leaf code::is_builtin, "Is the function built in?";
    "erlang" "fun_to_list" 1 Leaf convert::fun_to_list, "A fun's text.";
    "erlang" "nif_error" 1 Full raise::error1, "Raises an error: the native implementation is missing.";
    "erlang" "nif_error" 2 Full raise::error2, "Raises an error: the native implementation is missing.";
    "erlang" "hibernate" 0 Full process::hibernate0, "Waits for a message with as little memory as possible.";
    "erlang" "hibernate" 3 Full process::hibernate, "Forgets the stack, waits for a message, then calls a function.";
    "erts_internal" "cmp_term" 2 Leaf terms::cmp_term, "Order of two terms, integers before floats.";
}
