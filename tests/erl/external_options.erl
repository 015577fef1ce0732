%% Options of term_to_binary and binary_to_term, sizes, and funs in the external format.
-module(external_options).
-export([start/0, id/1]).

start() ->
    X = id(7),
    F = fun(Y) -> {X, Y} end,
    G = fun() -> [F(1), F(2)] end,
    [{minor, [bytes(id([a, 1.5, -2.25e-300, 'é', '→', {b}]), [{minor_version, V}]) || V <- [0, 1, 2]]},
     {deterministic, bytes(#{id(a) => 1, z => 2, b => 3, 1 => x, 1.0 => y, [$s, x] => q, {t} => r}, [deterministic])},
     {deterministic_large, term_to_binary(large(100), [deterministic]) =:= term_to_binary(large(id(100)), [deterministic, {minor_version, 2}])},
     {compressed, [compressed(O) || O <- [[compressed], [{compressed, 9}], [{compressed, 0}], [{compressed, 1}, deterministic]]]},
     {not_worth_it, bytes(id([5, 5, 5, 5]), [compressed])},
     {sizes, [erlang:external_size(T) || T <- [a, 1.0, <<1:3>>, <<1>>, 1 bsl 70, -1, 300, 'é', [], [1], [a], {}, #{}, #{a => 1}, fun lists:map/2, seq(1, 70000), 1 bsl 3000]]},
     {size_options, [{V, erlang:external_size(id(1.0), [{minor_version, V}])} || V <- [0, 1, 2]]},
     {iovec, iolist_to_binary(erlang:term_to_iovec(id([a, {b}]))) =:= term_to_binary([a, {b}])},
     {iovec_options, iolist_to_binary(erlang:term_to_iovec(id([a, 1.5]), [{minor_version, 0}])) =:= term_to_binary([a, 1.5], [{minor_version, 0}])},
     {fun_back, (copy(F))(3)},
     {fun_in_fun, (copy(G))()},
     {fun_same, copy(F) =:= F},
     {fun_size, byte_size(term_to_binary(F)) =:= erlang:external_size(F)},
     {fun_header, [B || <<131, 112, S:32, 1, _:16/binary, _:32, 1:32, _/binary>> = B0 <- [term_to_binary(F)], B <- [S =:= byte_size(B0) - 2]]},
     {fun_uniq, begin {new_uniq, U} = erlang:fun_info(F, new_uniq), {is_binary(U), U =:= ?MODULE:module_info(md5)} end},
     {unknown_fun, caught(fun() -> binary_to_term(id(<<131, 112, 0, 0>>)) end)},
     {used, [binary_to_term(id(<<B/binary, 1, 2, 3>>), [used]) || B <- [term_to_binary({x, [y]}), term_to_binary(lists(100), [compressed])]] =:= [{{x, [y]}, byte_size(term_to_binary({x, [y]}))},
             {lists(100), byte_size(term_to_binary(lists(100), [compressed]))}]},
     {safe, [caught(fun() -> binary_to_term(id(B), [safe]) end) || B <- [<<131, 97, 7>>, <<131, 119, 13, "unheard_of_xz">>, term_to_binary(fun ?MODULE:id/1)]] =:= [7, {error, badarg}, fun ?MODULE:id/1]},
     {errors, [caught(E) || E <- [fun() -> term_to_binary(a, id([{compressed, 10}])) end, fun() -> term_to_binary(a, id([foo])) end, fun() -> term_to_binary(a, id(foo)) end,
                                  fun() -> term_to_binary(a, id([{minor_version, 3}])) end, fun() -> binary_to_term(<<131, 97, 1>>, id([foo])) end, fun() -> binary_to_term(<<131, 97, 1>>, id(foo)) end,
                                  fun() -> binary_to_term(id(a)) end, fun() -> erlang:external_size(a, id([foo])) end]]}].

bytes(T, Options) -> binary_to_list(term_to_binary(T, Options)).

compressed(Options) ->
    T = lists(1000),
    B = term_to_binary(T, Options),
    {byte_size(B) < byte_size(term_to_binary(T)), binary_to_term(B) =:= T}.

lists(N) -> [{item, I rem 10} || I <- seq(1, N)].

large(N) -> build(N, #{}).

build(0, M) -> M;
build(N, M) -> build(N - 1, M#{N => [N], {N} => x}).

copy(T) -> binary_to_term(term_to_binary(T)).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
