%% Loops that allocate a lot and keep little, keep a sliding window, or keep everything.
-module(gc_allocation).
-export([start/0, id/1]).

start() ->
    Tree = tree(id(15)),
    [{short_lived, short(id(300000), 0)},
     {window, window(id(100000), [], 0)},
     {kept, kept(id(100000))},
     {tree, {tree_size(Tree), tree_sum(Tree)}},
     {rotating, rotating(id(200), [])},
     {growing_tuple, tuple_size(growing({}, id(400)))},
     {bignums, bignums(id(3000), 1) rem 1000000007},
     {floats, floats(id(200000), 0.0)},
     {maps, map_size(maps(id(20000), #{}))},
     {funs, (funs(id(20000), fun(X) -> X end))(0)},
     {strings, strings(id(2000), 0)},
     {updates, updates(id(100000), {0, 0, 0})},
     {explicit, explicit(id(50))}].

short(0, Acc) -> Acc;
short(N, Acc) ->
    {A, [B], C} = id({N, [N + 1], N + 2}),
    short(N - 1, Acc + A + B - C - 1 - N + 2).

window(0, W, Sum) -> {length(W), Sum};
window(N, W, Sum) when length(W) =:= 10 -> window(N, [], Sum + element(1, hd(W)));
window(N, W, Sum) -> window(N - 1, [{N, {N, [W]}} | W], Sum).

kept(N) ->
    L = seq(N),
    T = list_to_tuple(L),
    {tuple_size(T), sum([element(1, X) || X <- L], 0), element(1, element(N, T))}.

seq(0) -> [];
seq(N) -> [{N, [N]} | seq(N - 1)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

tree(0) -> leaf;
tree(N) -> {node, tree(N - 1), N, tree(N - 1)}.

tree_size(leaf) -> 0;
tree_size({node, L, _, R}) -> tree_size(L) + 1 + tree_size(R).

tree_sum(leaf) -> 0;
tree_sum({node, L, N, R}) -> tree_sum(L) + N + tree_sum(R).

%% Old data refers to older data only; each round makes part of it garbage.
rotating(0, Acc) -> {length(Acc), sum([length(X) || X <- Acc], 0)};
rotating(N, Acc) ->
    Next = [lists:reverse(X) || X <- Acc, length(X) > 3],
    rotating(N - 1, [chain(N rem 17) | Next]).

chain(0) -> [];
chain(N) -> [N | chain(N - 1)].

growing(T, 0) -> T;
growing(T, N) -> growing(erlang:append_element(T, {N, tuple_size(T)}), N - 1).

bignums(0, Acc) -> Acc;
bignums(N, Acc) -> bignums(N - 1, Acc * (N + 1000000) + N).

floats(0, Acc) -> Acc;
floats(N, Acc) -> floats(N - 1, element(1, id({Acc + 0.5, N}))).

maps(0, M) -> M;
maps(N, M) -> maps(N - 1, M#{N rem 1000 => {N, [N]}}).

funs(0, F) -> F;
funs(N, F) -> funs(N - 1, fun(X) -> F(X + 1) end).

strings(0, Acc) -> Acc;
strings(N, Acc) -> strings(N - 1, Acc + length(integer_to_list(N) ++ atom_to_list(some_atom))).

updates(0, T) -> T;
updates(N, {A, B, C}) -> updates(N - 1, setelement(1 + N rem 3, {A + 1, B, C}, N)).

explicit(0) -> ok;
explicit(N) ->
    L = [X || {X} <- [{I} || I <- [N, N + 1, N + 2]]],
    true = erlang:garbage_collect(),
    [N, A, B] = L,
    true = A + 1 =:= B,
    explicit(N - 1).

id(X) -> X.
