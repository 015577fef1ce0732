%% term_to_binary and binary_to_term: exact bytes for every type, round trips, and refused input.
-module(external_format).
-export([start/0, id/1]).

start() ->
    [{bytes, [binary_to_list(term_to_binary(id(T))) || T <- [0, 255, 256, -1, 2147483647, 2147483648, -2147483649, 1 bsl 64]]},
     {floats, [binary_to_list(term_to_binary(id(T))) || T <- [1.5, -0.25]]},
     {lists, [binary_to_list(term_to_binary(id(T))) || T <- [[], [a], [1, 300], [1 | 2], [[]]]]},
     {tuples, [binary_to_list(term_to_binary(id(T))) || T <- [{}, {1}, {{}, {2}}]]},
     {binaries, [binary_to_list(term_to_binary(id(T))) || T <- [<<>>, <<1, 2>>, <<5:3>>]]},
     {maps, [binary_to_list(term_to_binary(id(T))) || T <- [#{}, #{1 => 2}]]},
     {round_trip, [T || T <- terms(), binary_to_term(term_to_binary(T)) =/= T]},
     {size, [erlang:external_size(T) >= byte_size(term_to_binary(T)) || T <- terms()]},
     {functions, (binary_to_term(term_to_binary(fun ?MODULE:id/1)))(back)},
     {local_fun, (binary_to_term(term_to_binary(fun(X) -> {X, id(1)} end)))(back)},
     {pid, binary_to_term(term_to_binary(self())) =:= self()},
     {reference, begin R = make_ref(), binary_to_term(term_to_binary(R)) =:= R end},
     {deep, begin D = deep(id(100000), []), binary_to_term(term_to_binary(D)) =:= D end},
     {long, length(binary_to_term(term_to_binary(seq(1, id(70000)))))},
     {old_atom, binary_to_term(id(<<131, 100, 0, 2, "ok">>))},
     {old_float, binary_to_term(id(<<131, 99, "1.50000000000000000000e+00", 0, 0, 0, 0, 0>>))},
     {safe, [caught(fun() -> binary_to_term(id(B), [safe]) end) || B <- [<<131, 97, 7>>, <<131, 119, 13, "unheard_of_xy">>]]},
     {used, binary_to_term(id(<<131, 97, 7, 1, 2, 3>>), [used])},
     {bad, [caught(fun() -> binary_to_term(id(B)) end) || B <- bad()]}].

terms() ->
    [id(0), 1, -1, 1 bsl 40, -(1 bsl 40), 1 bsl 2050, 1.0, -1.5e300, a, '', true, [], [1, 2, 3], [300, 400], [a | b], "text", {}, {a, {b, [c]}},
     <<>>, <<"binary">>, <<1:1>>, <<255, 3:5>>, #{}, #{a => #{1 => [x]}}, [[], {}, #{}, <<>>], erlang:make_tuple(300, x),
     build(40, #{})].

build(0, M) -> M;
build(N, M) -> build(N - 1, M#{N => [N]}).

bad() ->
    [<<>>, <<130, 97, 1>>, <<131>>, <<131, 97>>, <<131, 98, 0, 0>>, <<131, 104, 2, 97, 1>>, <<131, 108, 0, 0, 0, 2, 97, 1>>,
     <<131, 109, 255, 255, 255, 255, 1>>, <<131, 108, 255, 255, 255, 255>>, <<131, 1>>, <<131, 116, 0, 0, 0, 1, 97, 1>>,
     <<131, 77, 0, 0, 0, 1, 9, 1>>, <<131, 70, 255, 240, 0, 0, 0, 0, 0, 0>>, <<131, 119, 2, 200, 1>>, <<131, 105, 255, 255, 255, 255>>].

deep(0, X) -> X;
deep(N, X) -> deep(N - 1, {a, [X]}).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
