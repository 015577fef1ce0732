%% re:run, compile and inspect: captures, options, limits, errors; without what the re module itself is needed for.
-module(regexes).
-export([start/0, id/1]).

start() ->
    plain([{run, [{A, caught(fun() -> apply(re, run, id(A)) end)} || A <- calls()]},
           {compiled, [compiled(P, S) || {P, S} <- [{"a(?<x>b)?(c)?", "xabcd"}, {<<"(?i)ABC">>, <<"xabc">>}, {"^$", ""}]]},
           {shape, [shape(P, O) || {P, O} <- [{"a", []}, {"(a)(b)", []}, {<<"a">>, [unicode]}, {"a", [{newline, crlf}]}, {"a", [{newline, any}]}, {"(*ANYCRLF)a", []}, {"(*UTF)a", []}]]},
           %% Where the mistake is differs between versions of the library.
           {bad_patterns, [{P, element(1, element(2, re:compile(id(P))))} || P <- ["(", "[a", "a**", "\\", "(?<n>a)(?<n>b)", "(?z)", "a{2,1}", "[z-a]", "\\p{Foo}", "(?<1a>x)", "(?<n", "a(?=b", "\\1", "[[:foo:]]", "(?P>x)"]]},
           {names, [re:inspect(element(2, re:compile(id(P), [dupnames])), namelist) || P <- ["a", "(?<n>a)(?<b>b)(?<z>c)", "(?<n>a)|(?<n>b)"]]},
           {long, long(id(200000))},
           {slow, slow(id(22))},
           {unaligned, unaligned(id(<<1:3, "one two", 0:5>>))},
           {errors, [caught(F) || F <- errors()]}]).

calls() ->
    [["abcd", "b"], ["abcd", "x"], ["abcd", "b(x)?(c)?(y)?"], [<<"abcd">>, <<"b(x)?(c)?(y)?">>, [{capture, all, binary}]]] ++
    [["abcd", "b(?<n>x)?(?<m>c)?(y)?", [{capture, W, T}]] || W <- [all, all_but_first, first, none, all_names, [], [0, 1, 2, 3, 4], [n, "m", <<"n">>, zork, 2]], T <- [index, list, binary]] ++
    [["abcd", "b", [{capture, W, list}]] || W <- [all, all_but_first, all_names]] ++
    [["abcabc", "b", [{offset, N}]] || N <- [0, 1, 2, 4, 5, 6]] ++
    [["a\nb", "^b"], ["a\nb", "^b", [multiline]], ["a\rb", "^b", [multiline]]] ++
    [["a\rb\nc\r\nd\0e", "(?m)^[b-e]", [{newline, N}, {offset, 1}]] || N <- [cr, lf, crlf, anycrlf, any, nul]] ++
    [["a\nb", "a.b"], ["a\nb", "a.b", [dotall]], ["ABC", "b", [caseless]], ["abc", "^", [notbol]], ["abc", "", [notempty]], ["abc", "x*", [notempty_atstart]],
     ["abc", "$", [noteol]], ["a b", "a b", [extended]], ["ab", "a b", [extended]], ["aaa", "a", [anchored]], ["baa", "a", [anchored]], ["aaa", "a+", [ungreedy]],
     ["a\nb", "b", [firstline]], ["ab\n", "b$", [dollar_endonly]], ["ab\n", "b$", []], ["abc", "(a)(b)", [no_auto_capture]], ["abc", ["a", $b, <<"c">>]],
     [["ab", [<<"cd">> | "e"]], "d"], ["bac", "(?<n>a)|(?<n>b)", [dupnames, {capture, all_names, list}]], ["bac", "(?<n>a)|(?<n>b)", [dupnames, {capture, [n], list}]],
     ["a\r\nb\x{85}", "\\R", [bsr_anycrlf]], ["a\x{85}b", "\\R", [bsr_anycrlf]], ["a\x{85}b", "\\R", [bsr_unicode]], ["ab", "a(?=b)\\Kb"],
     [<<"åb"/utf8>>, <<"å"/utf8>>, [unicode]], [<<"åb"/utf8>>, <<"^.b">>, [unicode, {capture, all, list}]], [<<"åb"/utf8>>, <<"^.b">>, [{capture, all, list}]],
     [<<"åb"/utf8>>, <<"b">>, [unicode, {offset, 1}]], [<<"åb"/utf8>>, <<"b">>, [unicode, {offset, 2}]], [<<255>>, <<"a">>, [unicode]], [<<"a">>, <<255>>, [unicode]],
     [<<"Å"/utf8>>, <<"å"/utf8>>, [unicode, caseless]], [<<"å1"/utf8>>, <<"\\w">>, [unicode]], [<<"å1"/utf8>>, <<"\\w">>, [unicode, ucp]], [<<"a">>, <<"(*UTF)a">>, [never_utf]],
     ["aaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a+)*[bc]d", [report_errors, {match_limit, 100}]], ["aaaaaaaaaaaaaaaaaaaaaaaaaaaabcd", "(a+)*[bc]d$", [{match_limit, 100}]],
     ["a", "(", [report_errors]], ["xay", "a", [no_start_optimize]]].

compiled(Pattern, Subject) ->
    {ok, C} = re:compile(Pattern),
    {re:run(Subject, C), re:run(Subject, C, [{capture, all, list}]), re:run(Subject, C, [anchored]), re:run(Subject, binary_to_term(term_to_binary([C])) =:= [C] andalso C)}.

shape(P, O) ->
    {ok, {re_pattern, Groups, Unicode, Crlf, _}} = re:compile(P, O),
    {Groups, Unicode, Crlf}.

long(N) ->
    B = binary:copy(<<"ab ">>, N),
    {re:run(B, "c"), re:run([B, "c"], "c"), re:run(B, "^(?:ab )*$", [{capture, first, index}]), re:run(B, "^(ab )+$")}.

%% Takes more steps than a slice has; others run meanwhile.
slow(N) ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {done, re:run(binary:copy(<<"a">>, N), "^(a+)*[bc]?d?$x")} end),
    receive {done, R} -> {R, is_pid(Pid)} end.

unaligned(<<_:3, B:7/binary, _:5>>) ->
    {re:run(B, "t(w)o", [{capture, all, binary}]), re:run(B, B), re:run(<<"a two">>, binary:part(B, 4, 3))}.

errors() ->
    {ok, C} = re:compile("a"),
    [fun() -> re:run(id(a), "a") end, fun() -> re:run("a", id(a)) end, fun() -> re:run("a", "(") end, fun() -> re:run("a", C, [caseless]) end,
     fun() -> re:run("a", C, [unicode]) end, fun() -> re:run("a", C, [{newline, cr}]) end, fun() -> re:run("a", id({re_pattern, 1, 0, 0, x})) end,
     fun() -> re:run("a", "a", id(foo)) end, fun() -> re:run("a", "a", [id(foo)]) end, fun() -> re:run("a", "a", [{offset, id(-1)}]) end,
     fun() -> re:run("a", "a", [{capture, foo}]) end, fun() -> re:run("a", "a", [{capture, [-1]}]) end,
     fun() -> re:run("a", "a", [{capture, all, foo}]) end, fun() -> re:run([256], "a") end, fun() -> re:compile(id(a)) end, fun() -> re:compile("a", [global]) end,
     fun() -> re:compile("a", [{offset, 1}]) end, fun() -> re:compile([8364]) end, fun() -> re:compile("a", [{newline, foo}]) end, fun() -> re:inspect(id(a), namelist) end,
     fun() -> re:inspect(C, foo) end, fun() -> re:import(id(x)) end, fun() -> re:run("a", "a", [{match_limit, -1}]) end].

%% Without binaries and lists that would be printed as text.
plain(B) when is_bitstring(B) -> {bits, [-1 | bitstring_to_list(B)]};
plain([C | T]) when is_integer(C), C >= 0 -> [-1, C | plain(T)];
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(X) -> X.

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
