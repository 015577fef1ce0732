%% What generated programs and questions have shown to differ: errors of built-in functions with odd arguments.
-module(edge_errors).
-compile([no_bool_opt, no_copt, no_bsm_opt, no_recv_opt]).
-export([start/0, id/1]).

start() ->
    [{math, [of_math(F, X) || F <- [floor, ceil, sqrt, exp, acosh], X <- [a, [], id(1) bsl 2000]]},
     {math_two, [try math:F(1.0, X) catch error:R -> R end || F <- [pow, fmod, atan2], X <- [<<>>, id(1) bsl 2000]]},
     {acosh, [math:acosh(id(1.0e308)), math:asinh(id(-1.0e308)), math:erf(id(0.0)), math:erfc(id(0.0))]},
     {reverse, [reversed(L) || L <- [a, [a | b], [a, b | c], [a, b, c, d | e], [a, b]]]},
     {split_binary, [split(B, N) || B <- [<<1, 2, 3:4>>, <<>>, <<1:1>>, <<1, 2>>], N <- [0, 1, 2, 3]]},
     {long_floats, [long(F, O) || F <- [1.0, -1.0, 1.0e253, 1.0e100], O <- [{decimals, 0}, {decimals, 1}, {decimals, 153}, {decimals, 154},
                                                                         {decimals, 253}, {scientific, 249}]]},
     {long_compact, long_compact()},
     {shortest_of_two, [list_to_atom(float_to_list(F, [short])) || F <- [math:pow(2, -25), 9239.3697509765625, 105369.172119140625]]},
     {error_info, [info(A, O) || A <- [none, [1, 2], x], O <- [[], [{error_info, #{a => 1}}], [{error_info, []}], x,
                                                            [{error_info, #{a => 1}}, {error_info, #{a => 2}}]]]},
     {never_handled, [try never_handled(X) catch C:R -> {C, R} end || X <- [1, a]]},
     {characters, [characters(T) || T <- [[id(1) bsl 60 | a], [-1 | a], [1, <<244, 1, 26>>], [<<244, 1>>, <<26, 2>>], [<<255, 1>>],
                                          [1, <<225, 1>>, 2], <<1, 225, 1>>, [1, <<225, 128>>, <<128>>]]]},
     {who_failed, [try F(1.5, a) catch error:R:S -> {R, setelement(4, hd(S), [])} end || F <- [fun minus/2, fun minus_atom/2]]},
     {left_behind, [entry_below(F) || F <- [fun left/1, fun kept/1]]},
     {applied, [try apply(M, id(F), A) catch error:R:S -> {R, setelement(4, hd(S), [])} end
                || M <- [erlang, 1], F <- [0, [x]], A <- [[id(a)], [1, 2]]]},
     {applied_plainly, [try (id(M)):F(a, M) catch error:R:S -> {R, setelement(4, hd(S), [])} end || {M, F} <- [{erlang, id(0)}, {{}, a}]]},
     {atoms_of_lists, [try list_to_atom(L) catch error:R -> R end
                       || L <- [[256, -140737488355326], [id(1 bsl 32) + $a], [$a || _ <- lists_of(255)] ++ [-1], [$a || _ <- lists_of(254)] ++ [-1],
                                [$a || _ <- lists_of(300)] ++ a, [$a | $b]]]},
     {atoms_of_binaries, [try binary_to_atom(B) catch error:R -> R end
                          || B <- [binary:copy(<<255>>, 1000), binary:copy(<<255>>, 1021), <<(binary:copy(<<"a">>, 255))/binary, 255>>,
                                   <<(binary:copy(<<"a">>, 254))/binary, 206>>, <<255, (binary:copy(<<"a">>, 256))/binary>>]]},
     {arities, [try is_function(F, id(N)) catch error:R -> R end
                || F <- [fun id/1, a], N <- [1, -1, 1 bsl 62, -(1 bsl 62), 1 bsl 80, -(1 bsl 80), 256, 1.0]]},
     {nothing_more, [erlang:adler32_combine(5, 7, 0), erlang:crc32_combine(5, 7, 0)]},
     {last_capture, re:run("b", "a*", [{capture, all_names, list}, {capture, first}])},
     {no_new_exports, [try binary_to_term(<<131, 113, 119, 5, "lists", 119, 5, "start", 97, N>>, [safe]) catch error:R -> R end || N <- [77]]}].

id(X) -> X.

lists_of(0) -> [];
lists_of(N) -> [N | lists_of(N - 1)].

of_math(F, X) -> try math:F(X) catch error:R -> R end.

reversed(L) ->
    try lists:reverse(L)
    catch error:R:S -> {R, setelement(4, hd(S), [])}
    end.

split(B, N) -> try split_binary(B, N) catch error:R -> R end.

long(F, O) -> try length(float_to_list(F, [O])) catch error:R -> R end.

long_compact() -> [try list_to_atom(float_to_list(F, [{decimals, D}, compact])) catch error:R -> R end || F <- [1.0, -1.0], D <- [252, 253]].

info(Arguments, Options) ->
    try failing(Arguments, Options)
    catch error:R:S -> {R, element(3, hd(S)), [I || {error_info, I} <- element(4, hd(S))]}
    end.

failing(Arguments, Options) ->
    ok = id(ok),
    id(error(reason, Arguments, Options)).

minus(F, X) when is_float(F) -> F - X.
minus_atom(F, X) when is_float(F) -> F - a + X.

%% Some of erlang's functions are written in Erlang: a tail call leaves its caller.
left(X) -> binary_to_atom(X).
kept(X) -> atom_to_list(X).

entry_below(F) ->
    try F(id(1))
    catch error:R:S -> {R, [{N, A} || {_, N, A, _} <- [hd(S), hd(tl(S))], is_atom(N)]}
    end.

%% The compiler finds that the body always fails, and puts the handler right behind it.
never_handled(X) ->
    try case hd(a) =:= X of true -> X; false -> ok end of
        _ -> none
    catch
        throw:{case_clause, _} -> thrown
    end.

characters(T) ->
    [try unicode:F(T) catch error:R -> R end || F <- [characters_to_binary, characters_to_list]].
