%% Functions whose arguments change their type after very many calls: small to bignum, list to tuple, float to integer,
%% atom to pid, fun of another arity.
-module(types_change_late).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    N = id(100000),
    [{small_to_big, [begin loop_ints(N, 7, 3), poly(X) end || X <- [5, 1 bsl 58, 1 bsl 64, 1.5]]},
     {overflow_in_loop, (fun() -> T = grow(id(70), 1), {T, T > (1 bsl 60)} end)()},
     {sum_overflows, sum_to(N, (1 bsl 59) - 50000 * 3, 0)},
     {list_to_tuple, (fun() -> loop_first(N, [1, 2]), [caught(fun() -> first(X) end) || X <- [[5], {6, 7}, <<8, 9>>, #{k => 1}, a]] end)()},
     {float_to_int, (fun() -> loop_scale(N, 1.5), [scale(X) || X <- [2.5, 3, 1 bsl 70, -1]] end)()},
     {atom_to_pid, (fun() -> loop_kind(N, a), [kind(X) || X <- [a, self(), make_ref(), 1, fun id/1]] end)()},
     {fun_arity, (fun() -> loop_call(N, fun(X) -> X + 1 end), [call(F, 1) || F <- [fun(X) -> {X} end, fun id/1, fun(A, B) -> {A, B} end, not_a_fun, fun erlang:abs/1]] end)()},
     {fun_returns_other, (fun() -> loop_call(N, fun id/1), [use(fun(X) -> {wrapped, X} end), use(fun(_) -> 1 bsl 90 end), use(fun(X) -> X * 1.5 end)] end)()},
     {map_to_record, (fun() -> loop_get(N, #{v => 1}), [caught(fun() -> get_v(X) end) || X <- [#{v => 2}, #{w => 1}, {rec, 3}, maps:from_list([{I, I} || I <- seq(1, 50)] ++ [{v, big}])]] end)()},
     {bits_width, (fun() -> loop_bits(N, <<1, 2, 3, 4>>), [bits(B) || B <- [<<5, 6, 7, 8>>, <<5, 6, 7, 8, 1:1>>, <<1:3>>, <<>>, bin]] end)()},
     {constant_false_branch, (fun() -> loop_branch(N, 1), [branch(X) || X <- [1, 0, 2, 1.0, a]] end)()},
     {equal_types, (fun() -> loop_eq(N, 1, 1), [eq(A, B) || {A, B} <- [{1, 1.0}, {1 bsl 64, 1 bsl 64}, {1.5, 1.5}, {a, a}, {[1], [1]}]] end)()},
     {raises_late, [raises_at(N, K) || K <- [1, N div 2, N]]}].

loop_ints(0, A, _) -> A;
loop_ints(N, A, B) -> loop_ints(N - 1, poly(A) rem 1000, B).

poly(X) -> X * X * 3 - X + 7.

grow(0, A) -> A;
grow(N, A) -> grow(N - 1, A + A).

sum_to(0, S, C) -> {S, C};
sum_to(N, S, C) when S > 1 bsl 59 -> sum_to(N - 1, S + 3, C + 1);
sum_to(N, S, C) -> sum_to(N - 1, S + 3, C).

loop_first(0, _) -> ok;
loop_first(N, L) -> 1 = first(L), loop_first(N - 1, L).

first([X | _]) -> X;
first(T) when is_tuple(T) -> element(1, T);
first(<<X, _/binary>>) -> X;
first(#{k := X}) -> X.

loop_scale(0, F) -> F;
loop_scale(N, F) -> loop_scale(N - 1, scale(F) / 4.0).

scale(X) -> X * 4 + X - X.

loop_kind(0, _) -> ok;
loop_kind(N, A) -> atom = kind(A), loop_kind(N - 1, A).

kind(X) when is_atom(X) -> atom;
kind(X) when is_pid(X) -> pid;
kind(X) when is_reference(X) -> ref;
kind(X) when is_integer(X) -> int;
kind(_) -> other.

loop_call(0, _) -> ok;
loop_call(N, F) -> F(N), call(F, N), loop_call(N - 1, F).

call(F, X) -> try F(X) catch error:{badarity, _} -> badarity; error:{badfun, Y} -> {badfun, Y} end.

use(F) -> loop_use(1000, fun(X) -> X end), loop_use(3, F).
loop_use(0, _) -> done;
loop_use(1, F) -> F(1);
loop_use(N, F) -> F(N), loop_use(N - 1, F).

loop_get(0, _) -> ok;
loop_get(N, M) -> 1 = get_v(M), loop_get(N - 1, M).

get_v(#{v := V}) -> V;
get_v({rec, V}) -> V.

loop_bits(0, _) -> ok;
loop_bits(N, B) -> {16#0102, _} = bits(B), loop_bits(N - 1, B).

bits(<<X:16, R/binary>>) -> {X, R};
bits(<<X:16, R/bits>>) -> {odd, X, R};
bits(B) when is_bitstring(B) -> {short, bit_size(B)};
bits(B) -> {none, B}.

loop_branch(0, _) -> ok;
loop_branch(N, X) -> one = branch(X), loop_branch(N - 1, X).

branch(1) -> one;
branch(X) when X == 1 -> float_one;
branch(X) when X > 1 -> more;
branch(_) -> less.

loop_eq(0, _, _) -> ok;
loop_eq(N, A, B) -> {true, true, false} = eq(A, B), loop_eq(N - 1, A, B).

eq(A, B) -> {A == B, A =:= B, A < B}.

raises_at(N, K) -> try count(N, K, 0) catch error:R -> R end.
count(0, _, A) -> A;
count(N, K, A) -> count(N - 1, K, A + 10 div (N - K)).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
