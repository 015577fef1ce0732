%% The functions of re that are written in Erlang: replace, split, all matches, and text as lists of characters.
-module(stdlib_re).
-export([start/0, id/1]).

start() ->
    plain([{global, [re:run(id(S), P, [global, {capture, all, list}]) || {S, P} <- [{"aXbXc", "X"}, {"abc", ""}, {"abc", "z"}, {"a1b22", "[a-z]([0-9]+)"}, {"", "^"}]]},
           {global_indexes, re:run(id("one two three"), "\\w+", [global])},
           {global_compiled, begin {ok, C} = re:compile("[aeiou]"), re:run(id("education"), C, [global, {capture, first, binary}]) end},
           {crlf, re:run(id("a\r\nb\r\n"), "$", [global, multiline, {newline, crlf}])},
           {split, [re:split(id(S), P, O) || {S, P, O} <- [{"a,b,,c", ",", []}, {"a,b,,c", ",", [{return, list}]}, {"a,b,,c", "(,)", [{return, list}]},
                                                          {"a,b,c", ",", [{parts, 2}, {return, list}]}, {"abc", "", [{return, list}]}, {",a,,", ",", [trim, {return, list}]}, {"a1b2", "([0-9])", [group, {return, list}]}]]},
           {replace, [re:replace(id(S), P, R, O) || {S, P, R, O} <- [{"abcabc", "b", "[&]", [{return, list}]}, {"abcabc", "b", "[&]", [global, {return, list}]},
                                                                    {"abcabc", "(a)(b)", "\\2\\1", [global, {return, binary}]}, {"abc", "x", "y", [{return, list}]}, {"aåa", "å", "ö", [unicode, {return, list}]}]]},
           {replace_fun, re:replace(id("a1b22"), "[0-9]+", fun(W, _) -> integer_to_binary(2 * binary_to_integer(W)) end, [global, {return, list}])},
           {unicode, [re:run(id([8364, $a, 229]), P, [unicode, {capture, all, T}]) || P <- ["a.", [8364, $(, $., $)], "z"], T <- [index, list, binary]]},
           {unicode_compiled, begin {ok, U} = re:compile([229, $+], [unicode]), re:run(id([$x, 229, 229]), U, [{capture, all, list}]) end},
           {unicode_global, re:run(id([229, $b, 229]), [229], [unicode, global])},
           {empty, re:run(id("foobar"), "o*", [global])},
           {errors, [caught(F) || F <- [fun() -> re:replace(id(a), "a", "b") end, fun() -> re:split(id("a"), "(") end, fun() -> re:run(id([8364]), "a", [global]) end,
                                        fun() -> re:run(id([-1]), "a", [unicode]) end, fun() -> re:compile(id([[], a]), [unicode]) end]]}]).

plain(B) when is_bitstring(B) -> {bits, [-1 | bitstring_to_list(B)]};
plain([C | T]) when is_integer(C), C >= 0 -> [-1, C | plain(T)];
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(X) -> X.

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
