%% put, get, erase and get_keys with keys of all types, many keys, and values that survive collections.
-module(process_dictionary).
-export([start/0, id/1]).

start() ->
    erase(),
    [{empty, {get(nothing), erase(nothing), get_keys(nothing)}},
     {put, {put(a, 1), put(a, 2), get(a)}},
     {erase, {erase(a), get(a), erase(a)}},
     {undefined_value, {put(u, undefined), get_keys(undefined), erase(u)}},
     {exact_keys, exact()},
     {compound_keys, compound()},
     {many, many(id(2000))},
     {erase_half, erase_half(id(2000))},
     {all, all()},
     {collected, collected(id(300))},
     {survives_exception, survives()},
     {in_loop, in_loop(id(50000))}].

exact() ->
    put(1, int),
    put(1.0, float),
    R = {get(1), get(1.0), get(id(1)), erase(1), get(1.0), erase(1.0)},
    R.

compound() ->
    put({a, [1]}, tuple),
    put(<<"key">>, binary),
    put(1 bsl 80, big),
    put([], nil),
    R = [get(K) || K <- [{a, id([1])}, <<"key">>, 1 bsl id(80), []]],
    [erase(K) || K <- [{a, [1]}, <<"key">>, 1 bsl 80, []]],
    R.

many(N) ->
    [put({key, I}, I * I) || I <- seq(1, N)],
    {length(get()), sum([get({key, I}) || I <- seq(1, N)], 0)}.

erase_half(N) ->
    Erased = sum([erase({key, I}) || I <- seq(1, N), I rem 2 =:= 0], 0),
    {Erased, length(get()), get({key, 2}), get({key, 3}), length(get_keys())}.

all() ->
    Old = length(erase()),
    put(x, 1),
    {Old, get(), erase(), get()}.

collected(N) ->
    put(state, []),
    fill(N),
    L = erase(state),
    {length(L), hd(L), sum([V || {_, V} <- L], 0)}.

fill(0) -> ok;
fill(N) ->
    seq(1, 200),
    put(state, [{id(N), N * 2} | get(state)]),
    fill(N - 1).

survives() ->
    try put(kept, {yes, id(1)}), throw(t) catch throw:t -> erase(kept) end.

in_loop(0) -> erase(counter);
in_loop(N) ->
    case get(counter) of
        undefined -> put(counter, 1);
        C -> put(counter, C + 1)
    end,
    in_loop(N - 1).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
