%% Collections inside of funs that library code and BIFs call back or that are called at the end of something: funs in
%% data, applies, spawns, error reasons, dictionary.
-module(gc_callbacks).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{map, my_map(fun(X) -> garbage(30), [X] end, seq(1, 10))},
     {fold, fold(fun(X, {S, L}) -> erlang:garbage_collect(), {S + X, [{X} | L]} end, {0, []}, seq(1, 8))},
     {composed, (compose([fun(X) -> garbage(20), X + 1 end, fun(X) -> garbage(20), {X} end, fun({X}) -> [X, X] end]))(id(3))},
     {counter, (fun() -> C = counter(id([tag])), {V1, C1} = C(), {V2, C2} = C1(), {V3, _} = C2(), [V1, V2, V3] end)()},
     {applied, [apply(F, A) || {F, A} <- [{fun(X, Y) -> garbage(20), {Y, X} end, [{1}, [2]]}, {fun erlang:'++'/2, [[1], [2]]}, {fun id/1, [{x}]}]]},
     {spawned, spawned(id({payload, [1, 2, {3}]}))},
     {dictionary, dictionary(id(40))},
     {error_reason, (fun() -> try reason(id(6), []) catch error:{R, L} -> garbage(50), {R, L} end end)()},
     {exit_reason, (fun() -> {P, M} = spawn_monitor(fun() -> X = seq(1, 50), garbage(100), exit({list, X}) end), receive {'DOWN', M, process, P, {list, L2}} -> length(L2) end end)()},
     {continuation, cps(id(20), fun(X) -> garbage(5), X end)},
     {y_combinator, (fix(fun(F) -> fun(0) -> 1; (N) -> garbage(5), N * F(N - 1) end end))(25)},
     {lazy, take(12, primes(2))},
     {sorted, sort(fun(A, B) -> garbage(3), A =< B end, [5, 3, {1}, a, 2.5, [x], 9, 1 bsl 65, <<1>>])},
     {tree, tree_sum(tree(id(7)), fun(X, Y, Z) -> garbage(2), X + Y + Z end)},
     {large_environment, large(id(1))},
     {message_funs, (fun() -> Self = self(), spawn(fun() -> F = fun(X) -> {X, Self} end, garbage(20), Self ! {f, F} end), receive {f, G} -> garbage(20), erlang:garbage_collect(), {X8, Y8} = G([1]), {X8, Y8 =:= Self} end end)()},
     {other_process_collected, (fun() -> P9 = spawn(fun() -> holder(seq(1, 100)) end), true = erlang:garbage_collect(P9), P9 ! {sum, self()}, receive {sum, S9} -> S9 end end)()},
     {collect_dead, (fun() -> {P10, M10} = spawn_monitor(fun() -> ok end), receive {'DOWN', M10, process, P10, _} -> erlang:garbage_collect(P10) end end)()},
     {collect_errors, [caught(fun() -> erlang:garbage_collect(id(X)) end) || X <- [a, 1, []]]}].

my_map(_, []) -> [];
my_map(F, [H | T]) -> [F(H) | my_map(F, T)].

fold(_, A, []) -> A;
fold(F, A, [H | T]) -> fold(F, F(H, A), T).

compose([F]) -> F;
compose([F | T]) -> G = compose(T), fun(X) -> G(F(X)) end.

counter(T) -> counter(T, 0).
counter(T, N) -> fun() -> garbage(10), {{T, N}, counter([N | T], N + 1)} end.

spawned(X) ->
    Self = self(),
    Pids = [spawn(fun() -> garbage(N * 10), Self ! {self(), {N, X}} end) || N <- seq(1, 10)],
    [receive {P, {N, Y}} -> {N, Y =:= X} end || P <- Pids].

dictionary(N) ->
    [put({k, I}, [I, {I}]) || I <- seq(1, N)],
    garbage(200),
    erlang:garbage_collect(),
    S = [get({k, I}) =:= [I, {I}] || I <- seq(1, N)],
    [erase({k, I}) || I <- seq(1, N)],
    {lists:member(false, S), get({k, 1})}.

reason(0, L) -> garbage(20), error({built, L});
reason(N, L) -> X = reason(N - 1, [{N} | L]), [X].

cps(0, K) -> K([]);
cps(N, K) -> cps(N - 1, fun(X) -> garbage(2), K([N | X]) end).

fix(F) -> F(fun(X) -> (fix(F))(X) end).

primes(N) -> case [D || D <- seq(2, N div 2), N rem D =:= 0] of [] -> {N, fun() -> garbage(3), primes(N + 1) end}; _ -> primes(N + 1) end.

take(0, _) -> [];
take(N, {X, F}) -> [X | take(N - 1, F())].

sort(_, []) -> [];
sort(F, [H | T]) -> sort(F, [X || X <- T, F(X, H)]) ++ [H] ++ sort(F, [X || X <- T, not F(X, H)]).

tree(0) -> leaf;
tree(N) -> {tree(N - 1), [N], tree(N - 1)}.

tree_sum(leaf, _) -> 0;
tree_sum({L, [N], R}, F) -> F(tree_sum(L, F), N, tree_sum(R, F)).

large(N) ->
    A = [N], B = {N}, C = N * 1.5, D = <<N>>, E = N bsl 70, F = #{N => A}, G = [A | B], H = {B, A}, I = "x", J = N + 1, K = make_ref(), L = self(),
    Fun = fun(X) -> garbage(10), {X, A, B, C, D, E, F, G, H, I, J, is_reference(K), is_pid(L)} end,
    garbage(100),
    Fun(Fun(0)).

holder(L) -> receive {sum, P} -> P ! {sum, fold(fun(X, S) -> X + S end, 0, L)} end.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
