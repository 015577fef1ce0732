%% Calls that never return inside of protected code: the code behind them is dead, and what the compiler leaves out
%% must not be reached.
-module(try_never_returns).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{call_then_handler, [a(id(X)) || X <- [1, 2, 3]]},
     {nested_never, [b(id(X)) || X <- [1, 2, 3]]},
     {never_in_of, [c(id(X)) || X <- [ok, other]]},
     {never_in_after, [caught(fun() -> d(id(X)) end) || X <- [1, 2]]},
     {arith_on_never, [caught(fun() -> e(id(X)) end) || X <- [1, 2]]},
     {arith_on_atom, [caught(fun() -> f(id(X)) end) || X <- [0, 1, 4]]},
     {bif_that_fails, [g(id(X)) || X <- [1, a]]},
     {loop_of_failures, h(id(100), 0)},
     {catch_never, [(catch never(X)) || X <- [2, 3]]},
     {never_in_list, [caught(fun() -> [id(1), never(X), id(2)] end) || X <- [2, 3]]},
     {never_in_case, [caught(fun() -> case id(X) of 1 -> ok; Y -> never(Y) end end) || X <- [1, 2, 3]]},
     {never_as_argument, caught(fun() -> id({a, never(id(2)), id(b)}) end)},
     {recursion_never_ends_well, [caught(fun() -> deep(id(X)) end) || X <- [0, 5]]},
     {mutual, caught(fun() -> ping(id(6)) end)},
     {with_live_values, live(id([1]), id({2}))}].

never(1) -> error(one);
never(2) -> throw(two);
never(X) -> exit({other, X}).

a(X) -> try never(X) catch error:R -> {e, R}; throw:R -> {t, R}; exit:R -> {x, R} end.

b(X) -> try try never(X) catch error:_ -> never(2) after put(b, X) end catch C:R -> {C, R, erase(b)} end.

c(X) -> try try id(X) of ok -> never(2); _ -> never(3) catch _:_ -> wrong end catch C:R -> {C, R} end.

d(X) -> try id(X) after never(X) end.

e(X) -> Y = never(X), {Y + 1, id(Y)}.

f(0) -> throw(ground);
f(N) -> try 1 + f(N - 1) catch error:_ -> wrong; throw:T -> {T, N} after put(level, N) end.

g(X) -> A = {X}, try hd(tuple_size(A) + length([X])) catch error:badarg -> {badarg, A}; error:R -> {R, A} end.

h(0, S) -> S;
h(N, S) -> try atom_to_list(N * 2), h(never, S) catch error:badarg -> h(N - 1, S + N) end.

deep(0) -> throw(bottom);
deep(N) -> try [deep(N - 1)] catch error:_ -> none after id(N) end.

ping(0) -> error(end_of_game);
ping(N) -> {ping, pong(N - 1)}.
pong(N) -> [pong | ping(N - 1)].

live(A, B) -> C = {A, B}, try D = id([C]), {never(length(D)), D} catch error:one -> {A, B, C} end.

caught(F) -> try F() catch C:R -> {C, R} end.

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
