%% Values of every kind stay intact over many collections while they are live in frames and arguments.
-module(gc_live_values).
-export([start/0, id/1]).

start() ->
    [{one_frame, one_frame(id(7))},
     {across_calls, across(id(100))},
     {arguments, arguments(id(50), a, {b}, [c], 1.5, 1 bsl id(70), <<1, 2, 3>>, #{k => v}, fun(X) -> X + 1 end)},
     {deep, deep(id(2000))},
     {loop_variables, loop(id(20000), {0}, [], 0.0, 1 bsl 80)},
     {reused_slots, reused(id(300))},
     {dead_values, dead(id(300))},
     {in_fun, in_fun(id({captured, [1, 2]}))},
     {in_comprehension, [{X, Y} || X <- [id({a, 1}), {b, 2}], begin garbage(3000), true end, Y <- [id([X])]]},
     {old_to_new, old_to_new(id(500))},
     {conditional, [conditional(N) || N <- [1, 2, 3, 4]]},
     {literal_and_heap, mixed(id(100))}].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

one_frame(N) ->
    A = {N, N},
    B = [A, N],
    C = N * 1.5,
    D = (1 bsl 64) + N,
    E = <<N, N, N>>,
    F = #{N => A},
    G = fun(X) -> {X, A} end,
    garbage(30000),
    {A, B, C, D, E, F, G(N)}.

across(N) ->
    A = make(N),
    B = make(N + 1),
    C = make(N + 2),
    garbage(5000),
    D = make(N + 3),
    garbage(5000),
    [check(X) || X <- [A, B, C, D]].

make(N) -> {N, [N, {N}], <<N>>, N + 0.5}.

check({N, [N, {N}], <<N>>, F}) when F =:= N + 0.5 -> ok.

arguments(0, A, B, C, D, E, F, G, H) -> {A, B, C, D, E, F, G, H(1)};
arguments(N, A, B, C, D, E, F, G, H) ->
    garbage(2000),
    arguments(N - 1, A, B, C, D, E, F, G, H).

deep(0) -> 0;
deep(N) ->
    T = make(N band 255),
    S = deep(N - 1),
    case N rem 100 of
        0 -> garbage(500);
        _ -> ok
    end,
    ok = check(T),
    S + 1.

loop(0, T, L, F, B) -> {T, length(L), F, B};
loop(N, {T}, L, F, B) when length(L) > 20 -> loop(N - 1, {T + 1}, [], F + 0.25, B + 1);
loop(N, {T}, L, F, B) -> loop(N - 1, {T + 1}, [{N, L} | L], F + 0.25, B + 1).

%% The same frame slots hold terms of different kinds one after the other.
reused(0) -> ok;
reused(N) ->
    A = id([N]),
    garbage(50),
    [N] = A,
    B = id({N, A}),
    garbage(50),
    {N, [N]} = B,
    C = id(N / 2),
    garbage(50),
    true = C * 2 == N,
    D = id(1 bsl (60 + N rem 50)),
    garbage(50),
    true = D bsr (60 + N rem 50) =:= 1,
    reused(N - 1).

dead(0) -> ok;
dead(N) ->
    Big = make_list(100),
    L = length(Big),
    garbage(100),
    100 = L,
    dead(N - 1).

make_list(0) -> [];
make_list(N) -> [N | make_list(N - 1)].

in_fun(V) ->
    F = fun(X) -> garbage(10000), {X, V} end,
    A = F(id([1])),
    garbage(10000),
    {A, F({2})}.

%% A list that is old gets ever newer elements in front.
old_to_new(N) -> old_to_new(N, []).

old_to_new(0, Acc) -> {length(Acc), hd(Acc), hd(lists:reverse(Acc))};
old_to_new(N, Acc) ->
    garbage(200),
    old_to_new(N - 1, [{N, [N]} | Acc]).

conditional(N) ->
    A = id({N, x}),
    B =
        case N rem 2 of
            0 -> garbage(2000), id([A]);
            1 -> N
        end,
    garbage(2000),
    C =
        if
            is_list(B) -> hd(B);
            true -> {B, id(A)}
        end,
    garbage(2000),
    {A, B, C}.

mixed(0) -> done;
mixed(N) ->
    T = id({literal, [a, "text", {b, 1.5}], N, [N]}),
    garbage(300),
    {literal, [a, "text", {b, 1.5}], N, [N]} = T,
    mixed(N - 1).

id(X) -> X.
